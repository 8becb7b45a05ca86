"""A plain function as a student."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, InputError, Inputs, TableDomain, Texts
from preceptor.core.inputs import portions
from preceptor.core.said_words import labels_of
from preceptor.core.table_frames import frame_of
from preceptor.students.logits import Kind, check_classes, plain_decisions, read_outputs
from preceptor.students.preprocessing import FunctionBehind
from preceptor.students.vocabulary import PLAIN, Vocabulary

LABEL_LOGIT: Final = 10.0
"""A label is written as this logit for its class and 0 for the others, an abstention as zeros."""


class FunctionStudent:
    """A function of a batch that gives labels, probabilities or logits.

    A function that gives labels may abstain with ``-1`` or ``None``: its logits are then equal for
    all classes, which :meth:`decide` reads as ``ABSTAINED``.

    Args:
        function: takes ``Float[batch, *shape]``, or a list of texts, and returns ``batch`` labels (tensor, array or
            list) or ``[batch, classes]`` probabilities or logits; one number for each input then
            stands for two classes. It is not called for an empty batch. Unless ``differentiable``
            it gets a copy that it may change.
        classes: the number of classes.
        kind: what it returns.
        name: as it stands in the record; the function's own unless given.
        differentiable: whether gradients flow from what it returns to its argument.
        arrays: whether it takes numpy arrays rather than torch tensors.
        device: where the tensors it takes lie.
        vocabulary: what labels stand for that are no whole numbers from 0.
        batch: how many inputs it is given at a time; all that there are unless said.
        table: what an input means, if the function takes a DataFrame of rows.

    Raises:
        InputError: gradients asked of labels or arrays, or fewer than two classes.
    """

    def __init__(
        self,
        function: Callable[[Any], object],
        *,
        classes: int,
        kind: Kind = "labels",
        name: str | None = None,
        differentiable: bool = False,
        arrays: bool = False,
        device: str | torch.device = "cpu",
        vocabulary: Vocabulary = PLAIN,
        batch: int | None = None,
        table: TableDomain | None = None,
    ) -> None:
        self.name = name if name is not None else str(getattr(function, "__name__", "function"))
        if differentiable and (kind == "labels" or arrays):
            raise InputError(
                f"student {self.name!r} cannot be differentiable: gradients flow through tensors "
                "of logits or probabilities, not through labels or numpy arrays"
            )
        self.function = function
        self.classes = check_classes(classes, self.name)
        self.kind = kind
        self.differentiable = differentiable
        self.arrays = arrays
        self.device = torch.device(device)
        self.vocabulary = vocabulary
        self.batch = batch
        self.table = table

    def __call__(self, inputs: Inputs) -> Float[Tensor, "batch classes"]:
        """Logits, on the student's device.

        Raises:
            InputError: the function returned something else than it was said to.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes, device=self.device)
        parts = portions(inputs.to(self.device), self.batch or len(inputs))
        return torch.cat([self._read(part) for part in parts])

    def _read(self, inputs: Inputs) -> Tensor:
        """The logits of one call."""
        outputs = call(self.function, inputs, self.arrays, self.differentiable, self.table)
        if self.kind == "labels":
            said = read_labels(outputs, len(inputs), self.classes, self.name, self.vocabulary)
            return self._write(said)
        if not isinstance(outputs, Tensor):
            array = as_array(outputs, self.name)
            if array.dtype.kind in "USO":
                raise InputError(f"student {self.name!r} returned words; expected {self.kind}")
            outputs = torch.as_tensor(array)
        logits = read_outputs(outputs, len(inputs), self.classes, self.kind, self.name)
        return logits.to(self.device)

    @property
    def preprocessing(self) -> str:
        """What the function meets inputs behind; empty for nothing."""
        given = self.function
        return given.preprocessing.words if isinstance(given, FunctionBehind) else ""

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class; ``ABSTAINED`` for a label function's abstention; ``BROKEN`` where the
        logits are not finite.
        """
        labels = plain_decisions(logits)
        if self.kind != "labels":
            return labels
        level = (logits == logits[:, :1]).all(1) & logits.isfinite().all(1)
        return torch.where(level, ABSTAINED, labels)

    def _write(self, labels: Tensor) -> Tensor:
        return write_labels(labels, self.classes).to(self.device)

    def __repr__(self) -> str:
        return f"FunctionStudent({self.name!r}, classes={self.classes}, kind={self.kind!r})"


def call(
    function: Callable[[Any], object],
    inputs: Inputs,
    arrays: bool,
    differentiable: bool,
    table: TableDomain | None = None,
) -> object:
    """What a function says of a batch: it gets a copy, unless gradients must flow; of texts a list."""
    if isinstance(inputs, Texts):
        with torch.no_grad():
            return function(list(inputs))
    if table is not None:
        with torch.no_grad():
            return labels_of(function(frame_of(table, inputs)), ())
    if differentiable:
        return function(inputs)
    with torch.no_grad():
        copied = inputs.detach().clone()
        return function(copied.cpu().numpy() if arrays else copied)


def write_labels(labels: Int64[Tensor, " batch"], classes: int) -> Float[Tensor, "batch classes"]:
    """Logits of labels: ``LABEL_LOGIT`` for the label's class, 0 for others and for ``-1``."""
    logits = torch.zeros(len(labels), classes)
    rows = (labels >= 0).nonzero()[:, 0]
    logits[rows, labels[rows]] = LABEL_LOGIT
    return logits


