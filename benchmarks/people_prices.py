"""What it costs to reach a stated accuracy, from the results of people_teach.py.

    python benchmarks/people_prices.py benchmarks/results/people_teach_linear.json [--out FILE.json]

The rule, fixed before the seeds that count: a way's *price* for a target is the price, in one unit, at which
its mean accuracy over the seeds first reaches the target, interpolated between sizes on the logarithm of
the price. *Labels* are the cheapest of all arms in which people give labels alone, chosen law by law and
target by target. The factor is the price of labels over the price of pairs, with a 95 % interval over
2,000 resamplings of the seeds (percentiles; the same seeds for both ways, and the cheapest label arm
chosen anew each time). **Pairs win** where the whole interval is above 1, **labels win** where it is below,
**tie** otherwise. Where labels never reach the target with the largest size, their price there is a lower
bound, so the factor is one too ("at least"); where pairs never reach it, nothing is said.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

TARGETS = (0.75, 0.80, 0.85)
UNITS = ("items", "bits", "answers", "seconds")
LABELS = (
    "reviews",
    "reviews by uncertainty",
    "snippets",
    "snippets, one rater",
    "snippets by uncertainty",
    "snippets by BADGE",
    "snippets by committee",
    "reviews + snippets",
)
TOLD = "pairs"
DRAWS = 2000

Runs = Mapping[str, Mapping[str, Mapping[str, float]]]


def reached(prices: np.ndarray, right: np.ndarray, target: float) -> float:
    """The price at which accuracies ``Float64[sizes]`` first reach the target; infinite for never."""
    for at in range(len(right)):
        if right[at] < target:
            continue
        if at == 0 or right[at] == right[at - 1]:
            return float(prices[at])
        share = (target - right[at - 1]) / (right[at] - right[at - 1])
        low, high = np.log(prices[at - 1]), np.log(prices[at])
        return float(np.exp(low + share * (high - low)))
    return float("inf")


class Curves:
    """Accuracies and prices of every arm, size and seed."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.sizes: list[int] = found["sizes"]
        self.runs: Runs = found["runs"]
        self.seeds = sorted({int(seed) for runs in self.runs.values() for seed in runs})

    def values(self, arm: str, key: str) -> np.ndarray:
        """``Float64[seeds, sizes]``."""
        runs = self.runs[arm]
        return np.array(
            [[runs[str(seed)][f"{key} @ {size}"] for size in self.sizes] for seed in self.seeds]
        )

    def price(self, arm: str, law: str, unit: str, target: float, seeds: np.ndarray) -> float:
        """What an arm costs to reach the target, by the mean over some seeds."""
        right, prices = self.values(arm, law)[seeds], self.values(arm, unit)[seeds]
        return reached(prices.mean(0), right.mean(0), target)


def compared(curves: Curves, law: str, unit: str, target: float) -> dict[str, Any]:
    """Pairs against the cheapest labels."""
    labels = [arm for arm in LABELS if arm in curves.runs]
    known = {arm: (curves.values(arm, law), curves.values(arm, unit)) for arm in [*labels, TOLD]}

    def factor(seeds: np.ndarray) -> tuple[float, bool, str]:
        prices = {
            arm: reached(price[seeds].mean(0), right[seeds].mean(0), target)
            for arm, (right, price) in known.items()
        }
        best = min(labels, key=lambda arm: prices[arm])
        never = not np.isfinite(prices[best])
        if (
            never
        ):  # the most that was paid is a lower bound; the cheapest of these is the least claim
            best = min(labels, key=lambda arm: known[arm][1][seeds, -1].mean())
            prices[best] = float(known[best][1][seeds, -1].mean())
        return prices[best] / prices[TOLD], never, best

    everyone = np.arange(len(curves.seeds))
    value, never, best = factor(everyone)
    told = curves.price(TOLD, law, unit, target, everyone)
    if not np.isfinite(told):
        return {"verdict": "not reached by pairs"}
    rng = np.random.default_rng(0)
    draws = np.array(
        [factor(rng.integers(len(everyone), size=len(everyone)))[0] for _ in range(DRAWS)]
    )
    low, high = np.percentile(draws, [2.5, 97.5]).tolist()
    may = _seconds_left(curves, value * told, told) if unit == "seconds" else None
    verdict = "pairs win" if low > 1 else "labels win" if high < 1 and not never else "tie"
    return {
        "verdict": verdict,
        "factor": round(value, 3),
        "interval": [round(low, 3), round(high, 3)],
        "at least": never,
        "cheapest labels": best,
        "pairs": round(told, 1),
        **({} if may is None else {"a revision may take": may}),
    }


def _seconds_left(curves: Curves, labels: float, told: float) -> float:
    """Seconds that one revision may take, beyond its review's label, until pairs cost what labels do."""
    pairs = curves.values(TOLD, "items").mean(0) / 2
    seconds = curves.values(TOLD, "seconds").mean(0)
    bought = float(np.interp(told, seconds, pairs))
    label = float((curves.values("reviews", "seconds") / curves.values("reviews", "items")).mean())
    return round(labels / bought - label, 1)


def prices(found: Mapping[str, Any]) -> dict[str, Any]:
    """Every arm's price of every target on every law, and pairs against labels."""
    curves = Curves(found)
    everyone = np.arange(len(curves.seeds))
    laws = list(found["tested on"])
    table = {
        arm: {
            law: {
                unit: {
                    str(target): _plain(curves.price(arm, law, unit, target, everyone))
                    for target in TARGETS
                }
                for unit in UNITS
            }
            for law in laws
        }
        for arm in curves.runs
    }
    verdicts = {
        law: {
            unit: {str(target): compared(curves, law, unit, target) for target in TARGETS}
            for unit in UNITS
        }
        for law in laws
    }
    return {"prices": table, "pairs against labels": verdicts}


def _plain(price: float) -> float | None:
    return round(price, 1) if np.isfinite(price) else None


def main() -> None:
    """Print the verdicts; write everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = json.loads(given.file.read_text())
    result = {
        **{key: found[key] for key in ("learner", "commit", "seconds", "tested on")},
        **prices(found),
    }
    for law, units in result["pairs against labels"].items():
        for unit, targets in units.items():
            for target, one in targets.items():
                print(law, unit, target, dict(one.items()))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
