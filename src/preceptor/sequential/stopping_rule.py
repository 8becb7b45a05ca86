"""What is to be found out, and when that is known."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError
from preceptor.core.specs import wrong

Claim = Literal["certified", "refuted", "reached", "undecided"]
"""``certified``: the rate is at least as wanted; ``refuted``: it is less; ``reached``: the interval
is as narrow as wanted; ``undecided``: none of these yet."""

Population = Literal["source", "items"]

_RULE: Final = re.compile(r"(>=|\+-)\s*(\d*\.?\d+)\s*(%?)(?:\s+of\s+(source|items))?")


@dataclass(frozen=True)
class StoppingRule:
    """Stop as soon as the rate is known to be at least so much, or less; or known so exactly.

    Attributes:
        least: is the rate at least this? Between 0 and 1.
        within: stop when the interval is no wider than twice this. Between 0.005 and 0.5.
        of: whose rate it is. ``source``: of all that the source might yield, the items being an
            independent random sample of it. ``items``: of these very items, whatever they are.

    Raises:
        InputError: both, neither, or a number out of range.
    """

    least: float | None = None
    within: float | None = None
    of: Population = "source"

    def __post_init__(self) -> None:
        if (self.least is None) == (self.within is None):
            raise InputError("a stopping rule has either a least rate or a half-width; give one")
        if self.least is not None and not 0 < self.least < 1:
            raise InputError(f"the least rate must lie between 0 and 1; got {self.least}")
        if self.within is not None and not 0.005 <= self.within < 0.5:
            raise InputError(
                f"the half-width must be at least 0.005 and less than 0.5; got {self.within}"
            )

    @classmethod
    def parse(cls, text: str) -> "StoppingRule":
        """``>=0.9``, ``>=90%``, ``+-0.03`` or ``+-3%``; all with `` of items`` behind, if meant.

        Raises:
            InputError: none of these.
        """
        found = _RULE.fullmatch(text.strip())
        if found is None:
            raise wrong(
                "stopping rule",
                text,
                "expected '>=' (is the rate at least so much?) or '+-' (an interval of that "
                "half-width) before a number, in quotes; with ' of items' behind it for the rate of "
                "these very items instead of their source's",
                "'>=0.9' or '+-0.03'",
            )
        value = float(found[2]) / (100 if found[3] else 1)
        of: Population = "items" if found[4] == "items" else "source"
        return cls(least=value, of=of) if found[1] == ">=" else cls(within=value, of=of)

    def __str__(self) -> str:
        rule = f">={self.least:g}" if self.least is not None else f"+-{self.within:g}"
        return rule + (" of items" if self.of == "items" else "")

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {"least": self.least, "within": self.within, "of": self.of}

    def tail(self, level: float) -> float:
        """How probably each end of the interval may be wrong, for a decision at this level.

        A claim ``>=`` is wrong in one direction at a time, so each end has all of ``1 - level``.
        """
        return 1 - level if self.least is not None else (1 - level) / 2

    def claims(
        self, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where the ends of the interval show that it holds, and where that it does not.

        A rule about the width never fails to hold: the second is then false throughout.
        """
        if self.least is not None:
            # an upper end is itself ruled out
            return np.asarray(low >= self.least - 1e-12), np.asarray(high <= self.least + 1e-12)
        assert self.within is not None  # noqa: S101 - one of the two is given
        return np.asarray(high - low <= 2 * self.within + 1e-12), np.zeros_like(low, np.bool_)

    def claim(self, low: float, high: float) -> Claim:
        """What the ends of one interval show."""
        ends = np.asarray(low, np.float64), np.asarray(high, np.float64)
        holds, fails = (bool(found) for found in self.claims(*ends))
        if self.least is None:
            return "reached" if holds else "undecided"
        return "certified" if holds else "refuted" if fails else "undecided"
