"""A study that asks no more people as soon as the answers decide a question."""

import json

import pytest
import torch
from people_desk import enroll, inputs, say, take

from preceptor.core import UNCERTAIN, InputError, UnansweredError, describe_rule
from preceptor.people import Human, Settings, Studies, Study, agreement
from preceptor.teachers import UntilDecided, Votes

FIVE = UntilDecided(Votes(least=5), 5, 0.0)


def asked(studies: Studies, rule: UntilDecided = FIVE) -> Study:
    settings = Settings(
        ("a", "b"), (1, 2, 2), overlap=rule.of, rule=rule, again=0.0, known=0.0, block=0
    )
    study = studies.make("t", settings)
    studies.file("t", inputs(1), "x")
    return study


def needed(studies: Studies) -> tuple[int, int]:
    with studies.database.read() as db:
        tallied = db.all("SELECT needed FROM desk_tally")[0][0]
        counted = db.all("SELECT SUM(needed) FROM desk_counts")[0][0]
    return tallied, counted


def give(studies: Studies, study: Study, person: int, label: int | None) -> None:
    (lease,) = take(studies, study, person)
    say(studies, study, person, lease.ticket, label)


def test_four_alike_of_five_are_enough(studies: Studies) -> None:
    study = asked(studies)
    people = enroll(studies, *"abcde")
    assert needed(studies) == (2, 2)  # two who differ decide that nothing is certain
    wants = []
    for person in people[:4]:
        give(studies, study, person, 1)
        wants.append(needed(studies)[0])
    assert wants == [2, 2, 1, 0]
    assert not take(studies, study, people[4])
    assert Human(studies, study)(inputs(1)).labels.tolist() == [1]
    with studies.database.read() as db:
        found = agreement.overview(db, study)
    assert (found.complete, found.certain, found.needed, found.saved) == (1, 1, 0, 1)


def test_two_who_differ_decide_that_it_is_uncertain(studies: Studies) -> None:
    study = asked(studies)
    first, second, third, *_ = enroll(studies, *"abcde")
    give(studies, study, first, 1)
    give(studies, study, second, 0)
    with pytest.raises(UnansweredError, match="wait"):
        Human(studies, study)(inputs(1))
    assert needed(studies)[0] == 1  # one who cannot tell, and four of five are out of reach
    give(studies, study, third, UNCERTAIN)
    assert needed(studies) == (0, 0)
    answers = Human(studies, study)(inputs(1))
    assert answers.labels.tolist() == [UNCERTAIN]
    assert answers.cost.tolist() == [3.0]


def test_an_answer_taken_back_opens_the_question_again(studies: Studies) -> None:
    study = asked(studies)
    people = enroll(studies, *"abcde")
    tickets = []
    for person in people[:4]:
        (lease,) = take(studies, study, person)
        tickets.append(lease.ticket)
        say(studies, study, person, lease.ticket, 1)
    assert needed(studies) == (0, 0)
    say(studies, study, people[3], tickets[3], None)
    assert needed(studies) == (1, 1)
    say(studies, study, people[3], tickets[3], 0)
    assert needed(studies) == (1, 1)
    give(studies, study, people[4], 1)
    assert Human(studies, study)(inputs(1)).labels.tolist() == [1]


def test_no_more_people_hold_a_question_than_can_decide_it(studies: Studies) -> None:
    study = asked(studies)
    people = enroll(studies, *"abcde")
    held = [take(studies, study, person) for person in people]
    assert [len(one) for one in held] == [1, 1, 0, 0, 0]


def test_the_rule_can_be_set_and_left_later(studies: Studies) -> None:
    plain = Settings(
        ("a", "b"), (1, 2, 2), overlap=5, rule=Votes(least=5), again=0.0, known=0.0, block=0
    )
    study = studies.make("t", plain)
    studies.file("t", inputs(1), "x")
    for person in enroll(studies, *"abcd"):
        give(studies, study, person, 0)
    assert needed(studies) == (1, 1)

    def stops(old: Settings) -> Settings:
        return Settings.read(_with_rule(old, FIVE))

    study = studies.change("t", stops)
    assert needed(studies) == (0, 0)
    assert study.settings.rule == FIVE
    assert studies.get("t").settings.rule == FIVE  # as it was kept
    studies.change("t", lambda old: Settings.read(_with_rule(old, Votes(least=5))))
    assert needed(studies) == (1, 1)


def _with_rule(old: Settings, rule: UntilDecided | Votes) -> str:
    return json.dumps({**old.describe(), "rule": describe_rule(rule)})


def test_overlap_and_rule_have_to_agree(studies: Studies) -> None:
    with pytest.raises(InputError, match="give both the same number"):
        Settings(("a", "b"), (1, 2, 2), overlap=7, rule=FIVE)


def test_an_error_of_five_percent_asks_fewer(studies: Studies) -> None:
    """Of twenty people, seven who agree are enough."""
    study = asked(studies, UntilDecided(Votes(least=5), 20, 0.05))
    people = enroll(studies, *(f"p{i}" for i in range(20)))
    used = 0
    for person in people:
        if not take(studies, study, person):
            break
        give(studies, study, person, 1)
        used += 1
    assert used == 7
    assert Human(studies, study)(inputs(1)).labels.tolist() == [1]
    assert torch.equal(Human(studies, study).known(inputs(1)), torch.tensor([True]))
