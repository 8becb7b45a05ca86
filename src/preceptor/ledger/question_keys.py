"""A batch of inputs as questions, each known by its key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from preceptor.asking.keys import input_keys
from preceptor.core import Inputs, LedgerError, Texts
from preceptor.core.inputs import form, pack, unpack


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of inputs, seen as questions.

    A *slot* is one question to be put. Identical inputs share a slot, unless the same question
    is to be put several times on purpose.

    Attributes:
        inputs: as handed in, but detached.
        keys: the key of each slot.
        rows: the row of ``inputs`` that stands for each slot.
        slots: the slot of each row of ``inputs``.
        ids: the number under which the ledger holds a slot's input, as far as it was looked up.
            Nothing leaves a ledger, so what was found once stays right.
        writes: how often somebody had written into ``inputs`` when the keys were made.
    """

    inputs: Inputs
    keys: Sequence[str]
    rows: Sequence[int]
    slots: Sequence[int]
    ids: dict[int, int] = field(default_factory=dict)
    writes: int | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", _writes(self.inputs))

    @classmethod
    def of(
        cls, inputs: Inputs, *, merge: bool = True, keys: Sequence[str] | None = None
    ) -> "Batch":
        """The questions of a batch; ``merge`` puts identical inputs into one slot.

        With ``keys`` given, nothing is hashed.
        """
        keys = input_keys(inputs) if keys is None else keys
        if not merge:
            return cls(inputs.detach(), keys, range(len(keys)), range(len(keys)))
        first: dict[str, int] = {}
        slots = [first.setdefault(key, len(first)) for key in keys]
        rows = [-1] * len(first)
        for row in reversed(range(len(keys))):
            rows[slots[row]] = row
        return cls(inputs.detach(), list(first), rows, slots)

    def ask(self, slots: Sequence[int]) -> Inputs:
        """The inputs of some slots, on the device on which they came."""
        return self.inputs[torch.tensor([self.rows[slot] for slot in slots], dtype=torch.long)]

    def holds(self, inputs: Inputs) -> bool:
        """Whether these are its own inputs, the very object, and nobody wrote into it since."""
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
        dtype, shape = form(inputs)
        for slot, data in zip(slots, pack(inputs), strict=True):
            yield self.keys[slot], dtype, shape, bytes(data)


def windows(slots: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The slots in order, ``size`` at a time."""
    for start in range(0, len(slots), size):
        yield slots[start : start + size]


def restore(dtype: str, shape: str, data: bytes) -> Inputs:
    """The input of these bytes: a tensor ``[*shape]``, or a batch of one text.

    Raises:
        LedgerError: they are not the bytes of such an input.
    """
    try:
        return unpack(dtype, shape, data)
    except (RuntimeError, ValueError) as error:
        raise LedgerError(
            f"an input of dtype {dtype}, shape [{shape}] and {len(data)} bytes cannot be "
            f"restored ({error}); run 'preceptor ledger check' on a copy of the ledger"
        ) from error


def _writes(inputs: Inputs) -> int | None:
    """PyTorch's own count of writes in place; ``None`` where it keeps none. Texts never change."""
    if isinstance(inputs, Texts):
        return 0
    return None if inputs.is_inference() else inputs._version
