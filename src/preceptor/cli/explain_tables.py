"""An explanation in the terminal: the ranked table, the shares, the recommendation."""

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from preceptor.cli.console import out
from preceptor.explain import Effect, Explanation, Share, SiblingAnswers, Side, ranked, standing_out

ROWS = 8
"""Factors shown of each side, unless more stand out."""


def print_explanation(found: Explanation) -> None:
    """The tables, then what would help, with its evidence and its limits."""
    plan = found.facts["plan"]
    out.print(
        f"student: {found.facts['student']['name']}, teacher: {found.facts['teacher']['name']}, "
        f"{len(found.effects)} factors on {plan['items']} items, "
        f"{found.facts['questions']['asked']} questions",
        highlight=False,
        markup=False,
    )
    if plan["about"] == "items":
        out.print(
            "The audit stopped by a rule that looked at its answers: all of this is about the "
            "items that it asked about, not about the source that they come from.",
            style="dim",
            highlight=False,
        )
    _print_side(found, "student")
    _print_side(found, "teacher")
    stands = (
        "No factor could stand out: the lower end would have to lie above"
        if found.bar >= 1
        else "*: stands out, for the lower end lies above"
    )
    out.print(
        f"{stands} {found.bar:.1%} (twice the student's error on the data, {found.error.hits} of "
        f"{found.error.certain}, at its upper limit; at least {plan['least']:.0%}). All intervals "
        f"hold together at {plan['level']:.0%} over {len(found.effects)} factors.",
        style="dim",
        highlight=False,
    )
    if found.spreads:
        _print_spreads(found)
    for advice in found.recommendations:
        _print_advice(advice.lesson, advice.advice, advice.evidence, advice.test, advice.limits)


def _print_side(found: Explanation, side: Side) -> None:
    standing = standing_out(found.effects, found.bar, side)
    order = [e for e in ranked(found.effects, side) if e.share(side).value or e in standing]
    alone = "the student" if side == "student" else "the teacher"
    if not order:
        out.print(f"\nMoves {alone} alone: no factor that was asked about.", highlight=False)
        return
    table = Table(
        title=f"Moves {alone} alone",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("factor", overflow="fold")
    table.add_column("student\nchanges", justify="right", no_wrap=True)
    asked = "there the\nteacher keeps" if side == "student" else "elsewhere the\nteacher changes"
    table.add_column(asked, justify="right", no_wrap=True)
    table.add_column("share of items\n[interval]", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    shown = order[: max(ROWS, len(standing))]
    for effect in shown:
        table.add_row(*_cells(effect, side), "*" if effect in standing else "")
    out.print(table)
    if len(order) > len(shown):
        out.print(f"and {len(order) - len(shown)} more", style="dim", highlight=False)


def _cells(effect: Effect, side: Side) -> list[str]:
    asked = effect.flipped if side == "student" else effect.held
    hits = asked.same if side == "student" else asked.other
    void = f" ({asked.uncertain} void)" if asked.uncertain else ""
    share = effect.student.value
    return [
        effect.name,
        "-" if share is None else f"{share:.0%}",
        f"{hits} of {asked.answered}{void}",
        _share(effect.share(side)),
    ]


def _share(share: Share) -> str:
    value = "-" if share.value is None else f"{share.value:.0%}"
    return f"{value} [{100 * share.low:.0f}-{100 * share.high:.0f}]"


def _print_spreads(found: Explanation) -> None:
    table = Table(
        title="Errors that "
        + (
            "a sibling shares"
            if len(found.siblings) == 1
            else f"{len(found.siblings)} siblings share"
        ),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("inputs", overflow="fold")
    for heading in ("all answer\nalike", "errors", "open: a sibling\nis right", "common:\nall err"):
        table.add_column(heading, justify="right", no_wrap=True)
    for spread in found.spreads:
        table.add_row(*_spread_cells(spread))
    out.print(table)
    out.print(
        "open: data and way of training allow the right answer, chance decided. common: every "
        "sibling errs there too, which does not prove that the data decide it: siblings share "
        "their architecture.",
        style="dim",
        highlight=False,
    )


def _spread_cells(spread: SiblingAnswers) -> list[str]:
    cells = []
    for rate in (spread.alike, spread.open, spread.common):
        low, high = rate.interval
        value = "-" if rate.value is None else f"{rate.value:.0%}"
        cells.append(value if rate.value is None else f"{value} [{100 * low:.0f}-{100 * high:.0f}]")
    return [spread.name, cells[0], str(spread.errors), *cells[1:]]


def _print_advice(lesson: str, advice: str, evidence: str, test: str, limits: str) -> None:
    out.print()
    out.print(Text.assemble((f"{lesson}: ", "bold"), advice))
    for word, text in (("evidence", evidence), ("test", test), ("not shown", limits)):
        out.print(Padding(Text(f"{word}: {text}", style="dim"), (0, 0, 0, 2)))
