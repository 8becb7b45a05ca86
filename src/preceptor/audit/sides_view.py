"""How records side by side show themselves: their view, data, tables and picture."""

from collections.abc import Sequence
from typing import Any

from preceptor.audit.comparison_headline import lead
from preceptor.audit.error_consistency import consistency
from preceptor.audit.item_groups import groups
from preceptor.audit.plain_attacks import plain_names
from preceptor.audit.record_view import bar_of, rate_row
from preceptor.audit.student_comparison import StudentComparison
from preceptor.audit.summary import Row
from preceptor.core import InputError
from preceptor.core.view import Bar, NamedCell, View, frame, plot_intervals
from preceptor.outcome.wording import points, points_interval, rate, rate_interval


def view_of(found: StudentComparison) -> View:
    """Who is better, a row for each attack, and what else there is to say."""
    said = lead(found)
    first = found.sides[0].record.facts
    what = (
        f"Side by side: {', '.join(side.name for side in found.sides)} on {len(found.ids)} items of "
        f"{first['source']['name']}, teacher {first['teacher']['name']}"
    )
    columns, names = ["attack"], plain_names(first)
    for side in found.sides:
        columns += [side.name, ""]
    best, second, *_ = found.ranking
    ahead = f"{found.sides[best].name} ahead by, points"
    differences = {one.name: one for one in found.pair(best, second).contrasts}
    rows = []
    for line in zip(*(side.summary.rows for side in found.sides), strict=True):
        one, cell = differences.get(line[0].name), ""
        if one is not None:
            value, of = one.difference.value, len(found.ids)
            star = "*" if one.settled else ""
            number = "" if value is None else points(value, of).split("\u00a0")[0]
            cell = f"{number} [{points_interval(one.difference.interval, of)}]{star}".strip()
        name = names[line[0].name]
        rows.append((NamedCell(name.label, name.spec), *_cells(line), cell))
    notes = (*said.then[:3], "* settled which is better, paired by item, after Holm's correction.")
    return View(
        what, said.sentence, said.number, (*columns, ahead), tuple(rows), apart=True, notes=notes
    )


def _cells(line: Sequence[Row]) -> list[str | Bar]:
    cells: list[str | Bar] = []
    for row in line:
        cells += [bar_of(row.relative), f"{rate(row.relative)} [{rate_interval(row.relative)}]"]
    return cells


def data_of(found: StudentComparison, by: Sequence[str]) -> dict[str, Any]:
    """What ``preceptor report A B --json`` prints."""
    names, lined = [side.name for side in found.sides], [side.record for side in found.sides]
    said = {"answer": lead(found).sentence, **found.describe()}
    errors = consistency(names, lined)
    if errors is not None:
        said["error_consistency"] = errors.describe()
    if by:
        said["by"] = {
            column: {
                name: [one.describe() for one in groups(record, column)]
                for name, record in zip(names, lined, strict=True)
            }
            for column in by
        }
    return said


def frame_of(found: StudentComparison, what: str) -> Any:
    """A table of rates, or of differences."""
    if what == "rates":
        return frame(
            [
                {"student": side.name, **rate_row(row)}
                for side in found.sides
                for row in side.summary.rows
            ]
        )
    if what != "differences":
        raise InputError(f"to_pandas({what!r}): expected 'rates' or 'differences'")
    return frame(
        [
            {
                "first": found.sides[pair.first].name,
                "second": found.sides[pair.second].name,
                "attack": one.name,
                "difference": one.difference.value,
                "low": one.difference.interval[0],
                "high": one.difference.interval[1],
                "p_adjusted": one.adjusted,
                "settled": one.settled,
            }
            for pair in found.pairs
            for one in pair.contrasts
        ]
    )


def plot_of(found: StudentComparison, axes: Any) -> Any:
    """Accuracy of each student under each attack."""
    names = [row.name for row in found.sides[0].summary.rows]
    series = {
        side.name: [bar_of(row.relative) for row in side.summary.rows] for side in found.sides
    }
    return plot_intervals(axes, names, series, "teacher-relative accuracy, %")
