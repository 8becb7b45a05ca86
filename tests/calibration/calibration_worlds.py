"""An audit whose teacher is a stand-in, and people who know better; all small and in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import preceptor as pr
from preceptor.audit import Record
from preceptor.core import UNCERTAIN, Answers, TeacherError, UnansweredError

RNG = np.random.default_rng(5)
X = RNG.uniform(size=(80, 2)).astype("float32")


def model(points: Tensor) -> Tensor:
    return (points[:, 0] > 0.5).long()


def stand_in(points: Tensor) -> Tensor:
    """Its border lies too far out, and it is never uncertain."""
    return (points.sum(1) > 1.1).long()


def truth(points: Tensor) -> Tensor:
    sums = points.sum(1)
    return torch.where((sums - 1).abs() < 0.05, UNCERTAIN, (sums > 1).long())


@dataclass
class Person:
    """Answers by a function and writes down what was asked."""

    say: Callable[[Tensor], Tensor] = truth
    name: str = "person"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "Certain where the person said so."
    concurrency: int = 1
    room: int | None = None
    broken: Callable[[Tensor], Tensor] | None = None
    asked: list[bytes] = field(default_factory=list)

    def __call__(self, inputs: Tensor) -> Answers:
        """The first ``room`` different questions ever have an answer, the others wait."""
        keys = [row.numpy().tobytes() for row in inputs]
        self.asked += [key for key in keys if key not in self.asked]
        answers = Answers(self.say(inputs), torch.full((len(inputs),), 0.5))
        if self.broken is not None and bool(self.broken(inputs).any()):
            raise TeacherError("no", answers, ~self.broken(inputs), {})
        if self.room is None:
            return answers
        there = torch.tensor([self.asked.index(key) < self.room for key in keys])
        if bool(there.all()):
            return answers
        raise UnansweredError("at the desk", answers, there, {})


def audited(
    out: Path, ledger: Any = None, *, teacher: Any = stand_in, attacks: Any = None, **options: Any
) -> Record:
    """The stand-in's audit."""
    return pr.audit(
        model,
        X,
        teacher,
        ["noise:size=0.1", "noise:size=0.2"] if attacks is None else attacks,
        out=out,
        ledger=ledger,
        progress=False,
        **({"classes": ["low", "high"]} | options),
    )
