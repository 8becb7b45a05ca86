"""Sources: arrays in memory or mapped from disk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core.domain import Domain
from preceptor.core.errors import InputError
from preceptor.core.precision import check_float32


@dataclass(frozen=True, eq=False)
class ArraySource:
    """Items that lie in one array: numpy (memory-mapped too) or torch.

    Attributes:
        inputs: ``[items, *shape]``, any real dtype; read as float32, a batch at a time.
        domain: which inputs are valid; its shape must be the items' shape.
        ids: one unique id for each item; the row numbers unless given.
        name: as it stands in the record.
        columns: what else is known of each item, by name, such as its condition: it travels into
            the record, whose tables can be split by it.

    Raises:
        InputError: no items, shapes that clash, ids that repeat, a column of another length, or
            numbers that float32 cannot hold.
    """

    inputs: np.ndarray | Tensor
    domain: Domain
    ids: Sequence[str] = field(default=())
    name: str = "data"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.inputs.ndim < 2 or len(self.inputs) == 0:
            raise InputError(
                f"the data have shape {tuple(self.inputs.shape)}: there is nothing to audit. "
                "Expected [items, *shape] with at least one item."
            )
        if tuple(self.inputs.shape[1:]) != self.domain.shape:
            raise InputError(
                f"the items have shape {tuple(self.inputs.shape[1:])}, the domain {self.domain.shape}"
            )
        if not self.ids:
            object.__setattr__(self, "ids", tuple(str(i) for i in range(len(self.inputs))))
        if len(self.ids) != len(self.inputs):
            raise InputError(f"{len(self.ids)} ids for {len(self.inputs)} items")
        check_items(self.ids, self.columns)
        check_float32(self.inputs, self.name, self.domain.names)

    def __len__(self) -> int:
        return len(self.inputs)

    def read(self, start: int, stop: int) -> Tensor:
        """Items ``start .. stop - 1`` as ``Float32[batch, *shape]`` on the CPU."""
        return read_rows(self.inputs, start, stop)


ID_BYTES: Final = 16


@dataclass(frozen=True, eq=False)
class IdSource:
    """Items of which nothing is there but their ids: what was said of them was recorded elsewhere.

    In place of an input stands a digest of the id, so that whoever looks answers up by input finds
    them. Nothing can be moved: whoever is asked about another digest knows nothing of it.

    Attributes:
        ids: one unique id for each item.
        name: as it stands in the record.
        columns: as of an :class:`ArraySource`.

    Raises:
        InputError: no items, ids that repeat, or a column of another length.
    """

    ids: Sequence[str]
    name: str = "items"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.ids:
            raise InputError("there are no items: nothing was said of anything")
        check_items(self.ids, self.columns)

    @property
    def domain(self) -> Domain:
        """Of the digests."""
        return Domain((ID_BYTES,), 0.0, 255.0)

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, start: int, stop: int) -> Tensor:
        """The digests that stand for items ``start .. stop - 1``, ``Float32[batch, 16]``."""
        return id_inputs(self.ids[start:stop])


def id_inputs(ids: Sequence[str]) -> Tensor:
    """The digests that stand for ids, ``Float32[ids, 16]``, whole numbers from 0 to 255."""
    digests = [blake2b(item.encode(), digest_size=ID_BYTES).digest() for item in ids]
    flat = np.frombuffer(b"".join(digests), np.uint8).astype(np.float32)
    return torch.from_numpy(flat.reshape(len(ids), ID_BYTES))


def check_items(ids: Sequence[str], columns: Mapping[str, Sequence[str]]) -> None:
    """See that ids are unique and that every column has a cell for each.

    Raises:
        InputError: they are not, or it has not.
    """
    if len(set(ids)) != len(ids):
        twice, times = Counter(ids).most_common(1)[0]
        raise InputError(f"ids must be unique; {twice!r} stands {times} times")
    for name, cells in columns.items():
        if len(cells) != len(ids):
            raise InputError(f"column {name!r} has {len(cells)} cells for {len(ids)} items")


def read_rows(array: np.ndarray | Tensor, start: int, stop: int) -> Tensor:
    """Rows ``start .. stop - 1`` as ``Float32[batch, *shape]`` on the CPU.

    Numpy rows are copied: memory-mapped ones cannot be written, which torch does not like.
    """
    rows = array[start:stop]
    if isinstance(rows, Tensor):
        return rows.detach().to("cpu", torch.float32)
    return torch.from_numpy(np.array(rows, dtype=np.float32))
