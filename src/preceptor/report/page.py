"""The page: everything it shows is computed here, from the record alone; templates only set it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.audit import SCHEMA, Record, Summary, consistency, groups, summarise
from preceptor.audit.headline import answer, under
from preceptor.core import InputError
from preceptor.core.domains import is_text
from preceptor.report import charts
from preceptor.report.column_tables import splits
from preceptor.report.consistency_section import shown
from preceptor.report.distance_table import spread
from preceptor.report.explanation_section import told, why
from preceptor.report.gallery import cards, is_image, only_ids, shape
from preceptor.report.plotting import SMALL
from preceptor.report.stopping import stopping
from preceptor.report.templating import fill, save

WORDS: Final = (
    ("agree", "Agree", "The teacher is certain of the input and the student says the same."),
    (
        "sensitivity",
        "Sensitivity error",
        "The teacher is certain and kept its answer; the student changed its own. "
        "What most people call an adversarial example.",
    ),
    (
        "invariance",
        "Invariance error",
        "The teacher is certain and changed its answer; the student kept its own. "
        "It overlooks what matters to the teacher.",
    ),
    (
        "both",
        "Error, both changed",
        "The teacher is certain; both changed their answers, to different ones.",
    ),
    (
        "standing",
        "Standing error",
        "The teacher is certain; neither changed its answer. The student was wrong already.",
    ),
    (
        "from-void",
        "Error from void",
        "The teacher was uncertain of the clean input and is certain of the moved one; the student "
        "says something else. Its answer did not change from one label to another, so this is "
        "neither a sensitivity nor an invariance error.",
    ),
    (
        "unsplit",
        "Error, clean input not asked",
        "The teacher is certain and the student says something else, but nothing is known of the "
        "clean input, so it cannot be said what changed.",
    ),
    ("abstain", "Abstain", "The teacher is certain; the student declines to answer."),
    (
        "void",
        "Void",
        "The teacher is uncertain, so no answer is right or wrong. Void inputs leave the "
        "denominator of teacher-relative accuracy.",
    ),
    (
        "unasked",
        "Unasked",
        "The teacher has not answered. Unasked inputs widen the interval: they could still be "
        "anything.",
    ),
)
"""Pattern, word and meaning of each verdict and split."""

TERMS: Final = (
    (
        "Teacher-relative accuracy",
        "The share of inputs on which the student says what the teacher says, among the inputs of "
        "which the teacher is certain. The teacher is asked at the moved input itself.",
    ),
    (
        "Conventional accuracy",
        "The usual robust accuracy. The teacher's label of the clean input is assumed to hold at "
        "the moved input too; an input counts as right if the student gives it on both.",
    ),
    (
        "False alarm",
        "A failure by the conventional reading that is none: the student was right at the clean "
        "input; at the moved one the teacher is uncertain, or changed its answer too and agrees "
        "with the student.",
    ),
    (
        "Undone error",
        "The student was wrong at the clean input, before any attack, and is not at the moved one: "
        "there it is right, or the input is void. The conventional reading counts it as a failure.",
    ),
    (
        "Worst case over attacks",
        "Item by item: it counts if the teacher is certain at one of its moved inputs at least, and "
        "is wrong if the student is wrong at any of these. The clean input does not enter.",
    ),
    (
        "Least rate",
        "The least of the rates of the single attacks and of the worst case. The headline and "
        "--fail-under go by it. Its interval: from the least of all lower ends to the least of all "
        "upper ends, these at a level corrected for the number of rates.",
    ),
    (
        "Never found wrong",
        "The share of items, clean input included, at which no error was found, void counted as "
        "survived. An attack that turns inputs void raises it, so nothing is decided by it.",
    ),
)

GOALS: Final = {
    "flip": "make the student change its answer",
    "keep": "hold the student's answer while the input turns into something else",
}


@dataclass(frozen=True)
class Column:
    """A count in the table: heading and the number for each row, or ``None`` where undefined."""

    heading: str
    cells: tuple[int | None, ...]


def render(record: Record, *, by: Sequence[str] = ()) -> str:
    """The report of a record: one HTML page that loads nothing from anywhere.

    Reads the record and, for the gallery and the image distances, some of its inputs.

    Args:
        record: the record.
        by: columns by which to split its table.

    Raises:
        InputError: the record's inputs are not beside it, or there is no such column.
    """
    summary = summarise(record)
    names = [str(record.facts["student"]["name"])]
    found = why(record)
    return fill(
        "page.html.j2",
        why=found,
        told=told(found) if found else "",
        stopping=stopping(record),
        splits=splits(names, {column: [groups(record, column)] for column in by}),
        consistency=shown(consistency(names, [record]), names),
        **_numbers(record, summary),
        **_inputs(record),
        **_provenance(record),
    )


def write(record: Record, path: str | Path | None = None, *, by: Sequence[str] = ()) -> Path:
    """Write the report, whole or not at all; beside the record as ``report.html`` unless told.

    Raises:
        InputError: the record's inputs are not beside it.
        OSError: the file cannot be written.
    """
    where = record.folder / "report.html" if path is None else Path(path)
    page = render(record, by=by)
    return save(page, where)


def _numbers(record: Record, summary: Summary) -> dict[str, Any]:
    row = summary.headline
    where = under(summary)
    bars = charts.bars(summary, len(record.ids))
    dots = [charts.dot("Without attack", "clean", summary.clean.relative)]
    if summary.attacks:
        where = where[0].upper() + where[1:]
        dots.append(
            charts.dot(
                f"{where}, as the teacher sees it", "relative", row.relative, summary.least.interval
            )
        )
        dots.append(charts.dot(f"{where}, conventional reading", "conventional", row.conventional))
    return {
        "answer": answer(record, summary),
        "summary": summary,
        "row": row,
        "dots": dots,
        "bars": bars,
        "legend": charts.used_segments(bars),
        "columns": _columns(summary),
        "curves": charts.curves(summary),
        "levels": SMALL.percents(),
        "box": SMALL.box,
        "level": f"{100 * record.level:.4g}\u00a0%",
        "words": WORDS,
        "terms": TERMS,
    }


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
        Column("Undone", splits("UNDONE")),
        Column("Unasked", verdicts("UNASKED")),
    ]
    always = ("Agree", "Error", "Sensitivity", "Invariance")
    return [column for column in found if column.heading in always or any(column.cells)]


def _inputs(record: Record) -> dict[str, Any]:
    try:
        gallery, moved_by = cards(record), spread(record)
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
        "teacher": facts["teacher"],
        "source": facts["source"],
        "domain": {"only_ids": only_ids(record), **_domain(domain)},
        "plan": {**facts["plan"], "attacks": [_told(attack) for attack in record.attacks]},
        "goals": GOALS,
        "questions": facts["questions"],
        "findings": sorted(facts["findings"], key=lambda f: f["level"] != "warning"),
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
