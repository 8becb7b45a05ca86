"""Pictures of whole-numbered pixels as a source of values from 0 to 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from preceptor.core import Domain, InputError


@runtime_checkable
class Pixels(Protocol):
    """Pictures ``[items, channels, height, width]``, as an array or read when they are needed."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class PictureSource:
    """Pictures whose pixels are whole numbers; their values are shares of white, from 0 to 1.

    Attributes:
        pixels: ``[items, channels, height, width]``, 8 or 16 bits, unsigned.
        domain: of values from 0 to 1.
        ids: one unique id for each picture.
        name: as it stands in the record.
        columns: what else is known of each picture.

    Raises:
        InputError: ids that repeat, or another number of ids or cells than of pictures.
    """

    pixels: Pixels
    domain: Domain
    ids: Sequence[str]
    name: str = "data"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.ids)) != len(self.ids):
            raise InputError(f"the ids of the pictures in {self.name!r} are not unique")
        for what, given in {"ids": self.ids, **self.columns}.items():
            if len(given) != len(self.pixels):
                raise InputError(f"{len(given)} {what} for {len(self.pixels)} pictures")

    @property
    def white(self) -> int:
        """The pixel that stands for 1."""
        return int(np.iinfo(self.pixels.dtype).max)

    def __len__(self) -> int:
        return len(self.pixels)

    def read(self, start: int, stop: int) -> Tensor:
        """Pictures ``start .. stop - 1`` as ``Float32[batch, channels, height, width]`` on the CPU."""
        rows = np.asarray(self.pixels[start:stop]).astype(np.float32)
        return torch.from_numpy(rows / np.float32(self.white))
