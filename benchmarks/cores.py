"""The same `preceptor compare` on one process and on two, in turn: is the second core used?

    python benchmarks/cores.py                    # 5 rounds, about 15 minutes; on a quiet machine

A round runs the command with ``--jobs 1`` and with ``--jobs 2``, each in a fresh process and a fresh
folder, start and imports included, the order turned about from round to round. The ratio of the two
wall times is taken within a round. Every cell must be the same in all runs but for the seconds that it
took. Beside each time stands what else the machine did meanwhile, as a share of all its cores (Linux);
with more than a twentieth in any run the result is marked as not to be relied on.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from subprocess import run
from typing import Any

from preceptor.core.environment import environment

ROOT = Path(__file__).parents[1]
TARGET = 1.7
QUIET = 0.05
START = "from preceptor.cli import main; main()"


def busy() -> tuple[float, float]:
    """Processor seconds of the whole machine since it started, and of our finished children."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    every = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    return every, ours.ru_utime + ours.ru_stime


def timed(words: list[str], jobs: int) -> tuple[dict[str, Any], dict[tuple[Any, ...], Any]]:
    """One run: its times, and its cells without theirs."""
    with tempfile.TemporaryDirectory() as folder:
        (every, ours), clock = busy(), time.perf_counter()
        command = [sys.executable, "-c", START, "compare", *words]
        run([*command, "--jobs", str(jobs), "--out", folder], check=True, capture_output=True)
        wall = time.perf_counter() - clock
        after, spent = busy()
        found = json.loads((Path(folder) / "comparison.json").read_text())
    cells = {
        (one["strategy"], one["budget"], one["seed"]): {
            k: v for k, v in one.items() if k != "seconds"
        }
        for one in found["cells"]
    }
    others = max(0.0, after - every - (spent - ours)) / wall / (os.cpu_count() or 1)
    times = {
        "wall": round(wall, 2),
        "processor": round(spent - ours, 2),
        "in cells": round(sum(one["seconds"] for one in found["cells"]), 2),
        "others": round(others, 4),
    }
    print(f"jobs {jobs}: {times}", flush=True)
    return times, cells


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and greatest."""
    middle = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {key: round(value, 4) for key, value in middle.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--problem", default="xor:features=10")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budgets", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--steps", type=int, default=900, help="of fitting, in each cell")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/cores.json")
    given = parser.parse_args()
    words = [given.problem, "--seeds", str(given.seeds), "--steps", str(given.steps)]
    words += [word for budget in given.budgets for word in ("--budget", str(budget))]
    about, rounds, first = environment(), [], None
    for number in range(given.rounds):
        times = {}
        for jobs in (1, 2) if number % 2 == 0 else (2, 1):
            times[jobs], cells = timed(words, jobs)
            first = first or cells
            if cells != first:
                differ = [key for key in first if cells.get(key) != first[key]]
                raise SystemExit(f"jobs {jobs}, round {number}: other numbers in {differ}")
        ratio = times[1]["wall"] / times[2]["wall"]
        rounds.append({"jobs 1": times[1], "jobs 2": times[2], "ratio": round(ratio, 4)})
        print(f"round {number}: {ratio:.2f} times as fast", flush=True)
    loud = max(one[jobs]["others"] for one in rounds for jobs in ("jobs 1", "jobs 2"))
    result = {
        "what": "wall time of one comparison on one process and on two",
        "command": "python benchmarks/cores.py",
        "compare": ["preceptor", "compare", *words],
        "target": TARGET,
        "environment": {
            **about,
            "cores": os.cpu_count(),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
        },
        "cells": len(first or {}),
        "cells equal": True,
        "unreliable": f"other work took up to {loud:.0%} of the cores" if loud > QUIET else None,
        "ratio": spread([one["ratio"] for one in rounds]),
        "rounds": rounds,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["ratio"]), result["unreliable"] or "")


if __name__ == "__main__":
    main()
