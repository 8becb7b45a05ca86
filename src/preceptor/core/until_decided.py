"""A vote rule that stops asking about an item as soon as its votes decide it, with a stated error.

The people asked of an item come in random order, so the votes so far are a sample without
replacement of those that all would give. How many of all would say a label has a hypergeometric
law, and the least favourable number is the one next to the bar. Bounds on the votes so far are set
by spending the error over the looks (Lan & DeMets 1983, with the spending function
``error * (votes / all) ** SPENDING``), exactly, by walking through all counts; where the error is 0
only what the missing votes cannot change any more is decided (curtailment).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

from preceptor.core.answers import MISSING, UNCERTAIN
from preceptor.core.errors import InputError
from preceptor.core.votes import Unanimous, Votes, as_fraction

SPENDING: Final = 0.5
"""How early the error is spent: 1 evenly over the looks, towards 0 all at the first look."""

MOST_ERROR: Final = 0.25


@dataclass(frozen=True, eq=False)
class Settled:
    """What the first votes on each item decided.

    Attributes:
        labels: ``Int64[batch]``, a label, or ``UNCERTAIN``, also where nothing is decided yet.
        used: ``Int64[batch]``, after how many votes it was decided; 0 where it is not.
    """

    labels: Int64[Tensor, " batch"]
    used: Int64[Tensor, " batch"]


@dataclass(frozen=True)
class UntilDecided:
    """Certain or uncertain as soon as the votes so far decide what a rule would say of all.

    Of each item, whatever people would say of it: the chance that the answer is another than that of
    ``rule`` on ``of`` votes is at most ``error``, if the order of the votes is random. Votes that
    come after the one that decided change nothing.

    Attributes:
        rule: of all votes. Its share must be above a half.
        of: how many votes are all: the most that are asked for.
        error: the largest chance of another answer, for each item; 0 decides only what can no
            longer change.

    Raises:
        InputError: numbers out of range, or a rule under which two labels could be certain.
    """

    rule: Votes | Unanimous
    of: int
    error: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.error <= MOST_ERROR:
            raise InputError(
                f"until={self.error:g}: expected the chance of another answer, 0 to {MOST_ERROR:g}"
            )
        if self.of < self.rule.least or self.of < 1:
            raise InputError(
                f"{self.of} votes at most, and the rule needs {self.rule.least}: nothing could ever "
                "be certain. Ask more people or lower the rule's least"
            )
        if isinstance(self.rule, Votes) and self.rule.share <= 0.5:
            raise InputError(
                f"share={self.rule.share:g}: to stop as soon as it is decided, a label needs more "
                "than half of the votes; say share=2/3, or leave until= out"
            )

    @property
    def least(self) -> int:
        """The fewest votes that can decide anything."""
        return self.further(())

    @property
    def sentence(self) -> str:
        chance = (
            "as soon as the missing ones cannot change it"
            if self.error == 0
            else f"with a chance of at most {100 * self.error:.3g} % of another answer for any item"
        )
        return (
            f"the votes so far decide that of {self.of} votes {self.rule.sentence} ({chance}; "
            "no more people are asked then)"
        )

    def settle(self, votes: Int64[Tensor, "batch members"]) -> Settled:
        """What the votes decide, in the order of the columns; ``MISSING`` is passed over."""
        batch, width = votes.shape
        row = torch.argsort((votes == MISSING).to(torch.int8), dim=1, stable=True)
        said = votes.gather(1, row)
        bounds = _bounds(self.of, *self._bars, self.error)
        names = torch.unique(said[said >= 0])
        counts = torch.zeros(batch, len(names) + 1, dtype=torch.int64)
        labels, used = torch.full((batch,), UNCERTAIN), torch.zeros(batch, dtype=torch.int64)
        for k in range(1, min(width, self.of) + 1):
            vote = said[:, k - 1]
            counts[:, :-1] += vote[:, None] == names
            counts[:, -1] += vote == UNCERTAIN
            top = counts[:, :-1].amax(1) if len(names) else counts[:, -1] * 0
            unable, now = counts[:, -1], (used == 0) & (vote != MISSING)
            yes = now & (top >= bounds.certain[k]) & (unable <= bounds.able[k])
            no = now & ~yes & ((top <= bounds.uncertain[k]) | (unable >= bounds.unable[k]))
            if len(names):
                labels = torch.where(yes, names[counts[:, :-1].argmax(1)], labels)
            used = torch.where(yes | no, k, used)
        return Settled(labels, used)

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """The label that the first votes decided, else ``UNCERTAIN``."""
        return self.settle(votes).labels

    def further(self, votes: tuple[int, ...]) -> int:
        """The fewest more votes after which an item can be decided; 0 if it is.

        Tried are votes for the label with the most, votes each for another label, and votes of
        people who cannot tell.
        """
        most = self.of
        fresh = max((*votes, -1)) + 1
        ranked = sorted(set(votes) - {UNCERTAIN}, key=lambda one: -votes.count(one))
        top = ranked[0] if ranked else fresh
        room = max(0, most - len(votes))
        goes_on = ([top] * room, list(range(fresh, fresh + room)), [UNCERTAIN] * room)
        used = self.settle(torch.tensor([[*votes, *more] for more in goes_on])).used
        return max(0, int(used[used > 0].min()) - len(votes))

    @property
    def _bars(self) -> tuple[int, int]:
        """How many of all votes a label needs, and how many people unable to tell are too many."""
        if isinstance(self.rule, Unanimous):
            return self.of, self.of + 1
        share, limit = as_fraction(self.rule.share), as_fraction(self.rule.abstentions)
        return ceil(share * self.of), ceil(limit * self.of)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Of the counts after ``k`` votes, ``Int64[of + 1]`` each.

    Attributes:
        certain: a label with so many reaches the bar.
        uncertain: a label with no more does not.
        able: with no more people unable to tell there are not too many.
        unable: with so many there are.
    """

    certain: NDArray[np.int64]
    uncertain: NDArray[np.int64]
    able: NDArray[np.int64]
    unable: NDArray[np.int64]


