"""What an audit costs beside its models, and how much memory it takes.

    python benchmarks/overhead.py [--items 300 500] [--sizes 1000 10000 100000]

Time: audits on MNIST digits with the five-network panel as teacher, asked carefully and kept by a
ledger on disk, as the command line does it. Two students, one trained ordinarily and one trained
against PGD; two plans, the ten attacks of ``preceptor demo``, and PGD-40 alone. The latter is the
hard case: an attack on the ordinary student is done after a few steps, and every second question is
about a clean input, for which no attack was run, so that the models take least time for each
question. Timed as the models' own: the student, the attacks (with the student's passes within
them) and the panel's networks, each without what is ours within it, such as their random streams.
The rest of the wall time is ours: reading, hashing, the ledger, distances, files, the record. Its
parts are timed too. Three rounds; the median counts.

Memory: in a process of its own for each size, an audit of a linear student on generated 8x8 inputs
mapped from disk, under noise, with a cheap rule as the teacher, kept by a ledger: peak resident
size, and its growth from one size to the next. About eight minutes of one core.
"""

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.api.given_teacher import QUICK_BATCH
from preceptor.asking import Queue
from preceptor.attacks import PGD, NoiseAttack, parse
from preceptor.audit import Plan, Record, audit, environment
from preceptor.audit import run_attacks as moving
from preceptor.audit import run_audit as running
from preceptor.audit.ask import Sheets
from preceptor.audit.npy_file import NpyFile
from preceptor.cli.demo import ATTACKS
from preceptor.core import ArraySource, Attack, Domain, ItemRng, Student, Teacher
from preceptor.ledger import Ledger
from preceptor.ledger.cached_panel import KeptPanel
from preceptor.problems import DigitNet, mnist, train
from preceptor.students import TorchStudent
from preceptor.teachers import Panel, Rule, with_retries

ROOT = Path(__file__).parents[1]
SEED = 20210211


@dataclass
class Clock:
    """Seconds by name, on the wall and of the processor. A span within another is taken out of it,
    so that the spans add up.
    """

    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    processor: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    stack: list[str] = field(default_factory=list)
    last: tuple[float, float] = (0.0, 0.0)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Time what happens within."""
        self._turn()
        self.stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self.stack.pop()

    def _turn(self) -> None:
        now = time.perf_counter(), time.process_time()
        if self.stack:
            self.wall[self.stack[-1]] += now[0] - self.last[0]
            self.processor[self.stack[-1]] += now[1] - self.last[1]
        self.last = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function within a span."""

        def call(*args: Any, **options: Any) -> Any:
            with self.span(name):
                return function(*args, **options)

        return call


@dataclass(frozen=True)
class Timed:
    """A student or teacher whose calls are timed as ``span``."""

    inner: Any
    clock: Clock
    span: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, inputs: Tensor) -> Any:
        """Its own answer."""
        with self.clock.span(self.span):
            return self.inner(inputs)


@dataclass(frozen=True)
class TimedAttack:
    """An attack whose calls, with the student's within, are timed as ``attack``."""

    inner: Attack
    clock: Clock = field(repr=False)

    @property
    def name(self) -> str:
        """Its own."""
        return self.inner.name

    @property
    def family(self) -> str:
        """Its own."""
        return self.inner.family

    @property
    def size(self) -> float | None:
        """Its own."""
        return self.inner.size

    @property
    def goal(self) -> Any:
        """Its own."""
        return self.inner.goal

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        """Its own moved inputs; the student's time is the attack's here."""
        assert isinstance(student, Timed)
        with self.clock.span("attack"):
            return self.inner(student.inner, inputs, domain=domain, rng=rng)


DEMO, HARD = "the ten attacks of preceptor demo", "PGD-40 alone"
MODELS = ("student", "attack", "panel's networks")
LOOKING = "looking up what is known"
PARTS = {
    "key of the audit": (running, "key"),
    "questions: keys and order": (Sheets, "of"),
    LOOKING: (Queue, "known"),
    "spreading answers": (running, "_said"),
    "summary": (running, "summarise"),
    "environment": (running, "environment"),
    "saving the record": (Record, "save"),
    "distances": (moving, "distances"),
    "hashing inputs": (moving, "input_keys"),
    "random streams": (ItemRng, "named"),
    "writing rows": (NpyFile, "write"),
    "reading rows": (NpyFile, "read"),
    "taking rows": (NpyFile, "take"),
    "ledger": (KeptPanel, "replies"),
}


def attacks(plan: str) -> tuple[Attack, ...]:
    """Those of ``preceptor demo``, or PGD-40 alone."""
    if plan == HARD:
        return (PGD(0.2, steps=40),)
    pool = mnist().train_inputs[:1000]
    return tuple(parse(spec, pool=pool) for spec in ATTACKS)


def one_round(items: int, student: TorchStudent, name: str) -> Clock:
    """The parts of one audit; ``other`` is what no part accounts for."""
    clock, problem = Clock(), mnist()
    assert isinstance(problem.teacher, Panel)
    members: list[Teacher] = [Timed(m, clock, "panel's networks") for m in problem.teacher.members]
    panel = with_retries(problem.teacher.with_members(members))
    plan = Plan(tuple(TimedAttack(one, clock) for one in attacks(name)), seed=SEED)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ledger = stack.enter_context(Ledger(Path(folder) / "ledger"))
        teacher = ledger.keep(panel, purpose="audit", batch=QUICK_BATCH)
        for name, (owner, attribute) in PARTS.items():
            real = getattr(owner, attribute)
            stack.enter_context(patch.object(owner, attribute, clock.timed(name, real)))
        with clock.span("other"):
            source = problem.take(items)
            audit(Timed(student, clock, "student"), teacher, source, plan, Path(folder) / "audit")
    return clock


