"""Weak robustness over several attacks: the worst case, and the least of the rates.

A student is weakly robust under an attack if it is right at the moved inputs of which the teacher is
certain. Over several attacks an item counts if the teacher is certain at one of its moved inputs at
least, and is wrong if the student is wrong at any of these. The clean input is no moved input: it
saves no item and condemns none.

Neither number bounds the other. An attack that turns most of its inputs void has a rate over few
items, and the worst case fills up with the items that another attack left certain. So what a student
is held to is the least of all these rates: of each attack's own, and of the worst case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome.rates import Rate, accuracy
from preceptor.outcome.verdicts import Outcome, Sheet, judge

NO_ATTACK: Final = "no attack"
WORST_CASE: Final = "all attacks"

_BADNESS = torch.tensor([1, 5, 4, 0, 3, 2])
"""By Verdict: AGREE, ERROR, ABSTAIN, VOID, UNASKED, UNCONTRADICTED."""

Standing = Literal["passed", "refuted", "open"]


def worst(verdicts: Sequence[Int64[Tensor, " items"]]) -> Int64[Tensor, " items"]:
    """The pointwise worst case over the moved inputs of the same items.

    An error anywhere is an error; failing that, an abstention anywhere is an abstention: an item
    that is wrong somewhere stays wrong, whatever else the teacher would say. Failing both, an
    unasked input leaves the item unasked, since it could turn out as anything; and one at which the
    teacher named several labels, the student's among them, leaves it not contradicted, since the
    student may be wrong there. Then agreement
    anywhere is agreement, and an item is void only if it is void at all its moved inputs.

    Args:
        verdicts: for each attack, of its moved inputs. Not of the clean ones.

    Raises:
        InputError: no verdicts at all.
    """
    if not verdicts:
        raise InputError("the worst case of no verdicts is undefined; give at least one sheet")
    stacked = torch.stack(list(verdicts))
    return stacked.gather(0, _BADNESS[stacked].argmax(0, keepdim=True))[0]


def never_wrong(outcomes: Sequence[Outcome]) -> Int64[Tensor, " items"]:
    """The worst case over clean and moved inputs together: who was never found wrong.

    An item agrees if the student is right at one of its inputs, clean or moved, and the teacher is
    uncertain at all others: void counts as survived. So an attack that turns inputs void raises
    this measure. It is shown beside the rates, and nothing is decided by it.

    Raises:
        InputError: no outcomes.
    """
    return worst(
        [judge(one.clean) for one in outcomes[:1]] + [judge(one.moved) for one in outcomes]
    )


@dataclass(frozen=True, eq=False)
class Component:
    """One of the rates of which the least counts.

    Attributes:
        name: of the attack; ``all attacks`` for the worst case; ``no attack``.
        verdicts: ``Int64[items]``, values of :class:`Verdict`.
    """

    name: str
    verdicts: Int64[Tensor, " items"]


def unattacked(clean: Sheet) -> Outcome:
    """What an audit without any attack says of its items."""
    return Outcome(NO_ATTACK, clean, clean)


def components(outcomes: Sequence[Outcome]) -> tuple[Component, ...]:
    """Each attack's own verdicts and, of two attacks or more, the worst case over them.

    Args:
        outcomes: one for each attack; of an audit without any, :func:`unattacked` alone.

    Raises:
        InputError: no outcomes.
    """
    if not outcomes:
        raise InputError(
            "no outcomes, so there is no rate; of an audit without attacks give "
            "unattacked(clean sheet)"
        )
    own = tuple(Component(one.attack, judge(one.moved)) for one in outcomes)
    if len(own) == 1:
        return own
    return (*own, Component(WORST_CASE, worst([one.verdicts for one in own])))


@dataclass(frozen=True)
class LeastRate:
    """The least of several rates of one student, and what may be said of it.

    A rate with nothing certain under it is undefined: it is never passed and never refuted, and as
    the least of the rates could be anything, the interval of the least then begins at 0.

    Attributes:
        names: of the components.
        rates: of each, at one level.
        stopped: the interval of the least, where asking stopped by a rule that looked at the
            answers.

    Raises:
        InputError: no rates, or rates at several levels.
    """

    names: tuple[str, ...]
    rates: tuple[Rate, ...]
    stopped: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.rates or len(self.names) != len(self.rates):
            raise InputError(f"expected a name for each of at least one rate; got {self.names}")
        if len({rate.level for rate in self.rates}) > 1:
            raise InputError(f"rates at several levels: {[rate.level for rate in self.rates]}")

    @classmethod
    def of(
        cls, parts: Sequence[Component], level: float = 0.95, *, chosen: bool = False
    ) -> "LeastRate":
        """From the verdicts; see :func:`preceptor.outcome.accuracy` for ``chosen``."""
        rates = tuple(accuracy(one.verdicts, level, chosen=chosen) for one in parts)
        return cls(tuple(one.name for one in parts), rates)

    @property
    def level(self) -> float:
        """Of the interval, two-sided."""
        return self.rates[0].level

    @property
    def place(self) -> int:
        """Which component decides: that of the least rate.

        Where a rate has no one value since not all was asked, what it is at least counts. Of equal
        rates the one with the lower end of the interval decides, then the first. An undefined rate
        decides only if all are undefined.
        """

        def height(i: int) -> tuple[bool, float, float]:
            rate = self.rates[i]
            value = rate.bounds[0] if rate.value is None else rate.value
            return not rate.most, value, rate.interval[0]

        return min(range(len(self.rates)), key=height)

    @property
    def name(self) -> str:
        """Of the component that decides."""
        return self.names[self.place]

    @property
    def rate(self) -> Rate:
        """Of the component that decides, with its own interval."""
        return self.rates[self.place]

    @property
    def partial(self) -> bool:
        """Whether any rate has items that are not contradicted."""
        return any(rate.uncontradicted for rate in self.rates)

    @property
    def accepting(self) -> float | None:
        """The least of the rates if all that is not contradicted is right; of those that have one."""
        found = [rate.accepting for rate in self.rates]
        return min((value for value in found if value is not None), default=None)

    @property
    def undefined(self) -> tuple[str, ...]:
        """Components of whose inputs all were asked and none is certain."""
        pairs = zip(self.names, self.rates, strict=True)
        return tuple(name for name, rate in pairs if not rate.most)

    @property
    def bounds(self) -> tuple[float, float]:
        """Where the least rate of *these* items must lie, whatever the unasked ones turn out to be.

        Of an undefined rate nothing is known: it counts as anything.
        """
        ends = [rate.bounds for rate in self.rates]
        return min(low for low, _ in ends), min(high for _, high in ends)

    @property
    def highest(self) -> tuple[float, ...]:
        """The upper end of each rate, at a level corrected for their number."""
        level = 1 - (1 - self.level) / len(self.rates)
        return tuple(replace(rate, level=level).interval[1] for rate in self.rates)

    @property
    def interval(self) -> tuple[float, float]:
        """A confidence interval for the least of the source's rates, two-sided at ``level``.

        Lower end: the least of the lower ends. It lies above the least rate only if the lower end
        of that very rate does, so no correction is needed (an intersection-union test, Berger
        1982). Upper end: the least of the upper ends, any of which may be the wrong one, so each is
        taken at a level corrected for their number (Bonferroni). With one component this is the
        interval of its rate.
        """
        if self.stopped is not None:
            return self.stopped
        return min(rate.interval[0] for rate in self.rates), min(self.highest)

    def standing(self, least: float) -> Standing:
        """Whether every rate is surely at least this, or one is surely below.

        ``passed``: every component is defined, and its lower end is at least ``least``.
        ``refuted``: the upper end of one, corrected for their number, is below. Otherwise ``open``.
        """
        low, high = self.interval
        if high < least:
            return "refuted"
        if low >= least and all(rate.certain for rate in self.rates):
            return "passed"
        return "open"

    def describe(self) -> dict[str, Any]:
        """Plain data: the component that decides, its rate, and the interval of the least."""
        return {
            "decided_by": self.name,
            "value": self.rate.value,
            "interval": list(self.interval),
            "bounds": list(self.bounds),
            "level": self.level,
            "certain": self.rate.certain,
            "void": self.rate.void,
            "unasked": self.rate.unasked,
            **(
                {"uncontradicted": self.rate.uncontradicted, "accepting": self.accepting}
                if self.partial
                else {}
            ),
            "components": list(self.names),
            "undefined": list(self.undefined),
            "any_time": self.stopped is not None,
        }
