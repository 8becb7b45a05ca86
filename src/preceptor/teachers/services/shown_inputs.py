"""Inputs as a service is shown them: texts as they are, pictures as PNG, rows of a table as lines."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from preceptor.core import AnySource, InputError, Inputs, Texts
from preceptor.core.shown_rows import shown_row

CHANNELS: Final = (1, 3, 4)


@dataclass(frozen=True)
class SentInput:
    """One input, as it is shown.

    Attributes:
        text: a text, or a row as lines ``name: value``; empty for a picture.
        image: a picture as a PNG data URL; empty for the others.
        row: a row's cells by name, as text; of a text with several parts, its parts.
    """

    text: str
    image: str = ""
    row: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes, as far as they make tokens: of a picture none."""
        return len(self.text.encode())


@dataclass(frozen=True)
class Show:
    """How inputs are shown; part of a teacher's version.

    Attributes:
        domain: of the inputs, as it describes itself; empty where it is not known: then tensors with
            channels, height and width are pictures of values from 0 to 1, and others are rows.
        enlarge: each pixel of a picture becomes so many by so many.
    """

    domain: Mapping[str, Any] = field(default_factory=dict)
    enlarge: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.enlarge <= 64:
            raise InputError(f"enlarge = {self.enlarge}: expected a whole number from 1 to 64")

    @classmethod
    def of(cls, source: AnySource, enlarge: int = 1) -> "Show":
        """For the inputs of a source."""
        return cls(source.domain.describe(), enlarge)

    def decides(self) -> str:
        """All that decides how an input looks, as text."""
        if self.domain.get("kind") == "texts":
            return "texts"
        parts = {name: self.domain.get(name) for name in ("kind", "shape", "low", "high", "names")}
        columns = [
            {
                key: value
                for key, value in column.items()
                if key in ("name", "kind", "words", "dtype")
            }
            for column in self.domain.get("columns", ())
        ]
        if not self.domain:
            return "texts"
        if self.pictures(tuple(self.domain["shape"])):
            ends = [float(np.min(self.domain["low"])), float(np.max(self.domain["high"]))]
            return json.dumps(["png", list(self.domain["shape"]), ends, self.enlarge])
        return json.dumps([parts["shape"], parts["names"], columns], default=str)

    def pictures(self, shape: tuple[int, ...]) -> bool:
        """Whether inputs of this shape are shown as pictures."""
        return len(shape) == 3 and shape[0] in CHANNELS and self.domain.get("kind") != "table"

    def each(self, inputs: Inputs) -> list[SentInput]:
        """The inputs of a batch.

        Raises:
            InputError: numbers that are not finite.
        """
        if isinstance(inputs, Texts):
            return [_text(parts, inputs.fields) for parts in inputs.parts]
        batch = inputs.detach().cpu().float()
        if not bool(batch.isfinite().all()):
            raise InputError("an input holds numbers that are not finite, which nothing can show")
        if self.pictures(tuple(batch.shape[1:])):
            return [SentInput("", self._png(one)) for one in batch]
        return [self._row(one) for one in batch]

    def _png(self, picture: Tensor) -> str:
        """PNG, 8 bits a channel: the domain's low is 0, its high 255, what lies between rounded."""
        low = float(np.min(self.domain.get("low", 0.0)))
        high = float(np.max(self.domain.get("high", 1.0)))
        levels = ((picture - low) / (high - low)).clamp(0, 1).mul(255).round().to(torch.uint8)
        array = levels.numpy()
        if self.enlarge > 1:
            array = array.repeat(self.enlarge, 1).repeat(self.enlarge, 2)
        flat = array[0] if len(array) == 1 else np.moveaxis(array, 0, -1)
        held = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(flat)).save(held, "PNG")
        return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()

    def _row(self, row: Tensor) -> SentInput:
        domain = self.domain or {"names": [], "shape": list(row.shape), "low": 0.0, "high": 1.0}
        cells = shown_row(domain, row.numpy())
        lines = [f"{cell.name}: {cell.text}" for cell in cells]
        return SentInput("\n".join(lines), row={cell.name: cell.text for cell in cells})


def _text(parts: tuple[str, ...], fields: tuple[str, ...]) -> SentInput:
    if not fields:
        return SentInput(parts[0])
    named = dict(zip(fields, parts, strict=True))
    return SentInput("\n".join(f"{name}: {part}" for name, part in named.items()), row=named)
