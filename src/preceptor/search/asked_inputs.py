"""What was asked so far: a value that grows by making a longer one."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, Inputs
from preceptor.core.inputs import as_arrays, join, of_arrays
from preceptor.outcome import Sheet

NO_ROW = -1


@dataclass(frozen=True, eq=False)
class AskedInputs:
    """Every input put to the teacher, in the order of asking.

    Attributes:
        inputs: ``Float32[questions, *shape]``, or texts.
        student: ``Int64[questions]``, a label, ``ABSTAINED`` or ``BROKEN``.
        sure: ``Float[questions]``, the student's softmax probability of its top class.
        teacher: ``Int64[questions]``, a label or ``UNCERTAIN``; meaningless where not answered.
        answered: ``Bool[questions]``.
        cost: ``Float[questions]``; 0 where not answered.
        votes: ``Int64[questions, members]`` for a panel, else ``None``.
        generator: ``Int64[questions]``, which generator proposed it.
        parent: ``Int64[questions]``, the row of the data it was made from; -1 for none.
        found: ``Int64[questions]``, the number of its cluster of witnesses; -1 for no witness.
    """

    inputs: Inputs
    student: Int64[Tensor, " questions"]
    sure: Float[Tensor, " questions"]
    teacher: Int64[Tensor, " questions"]
    answered: Bool[Tensor, " questions"]
    cost: Float[Tensor, " questions"]
    votes: Tensor | None
    generator: Int64[Tensor, " questions"]
    parent: Int64[Tensor, " questions"]
    found: Int64[Tensor, " questions"]

    @classmethod
    def none(cls, like: Inputs) -> "AskedInputs":
        """Nothing asked yet, about inputs like these."""
        whole, real = torch.empty(0, dtype=torch.int64), torch.empty(0)
        return cls(
            like[:0], whole, real, whole, torch.empty(0, dtype=torch.bool), real,
            None, whole, whole, whole,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.student)

    @property
    def certain(self) -> Bool[Tensor, " questions"]:
        """Where the teacher gave a label."""
        return self.answered & (self.teacher != UNCERTAIN)

    @property
    def wrong(self) -> Bool[Tensor, " questions"]:
        """Where the teacher gave a label, and the student another one."""
        return self.certain & (self.student >= 0) & (self.student != self.teacher)

    @property
    def sheet(self) -> Sheet:
        """The same as a sheet, for verdicts and rates."""
        return Sheet(self.student, self.teacher, self.answered, self.cost)

    def take(self, rows: Tensor) -> "AskedInputs":
        """Some of them, by index ``Int64[rows]`` or by mask ``Bool[questions]``."""
        votes = None if self.votes is None else self.votes[rows]
        parts = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "votes"}
        return replace(self, votes=votes, **parts)

    def and_then(self, more: "AskedInputs") -> "AskedInputs":
        """These and then those."""
        if len(self) == 0:
            return more
        names = [f.name for f in fields(self) if f.name not in ("inputs", "votes")]
        parts = {name: torch.cat([getattr(self, name), getattr(more, name)]) for name in names}
        inputs = join([self.inputs, more.inputs])
        votes = None
        if self.votes is not None and more.votes is not None:
            votes = torch.cat([self.votes, more.votes])
        return replace(self, inputs=inputs, votes=votes, **parts)

    def arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays to be saved, each ``[questions, ...]``, by the names of the fields."""
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "inputs"}
        rest = {name: value.numpy() for name, value in found.items() if value is not None}
        return {**as_arrays(self.inputs, "inputs"), **rest}

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "AskedInputs":
        """The same from the arrays that :meth:`arrays` gave."""
        there: dict[str, Any] = {
            name: torch.from_numpy(value)
            for name, value in arrays.items()
            if not name.startswith("inputs")
        }
        there["inputs"] = of_arrays(arrays, "inputs")
        options: dict[str, Any] = {f.name: there.get(f.name) for f in fields(cls)}
        return cls(**options)
