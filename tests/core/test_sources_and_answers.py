"""Arrays as sources, and what counts as answers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor import core
from preceptor.core import (
    ABSTAINED,
    BROKEN,
    MISSING,
    UNCERTAIN,
    Answers,
    ArraySource,
    Domain,
    InputError,
    blank,
    check_answers,
    nonsense,
)

ROWS = np.arange(24, dtype=np.float64).reshape(6, 4)
DOMAIN = Domain((4,), 0.0, 24.0)


def mapped(folder: Path, dtype: str = "float64") -> np.ndarray:
    np.save(folder / "rows.npy", ROWS.astype(dtype))
    found: np.ndarray = np.load(folder / "rows.npy", mmap_mode="r")
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda _: ROWS,
        lambda _: ROWS.astype(np.uint8),
        lambda _: torch.tensor(ROWS),
        lambda _: torch.tensor(ROWS, dtype=torch.float32, requires_grad=True),
        lambda _: np.asfortranarray(ROWS),
        mapped,
        lambda folder: mapped(folder, "int16"),
    ],
    ids=["numpy", "bytes", "torch", "with gradient", "column order", "mapped", "mapped int16"],
)
def test_whatever_holds_the_rows_they_are_read_as_float32(make, tmp_path: Path) -> None:
    source = ArraySource(make(tmp_path), DOMAIN)
    assert len(source) == 6
    assert list(source.ids) == ["0", "1", "2", "3", "4", "5"]
    read = source.read(2, 5)
    assert read.dtype == torch.float32
    assert not read.requires_grad
    assert torch.equal(read, torch.tensor(ROWS[2:5], dtype=torch.float32))
    assert source.read(3, 3).shape == (0, 4)


def test_what_was_read_may_be_changed_without_changing_numpy_rows(tmp_path: Path) -> None:
    array = ROWS.astype(np.float32)
    source = ArraySource(array, DOMAIN)
    source.read(0, 2)[:] = -1
    assert np.array_equal(array, ROWS)


def test_only_the_rows_read_are_in_memory(tmp_path: Path) -> None:
    array = mapped(tmp_path)
    assert isinstance(ArraySource(array, DOMAIN).inputs, np.memmap)


@pytest.mark.parametrize(
    ("inputs", "ids", "match"),
    [
        (ROWS[:0], (), r"shape \(0, 4\): there is nothing to audit"),
        (ROWS[0], (), r"Expected \[items, \*shape\]"),
        (ROWS[:, :3], (), r"items have shape \(3,\), the domain \(4,\)"),
        (ROWS, ("a", "b"), "2 ids for 6 items"),
        (ROWS, tuple("abcdbb"), "ids must be unique; 'b' stands 3 times"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, ids: tuple[str, ...], match: str) -> None:
    with pytest.raises(InputError, match=match):
        ArraySource(inputs, DOMAIN, ids)


def answers(*labels: int, votes: bool = False) -> Answers:
    said = torch.tensor(labels, dtype=torch.int64)
    return Answers(said, torch.ones(len(labels)), said[:, None].repeat(1, 3) if votes else None)


def test_the_four_marks_are_four_numbers_and_none_is_a_label() -> None:
    assert len({UNCERTAIN, ABSTAINED, BROKEN, MISSING}) == 4
    assert max(UNCERTAIN, ABSTAINED, BROKEN, MISSING) < 0


def test_certain_is_where_there_is_a_label() -> None:
    assert answers(0, UNCERTAIN, 3).certain.tolist() == [True, False, True]
    assert len(answers(0, 1)) == 2


@pytest.mark.parametrize("rows", [torch.tensor([2, 0]), torch.tensor([True, False, True])])
def test_taken_answers_keep_label_cost_and_votes_together(rows: torch.Tensor) -> None:
    whole = answers(0, 1, 2, votes=True)
    some = whole.take(rows)
    assert some.votes is not None
    assert torch.equal(some.labels, whole.labels[rows])
    assert torch.equal(some.votes[:, 0], some.labels)
    assert answers(0, 1, 2).take(rows).votes is None


def test_a_blank_answer_is_uncertain_and_free() -> None:
    none = blank(3, members=2)
    assert none.labels.tolist() == [UNCERTAIN] * 3
    assert none.labels.dtype == torch.int64
    assert none.cost.tolist() == [0.0] * 3
    assert none.votes is not None
    assert none.votes.shape == (3, 2)
    assert blank(3).votes is None


def test_nonsense_is_what_is_neither_label_nor_uncertain() -> None:
    labels = torch.tensor([-4, -3, ABSTAINED, UNCERTAIN, 0, 4, 5, 99])
    assert nonsense(labels, 5).tolist() == [True, True, True, False, False, False, True, True]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (torch.zeros(2), "returned Tensor; expected Answers"),
        (None, "returned NoneType"),
        (answers(1), r"asked 2 questions and returned labels of shape \(1,\), cost of shape"),
        (answers(1, 2, 3), r"one answer for each question, shape \(2,\)"),
    ],
)
def test_what_is_no_answer_to_the_batch_is_refused(given: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        check_answers(given, 2, "somebody")


@pytest.mark.parametrize("labels", [torch.tensor([0.5, 1.0]), torch.tensor([True, False])])
def test_labels_that_are_no_whole_numbers_are_refused(labels: torch.Tensor) -> None:
    unchecked = answers(0, 1)
    object.__setattr__(unchecked, "labels", labels)
    with pytest.raises(InputError, match="expected whole numbers"):
        check_answers(unchecked, 2, "somebody")


def test_answers_that_fit_pass_as_they_are() -> None:
    fine = answers(1, UNCERTAIN)
    assert check_answers(fine, 2, "somebody") is fine


ERRORS = [getattr(core, name) for name in core.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_caught_by_the_root(error: type[Exception]) -> None:
    assert issubclass(error, core.PreceptorError)


def test_an_input_error_is_a_value_error_and_gaps_carry_what_was_answered() -> None:
    assert issubclass(InputError, ValueError)
    gaps = {core.BudgetError, core.UnansweredError, core.TeacherError, core.HopelessError}
    assert {e for e in ERRORS if issubclass(e, core.IncompleteError)} == gaps | {
        core.IncompleteError
    }
    there = torch.tensor([True, False])
    error = core.TeacherError("words", answers(1, UNCERTAIN), there, {1: "why"})
    assert str(error) == "words"
    assert error.answers.labels[error.answered].tolist() == [1]
    assert error.reasons == {1: "why"}
    assert core.BudgetError("", answers(1), there[:1]).reasons == {}


def test_uncertain_is_refused_by_what_computes_losses() -> None:
    """Why -1 and not another number: torch raises where an unmasked one slips in."""
    labels = torch.tensor([0, UNCERTAIN])
    with pytest.raises(IndexError):
        torch.nn.functional.cross_entropy(torch.zeros(2, 3), labels)
    with pytest.raises(RuntimeError):
        torch.nn.functional.one_hot(labels, 3)
