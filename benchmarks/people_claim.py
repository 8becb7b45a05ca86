"""The claim ``people``, judged from results of people_teach.py: do revisions teach more than labels?

    python benchmarks/people_claim.py benchmarks/results/people_teach_linear.json [more.json ...]
        [--out benchmarks/results/people_claim.json]

CLAIM: for the same seconds of people's time, reviews with their revisions (*pairs*) teach a student more about
other kinds of text than labels do, however the texts to be labelled are chosen.

RULE, by the same checks as the claims of ``preceptor paper``. The price is that of 100 pairs (200 texts). For
each seed and law: the accuracy after these pairs, less that of labels at as many seconds, interpolated between
sizes on the logarithm of seconds; an arm whose largest size costs less counts with that size. Of the label
arms that one counts which is best for this law on the mean over the seeds, chosen on the very seeds: in the
labels' favour. *Shown* if on films, products and tweets the whole 95 % interval lies at 2 points or more;
*tie* if on all three it lies within 2 points either way; otherwise *not shown*. Editorials, original, revised
and misspelt reviews are told beside it and decide nothing: the first are a third certain, the others come
from the same source as the lessons.

The rule was written when the results of the linear student were known, so its verdict there is a reading, not
a test; of the network student nothing but the seconds of one seed (900) had been looked at. It is a claim of
the benchmarks and not of ``preceptor paper``, whose claims run anywhere: people's answers are no part of the
package (docs/decisions/0108-whose-robustness.md).
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from people_prices import LABELS, TOLD, Curves
from runs import stamp

from preceptor.outcome import Spread
from preceptor.paper.verdict_rule import Check, VerdictRule

SIZE = 200
DECIDE = ("films", "products", "tweets")
TOLD_BESIDE = ("editorials", "original", "revised", "misspelt")
WORTH = 0.02

RULE = VerdictRule(
    tuple(Check(f"pairs less labels, {law}", WORTH) for law in DECIDE),
    tie=tuple(Check(f"pairs less labels, {law}", -WORTH, WORTH) for law in DECIDE),
)


def at_price(curves: Curves, arm: str, law: str, seconds: np.ndarray) -> np.ndarray:
    """``Float64[seeds]``: an arm's accuracy at so many seconds each."""
    right, prices = curves.values(arm, law), curves.values(arm, "seconds")
    return np.array(
        [
            np.interp(np.log(wanted), np.log(price), one)
            for wanted, price, one in zip(seconds, prices, right, strict=True)
        ]
    )


def numbers(curves: Curves) -> tuple[dict[str, list[float]], dict[str, dict[str, Any]]]:
    """For each law the differences over seeds; and with which labels, at which price."""
    place = curves.sizes.index(SIZE)
    seconds = curves.values(TOLD, "seconds")[:, place]
    arms = [arm for arm in LABELS if arm in curves.runs]
    found, beside = {}, {}
    for law in (*DECIDE, *TOLD_BESIDE):
        right = {arm: at_price(curves, arm, law, seconds) for arm in arms}
        best = max(arms, key=lambda arm: float(right[arm].mean()))
        gap = curves.values(TOLD, law)[:, place] - right[best]
        found[f"pairs less labels, {law}"] = [float(one) for one in gap]
        largest = float(curves.values(best, "seconds")[:, -1].mean())
        beside[law] = {
            "labels": best,
            "pairs": round(float(curves.values(TOLD, law)[:, place].mean()), 4),
            "seconds": round(float(seconds.mean())),
            "labels cost at most": round(largest),
        }
    return found, beside


def judged(found: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on one result file."""
    values, beside = numbers(Curves(found))
    spreads = {name: Spread.of(some) for name, some in values.items()}
    return {
        "learner": found["learner"],
        "commits": found["commits"],
        "verdict": RULE.verdict(spreads),
        "numbers": {name: one.describe() for name, one in spreads.items()},
        "labels chosen": beside,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    told = [judged(json.loads(file.read_text())) for file in given.results]
    for one in told:
        print(f"{one['learner']}: {one['verdict']}")
        for name, spread in one["numbers"].items():
            low, high = spread["interval"]
            print(f"  {name}: {spread['mean']:+.3f} [{low:+.3f} to {high:+.3f}]")
    if given.out is not None:
        head = {"what": "the claim people", **stamp(), "rule": RULE.describe(), "judged": told}
        given.out.write_text(json.dumps(head, indent=1) + "\n")


if __name__ == "__main__":
    main()
