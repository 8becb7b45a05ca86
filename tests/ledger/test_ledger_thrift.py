"""What the ledger saves itself: hashing, looking up, waiting for the disk. And what it must not."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from ledger_fakes import Fake, Unanimous, honest, label_of, numbered
from torch import Tensor

from preceptor.core import Answers
from preceptor.ledger import Ledger, question_keys
from preceptor.ledger.store import Store


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many inputs each call of the hash function got."""
    counts: list[int] = []
    real = question_keys.input_keys

    def count(inputs: Tensor) -> list[str]:
        counts.append(len(inputs))
        return real(inputs)

    monkeypatch.setattr(question_keys, "input_keys", count)
    return counts


def test_a_panel_hashes_each_input_once(hashed: list[int]) -> None:
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(Unanimous([Fake(name=name) for name in "abcde"]), batch=2)
        kept(numbered(1, 2, 3))
        assert hashed == [3]
        kept(numbered(1, 2, 3))
        assert hashed == [3, 3]
        kept.again(numbered(1))
        assert hashed == [3, 3, 1]


@dataclass(frozen=True)
class Shifting(Unanimous):
    """Asks its members about other inputs than it got, which it writes into the same tensor."""

    def __call__(self, inputs: Tensor) -> Answers:
        inputs[..., 0] += 1
        return super().__call__(inputs)


def test_a_panel_that_writes_into_its_inputs_is_noticed() -> None:
    with Ledger(":memory:") as ledger:
        members = [Fake(name="a"), Fake(name="b")]
        ledger.keep(Shifting(members))(numbered(1, 2))
        for member in members:
            assert member.asked == [2, 3]
            assert ledger.keep(member)(numbered(2, 3)).labels.tolist() == [label_of(2), label_of(3)]
            assert member.asked == [2, 3]
        for row in ledger.answers():
            if row.teacher in ("a", "b"):
                assert row.label == label_of(int(ledger.input(row.input).flatten()[0]))


def test_inputs_in_inference_mode_are_answered() -> None:
    with Ledger(":memory:") as ledger, torch.inference_mode():
        kept = ledger.keep(Unanimous([Fake(name="a"), Fake(name="b")]))
        assert kept(numbered(1, 2)).labels.tolist() == [label_of(1), label_of(2)]


def free(inputs: Tensor) -> Answers:
    said = honest(inputs)
    return Answers(said.labels, torch.zeros(len(inputs)))


@pytest.mark.parametrize(
    ("fake", "waits"),
    [
        (Fake(), True),
        (Fake(free), False),
        (Fake(free, deterministic=False), True),
    ],
    ids=["costs", "free", "free, of a person"],
)
def test_only_what_can_be_had_again_for_nothing_does_not_wait_for_the_disk(
    fake: Fake, waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[bool] = []
    real = Store.write

    def write(self: Store, *, durable: bool = True) -> object:
        modes.append(durable)
        return real(self, durable=durable)

    with Ledger(tmp_path / "l") as ledger:
        kept = ledger.keep(fake)
        monkeypatch.setattr(Store, "write", write)
        kept(numbered(1, 2))
    assert modes == [False, waits]  # first claimed, then kept
    with closing(sqlite3.connect(tmp_path / "l")) as db:
        assert db.execute("SELECT COUNT(*) FROM answers").fetchone() == (2,)
