"""The page of several students, made from their records alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from preceptor.audit import StudentComparison, consistency, groups
from preceptor.audit.comparison_headline import by as decided_by
from preceptor.audit.comparison_headline import lead
from preceptor.audit.plain_attacks import plain_names
from preceptor.core import InputError
from preceptor.core.show_hook import ShowHook
from preceptor.report import disagreements, student_charts
from preceptor.report.column_tables import splits
from preceptor.report.consistency_section import shown
from preceptor.report.gallery import is_image, shape
from preceptor.report.page_words import TERMS
from preceptor.report.plotting import SMALL
from preceptor.report.templating import fill, save

FEW_CARDS: Final = 12
"""Examples shown where there are more students than have a look of their own."""

MOST: Final = 60
"""Students on one page."""

DIFFERENCE: Final = (
    "Difference",
    "The first student's teacher-relative accuracy less the second's, in percentage points. Each "
    "accuracy is over the inputs of which the teacher is certain where that student's attack moved "
    "them; the same items make the pairs.",
)


def render_side_by_side(
    found: StudentComparison,
    *,
    by: Sequence[str] = (),
    title: str | None = None,
    show: ShowHook | None = None,
) -> str:
    """The report of several students: one HTML page that loads nothing from anywhere.

    Args:
        found: the students. Of more than ``ALIKE`` no curves are drawn, since so many lines cannot
            be told apart, and differences are shown from the best one alone.
        by: columns by which to split the table.
        title: of the page, in place of the names of students and teacher.
        show: your own function that shows an input (:func:`preceptor.core.show_hook.show_input`).

    Raises:
        InputError: more than ``MOST`` students, the records' inputs are not beside them, or there
            is no such column.
    """
    if len(found.sides) > MOST:
        raise InputError(f"{len(found.sides)} students on one page; give at most {MOST}")
    names = [side.name for side in found.sides]
    lined = [side.record for side in found.sides]
    try:
        gallery = disagreements.cards(found, show)
        if len(found.sides) > student_charts.ALIKE:  # each card has a line for every student
            gallery = gallery[:FEW_CARDS]
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: the report shows inputs of the records. Copy the whole "
            "folder of each audit, inputs included, or run it again."
        ) from error
    first = found.sides[0]
    where = decided_by(found)
    return fill(
        "students.html.j2",
        title=title,
        plain=plain_names(first.record.facts),
        answer=lead(found),
        names=names,
        splits=splits(names, {c: [groups(one, c) for one in lined] for c in by}),
        consistency=shown(consistency(names, lined), names),
        where=where[0].upper() + where[1:],
        dots=student_charts.dots(found),
        measured=student_charts.measured(found),
        forests=student_charts.forests(found),
        curves=student_charts.curves(found),
        levels=SMALL.percents(),
        box=SMALL.box,
        level=f"{100 * found.level:.4g}\u00a0%",
        terms=(*TERMS, DIFFERENCE),
        gallery=gallery,
        gallery_kinds=list(dict.fromkeys(card.pattern for card in gallery)),
        gallery_attacks=list(dict.fromkeys(card.attack for card in gallery)),
        is_image=is_image(first.record),
        channels=(*shape(first.record), 0)[0],
        teacher_votes=any(
            said.votes is not None
            for side in found.sides
            for said in (side.record.clean, *side.record.moved)
        ),
        stopped=found.prefix is not None,
        least=found.pairs[0].headline.difference.least is not None,
        widened=any(row.relative.unasked for side in found.sides for row in side.summary.rows),
        **_provenance(found),
    )


def write_side_by_side(
    found: StudentComparison,
    path: str | Path,
    *,
    by: Sequence[str] = (),
    title: str | None = None,
    show: ShowHook | None = None,
) -> Path:
    """Write the report, whole or not at all; returns its path.

    Raises:
        InputError: see :func:`render_side_by_side`.
        OSError: the file cannot be written.
    """
    return save(render_side_by_side(found, by=by, title=title, show=show), Path(path))


def _provenance(found: StudentComparison) -> dict[str, Any]:
    facts = found.sides[0].record.facts
    findings: dict[tuple[str, str, str], list[str]] = {}
    for side in found.sides:
        for finding in side.whole.findings:
            key = (finding["level"], finding["message"], finding["fix"])
            findings.setdefault(key, []).append(side.name)
    records = [
        {
            "name": side.name,
            "folder": str(side.whole.folder),
            "digest": side.whole.digest,
            "command": side.whole.run.get("command"),
            "started": side.whole.run.get("started"),
            "asked": side.whole.facts["questions"]["asked"],
            "answered": side.whole.facts["questions"]["answered"],
            "version": (side.whole.run.get("environment") or {}).get("preceptor"),
        }
        for side in found.sides
    ]
    return {
        "teacher": facts["teacher"],
        "source": facts["source"],
        "plan": facts["plan"],
        "items": len(found.ids),
        "items_left_out": found.items_left_out,
        "attacks_left_out": found.attacks_left_out,
        "findings": sorted(
            ((level, who, message, fix) for (level, message, fix), who in findings.items()),
            key=lambda finding: finding[0] != "warning",
        ),
        "records": records,
    }
