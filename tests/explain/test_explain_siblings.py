"""Open and common errors on a constructed example, and what is not claimed."""

import pytest
import torch
from explain_worlds import Pupil, Push, Seer, above, always, recorded, table

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError
from preceptor.explain import explain, siblings
from preceptor.explain.siblings import SiblingAnswers, spread


def made(
    student: list[int],
    others: list[list[int]],
    teacher: list[int],
    items: list[str] | None = None,
    asked: list[bool] | None = None,
) -> SiblingAnswers:
    n = len(student)
    return spread(
        "a set",
        torch.tensor(student),
        torch.tensor(others),
        torch.tensor(teacher),
        torch.tensor(asked or [True] * n),
        items or [str(i) for i in range(n)],
        chosen=False,
        level=0.95,
        seed=0,
    )


def test_the_truth_is_told() -> None:
    # right, open, common and the same, common but different, void, unasked
    student = [0, 1, 1, 1, 1, 1]
    first = [0, 0, 1, 2, 0, 0]
    second = [0, 1, 1, 2, 0, 0]
    teacher = [0, 0, 0, 0, UNCERTAIN, 0]
    found = made(student, [first, second], teacher, asked=[True] * 5 + [False])
    assert found.errors == 3
    assert (found.open.hits, found.open.certain) == (1, 3)
    assert (found.common.hits, found.common.certain) == (2, 3)
    assert (found.same.hits, found.same.certain) == (1, 3)
    assert (found.alike.hits, found.alike.certain) == (2, 4)
    assert (found.alike.void, found.alike.unasked) == (1, 1)
    assert SiblingAnswers.read(found.describe()) == found


def test_one_error_of_each_item_is_counted() -> None:
    found = made([1] * 30, [[0] * 10 + [1] * 20], [0] * 30, items=[str(i % 10) for i in range(30)])
    assert found.errors == 10
    assert found.open.certain == 10
    assert found.alike.certain == 10


def test_no_errors_are_no_share() -> None:
    found = made([0, 1], [[0, 1]], [0, 1])
    assert found.errors == 0
    assert found.open.value is None
    assert found.open.interval == (0.0, 1.0)


def test_a_function_of_the_seed() -> None:
    seen: list[int] = []

    def fit(seed: int) -> Pupil:
        seen.append(seed)
        return Pupil(always, name=f"sibling {seed}")

    assert [one.name for one in siblings(fit, 3, seed=5)] == ["sibling 5", "sibling 6", "sibling 7"]
    assert seen == [5, 6, 7]
    with pytest.raises(InputError, match="at least one"):
        siblings(fit, 0)


def test_copies_leave_the_choice_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Features 0 and 1 are equal on the data; the teacher looks at 0, the student took 1."""
    folder = tmp_path_factory.mktemp("copies")
    source, teacher = table(), Seer(above(0))
    student, twin, other = Pupil(above(1)), Pupil(above(1), "twin"), Pupil(above(0), "other")
    record = recorded(folder, student, teacher, source, Push(1, 0.5), Push(1, -0.5, "pull"))
    before = teacher.asked
    found = explain(student, teacher, record, siblings=(twin, other), budget=0)
    assert teacher.asked == before
    clean, moved = found.spreads
    assert clean.alike.value == 1.0
    assert clean.errors == 0
    assert moved.errors > 80
    assert moved.open.value == 1.0
    assert moved.chosen
    advice = {one.lesson: one for one in found.recommendations}
    assert "siblings look better" in advice["more labels"].limits

    alone = explain(student, teacher, record, siblings=(twin,), budget=0)
    assert alone.spreads[1].open.value == 0.0
    assert alone.spreads[1].same.value == 1.0
    assert "more labels" not in {one.lesson for one in alone.recommendations}


def test_beyond_the_data(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("beyond")
    source, teacher = table(), Seer(above(0))
    student = Pupil(above(1))
    record = recorded(folder, student, teacher, source)
    rows = torch.rand(300, 6)
    far = ArraySource(rows, source.domain, name="uniform")
    before = teacher.asked
    found = explain(
        student, teacher, record, siblings=(Pupil(above(0), "other"),), beyond=(far,), budget=90
    )
    assert 30 <= teacher.asked - before <= 90
    last = found.spreads[-1]
    assert (last.name, last.chosen) == ("uniform", False)
    assert last.alike.certain == 30
    assert found.facts["questions"]["beyond_the_data"] == 30

    with pytest.raises(InputError, match="sibling"):
        explain(student, teacher, record, beyond=(far,))
    outside = ArraySource(rows + 3, Domain((6,), 0.0, 9.0), name="far")
    with pytest.raises(InputError, match="outside the record's domain"):
        explain(student, teacher, record, siblings=(student,), beyond=(outside,))
    narrow = ArraySource(rows[:, :2], Domain((2,)), name="narrow")
    with pytest.raises(InputError, match="shape"):
        explain(student, teacher, record, siblings=(student,), beyond=(narrow,))
    with pytest.raises(InputError, match="different names"):
        explain(student, teacher, record, siblings=(student,), beyond=(far, far))
