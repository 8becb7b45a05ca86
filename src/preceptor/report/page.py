"""The page: everything it shows is computed here, from the record alone; templates only set it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.audit import (
    SCHEMA,
    Record,
    Summary,
    consistency,
    groups,
    has_partial,
    known_labels,
    summarise,
)
from preceptor.audit.certified import certified
from preceptor.audit.headline import answer
from preceptor.audit.opening import RULE, Opening, opening, places, waiting
from preceptor.audit.plain_attacks import plain_names
from preceptor.core import InputError
from preceptor.core.domains import is_text
from preceptor.core.show_hook import ShowHook
from preceptor.report import charts
from preceptor.report.column_tables import splits
from preceptor.report.consistency_section import shown
from preceptor.report.distance_table import spread
from preceptor.report.explanation_section import told, why
from preceptor.report.gallery import Card, cards, is_image, only_ids, shape
from preceptor.report.page_words import FIRST, GOALS, TERMS, WORDS
from preceptor.report.plotting import SMALL
from preceptor.report.readings import readings
from preceptor.report.select_examples import Kind
from preceptor.report.stopping import stopping
from preceptor.report.templating import fill, save


@dataclass(frozen=True)
class Column:
    """A count in the table: heading and the number for each row, or ``None`` where undefined."""

    heading: str
    cells: tuple[int | None, ...]


TELLS: Final = {
    True: (Kind.FALSE_ALARM, Kind.VOID),
    False: (Kind.INVARIANCE,),
}
"""Which examples show why the teacher-relative reading is above the conventional one, and below."""


def render(
    record: Record,
    *,
    by: Sequence[str] = (),
    title: str | None = None,
    show: ShowHook | None = None,
) -> str:
    """The report of a record: one HTML page that loads nothing from anywhere.

    Reads the record and, for the gallery and the image distances, some of its inputs.

    Args:
        record: the record.
        by: columns by which to split its table.
        title: of the page, in place of the names of student and teacher.
        show: your own function that shows an input (:func:`preceptor.core.show_hook.show_input`).

    Raises:
        InputError: the record's inputs are not beside it, or there is no such column.
    """
    summary = summarise(record)
    first, shown_inputs = opening(record, summary), _inputs(record, show)
    names = [str(record.facts["student"]["name"])]
    found = why(record)
    return fill(
        "page.html.j2",
        why=found,
        told=told(found) if found else "",
        stopping=stopping(record),
        certified=certified(record),
        splits=splits(names, {column: [groups(record, column)] for column in by}),
        consistency=shown(consistency(names, [record]), names),
        title=title,
        first=first,
        telling=_telling(shown_inputs["gallery"], first, summary),
        waiting=waiting(record),
        rule=RULE,
        first_words=FIRST,
        **_numbers(record, summary),
        **shown_inputs,
        **_provenance(record),
    )


def write(
    record: Record,
    path: str | Path | None = None,
    *,
    by: Sequence[str] = (),
    title: str | None = None,
    show: ShowHook | None = None,
) -> Path:
    """Write the report, whole or not at all; beside the record as ``report.html`` unless told.

    Raises:
        InputError: the record's inputs are not beside it.
        OSError: the file cannot be written.
    """
    where = record.folder / "report.html" if path is None else Path(path)
    page = render(record, by=by, title=title, show=show)
    return save(page, where)


def _numbers(record: Record, summary: Summary) -> dict[str, Any]:
    names = plain_names(record.facts)
    bars = charts.bars(summary, len(record.ids))
    return {
        "answer": answer(record, summary),
        "summary": summary,
        "row": summary.headline,
        "plain": names,
        "readings": readings(summary, names),
        "places": places(summary),
        "bars": bars,
        "legend": charts.used_segments(bars),
        "columns": _columns(summary),
        "curves": charts.curves(summary, names),
        "levels": SMALL.percents(),
        "box": SMALL.box,
        "level": f"{100 * record.level:.4g}\u00a0%",
        "words": [one for one in WORDS if one[0] != "uncontradicted" or has_partial(summary)],
        "terms": TERMS,
    }


def _telling(gallery: list[Card], first: Opening, summary: Summary) -> Card | None:
    """The example that shows best what the first sentence says; ``None`` where there is none to see."""
    seen = [card for card in gallery if card.pictures or card.features or card.texts or card.own]
    if not first.attack:
        return seen[0] if seen else None
    here = [card for card in seen if card.attack == first.attack]
    if first.gap:
        row = next(one for one in summary.attacks if one.name == first.attack)
        above = (row.relative.value or 0.0) > (row.conventional.value or 0.0)
        wanted = [card for card in here if card.kind in TELLS[above]]
        here = wanted or here
    return next(iter(here or seen), None)


def _columns(summary: Summary) -> list[Column]:
    """Counts for the table; verdicts that never occur are left out."""
    rows = summary.rows

    def splits(name: str) -> tuple[int | None, ...]:
        return tuple(row.splits.get(name) for row in rows)

    def verdicts(name: str) -> tuple[int, ...]:
        return tuple(row.verdicts[name] for row in rows)

    found = [
        Column("Agree", verdicts("AGREE")),
        Column("Error", verdicts("ERROR")),
        Column("Sensitivity", splits("SENSITIVITY")),
        Column("Invariance", splits("INVARIANCE")),
        Column("Both changed", splits("BOTH")),
        Column("Standing", splits("STANDING")),
        Column("From void", splits("FROM_VOID")),
        Column("Clean not asked", splits("UNSPLIT")),
        Column("Abstain", verdicts("ABSTAIN")),
        Column("Not contradicted", verdicts("UNCONTRADICTED")),
        Column("Alarms not contradicted", splits("OPEN_ALARM")),
        Column("Undone", splits("UNDONE")),
        Column("Unasked", verdicts("UNASKED")),
    ]
    always = ("Agree", "Error", "Sensitivity", "Invariance")
    return [column for column in found if column.heading in always or any(column.cells)]


def _inputs(record: Record, show: ShowHook | None) -> dict[str, Any]:
    try:
        gallery, moved_by = cards(record, show), spread(record)
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: the report shows inputs of the record. Copy the whole "
            "folder of the audit, inputs included, or run the audit again."
        ) from error
    return {
        "gallery": gallery,
        "gallery_kinds": list(dict.fromkeys(card.kind.value for card in gallery)),
        "gallery_attacks": list(dict.fromkeys(card.attack for card in gallery)),
        "is_image": is_image(record),
        "teacher_votes": any(said.votes is not None for said in (record.clean, *record.moved)),
        "channels": (*shape(record), 0)[0],
        "spread": moved_by,
    }


def _provenance(record: Record) -> dict[str, Any]:
    facts, run = record.facts, record.run
    domain = facts["source"]["domain"]
    return {
        "student": facts["student"],
        "known": known_labels(record),
        "teacher": facts["teacher"],
        "source": facts["source"],
        "domain": {"only_ids": only_ids(record), **_domain(domain)},
        "plan": {**facts["plan"], "attacks": [_told(attack) for attack in record.attacks]},
        "goals": GOALS,
        "questions": facts["questions"],
        "findings": sorted(record.findings, key=lambda f: f["level"] != "warning"),
        "failures": {name: why for name, why in facts["failures"].items() if why},
        "run": {
            "started": run.get("started"),
            "seconds": run.get("seconds"),
            "seconds_attacking": run.get("seconds_attacking"),
            "command": run.get("command"),
            "known_before": run.get("known_before", 0),
            "new_answers": run.get("new_answers"),
        },
        "environment": run.get("environment") or {},
        "digest": record.digest,
        "schema": SCHEMA,
    }


def _domain(domain: dict[str, Any]) -> dict[str, Any]:
    """Which inputs are valid, for the page."""
    if is_text(domain):
        return {"texts": domain}
    ends = [domain[end] for end in ("low", "high")]
    span = "bounds of their own" if isinstance(ends[0], list) or isinstance(ends[1], list) else ""
    return {
        "texts": None,
        "shape": " \u00d7 ".join(map(str, domain["shape"])),
        "span": span or f"from {ends[0]:g} to {ends[1]:g}",
        "sizes": domain.get("sizes"),
        "fixed": len(domain["fixed"] or []),
        "whole": len(domain["whole"] or []),
    }


def _told(attack: dict[str, Any]) -> dict[str, Any]:
    """An attack without the settings that its own columns show, and without what is not set."""
    settings = {
        name: value
        for name, value in attack["settings"].items()
        if name not in ("name", "family", "goal") and value is not None
    }
    return {**attack, "settings": settings}
