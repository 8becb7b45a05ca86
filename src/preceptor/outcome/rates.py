"""Rates that carry what was not scored, and intervals that say what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int64
from scipy.special import betaincinv
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome.verdicts import Outcome, Verdict, anchored, fails_conventionally


@dataclass(frozen=True, repr=False)
class Rate:
    """A share of the items on which the teacher is certain.

    Attributes:
        hits: items of which it is true.
        misses: items of which it is false.
        void: items that leave the denominator, since the teacher is uncertain there.
        unasked: items that could still turn out as anything.
        level: of the interval, such as 0.95.
        chosen: the asked items were chosen for what an attack achieved there, so that the rate
            among them says nothing about the rest.
        stopped: the interval, where asking stopped by a rule that looked at the answers: then that
            of a confidence sequence, which holds whenever one stops. Clopper and Pearson's does
            not, and is not given.
        uncontradicted: items at which the teacher named several labels and the student said one of
            them. They leave the denominator, as void ones do; counted as right they give the other
            reading, :attr:`accepting`. The bounds and the interval hold whatever they are.

    Raises:
        InputError: a negative count, or a level that is no probability.
    """

    hits: int
    misses: int
    void: int = 0
    unasked: int = 0
    level: float = 0.95
    chosen: bool = False
    stopped: tuple[float, float] | None = None
    uncontradicted: int = 0

    def __post_init__(self) -> None:
        if min(self.hits, self.misses, self.void, self.unasked, self.uncontradicted) < 0:
            raise InputError(f"counts cannot be negative: {self}")
        if not 0 < self.level < 1:
            raise InputError(f"the level must lie between 0 and 1; got {self.level}")

    @property
    def certain(self) -> int:
        """The denominator."""
        return self.hits + self.misses

    @property
    def value(self) -> float | None:
        """The rate among what was asked.

        ``None`` if nothing certain is under it, or if what was asked was chosen and something is
        unasked: then only the bounds and the interval say anything.
        """
        if not self.certain or (self.chosen and self.unasked):
            return None
        return self.hits / self.certain

    @property
    def accepting(self) -> float | None:
        """The rate if all that is not contradicted is right: the other reading of partial answers.

        :attr:`value` leaves them out, and is never above it. Both are one where there are none.
        """
        most = self.certain + self.uncontradicted
        if not most or (self.chosen and self.unasked):
            return None
        return (self.hits + self.uncontradicted) / most

    @property
    def loose(self) -> int:
        """Items that may be right or wrong: not asked, or not contradicted."""
        return self.unasked + self.uncontradicted

    @property
    def most(self) -> int:
        """The largest denominator that the rate can come to have."""
        return self.certain + self.loose

    @property
    def bounds(self) -> tuple[float, float]:
        """Where the rate of *these* items must lie, whatever the unasked ones turn out to be.

        And whichever of its labels is the one that each partial answer stands for.
        """
        if not self.most:
            return 0.0, 1.0
        return self.hits / self.most, (self.hits + self.loose) / self.most

    @property
    def interval(self) -> tuple[float, float]:
        """A confidence interval for the source's rate, the items being a random sample of it.

        Clopper & Pearson (1934), two-sided at ``level``, taken at both ends of :attr:`bounds`: so
        one more answer never widens it, and it covers the full audit's rate for certain. Of a
        :attr:`stopped` rate, the interval that was handed in.
        """
        if self.stopped is not None:
            return self.stopped
        most = self.most
        if not most:
            return 0.0, 1.0
        least, best, tail = self.hits, self.hits + self.loose, (1 - self.level) / 2
        low = betaincinv(least, most - least + 1, tail) if least else 0.0
        high = betaincinv(best + 1, most - best, 1 - tail) if best < most else 1.0
        return float(low), float(high)

    def __repr__(self) -> str:
        value = "undefined" if self.value is None else f"{self.value:.1%}"
        low, high = self.interval
        left = f", {self.void} void" if self.void else ""
        left += f", {self.unasked} unasked" if self.unasked else ""
        left += f", {self.uncontradicted} not contradicted" if self.uncontradicted else ""
        within = f"[{100 * low:.1f} to {100 * high:.1f} % at {self.level:.4g}]"
        return f"Rate({value} {within}, {self.hits} of {self.certain} certain{left})"

    def describe(self) -> dict[str, Any]:
        """Plain data: the value (or null), both intervals, and every count.

        Where answers are partial, also how many are not contradicted, and the other reading.
        """
        partial = {"uncontradicted": self.uncontradicted, "accepting": self.accepting}
        return {
            "value": self.value,
            "interval": list(self.interval),
            "bounds": list(self.bounds),
            "level": self.level,
            "hits": self.hits,
            "certain": self.certain,
            "void": self.void,
            "unasked": self.unasked,
            "chosen": self.chosen,
            "any_time": self.stopped is not None,
            **(partial if self.uncontradicted else {}),
        }

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Rate":
        """The same from what :meth:`describe` gave, if no stopped audit estimated it."""
        misses = found["certain"] - found["hits"]
        return cls(
            found["hits"],
            misses,
            found["void"],
            found["unasked"],
            found["level"],
            uncontradicted=found.get("uncontradicted", 0),
        )


def accuracy(
    verdicts: Int64[Tensor, " items"], level: float = 0.95, *, chosen: bool = False
) -> Rate:
    """Teacher-relative accuracy: the share of certain items on which the student agrees."""
    return share(verdicts == Verdict.AGREE, verdicts, level, chosen=chosen)


def share(
    of: Bool[Tensor, " items"],
    verdicts: Int64[Tensor, " items"],
    level: float = 0.95,
    *,
    chosen: bool = False,
) -> Rate:
    """The share of certain items (``AGREE``, ``ERROR`` or ``ABSTAIN``) at which ``of`` is true."""
    certain = verdicts <= Verdict.ABSTAIN
    return Rate(
        hits=int((certain & of).sum()),
        misses=int((certain & ~of).sum()),
        void=int((verdicts == Verdict.VOID).sum()),
        unasked=int((verdicts == Verdict.UNASKED).sum()),
        level=level,
        chosen=chosen,
        uncontradicted=int((verdicts == Verdict.UNCONTRADICTED).sum()),
    )


def conventional(outcomes: list[Outcome], level: float = 0.95) -> Rate:
    """Conventional robust accuracy: the label of the clean input is assumed at the moved one.

    The share, among items whose clean input the teacher labels, that the student gets right on
    the clean input and under every attack given. Needs no question about moved inputs.

    Raises:
        InputError: no outcomes.
    """
    if not outcomes:
        raise InputError("conventional accuracy needs at least one outcome")
    clean = outcomes[0].clean
    counted = anchored(clean)
    wrong = torch.stack([fails_conventionally(outcome) for outcome in outcomes]).any(0)
    return Rate(
        hits=int((counted & ~wrong & ~clean.partial).sum()),
        misses=int(wrong.sum()),
        void=int((clean.asked & ~counted).sum()),
        unasked=int((~clean.asked).sum()),
        level=level,
        uncontradicted=int((clean.partial & ~wrong).sum()),
    )
