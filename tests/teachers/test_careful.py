"""Careful asking: slow, raising and nonsense teachers, and what must never be asked twice."""

import threading
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    BudgetError,
    Composite,
    HopelessError,
    InconsistentTeacherError,
    InputError,
    Teacher,
    TeacherError,
    UnansweredError,
    blank,
)
from preceptor.teachers import Careful, Panel, Rule, Unanimous, with_retries

INPUTS = torch.arange(6, dtype=torch.float32)[:, None]


class Scripted:
    """Says 1 of everything, unless ``mishap`` does something first. Counts what it was asked."""

    name, version, classes, certainty = "scripted", "1", 3, "Always."

    def __init__(
        self, mishap: Callable[[list[int], int], object], deterministic: bool = True
    ) -> None:
        self.mishap, self.deterministic = mishap, deterministic
        self.calls: list[list[int]] = []

    def __call__(self, inputs: Tensor) -> Answers:
        asked = [int(x) for x in inputs[:, 0]]
        self.calls.append(asked)
        said = self.mishap(asked, len(self.calls))
        if said is not None:
            return said  # type: ignore[return-value]
        return Answers(torch.ones(len(asked), dtype=torch.int64), torch.ones(len(asked)))


def failing_at(*bad: int) -> Callable[[list[int], int], None]:
    def mishap(asked: list[int], _: int) -> None:
        if set(bad) & set(asked):
            raise RuntimeError(f"cannot look at {sorted(set(bad) & set(asked))}")

    return mishap


def sleeping_at(*bad: int) -> Callable[[list[int], int], None]:
    def mishap(asked: list[int], _: int) -> None:
        if set(bad) & set(asked):
            time.sleep(1.0)

    return mishap


def failure(teacher: Teacher, inputs: Tensor = INPUTS) -> TeacherError:
    with pytest.raises(TeacherError) as caught:
        teacher(inputs)
    error = caught.value
    assert set(error.reasons) == set((~error.answered).nonzero()[:, 0].tolist())
    assert (error.answers.labels[~error.answered] == UNCERTAIN).all()
    assert (error.answers.cost[~error.answered] == 0).all()
    return error


def test_one_bad_input_takes_no_other_with_it() -> None:
    teacher = Scripted(failing_at(3))
    error = failure(Careful(teacher, pause=0))
    assert error.answered.tolist() == [True, True, True, False, True, True]
    assert error.answers.labels.tolist() == [1, 1, 1, UNCERTAIN, 1, 1]
    assert error.reasons[3] == "RuntimeError: cannot look at [3]"
    assert "1 of 6 questions; row 3: RuntimeError" in str(error)
    assert teacher.calls[:3] == [[0, 1, 2, 3, 4, 5]] * 3, "two repetitions"
    assert teacher.calls[3:] == [[0], [1], [2], [3], [4], [5], [3], [3]]


def test_a_passing_mishap_is_got_over() -> None:
    def once(_: list[int], call: int) -> None:
        if call == 1:
            raise ConnectionError

    teacher = Scripted(once)
    assert Careful(teacher, pause=0)(INPUTS).labels.tolist() == [1] * 6
    assert len(teacher.calls) == 2


