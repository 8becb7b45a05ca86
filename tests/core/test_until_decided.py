"""A rule that stops asking: its error against every division of the votes, and what it decides when."""

from itertools import permutations

import numpy as np
import pytest
import torch

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    InputError,
    Unanimous,
    UntilDecided,
    VoteRule,
    Votes,
    describe_rule,
    enough,
    for_people,
    read_rule,
)


def divisions(votes: int, parts: int) -> list[list[int]]:
    """How many votes each of so many answers may have, in every way."""
    if parts == 1:
        return [[votes]]
    return [[n, *rest] for n in range(votes + 1) for rest in divisions(votes - n, parts - 1)]


@pytest.mark.parametrize("error", [0.05, 0.2])
@pytest.mark.parametrize(
    "rule",
    [
        Votes(least=3),
        Votes(least=3, share=3 / 5, abstentions=1 / 5),
        Votes(least=3, share=0.8, abstentions=0.1),
        Unanimous(least=3),
    ],
)
def test_no_division_of_the_votes_errs_more_often_than_stated(
    rule: Votes | Unanimous, error: float
) -> None:
    """Over all orders, for two labels, a third, and people who cannot tell."""
    of = 7
    until = UntilDecided(rule, of, error)
    for counts in divisions(of, 4):
        said = [
            label for label, n in zip((0, 1, 2, UNCERTAIN), counts, strict=True) for _ in range(n)
        ]
        orders = sorted(set(permutations(said)))  # each as often as any other
        settled = until.settle(torch.tensor(orders))
        truth = rule.decide(torch.tensor([said]))
        assert (settled.used > 0).all()
        assert (settled.labels != truth).double().mean() <= error + 1e-9, counts


def test_a_larger_error_than_stated_would_be_found() -> None:
    """Of seven at a share of two thirds, a rule that stops after three alike errs on 4 to 3 splits."""
    said = [0] * 4 + [1] * 3
    orders = sorted(set(permutations(said)))
    hasty = sum(len(set(order[:3])) == 1 for order in orders) / len(orders)
    assert hasty > 0.1


def test_without_an_error_nothing_changes_and_votes_are_saved() -> None:
    rng = np.random.default_rng(0)
    votes = torch.from_numpy(rng.choice([-1, 0, 1], (2000, 9), p=[0.1, 0.7, 0.2]))
    for rule in (Votes(), Votes(share=0.9), Unanimous(3)):
        settled = UntilDecided(rule, 9, 0.0).settle(votes)
        assert torch.equal(settled.labels, rule.decide(votes))
        assert (settled.used > 0).all()
        assert settled.used.double().mean() < 8


def test_a_larger_error_takes_fewer_votes() -> None:
    rng = np.random.default_rng(1)
    votes = torch.from_numpy(rng.choice([0, 1], (500, 20), p=[0.9, 0.1]))
    used = [
        float(UntilDecided(Votes(), 20, error).settle(votes).used.double().mean())
        for error in (0.0, 0.02, 0.05, 0.1)
    ]
    assert used == sorted(used, reverse=True)
    assert used[-1] < used[0] - 4


def test_later_votes_change_nothing_and_gaps_are_passed_over() -> None:
    rule = UntilDecided(Votes(), 5, 0.0)
    early = torch.tensor([[1, 1, MISSING, 1, 1, MISSING]])
    assert rule.settle(early).used.tolist() == [4]
    assert rule.decide(torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])).tolist() == [1, 1]
    open_ = torch.tensor([[1, 1, 1], [MISSING] * 3])
    assert rule.settle(open_).used.tolist() == [0, 0]
    assert enough(rule, open_).tolist() == [False, False]
    assert rule.settle(torch.zeros((0, 5), dtype=torch.int64)).used.tolist() == []
    nobody = torch.full((2, 5), UNCERTAIN)
    assert rule.settle(nobody).used.tolist() == [2, 2]
    assert rule.decide(nobody).tolist() == [UNCERTAIN] * 2


def test_how_many_more_are_needed() -> None:
    rule = UntilDecided(Votes(), 5, 0.0)
    assert [rule.further(said) for said in ((), (0,), (0, 0), (0, 0, 0), (0, 0, 0, 0))] == [
        2,
        2,
        2,
        1,
        0,
    ]
    assert rule.further((0, 1)) == 1
    assert rule.least == 2


@pytest.mark.parametrize("rule", [Votes(3, 0.6, 0.5), Unanimous(4)])
def test_there_and_back(rule: Votes | Unanimous) -> None:
    until = UntilDecided(rule, 9, 0.1)
    assert read_rule(describe_rule(until)) == until
    assert isinstance(until, VoteRule)
    assert for_people(until, 12) == UntilDecided(
        read_rule({**describe_rule(rule), "least": 12}),
        12,
        0.1,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("rule", "of", "error", "match"),
    [
        (Votes(), 20, 0.3, "until=0.3"),
        (Votes(), 20, -0.1, "until="),
        (Votes(), 4, 0.05, "the rule needs 5"),
        (Votes(share=0.5), 9, 0.05, "more than half"),
    ],
)
def test_what_cannot_be_decided(rule: Votes, of: int, error: float, match: str) -> None:
    with pytest.raises(InputError, match=match):
        UntilDecided(rule, of, error)
