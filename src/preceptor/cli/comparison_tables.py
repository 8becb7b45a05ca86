"""What ``preceptor compare`` prints: answers, accuracies against price, and witnesses."""

from rich import box
from rich.table import Table

from preceptor.cli.console import out
from preceptor.comparison import BASE, Comparison, certified, contests, harms, sentence, witnessed
from preceptor.comparison.unit_verdicts import WORDS
from preceptor.outcome import Spread


def print_comparison(found: Comparison) -> None:
    """The answers, the table of accuracies and, of searched students, that of witnesses."""
    fought = [sentence(one, found) for one in contests(found)]
    for line in (*fought, *harms(found), *witnessed(found), *certified(found)):
        out.print(f"- {line}", highlight=False, markup=False)
    table = Table(
        title=f"{found.design['problem']}: strong accuracy against price",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("strategy", overflow="fold")
    for heading in ("budget", "quest.", "bits", "strong", f"[{found.level:.0%}]", "weak", "clean"):
        table.add_column(heading.replace("[", "\\["), justify="right", no_wrap=True)
    for name in found.strategies:
        points = found.points(name)
        for place, point in enumerate(points):
            weak = next(key for key in point.measures if key.startswith("weak "))
            strong = point.measures["strong"]
            table.add_row(
                name if place == 0 else "",
                str(point.budget) if name != BASE else "",
                f"{point.price['questions'].mean:,.0f}",
                f"{point.price['bits'].mean:,.0f}",
                _percent(strong),
                _ends(strong),
                _percent(point.measures[weak]),
                _percent(point.measures["clean"]),
                end_section=place == len(points) - 1,
            )
    out.print(table)
    void = {key: max(p.void[key] for p in found.points(BASE)) for key in found.points(BASE)[0].void}
    shares = ", ".join(f"{100 * share:.0f}% of {name}" for name, share in void.items())
    out.print(
        "quest.: questions and volunteered items beyond the given labels; bits: from the teacher. "
        "strong: right where the teacher is certain, on draws from a stated law; weak: under "
        f"{_weak_name(found)}. Void, for the given labels alone: {shares}. Means over "
        f"{len(found.design['seeds'])} seeds; {WORDS['student_bits']} and cost are in the report.",
        style="dim",
        highlight=False,
    )
    if found.search:
        _print_witnesses(found)


def _print_witnesses(found: Comparison) -> None:
    """Counts stand apart from shares: they are read otherwise."""
    table = Table(
        title=f"Witnesses that a search of {found.search:,} questions finds",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("strategy", overflow="fold")
    for heading in ("budget", "distinct", f"[{found.level:.0%}]", "all", "certain", "void"):
        table.add_column(heading.replace("[", "\\["), justify="right", no_wrap=True)
    for name in found.strategies:
        points = found.points(name)
        for place, point in enumerate(points):
            one = point.searched
            if one is None:
                continue
            table.add_row(
                name if place == 0 else "",
                str(point.budget) if name != BASE else "",
                "undef." if one.distinct is None else f"{one.distinct.mean:.1f}",
                "" if one.interval is None else "{:.0f}-{:.0f}".format(*one.interval),
                f"{one.witnesses.mean:.1f}",
                f"{one.certain.mean:.0f}",
                f"{100 * one.void:.0f}%",
                end_section=place == len(points) - 1,
            )
    out.print(table)
    out.print(
        "distinct: clusters of witnesses, inputs at which the teacher is certain and the student "
        "wrong; all: with their copies; certain: questions with a certain answer; void: share of "
        "questions without. The same search for every way, in no price: to be compared between "
        "ways, no share of anything, and 0 proves nothing.",
        style="dim",
        highlight=False,
    )


def _weak_name(found: Comparison) -> str:
    """The attack under which weak accuracy was measured."""
    return next(key for key in found.cells[0].measures if key.startswith("weak ")).removeprefix(
        "weak "
    )


def _percent(spread: Spread | None) -> str:
    return "undef." if spread is None else f"{100 * spread.mean:.1f}"


def _ends(spread: Spread | None) -> str:
    if spread is None or len(spread.values) < 2:
        return ""
    low, high = (100 * min(1.0, max(0.0, end)) for end in spread.interval)
    return f"{low:.0f}-{high:.0f}"
