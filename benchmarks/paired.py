"""Does the interval of a paired difference cover, and what does pairing by item save?

    python benchmarks/paired.py [--repeats 2000] [--out benchmarks/results/paired.json]

Simulated audits of two students: for each item a latent difficulty for each student, correlated
between them; a student is right where it lies below a threshold; the teacher is uncertain of a
student's input by another latent, correlated with the difficulty, so that hard inputs are void more
often. For each setting: how often the 95 % interval of :func:`preceptor.outcome.difference` holds
the true difference of the two teacher-relative accuracies, how often it lies wholly below and above
it, its mean width against that of an interval that ignores the pairing (correlation 0), and how
often the percentile bootstrap over items (999 resamples) covers. ``both_certain`` is the mean
difference on the items certain for both: another quantity wherever void is not at random. About
three minutes of one core.
"""

import argparse
import json
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from runs import ROOT, kept, made
from scipy.stats import norm

from preceptor.outcome import Difference, Rate

SEED = 20210211
RESAMPLES = 999
TRUTH = 4_000_000
"""Items that stand for the source."""


@dataclass(frozen=True)
class Setting:
    """Items of an audit, thresholds and void shares of both students, and how alike they are."""

    items: int
    right: tuple[float, float]
    alike: float
    void: tuple[float, float]


def settings() -> list[Setting]:
    rights = ((0.6, 0.6), (0.9, 0.8), (0.98, 0.95), (0.95, 0.1))
    voids = ((0.0, 0.0), (0.3, 0.05), (0.4, 0.4))
    grid = product((25, 100, 300), rights, (0.0, 0.8), voids)
    return [Setting(*values) for values in grid]


def cells(rng: np.random.Generator, setting: Setting, items: int) -> np.ndarray:
    """``Int64[3, 3]``: items by (right, wrong, void) of the one student and of the other."""
    first = rng.standard_normal(items, dtype=np.float32)
    own = rng.standard_normal(items, dtype=np.float32)
    hard = first, setting.alike * first + np.sqrt(1 - setting.alike**2) * own
    places = []
    for one, right, void in zip(hard, setting.right, setting.void, strict=True):
        place = np.where(one < norm.ppf(right), 0, 1)
        doubt = 0.6 * one + 0.8 * rng.standard_normal(items, dtype=np.float32)
        places.append(np.where(doubt > norm.ppf(1 - void), 2, place) if void else place)
    return np.bincount(places[0] * 3 + places[1], minlength=9).reshape(3, 3)


def compared(table: np.ndarray) -> Difference:
    (a, b, _), (c, d, _), _ = table.tolist()
    one, other = table.sum(1).tolist(), table.sum(0).tolist()
    return Difference(Rate(one[0], one[1]), Rate(other[0], other[1]), a, b, c, d)


def value(tables: np.ndarray) -> np.ndarray:
    """Differences of the two rates, ``[..., 3, 3]`` to ``[...]``."""
    one, other = tables.sum(-1), tables.sum(-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = one[..., 0] / one[..., :2].sum(-1) - other[..., 0] / other[..., :2].sum(
            -1
        )
    return found


def unpaired(found: Difference) -> float:
    """Width of the interval that takes the two rates for independent."""
    spread = Difference(found.first, found.second, 0, 0, 0, 0)
    low, high = spread.interval
    return high - low


def measure(setting: Setting, repeats: int) -> dict[str, Any]:
    rng = np.random.default_rng([SEED, settings().index(setting)])
    big = cells(rng, setting, TRUTH)
    truth = float(value(big))
    inside = below = above = rejected = booted = 0
    widths, plain, both = [], [], []
    for _ in range(repeats):
        table = cells(rng, setting, setting.items)
        found = compared(table)
        low, high = found.interval
        inside += low <= truth <= high
        below += high < truth
        above += low > truth
        rejected += found.p <= 0.05
        widths.append(high - low)
        plain.append(unpaired(found))
        if found.certain:
            both.append((found.only_first - found.only_second) / found.certain)
        drawn = rng.multinomial(setting.items, table.ravel() / setting.items, RESAMPLES)
        ends = np.nanquantile(value(drawn.reshape(-1, 3, 3)), [0.025, 0.975])
        booted += ends[0] <= truth <= ends[1]
    return {
        "items": setting.items,
        "right": setting.right,
        "alike": setting.alike,
        "void": setting.void,
        "truth": round(truth, 4),
        "covered": inside / repeats,
        "below": below / repeats,
        "above": above / repeats,
        "called_different": rejected / repeats,
        "width": round(float(np.mean(widths)), 4),
        "width_unpaired": round(float(np.mean(plain)), 4),
        "covered_by_bootstrap": booted / repeats,
        "both_certain": round(float(np.mean(both)), 4) if both else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/paired.json")
    parser.add_argument("--work", type=Path, help="folder of parts, to go on from")
    given = parser.parse_args()
    where = made()
    head = {"commit": where["commit"], "repeats": given.repeats}
    rows = []
    for number, setting in enumerate(settings()):
        make = partial(measure, setting, given.repeats)
        rows.append(kept(given.work, f"paired-{number}", head, make))
        print(json.dumps(rows[-1]), flush=True)
    whole = {
        "seed": SEED,
        "repeats": given.repeats,
        "resamples": RESAMPLES,
        "environment": where,
        "rows": rows,
    }
    given.out.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
