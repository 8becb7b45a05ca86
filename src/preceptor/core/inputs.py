"""A batch of inputs of any kind: the few verbs of whoever passes inputs along.

A kind is a value type for a batch, and a domain. There are two: tensors ``[batch, *shape]`` and
texts. Only domains, attacks, students, teachers, pages and this module look inside.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from preceptor.core.errors import InputError
from preceptor.core.texts import TextDomain, TextRow, Texts

Inputs = Tensor | Texts
"""A batch: a tensor ``[batch, *shape]``, or texts."""

TEXT: Final = "utf8"
"""The dtype of a text."""


@runtime_checkable
class Digest(Protocol):
    """What bytes are fed into, one of hashlib's."""

    def update(self, data: Any, /) -> None: ...


def form(inputs: Inputs) -> tuple[str, str]:
    """The dtype and the shape of each input of a batch, as words: what its bytes mean.

    >>> form(torch.zeros(2, 3, 28, 28)), form(Texts(("a", "b")))
    (('float32', '3,28,28'), ('utf8', ''))
    """
    if isinstance(inputs, Texts):
        return TEXT, ",".join(inputs.fields)
    dtype = str(inputs.dtype).removeprefix("torch.")
    return dtype, ",".join(str(size) for size in inputs.shape[1:])


def pack(inputs: Inputs) -> Iterator[bytes | memoryview]:
    """The bytes of each input: of numbers as they lie in memory, of texts UTF-8.

    Several parts of a text are a JSON array. Nothing is normalised: other bytes, another input.
    """
    if isinstance(inputs, Texts):
        return (_written(row) for row in inputs.rows)
    return (row.data for row in _raw(inputs))


def unpack(dtype: str, shape: str, data: bytes) -> Inputs:
    """The input of these bytes: a tensor ``[*shape]``, or a batch of one text.

    Raises:
        ValueError, RuntimeError: they are not the bytes of such an input.
    """
    if dtype == TEXT:
        fields = tuple(shape.split(",")) if shape else ()
        return Texts((_read(data, fields),), fields)
    kind = getattr(torch, dtype, None)
    sizes = [int(size) for size in shape.split(",") if size]
    if not isinstance(kind, torch.dtype):
        raise ValueError(f"no dtype {dtype!r}")
    if not data:
        return torch.empty(sizes, dtype=kind)
    return torch.frombuffer(bytearray(data), dtype=kind).reshape(sizes)


def unpack_texts(parts: Sequence[bytes], fields: tuple[str, ...]) -> Texts:
    """Texts of what :func:`pack` gave.

    Raises:
        ValueError: other bytes.
    """
    return Texts(tuple(_read(data, fields) for data in parts), fields)


def feed_inputs(digest: Digest, inputs: Inputs) -> None:
    """Feed a batch into a digest: the same whatever portions it comes in."""
    for data in pack(inputs):
        if isinstance(inputs, Texts):
            digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)


def join(parts: Sequence[Inputs]) -> Inputs:
    """One batch out of several of one kind, at least one."""
    if isinstance(parts[0], Texts):
        texts = [part for part in parts if isinstance(part, Texts)]
        rows = tuple(row for part in texts for row in part.rows)
        return Texts(rows, parts[0].fields)
    return torch.cat([part for part in parts if isinstance(part, Tensor)])


def portions(inputs: Inputs, size: int) -> list[Inputs]:
    """The batch in order, ``size`` at a time; none where it is empty."""
    return [inputs[start : start + size] for start in range(0, len(inputs), size)]


def put(inputs: Inputs, rows: Tensor, other: Inputs) -> Inputs:
    """The batch with the inputs of some rows, ``Int64[rows]``, replaced; the batch itself stays."""
    if isinstance(inputs, Texts) and isinstance(other, Texts):
        found = list(inputs.rows)
        for row, new in zip(rows.tolist(), other.rows, strict=True):
            found[row] = new
        return Texts(tuple(found), inputs.fields)
    assert isinstance(inputs, Tensor) and isinstance(other, Tensor)  # noqa: S101, PT018 - one kind
    changed = inputs.clone()
    changed[rows] = other
    return changed


def same_rows(one: Inputs, other: Inputs) -> Bool[Tensor, " batch"]:
    """``Bool[batch]``: where two batches of one length and kind hold the same input."""
    if isinstance(one, Texts) or isinstance(other, Texts):
        return torch.tensor([a == b for a, b in zip(one, other, strict=True)], dtype=torch.bool)
    same = one == other
    return same if same.ndim == 1 else same.flatten(1).all(1)


