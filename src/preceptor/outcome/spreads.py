"""Means over seeds, with what they leave open."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from scipy.special import stdtrit

from preceptor.core import InputError


@dataclass(frozen=True)
class Spread:
    """One number for each seed.

    Attributes:
        values: in the order of the seeds.
        level: of the interval.

    Raises:
        InputError: no values, or one that is not finite.
    """

    values: tuple[float, ...]
    level: float = 0.95

    def __post_init__(self) -> None:
        if not self.values or not all(math.isfinite(value) for value in self.values):
            raise InputError(f"expected one finite number for each seed; got {self.values}")

    @classmethod
    def of(cls, values: Sequence[float], level: float = 0.95) -> "Spread":
        """From any sequence."""
        return cls(tuple(float(value) for value in values), level)

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return fmean(self.values)

    @property
    def interval(self) -> tuple[float, float]:
        """Student's interval for the mean; from one seed nothing follows, so it is infinite."""
        if len(self.values) < 2:
            return -math.inf, math.inf
        reach = float(stdtrit(len(self.values) - 1, (1 + self.level) / 2))
        reach *= stdev(self.values) / math.sqrt(len(self.values))
        return self.mean - reach, self.mean + reach

    def minus(self, other: "Spread") -> "Spread":
        """Seed by seed, which is narrower than the difference of two means.

        Raises:
            InputError: another number of seeds.
        """
        if len(self.values) != len(other.values):
            raise InputError(f"{len(self.values)} seeds against {len(other.values)}")
        pairs = zip(self.values, other.values, strict=True)
        return Spread(tuple(one - another for one, another in pairs), self.level)

    def describe(self) -> dict[str, Any]:
        """Plain data; an infinite end is null."""
        ends = [round(end, 6) if math.isfinite(end) else None for end in self.interval]
        return {
            "mean": round(self.mean, 6),
            "interval": ends,
            "level": self.level,
            "values": [round(value, 6) for value in self.values],
        }
