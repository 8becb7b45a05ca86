"""From people's answers in the order drawn to rates with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preceptor.calibration.measures import AuditMeasure, Guess
from preceptor.sequential import CorrectedEvidence, PredictionCells, corrected

Codes = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class PeopleRate:
    """A rate of the audit, as people see it, of the audit's own items.

    Attributes:
        name: of the row: of the attack; ``no attack``; ``all attacks``.
        kind: ``accuracy``, ``conventional`` or ``void share``.
        stand_in: the rate as the stand-in has it; ``None`` where it is certain of nothing.
        value: as people have it, estimated; ``None`` where they are certain of nothing.
        low: the lower end of its interval.
        high: the upper end.
        alone: the ends from people's answers alone, from the same draws without the stand-in.
        items: how many items they have answered.
        saved: after so many items fewer the interval was as narrow as theirs alone is at the end.
    """

    name: str
    kind: str
    stand_in: float | None
    value: float | None
    low: float
    high: float
    alone: tuple[float, float]
    items: int
    saved: int

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "alone": list(self.alone)}


def people_rate(
    guess: Guess, found: AuditMeasure, drawn: Codes, weights: Array, level: float
) -> PeopleRate:
    """People's own number for one measure.

    Args:
        guess: what the stand-ins say of every item.
        found: what people say of those drawn.
        drawn: ``Int64[drawn]``, in the order drawn, each with its answers.
        weights: ``Float[items]`` of the draw.
        level: of the interval.
    """
    cells, shares, tail = guess.cells(weights), found.shares, (1 - level) / 2
    told = list(corrected(cells, drawn, shares[:, 0], shares[:, 1]))
    plain = list(corrected(PredictionCells.alike(weights), drawn, *_pair(shares), predicts=False))
    last = told[-1] if told else CorrectedEvidence.start(cells)
    low, high = last.ends(tail)
    alone = plain[-1].ends(tail) if plain else (0.0, 1.0)
    value = last.estimate if told else None
    if told and not last.left.any():
        low, high = last.bounds  # nothing is left to chance
    elif value is not None:
        value = min(max(value, low), high)
    return PeopleRate(
        found.name,
        found.kind,
        guess.value,
        value,
        low,
        high,
        alone,
        len(drawn),
        _saved(told, tail, alone[1] - alone[0]),
    )


def _pair(shares: Array) -> tuple[Array, Array]:
    return shares[:, 0], shares[:, 1]


def _saved(told: list[CorrectedEvidence], tail: float, width: float) -> int:
    """How many of the items were not needed to be as narrow as people's answers alone."""
    for place, one in enumerate(told):
        low, high = one.ends(tail)
        if high - low <= width + 1e-12:
            return len(told) - 1 - place
    return 0


@dataclass(frozen=True)
class InputShare:
    """How often something is so, among the inputs of a kind, of the audit's own items.

    Attributes:
        of: which inputs: ``no attack``, an attack's name, ``moved``, or a class.
        hits: asked inputs of which it is so.
        certain: asked inputs that count.
        low: the lower end of the share's interval, over all such inputs of the audit.
        high: the upper end.
    """

    of: str
    hits: int
    certain: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """Among those asked; ``None`` without any."""
        return self.hits / self.certain if self.certain else None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "value": self.value}


def share_of(
    of: str, within: NDArray[np.bool_], pairs: Array, drawn: Codes, weights: Array, level: float
) -> InputShare:
    """A share of the inputs in ``within``.

    Args:
        of: which inputs these are.
        within: ``Bool[sheets, items]``, the inputs of that kind in the whole audit.
        pairs: ``Float[sheets, drawn, 2, 2]``: whether it is so, and whether it counts, at worst and
            at best, of each input of the items drawn.
        drawn: ``Int64[drawn]``.
        weights: ``Float[items]`` of the draw; those of items without such an input do not matter.
        level: of the interval.
    """
    pool = np.flatnonzero(within.any(0))
    mine = within[:, drawn]
    shares = (pairs * mine[..., None, None]).sum(0) / max(1, int(within.sum(0).max(initial=0)))
    known = mine & (pairs[..., 0, :] == pairs[..., 1, :]).all(-1)
    hits, certain = (pairs[:, :, 0] * known[..., None]).sum((0, 1)).astype(int).tolist()
    place = np.full(within.shape[1], -1)
    place[pool] = np.arange(len(pool))
    here = mine.any(0)
    low, high = 0.0, 1.0
    if len(pool) and here.any():
        cells = PredictionCells.alike(weights[pool])
        steps = corrected(cells, place[drawn[here]], *_pair(shares[here]), predicts=False)
        *_, last = steps
        low, high = last.ends((1 - level) / 2)
    return InputShare(of, hits, certain, low, high)
