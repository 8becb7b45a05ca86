"""Whether a comparison was trained long enough: the same again with twice the steps."""

from typing import Any

from preceptor.comparison.comparison_result import Comparison
from preceptor.core import InputError
from preceptor.outcome import Spread
from preceptor.strategies import Convergence
from preceptor.strategies.fit_convergence import compared


def settled(short: Comparison, long: Comparison) -> Convergence:
    """What twice the steps did to the order of the strategies, each at its largest budget.

    The measure is the least strong accuracy over the laws; pairs are compared seed by seed.
    Strategies that look at the student ask anew, since a student that learned longer asks otherwise.

    Args:
        short: a comparison of at least two seeds.
        long: of the same design with twice its steps.

    Raises:
        InputError: designs that differ in more than the steps, or a single seed.
    """
    steps = short.design["steps"]
    if {**short.design, "steps": 2 * steps} != long.design:
        raise InputError(
            "to see whether training was long enough, give the comparison and the very same one "
            f"with {2 * steps} steps for {steps}"
        )
    if len(short.design["seeds"]) < 2:
        raise InputError(
            "one seed has no interval, so nothing can be clear; use at least two seeds"
        )
    before, after = _strong(short), _strong(long)
    common = [name for name in before if name in after]
    return compared(
        steps, {name: before[name] for name in common}, {name: after[name] for name in common}
    )


def _strong(found: Comparison) -> dict[str, Spread]:
    """Strong accuracy over the seeds by strategy, where it is defined for all of them."""
    spreads = {}
    for name in found.strategies:
        own = [one for one in found.cells if one.strategy == name]
        most = max(one.budget for one in own)
        cells = sorted((one for one in own if one.budget == most), key=lambda one: one.seed)
        values = [one.strong for one in cells]
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            spreads[name] = Spread.of(known)
    return spreads


def sentences(found: Convergence) -> list[str]:
    """What a reader should know, the worst first."""
    twice = f"{2 * found.steps:,} steps"
    lines = [
        f"REVERSED: {ahead} was clearly ahead of {behind} after {found.steps:,} steps and is behind "
        f"it after {twice}. Do not believe this ranking; compare again with more --steps."
        for ahead, behind in found.reversed
    ]
    if found.holds:
        lines.append(f"Trained twice as long ({twice}), no clear order is reversed.")
    lines += [f"No longer clear after {twice}: {a} ahead of {b}." for a, b in found.faded]
    lines += [f"Clear only after {twice}: {a} ahead of {b}." for a, b in found.emerged]
    for name in found.unsettled:
        change = found.long[name].minus(found.short[name])
        low, high = change.interval
        lines.append(
            f"Not done learning: {name} changed by {100 * change.mean:+.1f} points "
            f"[{100 * low:+.1f} to {100 * high:+.1f}]."
        )
    return lines


def describe(found: Convergence) -> dict[str, Any]:
    """Plain data."""
    return {
        "steps": found.steps,
        "holds": found.holds,
        "reversed": [list(pair) for pair in found.reversed],
        "faded": [list(pair) for pair in found.faded],
        "emerged": [list(pair) for pair in found.emerged],
        "unsettled": list(found.unsettled),
        "strong": {
            name: {"short": list(found.short[name].values), "long": list(found.long[name].values)}
            for name in found.short
        },
        "sentences": sentences(found),
    }
