"""Every engine against every kind of teacher: what one hears, all hear."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from asking_worlds import ENGINES, ITEMS, Outcome, Seer, honest, odd, truth
from torch import Tensor

from preceptor.asking import NOT_TRIED
from preceptor.core import (
    UNCERTAIN,
    Answers,
    BudgetError,
    InconsistentTeacherError,
    InputError,
    ServiceError,
    Teacher,
    UnansweredError,
)
from preceptor.ledger import Ledger
from preceptor.teachers import Panel, Rule, Unanimous, with_retries

Say = Callable[[Tensor], Answers]


def unchecked(labels: object, cost: object, votes: object = None) -> Answers:
    """Answers as a user's code may make them, where nothing checks types."""
    said = Answers(torch.zeros(1, dtype=torch.int64), torch.zeros(1))
    for name, value in (("labels", labels), ("cost", cost), ("votes", votes)):
        object.__setattr__(said, name, value)
    return said


def refused(inputs: Tensor) -> Answers:
    raise ConnectionError("refused")


def picky(inputs: Tensor) -> Answers:
    if bool(odd(inputs).any()):
        raise ValueError("no")
    return honest(inputs)


def with_labels(label: int) -> Say:
    return lambda x: Answers(torch.where(odd(x), label, truth(x)), honest(x).cost)


def with_cost(cost: float) -> Say:
    return lambda x: Answers(truth(x), torch.where(odd(x), cost, honest(x).cost))


def with_votes(x: Tensor) -> Answers:
    votes = truth(x)[:, None].repeat(1, 3)
    votes[odd(x), 1] = 7
    return Answers(truth(x), honest(x).cost, votes)


def waits(x: Tensor) -> Answers:
    raise UnansweredError("at the desk", honest(x), ~odd(x), {})


def long_mask(x: Tensor) -> Answers:
    raise UnansweredError("at the desk", honest(x), torch.ones(len(x) + 1).bool())


SOME: dict[str, tuple[Callable[[], Teacher], str]] = {
    "fails on some": (lambda: with_retries(Seer(picky), pause=0), "ValueError: no"),
    "fails on some, many at once": (
        lambda: with_retries(Seer(picky, concurrency=7), pause=0),
        "ValueError: no",
    ),
    "a label too high": (
        lambda: Seer(with_labels(2)),
        "answered 2, which is no label: expected 0 to 1, or -1 for uncertain",
    ),
    "a label too low": (
        lambda: Seer(with_labels(-3)),
        "answered -3, which is no label: expected 0 to 1, or -1 for uncertain",
    ),
    "a negative cost": (
        lambda: Seer(with_cost(-1.0)),
        "stated a cost of -1; expected a number >= 0",
    ),
    "a cost of NaN": (
        lambda: Seer(with_cost(float("nan"))),
        "stated a cost of nan; expected a number >= 0",
    ),
    "votes that are no labels": (
        lambda: Seer(with_votes),
        r"gave votes \[.*7.*\]; expected 0 to 1",
    ),
    "a panel with a member that fails on some": (
        lambda: Panel(
            [with_retries(Seer(picky, name="picky"), pause=0), Seer(name="fine")],
            "panel",
            Unanimous(2),
        ),
        "picky: ValueError: no",
    ),
    "people": (lambda: Seer(waits), "at the desk"),
}
"""Those without an answer where ``odd``, and why."""

