"""How much faster a slow teacher answers if it takes twenty calls at once.

    python benchmarks/concurrency.py [--rounds 3] [--pause 0.1] [--at-once 20]

A teacher that takes 100 ms a question (it sleeps, as one that waits for a service does), asked with
care and kept by a ledger on disk, as the command line does it; one call at a time and twenty. A full
audit, a search and an audit that stops by a rule, each on generated inputs of two coordinates; the
same seed, so the same questions. Counted: answers that the result uses, by second of wall time of the
whole run, attack, student, ledger and report of numbers included. Calls made ahead and not used
count for nothing. Of each pair the records must be the same. Runs of 240 to 400 questions, where what
comes before the first call and after the last weighs as much as the asking, and then runs five times
as long. Medians over the rounds; about half an hour, mostly asleep.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from runs import ROOT, made
from torch import Tensor, nn

from preceptor.attacks import NoiseAttack
from preceptor.audit import Plan, audit
from preceptor.core import ArraySource, Domain, Teacher
from preceptor.ledger import Ledger
from preceptor.search import SearchPlan, search
from preceptor.sequential import StoppingRule
from preceptor.students import TorchStudent
from preceptor.teachers import Rule, with_retries

SEED = 20210211
TARGET = 17.0


class Ran(NamedTuple):
    """One run: what it came to, and how many answers it used."""

    digest: str
    answered: int
    ahead: int = 0


def source(items: int) -> ArraySource:
    raw = torch.rand(items, 2, generator=torch.Generator().manual_seed(SEED))
    return ArraySource(raw, Domain((2,)), name="square")


def student() -> TorchStudent:
    """Right about most: the line that it draws leans a little."""
    module = nn.Linear(2, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[-8.0, -1.0], [8.0, 1.0]]))
        module.bias.copy_(torch.tensor([4.5, -4.5]))
    return TorchStudent(module.eval(), classes=2, name="line")


def pictures(items: int) -> ArraySource:
    raw = torch.rand(items, 1, 8, 8, generator=torch.Generator().manual_seed(SEED))
    return ArraySource(raw, Domain((1, 8, 8)), name="pictures")


def pictures_student() -> TorchStudent:
    """Weighs the pixels of both halves, not all alike."""
    torch.manual_seed(SEED)
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    return TorchStudent(module.eval(), classes=2, name="linear")


def by_audit(teacher: Teacher, out: Path, scale: int) -> Ran:
    plan = Plan((NoiseAttack(0.1),), seed=SEED)
    record = audit(student(), teacher, source(120 * scale), plan, out)
    return Ran(record.digest, record.facts["questions"]["answered"])


def by_until(teacher: Teacher, out: Path, scale: int) -> Ran:
    """A rule near the truth, or as close an interval as may be asked for: each takes most items."""
    rule = StoppingRule(least=0.85) if scale == 1 else StoppingRule(within=0.005)
    plan = Plan((NoiseAttack(0.1),), seed=SEED, until=rule)
    numbers = iter(range(10_000))
    with patch("secrets.token_hex", lambda _: f"draw-{next(numbers)}"):
        record = audit(student(), teacher, source(150 * scale), plan, out)
    return Ran(record.digest, record.facts["questions"]["answered"], record.run["asked_ahead"])


def by_search(teacher: Teacher, out: Path, scale: int) -> Ran:
    """Rounds of twice the calls that go at once, on inputs of which there is no end of new ones."""
    plan = SearchPlan(400 * scale, seed=SEED, round=40)
    found = search(pictures_student(), teacher, pictures(120 * scale), plan, out=out)
    return Ran(found.digest, found.facts["questions"]["answered"])


ENGINES: dict[str, Callable[[Teacher, Path, int], Ran]] = {
    "audit": by_audit,
    "audit --until": by_until,
    "search": by_search,
}


def timed(engine: str, at_once: int, pause: float, scale: int = 1) -> dict[str, Any]:
    """One run of an engine."""

    def label(inputs: Tensor) -> Tensor:
        time.sleep(pause * len(inputs))
        return (inputs.flatten(1)[:, 0] > 0.5).long()

    rule = Rule(label, name="service", classes=2, version="1", concurrency=at_once, cost=0.01)
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger") as ledger:
        kept = ledger.keep(with_retries(rule), purpose=engine)
        clock = time.perf_counter()
        ran = ENGINES[engine](kept, Path(folder) / "out", scale)
        seconds = time.perf_counter() - clock
    return {
        "seconds": round(seconds, 3),
        "answered": ran.answered,
        "asked_ahead": ran.ahead,
        "a_second": round(ran.answered / seconds, 2),
        "digest": ran.digest,
    }


def measure(engine: str, rounds: int, at_once: int, pause: float, scale: int = 1) -> dict[str, Any]:
    """Both arms, side by side."""
    pairs = [
        (timed(engine, 1, pause, scale), timed(engine, at_once, pause, scale))
        for _ in range(rounds)
    ]
    ratios = [many["a_second"] / one["a_second"] for one, many in pairs]
    found = {
        "questions": pairs[0][0]["answered"],
        "asked_ahead": pairs[0][1]["asked_ahead"],
        "one_at_a_time": statistics.median(one["a_second"] for one, _ in pairs),
        "at_once": statistics.median(many["a_second"] for _, many in pairs),
        "times_faster": round(statistics.median(ratios), 2),
        "times_faster_each": [round(one, 2) for one in ratios],
        "same_record": len({one["digest"] for pair in pairs for one in pair}) == 1,
        "load": round(os.getloadavg()[0], 1),
    }
    print(engine, scale, found, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds a question")
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--scale", type=int, default=5, help="of the longer runs, which follow")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/concurrency.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    environment = made()
    timed("search", given.at_once, 0.001)  # warms up
    result = {
        "what": "answers a second of a teacher that takes 100 ms a question, one call at a time "
        "and several at once",
        "environment": environment,
        "seed": SEED,
        "seconds_a_question": given.pause,
        "calls_at_once": given.at_once,
        "target": TARGET,
        "engines": {
            name: measure(name, given.rounds, given.at_once, given.pause) for name in ENGINES
        },
        "longer runs": {
            name: measure(name, given.rounds, given.at_once, given.pause, given.scale)
            for name in ENGINES
        },
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
