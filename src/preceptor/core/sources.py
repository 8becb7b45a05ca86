"""Sources: arrays in memory or mapped from disk."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

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

    Raises:
        InputError: no items, shapes that clash, ids that repeat, or numbers that float32 cannot
            hold.
    """

    inputs: np.ndarray | Tensor
    domain: Domain
    ids: Sequence[str] = field(default=())
    name: str = "data"

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
        if len(set(self.ids)) != len(self.ids):
            twice, times = Counter(self.ids).most_common(1)[0]
            raise InputError(f"ids must be unique; {twice!r} stands {times} times")
        check_float32(self.inputs, self.name, self.domain.names)

    def __len__(self) -> int:
        return len(self.inputs)

    def read(self, start: int, stop: int) -> Tensor:
        """Items ``start .. stop - 1`` as ``Float32[batch, *shape]`` on the CPU."""
        return read_rows(self.inputs, start, stop)


def read_rows(array: np.ndarray | Tensor, start: int, stop: int) -> Tensor:
    """Rows ``start .. stop - 1`` as ``Float32[batch, *shape]`` on the CPU.

    Numpy rows are copied: memory-mapped ones cannot be written, which torch does not like.
    """
    rows = array[start:stop]
    if isinstance(rows, Tensor):
        return rows.detach().to("cpu", torch.float32)
    return torch.from_numpy(np.array(rows, dtype=np.float32))
