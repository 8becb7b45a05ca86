"""Who may come in: links, sessions, people and rights can be ended, and what was said stays."""

import pytest
from people_desk import enroll, inputs, say, take

from preceptor.core import InputError
from preceptor.people import Studies, Study, access, persons


def sign_in(studies: Studies, name: str) -> str:
    with studies.database.write() as db:
        entered = persons.sign_in(db, persons.invite(db, persons.enroll(db, name)))
    assert entered is not None
    return entered.secret


def person(studies: Studies, name: str) -> persons.Person:
    with studies.database.read() as db:
        found = persons.find(db, name)
    assert found is not None
    return found


def test_sessions_end_and_links_are_cancelled(studies: Studies) -> None:
    secret, other = sign_in(studies, "ann"), sign_in(studies, "ben")
    with studies.database.write() as db:
        link = persons.invite(db, persons.enroll(db, "ann"))
    with studies.database.read() as db:
        ann = access.everybody(db)[0]
    assert (len(ann.sessions), len(ann.links)) == (1, 1)
    with studies.database.write() as db:
        assert access.end(db, ann.person) == (1, 1)
        assert persons.whose(db, secret) is None
        assert persons.sign_in(db, link) is None
        assert persons.whose(db, other) is not None
        ann = access.everybody(db)[0]
        assert (ann.sessions, ann.links) == ((), ())


def test_a_removed_person_is_out_and_their_answers_stay(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(2), "x")
    secret = sign_in(studies, "ann")
    ann, ben = enroll(studies, "ann", "ben")
    with studies.database.write() as db:
        access.join(db, study.number, person(studies, "ann"))
    first, _ = take(studies, study, ann, 2)
    say(studies, study, ann, first.ticket, 1)
    with studies.database.write() as db:
        access.remove(db, person(studies, "ann"))
    assert len(take(studies, study, ben, 2)) == 1  # what she held is free at once
    with studies.database.write() as db:
        assert persons.whose(db, secret) is None
        with pytest.raises(InputError, match="was removed"):
            persons.invite(db, person(studies, "ann"))
        kept = db.all(
            "SELECT p.name, a.label FROM desk_answers a JOIN desk_people p ON p.id = a.person"
        )
        assert kept == [("ann", 1)]
        access.restore(db, person(studies, "ann"))
    with studies.database.write() as db:
        back = person(studies, "ann")
        assert persons.sign_in(db, persons.invite(db, back)) is not None
        assert access.belongs(db, study.number, back)


def test_membership(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(1), "x")
    ann, ben = enroll(studies, "ann", "ben")
    her = person(studies, "ann")
    with studies.database.write() as db:
        assert not access.belongs(db, study.number, her)
        access.join(db, study.number, her)
        access.join(db, study.number, her)
        assert access.belongs(db, study.number, her)
    take(studies, study, ann)
    assert take(studies, study, ben) == []
    with studies.database.write() as db:
        access.leave(db, study.number, her)
        assert not access.belongs(db, study.number, her)
    assert len(take(studies, study, ben)) == 1


def test_rights_change_but_one_owner_stays(studies: Studies, study: Study) -> None:
    with studies.database.write() as db:
        olga = persons.enroll(db, "olga", "owner")
        ann = persons.enroll(db, "ann")
        for act in (access.remove, lambda d, p: access.set_role(d, p, "member")):
            with pytest.raises(InputError, match="only owner"):
                act(db, olga)
        access.set_role(db, ann, "owner")
        access.set_role(db, olga, "member")
    assert person(studies, "ann").role == "owner"
    assert person(studies, "olga").role == "member"
    with studies.database.write() as db, pytest.raises(InputError, match="sees every study"):
        access.leave(db, study.number, person(studies, "ann"))


def test_starting_the_desk_makes_nobody_an_owner_without_a_word(studies: Studies) -> None:
    with studies.database.write() as db:
        assert access.take_over(db, "olga", "l.db")[1] == ""  # the first owner of a new desk
        assert access.take_over(db, "olga", "l.db")[1] == ""
        persons.enroll(db, "ann")
        for name, was in (("ann", "a member so far"), ("ben", "new here")):
            who, said = access.take_over(db, name, "l.db")
            assert who.role == "owner"
            assert was in said
            assert f"preceptor study people l.db --member {name}" in said
        access.remove(db, persons.enroll(db, "ann"))
        with pytest.raises(InputError, match="--restore ann"):
            access.take_over(db, "ann", "l.db")