NONE: dict[str, tuple[Callable[[], Teacher], str]] = {
    "nothing but its class": (
        lambda: Seer(lambda x: truth(x)),
        "returned Tensor; expected Answers",
    ),  # type: ignore[arg-type,return-value]
    "too few labels": (
        lambda: Seer(lambda x: unchecked(truth(x)[:-1], torch.zeros(len(x) - 1))),
        r"expected one answer for each question",
    ),
    "labels that are no whole numbers": (
        lambda: Seer(lambda x: unchecked(truth(x).float(), torch.zeros(len(x)))),
        "labels of torch.float32; expected whole numbers",
    ),
    "costs of bool": (
        lambda: Seer(lambda x: unchecked(truth(x), torch.zeros(len(x)).bool())),
        "returned costs of torch.bool; expected float32",
    ),
    "votes of another length": (
        lambda: Seer(lambda x: unchecked(truth(x), torch.zeros(len(x)), truth(x)[:, None][1:])),
        r"returned votes of torch.int64 and shape",
    ),
    "votes of one axis": (
        lambda: Seer(lambda x: unchecked(truth(x), torch.zeros(len(x)), truth(x))),
        r"returned votes of torch.int64 and shape",
    ),
    "a mask of the wrong length": (lambda: Seer(long_mask), "carries a mask of shape"),
    "dead, and nobody asks with care": (lambda: Seer(refused), "ConnectionError: refused"),
}
"""Those that say nothing that could be an answer, and why."""


EACH = [*((engine, False) for engine in ENGINES), ("audit --until", True), ("search", True)]
"""All engines ask in one way; a ledger is between for one that asks ahead and one that does not."""


@pytest.mark.parametrize(("engine", "kept"), EACH)
@pytest.mark.parametrize("kind", SOME)
def test_some_questions_have_no_answer(kind: str, engine: str, kept: bool, tmp_path: Path) -> None:
    """The others keep theirs, each gap is counted with its reason, and no gap is *uncertain*."""
    make, why = SOME[kind]
    found = asked_by(engine, make(), kept, tmp_path)
    assert 0 < found.answered < found.asked
    assert sum(found.reasons.values()) == found.asked - found.answered
    assert all(re.search(why, reason) for reason in found.reasons), found.reasons
    check_labels(found)


@pytest.mark.parametrize(("engine", "kept"), EACH)
@pytest.mark.parametrize("kind", NONE)
def test_no_question_has_an_answer(kind: str, engine: str, kept: bool, tmp_path: Path) -> None:
    """All alike give up after a few batches, and none says that the teacher was uncertain."""
    make, why = NONE[kind]
    teacher = make()
    found = asked_by(engine, teacher, kept, tmp_path)
    assert found.answered == 0
    left = found.reasons.pop(NOT_TRIED, 0)
    assert all(re.search(why, reason) for reason in found.reasons), found.reasons
    if engine == "search":
        assert found.asked <= 50, "five rounds of at most ten"
        assert left == 80 - found.asked
    elif engine in ("audit", "audit --until"):
        assert left, "it gave up"
        assert len(set(teacher.asked)) < 120  # type: ignore[attr-defined]
    assert "certain of none" not in found.words
    if engine == "search":
        assert found.words.startswith("Unanswered: seer has answered none of")
    if found.raised is not None:
        assert "mend the teacher and run again" in found.words


@pytest.mark.parametrize("many", [1, 4])
@pytest.mark.parametrize("kept", [False, True], ids=["bare", "kept"])
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "ledger"])
def test_a_dead_teacher_is_an_error_with_a_remedy(
    engine: str, kept: bool, many: int, tmp_path: Path
) -> None:
    """The same words from every engine, before much was asked."""
    dead = with_retries(Seer(refused, concurrency=many), pause=0)
    with pytest.raises(InputError) as caught:
        asked_by(engine, dead, kept, tmp_path)
    words = str(caught.value)
    assert "teacher 'seer' has answered nothing" in words
    assert "always alike (ConnectionError: refused)" in words
    assert "if it is a service, see that it runs. Then run the same again" in words