def measure_time(items: list[int], rounds: int, eps: float) -> list[dict[str, Any]]:
    problem = mnist()
    torch.manual_seed(SEED)
    inputs, labels = problem.train_inputs, problem.train_labels
    module = train(DigitNet(), inputs, labels, eps=eps, epochs=8 if eps else 3, seed=SEED)
    student = TorchStudent(module, classes=10, name="digit net")
    return [
        measure_plan(name, n, rounds, student, eps)
        for name, n in zip((DEMO, HARD), items, strict=True)
    ]


def measure_plan(
    name: str, items: int, rounds: int, student: TorchStudent, eps: float
) -> dict[str, Any]:
    one_round(20, student, name)  # warms up
    found = [one_round(items, student, name) for _ in range(rounds)]
    return {
        "plan": name,
        "student": f"trained against l_inf {eps:g}" if eps else "trained ordinarily",
        "items": items,
        "rounds": rounds,
        "wall": shares([clock.wall for clock in found]),
        "processor": shares([clock.processor for clock in found]),
    }


def shares(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Medians over the rounds: ours as a share of the whole, then the ledger's part, then each."""
    wholes = [sum(seconds.values()) for seconds in rounds]

    def share(*names: str) -> list[float]:
        paired = zip(rounds, wholes, strict=True)
        return [sum(one.get(name, 0.0) for name in names) / whole for one, whole in paired]

    names = list(rounds[0])
    ours = share(*(name for name in names if name not in MODELS))
    by_part = {name: round(statistics.median(share(name)), 5) for name in names}
    ledger = share(*(name for name in names if name.startswith("ledger") or name == LOOKING))
    return {
        "seconds": round(statistics.median(wholes), 2),
        "overhead_share": round(statistics.median(ours), 4),
        "overhead_share_each": [round(one, 4) for one in ours],
        "ledger_share": round(statistics.median(ledger), 4),
        "share_by_part": dict(sorted(by_part.items(), key=lambda item: -item[1])),
    }


def generated(path: Path, items: int) -> np.ndarray:
    """Uniform 8x8 inputs on disk, mapped."""
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (items, 1, 8, 8))
    rng = np.random.default_rng(SEED)
    for start in range(0, items, 4096):
        part = rows[start : start + 4096]
        part[:] = rng.random(part.shape, dtype=np.float32)
    rows.flush()
    del rows
    mapped: np.ndarray = np.load(path, mmap_mode="r")
    return mapped


def brighter_half(inputs: Tensor) -> Tensor:
    """Which half is brighter; uncertain where it hardly matters."""
    gap = inputs[..., :4].mean((1, 2, 3)) - inputs[..., 4:].mean((1, 2, 3))
    return torch.where(gap.abs() < 0.01, -1, (gap > 0).long())


def measure_memory(items: int) -> dict[str, Any]:
    """One audit in this process."""
    torch.manual_seed(SEED)
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        source = ArraySource(generated(path / "inputs.npy", items), Domain((1, 8, 8)))
        teacher = Rule(brighter_half, name="brighter half", classes=2)
        started, clock = peak(), time.perf_counter()
        with Ledger(path / "ledger") as ledger:
            kept = ledger.keep(teacher, purpose="audit")
            plan = Plan((NoiseAttack(0.2, tries=2),), seed=SEED)
            record = audit(TorchStudent(module, classes=2), kept, source, plan, path / "audit")
        assert record.facts["questions"]["answered"] == 2 * items
        seconds = time.perf_counter() - clock
    return {
        "items": items,
        "peak_before_mb": round(started, 1),
        "peak_mb": round(peak(), 1),
        "seconds": round(seconds, 1),
    }


def peak() -> float:
    """Peak resident size of this process so far, in MB (10^6 bytes). Linux only.

    Not ``ru_maxrss``, which a process takes over from the one that started it.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def by_size(sizes: list[int]) -> list[dict[str, Any]]:
    found = []
    for items in sizes:
        words = [sys.executable, __file__, "--memory-of", str(items)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
        print(found[-1], flush=True)
    for small, large in itertools.pairwise(found):
        growth = (large["peak_mb"] - small["peak_mb"]) * 1e6 / (large["items"] - small["items"])
        large["bytes_more_an_item"] = round(growth)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs=2, default=[300, 500], help="of each plan")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/overhead.json")
    parser.add_argument("--memory-of", type=int, help="one size in this process; for the script")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.memory_of:
        print(json.dumps(measure_memory(given.memory_of)))
        return
    timing = [one for eps in (0.0, 0.2) for one in measure_time(given.items, given.rounds, eps)]
    print(json.dumps(timing, indent=2), flush=True)
    memory = by_size(given.sizes)
    result = {
        "what": "share of an audit's wall time outside its models, and peak memory by items",
        "environment": environment(),
        "seed": SEED,
        "load_at_the_end": os.getloadavg()[0],
        "time": timing,
        "memory": memory,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")
    for one in timing:
        wall, processor = one["wall"], one["processor"]
        print(
            f"{one['plan']}, {one['student']}: overhead {wall['overhead_share']:.1%} of the wall time (ledger "
            f"{wall['ledger_share']:.1%}), {processor['overhead_share']:.1%} of the processor's"
        )


if __name__ == "__main__":
    main()
