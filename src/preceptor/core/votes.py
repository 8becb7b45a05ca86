"""Vote rules: from the answers of several to one answer, or to ``UNCERTAIN``."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core.answers import MISSING, UNCERTAIN
from preceptor.core.errors import InputError


@runtime_checkable
class VoteRule(Protocol):
    """How votes become an answer. A pure function: no state, no randomness.

    Attributes:
        least: the fewest votes, abstentions included, that can be an answer.
        sentence: the end of a sentence that begins with *Certain where*.
    """

    @property
    def least(self) -> int: ...
    @property
    def sentence(self) -> str: ...

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """A label or ``UNCERTAIN`` for each row of labels, ``UNCERTAIN`` and ``MISSING``."""
        ...


@dataclass(frozen=True)
class Votes:
    """Certain where enough have voted, enough of them agree, and few enough abstain.

    Shares are compared exactly, as fractions: four votes of six reach two thirds. A tie at the
    top is uncertain. The defaults are the least that saw the uncertainty of the full plurality on
    the public votes of CIFAR-10H (Peterson et al. 2019): single votes differ from it on 4.5 % of
    the images, three votes on 1.4 %, five on 0.16 %.

    Attributes:
        least: certain only with at least so many votes; an abstention is a vote too.
        share: the top label needs at least this share of all votes, abstentions included.
        abstentions: abstentions must stay strictly below this share of all votes. Above 1 it
            sets no limit.

    Raises:
        InputError: numbers outside their range.
    """

    least: int = 5
    share: float = 2 / 3
    abstentions: float = 1 / 3

    def __post_init__(self) -> None:
        if self.least < 1 or not 0 < self.share <= 1 or self.abstentions <= 0:
            raise InputError(
                f"{self}: expected least >= 1, 0 < share <= 1 and abstentions > 0 "
                "(the share of abstentions stays strictly below it)"
            )

    @property
    def sentence(self) -> str:
        share, limit = (as_fraction(value) for value in (self.share, self.abstentions))
        return (
            f"at least {self.least} have voted, at least {share} of them for one label, "
            f"and fewer than {limit} of them could not tell"
        )

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """The top label where it satisfies the rule, else ``UNCERTAIN``."""
        share, limit = (as_fraction(value) for value in (self.share, self.abstentions))
        total = (votes != MISSING).sum(1)
        abstained = (votes == UNCERTAIN).sum(1)
        label, top, tied = _plurality(votes)
        certain = (
            (total >= self.least)
            & (top > 0)
            & ~tied
            & (top * share.denominator >= total * share.numerator)
            & (abstained * limit.denominator < total * limit.numerator)
        )
        return torch.where(certain, label, UNCERTAIN)


@dataclass(frozen=True)
class Unanimous:
    """Certain where all say the same label and nobody abstains.

    The eligibility rule of the unrestricted adversarial examples contest (Brown et al. 2018,
    section 3), which asks at least three people and also that each rules out every other class;
    here the label itself is all that is asked for.

    Attributes:
        least: certain only with at least so many votes.

    Raises:
        InputError: ``least`` below 1.
    """

    least: int = 2

    def __post_init__(self) -> None:
        if self.least < 1:
            raise InputError(f"{self}: expected least >= 1")

    @property
    def sentence(self) -> str:
        return f"at least {self.least} have voted and all say the same label"

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """The label of all, else ``UNCERTAIN``."""
        total = (votes != MISSING).sum(1)
        label, top, _ = _plurality(votes)
        return torch.where((top == total) & (total >= self.least), label, UNCERTAIN)


@dataclass(frozen=True)
class SharedVotes:
    """As another rule where that is certain; elsewhere each label with enough votes is acceptable.

    So what is certain stays certain, and only what was uncertain tells more. The other rule's least
    number of votes, and its limit of abstentions, hold as well. Where one label alone has enough
    votes, and not enough to be certain, the answer stays uncertain.

    Attributes:
        rule: when one label is certain.
        share: a label is acceptable with at least this share of all votes, abstentions included. At
            most the share with which the other rule is certain.

    Raises:
        InputError: a share out of range.
    """

    rule: Votes = Votes()
    share: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.share <= self.rule.share:
            raise InputError(
                f"labels with a share of {self.share:g} of the votes: expected more than 0 and at "
                f"most {self.rule.share:g}, the share with which one label is certain"
            )

    @property
    def least(self) -> int:
        """The other rule's."""
        return self.rule.least

    @property
    def sentence(self) -> str:
        """The other rule's, and what holds elsewhere."""
        share = as_fraction(self.share)
        return (
            f"{self.rule.sentence} (elsewhere, where so many have voted and so few could not tell, "
            f"each label with at least {share} of the votes is acceptable)"
        )

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """The label of certain rows, else ``UNCERTAIN``: what the other rule says."""
        return self.rule.decide(votes)


def _plurality(votes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The top label of each row, its votes, and whether another label has as many."""
    labels = torch.unique(votes[votes >= 0])
    if len(labels) == 0:
        nothing = torch.zeros(len(votes), dtype=torch.int64)
        return torch.full_like(nothing, UNCERTAIN), nothing, nothing.bool()
    counts = torch.stack([(votes == label).sum(1) for label in labels], dim=1)
    top = counts.amax(1)
    return labels[counts.argmax(1)], top, (counts == top[:, None]).sum(1) > 1


def as_fraction(value: float) -> Fraction:
    """The simplest fraction that a share stands for, so that 2/3 is two thirds."""
    return Fraction(value).limit_denominator(10_000)