def finite(inputs: Inputs) -> Bool[Tensor, " batch"]:
    """``Bool[batch]``: where every number is finite; everywhere, for texts."""
    if isinstance(inputs, Texts):
        return torch.ones(len(inputs), dtype=torch.bool)
    return inputs.isfinite().flatten(1).all(1)


def like(moved: object, clean: Inputs) -> Inputs:
    """What an attack returned, if it has the form of the clean inputs; on their device.

    Raises:
        TypeError, ValueError: it has not.
    """
    if isinstance(clean, Texts):
        if not isinstance(moved, Texts):
            raise TypeError(f"it returned {type(moved).__name__}; expected texts")
        if len(moved) != len(clean) or moved.fields != clean.fields:
            raise ValueError(f"it returned {len(moved)} texts with the fields {moved.fields}")
        return moved
    if not isinstance(moved, Tensor):
        raise TypeError(f"it returned {type(moved).__name__}; expected a tensor")
    if moved.shape != clean.shape:
        raise ValueError(
            f"it returned shape {tuple(moved.shape)} for inputs of shape {tuple(clean.shape)}"
        )
    return moved.detach().to(clean, copy=True)


def on_cpu(inputs: Inputs) -> Inputs:
    """As they are kept: float32 on the CPU, or texts."""
    return inputs if isinstance(inputs, Texts) else inputs.detach().cpu().float()


def as_arrays(inputs: Inputs, name: str) -> dict[str, np.ndarray]:
    """A batch as plain arrays for a file: numbers under the name, texts as bytes, ends and fields."""
    if not isinstance(inputs, Texts):
        return {name: inputs.detach().cpu().numpy()}
    parts = [bytes(data) for data in pack(inputs)]
    return {
        f"{name}.utf8": np.frombuffer(b"".join(parts), dtype=np.uint8),
        f"{name}.ends": np.cumsum([len(part) for part in parts], dtype=np.int64),
        f"{name}.fields": np.array(inputs.fields, dtype=str),
    }


def of_arrays(arrays: Mapping[str, np.ndarray], name: str) -> Inputs:
    """The batch that :func:`as_arrays` took apart.

    Raises:
        KeyError, ValueError: it is not there, or the bytes are no texts.
    """
    if name in arrays:
        return torch.from_numpy(arrays[name])
    data = arrays[f"{name}.utf8"].tobytes()
    ends = [0, *arrays[f"{name}.ends"].tolist()]
    fields = tuple(str(one) for one in arrays[f"{name}.fields"])
    return unpack_texts([data[a:b] for a, b in pairwise(ends)], fields)


def in_words(inputs: Inputs, *, values: bool = True) -> str:
    """What a batch is, for a message; with the range of its values or without."""
    if isinstance(inputs, Texts):
        lengths = [sum(map(len, parts)) for parts in inputs.parts] or [0]
        what = f"{len(inputs)} texts" + (f" ({', '.join(inputs.fields)})" if inputs.fields else "")
        return f"a batch of {what} of {min(lengths)} to {max(lengths)} characters"
    dtype = str(inputs.dtype).removeprefix("torch.")
    words = f"a batch of shape {list(inputs.shape)}, {dtype}"
    if not values or not inputs.numel():
        return words
    low, high = (float(end) for end in inputs.detach().float().aminmax())
    return f"{words}, with values from {low:g} to {high:g}"


def need_tensors(inputs: object, what: str, instead: str = "") -> None:
    """Refuse texts where only tensors are understood.

    Args:
        inputs: a batch, or a domain.
        what: does not work with texts: ``preceptor search``.
        instead: what does.

    Raises:
        InputError: they are texts.
    """
    if isinstance(inputs, Texts | TextDomain):
        raise InputError(f"{what} takes arrays of numbers, and these inputs are texts. {instead}")


def _raw(inputs: Tensor) -> np.ndarray:
    """``uint8[batch, bytes]``, without a copy where the inputs lie on the CPU in one piece."""
    flat = inputs.detach().cpu().contiguous()
    flat = flat.flatten(1) if flat.ndim > 1 else flat.unsqueeze(1)
    if flat.numel() == 0:
        return np.empty((len(flat), 0), dtype=np.uint8)
    return flat.view(torch.uint8).numpy()


def _written(row: TextRow) -> bytes:
    if isinstance(row, str):
        return row.encode()
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _read(data: bytes, fields: tuple[str, ...]) -> TextRow:
    text = bytes(data).decode()
    if not fields:
        return text
    parts = json.loads(text)
    if not isinstance(parts, list):
        raise ValueError(f"no array of {len(fields)} texts")
    return tuple(parts)
