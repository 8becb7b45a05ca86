"""Rules declared before the seeds that count: from numbers over seeds to a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from preceptor.core import InputError
from preceptor.outcome import Spread

Verdict = Literal["shown", "tie", "not shown here"]
"""What a run of a claim says: the claim holds here; nobody is ahead; neither is established."""

State = Literal["holds", "fails", "open"]
"""Of one check: the whole interval lies inside the bounds, the whole lies outside, or neither."""

ROUNDING: Final = 1e-9
"""By so much an exact number may miss a bound."""


@dataclass(frozen=True)
class Check:
    """A number that a claim predicts to lie within bounds.

    Attributes:
        measure: its name; with ``*`` in it, every number whose name fits.
        low: least value that is in line with the claim.
        high: greatest value.

    Raises:
        InputError: bounds between which nothing lies.
    """

    measure: str
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise InputError(f"{self.measure}: nothing lies between {self.low} and {self.high}")

    def names(self, spreads: Mapping[str, Spread | None]) -> list[str]:
        """The numbers that it speaks of."""
        return [name for name in spreads if fnmatchcase(name, self.measure)]

    def state(self, spreads: Mapping[str, Spread | None]) -> State:
        """Of all its numbers together; ``open`` where there is none, or one is undefined."""
        states = {self.one(spreads[name]) for name in self.names(spreads)}
        if "fails" in states:
            return "fails"
        return "holds" if states == {"holds"} else "open"

    def one(self, spread: Spread | None) -> State:
        """Of one number. From a single seed nothing follows, so it leaves every check open."""
        if spread is None:
            return "open"
        low, high = spread.interval
        if self.low - ROUNDING <= low and high <= self.high + ROUNDING:
            return "holds"
        return "fails" if high < self.low - ROUNDING or low > self.high + ROUNDING else "open"

    @property
    def words(self) -> str:
        """The bounds: ``at least 0.95``."""
        if self.low == self.high:
            return f"exactly {self.low:.3g}"
        if math.isinf(self.high):
            return f"at least {self.low:.3g}"
        if math.isinf(self.low):
            return f"at most {self.high:.3g}"
        return f"{self.low:.3g} to {self.high:.3g}"

    def describe(self) -> dict[str, Any]:
        """Plain data; an infinite bound is null."""
        ends = {"low": self.low, "high": self.high}
        return {"measure": self.measure} | {
            key: end if math.isfinite(end) else None for key, end in ends.items()
        }

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Check":
        """From plain data."""
        low, high = found["low"], found["high"]
        return cls(
            found["measure"], -math.inf if low is None else low, math.inf if high is None else high
        )


@dataclass(frozen=True)
class VerdictRule:
    """When a claim counts as shown, and when as a tie. In all other cases it is not shown here.

    Every check wants the *whole* interval over the seeds inside its bounds, so a claim is not
    shown by a mean that happens to fall right, nor by one seed.

    Attributes:
        shown: all must hold for ``shown``; at least one.
        tie: all must hold for ``tie``, if not all of ``shown`` do; none where there are not two
            sides to tie.

    Raises:
        InputError: nothing that would show the claim.
    """

    shown: tuple[Check, ...]
    tie: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        if not self.shown:
            raise InputError("a rule needs at least one check that shows its claim")

    def verdict(self, spreads: Mapping[str, Spread | None]) -> Verdict:
        """What numbers over seeds say of the claim."""
        if all(check.state(spreads) == "holds" for check in self.shown):
            return "shown"
        if self.tie and all(check.state(spreads) == "holds" for check in self.tie):
            return "tie"
        return "not shown here"

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "shown": [check.describe() for check in self.shown],
            "tie": [check.describe() for check in self.tie],
        }
