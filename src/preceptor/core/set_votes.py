"""From the answers of several to one answer that may be a set: the labels that enough of them give.

Approval voting (Brams & Fishburn 1978): a vote for a label accepts that label, a vote that is a set
accepts each of its labels. Difference: not the label with most approvals is the answer, but all with
enough of them are acceptable.
"""

from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.core.answers import MISSING, UNCERTAIN
from preceptor.core.label_sets import kept_sets, plain_sets
from preceptor.core.votes import SharedVotes, Unanimous, VoteRule, Votes


@dataclass(frozen=True)
class VotedAnswers:
    """What a rule makes of votes.

    Attributes:
        labels: ``Int64[batch]``, or ``UNCERTAIN``.
        sets: ``Bool[batch, classes]``; ``None`` where no row is partial.
    """

    labels: Tensor
    sets: Tensor | None


def decide_answers(
    rule: VoteRule,
    votes: Int64[Tensor, "batch members"],
    classes: int,
    ballots: Bool[Tensor, "batch members classes"] | None = None,
) -> VotedAnswers:
    """The labels and the sets of acceptable ones that votes amount to.

    A vote that is a set counts for none of its labels alone. Where there is one, and the rule says
    nothing of sets, a label is acceptable if the share of votes accepts it with which the rule would
    be certain; is it only one, it is certain.

    Of any rule but ``Votes``, ``Unanimous`` and ``SharedVotes`` a vote that is a set could not tell.

    Args:
        rule: how votes become an answer.
        votes: labels, ``UNCERTAIN`` and ``MISSING``; ``UNCERTAIN`` where a vote is a set.
        classes: how many.
        ballots: the labels that each vote accepts, where some are sets of several and not all; the
            rows of other votes are not looked at.
    """
    labels = rule.decide(votes)
    counted = isinstance(rule, SharedVotes)
    inner = rule.rule if isinstance(rule, SharedVotes) else rule
    if not len(votes) or not (counted or ballots is not None):
        return VotedAnswers(labels, None)
    if not isinstance(inner, Votes | Unanimous):  # one that stops asking sees too few for a set
        return VotedAnswers(labels, None)
    enough = inner.share if isinstance(inner, Votes) else 1.0
    wanted = rule.share if isinstance(rule, SharedVotes) else enough
    share = Fraction(wanted).limit_denominator(10_000)
    partial = torch.zeros_like(votes, dtype=torch.bool)
    approvals = plain_sets(votes.flatten(), classes).view(*votes.shape, classes)
    approvals &= (votes >= 0)[..., None]
    if ballots is not None:
        partial = (votes == UNCERTAIN) & ballots.any(2) & ~ballots.all(2)
        approvals |= ballots & partial[..., None]
    total = (votes != MISSING).sum(1)
    counts = approvals.sum(1)
    acceptable = (counts > 0) & _reaches(counts, total[:, None], share)
    many = acceptable.sum(1)
    open_ = (labels == UNCERTAIN) & _may_answer(inner, total, (votes == UNCERTAIN) & ~partial)
    if not counted:
        open_ &= partial.any(1)
    sure = _reaches(counts.amax(1), total, Fraction(enough).limit_denominator(10_000))
    one = open_ & (many == 1) & sure
    labels = torch.where(one, acceptable.long().argmax(1), labels)
    several = open_ & (many > 1) & (many < classes)
    sets = torch.where(several[:, None], acceptable, plain_sets(labels, classes))
    return VotedAnswers(labels, kept_sets(sets))


def _may_answer(rule: Votes | Unanimous, total: Tensor, abstained: Tensor) -> Tensor:
    """Where enough have voted and few enough could not tell."""
    many = abstained.sum(1)
    if isinstance(rule, Unanimous):
        return (total >= rule.least) & (many == 0)
    limit = Fraction(rule.abstentions).limit_denominator(10_000)
    return (total >= rule.least) & (many * limit.denominator < total * limit.numerator)


def _reaches(counts: Tensor, total: Tensor, share: Fraction) -> Tensor:
    return counts * share.denominator >= total * share.numerator
