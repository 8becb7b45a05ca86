"""Ways of learning set against one another on problems of known truth: robustness against price.

    python benchmarks/compare.py                 # all four, 5 seeds; about 6 CPU-minutes
    python benchmarks/compare.py --problems blocks --seeds 3

Every problem gets the strategies of preceptor.comparison.DEFAULTS, one learner (a perceptron of 96 and
48 units), 300 given labels and the same steps; prices are those beyond the given labels. What is
constructed in favour of telling: xor altogether; the law of its probes; the colours of blocks.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from preceptor.comparison import (
    Comparison,
    ComparisonProgress,
    Design,
    compare,
    contests,
    harms,
    sentence,
    strategies_for,
)

ROOT = Path(__file__).parents[1]
CASES = {
    "xor:features=10": {},
    "xor:features=20": {},
    "blocks": {"probes": 1000, "items": 100},
    "two-rules": {},
}
"""Problems, and what differs from the settings below."""

SETTINGS: dict[str, Any] = {"budgets": (25, 100, 400), "given": 300, "steps": 400, "rounds": 2}
TARGET = 0.9


def say(told: ComparisonProgress) -> None:
    cell = told.cell
    print(
        f"{told.done:4}/{told.total} {cell.strategy:28} {cell.budget:5} seed {cell.seed} "
        f"strong {cell.strong:.3f}  {cell.seconds:.1f} s",
        flush=True,
    )


def case(problem: str, seeds: int, jobs: int, folder: Path) -> dict[str, Any]:
    design = Design(
        problem,
        strategies_for(problem),
        seeds=tuple(range(seeds)),
        **{**SETTINGS, **CASES[problem]},
    )
    found: Comparison = compare(design, folder, target=TARGET, n_jobs=jobs, watch=say)
    return {
        "answers": [
            {**one.describe(), "sentence": sentence(one, found)} for one in contests(found)
        ],
        "harms": harms(found),
        "processor_seconds": round(sum(cell.seconds for cell in found.cells), 1),
        **found.describe(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--work", type=Path, help="keeps finished cells for another run")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/compare.json")
    given = parser.parse_args()
    clock = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        cases = {
            name: case(name, given.seeds, given.jobs, work / name.replace(":", "-"))
            for name in given.problems
        }
    result = {
        "what": __doc__.split("\n")[0],
        "command": "python benchmarks/compare.py",
        "seeds": list(range(given.seeds)),
        "wall_seconds": round(time.perf_counter() - clock, 1),
        "processes": given.jobs,
        "cases": cases,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    for name, one in cases.items():
        for answer in one["answers"]:
            print(f"{name}: {answer['sentence']}")


if __name__ == "__main__":
    main()
