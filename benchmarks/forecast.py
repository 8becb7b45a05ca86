"""How good the forecast is of what a stopped audit still takes.

    python benchmarks/forecast.py [--audits 30] [--out benchmarks/results/forecast.json]

Audits with the rule ``>=0.9`` at 95 %, of a source whose rate is .93, .95, .97 or .99 with 5 % void
items, of at most 600 items. After 30 results, where nothing is decided yet, the forecast is made as
``preceptor audit`` makes it (64 continuations); then the audit goes on to its own end. Counted: how
often the true number of further items lies in the forecast's range, which is meant to hold four in
five, and how far the median is off. Some ten minutes of one core.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from runs import ROOT, git

from preceptor.audit.decision import Terms
from preceptor.audit.forecast import RUNS, continuations
from preceptor.core import environment
from preceptor.sequential import Result, StoppingRule

RATES, VOID, ITEMS, AT = (0.93, 0.95, 0.97, 0.99), 0.05, 600, 30


def one(rate: float, seed: int) -> tuple[int, int, int, int] | None:
    """Further items truly taken, and the forecast; ``None`` if it is decided before."""
    rng = np.random.default_rng([seed, round(1000 * rate)])
    right = np.where(rng.random(ITEMS) < rate, Result.RIGHT, Result.WRONG)
    results = np.where(rng.random(ITEMS) < VOID, Result.VOID, right).astype(np.int64)
    terms = Terms(StoppingRule.parse(">=0.9"), 0.95, ITEMS, seed)
    process = terms.start()
    taken = ITEMS
    for number, result in enumerate(results, 1):
        process = process.after(np.asarray(result))
        if terms.claim(process) != "undecided":
            taken = number
            break
    if taken <= AT:
        return None
    further, _ = continuations(terms, results[:AT], np.zeros(ITEMS, np.int64), RUNS)
    low, middle, high = np.quantile(further, (0.1, 0.5, 0.9), method="higher").astype(int).tolist()
    return taken - AT, low, middle, high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=30)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/forecast.json")
    wanted = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for rate in RATES:
        found = [one(rate, seed) for seed in range(wanted.audits)]
        told = [row for row in found if row is not None]
        held = sum(low <= true <= high for true, low, _, high in told)
        rows.append(
            {
                "rate": rate,
                "audits": wanted.audits,
                "undecided_after_30": len(told),
                "in_range": held,
                "median_true": statistics.median(row[0] for row in told) if told else None,
                "median_forecast": statistics.median(row[2] for row in told) if told else None,
                "ran_out": sum(row[0] == ITEMS - AT for row in told),
            }
        )
        print(rows[-1], flush=True)
    result = {
        "rows": rows,
        "seeds": f"0 to {wanted.audits - 1} at each rate",
        "commit": git("rev-parse", "HEAD"),
        "environment": environment(),
    }
    wanted.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
