"""The human teacher: known answers, filed questions, budgets, corrections; on both databases."""

import pytest
import torch
from people_desk import enroll, inputs, number_of, say, take, work

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    BudgetError,
    InputError,
    Remembers,
    Teacher,
    UnansweredError,
)
from preceptor.people import Human, Settings, Studies, Study
from preceptor.teachers import Unanimous, Votes


def test_it_is_a_teacher_that_remembers(studies: Studies, study: Study) -> None:
    human = Human(studies, study)
    assert isinstance(human, Teacher)
    assert isinstance(human, Remembers)
    assert human.name == "human:t"
    assert human.classes == 3
    assert not human.deterministic


def test_the_same_call_again_finds_the_answers(studies: Studies, study: Study) -> None:
    human = Human(studies, study, "audit")
    with pytest.raises(UnansweredError, match="4 questions wait") as first:
        human(inputs(4))
    assert not first.value.answered.any()
    assert set(first.value.reasons.values()) == {"waits at the desk, no answer yet"}
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda lease: number_of(studies, study, lease.question) % 3, most=3)
    with pytest.raises(UnansweredError) as second:
        human(inputs(4))
    answered = second.value.answered
    assert int(answered.sum()) == 3
    right = torch.arange(4) % 3
    assert (second.value.answers.labels[answered] == right[answered]).all()
    assert (second.value.answers.labels[~answered] == UNCERTAIN).all()
    assert human.known(inputs(4)).equal(answered)
    work(studies, study, ann, lambda lease: number_of(studies, study, lease.question) % 3)
    assert human(inputs(4)).labels.equal(right)
    assert human.spent == 4


def test_identical_inputs_are_one_question(studies: Studies, study: Study) -> None:
    human = Human(studies, study, "audit", budget=2)
    twice = inputs(2)[torch.tensor([0, 1, 0, 1, 0])]
    with pytest.raises(UnansweredError):
        human(twice)
    (ann,) = enroll(studies, "ann")
    assert len(work(studies, study, ann, lambda _: 1)) == 2
    assert human(twice).labels.tolist() == [1] * 5


def test_a_budget_is_counted_on_disk(studies: Studies, study: Study) -> None:
    human = Human(studies, study, "audit", budget=3)
    for _ in range(2):
        with pytest.raises(BudgetError) as caught:
            human(inputs(5))
        assert [row for row, why in caught.value.reasons.items() if "budget" in why] == [3, 4]
    assert human.spent == 3
    other = Human(studies, study, "another audit", budget=5)
    with pytest.raises(UnansweredError):
        other(inputs(5))
    (ann,) = enroll(studies, "ann")
    assert len(work(studies, study, ann, lambda _: 0)) == 5
    free = Human(studies, study, "a third", budget=0)
    assert free(inputs(5)).labels.tolist() == [0] * 5
    assert human(inputs(5)).labels.tolist() == [0] * 5


def test_a_correction_is_seen_and_the_old_answer_kept(studies: Studies, study: Study) -> None:
    human = Human(studies, study)
    with pytest.raises(UnansweredError):
        human(inputs(1))
    (ann,) = enroll(studies, "ann")
    (lease,) = work(studies, study, ann, lambda _: 0)
    assert human(inputs(1)).labels.tolist() == [0]
    say(studies, study, ann, lease.ticket, 2, seconds=4.0)
    answers = human(inputs(1))
    assert answers.labels.tolist() == [2]
    assert answers.cost.tolist() == [5.0]
    say(studies, study, ann, lease.ticket, None)
    with pytest.raises(UnansweredError):
        human(inputs(1))
    with studies.database.read() as db:
        rows = db.all("SELECT id, label, supersedes FROM desk_answers ORDER BY id")
    assert [(label, supersedes) for _, label, supersedes in rows] == [
        (0, None),
        (2, rows[0][0]),
        (None, rows[1][0]),
    ]


def test_cannot_tell_is_an_answer(studies: Studies, study: Study) -> None:
    human = Human(studies, study)
    with pytest.raises(UnansweredError):
        human(inputs(2))
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda _: UNCERTAIN)
    assert human.known(inputs(2)).all()
    assert human(inputs(2)).labels.tolist() == [UNCERTAIN, UNCERTAIN]


def test_fewer_than_the_overlap_is_unanswered_not_uncertain(studies: Studies) -> None:
    panel = studies.make(
        "panel", Settings(("a", "b"), (1, 2, 2), overlap=3, rule=Votes(least=3), again=0.0)
    )
    human = Human(studies, panel)
    with pytest.raises(UnansweredError):
        human(inputs(1))
    people = enroll(studies, "ann", "ben", "cai", "dee")
    for person, label in zip(people[:2], (0, 0), strict=True):
        work(studies, panel, person, lambda _, label=label: label)
        with pytest.raises(UnansweredError) as caught:
            human(inputs(1))
    assert caught.value.reasons == {0: "waits at the desk, 2 of 3 answers yet"}
    work(studies, panel, people[2], lambda _: 1)
    answers = human(inputs(1))
    assert answers.labels.tolist() == [0]
    assert answers.votes is not None
    assert answers.votes.tolist() == [[0, 0, 1]]
    assert take(studies, panel, people[3]) == []
    studies.change("panel", lambda old: Settings(**{**vars(old), "rule": Unanimous(least=3)}))
    strict = Human(studies, studies.get("panel"))
    assert strict(inputs(1)).labels.tolist() == [UNCERTAIN]
    assert strict.version != human.version


def test_who_contradicts_themselves_cannot_tell(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.5, known=0.0))
    human = Human(studies, study)
    with pytest.raises(UnansweredError):
        human(inputs(60))
    (ann,) = enroll(studies, "ann")
    asked = work(
        studies,
        study,
        ann,
        lambda lease: number_of(studies, study, lease.question) % 2 * (lease.kind == "ask"),
    )
    again = {number_of(studies, study, one.question) for one in asked if one.kind == "again"}
    assert len(again) > 5
    labels = human(inputs(60)).labels
    for number in range(60):
        doubted = number in again and number % 2
        assert labels[number] == (UNCERTAIN if doubted else number % 2)


def test_the_votes_table_leaves_out_who_was_not_asked(studies: Studies, study: Study) -> None:
    human = Human(studies, study)
    with pytest.raises(UnansweredError):
        human(inputs(6))
    ann, ben = enroll(studies, "ann", "ben")
    work(studies, study, ann, lambda _: 0, most=3)
    work(studies, study, ben, lambda _: 1)
    votes = human(inputs(6)).votes
    assert votes is not None
    assert sorted(votes.tolist()) == sorted([[0, MISSING]] * 3 + [[MISSING, 1]] * 3)


def test_another_studys_inputs_and_classes_are_refused(studies: Studies, study: Study) -> None:
    with pytest.raises(InputError, match="shape"):
        Human(studies, study)(torch.zeros(1, 3))
    with pytest.raises(InputError, match="not finite"):
        Human(studies, study)(torch.full((1, 1, 2, 2), torch.nan))
    with pytest.raises(InputError, match="another study"):
        studies.make("t", Settings(("x", "y"), (1, 2, 2)))
    with pytest.raises(InputError, match="no study 'u'"):
        studies.get("u")
    with pytest.raises(InputError, match="at least 0"):
        Human(studies, study, budget=-1)
