"""How far the attacks moved the inputs."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from preceptor.audit import Record
from preceptor.core import generator
from preceptor.distances import GRID, compare
from preceptor.outcome.wording import number
from preceptor.report.gallery import MEASURES, bounds, is_image, shape

SAMPLE: Final = 40
"""At most so many items of an attack for the distances between images."""

_SECONDS, _EACH, _LEAST = 5.0, 0.065, 8
"""What all Wasserstein distances together may take, and what one takes at full grid (measured on
one core); but no sample is smaller than the last."""


@dataclass(frozen=True)
class MedianRange:
    """A median, and the range of the middle 90 %.

    Attributes:
        median: as text.
        range: as text; empty where nothing was measured.
    """

    median: str
    range: str


@dataclass(frozen=True)
class DistanceRow:
    """One attack: l_0, l_1, l_2, l_inf over all its items; Wasserstein and SSIM over a sample.

    Attributes:
        name: of the attack.
        items: that it did not fail on.
        cells: the four norms.
        images: the two others; empty for vectors.
    """

    name: str
    items: int
    cells: tuple[MedianRange, ...]
    images: tuple[MedianRange, ...]


@dataclass(frozen=True)
class DistanceTable:
    """The table, and how the images were sampled.

    Attributes:
        lines: one for each attack.
        sample: images at most of each attack; 0 for vectors.
        off_by: the most by which a Wasserstein distance may be off, in pixels.
        headings: of the columns of measures.
    """

    lines: tuple[DistanceRow, ...]
    sample: int
    off_by: float
    headings: tuple[str, ...] = ()


def spread(record: Record) -> DistanceTable:
    """Medians and 90 % ranges of the distances that each attack moved its inputs."""
    size = _sample(record) if is_image(record) else 0
    lines, off_by = [], 0.0
    for i, (attack, said) in enumerate(zip(record.attacks, record.moved, strict=True)):
        rows = np.flatnonzero(~said.failed.numpy())
        values = said.distances.numpy()[rows]
        images: tuple[MedianRange, ...] = ()
        if size and len(rows):
            images, off_by = _images(record, i, rows, size)
        cells = tuple(_cell(values[:, column]) for column in range(values.shape[1]))
        lines.append(DistanceRow(attack["name"], len(rows), cells, images))
    headings = tuple(MEASURES[name] for name in record.measures)
    return DistanceTable(tuple(lines), size, off_by, headings)


def _sample(record: Record) -> int:
    height, width = shape(record)[1:]
    block = max(1, -(-max(height, width) // GRID))
    share = (-(-height // block)) * (-(-width // block)) / GRID**2
    affordable = int(_SECONDS / (_EACH * share**2) / max(1, len(record.moved)))
    return min(SAMPLE, max(_LEAST, affordable), len(record.ids))


def _images(
    record: Record, attack: int, rows: np.ndarray, size: int
) -> tuple[tuple[MedianRange, ...], float]:
    rng = generator(record.facts["plan"]["seed"], "report", record.attacks[attack]["name"])
    chosen = np.sort(rng.choice(rows, size=min(size, len(rows)), replace=False)).tolist()
    low, high = bounds(record)
    pairs = zip(record.inputs(0, chosen), record.inputs(attack + 1, chosen), strict=True)
    found = [compare(a, b, low=float(low.min()), high=float(high.max())) for a, b in pairs]
    columns = ([one.wasserstein for one in found], [one.ssim for one in found])
    kept = [np.array([v for v in column if v is not None]) for column in columns]
    return tuple(map(_cell, kept)), max(one.wasserstein_off_by or 0.0 for one in found)


def _cell(values: np.ndarray) -> MedianRange:
    if not len(values):
        return MedianRange(number(None), "")
    low, middle, high = np.quantile(values.astype(np.float64), [0.05, 0.5, 0.95]).tolist()
    if low == high:
        return MedianRange(number(middle), "always")
    return MedianRange(number(middle), f"{number(low)} to {number(high)}")
