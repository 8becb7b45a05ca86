"""What the desk weighs and how fast it is, in a real browser and under a crowd, on both databases.

    python benchmarks/desk.py [--seconds 120] [--answers 240] [--items 100000]
        [--out benchmarks/results/desk.json]

On SQLite and on a PostgreSQL server of its own (which waits for the disk), each holding 100,000
questions about random 28x28 pictures: from ``preceptor desk`` to the first question on the screen;
from key to next image; fifty annotators for two minutes while the server is killed five times
(``desk_crowd.py``, on the 100,000 and, where people meet, on 1,500 questions). And the size of the
packages that the desk adds to the core. About twenty minutes; needs chromium, its driver and
PostgreSQL.
"""

import argparse
import importlib.metadata
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from desk_browser import browser, first_question, keys
from desk_crowd import busy, make, measure, quantiles
from desk_people import Crowd
from packaging.requirements import Requirement

from preceptor.audit import environment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/people"))

import people_postgres  # noqa: E402

ROUNDS = 5
OVERLAP = 2
SCARCE = 1500


def weight(extra: str) -> dict[str, Any]:
    """The packages that an extra adds to the core, and their installed bytes, compiled files in."""
    core, with_extra = _needed(""), _needed(extra)
    sizes = {}
    for name in sorted(with_extra - core):
        files = importlib.metadata.distribution(name).files or []
        there = [Path(str(file.locate())) for file in files]
        sizes[name] = sum(file.stat().st_size for file in there if file.is_file())
    total = sum(sizes.values())
    return {"extra": extra, "packages": sizes, "megabytes": round(total / 1e6, 2)}


def _needed(extra: str) -> set[str]:
    """The core with one extra, and all that these need, by name."""
    found, waiting = set[str](), [("preceptor", extra)]
    while waiting:
        name, asked = waiting.pop()
        for text in importlib.metadata.requires(name) or []:
            one = Requirement(text)
            if one.marker and not one.marker.evaluate({"extra": asked}):
                continue
            key = one.name.lower().replace("_", "-")
            if key not in found:
                found.add(key)
                waiting += [(one.name, more) for more in ("", *one.extras)]
    return found


@contextmanager
def databases(folder: Path) -> Iterator[list[tuple[str, str, str]]]:
    """Name, and where two studies go: the large and the scarce one."""
    import psycopg

    with people_postgres.server(durable=True) as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("CREATE DATABASE scarce")
        yield [
            ("sqlite", str(folder / "large.db"), str(folder / "scarce.db")),
            ("postgresql", url, url.replace("/postgres?", "/scarce?")),
        ]


def one(large: str, scarce: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """All figures of one database."""
    make(large, given.items, OVERLAP, 28)
    make(scarce, SCARCE, OVERLAP)
    before = os.getloadavg()[0]
    with browser() as page:
        starts = [first_question(page, large, folder / "log") for _ in range(ROUNDS)]
        (all_0, _), begin = busy(), os.times().elapsed
        pressed = keys(page, large, folder / "log", given.answers, given.seed)
        share = (busy()[0] - all_0) / (os.times().elapsed - begin) / (os.cpu_count() or 1)
    shown = sorted(start["question_shown"] for start in starts)
    presented = [
        *pressed["presented"],
        *[16.0] * (pressed["answered"] - len(pressed["presented"])),
    ]
    crowd = Crowd(given.people, given.seconds, given.kills, (0.6, 1.8), given.seed)
    return {
        "first_question": {"median_seconds": shown[len(shown) // 2], "each": starts},
        "key_to_next_image": {
            "painted": quantiles([ms / 1000 for ms in pressed["times"]]),
            "presented": quantiles([ms / 1000 for ms in presented]),
            "answers": pressed["answered"],
            "pictures_not_ready": pressed["answered"] - len(pressed["times"]),
            "pictures_not_decoded": pressed["undecoded"],
            "load_average_before": round(before, 2),
            "share_of_processors_busy": round(share, 3),
        },
        "crowd": measure(large, crowd, OVERLAP, folder / "log"),
        "crowd_with_few_questions": measure(scarce, crowd, OVERLAP, folder / "log"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--answers", type=int, default=240)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/desk.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    result: dict[str, Any] = {
        "what": "the desk: start, weight, key to next image, a crowd with the server killed",
        "environment": environment(),
        "seed": given.seed,
        "niceness": os.nice(0),
        "items": given.items,
        "install_weight": [weight("desk"), weight("postgresql")],
    }
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as found:
        for database, large, scarce in found:
            result[database] = one(large, scarce, Path(name), given)
            given.out.write_text(json.dumps(result, indent=2) + "\n")
            print(json.dumps(result[database], indent=2), flush=True)


if __name__ == "__main__":
    main()
