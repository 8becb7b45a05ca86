"""What the process of ``test_calibrate_killed`` does."""

import os
import signal
from pathlib import Path

import torch
from calibration_worlds import Person

from preceptor.audit import Record
from preceptor.calibration import calibrate
from preceptor.core import Answers
from preceptor.ledger import Ledger


class Logged(Person):
    """Writes every question down; kills the process at the ``last`` call."""

    log: Path
    last: int = -1

    def __call__(self, inputs: torch.Tensor) -> Answers:
        with self.log.open("a") as lines:
            lines.writelines(f"{row.numpy().tobytes().hex()}\n" for row in inputs)
        self.last -= 1
        if self.last == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(inputs)


def run_killed(folder: Path, last: int) -> None:
    torch.set_num_threads(1)
    person = Logged()
    person.log, person.last = folder / "asked", last
    with Ledger(folder / "book") as book:
        kept = book.keep(person, purpose="calibrate", batch=4)
        calibrate([Record.load(folder / "audit")], kept, budget=40, journal=book.journal)