@pytest.mark.parametrize("engine", ENGINES)
def test_a_contradiction_is_never_passed_over(engine: str, tmp_path: Path) -> None:
    """A ledger that was told the opposite by the same teacher for the same question."""
    if engine == "ledger":
        with Ledger(tmp_path / "l") as ledger:
            teacher = Seer()
            kept = ledger.keep(teacher)
            inputs = torch.rand(9, 2, generator=torch.Generator().manual_seed(1))
            kept(inputs)
            teacher.say = lambda x: Answers(1 - truth(x).clamp(0), torch.zeros(len(x)))
            with pytest.raises(InconsistentTeacherError):
                kept.again(inputs)
        return

    def contradicts(inputs: Tensor) -> Answers:
        raise InconsistentTeacherError("two answers to one question")

    with pytest.raises(InconsistentTeacherError, match="two answers"):
        asked_by(engine, Seer(contradicts), False, tmp_path)


@pytest.mark.parametrize("own", [False, True], ids=["a ledger's", "its own"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_budget_ends_alike(engine: str, own: bool, tmp_path: Path) -> None:
    """So many answers, the rest unasked for one reason, and nobody is asked beyond it."""
    teacher = Seer()

    def quota(inputs: Tensor) -> Answers:
        before = len(teacher.asked) - len(inputs)
        covered = torch.arange(len(inputs)) < 20 - before
        if bool(covered.all()):
            return honest(inputs)
        raise BudgetError("quota", honest(inputs), covered, {})

    if own:
        teacher.say = quota
        found = asked_by(engine, teacher, False, tmp_path)
    else:
        (tmp_path / "out").mkdir()
        with Ledger(tmp_path / "book") as ledger:
            found = ENGINES[engine](ledger.keep(teacher, budget=20), tmp_path / "out")
        assert len(teacher.asked) == 20
    assert found.answered == 20
    assert sum(found.reasons.values()) == found.asked - found.answered
    assert all("budget" in why or "quota" in why for why in found.reasons), found.reasons
    check_labels(found)


@pytest.mark.parametrize("engine", ["audit", "search", "ledger"])
def test_a_slow_teacher_keeps_what_it_answers_in_time(engine: str, tmp_path: Path) -> None:
    def one_is_slow(inputs: Tensor) -> Answers:
        if bool((inputs[:, 1] > 0.97).any()):
            time.sleep(0.4)
        return honest(inputs)

    teacher = with_retries(Seer(one_is_slow), timeout=0.2, pause=0)
    found = asked_by(engine, teacher, True, tmp_path)
    assert 0 < found.asked - found.answered < found.asked / 2
    assert set(found.reasons) == {"no answer within 0.2 s"}
    check_labels(found)


def test_a_rule_that_says_uncertain_everywhere_is_uncertain(tmp_path: Path) -> None:
    """The other side: where it *was* answered, the sentence may say so."""
    rule = Rule(lambda x: torch.full((len(x),), UNCERTAIN), name="shrug", classes=2, version="1")
    found = asked_by("search", rule, True, tmp_path)
    assert found.answered == found.asked == 80
    assert "certain of none" in found.words


def asked_by(engine: str, teacher: Teacher, kept: bool, folder: Path) -> Outcome:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    if not kept:
        return ENGINES[engine](teacher, out)
    with Ledger(folder / "book") as ledger:
        return ENGINES[engine](ledger.keep(teacher, batch=8), out)


def check_labels(found: Outcome) -> None:
    """What was answered is what was said."""
    if found.labels is not None:
        inputs, labels = found.labels
        assert torch.equal(labels, truth(inputs))
    assert found.asked <= 3 * ITEMS


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("many", [1, 4])
def test_a_service_that_refuses_all_is_left_at_once(engine: str, many: int, tmp_path: Path) -> None:
    def locked(inputs: Tensor) -> Answers:
        raise ServiceError("401: the key is wrong")

    teacher = Seer(locked, concurrency=many)
    with Ledger(tmp_path / "l.db") as ledger:
        kept = ledger.keep(with_retries(teacher, pause=0))
        with pytest.raises(ServiceError, match="the key is wrong"):
            ENGINES[engine](kept, tmp_path)
    assert len(teacher.calls) <= many
