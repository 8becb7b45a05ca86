"""The answers in order, and what is known after each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError
from preceptor.sequential.evidence import Evidence, Gain, Stakes
from preceptor.sequential.pool import Pool, at, pairs

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


class Result(IntEnum):
    """What one item turned out to be; a guess is one of the first three.

    ``UNKNOWN`` stays open for good (the teacher failed, or was not asked): it counts as wrong
    where a high rate is claimed and as right where a low one is.
    """

    RIGHT = 0
    WRONG = 1
    VOID = 2
    UNKNOWN = 3


@dataclass(frozen=True, eq=False)
class Process:
    """Evidence about a rate, item by item; of one audit, or of many at once.

    With ``pool`` the claim is about the pool's own items, drawn with ``Pool.chances``. Without, it
    is about the source that the items are an independent random sample of; a void item then
    changes nothing: its gain is 0.

    Attributes:
        evidence: the wealth so far.
        pool: what is left; ``None`` for a claim about the source.
        items: how many results there were.
    """

    evidence: Evidence
    pool: Pool | None = None
    items: int = 0

    @classmethod
    def start(
        cls,
        points: Array,
        pool: Pool | None = None,
        audits: Sequence[int] = (),
        stakes: Stakes | None = None,
    ) -> "Process":
        """Nothing known yet; all stakes are 1 unless given."""
        return cls(Evidence.start(points, audits, stakes), pool)

    def after(self, results: Codes, guesses: Codes | None = None) -> "Process":
        """One more result in each audit.

        Args:
            results: ``Int64[*audits]``, values of ``Result``.
            guesses: ``Int64[*audits]``, which of the pool's sorts each is, as by the proxy's guess;
                all 0 if left out.
        """
        results = np.asarray(results)
        points = self.evidence.points
        if self.pool is None:
            bad, good = np.broadcast_to(-points, (*results.shape, len(points))), 1 - points
            good = np.broadcast_to(good, bad.shape)
            worst, best = pairs(results)
            gains = Gain(at(worst, points), bad, good), Gain(at(best, points), bad, good)
            return replace(self, evidence=self.evidence.after(*gains), items=self.items + 1)
        guesses = np.zeros_like(results) if guesses is None else np.asarray(guesses)
        evidence = self.evidence.after(*self.pool.gains(results, guesses, points))
        pool = self.pool.after(results, guesses)
        return Process(evidence.settled(*pool.settled(points)), pool, self.items + 1)

    def told(self, results: Codes, guesses: Codes | None = None) -> "Process":
        """Results that were known before a bet could be laid on them: the pool alone takes note.

        Args:
            results: ``Int64[*audits, items]``.
            guesses: ``Int64[*audits, items]``, as in :meth:`after`.

        Raises:
            InputError: there is no pool: a source's items are all bet on.
        """
        if self.pool is None:
            raise InputError("only what is left of a pool can do without bets on some of its items")
        guesses = np.zeros_like(results) if guesses is None else guesses
        pool = self.pool.told(results, guesses)
        evidence = self.evidence.settled(*pool.settled(self.evidence.points))
        return Process(evidence, pool, self.items + results.shape[-1])

    def rows(self, chosen: Codes | NDArray[np.bool_]) -> "Process":
        """Of some of the audits, by index or mask along their first axis."""
        pool = None if self.pool is None else self.pool.rows(chosen)
        return replace(self, evidence=self.evidence.rows(chosen), pool=pool)

    def ends(self, tail: float | Array, upper: float | Array | None = None) -> tuple[Array, Array]:
        """``Float[*audits]``, twice: see :meth:`Evidence.ends`."""
        return self.evidence.ends(tail, upper)


def replay(
    start: Process, results: Iterable[int] | Codes, guesses: Iterable[int] | Codes | None = None
) -> Iterator[Process]:
    """The process after each result of one audit."""
    process = start
    said = list(results)
    guessed = [0] * len(said) if guesses is None else guesses
    for result, guess in zip(said, guessed, strict=True):
        process = process.after(np.asarray(result, np.int64), np.asarray(guess, np.int64))
        yield process
