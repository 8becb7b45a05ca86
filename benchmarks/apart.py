"""Do intervals of a difference hold where asking stopped by a rule, and what do pairs save?

    python benchmarks/apart.py [--audits 500] [--seed 20210211] [--out benchmarks/results/apart.json]

Simulated audits of two students through the library's own :mod:`preceptor.sequential`; only the
teacher is replaced by a table. For each item a latent difficulty for each student, correlated
between them; a student is right where it lies below a threshold, and the teacher is uncertain of
a student's input by another latent, correlated with the difficulty, so that hard inputs are void more
often. Both students are asked about the same items, up to ``most`` of them. The audits stop when
the first student's, or the second's, rate is known to be at least 0.9 or less (95 %), looked at
after every item. Counted, with Clopper-Pearson intervals (95 %):

- ``missed_ever``: audits whose 95 % interval of the difference fails to hold the true one after *any*
  number of items up to ``most``. The interval only ever shrinks, so its last state tells;
- ``missed_at_the_stop``: likewise where the audit stopped; and how many then call one student better;
- ``newcombe_at_the_stop``: the same for the interval of a fixed number of items
  (:func:`preceptor.outcome.difference`), which must not be used there; and
  ``newcombe_ever`` with a look after every tenth item from the 30th on;
- widths, at the stop and at the end, beside those of two confidence sequences of the two rates at half
  the error, one subtracted from the other, which knows nothing of pairs.

Some eleven minutes of one core.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from runs import ROOT
from scipy.stats import beta, multivariate_normal, norm

from preceptor.audit import environment
from preceptor.outcome import Difference, Rate
from preceptor.sequential import DifferenceEvidence, Evidence, Process, Result, StoppingRule

SEED = 20210211
LEVEL = 0.95
RULE = StoppingRule(least=0.9)
CHUNK = 25
DOUBT = 0.6
"""Correlation of a student's difficulty with the teacher's doubt."""

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Setting:
    """Two students and what is asked.

    Attributes:
        right: shares of items at which each is right, void ones among them.
        alike: correlation of the difficulties.
        void: share of items whose input for each student the teacher is uncertain of.
        items: of the pool that the difference is about; ``None`` for that of the source.
        most: items asked at most.
    """

    right: tuple[float, float]
    alike: float
    void: tuple[float, float]
    items: int | None = None
    most: int = 200

    @property
    def rates(self) -> tuple[float, float]:
        """Right among certain, in the source."""
        found = []
        for right, void in zip(self.right, self.void, strict=True):
            ends = np.array([norm.ppf(right), norm.ppf(1 - void) if void else 40.0])
            both = multivariate_normal(np.zeros(2), [[1, DOUBT], [DOUBT, 1]]).cdf(ends)
            found.append(float(both) / (1 - void))
        return found[0], found[1]


def settings() -> list[Setting]:
    none, some, unlike = (0.0, 0.0), (0.1, 0.1), (0.3, 0.05)
    return [
        Setting((0.9, 0.9), 0.8, none),
        Setting((0.9, 0.9), 0.0, none),
        Setting((0.9, 0.9), 0.8, some),
        Setting((0.9, 0.9), 0.8, unlike),
        Setting((0.6, 0.6), 0.8, (0.3, 0.3)),
        Setting((0.98, 0.98), 0.0, some),
        Setting((0.95, 0.85), 0.8, none),
        Setting((0.95, 0.85), 0.8, unlike),
        Setting((0.95, 0.7), 0.8, some),
        Setting((0.9, 0.9), 0.8, none, 200, 200),
        Setting((0.9, 0.9), 0.8, unlike, 300, 200),
        Setting((0.95, 0.8), 0.8, some, 100, 100),
    ]


def drawn(rng: np.random.Generator, setting: Setting, audits: int) -> Codes:
    """``Int64[2, audits, items]``, results of both students in the order of asking."""
    shape = audits, setting.items or setting.most
    one, own = rng.standard_normal((2, *shape))
    hard = one, setting.alike * one + np.sqrt(1 - setting.alike**2) * own
    found = []
    for difficulty, right, void in zip(hard, setting.right, setting.void, strict=True):
        said = np.where(difficulty < norm.ppf(right), Result.RIGHT, Result.WRONG)
        doubt = DOUBT * difficulty + np.sqrt(1 - DOUBT**2) * rng.standard_normal(shape)
        found.append(np.where(doubt > norm.ppf(1 - void), Result.VOID, said) if void else said)
    return np.stack(found).astype(np.int64)


def truth(setting: Setting, results: Codes) -> Array:
    """``Float[audits]``, the difference that is asked for."""
    if setting.items is None:
        first, second = setting.rates
        return np.full(results.shape[1], first - second)
    right, certain = (results == Result.RIGHT).sum(2), (results < Result.VOID).sum(2)
    one, other = right / certain
    return np.asarray(one - other)


def some(found: DifferenceEvidence, rows: NDArray[np.bool_]) -> DifferenceEvidence:
    """Of some of the audits."""
    alone = [replace(o, evidence=_rows(o.evidence, rows)) for o in (found.first, found.second)]
    return replace(
        found,
        evidence=_rows(found.evidence, rows),
        first=alone[0],
        second=alone[1],
        past=found.past[:, rows],
    )


def _rows(of: Evidence, rows: NDArray[np.bool_]) -> Evidence:
    return Evidence(of.points, of.up[rows], of.down[rows], of.above[rows], of.below[rows])


def newcombe(results: Codes) -> tuple[float, float]:
    """The fixed-sample interval from one audit's results so far, ``Int64[2, items]``."""
    table = np.bincount(3 * results[0] + results[1], minlength=9).reshape(3, 3)
    (a, b, _), (c, d, _), _ = table.tolist()
    one, other = table.sum(1).tolist(), table.sum(0).tolist()
    return Difference(Rate(one[0], one[1]), Rate(other[0], other[1]), a, b, c, d).interval


