"""An input by what it is."""

import hashlib
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from preceptor.core.inputs import Inputs
from preceptor.core.texts import TextRow, Texts


def input_key(value: Tensor | TextRow) -> bytes:
    """The hash of one input by content: of ``[*shape]``, shape and bytes as float32, where -0 counts
    as 0; of a text, its characters.
    """
    if isinstance(value, str | tuple):
        parts = [part.encode() for part in (value if isinstance(value, tuple) else (value,))]
        lengths = " ".join(str(len(part)) for part in parts)
        return hashlib.sha256(f"utf8 {lengths} ".encode() + b"".join(parts)).digest()
    array = np.ascontiguousarray(value.detach().to("cpu", torch.float32).numpy() + 0.0)
    return hashlib.sha256(f"float32 {array.shape} ".encode() + array.tobytes()).digest()


def shape_of(inputs: np.ndarray | Inputs) -> tuple[int | str, ...]:
    """What the inputs of a batch have in common: ``shape``; of texts the fields, behind ``text``."""
    if isinstance(inputs, Texts):
        return ("text", *inputs.fields)
    return tuple(inputs.shape[1:])


def values_of(inputs: np.ndarray | Inputs) -> Iterable[Tensor | TextRow]:
    """Each input of a batch, as :func:`input_key` takes it: numbers as float32.

    Raises:
        TypeError, ValueError: they are no numbers.
    """
    if isinstance(inputs, Texts):
        return inputs.rows
    if isinstance(inputs, Tensor):
        return inputs.detach().to("cpu", torch.float32)
    return torch.as_tensor(np.asarray(inputs, dtype=np.float32))
