"""Stopped audits beside others: what is valid at any stopping time, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from audit_fakes import SQUARE, Jitter, Pupil, Push, Seer, points, run, world
from torch import Tensor

from preceptor.audit import Plan, Record, StudentComparison, lead, side_by_side
from preceptor.audit.notebook import Notebook
from preceptor.core import ArraySource, InputError
from preceptor.report import render_side_by_side
from preceptor.sequential import StoppingRule

ATTACKS = (Push((0.0, 0.25), "up"), Jitter(0.5))


class Clever(Pupil):
    """Sees what the teacher sees."""

    def __call__(self, inputs: Tensor) -> Tensor:
        return self.think(inputs[:, 0])


def stopped(folder: Path, student: Pupil, rule: StoppingRule, **more: Any) -> Record:
    told = {"source": world(300), "plan": Plan(ATTACKS, until=rule), **more}
    return run(folder, student=student, **told)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """The plain student, decided late; the clever one, decided early; and the clever one in full."""
    folder = tmp_path_factory.mktemp("stopped")
    return [
        stopped(folder / "plain", Pupil(name="plain"), StoppingRule(within=0.1)),
        stopped(folder / "clever", Clever(name="clever"), StoppingRule(least=0.96)),
        run(folder / "full", student=Clever(name="full"), source=world(300), plan=Plan(ATTACKS)),
        run(folder / "all", student=Pupil(name="all"), source=world(300), plan=Plan(ATTACKS)),
    ]


@pytest.fixture(scope="module")
def found(records: list[Record]) -> StudentComparison:
    return side_by_side(records[:2])


def used(record: Record) -> int:
    return int(record.facts["stopping"]["used"])


def test_the_items_until_the_first_stop_are_compared(
    records: list[Record], found: StudentComparison
) -> None:
    assert used(records[1]) < used(records[0])
    assert len(found.ids) == used(records[1])
    assert found.ids == records[0].ids[: len(found.ids)]
    assert found.items_left_out == len(records[0].ids) - len(found.ids)
    assert found.describe()["any_time"]
    assert [contrast.name for contrast in found.pairs[0].contrasts] == ["no attack", "all attacks"]


def test_the_better_student_is_found_at_any_time(found: StudentComparison) -> None:
    main = found.pair(1, 0).headline
    assert main.settled
    assert main.difference.ahead == 1
    low, high = main.difference.interval
    assert main.difference.value is not None
    assert 0 <= low < main.difference.value < high
    assert found.pair(0, 1).headline.difference.interval == (-high, -low)
    assert found.pair(0, 1).headline.difference.ahead == -1
    assert not found.pair(1, 0).contrasts[0].settled


def test_it_holds_what_the_full_audits_find(
    records: list[Record], found: StudentComparison
) -> None:
    full = side_by_side(records[2:])
    truth = full.pair(0, 1).headline.difference.value
    assert truth is not None
    low, high = found.pair(1, 0).headline.difference.interval
    assert low <= truth <= high


def test_a_full_record_beside_a_stopped_one(
    records: list[Record], found: StudentComparison
) -> None:
    """The first items of the order are the same, wherever they stand in the full record."""
    beside = side_by_side([records[0], records[2]])
    assert len(beside.ids) == used(records[0])
    again = side_by_side([records[0], records[1]])
    assert again.ids == beside.ids[: len(again.ids)]
    rows = [0, 3, 7]
    assert np.array_equal(beside.sides[1].inputs(1, rows), beside.sides[0].inputs(0, rows)) is False
    assert np.array_equal(beside.sides[1].inputs(0, rows), beside.sides[0].inputs(0, rows))
    headline = beside.pair(1, 0).headline.difference
    assert headline.stopped is not None
    assert headline.interval[0] >= found.pair(1, 0).headline.difference.interval[0]


def test_a_rule_about_these_items(tmp_path: Path) -> None:
    rule = StoppingRule(within=0.05, of="items")
    made = [
        stopped(tmp_path / student.name, student, rule)
        for student in (Pupil(name="plain"), Clever(name="clever"))
    ]
    found = side_by_side(made)
    assert found.prefix is not None
    assert (found.prefix.population, found.prefix.pool) == ("items", 300)
    assert found.pair(1, 0).headline.settled


def test_what_has_no_valid_interval_is_refused(tmp_path: Path, records: list[Record]) -> None:
    rule = StoppingRule(least=0.62)
    guessed = stopped(tmp_path / "guessed", Clever(name="guessed"), rule, proxy=Seer(name="guess"))
    of_items = stopped(tmp_path / "items", Clever(name="items"), StoppingRule(0.7, of="items"))
    apart = stopped(tmp_path / "apart", Clever(name="apart"), rule, nonce="b")
    flips = run(
        tmp_path / "flips",
        student=Clever(name="flips"),
        source=world(300),
        plan=Plan(ATTACKS, ask="flips"),
    )
    for other, words in (
        (guessed, "'guessed' was asked in an order drawn from a proxy's guesses.*without --proxy"),
        (of_items, "rate of the source and that of 'items' about the rate of these very items"),
        (apart, "'plain' and 'apart' were asked in orders drawn apart.*with one --ledger"),
        (flips, r"what is asked \(ask\)"),
    ):
        for shared in (False, True):
            with pytest.raises(InputError, match=words):
                side_by_side([records[0], other], shared=shared)


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    """Through one journal the same items come first, however a file is arranged."""
    book = Notebook(tmp_path / "notes")
    order = torch.randperm(300, generator=torch.Generator().manual_seed(1))
    ids = [world(300).ids[i] for i in order.tolist()]
    shuffled = ArraySource(points(300)[order], SQUARE, ids, "world")
    rule = StoppingRule(least=0.7)
    made = [
        stopped(tmp_path / "plain", Pupil(name="plain"), rule, journal=book),
        stopped(tmp_path / "other", Clever(name="other"), rule, journal=book, source=shuffled),
    ]
    assert side_by_side(made).ids == min((one.ids for one in made), key=len)


def test_rates_of_these_items_are_compared_on_the_same_items_only(tmp_path: Path) -> None:
    book, rule = Notebook(tmp_path / "notes"), StoppingRule(least=0.7, of="items")
    fewer = stopped(tmp_path / "a", Clever(name="a"), rule, journal=book, source=world(200))
    more = stopped(tmp_path / "b", Clever(name="b"), rule, journal=book)
    with pytest.raises(InputError, match="rate of these very items is another"):
        side_by_side([fewer, more])
    with pytest.raises(InputError, match="began only after some items"):
        side_by_side([fewer, more])


def test_a_record_that_lacks_some_of_the_items_is_refused(records: list[Record]) -> None:
    full = records[2]
    gone = full.ids.index(records[0].ids[0])
    ids = tuple("another" if i == gone else item for i, item in enumerate(full.ids))
    with pytest.raises(InputError, match="some are missing"):
        side_by_side([records[0], replace(full, ids=ids)])


def test_the_page_says_what_it_rests_on(found: StudentComparison) -> None:
    page = render_side_by_side(found)
    assert "until the first of them stopped" in page
    assert "hold whenever one stops" in page
    assert lead(found).before.endswith("clever is more accurate than plain by ")
    json.dumps(found.describe())