@lru_cache(maxsize=256)
def _bounds(of: int, bar: int, limit: int, error: float) -> _Bounds:
    """Bounds for which no item, whatever all would say of it, is decided wrongly more often.

    An item without a label at the bar is called certain only if some label crosses ``certain``: the
    chances of all its labels together are kept within the error. An item with one is called
    uncertain only if that label crosses ``uncertain`` or too many seem unable to tell: the error is
    split between the two, less the chance that another label crosses ``certain``.
    """
    low, high = 0.0, error
    certain = _upper(of, bar, error)
    if _together(of, bar, certain) > error:
        for _ in range(20):
            middle = (low + high) / 2
            fits = _together(of, bar, _upper(of, bar, middle)) <= error
            low, high = (middle, high) if fits else (low, middle)
        certain = _upper(of, bar, low)
    other = _crossing(of, of - bar, certain)
    left = max(0.0, error - other)
    if bar + limit > of:  # whoever reaches the bar leaves too few who cannot tell
        always = np.full(of + 1, of + 1)
        return _Bounds(certain, _lower(of, bar, left), always, always)
    able = _lower(of, limit, max(0.0, error - _together(of - limit - bar, bar, certain, of)))
    return _Bounds(certain, _lower(of, bar, left / 2), able, _upper(of, limit, left / 2))


def _upper(of: int, bar: int, error: float) -> NDArray[np.int64]:
    """The least counts after each vote that say *at least ``bar`` of all*: ``bar - 1`` of all cross
    them with a chance of at most ``error``.
    """
    bounds = np.full(of + 1, of + 1)
    alive, spent = np.zeros(of + 1), 0.0
    alive[0] = 1.0
    for k in range(1, of + 1):
        alive = _step(alive, of, bar - 1, k)
        may = error * (k / of) ** SPENDING
        bound = min(bar, k + 1)
        while bound > 0 and spent + alive[bound - 1 : k + 1].sum() <= may + 1e-15:
            bound -= 1
        if bound <= k:
            bounds[k] = bound
            spent += alive[bound:].sum()
            alive[bound:] = 0.0
    return bounds


def _lower(of: int, bar: int, error: float) -> NDArray[np.int64]:
    """The greatest counts after each vote that say *fewer than ``bar`` of all*; the same turned round."""
    turned = _upper(of, of - bar + 1, error)
    return np.where(turned <= of, np.arange(of + 1) - turned, -1)


def _step(alive: NDArray[np.float64], of: int, many: int, k: int) -> NDArray[np.float64]:
    """The chances of the counts after the ``k``-th vote, of ``many`` among ``of``."""
    there = np.arange(of + 1)
    hit = np.clip((many - there) / (of - k + 1), 0.0, 1.0)
    after = alive * (1 - hit)
    after[1:] += (alive * hit)[:-1]
    return after


def _crossing(of: int, many: int, bounds: NDArray[np.int64]) -> float:
    """The chance that ``many`` among ``of`` ever reach the upper bounds."""
    alive, crossed = np.zeros(of + 1), 0.0
    alive[0] = 1.0
    for k in range(1, of + 1):
        alive = _step(alive, of, many, k)
        bound = int(bounds[k])
        if bound <= k:
            crossed += float(alive[bound:].sum())
            alive[bound:] = 0.0
    return crossed


def _together(room: int, bar: int, bounds: NDArray[np.int64], of: int | None = None) -> float:
    """The largest sum of the chances that labels with fewer votes than the bar cross it, over all ways
    to share ``room`` votes among them.
    """
    whole = room if of is None else of
    room = max(0, room)
    each = [_crossing(whole, many, bounds) for many in range(min(bar - 1, room) + 1)]
    best = np.zeros(room + 1)
    for votes in range(1, room + 1):
        best[votes] = (
            max(best[votes - many] + each[many] for many in range(1, min(votes, len(each) - 1) + 1))
            if len(each) > 1
            else 0.0
        )
    return float(best[room])
