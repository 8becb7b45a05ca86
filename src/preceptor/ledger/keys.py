"""The key of an input: a hash over its dtype, its shape and its bytes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from preceptor.core import InputError, LedgerError


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of inputs, seen as questions.

    A *slot* is one question to be put. Identical inputs share a slot, unless the same question
    is to be put several times on purpose.

    Attributes:
        inputs: ``[batch, *shape]``, as handed in but detached.
        keys: the key of each slot.
        rows: the row of ``inputs`` that stands for each slot.
        slots: the slot of each row of ``inputs``.
        ids: the number under which the ledger holds a slot's input, as far as it was looked up.
            Nothing leaves a ledger, so what was found once stays right.
        writes: how often somebody had written into ``inputs`` when the keys were made.
    """

    inputs: Tensor
    keys: Sequence[str]
    rows: Sequence[int]
    slots: Sequence[int]
    ids: dict[int, int] = field(default_factory=dict)
    writes: int | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", _writes(self.inputs))

    @classmethod
    def of(cls, inputs: Tensor, *, merge: bool = True) -> "Batch":
        """The questions of a batch; ``merge`` puts identical inputs into one slot."""
        keys = input_keys(inputs)
        if not merge:
            return cls(inputs.detach(), keys, range(len(keys)), range(len(keys)))
        first: dict[str, int] = {}
        slots = [first.setdefault(key, len(first)) for key in keys]
        rows = [-1] * len(first)
        for row in reversed(range(len(keys))):
            rows[slots[row]] = row
        return cls(inputs.detach(), list(first), rows, slots)

    def ask(self, slots: Sequence[int]) -> Tensor:
        """The inputs of some slots, on the device on which they came."""
        return self.inputs[torch.tensor([self.rows[slot] for slot in slots], dtype=torch.long)]

    def holds(self, inputs: Tensor) -> bool:
        """Whether these are its own inputs, the very tensor, and nobody wrote into it since."""
        writes = _writes(inputs)
        return inputs is self.inputs and writes is not None and writes == self.writes

    def part(self, slots: Sequence[int]) -> "Batch":
        """Some slots as a batch of their own, with what is known of them: nothing is hashed."""
        keys = [self.keys[slot] for slot in slots]
        ids = {i: self.ids[slot] for i, slot in enumerate(slots) if slot in self.ids}
        return Batch(self.ask(slots), keys, range(len(keys)), range(len(keys)), ids)

    def payload(self, slots: Sequence[int]) -> Iterator[tuple[str, str, str, bytes]]:
        """Key, dtype, shape and bytes of some slots, as they are stored."""
        inputs = self.ask(slots)
        dtype, shape = _form(inputs)
        for slot, row in zip(slots, _bytes(inputs), strict=True):
            yield self.keys[slot], dtype, shape, row.tobytes()


def windows(slots: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The slots in order, ``size`` at a time."""
    for start in range(0, len(slots), size):
        yield slots[start : start + size]


def input_keys(inputs: Tensor) -> list[str]:
    """One key for each of ``[batch, *shape]``: 64 hexadecimal digits of SHA-256.

    Raises:
        InputError: not a tensor with a batch axis.
    """
    if not isinstance(inputs, Tensor) or inputs.ndim == 0:
        raise InputError(
            f"a teacher is asked a batch of inputs, a tensor [batch, *shape]; got "
            f"{'a tensor without axes' if isinstance(inputs, Tensor) else type(inputs).__name__}"
        )
    head = _head(*_form(inputs))
    return [_digest(head, row.data) for row in _bytes(inputs)]


def stored_key(dtype: str, shape: str, data: bytes) -> str:
    """The key of an input as it is stored."""
    return _digest(_head(dtype, shape), data)


def restore(dtype: str, shape: str, data: bytes) -> Tensor:
    """The input ``[*shape]`` of these bytes.

    Raises:
        LedgerError: they are not the bytes of such an input.
    """
    kind = getattr(torch, dtype, None)
    sizes = [int(size) for size in shape.split(",") if size]
    try:
        if not isinstance(kind, torch.dtype):
            raise RuntimeError(f"no dtype {dtype!r}")
        if not data:
            return torch.empty(sizes, dtype=kind)
        return torch.frombuffer(bytearray(data), dtype=kind).reshape(sizes)
    except (RuntimeError, ValueError) as error:
        raise LedgerError(
            f"an input of dtype {dtype}, shape [{shape}] and {len(data)} bytes cannot be "
            f"restored ({error}); run 'preceptor ledger check' on a copy of the ledger"
        ) from error


def _writes(inputs: Tensor) -> int | None:
    """PyTorch's own count of writes in place; ``None`` where it keeps none."""
    return None if inputs.is_inference() else inputs._version


def _form(inputs: Tensor) -> tuple[str, str]:
    dtype = str(inputs.dtype).removeprefix("torch.")
    return dtype, ",".join(str(size) for size in inputs.shape[1:])


def _bytes(inputs: Tensor) -> np.ndarray:
    """``uint8[batch, bytes]``, without a copy where the inputs lie on the CPU in one piece."""
    flat = inputs.detach().cpu().contiguous()
    flat = flat.flatten(1) if flat.ndim > 1 else flat.unsqueeze(1)
    if flat.numel() == 0:
        return np.empty((len(flat), 0), dtype=np.uint8)
    return flat.view(torch.uint8).numpy()


def _head(dtype: str, shape: str) -> bytes:
    return f"{dtype}[{shape}]".encode()


def _digest(head: bytes, data: bytes | memoryview) -> str:
    digest = hashlib.sha256(head)
    digest.update(data)
    return digest.hexdigest()
