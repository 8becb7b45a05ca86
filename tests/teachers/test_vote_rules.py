"""The vote rules: examples, laws, and a second, naive implementation."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import MISSING, UNCERTAIN, InputError
from preceptor.teachers import Unanimous, VoteRule, Votes

rows = st.lists(st.sampled_from([UNCERTAIN, MISSING, 0, 1, 2]), min_size=1, max_size=12)
votes_rules = st.builds(
    Votes,
    least=st.integers(1, 6),
    share=st.sampled_from([0.3, 0.5, 0.6, 2 / 3, 0.75, 1.0]),
    abstentions=st.sampled_from([0.2, 1 / 3, 0.5, 2.0]),
)
rules = st.one_of(votes_rules, st.builds(Unanimous, least=st.integers(1, 4)))


def decide(rule: VoteRule, row: list[int]) -> int:
    return int(rule.decide(torch.tensor([row]))[0])


def naive(rule: VoteRule, row: list[int]) -> int:
    """The rule's words, one vote at a time."""
    given_votes = [vote for vote in row if vote != MISSING]
    labels = [vote for vote in given_votes if vote != UNCERTAIN]
    counts = {label: labels.count(label) for label in labels}
    best = max(counts.values(), default=0)
    winners = [label for label, count in counts.items() if count == best]
    if len(given_votes) < rule.least or len(winners) != 1:
        return UNCERTAIN
    if isinstance(rule, Unanimous):
        return winners[0] if best == len(given_votes) else UNCERTAIN
    assert isinstance(rule, Votes)
    share = Fraction(rule.share).limit_denominator(1000)
    limit = Fraction(rule.abstentions).limit_denominator(1000)
    abstained = Fraction(len(given_votes) - len(labels), len(given_votes))
    enough = Fraction(best, len(given_votes)) >= share and abstained < limit
    return winners[0] if enough else UNCERTAIN


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ([1, 1, 1, 1, 1], 1),
        ([1, 1, 1, 1, 0], 1),
        ([1, 1, 1, 0, 0], UNCERTAIN),  # 3/5 is below 2/3
        ([1, 1, 1, 1, UNCERTAIN], 1),
        ([1, 1, 1, UNCERTAIN, UNCERTAIN], UNCERTAIN),
        ([1, 1, 1, 1, 0, 0], 1),  # exactly 2/3
        ([1, 1, 1, 1, UNCERTAIN, UNCERTAIN], UNCERTAIN),  # exactly 1/3 abstain
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], 1),  # 10 of 15, exactly
        ([1, 1, 1, 1], UNCERTAIN),  # too few
        ([1, 1, 1, 1, MISSING, MISSING], UNCERTAIN),
        ([1, 1, 1, 1, 1, MISSING, MISSING], 1),
        ([UNCERTAIN] * 6, UNCERTAIN),
        ([MISSING] * 6, UNCERTAIN),
    ],
)
def test_votes_by_default(row: list[int], label: int) -> None:
    assert decide(Votes(), row) == label


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ([2, 2], 2),
        ([2, 2, MISSING], 2),
        ([2, 1], UNCERTAIN),
        ([2, UNCERTAIN], UNCERTAIN),
        ([2, MISSING], UNCERTAIN),
        ([UNCERTAIN, UNCERTAIN], UNCERTAIN),
    ],
)
def test_unanimous(row: list[int], label: int) -> None:
    assert decide(Unanimous(), row) == label


def test_a_tie_is_uncertain() -> None:
    rule = Votes(least=4, share=0.4, abstentions=1)
    assert decide(rule, [0, 0, 1, 1]) == UNCERTAIN
    assert decide(rule, [0, 0, 1, 2]) == 0


def test_nothing_to_decide() -> None:
    assert Votes().decide(torch.empty((0, 5), dtype=torch.int64)).shape == (0,)
    assert Votes().decide(torch.empty((2, 0), dtype=torch.int64)).tolist() == [UNCERTAIN] * 2


@given(rules, st.lists(rows, min_size=1, max_size=6))
def test_decides_as_the_words_say(rule: VoteRule, table: list[list[int]]) -> None:
    width = max(len(row) for row in table)
    padded = [row + [MISSING] * (width - len(row)) for row in table]
    assert rule.decide(torch.tensor(padded)).tolist() == [naive(rule, row) for row in table]


@given(rules, rows, st.randoms(use_true_random=False))
def test_the_order_of_members_changes_nothing(
    rule: VoteRule, row: list[int], chance: object
) -> None:
    shuffled = list(row)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(rule, shuffled) == decide(rule, row)


@given(rules, rows, st.permutations([0, 1, 2]))
def test_no_label_is_special(rule: VoteRule, row: list[int], names: list[int]) -> None:
    label = decide(rule, row)
    renamed = decide(rule, [names[vote] if vote >= 0 else vote for vote in row])
    assert renamed == (names[label] if label >= 0 else label)


@given(rules, rows)
def test_one_more_abstention_never_makes_certain(rule: VoteRule, row: list[int]) -> None:
    enough = sum(vote != MISSING for vote in row) >= rule.least
    if enough and decide(rule, row) == UNCERTAIN:
        assert decide(rule, [*row, UNCERTAIN]) == UNCERTAIN


@given(rules, rows, st.integers(0, 11))
@settings(max_examples=200)
def test_to_abstain_instead_never_makes_certain(rule: VoteRule, row: list[int], where: int) -> None:
    if isinstance(rule, Votes) and rule.share <= 0.5:
        return  # a tie can be broken by taking a vote away
    where %= len(row)
    instead = [UNCERTAIN if i == where and v != MISSING else v for i, v in enumerate(row)]
    if decide(rule, row) == UNCERTAIN:
        assert decide(rule, instead) == UNCERTAIN


@given(rules, rows)
def test_one_more_vote_for_it_keeps_a_label(rule: VoteRule, row: list[int]) -> None:
    label = decide(rule, row)
    if label != UNCERTAIN:
        assert decide(rule, [*row, label]) == label


@given(rules, rows)
def test_padding_changes_nothing(rule: VoteRule, row: list[int]) -> None:
    assert decide(rule, [*row, MISSING, MISSING]) == decide(rule, row)


@pytest.mark.parametrize(
    "bad", [{"least": 0}, {"share": 0.0}, {"share": 1.1}, {"abstentions": 0.0}]
)
def test_rules_out_of_range(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected least >= 1"):
        Votes(**bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="least"):
        Unanimous(least=0)


def test_the_sentence_says_the_numbers() -> None:
    assert Votes(least=7).sentence.startswith("at least 7 have voted, at least 2/3 of them")
    assert "fewer than 1/3" in Votes().sentence
