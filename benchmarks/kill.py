"""Kill a real audit twenty times at random moments, run it again each time, and compare.

    python benchmarks/kill.py [--kills 20] [--items 60] [--out benchmarks/results/kill.json]

An audit of a convolutional network on MNIST digits under l_inf PGD and noise, with the five-network
panel as its teacher, kept by a ledger on disk. Each time: a fresh folder; a process that audits;
SIGKILL at a moment drawn uniformly over the time that an uninterrupted audit took (the start of
Python left out); the same command again, to the end. Counted: records that differ from the
uninterrupted one; questions put again although their answer was kept before the kill; questions
that were in flight, whose answers died with the process and had to be asked for again. A question
is one input put to one member of the panel. About five minutes of one core.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from preceptor.attacks import PGD, NoiseAttack
from preceptor.audit import AuditProgress, Plan, audit, environment
from preceptor.core import Answers, Teacher
from preceptor.ledger import Ledger, input_keys
from preceptor.problems import DigitNet, mnist, train
from preceptor.students import TorchStudent
from preceptor.teachers import Panel
from preceptor.teachers.wrapper import Wrapper

ROOT = Path(__file__).parents[1]
SEED = 20210211
BATCH = 6
PLAN = Plan((PGD(0.2), NoiseAttack(0.3)), seed=SEED, batch=BATCH)


class Log:
    """Lines appended to a file; a line that was written outlives the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())


@dataclass(frozen=True)
class Overheard(Wrapper):
    """A teacher; each question is written down before it is put."""

    teacher: Teacher
    log: Log

    def __call__(self, inputs: Tensor) -> Answers:
        """Write down, then ask."""
        for key in input_keys(inputs):
            self.log(f"{self.name} {key}")
        return self.teacher(inputs)


def run(folder: Path, state: Path, items: int) -> None:
    """One audit to the end, with its steps and its questions on record."""
    torch.set_num_threads(1)
    problem = mnist()
    module = DigitNet()
    module.load_state_dict(load_file(state))
    student = TorchStudent(module.eval(), classes=10, name="digit net")
    steps, asked = Log(folder / "steps"), Log(folder / "asked")
    assert isinstance(problem.teacher, Panel)
    members = [Overheard(member, asked) for member in problem.teacher.members]

    def watch(step: AuditProgress) -> None:
        steps(step.stage)

    with Ledger(folder / "ledger") as ledger:
        teacher = ledger.keep(problem.teacher.with_members(members), purpose="audit")
        steps("begin")
        clock = time.perf_counter()
        record = audit(student, teacher, problem.take(items), PLAN, folder / "audit", watch=watch)
        seconds = time.perf_counter() - clock
    done = {"digest": record.digest, "seconds": seconds, **record.facts["questions"]}
    (folder / "done.json").write_text(json.dumps(done))


def start(folder: Path, state: Path, items: int) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    words = [__file__, "--items", str(items), "--run", str(folder), "--state", str(state)]
    return subprocess.Popen([sys.executable, *words])


def finish(folder: Path, state: Path, items: int) -> dict[str, Any]:
    code = start(folder, state, items).wait()
    assert code == 0, f"the audit ended with {code}"
    done: dict[str, Any] = json.loads((folder / "done.json").read_text())
    return done


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def kept(folder: Path) -> set[str]:
    """What the ledger knows: member and question."""
    with Ledger(folder / "ledger") as ledger:
        return {f"{row.teacher} {row.input}" for row in ledger.answers()}


def killed(folder: Path, state: Path, items: int, delay: float) -> str | None:
    """Start an audit and kill it ``delay`` seconds after it began.

    Returns the stage in which it was, or ``None`` if it had ended before.
    """
    process = start(folder, state, items)
    while "begin" not in lines(folder / "steps"):
        assert process.poll() is None, "the audit did not begin"
        time.sleep(0.001)
    time.sleep(delay)
    early = process.poll() is None
    process.kill()
    process.wait()
    if not early or (folder / "done.json").exists():
        return None
    seen = Counter(lines(folder / "steps"))
    total = 2 * -(-items // BATCH)
    return "attack" if seen["attack"] < total else "ask"


def one(folder: Path, state: Path, items: int, delay: float, digest: str) -> dict[str, Any] | None:
    """Kill, run again, compare."""
    stage = killed(folder, state, items, delay)
    if stage is None:
        return None
    known, before = kept(folder), lines(folder / "asked")
    again = finish(folder, state, items)
    after = lines(folder / "asked")[len(before) :]
    return {
        "after_seconds": round(delay, 3),
        "stage": stage,
        "answers_kept": len(known),
        "same_record": again["digest"] == digest,
        "asked_twice_though_kept": len(known & set(after)),
        "in_flight": len(set(before) - known),
        "asked_again": len(set(before) & set(after)),
    }


def measure(kills: int, items: int, folder: Path) -> dict[str, Any]:
    torch.manual_seed(SEED)
    problem = mnist()
    module = train(DigitNet(), problem.train_inputs, problem.train_labels, epochs=3, seed=SEED)
    state = folder / "student.safetensors"
    save_file(module.state_dict(), state)
    calm = [finish(folder / f"calm-{i}", state, items) for i in range(3)]
    digest, longest = calm[0]["digest"], max(done["seconds"] for done in calm)
    assert all(done["digest"] == digest for done in calm), "two calm audits differ"
    draw, found, late = random.Random(SEED), list[dict[str, Any]](), 0
    while len(found) < kills:
        here = folder / f"killed-{len(found)}-{late}"
        result = one(here, state, items, draw.uniform(0.0, longest), digest)
        shutil.rmtree(here)
        if result is None:
            late += 1
        else:
            found.append(result)
            print(len(found), result, flush=True)
    return {
        "seconds_uninterrupted": [round(done["seconds"], 2) for done in calm],
        "questions": calm[0]["asked"],
        "kills": len(found),
        "kills_by_stage": dict(Counter(one["stage"] for one in found)),
        "ended_before_the_kill": late,
        "same_record": sum(one["same_record"] for one in found),
        "asked_twice_though_kept": sum(one["asked_twice_though_kept"] for one in found),
        "in_flight_at_most": max(one["in_flight"] for one in found),
        "in_flight_in_all": sum(one["in_flight"] for one in found),
        "each": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/kill.json")
    parser.add_argument("--run", type=Path, help="one audit in this folder; used by the script")
    parser.add_argument("--state", type=Path, help="the student's weights; used by the script")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.run:
        run(given.run, given.state, given.items)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measure(given.kills, given.items, Path(folder))
    result = {
        "what": f"SIGKILL at random moments of an audit of {given.items} MNIST digits under "
        f"{' and '.join(attack.name for attack in PLAN.attacks)}, then the same command again",
        "environment": environment(),
        "seed": SEED,
        "batch": BATCH,
        **found,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")
    print(
        f"same record {found['same_record']}/{found['kills']}; asked twice though kept "
        f"{found['asked_twice_though_kept']}; in flight at most {found['in_flight_at_most']}"
    )


if __name__ == "__main__":
    main()
