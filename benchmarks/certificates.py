"""Certificates: how many are decided, how fast, beside other solvers; and whether any is wrong.

    python benchmarks/certificates.py                     # every family, ours alone; about 20 CPU-minutes
    python benchmarks/certificates.py --families a b --peers highs marabou --seconds 60
    python benchmarks/certificates.py --sound 5000        # random small networks against MILP and grids

Families are described in certificate_instances.py. All times are seconds of the processor, of one process on one
thread; every solver gets the same limit of them, as nearly as it can be told. Ours proves more (float32 is
absorbed), others the question in real numbers. Results are written after each instance, beside those of earlier
runs with other instances.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from certificate_instances import FAMILIES, Instance, five
from certificate_peers import by_highs, by_marabou
from runs import ROOT, stamp

from preceptor.certificates import ProofSettings, check, least_certainty, prove

sys.path.insert(0, str(ROOT / "tests/certificates"))

PEERS = {"highs": by_highs, "marabou": by_marabou}
SAMPLES = 100_000
EVERY = {"c": 5, "e": 10}
"""Of these families every so-manieth instance, unless --all is given."""


def ours(instance: Instance, seconds: float, checked: float) -> dict[str, Any]:
    """Ours, with its own check and 100,000 samples of each proof."""
    begun, clock = time.process_time(), time.monotonic()
    made = prove(instance.question, ProofSettings(seconds=seconds, clock="cpu", volume_seconds=0.0))
    said: dict[str, Any] = {
        "status": made.status,
        "cpu": round(time.process_time() - begun, 3),
        "wall": round(time.monotonic() - clock, 3),
        "boxes": made.run["boxes"],
        "exact": made.run["exact"],
        "volume": made.facts["volume"],
        "deviation": made.facts["deviation"],
    }
    if made.status == "proved":
        said["violations_in_samples"] = violations(instance)
    if made.status != "undecided" and checked > 0:
        found = check(made, seconds=checked)
        said["check"] = {"agrees": found.agrees, "parts": found.parts, "left": found.left}
    return said


def violations(instance: Instance) -> int:
    """Of fresh samples: those at which the teacher is certain and the student says something else."""
    question = instance.question
    low, high = question.box
    draws = np.random.default_rng(1).random((SAMPLES, len(low)), dtype=np.float32)
    found = 0
    for part in torch.from_numpy(draws).split(10_000):
        inputs = question.points(low + part.double() * (high - low))
        with torch.no_grad():
            said = question.student.decide(question.student(inputs))
            wanted = question.teacher(inputs).labels
        found += int(((wanted >= 0) & (said != wanted)).sum())
    return found


def bracket(seconds: float) -> dict[str, Any]:
    """The least certainty over the whole 5-D box, beside what 400,000 samples see."""
    teacher, student, _ = five()
    from certificate_instances import asked

    from preceptor.core import Domain

    question = asked(student, teacher, 0.5, 5, Domain((5,), 0.0, 1.0))
    begun = time.process_time()
    made = least_certainty(question, ProofSettings(seconds=seconds, clock="cpu"))
    inputs = torch.rand(400_000, 5)
    with torch.no_grad():
        logits = teacher(inputs)
        first, second = logits.topk(2, 1).values.unbind(1)
        wrong = student(inputs).argmax(1) != logits.argmax(1)
    return {
        "status": made.status,
        "bracket": made.least_lead,
        "cpu": round(time.process_time() - begun, 3),
        "samples_saw": float((first - second)[wrong].max()) if bool(wrong.any()) else None,
    }


def sound(many: int, seconds: float) -> dict[str, Any]:
    """Random small networks: against a mixed-integer program of the tests', and against grids."""
    from oracles import greatest_violation, grid_violations, network
    from test_soundness import NEAR, asked

    from preceptor.core import Domain

    counts = {"milp": 0, "grid": 0, "too_near": 0, "solver_failed": 0, "wrong": 0, "undecided": 0}
    settings = ProofSettings(seconds=30, clock="cpu", starts=8, ascent=15)
    begun = time.process_time()
    for seed in range(many):
        if time.process_time() - begun > seconds:
            break
        torch.manual_seed(10_000 + seed)
        classes, gamma = 2 + seed % 2, float(torch.rand(()) * 1.5)
        members = [network(2, 4, classes) for _ in range(1 + seed % 3 // 2)]
        student = network(2, 4, classes)
        domain = Domain((2,), -1.0, 1.0)
        made = prove(asked(student, members, gamma, domain, classes), settings)
        truth = greatest_violation(student, members, gamma, [-1.0] * 2, [1.0] * 2, classes)
        grid = grid_violations(student, members, gamma, -1.0, 1.0, 101)
        counts["milp"] += 1
        counts["grid"] += 1
        counts["undecided"] += made.status == "undecided"
        if np.isnan(truth):
            counts["solver_failed"] += 1
        elif abs(truth) < NEAR:
            counts["too_near"] += 1
        elif made.status != "undecided":
            counts["wrong"] += (made.status == "refuted") != (truth > 0)
        counts["wrong"] += made.status == "proved" and grid > 0
    return {**counts, "cpu": round(time.process_time() - begun, 1)}


def chosen(families: list[str], everything: bool) -> Iterator[Instance]:
    for family in families:
        every = 1 if everything else EVERY.get(family, 1)
        for place, instance in enumerate(FAMILIES[family]()):
            if place % every == 0:
                yield instance


def summed(rows: list[dict[str, Any]], solver: str) -> dict[str, Any]:
    """By family: how many were decided, and the median time of these."""
    found: dict[str, Any] = {}
    for family in sorted({row["family"] for row in rows}):
        said = [row[solver] for row in rows if row["family"] == family and solver in row]
        solved = [one["cpu"] for one in said if one["status"] != "undecided"]
        found[family] = {
            "asked": len(said),
            **{
                s: sum(one["status"] == s for one in said)
                for s in ("proved", "refuted", "undecided")
            },
            "median_cpu_of_decided": None if not solved else round(float(np.median(solved)), 3),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="*", default=sorted(FAMILIES))
    parser.add_argument("--peers", nargs="*", default=[], choices=sorted(PEERS))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--check", type=float, default=20.0)
    parser.add_argument("--peer-seconds", type=float, default=60.0)
    parser.add_argument("--bracket", type=float, default=0.0)
    parser.add_argument("--sound", type=int, default=0)
    parser.add_argument("--sound-seconds", type=float, default=3600.0)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="", help="instances whose name begins so")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/certificates.json")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    code = stamp()
    result = json.loads(asked.out.read_text()) if asked.out.exists() else {"rows": []}
    rows: list[dict[str, Any]] = result["rows"]

    def write() -> None:
        result["summary"] = {
            who: summed(rows, who) for who in ("ours", *PEERS) if any(who in r for r in rows)
        }
        asked.out.write_text(json.dumps(result, indent=1) + "\n")

    for instance in chosen(asked.families, asked.all):
        if not instance.name.startswith(asked.only):
            continue
        row: dict[str, Any] = {"family": instance.family, "name": instance.name, **code}
        row["limit"] = {"ours": asked.seconds, "peers": asked.peer_seconds}
        row["ours"] = ours(instance, asked.seconds, asked.check)
        for peer in asked.peers:
            row[peer] = PEERS[peer](instance.question, asked.peer_seconds)
        rows[:] = [one for one in rows if (one["family"], one["name"]) != tuple(row.values())[:2]]
        rows.append(row)
        print(json.dumps(row), flush=True)
        write()
    if asked.bracket:
        result["least_certainty"] = {**bracket(asked.bracket), **code}
        write()
    if asked.sound:
        result["soundness"] = {**sound(asked.sound, asked.sound_seconds), **code}
        print(result["soundness"])
        write()


if __name__ == "__main__":
    main()
