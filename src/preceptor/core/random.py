"""Random streams: one for each role and item, so that nothing else changes anyone's draws."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor


def generator(seed: int, *names: str) -> np.random.Generator:
    """The stream of this seed and these names, independent of every other."""
    digest = hashlib.sha256("\x1f".join([str(seed), *names]).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


class _Stream:
    """A stream that is made when something is drawn: many are asked for and few are used."""

    __slots__ = ("_made", "_names", "_seed")

    def __init__(self, seed: int, *names: str) -> None:
        self._seed, self._names = seed, names
        self._made: np.random.Generator | None = None

    def __call__(self) -> np.random.Generator:
        if self._made is None:
            self._made = generator(self._seed, *self._names)
        return self._made


class ItemRng:
    """A batch of random streams, one for each item.

    Item ``i`` draws from its own stream, so its draws do not depend on which other items are in
    the batch, how large the batch is, or on which device the result lands.

    Args:
        generators: one numpy generator for each row of the batch.
    """

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self._streams: Sequence[Callable[[], np.random.Generator]]
        self._streams = [partial(_same, one) for one in generators]

    @classmethod
    def named(cls, seed: int, role: str, ids: Sequence[str]) -> "ItemRng":
        """The streams of ``role`` for the items with these ids."""
        return cls._of([_Stream(seed, role, item) for item in ids])

    @classmethod
    def _of(cls, streams: Sequence[Callable[[], np.random.Generator]]) -> "ItemRng":
        found = cls(())
        found._streams = streams
        return found

    @property
    def generators(self) -> list[np.random.Generator]:
        """One for each row."""
        return [stream() for stream in self._streams]

    def __len__(self) -> int:
        return len(self._streams)

    def take(self, rows: Tensor) -> "ItemRng":
        """The streams of some rows, by index ``Int64[rows]`` or by mask ``Bool[batch]``.

        They stay shared, not copied.
        """
        where = rows.nonzero()[:, 0] if rows.dtype == torch.bool else rows
        return ItemRng._of([self._streams[i] for i in where.tolist()])

    def uniform(self, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> Tensor:
        """``Float32[batch, *shape]``, uniform in ``[low, high)``, on the CPU."""
        draws = [g.random(tuple(shape), dtype=np.float32) for g in self.generators]
        return low + (high - low) * self._stack(draws, shape)

    def normal(self, shape: Sequence[int]) -> Tensor:
        """``Float32[batch, *shape]``, standard normal, on the CPU."""
        draws = [g.standard_normal(tuple(shape), dtype=np.float32) for g in self.generators]
        return self._stack(draws, shape)

    def integers(self, high: int, shape: Sequence[int] = ()) -> Tensor:
        """``Int64[batch, *shape]``, uniform in ``0 .. high - 1``, on the CPU."""
        draws = [np.asarray(g.integers(high, size=tuple(shape))) for g in self.generators]
        if not draws:
            return torch.empty((0, *shape), dtype=torch.int64)
        return torch.from_numpy(np.stack(draws).astype(np.int64))

    def _stack(self, draws: list[np.ndarray], shape: Sequence[int]) -> Tensor:
        if not draws:
            return torch.empty((0, *shape))
        return torch.from_numpy(np.stack(draws).astype(np.float32))


def _same(one: np.random.Generator) -> np.random.Generator:
    return one
