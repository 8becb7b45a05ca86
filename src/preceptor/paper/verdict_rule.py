"""Rules declared before the seeds that count: from numbers over seeds to a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from preceptor.core import InputError
from preceptor.outcome import Spread

Verdict = Literal[
    "shown against the strongest asker",
    "shown against usual askers only",
    "shown",
    "tie",
    "not shown",
]
"""What a run of a claim says. A claim that sets telling against asking is *shown* with the words
against whom; one that has no two sides is *shown*; in a *tie* nobody is ahead; *not shown*: neither is
established here.
"""

STRONGEST: Final[Verdict] = "shown against the strongest asker"
USUAL: Final[Verdict] = "shown against usual askers only"

VERDICTS: Final[tuple[Verdict, ...]] = (STRONGEST, USUAL, "shown", "tie", "not shown")

Part = Literal["shown", "usual", "strongest", "tie"]
"""Of a rule: what any *shown* needs, being ahead of usual opponents, being ahead of the strongest,
and what a tie needs.
"""

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
    """When a claim counts as shown and against whom, and when as a tie; else it is not shown.

    Every check wants the *whole* interval over the seeds inside its bounds, so a claim is not
    shown by a mean that happens to fall right, nor by one seed.

    Attributes:
        shown: all must hold for any *shown*.
        tie: all must hold for a tie, if the claim is not shown; none where there are not two
            sides to tie.
        usual: the teller is ahead of the usual opponents; empty where there are none.
        strongest: the teller is ahead of the strongest; empty where there are none.

    Raises:
        InputError: nothing that would show the claim.
    """

    shown: tuple[Check, ...] = ()
    tie: tuple[Check, ...] = ()
    usual: tuple[Check, ...] = ()
    strongest: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        if not (self.shown or self.usual or self.strongest):
            raise InputError("a rule needs at least one check that shows its claim")

    @property
    def contested(self) -> bool:
        """Whether the claim has two sides."""
        return bool(self.usual or self.strongest)

    @property
    def parts(self) -> dict[Part, tuple[Check, ...]]:
        """All checks."""
        return {
            "shown": self.shown,
            "usual": self.usual,
            "strongest": self.strongest,
            "tie": self.tie,
        }

    def verdict(self, spreads: Mapping[str, Spread | None]) -> Verdict:
        """What numbers over seeds say of the claim."""
        holds = {
            part: bool(checks) and all(check.state(spreads) == "holds" for check in checks)
            for part, checks in self.parts.items()
        }
        if holds["shown"] or not self.shown:
            if not self.contested:
                return "shown"
            if holds["strongest"] and (holds["usual"] or not self.usual):
                return STRONGEST
            if holds["usual"]:
                return USUAL
        return "tie" if holds["tie"] else "not shown"

    def decisive(self, verdict: Verdict) -> tuple[Part, ...]:
        """The parts on which a verdict rests; for one that is not shown, those that do not all hold."""
        if verdict == "tie":
            return ("tie",)
        if verdict == STRONGEST:
            return ("shown", "usual", "strongest")
        return ("shown", "usual") if verdict == USUAL or self.usual else ("shown", "strongest")

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {part: [one.describe() for one in checks] for part, checks in self.parts.items()}
