"""What answers prove of which features matter, and what they leave open."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain
from preceptor.lessons import Examples, Lesson

MOST_ANSWERS: Final = 256
"""After so many answers without a conclusion, tests of features have failed."""

TRIES: Final = 6
"""So many uncertain answers between two inputs end the search between them."""

PARTNERS: Final = 2
"""So many uncertain answers at redrawn copies of an input end the tests of it."""


@dataclass(frozen=True)
class DifferingPair:
    """Two inputs with different answers that are the same in all features known to matter.

    Attributes:
        one: row of the first.
        other: row of the second.
        units: ``Int[units]``, in which they differ: at least one of these matters.
        stuck: whether the teacher was uncertain wherever it was asked between the two.
    """

    one: int
    other: int
    units: np.ndarray
    stuck: bool


class FeatureEvidence:
    """Answers, and what follows from them. A unit is what is redrawn together: a feature, or all
    channels of a pixel.

    A unit is *found* where two answered inputs differ in it alone and have different labels: a proof,
    if the teacher answers the same question alike. Uncertain answers prove nothing either way.

    Args:
        units: coordinates of each unit, over the flattened shape; disjoint, together all.
        kept: ``Bool[units]``, those that cannot be changed, and so count as found.
    """

    def __init__(self, units: Sequence[Sequence[int]], kept: np.ndarray) -> None:
        self.units = [np.asarray(one) for one in units]
        self._order = np.concatenate(self.units)
        self._starts = np.cumsum([0, *map(len, self.units[:-1])])
        self._kept = kept
        self.found = kept.copy()
        self.rows = np.zeros((0, len(self._order)), np.float32)
        self.labels = np.zeros(0, np.int64)
        self._gaps = np.zeros((0, 0), np.int64)

    @property
    def full(self) -> bool:
        """Whether there are so many answers that tests have failed."""
        return len(self.labels) >= MOST_ANSWERS

    @property
    def count(self) -> int:
        """Units found, without those that cannot be changed."""
        return int((self.found & ~self._kept).sum())

    def learn(self, past: Sequence[Lesson]) -> None:
        """All answers to questions that the student asked before, the last ones if there are many."""
        asked = [one for one in past if isinstance(one, Examples) and one.origin == "asked"]
        pairs = [
            (row, int(label))
            for one in asked
            if isinstance(one.inputs, Tensor)
            for row, label in zip(one.inputs, one.labels, strict=True)
        ]
        for row, label in pairs[-MOST_ANSWERS:]:
            self.add(row, label)

    def add(self, row: Tensor, label: int) -> None:
        """One more answer: ``Float[*shape]`` and its label, or ``UNCERTAIN``."""
        flat = row.detach().cpu().flatten().numpy()
        differs = self.differing(flat)
        gaps = differs.sum(1)
        if label != UNCERTAIN:
            told = (gaps == 1) & (self.labels != UNCERTAIN) & (self.labels != label)
            self.found |= differs[told].any(0)
        size = len(self.labels)
        grown = np.zeros((size + 1, size + 1), np.int64)
        grown[:size, :size], grown[size, :size], grown[:size, size] = self._gaps, gaps, gaps
        self._gaps = grown
        self.rows = np.concatenate([self.rows, flat[None]])
        self.labels = np.append(self.labels, label)

    def differing(self, flat: np.ndarray) -> np.ndarray:
        """``Bool[answers, units]``: where an input ``[coordinates]`` differs from each answered one."""
        if not len(self.rows):
            return np.zeros((0, len(self.units)), bool)
        coordinates = (self.rows != flat)[:, self._order]
        joined: np.ndarray = np.logical_or.reduceat(coordinates, self._starts, axis=1)
        return joined

    def places(self) -> np.ndarray:
        """``Int[answers]``: equal for inputs that are the same in all found units."""
        seen = [self.units[unit] for unit in np.flatnonzero(self.found)]
        if not seen or not len(self.rows):
            return np.zeros(len(self.rows), np.int64)
        values = self.rows[:, np.concatenate(seen)]
        ids: np.ndarray = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)
        return ids

    def pairs(self) -> Iterator[DifferingPair]:
        """Every pair that shows that something not found yet matters; the closest first."""
        at = self.places()
        sure = self.labels != UNCERTAIN
        apart = (at[:, None] == at) & sure[:, None] & sure & (self.labels[:, None] != self.labels)
        ones, others = np.nonzero(np.triu(apart))
        for place in np.argsort(self._gaps[ones, others], kind="stable"):
            one, other = int(ones[place]), int(others[place])
            units = np.flatnonzero(self.differing(self.rows[one])[other])
            yield DifferingPair(one, other, units, self._stuck(one, other))

    def _stuck(self, one: int, other: int) -> bool:
        """Whether enough was asked between two inputs, all of it uncertain."""
        units = np.flatnonzero(self.differing(self.rows[one])[other])
        unsure = self.rows[self.labels == UNCERTAIN]
        between = ((unsure == self.rows[one]) | (unsure == self.rows[other])).all(1).sum()
        return bool(between >= min(TRIES, 2 ** min(len(units), 30) - 2))

    def known(self, flat: np.ndarray) -> bool:
        """Whether an input ``[coordinates]`` was answered already."""
        return bool((self.rows == flat).all(1).any())

    def checks(self) -> dict[int, list[int]]:
        """How often an input that is the same as another where it is found to matter, and differs in
        at least half of the rest, was answered alike.

        Returns:
            by label, of every label that was answered, a count for each place: each of several inputs
            there that all differ so, but the first, is one check.
        """
        at, free = self.places(), int((~self.found).sum())
        counts: dict[int, list[int]] = {}
        for label in np.unique(self.labels[self.labels != UNCERTAIN]).tolist():
            counts[label] = []
            for place in np.unique(at[self.labels == label]):
                apart: list[int] = []
                for row in np.flatnonzero((at == place) & (self.labels == label)):
                    if all(2 * self._gaps[row, other] >= free for other in apart):
                        apart.append(int(row))
                counts[label].append(len(apart) - 1)
        return counts

    def confirmed(self, checks: int) -> bool:
        """Whether so many checks were passed, of every answered label its share.

        Where one label is rare, an input of the other seldom changes its answer, whatever is redrawn:
        only those of the rare one tell.
        """
        counts = self.checks()
        if len(counts) < 2:
            return False
        return all(sum(one) >= math.ceil(checks / len(counts)) for one in counts.values())

    def base(self, checks: int, *, lonely: bool) -> int | None:
        """A row to be confirmed, of the label with the fewest checks, at a place with the fewest of it.

        Args:
            checks: how many are wanted.
            lonely: only at a place without any.

        Returns:
            the last such row; ``None`` where every place has been asked in vain.
        """
        at, sure = self.places(), self.labels != UNCERTAIN
        passed = {label: sum(counts) for label, counts in self.checks().items()}
        best: tuple[int, int, int] | None = None
        for row in np.flatnonzero(sure):
            here = at == at[row]
            size, label = int((here & sure).sum()), int(self.labels[row])
            vain = int((here & ~sure).sum()) >= PARTNERS * size
            enough = passed[label] >= math.ceil(checks / len(passed))
            if not vain and not enough and not (lonely and size > 1):
                best = min(best or (checks, 0, 0), (passed[label], size, -int(row)))
        return None if best is None else -best[2]

    def conclusion(self, checks: int, most: int) -> np.ndarray | None:
        """``Bool[units]``: all that matters, or ``None`` as long as that is open.

        Units in which a pair differs that leads no further, the teacher being uncertain in between,
        are all kept.

        Args:
            checks: agreeing pairs that are wanted.
            most: units that may matter, without those that cannot be changed.
        """
        if not self.count:
            return None
        kept = self.found.copy()
        for pair in self.pairs():
            if not pair.stuck:
                return None
            kept[pair.units] = True
        few = (kept & ~self._kept).sum() <= most
        return kept if few and self.confirmed(checks) else None


def units_of(domain: Domain, side: int = 1) -> list[list[int]]:
    """Coordinates of what is redrawn together: squares of ``side`` pixels with all their channels in
    images, elsewhere what a domain says can be changed by itself.
    """
    if not domain.is_image:
        return [list(where) for _, where in domain.cells()]
    _, height, width = domain.shape
    coordinates = torch.arange(math.prod(domain.shape)).reshape(domain.shape)
    return [
        coordinates[:, top : top + side, left : left + side].flatten().tolist()
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]