def outside(ends: tuple[Array, Array] | Array, true: Array) -> NDArray[np.bool_]:
    """Where the true difference is ruled out; an end of ours is itself ruled out."""
    low, high = ends
    return np.asarray((low >= true - 1e-9) | (high <= true + 1e-9))


@dataclass
class Seen:
    """What came of some audits, each array ``[audits]`` or ``[2, audits]`` (low, high)."""

    true: Array
    stop: Codes
    at_stop: Array
    at_end: Array
    p_at_end: Array
    apart_at_stop: Array
    fixed_at_stop: Array
    fixed_ever: NDArray[np.bool_]


def simulate(setting: Setting, audits: int, rng: np.random.Generator) -> Seen:
    """So many audits side by side, all asked up to ``most``; they stop on the way."""
    results = drawn(rng, setting, audits)
    true, shape = truth(setting, results), (audits,)
    found = DifferenceEvidence.start(audits, setting.items)
    rules = [Process.start(np.array([RULE.least]), found.second.pool, shape) for _ in range(2)]
    stop = np.zeros(audits, np.int64)
    at_stop, apart_at_stop, fixed_at_stop = (np.zeros((2, audits)) for _ in range(3))
    fixed_ever = np.zeros(audits, np.bool_)
    for item in range(setting.most):
        now = results[:, :, item]
        found = found.after(now[0], now[1])
        rules = [rule.after(one) for rule, one in zip(rules, now, strict=True)]
        claims = [np.logical_or(*RULE.claims(*rule.ends(RULE.tail(LEVEL)))) for rule in rules]
        last = item == setting.most - 1
        halted = (stop == 0) & (claims[0] | claims[1] | last)
        if halted.any():
            stop[halted] = item + 1
            at_stop[:, halted] = some(found, halted).interval(1 - LEVEL)
            apart_at_stop[:, halted] = subtracted(some(found, halted))
        for row in np.flatnonzero(halted):
            fixed_at_stop[:, row] = newcombe(results[:, row, : item + 1])
        if item >= 29 and item % 10 == 9:
            for row in range(audits):
                low, high = newcombe(results[:, row, : item + 1])
                fixed_ever[row] |= not low <= true[row] <= high
    at_end = np.array(found.interval(1 - LEVEL))
    return Seen(true, stop, at_stop, at_end, found.p, apart_at_stop, fixed_at_stop, fixed_ever)


def subtracted(found: DifferenceEvidence) -> tuple[Array, Array]:
    """Two confidence sequences, each end at a quarter of the error."""
    (low, high), (least, most) = (of.ends((1 - LEVEL) / 4) for of in (found.first, found.second))
    return low - most, high - least


def exact(hits: int, of: int) -> dict[str, Any]:
    """A share with its interval, Clopper & Pearson, 95 %."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return {"hits": hits, "share": hits / of, "interval": [round(low, 4), round(high, 4)]}


def row(setting: Setting, audits: int, seed: int, number: int) -> dict[str, Any]:
    """One setting's line of the result."""
    parts = [
        simulate(setting, min(CHUNK, audits - start), np.random.default_rng([seed, number, start]))
        for start in range(0, audits, CHUNK)
    ]
    whole = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1)
        for name in Seen.__dataclass_fields__
    }
    true, stop = whole["true"], whole["stop"]
    decided = stop < setting.most
    missed, ever = outside(whole["at_stop"], true), outside(whole["at_end"], true)
    low, high = whole["fixed_at_stop"]
    fixed = (low > true) | (high < true)
    widths = {
        name: round(float(np.median(whole[key][1] - whole[key][0])), 4)
        for name, key in (("bets_on_pairs", "at_stop"), ("two_sequences", "apart_at_stop"))
    }
    ours, theirs = (np.sum(whole[key] * [[-1], [1]], 0) for key in ("at_stop", "apart_at_stop"))
    return {
        **asdict(setting),
        "true_difference": round(float(true.mean()), 4),
        "audits": audits,
        "nominal": round(1 - LEVEL, 6),
        "missed_ever": exact(int(ever.sum()), audits),
        "missed_at_the_stop": exact(int(missed.sum()), audits),
        "called_different_at_the_stop": exact(
            int(outside(whole["at_stop"], 0 * true).sum()), audits
        ),
        "p_at_most_error_at_the_end": exact(int((whole["p_at_end"] <= 1 - LEVEL).sum()), audits),
        "newcombe_at_the_stop": exact(int(fixed.sum()), audits),
        "newcombe_ever": exact(int(whole["fixed_ever"].sum()), audits),
        "stopped_before_most": exact(int(decided.sum()), audits),
        "items_at_the_stop": np.quantile(stop, [0.1, 0.5, 0.9], method="higher").tolist(),
        "median_width_at_the_stop": widths,
        "narrower_than_two_sequences": exact(int((ours < theirs - 1e-9).sum()), audits),
        "median_width_at_the_end": round(
            float(np.median(whole["at_end"][1] - whole["at_end"][0])), 4
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--audits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/apart.json")
    options = parser.parse_args()
    clock, rows = time.process_time(), []
    for number, setting in enumerate(settings()):
        rows.append(row(setting, options.audits, options.seed, number))
        print(json.dumps(rows[-1]), f"{time.process_time() - clock:.0f} s", flush=True)
    result = {
        "what": f"intervals of a difference at {LEVEL:.0%} where the rule {RULE} stops either audit",
        "environment": environment(),
        "seed": options.seed,
        "rows": rows,
        "worst_missed_ever": max(one["missed_ever"]["share"] for one in rows),
        "processor_seconds": round(time.process_time() - clock),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
