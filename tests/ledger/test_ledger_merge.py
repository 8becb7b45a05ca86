"""Ledgers merged: nothing is lost, nothing counted twice, and merging again changes nothing."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.core import ArraySource, Domain, LedgerError, TeacherCheck
from preceptor.ledger import Ledger
from preceptor.teachers import Rule


def rule(shift: int = 0, classes: int = 3, name: str = "rule") -> Rule:
    def law(inputs: Tensor) -> Tensor:
        return (inputs.sum(1).round().long() + shift) % classes

    return Rule(law, name=name, classes=classes, version="1")


def points(numbers: Sequence[int]) -> Tensor:
    return torch.tensor([[float(n), 0.0] for n in numbers])


def asked(path: Path, numbers: Sequence[int], shift: int = 0, purpose: str = "p") -> None:
    with Ledger(path) as ledger:
        ledger.keep(rule(shift), purpose=purpose)(points(numbers))


def rows(path: Path) -> Counter[tuple[object, ...]]:
    """Every answer but for the number of its repeat."""
    with Ledger(path, create=False) as ledger:
        return Counter(
            (a.teacher, a.input, a.label, a.cost, a.seconds, a.asked_at, a.purpose)
            for a in ledger.answers()
        )


def questions(path: Path) -> int:
    with Ledger(path, create=False) as ledger:
        return sum(total.questions for total in ledger.totals())


def test_two_shards_are_one_ledger_and_nothing_is_asked_again(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    asked(one, range(5))
    asked(two, range(5, 12))
    with Ledger(tmp_path / "all.db") as ledger:
        first, second = ledger.merge(one), ledger.merge(two)
        assert (first.answers, second.answers) == (5, 7)
        assert (first.questions, first.teachers, first.inputs) == (5, 1, 5)
        assert (second.teachers, second.repeats, second.conflicts) == (0, 0, 0)
        kept = ledger.keep(rule(), budget=12, purpose="p")
        assert kept.spent == 12
        assert kept(points(range(12))).labels.tolist() == [n % 3 for n in range(12)]
        assert not ledger.check()
    assert rows(tmp_path / "all.db") == rows(one) + rows(two)


def test_a_copy_that_grew_adds_what_is_new_only(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    asked(one, range(4))
    with sqlite3.connect(one) as db, sqlite3.connect(two) as copy:
        db.backup(copy)
    asked(two, range(6))
    with Ledger(one) as ledger:
        told = ledger.merge(two)
        assert (told.answers, told.questions, told.repeats) == (2, 2, 0)
        again = ledger.merge(two)
        assert (again.answers, again.questions, again.inputs, again.notes) == (0, 0, 0, 0)
        assert not ledger.check()
    assert rows(one) == rows(two)


def test_both_asked_so_both_answers_are_kept_and_the_first_is_used(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    asked(one, [0, 1])
    asked(two, [1, 2], shift=1)
    before = rows(one) + rows(two)
    with Ledger(one) as ledger:
        told = ledger.merge(two)
        assert (told.answers, told.repeats, told.conflicts, told.questions) == (2, 1, 1, 2)
        assert ledger.keep(rule(), purpose="p")(points([0, 1, 2])).labels.tolist() == [0, 1, 0]
        assert ledger.keep(rule(), purpose="p").spent == 4
        repeats = [(a.repeat, a.label) for a in ledger.answers()]
        assert sorted(repeats) == [(0, 0), (0, 0), (0, 1), (1, 2)]
        assert not ledger.check()
        assert ledger.merge(two).answers == 0
    assert rows(one) == before


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "a to b", "b to a"]),
            st.lists(st.integers(0, 6), min_size=1, max_size=4),
            st.integers(0, 1),
            st.sampled_from(["p", "q"]),
        ),
        max_size=8,
    )
)
def test_whatever_is_done_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, list[int], int, str]],
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    paths = {name: folder / f"{name}.db" for name in "ab"}
    for path in paths.values():
        asked(path, [0])
    for what, numbers, shift, purpose in steps:
        if what in paths:
            asked(paths[what], numbers, shift, purpose)
            continue
        source, _, into = what.split()
        union = rows(paths[source]) | rows(paths[into])
        count = questions(paths[source]), questions(paths[into])
        with Ledger(paths[into]) as ledger:
            ledger.merge(paths[source])
            assert not ledger.check()
            again = ledger.merge(paths[source])
            assert (again.answers, again.questions) == (0, 0)
        assert rows(paths[into]) == union
        assert max(count) <= questions(paths[into]) <= sum(count)


def test_checks_and_notes_come_along(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    check = TeacherCheck("people", "1", "key", "clean", "items", "", 1, 1)
    later = TeacherCheck("people", "1", "key", "clean", "items", "", 1, 2)
    for path, said, note in ((two, check, "theirs"), (one, later, "ours")):
        with Ledger(path) as ledger:
            ledger.keep_checks("rule", "1", 3, "always", [said])
            ledger.journal.note("lines", note, 0)
            ledger.journal.note("reply x", "same", 0)
            ledger.journal.note("line 7", note, 0)
    with Ledger(one) as ledger:
        told = ledger.merge(two)
        assert told.checks == 1
        assert ledger.checks("rule", "1") == [later], "the later one counts, wherever it came from"
        assert ledger.journal.notes("lines") == ["ours", "theirs"]
        assert ledger.journal.notes("reply x") == ["same"]
        assert ledger.journal.notes("line 7") == ["ours"]
        assert told.left == ("line 7",)
        assert ledger.merge(two).notes == 0


def test_another_teacher_of_that_name_changes_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    asked(one, [0])
    with Ledger(two) as ledger:
        ledger.keep(rule(classes=4), purpose="p")(points([1, 2]))
    before = rows(one)
    with Ledger(one) as ledger, pytest.raises(LedgerError, match=r"3 classes in .*one.db and 4"):
        ledger.merge(two)
    assert rows(one) == before


def test_a_ledger_is_not_merged_with_itself_nor_with_what_is_not_there(tmp_path: Path) -> None:
    asked(tmp_path / "one.db", [0])
    with Ledger(tmp_path / "one.db") as ledger:
        with pytest.raises(LedgerError, match="this very ledger"):
            ledger.merge(tmp_path / "." / "one.db")
        with pytest.raises(LedgerError, match=r"two\.db"):
            ledger.merge(tmp_path / "two.db")


def test_what_is_being_asked_is_waited_for(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    asked(one, [0])

    def law(inputs: Tensor) -> Tensor:
        with Ledger(one) as ledger, pytest.raises(LedgerError, match="asking through"):
            ledger.merge(two)
        return inputs.sum(1).long() % 3

    with Ledger(two) as ledger:
        ledger.keep(Rule(law, name="slow", classes=3, version="1"))(points([1]))
    with Ledger(one) as ledger:
        assert ledger.merge(two).answers == 1


def test_audits_of_shards_make_the_whole_one_free(tmp_path: Path) -> None:
    import preceptor as pr

    torch.manual_seed(0)
    inputs = torch.rand(24, 2)
    ids = [f"item {n}" for n in range(24)]
    domain = Domain((2,), 0.0, 1.0)
    net = torch.nn.Linear(2, 2)
    teacher = Rule(lambda x: (x[:, 0] > x[:, 1]).long(), name="sides", classes=2, version="1")

    def audit(part: slice, ledger: Path, out: Path) -> pr.Record:
        source = ArraySource(inputs[part], domain, ids=ids[part])
        return pr.audit(
            net, source, teacher, attacks=["noise:size=0.1", "pgd:eps=0.1"], ledger=ledger, out=out
        )

    for number, part in enumerate((slice(0, 9), slice(9, 24))):
        audit(part, tmp_path / f"{number}.db", tmp_path / f"part {number}")
    with Ledger(tmp_path / "all.db") as ledger:
        for number in range(2):
            ledger.merge(tmp_path / f"{number}.db")
    before = questions(tmp_path / "all.db"), rows(tmp_path / "all.db")
    whole = audit(slice(0, 24), tmp_path / "all.db", tmp_path / "whole")
    alone = audit(slice(0, 24), tmp_path / "fresh.db", tmp_path / "alone")
    assert rows(tmp_path / "all.db") == before[1], "nothing was asked again"
    assert whole.digest == alone.digest