def test_pauses_double(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    failure(Careful(Scripted(failing_at(0)), retries=3, pause=0.5), INPUTS[:1])
    assert len(slept) == 3
    for seconds, least in zip(slept, (0.5, 1.0, 2.0), strict=True):
        assert least <= seconds <= 1.25 * least, "up to a quarter more, at random"


def test_what_is_not_safe_is_never_asked_twice() -> None:
    teacher = Scripted(failing_at(3), deterministic=False)
    error = failure(Careful(teacher, pause=0))
    assert teacher.calls == [[0, 1, 2, 3, 4, 5]]
    assert not error.answered.any()
    again = Scripted(failing_at(3), deterministic=False)
    error = failure(Careful(again, pause=0, retries=1))
    assert error.answered.sum() == 5, "unless the user says so"


def test_no_retries_still_splits_a_deterministic_teacher() -> None:
    teacher = Scripted(failing_at(3))
    error = failure(Careful(teacher, pause=0, retries=0))
    assert error.answered.sum() == 5
    assert len(teacher.calls) == 7


def test_a_slow_input_takes_no_other_with_it() -> None:
    woken = threading.Event()

    def sleeping(asked: list[int], _: int) -> None:
        if 2 in asked:
            woken.wait(60)

    try:
        error = failure(Careful(Scripted(sleeping), timeout=0.1, retries=0))
        assert not woken.is_set()  # it was left asleep, not waited for
    finally:
        woken.set()
    assert error.answered.tolist() == [True, True, False, True, True, True]
    assert error.reasons == {2: "no answer within 0.1 s"}


def test_a_dead_teacher_is_given_up() -> None:
    teacher = Scripted(sleeping_at(*range(6)))
    error = failure(Careful(teacher, timeout=0.03, pause=0))
    assert teacher.calls == [[0, 1, 2, 3, 4, 5], [0], [1], [2]]
    assert not error.answered.any()


def test_a_teacher_that_never_answered_is_not_asked_again_and_again_one_by_one() -> None:
    teacher = Scripted(lambda asked, _: 1 // 0 if asked != [5] else None)  # type: ignore[return-value]
    careful = Careful(teacher, pause=0)
    for question in INPUTS[:4]:  # as where it takes many calls at once
        failure(careful, question[None])
    assert teacher.calls == [[0]] * 3 + [[1], [2], [3]]
    careful(INPUTS[5:])
    failure(careful, INPUTS[4:5])
    assert teacher.calls[6:] == [[5], [4], [4], [4]]


def test_words_that_differ_by_question_are_one_failure() -> None:
    teacher = Scripted(failing_at(*range(6)))
    assert isinstance(failure(Careful(teacher, pause=0)), HopelessError)
    assert teacher.calls == [[0, 1, 2, 3, 4, 5]] * 3 + [[one] for one in range(6)]


def test_in_time_is_in_time() -> None:
    seen: list[str] = []
    teacher = Scripted(lambda *_: seen.append(threading.current_thread().name))
    assert Careful(teacher, timeout=5.0)(INPUTS).labels.tolist() == [1] * 6
    assert seen == ["ask scripted"]
    Careful(teacher)(INPUTS)
    assert seen[1] == threading.current_thread().name, "no thread without a timeout"


def test_nonsense_rows_are_unanswered_and_valid_ones_survive() -> None:
    nan, inf = float("nan"), float("inf")
    said = Answers(
        torch.tensor([1, 3, -2, UNCERTAIN, 2, 0]), torch.tensor([1.0, 1.0, 1.0, 0.5, nan, -1.0])
    )
    teacher = Scripted(lambda *_: said)
    error = failure(Careful(teacher, pause=0))
    assert error.answered.tolist() == [True, False, False, True, False, False]
    assert error.answers.labels.tolist() == [1, -1, -1, -1, -1, -1]
    assert error.answers.cost.tolist() == [1.0, 0, 0, 0.5, 0, 0]
    assert error.reasons[1] == (
        "answered 3, which is no label: expected 0 to 2, or -1 for uncertain"
    )
    assert error.reasons[4].startswith("stated a cost of nan")
    assert len(teacher.calls) == 1, "it would say the same again"
    endless = Scripted(lambda *_: Answers(torch.tensor([1]), torch.tensor([inf])))
    assert "cost of inf" in failure(Careful(endless), INPUTS[:1]).reasons[0]


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        [1, 1, 1, 1, 1, 1],
        Answers(torch.tensor([1, 1]), torch.zeros(2)),
    ],
    ids=["text", "list", "too few"],
)
def test_what_are_no_answers(said: object) -> None:
    teacher = Scripted(lambda asked, _: said if len(asked) > 1 else None)
    assert Careful(teacher, pause=0)(INPUTS).labels.tolist() == [1] * 6


