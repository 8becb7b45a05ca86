"""A ledger that cannot be written answers what it knows."""

import os
from pathlib import Path

import pytest
import torch

from preceptor.core import IncompleteError, LedgerError
from preceptor.ledger import Ledger
from preceptor.teachers import Panel, Rule, Votes

INPUTS = torch.rand(6, 2, generator=torch.Generator().manual_seed(0))


def rule(name: str = "first", column: int = 0) -> Rule:
    return Rule(lambda x: (x[:, column] > 0.5).long(), name=name, classes=2, version="1")


@pytest.fixture
def shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with answers to four of the six, on what the system says cannot be written."""
    path = tmp_path / "kept.db"
    with Ledger(path) as book:
        book.keep(rule())(INPUTS[:4])
        book.keep(Panel([rule(), rule("second", 1)], name="both", rule=Votes(least=2)))(INPUTS[:4])
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: mode != os.W_OK and allowed(p, mode))
    return path


def test_what_is_known_is_answered(shut: Path) -> None:
    before = shut.read_bytes()
    with Ledger(shut) as book:
        for teacher in (
            rule(),
            Panel([rule(), rule("second", 1)], name="both", rule=Votes(least=2)),
        ):
            kept = book.keep(teacher)
            assert torch.equal(kept(INPUTS[:4]).labels, teacher(INPUTS[:4]).labels)
            assert kept.known(INPUTS).tolist() == [True] * 4 + [False] * 2
        assert {"first", "second"} <= {row.teacher for row in book.answers()}
        assert book.check() == []
        assert len(book.teachers()) >= 2
    assert shut.read_bytes() == before
    assert [file.name for file in shut.parent.iterdir()] == ["kept.db"]


@pytest.mark.parametrize("budget", [None, 0])
def test_what_is_not_known_stays_unanswered_and_the_rest_travels(
    shut: Path, budget: int | None
) -> None:
    asked: list[int] = []

    def count(x: torch.Tensor) -> torch.Tensor:
        asked.append(len(x))
        return (x[:, 0] > 0.5).long()

    teacher = Rule(count, name="first", classes=2, version="1")
    with Ledger(shut) as book:
        for one in (teacher, Panel([rule(), rule("second", 1)], name="both", rule=Votes(least=2))):
            with pytest.raises(IncompleteError, match="the ledger is read-only") as found:
                book.keep(one, budget=budget)(INPUTS)
            assert found.value.answered.tolist() == [True] * 4 + [False] * 2
    assert asked == []


def test_a_teacher_it_never_met_knows_nothing(shut: Path) -> None:
    with Ledger(shut) as book, pytest.raises(IncompleteError, match="read-only"):
        book.keep(rule("stranger"))(INPUTS)


def test_writing_says_what_to_do(shut: Path) -> None:
    with Ledger(shut) as book:
        with pytest.raises(LedgerError, match=r"read-only.*right to write"):
            book.add(rule(), INPUTS, rule()(INPUTS))
        with pytest.raises(LedgerError, match="read-only"):
            book.keep(rule()).again(INPUTS[:1])


def test_a_new_ledger_cannot_be_made_of_an_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setattr(os, "access", lambda _p, mode: mode != os.W_OK)
    with pytest.raises(LedgerError, match="is no ledger yet, and it is read-only"):
        Ledger(tmp_path / "empty.db")
