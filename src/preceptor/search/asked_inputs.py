"""What was asked so far: a value that grows by making a longer one."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, Inputs
from preceptor.core.inputs import as_arrays, join, of_arrays
from preceptor.core.label_sets import joined_sets
from preceptor.outcome import Sheet, Verdict, judge

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
        sets: ``Bool[questions, classes]``, the acceptable labels, where an answer is partial; see
            :class:`preceptor.core.Answers`. ``None`` where none is.
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
    sets: Bool[Tensor, "questions classes"] | None = None

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
        """Where the teacher gave a label, or several without the student's: where it says which of
        right and wrong the student is.
        """
        return (self.answered & (self.teacher != UNCERTAIN)) | self.wrong

    @property
    def wrong(self) -> Bool[Tensor, " questions"]:
        """Where the teacher gave a label or several, and the student another one."""
        return (judge(self.sheet) == Verdict.ERROR) & (self.student >= 0)

    @property
    def sheet(self) -> Sheet:
        """The same as a sheet, for verdicts and rates."""
        return Sheet(self.student, self.teacher, self.answered, self.cost, self.sets)

    def take(self, rows: Tensor) -> "AskedInputs":
        """Some of them, by index ``Int64[rows]`` or by mask ``Bool[questions]``."""
        votes = None if self.votes is None else self.votes[rows]
        sets = None if self.sets is None else self.sets[rows]
        parts = {name: getattr(self, name)[rows] for name in self._always()}
        return replace(self, votes=votes, sets=sets, **parts)

    def _always(self) -> list[str]:
        """The fields that there always are."""
        return [f.name for f in fields(self) if f.name not in ("votes", "sets")]

    def and_then(self, more: "AskedInputs") -> "AskedInputs":
        """These and then those."""
        if len(self) == 0:
            return more
        parts = {
            name: torch.cat([getattr(self, name), getattr(more, name)])
            for name in self._always()
            if name != "inputs"
        }
        inputs = join([self.inputs, more.inputs])
        votes = None
        if self.votes is not None and more.votes is not None:
            votes = torch.cat([self.votes, more.votes])
        every = torch.arange(len(self) + len(more))
        rows = (every[: len(self)], every[len(self) :])
        labels = torch.where(parts["answered"], parts["teacher"], UNCERTAIN)
        sets = joined_sets(labels, zip(rows, (self.sets, more.sets), strict=True))
        return replace(self, inputs=inputs, votes=votes, sets=sets, **parts)

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
