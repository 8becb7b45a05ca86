"""Recorded votes that are weighed, or read only until they decide."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.api.recorded_tables import parse, read_named
from preceptor.core import UNCERTAIN as NONE
from preceptor.core import IdSource, InputError, UnansweredError, id_inputs
from preceptor.teachers import RecordedVotes, UntilDecided, Vote, Votes, Weighing

IDS = tuple(f"i{n}" for n in range(60))
INPUTS = id_inputs(IDS)


def cast(*, clickers: int = 3, careful: int = 3, seconds: float | None = None) -> list[Vote]:
    """On each item some who click anything, and some who know."""
    rng = np.random.default_rng(4)
    votes = []
    for n, item in enumerate(IDS):
        for who in range(clickers):
            votes.append(Vote(item, f"click{who}", int(rng.integers(3)), seconds))
        for who in range(careful):
            votes.append(Vote(item, f"know{who}", n % 3, seconds))
    return votes


def teacher(votes: list[Vote], **more: object) -> RecordedVotes:
    return RecordedVotes(votes, INPUTS, IDS, name="t", classes=3, **more)  # type: ignore[arg-type]


def right(labels: torch.Tensor) -> float:
    return float((labels == torch.arange(60) % 3).double().mean())


def test_weights_find_what_counting_does_not() -> None:
    counted = teacher(cast())(INPUTS)
    weighed = teacher(cast(), weighing=Weighing())(INPUTS)
    assert right(counted.labels) < 0.8
    assert right(weighed.labels) > 0.95
    assert torch.equal(counted.votes, weighed.votes)  # type: ignore[arg-type]


def test_another_weighing_is_another_teacher() -> None:
    plain, one, two = (
        teacher(cast(), weighing=how)
        for how in (None, Weighing(threshold=0.9), Weighing(threshold=0.99999))
    )
    assert len({plain.version, one.version, two.version}) == 3
    assert "90 %" in one.certainty
    assert "overconfident" in one.certainty


def test_counts_cannot_be_weighed() -> None:
    with pytest.raises(InputError, match="do not say whose"):
        teacher(cast(), weighing=Weighing(), persons=False)


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({"known": {"nobody": 1}}, "none of the known"),
        ({"known": {"i0": 3}}, "expected -1 .. 2"),
        ({"helper": {"i0": (0.5, 0.5)}}, "3 numbers"),
        ({"helper": {"i0": (0.5, 0.1, 0.1)}}, "sum to"),
        ({"helper": {"nobody": (1.0, 0.0, 0.0)}}, "none of the items"),
    ],
)
def test_help_that_does_not_fit(how: dict[str, object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        teacher(cast(), weighing=Weighing(**how))  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [{"threshold": 0.4}, {"threshold": 1.1}])
def test_no_such_weighing(how: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"expected"):
        Weighing(**how)  # type: ignore[arg-type]


def test_votes_beyond_the_decision_are_left_out_and_cost_nothing() -> None:
    votes = cast(clickers=0, careful=6, seconds=2.0)
    until = teacher(votes, rule=UntilDecided(Votes(), 6, 0.0))
    whole = teacher(votes)
    assert torch.equal(until(INPUTS).labels, whole(INPUTS).labels)
    assert (until.given, until.used) == (
        360,
        300,
    )  # four alike, and two who cannot tell would be too many
    assert until(INPUTS).cost.tolist() == [10.0] * 60
    assert "60 answers (17%)" in until.certainty


def test_the_order_of_the_table_does_not_matter() -> None:
    votes = cast()
    one, two = (teacher(some, rule=UntilDecided(Votes(), 6, 0.1)) for some in (votes, votes[::-1]))
    assert one.version == two.version
    assert torch.equal(one(INPUTS).labels, two(INPUTS).labels)


def test_votes_that_do_not_decide_are_no_answer_yet() -> None:
    votes = [Vote("i0", "a", 0), Vote("i0", "b", 0), Vote("i1", "a", 0), Vote("i1", "b", 1)]
    until = teacher(votes, rule=UntilDecided(Votes(least=5), 5, 0.0))
    with pytest.raises(UnansweredError, match="do not decide yet") as raised:
        until(INPUTS[:2])
    assert raised.value.answered.tolist() == [False, False]
    third = teacher([*votes, Vote("i1", "c", NONE)], rule=UntilDecided(Votes(least=5), 5, 0.0))
    with pytest.raises(UnansweredError) as raised:
        third(INPUTS[:2])
    assert raised.value.answered.tolist() == [False, True]
    assert "2 votes do not decide what 5 would" in raised.value.reasons[0]


def table(folder: Path) -> Path:
    rows = [f"{vote.item},{vote.annotator},{'abc'[vote.label]}" for vote in cast()]
    (folder / "votes.csv").write_text("\n".join(["item,annotator,label", *rows]) + "\n")
    rows = [f"{item},{'abc'[n % 3]}" for n, item in enumerate(IDS[:6])]
    (folder / "known.csv").write_text("\n".join(["item,label", *rows]) + "\n")
    rows = [
        f"{item}," + ",".join("0.8" if n % 3 == k else "0.1" for k in range(3))
        for n, item in enumerate(IDS)
    ]
    (folder / "model.csv").write_text("\n".join(["item,a,b,c", *rows]) + "\n")
    return folder / "votes.csv"


def read(spec: str) -> RecordedVotes:
    named = parse(spec)
    assert named is not None
    found = read_named(named, IdSource(IDS), None, ("a", "b", "c"))
    assert isinstance(found, RecordedVotes)
    return found


def test_as_it_is_written(tmp_path: Path) -> None:
    file = table(tmp_path)
    until = read(f"votes:{file},least=3,until=0.05")
    assert until.rule == UntilDecided(Votes(least=3), 6, 0.05)
    assert read(f"votes:{file},least=3,until=0,of=5").rule == UntilDecided(Votes(least=3), 5, 0.0)
    weighed = read(
        f"votes:{file},weigh=one-coin,threshold=0.9,known={tmp_path / 'known.csv'},"
        f"helper={tmp_path / 'model.csv'}"
    )
    assert weighed.weighing is not None
    assert (weighed.weighing.method, weighed.weighing.threshold) == ("one-coin", 0.9)
    assert len(weighed.weighing.known) == 6
    assert weighed.weighing.helper["i0"] == pytest.approx((0.8, 0.1, 0.1), abs=1e-4)
    assert right(weighed(INPUTS).labels) > 0.95


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ("threshold=0.9", "nothing without weigh="),
        ("known=x.csv", "nothing without weigh="),
        ("of=5", "nothing without until="),
        ("until=0.1,weigh=one-coin", "give one"),
        ("weigh=best", "weigh=best: expected dawid-skene or one-coin"),
        ("until=0.5", "until=0.5"),
        ("until=0.05,of=3", "the rule needs 5"),
    ],
)
def test_what_means_nothing(tmp_path: Path, more: str, match: str) -> None:
    file = table(tmp_path)
    with pytest.raises(InputError, match=match):
        read(f"votes:{file},{more}")
