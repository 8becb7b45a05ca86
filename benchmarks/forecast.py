"""How good the forecast is of what a stopped audit still takes.

    python benchmarks/forecast.py [--audits 500] [--first 0] [--out benchmarks/results/forecast.json]

Audits with the rule ``>=0.9`` at 95 % and 5 % void items, of at most 600 items. After 30 results, and
again after 100, the forecast is made as ``preceptor audit`` makes it, wherever nothing is decided
yet; then the audit goes on to its own end. Sorts of audits: of a source whose rate is .92, .95, .97 or
.99; of one whose rate is drawn anew for each audit, evenly between .85 and 1; and of 600 items with a
proxy that is right on 95 % of them. Counted, with Clopper-Pearson intervals (95 %):

- ``in_range``: the true number of further items lies in the forecast's range, which is meant to hold
  four in five;
- ``longer``, ``shorter``: it is above or below the forecast's median. Without bias these are equally
  frequent; the rest is equal to it. Audits that run out of items count as taking all of them.

Medians over audits, of the truth and of the forecasts' medians, are given too, but say little: both
have several humps, one for each number of errors so far. Some four minutes of one core.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from runs import ROOT
from scipy.stats import beta

from preceptor.audit import environment
from preceptor.audit.forecast import RUNS, continuations
from preceptor.audit.terms import Terms
from preceptor.sequential import Pool, Process, Result, StoppingRule, draw_order

RULE, LEVEL = StoppingRule(least=0.9), 0.95
VOID, ITEMS, AFTER = 0.05, 600, (30, 100)

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Whose audits.

    Attributes:
        rate: right among certain; ``None``: drawn anew, evenly between .85 and 1.
        proxy: how often a proxy is right; ``None`` without one.
    """

    rate: float | None
    proxy: float | None = None


WORLDS = (
    *(World(rate) for rate in (0.92, 0.95, 0.97, 0.99, None)),
    *(World(rate, 0.95) for rate in (0.95, None)),
)


def items(world: World, rng: np.random.Generator) -> tuple[Codes, Codes | None]:
    """What each item is, and what the proxy makes of it."""
    rate = rng.uniform(0.85, 1.0) if world.rate is None else world.rate
    found = np.where(rng.random(ITEMS) < rate, Result.RIGHT, Result.WRONG)
    found = np.where(rng.random(ITEMS) < VOID, Result.VOID, found).astype(np.int64)
    if world.proxy is None:
        return found, None
    other = (found + rng.integers(1, 3, ITEMS)) % 3
    return found, np.where(rng.random(ITEMS) < world.proxy, found, other)


@dataclass(frozen=True)
class Audits:
    """So many audits, in the order of asking.

    Attributes:
        terms: of each.
        results: ``Int64[audits, items]``.
        guesses: likewise; all "right" without a proxy.
        taken: ``Int64[audits]``, after how many items each is decided, or all of them.
    """

    terms: list[Terms]
    results: Codes
    guesses: Codes
    taken: Codes


def run(world: World, seeds: range) -> Audits:
    """The audits to their end: all at once, by the bets at 0.9, on which their decision rests."""
    terms, results, asked = [], [], []
    for seed in seeds:
        code = round(1000 * (world.rate or 0)), round(1000 * (world.proxy or 0))
        rng = np.random.default_rng([seed, *code, world.rate is None])
        found, guesses = items(world, rng)
        mix = 1.0 if guesses is None else 0.5
        sorted_ = np.zeros(ITEMS, np.int64) if guesses is None else guesses
        order = draw_order(sorted_, mix, rng)
        told = None if guesses is None else guesses[None]
        terms.append(Terms(RULE, LEVEL, ("noise",), order, told, mix))
        results.append(found[order])
        asked.append(np.zeros(ITEMS, np.int64) if guesses is None else guesses[order])
    said, guessed = np.stack(results), np.stack(asked)
    pool = None
    if world.proxy is not None:
        counts = (guessed[..., None] == np.arange(3)).sum(1)
        pool = Pool.of(counts, mix=terms[0].mix)
    process = Process.start(np.array([RULE.least]), pool, (len(seeds),))
    taken, open_ = np.full(len(seeds), ITEMS), np.arange(len(seeds))
    for item in range(ITEMS):
        process = process.after(said[open_, item], guessed[open_, item])
        ended = np.logical_or(*RULE.claims(*process.ends(RULE.tail(LEVEL))))
        taken[open_[ended]] = item + 1
        open_, process = open_[~ended], process.rows(~ended)
        if not len(open_):
            break
    return Audits(terms, said, guessed, taken)


def told(audits: Audits, after: int) -> list[tuple[int, ...]]:
    """Further items truly taken, and the forecast, of each audit that is open after so many."""
    found = []
    for row in np.flatnonzero(audits.taken > after):
        terms, guesses = audits.terms[row], audits.guesses[row]
        further, _ = continuations(terms, audits.results[row, :after], guesses, RUNS)
        ends = np.quantile(further, (0.1, 0.5, 0.9), method="higher").astype(int)
        found.append((int(audits.taken[row]) - after, *ends.tolist()))
    return found


def exact(hits: int, of: int) -> dict[str, Any]:
    """A share with its interval, Clopper & Pearson, 95 %."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return {"hits": hits, "share": hits / of, "interval": [round(low, 4), round(high, 4)]}


def row(world: World, after: int, audits: int, open_: list[tuple[int, ...]]) -> dict[str, Any]:
    """One line of the result."""
    found = {**asdict(world), "after": after, "audits": audits, "undecided": len(open_)}
    if not open_:
        return found
    true, low, middle, high = np.array(open_).T
    ratio = true / middle
    return {
        **found,
        "in_range": exact(int(((low <= true) & (true <= high)).sum()), len(open_)),
        "longer": exact(int((true > middle).sum()), len(open_)),
        "shorter": exact(int((true < middle).sum()), len(open_)),
        "truth_by_median_10_50_90": np.quantile(ratio, [0.1, 0.5, 0.9]).round(3).tolist(),
        "median_true": float(np.median(true)),
        "median_forecast": float(np.median(middle)),
        "ran_out": int((true == ITEMS - after).sum()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--audits", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/forecast.json")
    wanted = parser.parse_args()
    seeds, clock = range(wanted.first, wanted.first + wanted.audits), time.process_time()
    rows: list[dict[str, Any]] = []
    for world in WORLDS:
        audits = run(world, seeds)
        for after in AFTER:
            rows.append(row(world, after, wanted.audits, told(audits, after)))
            print(json.dumps(rows[-1]), f"{time.process_time() - clock:.0f} s", flush=True)
    result = {
        "what": "forecasts of the further items of audits with the rule >=0.9 at 95 %, 5 % void",
        "items": ITEMS,
        "continuations": RUNS,
        "seeds": f"{seeds[0]} to {seeds[-1]} in each sort of audit",
        "rows": rows,
        "environment": environment(),
        "processor_seconds": round(time.process_time() - clock),
    }
    wanted.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
