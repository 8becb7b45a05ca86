"""The README's first table: what ``make demo`` says of its two students.

    python benchmarks/readme.py                 # runs the demo in a folder of its own, seed 0

Runs the demo's own command in a process of its own, and keeps what the table and the sentences
beneath it need. The number of threads is part of the result: sums of floats depend on it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from runs import ROOT, stamp

from preceptor.cli.demo import TEACHERS

SEED, ITEMS = 0, 300
KEPT = (
    "name",
    "family",
    "size",
    "goal",
    "items",
    "splits",
    "conventional_failures",
    "void_share",
    "teacher_changed",
)
RATE = ("value", "interval", "hits", "certain", "void")


def row(found: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a row of a summary."""
    rates = ("teacher_relative_accuracy", "conventional_accuracy")
    kept = {name: found[name] for name in KEPT}
    return {**kept, **{name: {key: found[name][key] for key in RATE} for name in rates}}


def student(found: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a summary."""
    return {
        "least": found["least"],
        "never_wrong": {key: found["never_wrong"][key] for key in RATE},
        "rows": [row(one) for one in (found["clean"], *found["attacks"], found["worst"])],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/readme.json")
    parser.add_argument("--demo", type=Path, help="keep the demo's folder here")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--teacher", choices=TEACHERS, default="mnist")
    given = parser.parse_args()
    code, clock = stamp(), time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.demo or Path(scratch) / "demo"
        words = [
            "demo",
            "--teacher",
            given.teacher,
            "--out",
            str(folder),
            "--items",
            str(ITEMS),
            "--seed",
            str(SEED),
        ]
        threads = {name: str(given.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        done = subprocess.run(
            [Path(sys.executable).with_name("preceptor"), *words, "--json"],
            env={**os.environ, **threads},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    told = json.loads(done.stdout)
    result = {
        "what": "the demo's two students, held-out MNIST digits, the panel of five networks",
        "teacher": given.teacher,
        "command": f"python benchmarks/readme.py --threads {given.threads}"
        + ("" if given.teacher == "mnist" else f" --teacher {given.teacher} --out FILE"),
        "seed": SEED,
        "items": ITEMS,
        "threads": given.threads,
        **code,
        "load": {"seconds": round(time.perf_counter() - clock), "1 minute": os.getloadavg()[0]},
        "students": {
            name: student(found) for name, found in told.items() if name != "side_by_side"
        },
    }
    given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
