"""An explanation is of the record's own student."""

from pathlib import Path

import pytest
import torch
from explain_worlds import Pupil, Push, Seer, above, recorded, table

from preceptor.core import InputError
from preceptor.explain.prepare import check_student


def test_another_student_is_refused_even_if_it_differs_at_one_moved_input(tmp_path: Path) -> None:
    right = above(0)
    record = recorded(tmp_path, Pupil(right), Seer(above(0)), table(), Push(1, 0.25))
    moved = torch.from_numpy(record.inputs(1, [len(record.ids) - 1])[0])

    def other(inputs):  # type: ignore[no-untyped-def]
        labels = right(inputs)
        return (labels + (abs(inputs - moved).amax(1) == 0).long()) % 2

    check_student(Pupil(right), record, 64)
    with pytest.raises(InputError, match="answers 1 of"):
        check_student(Pupil(other), record, 64)


def test_a_student_known_by_its_answers_alone_may_be_the_one(tmp_path: Path) -> None:
    right = above(0)
    record = recorded(tmp_path, Pupil(right), Seer(above(0)), table(), Push(1, 0.25))
    check_student(Pupil(lambda inputs: right(inputs) + 0), record, 64)
