"""What the real processes of ``test_ledger_processes`` do."""

import json
import os
import time
from pathlib import Path

import torch
from ledger_fakes import Fake, Unanimous, honest, number, numbered
from torch import Tensor

from preceptor.core import Answers
from preceptor.ledger import Ledger


class Logged:
    """Slow, and writes down each question before it answers; the line outlives the process."""

    classes = 5
    deterministic = True
    certainty = "Certain but for every fifth input."

    def __init__(self, log: Path, seconds: float, name: str = "slow", version: str = "1") -> None:
        self.name = name
        self.version = version
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._seconds = seconds

    def __call__(self, inputs: Tensor) -> Answers:
        for row in inputs:
            os.write(self._log, f"{self.name} {number(row)}\n".encode())
            time.sleep(self._seconds)
        return honest(inputs)


def ask(folder: Path, who: str, questions: int, seconds: float, *, panel: bool = False) -> None:
    """Ask the same questions as everybody else and write down what was answered."""
    torch.set_num_threads(1)
    log = folder / "log.txt"
    members = [Logged(log, seconds, name) for name in ("slow", "other")]
    teacher = Unanimous(members) if panel else members[0]
    with Ledger(folder / "shared.ledger") as ledger:
        kept = ledger.keep(teacher, budget=questions, purpose="race", batch=8)
        answers = kept(numbered(*range(questions)))
        done = {"labels": answers.labels.tolist(), "spent": kept.spent}
    (folder / f"{who}.json").write_text(json.dumps(done))


def open_only(folder: Path) -> None:
    """Open, which makes the file if it is not there, and keep one answer."""
    torch.set_num_threads(1)
    with Ledger(folder / "shared.ledger") as ledger:
        ledger.keep(Fake(name=f"fake {os.getpid()}"))(numbered(1))
