"""Error consistency as tables in the terminal."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from preceptor.audit import Consistency, PairConsistency, People
from preceptor.cli.console import out
from preceptor.outcome import Kappa, Mean

MOST = 20
"""Lines of a table of people."""


def print_consistency(found: Consistency | None) -> None:
    """Students with one another, then with people; nothing where there is nothing to compare."""
    if found is None:
        return
    title = f"error consistency, kappa [{found.level:.0%}]"
    if found.students:
        _print(f"{title}, between students, on {found.certain} items", found.students)
    if found.people is not None:
        _print_people(found.people, title)
    out.print(
        f"An error: {found.reference}. kappa: 1 the same items, 0 as chance at these accuracies has "
        "it, undefined where both are always right or always wrong; 'fixed' where one of them is, so "
        "that it can only be 0. Intervals: bootstrap over items.",
        style="dim",
        markup=False,
        highlight=False,
    )


def _print(title: str, pairs: Sequence[PairConsistency]) -> None:
    out.print(title, style="italic", markup=False, highlight=False)
    table = _table("", "", "kappa", "items", "both err", "one errs")
    for one in pairs:
        k = one.kappa
        table.add_row(
            escape(one.first),
            escape(one.second),
            kappa(k),
            str(k.items),
            str(k.neither),
            str(k.only_first + k.only_second),
        )
    out.print(table)


def _print_people(people: People, title: str) -> None:
    out.print(
        f"{title}, beside the {len(people.persons)} people of {people.name}",
        style="italic",
        markup=False,
        highlight=False,
    )
    table = _table("mean over the people", "kappa", "right")
    for one in people.students:
        table.add_row(escape(one.student), _mean(one.kappa), _mean(one.right, share=True))
    table.add_section()
    table.add_row("a person (the ceiling)", _mean(people.kappa), _mean(people.right, share=True))
    out.print(table)
    names = [one.student for one in people.students]
    table = _table("person", "right", *names)
    for i, person in enumerate(people.persons[:MOST]):
        value = "undefined" if person.right.value is None else f"{person.right.value:.1%}"
        cells = [kappa(one.each[i].kappa) for one in people.students]
        table.add_row(escape(person.name), f"{value} of {person.right.certain}", *cells)
    out.print(table)
    if len(people.persons) > MOST:
        out.print(
            f"{len(people.persons) - MOST} more people: with --json.", style="dim", highlight=False
        )


def kappa(found: Kappa) -> str:
    """A kappa with its interval, in a cell."""
    if found.value is None:
        return "undefined" if found.items else "no items"
    if found.limits is not None and found.limits[0] == found.limits[1]:
        return "0 (fixed)"
    assert found.interval is not None  # noqa: S101 - for the type checker
    low, high = found.interval
    return f"{found.value:+.2f} [{low:+.2f} to {high:+.2f}]"


def _mean(found: Mean, *, share: bool = False) -> str:
    if found.value is None or found.interval is None:
        return "undefined"
    low, high = found.interval
    if share:
        return f"{found.value:.1%} [{100 * low:.0f}-{100 * high:.0f}]"
    without = f", without {found.undefined}" if found.undefined else ""
    return f"{found.value:+.2f} [{low:+.2f} to {high:+.2f}]{without}"


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(headings):
        table.add_column(escape(heading), justify="left" if not i else "right", overflow="fold")
    return table
