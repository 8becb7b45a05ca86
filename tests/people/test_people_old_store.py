"""A store of an older preceptor: nobody loses a way in, and what its desk wrote wrongly is told."""

from collections.abc import Iterator
from pathlib import Path

import old_store
import pytest
import torch
from people_desk import say, take

from preceptor.core import InputError, UnansweredError
from preceptor.people import Human, Studies, access, agreement, answering, persons
from preceptor.people.exchange import FORMATS, read, write
from preceptor.people.offering import offers


@pytest.fixture
def old(where: str) -> Iterator[Studies]:
    old_store.make(where)
    with Studies(where, create=False) as opened:
        yield opened


def test_everybody_belongs_to_every_study_of_then_and_to_none_that_comes(old: Studies) -> None:
    later = old.make("later", old.get("trio").settings)
    with old.database.read() as db:
        found = {one.person.name: one for one in access.everybody(db)}
        for name in ("olga", "eve", "ann"):
            assert found[name].studies == found[name].before == ("trio", "other")
        assert access.belongs(db, 1, found["ann"].person)
        assert not access.belongs(db, later.number, found["ann"].person)
        assert access.belongs(db, later.number, found["olga"].person)


def test_labels_of_another_study_count_for_nothing_and_are_told(old: Studies) -> None:
    trio = old.get("trio")
    with old.database.read() as db:
        found = agreement.overview(db, trio)
        assert [(one.question, one.by, one.label) for one in found.refused] == [
            *((1, "eve", 9), (2, "eve", 7), (3, "ann", 8))
        ]
        assert (found.questions, found.complete, found.needed) == (3, 0, 7)
        tally = db.all("SELECT question, votes, needed FROM desk_tally ORDER BY question")
        assert tally == [(1, 0, 3), (2, 1, 2), (3, 1, 2)]
        sums = db.one("SELECT SUM(open), SUM(needed) FROM desk_counts WHERE study = 1")
        assert sums == (3, 7)
        eve = [(one.question, one.label) for one in answering.given(db, 1, 2, 9)]
        assert eve == [(2, 0)]
        assert [(one.question, one.label) for one in answering.given(db, 1, 3, 9)] == [(3, 1)]
        assert [(one.question, one.label) for one in offers(db, 1, 3)] == [(3, 1)]


def test_whoever_gave_a_refused_answer_is_asked_again_and_the_audit_goes_on(old: Studies) -> None:
    trio = old.get("trio")
    human = Human(old, trio, "x")
    inputs = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    with pytest.raises(UnansweredError):
        human(inputs)
    with old.database.write() as db:
        people = [persons.enroll(db, name).number for name in ("eve", "ann", "olga", "ben")]
    for person in people:
        while leases := take(old, trio, person):
            say(old, trio, person, leases[0].ticket, 0)
    assert human(inputs).labels.tolist()[:2] == [0, 0]
    with old.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_tally WHERE needed > 0") == (0,)
        asked = db.all("SELECT person FROM desk_answers WHERE question = 1 AND label = 0")
        assert (people[0],) in asked


@pytest.mark.parametrize("kind", FORMATS)
def test_it_is_exported_and_the_good_answers_come_in_elsewhere(
    old: Studies, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "trio.file"
    write(old, "trio", file, kind)  # type: ignore[arg-type]
    if kind == "label-studio":
        return
    text = file.read_text()
    assert text.count("refused") == 3
    with Studies(tmp_path / "new.db") as new:
        if kind == "csv":
            write(old, "trio", tmp_path / "all.jsonl", "jsonl")
            read(new, tmp_path / "all.jsonl", "jsonl")
        receipt = read(new, file, kind, name="trio")  # type: ignore[arg-type]
        assert len(receipt.refused) == 3
        assert all("label number" in why for _, why in receipt.refused)
        study = new.get("trio")
        with new.database.read() as db:
            kept = db.all("SELECT token, label FROM desk_answers ORDER BY id")
            assert agreement.overview(db, study).refused == []
        assert kept == [(one[0], one[3]) for one in old_store.ANSWERS if one[3] in (0, 1)]


def test_settings_that_no_entrance_takes_today_are_read(old: Studies) -> None:
    other = old.get("other")
    assert (other.settings.classes, other.settings.overlap) == (("x\x1b[31m", "y"), 2)
    wider = old.change("other", lambda one: type(one)(**{**vars(one), "overlap": 3}))
    assert wider.settings.overlap == 3
    with pytest.raises(InputError, match="x1b"):
        old.make("another", other.settings)


def test_it_is_brought_up_to_date_once(old: Studies, where: str) -> None:
    ann = persons.Person(3, "ann", "member")
    with old.database.write() as db:
        access.leave(db, 1, ann)
    old.close()
    with Studies(where) as again, again.database.read() as db:
        assert not access.belongs(db, 1, ann)
