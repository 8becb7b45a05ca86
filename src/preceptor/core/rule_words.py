"""Vote rules as plain data, and what all of them can be asked: enough votes, another number of people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.core.answers import MISSING
from preceptor.core.errors import InputError
from preceptor.core.until_decided import UntilDecided
from preceptor.core.votes import SharedVotes, Unanimous, VoteRule, Votes


def with_least(rule: VoteRule, least: int) -> VoteRule:
    """The same rule with another least number of votes; of votes that are all there, of a rule that
    stops as soon as they decide.

    Raises:
        InputError: it is no rule of ours.
    """
    return read_rule({**describe_rule(whole(rule)), "least": least})


def whole(rule: VoteRule) -> VoteRule:
    """What holds of all votes, where a rule stops before."""
    return rule.rule if isinstance(rule, UntilDecided) else rule


def for_people(rule: VoteRule, people: int) -> VoteRule:
    """The same rule where so many people are asked, all of whom it needs.

    Raises:
        InputError: it is no rule of ours, or there are too few people.
    """
    other = with_least(rule, people)
    if isinstance(rule, UntilDecided) and isinstance(other, Votes | Unanimous):
        return replace(rule, rule=other, of=people)
    return other


def enough(rule: VoteRule, votes: Int64[Tensor, "batch members"]) -> Bool[Tensor, " batch"]:
    """Whether the votes on each item are an answer."""
    if isinstance(rule, UntilDecided):
        return rule.settle(votes).used > 0
    return (votes != MISSING).sum(1) >= rule.least


def asked_further(rule: VoteRule, people: int, votes: Sequence[int]) -> int:
    """How many people an item still needs, of those who are asked of each; 0 if it has its answer.

    Args:
        rule: that decides.
        people: asked of each item.
        votes: those that are there, in their order.
    """
    if isinstance(rule, UntilDecided):
        return rule.further(tuple(votes))
    return max(0, people - len(votes))


def describe_rule(rule: VoteRule) -> dict[str, Any]:
    """Plain data for a rule.

    Raises:
        InputError: it is none of ``Votes``, ``Unanimous``, ``SharedVotes`` and ``UntilDecided``.
    """
    if isinstance(rule, SharedVotes):
        of = describe_rule(rule.rule)
        return {"rule": "shared", "least": rule.least, "share": rule.share, "of": of}
    if isinstance(rule, Votes):
        return {
            "rule": "votes",
            "least": rule.least,
            "share": rule.share,
            "abstentions": rule.abstentions,
        }
    if isinstance(rule, Unanimous):
        return {"rule": "unanimous", "least": rule.least}
    if isinstance(rule, UntilDecided):
        return {
            "rule": "until decided",
            "whole": describe_rule(rule.rule),
            "of": rule.of,
            "error": rule.error,
        }
    raise InputError(
        f"expected the rule Votes, Unanimous, SharedVotes or UntilDecided; got {type(rule).__name__}"
    )


def read_rule(body: Mapping[str, Any]) -> VoteRule:
    """The rule from plain data.

    Raises:
        InputError: no such rule, or numbers out of range.
    """
    if body["rule"] == "votes":
        return Votes(body["least"], body["share"], body["abstentions"])
    if body["rule"] == "unanimous":
        return Unanimous(body["least"])
    if body["rule"] == "shared":
        of = body["of"]
        return SharedVotes(Votes(body["least"], of["share"], of["abstentions"]), body["share"])
    if body["rule"] == "until decided":
        inner = read_rule(body["whole"])
        if isinstance(inner, Votes | Unanimous):
            return UntilDecided(inner, body["of"], body["error"])
    raise InputError(
        f"no rule {body['rule']!r}; expected votes, unanimous, shared or until decided"
    )
