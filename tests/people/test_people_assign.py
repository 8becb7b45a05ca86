"""Who is asked what: leases, overlap, random order, skips, repetitions, attention checks."""

import time
from itertools import pairwise

import pytest
from people_desk import enroll, inputs, number_of, say, take, work

from preceptor.core import InputError
from preceptor.people import Settings, Studies, Study, answering, assign


def test_a_question_is_held_for_one_person(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(6), "x")
    ann, ben = enroll(studies, "ann", "ben")
    hers = take(studies, study, ann, 4)
    his = take(studies, study, ben, 4)
    assert len(hers) == 4
    assert len(his) == 2
    assert not {one.question for one in hers} & {one.question for one in his}


def test_a_page_loaded_anew_gets_the_same_questions(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(6), "x")
    (ann,) = enroll(studies, "ann")
    first = take(studies, study, ann, 3)
    more = take(studies, study, ann, 3, tuple(one.ticket for one in first))
    assert not set(first) & set(more)
    assert set(take(studies, study, ann, 6)) == {*first, *more}


def test_a_lapsed_lease_frees_the_question_and_a_late_answer_is_kept(
    studies: Studies, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.file("t", inputs(1), "x")
    ann, ben = enroll(studies, "ann", "ben")
    (late,) = take(studies, study, ann)
    assert take(studies, study, ben) == []
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + assign.LEASE_SECONDS + 1)
    (his,) = take(studies, study, ben)
    assert take(studies, study, ann) == []
    say(studies, study, ben, his.ticket, 0)
    say(studies, study, ann, late.ticket, 0)
    with studies.database.read() as db:
        assert db.one("SELECT votes, needed FROM desk_tally") == (2, 0)


def test_the_order_differs_from_person_to_person(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), overlap=2, again=0.0))
    studies.file("t", inputs(40), "x")
    orders = []
    for person in enroll(studies, "ann", "ben"):
        asked = work(studies, study, person, lambda _: 0)
        orders.append([number_of(studies, study, one.question) for one in asked])
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(40))
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])
    follows = [dict(pairwise(order)) for order in orders]
    same = sum(follows[0].get(one) == next_ for one, next_ in follows[1].items())
    assert same < 20


def test_a_skipped_question_comes_when_nothing_else_is_left(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(4), "x")
    (ann,) = enroll(studies, "ann")
    (first,) = take(studies, study, ann)
    with studies.database.write() as db:
        answering.skip(db, study, ann, first.ticket, 2.0)
    asked = work(studies, study, ann, lambda _: 0)
    assert len(asked) == 4
    assert asked[-1] == first


def test_repetitions_and_attention_checks_come_at_their_rates(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.2, known=0.2))
    studies.file("t", inputs(150), "x")
    studies.know("t", inputs(500)[200:], [0] * 300)
    (ann,) = enroll(studies, "ann")
    asked = work(studies, study, ann, lambda _: 0, most=400)
    kinds = [one.kind for one in asked]
    assert kinds.count("ask") == 150
    assert 25 < kinds.count("again") < 80
    assert 25 < kinds.count("known") < 80
    assert set(kinds[: assign.GAP]) == {"ask"}
    seen: dict[int, int] = {}
    for place, one in enumerate(asked):
        if one.kind == "again":
            assert place - seen[one.question] >= assign.GAP
        seen.setdefault(one.question, place)
    with studies.database.read() as db:
        assert answering.progress(db, study.number, ann) == answering.PersonProgress(150, 150, 0)


def test_the_same_token_twice_is_one_answer(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(1), "x")
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann)
    for _ in range(2):
        say(studies, study, ann, lease.ticket, 0, token="same")
    with studies.database.read() as db:
        assert db.all("SELECT label FROM desk_answers") == [(0,)]


def test_what_was_not_asked_cannot_be_answered(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(2), "x")
    ann, ben = enroll(studies, "ann", "ben")
    (lease,) = take(studies, study, ann)
    for person, ticket in ((ben, lease.ticket), (ann, "made-up")):
        with pytest.raises(InputError, match="not given to you"):
            say(studies, study, person, ticket, 0)
    for label in (3, -2):
        with pytest.raises(InputError, match="expected -1"):
            say(studies, study, ann, lease.ticket, label)
    with pytest.raises(InputError, match="seconds"):
        say(studies, study, ann, lease.ticket, 0, seconds=float("nan"))


def test_what_was_given_can_be_looked_at_again(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(5), "x")
    (ann,) = enroll(studies, "ann")
    asked = work(studies, study, ann, lambda _: 1)
    say(studies, study, ann, asked[1].ticket, 2, note="looked again")
    say(studies, study, ann, asked[4].ticket, None)
    with studies.database.read() as db:
        given = answering.given(db, study.number, ann, 3)
        assert answering.progress(db, study.number, ann) == answering.PersonProgress(4, 5, 1)
    assert [one.ticket for one in given] == [asked[i].ticket for i in (2, 3, 1)]
    assert (given[-1].label, given[-1].note) == (2, "looked again")


def test_more_overlap_asks_more_people(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(3), "x")
    ann, ben = enroll(studies, "ann", "ben")
    work(studies, study, ann, lambda _: 0)
    assert take(studies, study, ben) == []
    wider = studies.change("t", lambda old: Settings(**{**vars(old), "overlap": 2}))
    assert len(work(studies, wider, ben, lambda _: 0)) == 3
    assert take(studies, wider, ann) == []
