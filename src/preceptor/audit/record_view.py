"""How a record shows itself: its view, its data, its tables and its picture."""

from collections.abc import Mapping, Sequence
from typing import Any

from preceptor.audit.audit_ending import ending, unanswered, who_and_how
from preceptor.audit.certified import cells_of, certified
from preceptor.audit.error_consistency import consistency
from preceptor.audit.headline import answer
from preceptor.audit.item_groups import groups
from preceptor.audit.known_labels import known_labels
from preceptor.audit.opening import waiting
from preceptor.audit.plain_attacks import PlainAttack, plain_names
from preceptor.audit.record import Record
from preceptor.audit.summary import Row, row_verdicts, summarise
from preceptor.core import InputError
from preceptor.core.view import Bar, Cell, NamedCell, View, frame, plot_intervals
from preceptor.outcome import Rate, Verdict
from preceptor.outcome.wording import counted, name_of, percent, rate, rate_interval, said_by

REASONS = 2
"""So many reasons are named for which questions have no answer."""

COLUMNS = (
    "attack",
    "teacher-relative",
    "",
    "interval",
    "conventional",
    "certain",
    "void",
    "errors",
)


def view_of(record: Record) -> View:
    """The headline of a record, and a row for each attack."""
    summary, facts = summarise(record), record.facts
    said = answer(record, summary)
    questions, left = facts["questions"], unanswered(record)
    source = facts["source"]
    what = (
        f"Record of {facts['student']['name']} on {source['items']} items of {source['name']}, "
        f"teacher {facts['teacher']['name']}"
    )
    wait, names = waiting(record), plain_names(facts)
    if wait is not None and not wait.answered:
        return View(what, wait.sentence, notes=(wait.told,))
    notes = list(said.then[:2])
    if left:
        asked = f"{counted(questions['asked'], 'question')}, of which {left} have no answer"
        notes.insert(0, f"{asked}: {_most(questions['unanswered'])}.")
    known = known_labels(record)
    if known is not None:
        notes.append(known.sentence)
    if wait is not None:
        notes.insert(1, f"{wait.sentence} {wait.told}")
    proofs = cells_of(record)
    notes += [one.sentence for one in certified(record)]
    warnings = [one["message"] for one in record.findings if one["level"] == "warning"]
    notes += [f"Note: {one['message']}" for one in record.findings if one["level"] != "warning"]
    if summary.attacks:
        notes.append(
            "Dot: accuracy where the teacher, asked at the moved input, is certain; band: its "
            f"{100 * record.level:.4g} % interval; ring: the conventional accuracy, which assumes the "
            "clean label. Void: the teacher is uncertain, so nothing is right or wrong."
        )
    return View(
        what,
        said.sentence,
        said.number,
        (*COLUMNS, *(["certified"] if proofs else [])),
        tuple(
            (*_cells(row, names[row.name]), *([proofs.get(row.name, "")] if proofs else []))
            for row in summary.rows
        ),
        apart=bool(summary.attacks),
        notes=tuple(notes),
        warnings=tuple(warnings),
    )


def _most(reasons: Mapping[str, int]) -> str:
    """The most frequent reasons for which questions have no answer."""
    first = sorted(reasons.items(), key=lambda one: -one[1])[:REASONS]
    said = [f"{count} x {why.rstrip('.')}" for why, count in first]
    more = len(reasons) - len(first)
    return "; ".join([*said, *([f"and {counted(more, 'other reason')}"] if more else [])])


def _cells(row: Row, name: PlainAttack) -> tuple[Cell, ...]:
    given, other = row.relative, row.conventional
    return (
        NamedCell(name.label, name.spec),
        rate(given),
        bar_of(given, other),
        rate_interval(given),
        rate(other),
        f"{given.certain:,}",
        percent(row.void_share, max(1, row.asked)),
        f"{row.verdicts['ERROR']:,}",
    )


def bar_of(given: Rate, other: Rate | None = None) -> Bar:
    """A rate, drawn; with a second reading of it."""
    return Bar(given.value, *given.interval, None if other is None else other.value)


def data_of(record: Record, fail_under: float | None, by: Sequence[str]) -> dict[str, Any]:
    """What ``preceptor audit --json`` prints."""
    name, page = str(record.facts["student"]["name"]), record.folder / "report.html"
    said = {
        **who_and_how(record, ending(record, fail_under)),
        "report": str(page) if page.exists() else None,
        **summarise(record).describe(),
    }
    if certified(record):
        said["certified"] = [one.describe() for one in certified(record)]
    known = known_labels(record)
    if known is not None:
        said["known_labels"] = known.describe()
    found = consistency([name], [record])
    if found is not None:
        said["error_consistency"] = found.describe()
    if by:
        said["by"] = {column: [one.describe() for one in groups(record, column)] for column in by}
    return said


def frame_of(record: Record, what: str) -> Any:
    """A table of rates, or of items."""
    if what == "rates":
        return frame([rate_row(row) for row in summarise(record).rows])
    if what == "items":
        return frame(_items(record))
    raise InputError(f"to_pandas({what!r}): expected 'rates' or 'items'")


def rate_row(row: Row) -> dict[str, Any]:
    """One row of a table of rates: plain numbers."""
    low, high = row.relative.interval
    return {
        "attack": row.name,
        "family": row.family,
        "size": row.size,
        "goal": row.goal,
        "accuracy": row.relative.value,
        "low": low,
        "high": high,
        "conventional": row.conventional.value,
        "items": row.items,
        "right": row.relative.hits,
        "certain": row.relative.certain,
        "void": row.verdicts["VOID"],
        "unasked": row.relative.unasked,
        "errors": row.verdicts["ERROR"],
        "false_alarms": row.splits["FALSE_ALARM"],
        **_partial(row),
    }


def _partial(row: Row) -> dict[str, Any]:
    """The other reading, where answers are sets."""
    given = row.relative
    if not given.uncontradicted:
        return {}
    return {"uncontradicted": given.uncontradicted, "accepting": given.accepting}


def _items(record: Record) -> list[dict[str, Any]]:
    """What was said of each item, clean and under each attack."""
    classes = [str(name) for name in record.facts["source"]["classes"]]
    sheets = [("no attack", record.clean)]
    sheets += [
        (str(one["name"]), said) for one, said in zip(record.attacks, record.moved, strict=True)
    ]
    rows = []
    for (attack, said), verdicts in zip(sheets, row_verdicts(record), strict=False):
        sheet = said.sheet
        for place, item in enumerate(record.ids):
            asked = bool(sheet.asked[place])
            rows.append(
                {
                    "item": item,
                    "attack": attack,
                    "student": name_of(int(sheet.student[place]), classes),
                    "teacher": said_by(sheet, place, classes) if asked else None,
                    "verdict": Verdict(int(verdicts[place])).name,
                    "confidence": float(said.sure[place]),
                    **dict(zip(record.measures, said.distances[place].tolist(), strict=True)),
                    **{name: cells[place] for name, cells in record.columns.items()},
                }
            )
    return rows


def plot_of(record: Record, axes: Any) -> Any:
    """Accuracy under each attack, the conventional one as a ring."""
    rows = summarise(record).rows
    bars = [bar_of(row.relative, row.conventional) for row in rows]
    name = str(record.facts["student"]["name"])
    label = f"teacher-relative accuracy of {name}, % (ring: conventional)"
    return plot_intervals(axes, [row.name for row in rows], {name: bars}, label)
