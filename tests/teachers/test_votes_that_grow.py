"""Recorded votes that stop when they decide: tables that grow, and what is counted on all votes."""

import random
from pathlib import Path

import pytest
import torch

from preceptor.api.recorded_tables import parse, read_named
from preceptor.core import IdSource, InputError, UntilDecided, Votes, id_inputs
from preceptor.teachers import RecordedVotes, Vote

RULE = UntilDecided(Votes(least=5, share=2 / 3), of=20, error=0.05)
IDS = [f"i{n}" for n in range(400)]


def cast(yes: int, seed: int) -> list[list[Vote]]:
    """Votes of 20 people on each item, so many of them for label 0, item by item in an order by chance."""
    rng, found = random.Random(seed), []
    for item in IDS:
        labels = [0] * yes + [1] * (20 - yes)
        rng.shuffle(labels)
        found.append([Vote(item, f"p{who}", label) for who, label in enumerate(labels)])
    return found


def teacher(votes: list[Vote], *, as_listed: bool = True) -> RecordedVotes:
    items = id_inputs(IDS)
    return RecordedVotes(votes, items, IDS, name="p", classes=2, rule=RULE, as_listed=as_listed)


def test_what_is_decided_stays_so_while_votes_are_added_below() -> None:
    each = cast(13, 1)
    before = torch.zeros(len(IDS), dtype=torch.bool)
    labels = torch.full((len(IDS),), -1)
    for many in range(5, 21):
        found = teacher([vote for one in each for vote in one[:many]])
        answered = found._answered
        assert bool((answered | ~before).all())
        assert torch.equal(found._labels[before], labels[before])
        before, labels = answered, found._labels
    assert bool(before.all())
    wrong = int((labels >= 0).sum())
    assert wrong <= 0.05 * len(IDS) + 3 * (0.05 * 0.95 * len(IDS)) ** 0.5


def test_a_finished_table_in_any_order_says_the_same() -> None:
    votes = [vote for one in cast(15, 2) for vote in one]
    turned = teacher(votes[::-1], as_listed=False)
    assert turned.version == teacher(votes, as_listed=False).version


def test_single_people_are_counted_on_all_votes() -> None:
    votes = [vote for one in cast(16, 3) for vote in one]
    found = teacher(votes)
    assert found.used < found.given
    ballots = found.ballots(IdSource(IDS))
    assert ballots is not None
    assert len(ballots) == found.given
    assert float((ballots.label == 0).double().mean()) == pytest.approx(0.8)
    assert ballots.rule == RULE.rule


def test_how_many_are_all_counts_people_and_not_rows(tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    rows = [f"{item},p{who},x" for item in ("a", "b") for who in range(5)]
    file.write_text("\n".join(["item,annotator,label", *rows, "a,p0,x", "a,p0,x"]) + "\n")
    named = parse(f"votes:{file},until=0")
    assert named is not None
    found = read_named(named, IdSource(["a", "b"]), None, ["x", "y"])
    assert isinstance(found, RecordedVotes)
    assert isinstance(found.rule, UntilDecided)
    assert found.rule.of == 5


def test_an_order_that_is_none() -> None:
    with pytest.raises(InputError, match="expected rows"):
        parse("votes:x.csv,until=0.05,order=time")
    with pytest.raises(InputError, match="means nothing without until="):
        parse("votes:x.csv,order=rows")


def test_what_was_saved_is_said_of_decided_items_alone() -> None:
    each = cast(20, 4)
    few = [vote for one in each for vote in one[:4]]
    assert teacher(few).saving == "The votes decide no item yet."
    some = teacher([*each[0], *(vote for one in each[1:] for vote in one[:4])])
    assert some.saving == (
        "7 of the 20 votes on the 1 decided items were enough; "
        "13 answers (65%) need not have been given."
    )
