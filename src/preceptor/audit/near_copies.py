"""Items that are alike: copies, and near copies, are no independent sample of anything.

An interval or a bet takes items to be drawn independently. Five near copies of one picture stand or
fall together, and count as five. What "near" means is read off the data: an item is a near copy if its
nearest neighbour is far nearer than the next ones let expect. Were items spread smoothly around it, in
``D`` dimensions, the ratio of the distances to the first and to the tenth neighbour would be below ``t``
with probability ``1 - (1 - t**D)**9``; ``D`` is estimated from the neighbours 10 to 40 (Levina & Bickel
2004, *Maximum likelihood estimation of intrinsic dimension*). A near copy has a ratio below a tenth and
that improbable. In a table ``D`` is at most the number of columns with many values, none of them frequent
(rows that are 0 in all columns but one are near by chance), each in units of its spread; copies to the bit
are no sign where columns have so few values that chance makes them.
"""

from collections import Counter
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.audit.sanity import Finding
from preceptor.core import AnySource, TextDomain, generator
from preceptor.core.text_words import words_of

LEAST_ITEMS: Final = 100
QUERIES: Final = 256
MOST_ITEMS: Final = 100_000
DIMENSIONS: Final = 64
"""To so many, inputs are projected at random; distances change by a few per cent."""

NEAR: Final = 0.1
IMPROBABLE: Final = 0.001
MANY: Final = 50
"""Values that a column of a table has at least, to count as a dimension."""

FREQUENT: Final = 0.1
"""The share of rows that none of these values has."""

SHARE: Final = 0.05
"""Of the items looked at, from which it is a finding."""

_NEXT, _LAST = 10, 40
_MORE_THAN_CHANCE: Final = 20
_ROWS: Final = 256


def check_alike(source: AnySource) -> list[Finding]:
    """Items that have copies or near copies among the others; of few items nothing is said."""
    n = min(len(source), MOST_ITEMS)
    if n < LEAST_ITEMS:
        return []
    if isinstance(source.domain, TextDomain):
        return _check_texts(source, n)
    points, collisions, most = _points(source, n)
    chosen = generator(0, "alike").permutation(n)[:QUERIES]
    # by differences, since products of large numbers lose the small ones
    exactly = "donot_use_mm_for_euclid_dist"
    distances = torch.cdist(points[chosen], points, compute_mode=exactly)
    distances[torch.arange(len(chosen)), torch.from_numpy(chosen)] = torch.inf
    exact = int((distances.amin(1) == 0).sum())
    near = _near(distances.numpy(), most)
    found = []
    if exact >= SHARE * len(chosen) and exact > _MORE_THAN_CHANCE * collisions * len(chosen):
        found.append(_finding("copied-items", exact, len(chosen), "exact copies"))
    if near >= SHARE * len(chosen):
        found.append(_finding("near-copies", near, len(chosen), "near copies"))
    return found


def _check_texts(source: AnySource, n: int) -> list[Finding]:
    """Texts that are the same but for case, spaces and punctuation: copies of one another."""
    plain = [" ".join(words_of(" ".join(parts).casefold())) for parts in source.read(0, n).parts]
    times = Counter(plain)
    copied = sum(times[one] > 1 for one in plain)
    if copied < SHARE * n:
        return []
    return [_finding("copied-items", copied, n, "copies (but for case and spaces)")]


def _points(source: AnySource, n: int) -> tuple[Tensor, float, float]:
    """``Float[items, dimensions]``; how many others an item equals by chance alone, were its columns
    independent; and in how many dimensions items may be spread.
    """
    width = int(np.prod(source.domain.shape))
    turn = None
    if width > DIMENSIONS:
        drawn = generator(0, "alike", "turn").standard_normal((width, DIMENSIONS))
        turn = torch.from_numpy(drawn.astype(np.float32))
    parts = []
    for start in range(0, n, _ROWS):
        rows = source.read(start, min(start + _ROWS, n)).flatten(1).double()
        parts.append(rows if turn is None else rows @ turn.double())
    points = torch.cat(parts)
    if turn is not None or len(source.domain.shape) > 1:
        return points, 0.0, np.inf
    log, many = 0.0, 0
    for column in points.numpy().T:
        _, counts = np.unique(column, return_counts=True)
        log += float(np.log(((counts / n) ** 2).sum()))
        many += len(counts) > MANY and counts.max() < FREQUENT * n
    spread = points.std(0)
    points = points / torch.where(spread > 0, spread, 1.0)
    return points, n * float(np.exp(log)), float(many)


def _near(distances: NDArray[np.float64], dimensions: float) -> int:
    """How many rows have a neighbour far nearer than items spread smoothly in so many dimensions,
    or in fewer.
    """
    # copies to the bit are another finding: what counts here is the nearest item that differs
    apart = np.where(distances > 0, distances, np.inf)
    nearest = np.partition(apart, _LAST, axis=1)[:, : _LAST + 1]
    nearest.sort(axis=1)
    nearest = nearest[np.isfinite(nearest).all(1)]
    if not len(nearest) or not dimensions:
        return 0
    inverse = float(np.log(nearest[:, _LAST, None] / nearest[:, _NEXT:_LAST]).mean())
    inverse = max(inverse, 1 / dimensions)  # the mean log is 1 / D
    most = (1 - (1 - IMPROBABLE) ** (1 / (_NEXT - 1))) ** inverse
    return int((nearest[:, 0] / nearest[:, _NEXT - 1] < min(NEAR, most)).sum())


def _finding(code: str, count: int, of: int, what: str) -> Finding:
    return Finding(
        code,
        "warning",
        f"{count} of {of} items looked at have {what} among the others. Copies stand or fall "
        "together, and each counts as an item of its own: intervals are too narrow, and decisions "
        "too sure.",
        "Keep one of each group of copies; or, if the copies are views of one thing, audit one view "
        "of each.",
    )
