"""Error consistency as a page shows it: texts and places; the template sets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preceptor.audit import Consistency, People
from preceptor.outcome import Kappa, Mean
from preceptor.outcome.wording import MINUS, percent, rate, rate_interval

ROWS: Final = 60
"""People in the table; all stand in the JSON."""

_DEEPEST: Final = 10
"""The colour of kappa 1; 0 has none."""


@dataclass(frozen=True)
class KappaCell:
    """One kappa.

    Attributes:
        text: its value.
        interval: as text; empty where there is none.
        items: on how many.
        depth: of its colour, 0 to 10.
    """

    text: str
    interval: str
    items: str
    depth: int


@dataclass(frozen=True)
class Beside:
    """One student, or the people, on a scale of kappa from -1 to 1, in percent of the width.

    Attributes:
        name: who.
        ceiling: whether these are the people themselves.
        value: the place of the mean; ``None`` where it is undefined.
        low: of the interval's lower end.
        high: of its upper end.
        text: the mean.
        interval: as text.
        right: how often right, and its interval, as text.
        ticks: the place of each person, or of each two.
        undefined: how many have none.
    """

    name: str
    ceiling: bool
    value: float | None
    low: float
    high: float
    text: str
    interval: str
    right: tuple[str, str]
    ticks: tuple[float, ...]
    undefined: int


@dataclass(frozen=True)
class PersonLine:
    """One person in the table: as text how often right, of one mind with the others, and cells."""

    name: str
    right: tuple[str, str]
    others: tuple[str, str]
    cells: tuple[KappaCell, ...]


@dataclass(frozen=True)
class ConsistencySection:
    """The section.

    Attributes:
        reference: what an error is.
        items: how many there are.
        certain: of how many the teacher is certain.
        names: of the students.
        matrix: for each student a cell for each; ``None`` on the diagonal.
        people: whose votes; empty without people.
        persons: how many.
        left_out: whether each was judged by the panel of the others.
        beside: each student, then the people.
        lines: of the table of people.
        more: how many people it leaves out.
    """

    reference: str
    items: int
    certain: int
    names: tuple[str, ...]
    matrix: tuple[tuple[KappaCell | None, ...], ...]
    people: str
    persons: int
    left_out: bool
    beside: tuple[Beside, ...]
    lines: tuple[PersonLine, ...]
    more: int


def shown(found: Consistency | None, names: Sequence[str]) -> ConsistencySection | None:
    """The section, or ``None`` where there is nothing to compare."""
    if found is None:
        return None
    cells = {(one.first, one.second): _cell(one.kappa) for one in found.students}
    cells |= {(b, a): cell for (a, b), cell in cells.items()}
    matrix = tuple(tuple(cells.get((a, b)) for b in names) for a in names) if found.students else ()
    people = found.people
    return ConsistencySection(
        found.reference,
        found.items,
        found.certain,
        tuple(names),
        matrix,
        "" if people is None else people.name,
        0 if people is None else len(people.persons),
        people is not None and people.left_out,
        () if people is None else tuple(_beside(people)),
        () if people is None else tuple(_lines(people)),
        0 if people is None else max(0, len(people.persons) - ROWS),
    )


def signed(value: float) -> str:
    """A kappa with two digits behind the point."""
    text = f"{abs(value):.2f}"
    return f"{MINUS}{text}" if value < 0 and float(text) else text


def _cell(kappa: Kappa) -> KappaCell:
    items = f"{kappa.items:,}"
    if kappa.value is None or kappa.interval is None:
        return KappaCell("undefined" if kappa.items else "no items", "", items, 0)
    if kappa.limits is not None and kappa.limits[0] == kappa.limits[1]:
        return KappaCell("0", "fixed", items, 0)
    low, high = map(signed, kappa.interval)
    depth = round(_DEEPEST * max(0.0, kappa.value))
    return KappaCell(signed(kappa.value), f"{low} to {high}", items, depth)


def _beside(people: People) -> list[Beside]:
    rows = [
        _row(one.student, one.kappa, one.right, [two.kappa for two in one.each])
        for one in people.students
    ]
    pairs = [one.kappa for one in people.pairs]
    return [*rows, _row("A person", people.kappa, people.right, pairs, ceiling=True)]


def _row(
    name: str, kappa: Mean, right: Mean, each: Sequence[Kappa], *, ceiling: bool = False
) -> Beside:
    low, high = kappa.interval or (-1.0, 1.0)
    ticks = [_place(one.value) for one in each if one.value is not None]
    return Beside(
        name,
        ceiling,
        None if kappa.value is None else _place(kappa.value),
        _place(low),
        _place(high),
        "undefined" if kappa.value is None else signed(kappa.value),
        f"{signed(low)} to {signed(high)}" if kappa.interval else "",
        _shares(right),
        tuple(ticks),
        kappa.undefined,
    )


def _lines(people: People) -> list[PersonLine]:
    return [
        PersonLine(
            person.name,
            (rate(person.right), rate_interval(person.right)),
            (rate(person.others), rate_interval(person.others)),
            tuple(_cell(one.each[i].kappa) for one in people.students),
        )
        for i, person in enumerate(people.persons[:ROWS])
    ]


def _shares(mean: Mean) -> tuple[str, str]:
    if mean.value is None or mean.interval is None:
        return "undefined", ""
    low, high = (f"{100 * end:.0f}" for end in mean.interval)
    return percent(mean.value, 100), f"{low} to {high}\u00a0%"


def _place(kappa: float) -> float:
    return 50 + 50 * min(1.0, max(-1.0, kappa))
