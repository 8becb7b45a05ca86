"""How a comparison shows itself: its view, data, table and picture."""

from typing import Any

from preceptor.comparison.comparison_result import Comparison
from preceptor.comparison.design import BASE
from preceptor.comparison.unit_verdicts import certified, contests, harms, sentence, witnessed
from preceptor.core.view import Bar, View, axes_for, frame
from preceptor.outcome import Spread


def view_of(found: Comparison) -> View:
    """Where telling wins, ties and loses, and a row for each way of learning."""
    design = found.design
    what = (
        f"Comparison of {len(found.strategies) - 1} ways of learning on {design['problem']}, "
        f"{len(design['seeds'])} seeds"
    )
    sentences = [sentence(one, found) for one in contests(found)]
    rows = []
    for name in found.strategies:
        last = found.points(name)[-1]
        strong = last.measures["strong"]
        reach = found.reach(name, "questions")
        reached = f"{reach.reached} of {len(reach.prices)}"
        rows.append(
            (
                name,
                f"{last.budget:,}",
                _value(strong),
                _bar(strong),
                reached,
                f"{last.price['bits'].mean:,.0f}",
            )
        )
    columns = ("strategy", "budget", "strong accuracy", "", "seeds at the target", "bits")
    first = sentences[0] if sentences else "Nothing was paid, so there is nothing to compare."
    return View(
        what,
        first,
        "",
        columns,
        tuple(rows),
        notes=tuple(sentences[1:] + harms(found) + certified(found)),
    )


def _value(spread: Spread | None) -> str:
    if spread is None:
        return "undefined"
    low, high = spread.interval
    return f"{100 * spread.mean:.1f}\u00a0% [{100 * low:.1f} to {100 * high:.1f}]"


def _bar(spread: Spread | None) -> Bar | str:
    if spread is None:
        return ""
    low, high = (min(1.0, max(0.0, end)) for end in spread.interval)
    return Bar(spread.mean, low, high)


def data_of(found: Comparison) -> dict[str, Any]:
    """What ``preceptor compare --json`` prints."""
    return {
        "answers": [
            {**one.describe(), "sentence": sentence(one, found)} for one in contests(found)
        ],
        "harms": harms(found),
        "witnesses": witnessed(found),
        "certified": certified(found),
        **found.describe(),
    }


def frame_of(found: Comparison) -> Any:
    """A row for each cell: strategy, budget, seed, what it cost, and what was measured."""
    return frame(
        [
            {
                "strategy": cell.strategy,
                "kind": cell.kind,
                "budget": cell.budget,
                "seed": cell.seed,
                **cell.price.describe(),
                **{name: rate.value for name, rate in cell.measures.items()},
                "strong": cell.strong,
            }
            for cell in found.cells
        ]
    )


def plot_of(found: Comparison, axes: Any) -> Any:
    """Strong accuracy against questions, a curve for each way of learning."""
    axes = axes_for(axes, 4.0)
    for number, name in enumerate(found.strategies):
        points = [one for one in found.points(name) if one.measures["strong"] is not None]
        price = [one.price["questions"].mean for one in points]
        spreads = [one.measures["strong"] for one in points]
        known = [one for one in spreads if one is not None]
        ends = [one.interval for one in known]
        colour = f"C{number}"
        axes.plot(price, [100 * one.mean for one in known], "o-", color=colour, label=name)
        low, high = ([100 * end[i] for end in ends] for i in (0, 1))
        axes.fill_between(price, low, high, color=colour, alpha=0.15)
    axes.axhline(100 * found.target, color="0.5", linestyle=":")
    axes.set(xlabel=f"questions or items beyond {BASE}", ylabel="strong accuracy, %")
    axes.legend()
    return axes
