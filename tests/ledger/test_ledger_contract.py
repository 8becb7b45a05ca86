"""What every kept teacher does, whatever it was made of: one row, all checks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from ledger_fakes import CLASSES, Fake, honest, label_of, numbered, panel_of, voting

from preceptor.core import BudgetError, InputError, Remembers, Teacher
from preceptor.ledger import CachedTeacher, CachedTeacherBase, KeptPanel, Ledger


@dataclass(frozen=True)
class Row:
    teacher: Teacher
    fakes: list[Fake]
    cost: float
    votes: int | None


def plain() -> Row:
    fake = Fake()
    return Row(fake, [fake], 0.25, None)


def random_teacher() -> Row:
    fake = Fake(deterministic=False)
    return Row(fake, [fake], 0.25, None)


def voters() -> Row:
    fake = Fake(voting)
    return Row(fake, [fake], 0.25, 3)


def panel() -> Row:
    fakes = [Fake(name="ann"), Fake(name="bob"), Fake(name="cid")]
    return Row(panel_of(*fakes), fakes, 0.75, 3)


def panel_of_panels() -> Row:
    fakes = [Fake(name="ann"), Fake(name="bob"), Fake(name="cid")]
    inner = panel_of(fakes[0], fakes[1])
    outer = panel_of(fakes[2]).with_members([inner, fakes[2]])
    return Row(outer.__class__(outer.members, name="outer"), fakes, 0.75, 2)


TABLE: list[Callable[[], Row]] = [plain, random_teacher, voters, panel, panel_of_panels]


@pytest.fixture(params=TABLE, ids=lambda make: make.__name__)
def row(request: pytest.FixtureRequest) -> Row:
    made: Row = request.param()
    return made


@pytest.fixture(params=["file", "memory"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ":memory:" if request.param == "memory" else str(tmp_path / "kept.ledger")


def test_plays_the_role_of_its_teacher(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher)
        assert isinstance(kept, CachedTeacher)
        assert isinstance(kept, Remembers)
        for name in ("name", "version", "classes", "deterministic", "certainty"):
            assert getattr(kept, name) == getattr(row.teacher, name)


def test_answers_as_its_teacher_does(row: Row, path: str) -> None:
    numbers = [3, 0, 7, 3, 5, 0]
    with Ledger(path) as ledger:
        answers = ledger.keep(row.teacher, batch=2)(numbered(*numbers))
    assert answers.labels.tolist() == [label_of(n) for n in numbers]
    assert answers.labels.dtype == torch.int64
    assert answers.cost.tolist() == [row.cost] * len(numbers)
    assert answers.cost.dtype == torch.float32
    assert (None if answers.votes is None else answers.votes.shape[1]) == row.votes


def test_asks_identical_inputs_once_and_in_sub_batches(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        ledger.keep(row.teacher, batch=2)(numbered(3, 0, 3, 7, 0, 5, 6))
    for fake in row.fakes:
        assert fake.calls == [[3, 0], [7, 5], [6]]


def test_a_second_call_asks_only_what_is_missing(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher)
        first = kept(numbered(1, 2))
        both = kept(numbered(2, 3, 1))
    assert both.labels[[2, 0]].tolist() == first.labels.tolist()
    assert both.cost.tolist() == [row.cost] * 3
    for fake in row.fakes:
        assert fake.asked == [1, 2, 3]


def test_known_tells_before_asking(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher)
        kept(numbered(4))
        assert kept.known(numbered(4, 5, 4)).tolist() == [True, False, True]
    assert all(fake.asked == [4] for fake in row.fakes)


def test_one_member_less_is_not_known(tmp_path: Path) -> None:
    ann, bob = Fake(name="ann"), Fake(name="bob")
    with Ledger(tmp_path / "l") as ledger:
        ledger.keep(ann)(numbered(1, 2))
        ledger.keep(bob)(numbered(2))
        assert ledger.keep(panel_of(ann, bob)).known(numbered(1, 2, 3)).tolist() == [0, 1, 0]


def test_an_empty_batch(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher, budget=0)
        assert len(kept(numbered())) == 0
        assert len(kept.again(numbered())) == 0
        assert kept.known(numbered()).shape == (0,)
    assert all(not fake.calls for fake in row.fakes)


def test_the_budget_counts_new_questions(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher, budget=3, batch=2)
        assert (kept.budget, kept.spent, kept.remaining) == (3, 0, 3)
        kept(numbered(1, 1, 2))
        assert (kept.spent, kept.remaining) == (2, 1)
        with pytest.raises(BudgetError, match="budget of 3") as caught:
            kept(numbered(4, 1, 6, 2, 4))
        assert caught.value.answered.tolist() == [True, True, False, True, True]
        assert caught.value.answers.labels.tolist() == [3, 0, -1, 1, 3]
        assert caught.value.answers.cost[2] == 0
        assert list(caught.value.reasons) == [2]
        assert (kept.spent, kept.remaining) == (3, 0)
        assert ledger.keep(row.teacher).remaining is None
    assert all(fake.asked == [1, 2, 4] for fake in row.fakes)


def test_the_budget_goes_on_in_the_next_run(row: Row, tmp_path: Path) -> None:
    for _ in range(3):
        with Ledger(tmp_path / "l") as ledger:
            kept = ledger.keep(row.teacher, budget=2, purpose="audit")
            with pytest.raises(BudgetError):
                kept(numbered(1, 2, 3))
            assert kept.spent == 2
    assert all(fake.asked == [1, 2] for fake in row.fakes)


def test_what_another_purpose_knows_is_free(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        ledger.keep(row.teacher, purpose="search")(numbered(1, 2))
        kept = ledger.keep(row.teacher, budget=1, purpose="audit")
        kept(numbered(1, 2, 3))
        assert kept.spent == 1
        assert ledger.keep(row.teacher, purpose="search").spent == 2
    assert all(fake.asked == [1, 2, 3] for fake in row.fakes)


def test_again_asks_every_row_and_counts(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        kept = ledger.keep(row.teacher, budget=4, batch=2)
        kept(numbered(1))
        anew = kept.again(numbered(1, 1))
        assert anew.labels.tolist() == [label_of(1)] * 2
        assert kept.spent == 3
        with pytest.raises(BudgetError) as caught:
            kept.again(numbered(1, 2))
        assert caught.value.answered.tolist() == [True, False]
        assert kept(numbered(1)).labels.tolist() == [label_of(1)]
        repeats = [one.repeat for one in ledger.answers(row.fakes[0].name)]
        assert repeats == [0, 1, 2, 3]
        assert ledger.check() == []
    assert all(fake.asked == [1, 1, 1, 1] for fake in row.fakes)


def test_two_versions_share_nothing(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        ledger.keep(row.teacher)(numbered(1))
        for fake in row.fakes:
            fake.version = "2"
        assert not ledger.keep(row.teacher).known(numbered(1)).any()


def test_keeping_a_kept_teacher_wraps_once(row: Row, path: str) -> None:
    with Ledger(path) as ledger:
        twice = ledger.keep(ledger.keep(row.teacher, budget=1), budget=5)
        assert isinstance(twice, CachedTeacherBase | KeptPanel)
        assert twice.inner is row.teacher
        assert twice.budget == 5


@pytest.mark.parametrize(
    ("fake", "budget", "batch"),
    [(Fake(), -1, 64), (Fake(), None, 0), (Fake(name=""), None, 64), (Fake(version=""), None, 64)],
)
def test_refuses_what_makes_no_sense(fake: Fake, budget: int | None, batch: int) -> None:
    with Ledger(":memory:") as ledger, pytest.raises(InputError):
        ledger.keep(fake, budget, batch=batch)


def test_an_input_is_told_by_dtype_shape_and_bytes() -> None:
    fake = Fake(honest, classes=CLASSES)
    one = torch.zeros(1, 2, 2)
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(fake)
        for inputs in (one, one.flatten(1), one.double()[:, :, :1], one.half(), one - 1e-30):
            assert not kept.known(inputs).any()
            kept(inputs)
        assert kept.known(one.clone().requires_grad_()).all()
        assert len({row.input for row in ledger.answers()}) == 5