@pytest.mark.parametrize("kind", [UnansweredError, BudgetError, TeacherError])
def test_errors_that_carry_answers_are_passed_on(kind: type[TeacherError]) -> None:
    def mishap(asked: list[int], _: int) -> None:
        answers = blank(len(asked))
        answers.labels[:2] = torch.tensor([1, 9])
        answered = torch.tensor([True, True, False, False, False, False])
        raise kind("later", answers, answered, {2: "busy"})

    teacher = Scripted(mishap)
    with pytest.raises(kind, match="later") as caught:
        Careful(teacher, pause=0)(INPUTS)
    assert caught.value.answered.tolist() == [True] + [False] * 5
    label = "answered 9, which is no label: expected 0 to 2, or -1 for uncertain"
    later = dict.fromkeys((3, 4, 5), "later")
    assert caught.value.reasons == {1: label, 2: "busy", **later}
    assert len(teacher.calls) == 1


@pytest.mark.parametrize("timeout", [None, 5.0])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, InconsistentTeacherError])
def test_what_passes_through(kind: type[BaseException], timeout: float | None) -> None:
    def mishap(asked: list[int], _: int) -> None:
        raise kind

    teacher = Scripted(mishap)
    with pytest.raises(kind):
        Careful(teacher, timeout=timeout, pause=0)(INPUTS)
    assert len(teacher.calls) == 1


def test_a_teacher_cannot_change_the_questions() -> None:
    def careless(x: Tensor) -> Answers:
        x.zero_()
        raise RuntimeError

    teacher = Scripted(lambda *_: None)
    teacher.__class__ = type("Careless", (Scripted,), {"__call__": lambda _, x: careless(x)})
    asked = INPUTS.clone()
    failure(Careful(teacher, pause=0, retries=0), asked)
    assert torch.equal(asked, INPUTS)


def test_around_a_composite_the_members_are_wrapped() -> None:
    def members() -> list[Teacher]:
        flaky = Scripted(failing_at(3))
        return [flaky, Rule(lambda x: [1] * len(x), name="steady", classes=3)]

    panel = Panel(members(), "pair", Unanimous())
    wrapped = with_retries(panel, timeout=5.0, pause=0)
    assert isinstance(wrapped, Composite)
    assert wrapped.version == panel.version
    assert all(isinstance(member, Careful) for member in wrapped.members)
    assert failure(wrapped).answered.tolist() == [True, True, True, False, True, True]
    nested = with_retries(Panel([panel, *members()[1:]], "outer", Unanimous()), pause=0)
    assert isinstance(nested, Composite)
    assert isinstance(nested.members[0], Composite)


def test_careful_twice_is_careful_once() -> None:
    once = with_retries(Rule(lambda x: [1] * len(x), name="r", classes=3))
    assert with_retries(once) is once


def test_a_teacher_that_remembers_is_left_alone() -> None:
    class Kept(Scripted):
        def known(self, inputs: Tensor) -> Tensor:
            return torch.ones(len(inputs), dtype=torch.bool)

    kept = Kept(lambda *_: None)
    assert with_retries(kept) is kept


@pytest.mark.parametrize("bad", [{"timeout": 0.0}, {"retries": -1}, {"pause": -1.0}])
def test_limits_out_of_range(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Careful(Scripted(failing_at()), **bad)  # type: ignore[arg-type]


def test_votes_survive_a_split() -> None:
    def mishap(asked: list[int], _: int) -> Answers:
        if 3 in asked:
            raise RuntimeError
        ones = torch.ones(len(asked), dtype=torch.int64)
        return Answers(ones, torch.ones(len(asked)), torch.stack([ones, ones], dim=1))

    votes = failure(Careful(Scripted(mishap), pause=0)).answers.votes
    assert votes is not None
    assert votes.sum(1).tolist() == [2, 2, 2, 2 * MISSING, 2, 2]
