"""A rule: any function as a teacher."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.asking import check_concurrency
from preceptor.core import UNCERTAIN, Answers, InputError, Inputs, Texts
from preceptor.core.signatures import takes_arrays
from preceptor.core.texts import TextRow
from preceptor.teachers.said_sets import sets_of
from preceptor.teachers.versions import version_of


class Rule:
    """A function that labels inputs, such as a law of physics or a program of known truth.

    Args:
        function: takes ``Float[batch, *shape]``, or a list of texts, and returns ``batch``
            labels; or, with ``batched=False``, takes one input and returns one label. Labels may
            be a tensor, an array, a list or a number; ``-1`` and ``None`` mean ``UNCERTAIN``. A
            Python set, such as ``{4, 9}``, in place of a label names the acceptable ones: a
            *partial* answer, unless it holds one label, or all. So does a row of ``bool[batch,
            classes]``. It gets a copy, so it may change its argument, and it is not called for an empty batch. It
            gets tensors; or numpy arrays, if its parameter is annotated ``np.ndarray`` or it uses
            what only arrays have.
        name: who it is, in the record and in the ledger.
        classes: labels are ``0 .. classes - 1``.
        version: changes whenever an answer may change. By default a hash of the source file that
            defines the function and of what the function holds: see
            :func:`preceptor.teachers.version_of` for what it covers and what not.
        cost: of one answer, in the teacher's own unit.
        batched: whether the function takes a whole batch.
        deterministic: the same question always gets the same answer. Say ``False`` for a function
            that draws at random, or that must not be asked twice.
        certainty: one sentence that says when it is certain.
        concurrency: how many calls the function takes at once, from several threads: for one that
            waits for a service. See :class:`preceptor.core.Concurrent`.
        per_call: how many questions each of these calls gets.
        rate: how many of them may begin in a second; ``None`` for no limit.

    Raises:
        InputError: fewer than two classes, a negative cost, or a function that cannot be hashed.
    """

    def __init__(
        self,
        function: Callable[[Any], object],
        *,
        name: str,
        classes: int,
        version: str | None = None,
        cost: float = 0.0,
        batched: bool = True,
        deterministic: bool = True,
        certainty: str = "Certain wherever the rule gives a label.",
        concurrency: int = 1,
        per_call: int = 1,
        rate: float | None = None,
    ) -> None:
        if classes < 2:
            raise InputError(f"rule {name!r} has {classes} classes; expected at least 2")
        if not 0 <= cost < float("inf"):
            raise InputError(f"rule {name!r} costs {cost} an answer; expected a number >= 0")
        self.function = function
        self.name = name
        self.classes = classes
        self.version = version if version is not None else version_of(function, batched)
        self.hashed = version is None
        self.cost = cost
        self.batched = batched
        self.deterministic = deterministic
        self.certainty = certainty
        self.concurrency, self.per_call, self.rate = concurrency, per_call, rate
        check_concurrency(self)

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch.

        Raises:
            InputError: the function returned another number of labels, or no whole numbers.
        """
        with torch.no_grad():
            questions = inputs.detach()
            if len(questions) == 0:
                said: object = []
            elif self.batched:
                said = self._say(questions)
            else:
                said = [_single(self._say(question), self.name) for question in questions]
        cost = torch.full((len(inputs),), float(self.cost))
        sets = sets_of(said, len(inputs), self.classes, self.name)
        if sets is not None:
            return Answers.of_sets(sets, cost)
        return Answers(as_labels(said, len(inputs), self.name), cost)

    def _say(self, questions: Tensor | Texts | TextRow) -> object:
        if not isinstance(questions, Tensor):
            texts = isinstance(questions, Texts)
            return self.function(list(questions) if texts else questions)
        # nothing of this is remembered in the rule: its fields may be part of another's identity
        if not takes_arrays(self.function):
            try:
                return self.function(questions.clone())
            except AttributeError as error:  # it asks a tensor for what arrays alone have?
                if not isinstance(error.obj, Tensor) or str(error.name) not in dir(np.ndarray):
                    raise
        return self.function(questions.cpu().numpy())

    def computed(self) -> str:
        """The version that a hash gives now; see :func:`preceptor.teachers.check_version`."""
        return version_of(self.function, self.batched)

    def __repr__(self) -> str:
        return f"Rule({self.name!r}, classes={self.classes}, version={self.version!r})"


def as_labels(said: object, batch: int, who: str) -> Tensor:
    """What a function said as ``Int64[batch]`` on the CPU; ``None`` becomes ``UNCERTAIN``.

    Raises:
        InputError: another number of labels, or labels that are no whole numbers.
    """
    if isinstance(said, list | tuple):
        said = [UNCERTAIN if item is None else item for item in said]
    elif said is None or isinstance(said, int | np.integer):
        said = [UNCERTAIN if said is None else int(said)]
    try:
        array = said.detach().cpu().numpy() if isinstance(said, Tensor) else np.asarray(said)
    except (TypeError, ValueError) as error:
        raise InputError(f"teacher {who!r} returned labels that are no array: {error}") from error
    if array.size == 0 and batch == 0:
        return torch.empty(0, dtype=torch.int64)
    if array.shape != (batch,):
        raise InputError(
            f"teacher {who!r} was asked {batch} questions and returned labels of shape "
            f"{array.shape}; expected one label for each question, shape ({batch},). "
            "Give batched=False for a function of one input."
        )
    if array.dtype == object:
        array = np.array([UNCERTAIN if item is None else item for item in array])
    if (
        array.dtype.kind == "U"
    ):  # the same words for every input: a teacher that fails alike is left
        raise InputError(
            f"teacher {who!r} returned words as labels; expected class numbers from 0, in the order "
            "of the labels' names, with -1 or None for UNCERTAIN"
        )
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and (array % 1 != 0).any()):
        raise InputError(
            f"teacher {who!r} returned labels that are no whole numbers, such as "
            f"{array.tolist()[:3]}; expected class numbers, with -1 or None for UNCERTAIN"
        )
    return torch.from_numpy(array.astype(np.int64))


def _single(said: object, who: str) -> object:
    """One label out of what a function of one input said: a number, or something that holds one."""
    if said is None or isinstance(said, int | float | set | frozenset):
        return said
    held = said.detach().cpu().numpy() if isinstance(said, Tensor) else np.asarray(said)
    if held.dtype == np.bool_ and held.ndim == 1 and held.size > 1:
        return frozenset(np.flatnonzero(held).tolist())
    if held.size != 1:
        raise InputError(f"teacher {who!r} returned {said!r} for one input; expected one label")
    return held.item()