def read_labels(
    outputs: object, batch: int, classes: int, who: str, vocabulary: Vocabulary = PLAIN
) -> Int64[Tensor, " batch"]:
    """Labels as ``Int64[batch]`` on the CPU, ``-1`` for an abstention.

    Raises:
        InputError: not one label for each input, or one outside the classes.
    """
    array = as_array(outputs, who)
    if array.shape != (batch,):
        raise InputError(
            f"student {who!r} returned labels of shape {array.shape} for {batch} inputs; "
            f"expected ({batch},)"
        )
    if array.dtype.kind in "USO" or vocabulary.labels:
        array = _looked_up(array, classes, who, vocabulary)
    labels = torch.as_tensor(array)
    whole = labels.to(torch.int64)
    if bool(((whole != labels) | (whole < -1) | (whole >= classes)).any()):
        raise InputError(
            f"student {who!r} returned labels such as {labels.tolist()[:5]}; expected whole "
            f"numbers 0 .. {classes - 1}, or -1 or None where it abstains. If its labels are "
            f"others, say them in the teacher's order: {who}:labels=CLASS/CLASS/... on the command "
            "line, labels=[...] in Python"
        )
    return whole


def _looked_up(array: np.ndarray, classes: int, who: str, vocabulary: Vocabulary) -> np.ndarray:
    """Whole numbers for the words of a student; ``-1`` stays, unless it is one of the words."""
    words = sorted(set(array.tolist()), key=str)
    own = [word for word in words if str(word) != "-1" or "-1" in vocabulary.labels]
    places = dict(zip(own, vocabulary.read(own, who, classes), strict=True))
    return np.array([places.get(word, -1) for word in array.tolist()], dtype=np.int64)


def as_array(outputs: object, who: str) -> np.ndarray:
    """Outputs as a numpy array; ``None`` in a list becomes ``-1``.

    Raises:
        InputError: no array of numbers or words.
    """
    if isinstance(outputs, list | tuple):
        outputs = [-1 if item is None else item for item in outputs]
    try:
        array = (
            outputs.detach().cpu().numpy() if isinstance(outputs, Tensor) else np.asarray(outputs)
        )
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"student {who!r} returned a {type(outputs).__name__} that is no array of numbers: "
            f"{error}"
        ) from error
    if array.dtype.kind not in "biufUSO" or (array.dtype.kind == "O" and not _words(array)):
        raise InputError(
            f"student {who!r} returned a {type(outputs).__name__} that is no array of numbers, nor "
            "of one word for each input"
        )
    return array


def _words(array: np.ndarray) -> bool:
    return all(isinstance(item, str | int | float) for item in array.flat)
