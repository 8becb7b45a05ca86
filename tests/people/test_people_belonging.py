"""A question belongs to its study, a token to its answer, a lease to its time."""

import time
from dataclasses import replace

import pytest
import torch
from people_desk import enroll, inputs, say, take, work

from preceptor.core import InputError
from preceptor.people import Human, Settings, Studies, Study, answering, assign, persons
from preceptor.people.answering import ConflictError

YEAR = 365 * 24 * 3600.0


@pytest.fixture
def pair(studies: Studies) -> tuple[Study, Study]:
    """One of two labels for three people, and one of ten labels for one."""
    plain = {"again": 0.0, "known": 0.0}
    few = studies.make("few", Settings(("a", "b"), (1, 2, 2), overlap=3, **plain))
    many = studies.make("many", Settings(tuple("0123456789"), (1, 2, 2), **plain))
    studies.file("few", inputs(3), "x")
    studies.file("many", inputs(3), "x")
    return few, many


def tally(studies: Studies, study: Study) -> list[tuple[int, int]]:
    with studies.database.read() as db:
        return db.all(
            "SELECT votes, needed FROM desk_tally WHERE study = :study ORDER BY question",
            study=study.number,
        )  # type: ignore[return-value]


def test_a_ticket_is_good_in_its_own_study_only(
    studies: Studies, pair: tuple[Study, Study]
) -> None:
    few, many = pair
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, few, ann)
    for label in (9, 1, -1, None):
        with pytest.raises(InputError, match="not given to you in the study 'many'"):
            say(studies, many, ann, lease.ticket, label)
    with pytest.raises(InputError, match="not given"), studies.database.write() as db:
        answering.skip(db, many, ann, lease.ticket, 1.0)
    with studies.database.read() as db:
        assert assign.lease_of(db, lease.ticket, ann, many.number) is None
        assert assign.lease_of(db, lease.ticket, ann, few.number) == lease
        assert db.one("SELECT COUNT(*) FROM desk_answers") == (0,)
        assert db.one("SELECT COUNT(*) FROM desk_skips") == (0,)
    assert tally(studies, few) == [(0, 3)] * 3


def test_one_vote_closes_no_question_of_three_people(
    studies: Studies, pair: tuple[Study, Study]
) -> None:
    """With the settings of another study, or with its own as they were before a change."""
    few, _ = pair
    ann, ben = enroll(studies, "ann", "ben")
    work(studies, replace(few, settings=replace(few.settings, overlap=1)), ann, lambda _: 0)
    assert tally(studies, few) == [(1, 2)] * 3
    studies.change("few", lambda old: replace(old, overlap=4))
    stale = replace(few, settings=replace(few.settings, overlap=1))
    say(studies, stale, ben, take(studies, few, ben)[0].ticket, 1)
    assert sorted(tally(studies, few)) == [(1, 3), (1, 3), (2, 2)]
    with pytest.raises(Exception, match="wait for people"):
        Human(studies, few, "x")(inputs(3))
    assert take(studies, few, ben)


def test_files_and_imports_take_the_overlap_of_the_moment(studies: Studies, study: Study) -> None:
    studies.change("t", lambda old: replace(old, overlap=2))
    with pytest.raises(Exception, match="wait for people"):
        Human(studies, study, "x")(inputs(2))  # holds the settings from before the change
    assert tally(studies, study) == [(0, 2), (0, 2)]


def test_nobody_holds_what_another_was_given(
    studies: Studies, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.file("t", inputs(1), "x")
    ann, ben = enroll(studies, "ann", "ben")
    (hers,) = take(studies, study, ann)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + assign.LEASE_SECONDS - 10)
    take(studies, study, ben, 1, (hers.ticket,))
    monkeypatch.setattr(time, "time", lambda: real() + assign.LEASE_SECONDS + 10)
    assert len(take(studies, study, ben)) == 1


@pytest.mark.parametrize("change", ["person", "label", "note", "question"])
def test_a_token_is_good_for_one_answer(studies: Studies, study: Study, change: str) -> None:
    studies.file("t", inputs(4), "x")
    ann, ben = enroll(studies, "ann", "ben")
    (first, second), (his,) = take(studies, study, ann, 2), take(studies, study, ben)
    say(studies, study, ann, first.ticket, 0, token="t" * 32)
    say(studies, study, ann, first.ticket, 0, token="t" * 32)
    person, ticket, label, note = {
        "person": (ben, his.ticket, 0, ""),
        "label": (ann, first.ticket, 1, ""),
        "note": (ann, first.ticket, 0, "hm"),
        "question": (ann, second.ticket, 0, ""),
    }[change]
    with pytest.raises(ConflictError, match="not kept"):
        say(studies, study, person, ticket, label, token="t" * 32, note=note)
    with studies.database.read() as db:
        assert db.all("SELECT label, note FROM desk_answers") == [(0, "")]


def test_an_answer_given_elsewhere_is_not_superseded_unseen(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(1), "x")
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann)
    assert take(studies, study, ann) == [lease]  # the second browser gets the same
    say(studies, study, ann, lease.ticket, 0, note="sure", token="first-first-first")
    for label, note in ((1, ""), (None, ""), (0, "no")):
        with pytest.raises(ConflictError, match=r"elsewhere.*'a'") as caught:
            say(studies, study, ann, lease.ticket, label, note=note, elsewhere=True)
        assert (caught.value.instead, caught.value.label) == ("first-first-first", 0)
    say(studies, study, ann, lease.ticket, 0, elsewhere=True)  # it says the same
    with studies.database.read() as db:
        assert db.all("SELECT label, note FROM desk_answers") == [(0, "sure")]
    say(studies, study, ann, lease.ticket, 2)
    say(studies, study, ann, lease.ticket, None)
    say(studies, study, ann, lease.ticket, 1, elsewhere=True)  # nothing stands any more
    with studies.database.read() as db:
        assert [row[0] for row in db.all("SELECT label FROM desk_answers ORDER BY id")] == [
            *(0, 2, None, 1)
        ]


def test_a_clock_that_was_ahead_holds_no_question(
    studies: Studies, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.file("t", inputs(3), "x")
    ann, ben = enroll(studies, "ann", "ben")
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + YEAR)
        assert len(take(studies, study, ann, 3)) == 3
    assert len(take(studies, study, ben, 3)) == 3


def test_a_clock_that_was_ahead_lets_nobody_in_for_longer(
    studies: Studies, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + YEAR)
        with studies.database.write() as db:
            ann = persons.enroll(db, "ann")
            link, used = persons.invite(db, ann), persons.invite(db, ann)
            entered = persons.sign_in(db, used)
    assert entered is not None
    with studies.database.write() as db:
        assert persons.whose(db, entered.secret) is None
        assert persons.sign_in(db, link) is None


def test_wherever_it_is_answered_no_label_beyond_the_study_comes_out(
    studies: Studies, pair: tuple[Study, Study]
) -> None:
    few, many = pair
    (ann,) = enroll(studies, "ann")
    for study in (few, many):
        work(studies, study, ann, lambda lease: lease.question % 2)
    labels = Human(studies, many, "x")(inputs(3)).labels
    assert torch.isin(labels, torch.tensor([0, 1])).all()
