"""Panels: what members say, what they cost, and what happens when one has no answer."""

import pytest
import torch
from torch import Tensor

from preceptor.core import (
    UNCERTAIN,
    Answers,
    BudgetError,
    IncompleteError,
    InputError,
    Teacher,
    TeacherError,
    UnansweredError,
    blank,
)
from preceptor.teachers import Panel, Rule, Unanimous, Votes

INPUTS = torch.arange(6, dtype=torch.float32)[:, None]


def says(name: str, labels: list[int], cost: float = 1.0, **more: object) -> Rule:
    """A member with a fixed answer to each of the six inputs."""
    return Rule(
        lambda x: [labels[int(i)] for i in x[:, 0]],
        name=name,
        classes=3,
        cost=cost,
        **more,  # type: ignore[arg-type]
    )


class Partial:
    """A member that has no answer to some inputs."""

    name, version, classes, deterministic, certainty = "partial", "1", 3, False, "Always."

    def __init__(self, missing: list[int], kind: type[IncompleteError]) -> None:
        self.missing, self.kind, self.calls = missing, kind, 0

    def __call__(self, inputs: Tensor) -> Answers:
        self.calls += 1
        answered = torch.tensor([int(i) not in self.missing for i in inputs[:, 0]])
        answers = blank(len(inputs))
        answers.labels[answered] = 1
        answers.cost[answered] = 10.0
        raise self.kind("ask later", answers, answered, {int((~answered).nonzero()[0]): "busy"})


def test_votes_and_costs_add_up() -> None:
    members = [
        says("a", [0, 0, 1, 2, -1, 0]),
        says("b", [0, 1, 1, 2, -1, 1], cost=0.25),
        says("c", [0, 0, 1, -1, 2, 2]),
    ]
    answers = Panel(members, "three", Votes(least=3))(INPUTS)
    assert answers.labels.tolist() == [0, 0, 1, UNCERTAIN, UNCERTAIN, UNCERTAIN]
    assert answers.votes is not None
    assert answers.votes.T.tolist() == [m(INPUTS).labels.tolist() for m in members]
    assert answers.cost.tolist() == [2.25] * 6


def test_too_few_members_are_told_what_to_do() -> None:
    with pytest.raises(InputError, match=r"has 2 members.*at least 5.*Votes\(least=2\)"):
        Panel([says("a", [0] * 6), says("b", [0] * 6)], "small")
    with pytest.raises(InputError, match="has 0 members"):
        Panel([], "empty", Unanimous(least=1))


def test_one_opinion_counts_once() -> None:
    member = says("a", [0] * 6)
    with pytest.raises(InputError, match="is 2 members"):
        Panel([member, member], "twice", Unanimous())


def test_members_have_the_same_classes() -> None:
    other = Rule(lambda x: [0] * len(x), name="b", classes=4)
    with pytest.raises(InputError, match="a: 3, b: 4"):
        Panel([says("a", [0] * 6), other], "mixed", Unanimous())


def test_version_follows_rule_and_members() -> None:
    def version(rule: Votes, *members: Teacher) -> str:
        return Panel(members, "p", rule).version

    a, b = says("a", [0] * 6), says("b", [0] * 6)
    other = says("b", [0] * 6, version="other")
    versions = {
        version(Votes(least=2), a, b),
        version(Votes(least=1), a, b),
        version(Votes(least=2, share=0.7), a, b),
        version(Votes(least=2), a, other),
        version(Votes(least=2), b, a),
    }
    assert len(versions) == 5


def test_deterministic_if_all_members_are() -> None:
    a, b = says("a", [0] * 6), says("b", [0] * 6, deterministic=False)
    assert Panel([a, says("c", [0] * 6)], "p", Unanimous()).deterministic
    assert not Panel([a, b], "p", Unanimous()).deterministic


def test_where_a_member_has_no_answer_the_panel_has_none() -> None:
    asked: list[int] = []

    def watch(x: Tensor) -> list[int]:
        asked.append(len(x))
        return [1] * len(x)

    after = Rule(watch, name="after", classes=3, cost=1.0)
    panel = Panel([Partial([2, 4], UnansweredError), after], "p", Unanimous())
    with pytest.raises(UnansweredError, match="no answer to 2 of 6") as caught:
        panel(INPUTS)
    error = caught.value
    assert asked == [6], "the other members are asked all the same"
    assert error.answered.tolist() == [True, True, False, True, False, True]
    assert error.answers.labels.tolist() == [1, 1, UNCERTAIN, 1, UNCERTAIN, 1]
    assert error.answers.cost.tolist() == [11, 11, 0, 11, 0, 11]
    assert error.answers.votes is not None
    assert error.answers.votes[~error.answered].eq(UNCERTAIN).all()
    assert error.reasons == {2: "partial: busy", 4: "partial: ask later"}


def test_the_kind_of_error_is_the_members() -> None:
    def panel(*kinds: type[IncompleteError]) -> Panel:
        members = [Partial([0], kind) for kind in kinds]
        for number, member in enumerate(members):
            member.name = str(number)
        return Panel([*members, says("a", [1] * 6)], "p", Unanimous())

    with pytest.raises(UnansweredError):
        panel(UnansweredError)(INPUTS)
    with pytest.raises(TeacherError):
        panel(UnansweredError, TeacherError)(INPUTS)
    with pytest.raises(BudgetError):
        panel(UnansweredError, BudgetError, TeacherError)(INPUTS)


def test_a_label_that_is_none_is_no_vote() -> None:
    wrong = says("wrong", [0, 7, 0, -5, 0, 0])
    with pytest.raises(TeacherError, match="answered 7, which is no label") as caught:
        Panel([wrong, says("a", [0] * 6)], "p", Unanimous())(INPUTS)
    assert caught.value.answered.tolist() == [True, False, True, False, True, True]
    assert caught.value.answers.labels.tolist() == [0, -1, 0, -1, 0, 0]
    assert caught.value.reasons[3] == (
        "wrong: answered -5, which is no label: expected 0 to 2, or -1 for uncertain"
    )
