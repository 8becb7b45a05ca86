"""What whoever leads a study decides: the first block, who takes part, disputed questions, and how
pictures were seen; on both databases."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from people_desk import enroll, inputs, number_of, say, take, work

from preceptor.core import UNCERTAIN, InputError, TableColumn, TableDomain, UnansweredError, Viewer
from preceptor.people import (
    Human,
    Settings,
    Studies,
    Study,
    adjudication,
    agreement,
    answering,
    assign,
    participation,
    persons,
    study_questions,
)
from preceptor.people.agreement import items, overview
from preceptor.people.coefficients import in_words
from preceptor.people.exchange import FORMATS, read, write
from preceptor.people.item_history import history_of
from preceptor.people.participation import State
from preceptor.people.viewing import Viewing
from preceptor.teachers import Votes

PLAIN = {"again": 0.0, "known": 0.0}


def trio(studies: Studies, count: int = 40, **more: object) -> Study:
    made = {"overlap": 3, "rule": Votes(least=3), **PLAIN, **more}
    study = studies.make("t", Settings(("a", "b", "c"), (1, 2, 2), **made))  # type: ignore[arg-type]
    studies.file("t", inputs(count), "x")
    return study


def put(studies: Studies, study: Study, name: str, state: State, note: str = "") -> bool:
    with studies.database.write() as db:
        owner = persons.enroll(db, "olga", "owner")
        person = persons.enroll(db, name)
        return participation.set_state(db, study.number, person, state, owner, note)


def settle(studies: Studies, study: Study, question: int, label: int | None) -> None:
    with studies.database.write() as db:
        owner = persons.enroll(db, "olga", "owner")
        adjudication.decide(db, study.number, question, label, owner, uuid4().hex, "seen twice")


def counts_are_right(studies: Studies, study: Study) -> None:
    """The kept counts are those that counting anew gives."""
    kept = "SELECT question, votes, needed FROM desk_tally ORDER BY question"
    sums = "SELECT SUM(open), SUM(needed) FROM desk_counts WHERE study = :study"
    with studies.database.write() as db:
        before = (db.all(kept), db.one(sums, study=study.number))
        study_questions.count_again(db, study.number, studies.get(study.name).settings)
        assert (db.all(kept), db.one(sums, study=study.number)) == before


def test_everybody_gets_the_same_block_first_each_in_their_own_order(studies: Studies) -> None:
    study = trio(studies, 60, block=10)
    people = enroll(studies, "ann", "ben", "cleo", "dan")
    orders = []
    for person in people[:3]:
        asked = work(studies, study, person, lambda _: 0, most=12)
        orders.append([number_of(studies, study, one.question) for one in asked])
    firsts = [order[:10] for order in orders]
    assert len({frozenset(first) for first in firsts}) == 1
    assert len({tuple(first) for first in firsts}) > 1
    assert set(orders[1][10:]) == set(orders[0][10:])  # begun ones before fresh ones
    with studies.database.read() as db:
        assert overview(db, study).complete == 12
    later = work(studies, study, people[3], lambda _: 0, most=5)
    assert not {number_of(studies, study, one.question) for one in later} & set(firsts[0])
    counts_are_right(studies, study)


def test_the_block_stays_when_more_is_filed_and_follows_the_setting(studies: Studies) -> None:
    study = trio(studies, 20, block=5)
    chosen = "SELECT question FROM desk_tally WHERE in_block = 1 ORDER BY question"

    def block() -> set[int]:
        with studies.database.read() as db:
            return {row[0] for row in db.all(chosen)}

    first = block()
    studies.file("t", inputs(60)[20:], "y")
    assert block() == first
    studies.change("t", lambda old: replace(old, block=8))
    assert block() > first
    larger = block()
    studies.change("t", lambda old: replace(old, block=5))
    assert block() < larger
    assert len(block()) == 5
    studies.change("t", lambda old: replace(old, block=0))
    assert block() == set()
    with pytest.raises(InputError, match="block"):
        replace(study.settings, block=-1)


def test_a_paused_person_is_asked_nothing_and_their_answers_count(studies: Studies) -> None:
    study = trio(studies, 4)
    ann, ben = enroll(studies, "ann", "ben")
    (held, given) = take(studies, study, ann, 2)
    say(studies, study, ann, given.ticket, 1)
    assert put(studies, study, "ann", "paused", "on leave")
    assert not put(studies, study, "ann", "paused")
    assert take(studies, study, ann, 3) == []
    assert len(take(studies, study, ben, 4)) == 4
    say(studies, study, ann, held.ticket, 2)  # was on its way
    with studies.database.read() as db:
        (row,) = overview(db, study).people
    assert (row.answers, row.state) == (2, "paused")
    assert "by olga" in row.since
    assert "on leave" in row.since
    assert put(studies, study, "ann", "active")
    assert len(take(studies, study, ann, 4)) == 2
    counts_are_right(studies, study)


def test_an_excluded_persons_answers_count_for_nothing_until_they_are_back(
    studies: Studies,
) -> None:
    study = trio(studies, 6)
    people = enroll(studies, "ann", "ben", "eve")
    for person, label in zip(people, (0, 0, 1), strict=True):
        work(studies, study, person, lambda _, label=label: label)
    human = Human(studies, study)
    assert human(inputs(6)).labels.tolist() == [0] * 6
    before = human.version
    with studies.database.read() as db:
        rows = db.all("SELECT * FROM desk_answers ORDER BY id")
        assert overview(db, study).raw == pytest.approx(1 / 3)
    put(studies, study, "eve", "excluded", "clicks")
    assert human.version != before
    assert "1 excluded person" in human.certainty
    with pytest.raises(UnansweredError):
        human(inputs(6))
    with studies.database.read() as db:
        found = overview(db, study)
        assert (found.complete, found.needed, found.raw) == (0, 6, 1.0)
        eve = next(row for row in found.people if row.name == "eve")
        assert (eve.state, eve.agreement) == ("excluded", 0.0)
    assert take(studies, study, people[2]) == []
    (dan,) = enroll(studies, "dan")
    work(studies, study, dan, lambda _: 0)
    assert human(inputs(6)).votes is not None
    assert human(inputs(6)).labels.tolist() == [0] * 6
    counts_are_right(studies, study)
    put(studies, study, "eve", "active")
    assert human.version == before
    with studies.database.read() as db:
        assert db.all("SELECT * FROM desk_answers ORDER BY id")[: len(rows)] == rows
        assert overview(db, study).raw == pytest.approx(1 / 2)
    counts_are_right(studies, study)


def test_a_decision_wins_over_the_votes_and_can_be_taken_back(studies: Studies) -> None:
    study = trio(studies, 2)
    people = enroll(studies, "ann", "ben", "cleo")
    for person, label in zip(people, (0, 1, 2), strict=True):
        work(studies, study, person, lambda _, label=label: label)
    human = Human(studies, study)
    assert human(inputs(2)).labels.tolist() == [UNCERTAIN] * 2
    question = 1
    which = number_of(studies, study, question)
    settle(studies, study, question, 2)
    assert human(inputs(2)).labels.tolist()[which] == 2
    assert human(inputs(2)).labels.tolist()[1 - which] == UNCERTAIN
    assert "decided 1 question" in human.certainty
    with studies.database.read() as db:
        found = overview(db, study)
        assert (found.certain, len(found.uncertain), found.decided) == (1, 1, 1)
        outcomes = {one.question: (one.outcome, one.decided) for one in items(db, study)}
        assert outcomes[question] == ("certain", "c")
        told = history_of(db, study, question)
        assert [one.counts for one in told.said] == ["yes"] * 3
        assert (told.decisions[0].by, told.decisions[0].note) == ("olga", "seen twice")
    settle(studies, study, question, None)
    assert human(inputs(2)).labels.tolist() == [UNCERTAIN] * 2
    for label, match in ((None, "nothing was decided"), (3, "expected -1")):
        with pytest.raises(InputError, match=match):
            settle(studies, study, question, label)
    with pytest.raises(InputError, match="asks no question"):
        settle(studies, study, 999, 0)
    counts_are_right(studies, study)


def test_a_decided_question_is_asked_no_more_and_one_more_can_be_asked(studies: Studies) -> None:
    study = trio(studies, 1)
    people = enroll(studies, "ann", "ben", "cleo", "dan", "eve")
    olga = persons.Person(people[0], "ann", "owner")
    settle(studies, study, 1, 0)
    assert take(studies, study, people[0]) == []
    assert Human(studies, study)(inputs(1)).labels.tolist() == [0]
    with studies.database.write() as db, pytest.raises(InputError, match="is decided"):
        adjudication.ask_more(db, study.number, 1, olga, uuid4().hex)
    settle(studies, study, 1, None)
    for person in people[:3]:
        work(studies, study, person, lambda _: 1)
    assert take(studies, study, people[3]) == []
    token = uuid4().hex
    for _ in range(2):  # sent again
        with studies.database.write() as db:
            assert adjudication.ask_more(db, study.number, 1, olga, token) == 4
    assert Human(studies, study)(inputs(1)).labels.tolist() == [1]  # nothing known is forgotten
    assert len(take(studies, study, people[3])) == 1
    assert take(studies, study, people[4]) == []
    studies.change("t", lambda old: replace(old, overlap=2, rule=Votes(least=2)))
    counts_are_right(studies, study)


def test_how_pictures_were_seen_is_kept_and_told(studies: Studies) -> None:
    study = trio(studies, 3)
    ann, eve = enroll(studies, "ann", "eve")
    human = Human(studies, study)
    assert human.viewing == {}
    for person, size, smooth in ((ann, 224, False), (eve, 448, True)):
        for lease in take(studies, study, person, 3):
            seen = Viewing(size, size, smooth)
            reply = answering.Reply(lease.ticket, uuid4().hex, 0, 1.0, viewing=seen)
            with studies.database.write() as db:
                answering.answer(db, study, person, reply)
        if person == ann:
            said = "People saw the pictures at 224 px, pixels not smoothed."
            assert human.viewing["sentence"] == said
            assert isinstance(human, Viewer)  # so that the record says it
    assert "224 to 448 px" in human.viewing["sentence"]
    assert "smoothed in 3 of 6 answers" in human.viewing["sentence"]
    put(studies, study, "eve", "excluded")
    assert (human.viewing["width"], human.viewing["smooth"]) == (224, False)
    with studies.database.write() as db:  # a correction is one answer, seen as it was corrected
        (ticket,) = db.one("SELECT ticket FROM desk_leases WHERE person = :p", p=ann) or ()
        (before,) = (
            db.one(
                "SELECT a.token FROM desk_answers a JOIN desk_leases l ON l.question = a.question "
                "AND l.person = a.person WHERE l.ticket = :t",
                t=ticket,
            )
            or ()
        )
        seen = Viewing(300, 300, False)
        reply = answering.Reply(ticket, uuid4().hex, 1, 1.0, "", before, seen)
        answering.answer(db, study, ann, reply)
    assert "224 px (2 of 3 answers)" in human.viewing["sentence"]
    for wrong in ("0x3 pixels", "3x3", "99999x1 smooth", ""):
        with pytest.raises(InputError):
            Viewing.read(wrong)


@pytest.mark.parametrize("kind", FORMATS)
def test_it_all_travels(studies: Studies, kind: str, tmp_path: Path) -> None:
    study = trio(studies, 3)
    for person, label in zip(enroll(studies, "ann", "ben", "eve"), (0, 1, 2), strict=True):
        for lease in take(studies, study, person, 3):
            seen = Viewing(224, 224, False)
            reply = answering.Reply(lease.ticket, uuid4().hex, label, 1.0, viewing=seen)
            with studies.database.write() as db:
                answering.answer(db, study, person, reply)
    put(studies, study, "eve", "excluded", "clicks")
    settle(studies, study, 1, 1)
    with studies.database.write() as db:
        owner = persons.enroll(db, "olga")
        adjudication.ask_more(db, study.number, 2, owner, uuid4().hex)
    file = tmp_path / "t.file"
    write(studies, "t", file, kind)  # type: ignore[arg-type]
    receipt = read(studies, file, kind, name="t")  # type: ignore[arg-type]
    assert (receipt.answers, receipt.refused) == (0, [])
    text = file.read_text()
    if kind == "label-studio":
        said = [one for task in json.loads(text) for one in task["annotations"]]
        assert [one["ground_truth"] for one in said].count(True) == 1
        assert len(said) == 2 * 3 + 1
        return
    assert text.count("224x224 pixels") == 9
    assert text.count("adjudication") == 1
    with Studies(tmp_path / "new.db") as new:
        enroll(new, "zoe")  # so that people have other numbers
        if kind == "csv":
            new.make("t", study.settings)
            new.file("t", inputs(3), "x")
            assert text.count("excluded") == 3
        receipt = read(new, file, kind, name="t")  # type: ignore[arg-type]
        assert receipt.refused == []
        assert read(new, file, kind, name="t").answers == 0  # type: ignore[arg-type]
        there = new.get("t")
        with new.database.read() as db:
            assert set(study_questions.decided(db, there.number).values()) == {1}
            if kind == "jsonl":
                found, before = overview(db, there), None
                with studies.database.read() as old:
                    before = overview(old, study)
                assert (found.needed, found.raw) == (before.needed, before.raw)
                states = participation.latest(participation.history(db, there.number))
                assert (states["eve"].state, states["eve"].note) == ("excluded", "clicks")
                assert Human(new, there).version == Human(studies, study).version


def test_what_is_odd_about_a_person_is_flagged(studies: Studies) -> None:
    study = trio(studies, 30)
    good, hasty = enroll(studies, "good", "hasty")
    with studies.database.write() as db:
        for person, seconds in ((good, 2.0), (hasty, 0.12)):
            for n in range(30):
                (lease,) = assign.take(db, study, person, 1, [])
                label = n % 3 if person == good else 1
                reply = answering.Reply(lease.ticket, uuid4().hex, label, seconds)
                answering.answer(db, study, person, reply)
    with studies.database.read() as db:
        rows = {row.name: row for row in overview(db, study).people}
    assert rows["good"].flags == []
    assert rows["hasty"].flags == [
        "30 of 30 answers in less than 0.3 s",
        "30 equal answers in a row",
    ]


@pytest.mark.parametrize(
    ("value", "questions", "words"),
    [
        (None, 0, "no question has two answers yet"),
        (None, 30, "undefined: all answers are the same"),
        (0.9, 9, "too few to say: 9 questions"),
        (-0.1, 30, "no better than chance"),
        (0.16, 30, "hardly better than chance"),
        (0.5, 30, "moderate"),
        (0.95, 30, "almost perfect"),
    ],
)
def test_coefficients_in_words(value: float | None, questions: int, words: str) -> None:
    assert in_words(value, questions) == words


def test_the_table_of_confusions(studies: Studies) -> None:
    study = trio(studies, 4)
    for person, label in zip(enroll(studies, "ann", "ben", "eve"), (0, 0, -1), strict=True):
        work(studies, study, person, lambda _, label=label: label)
    with studies.database.read() as db:
        found = agreement.overview(db, study).matrix
    assert found is not None
    assert list(found.words) == ["a", "can't tell"]
    assert [list(row) for row in found.counts] == [[4, 8], [8, 0]]


@pytest.mark.parametrize("junk", ["no JSON", 5, "{}", '{"columns": 3}', "[" * 9999, "other"])
def test_a_study_of_a_table_that_is_none_is_not_made(tmp_path: Path, junk: object) -> None:
    """Nobody could open it, nor its owner any other, at the desk that holds it."""
    if junk == "other":
        junk = json.dumps(TableDomain.of([TableColumn("income"), TableColumn("age")]).describe())
    settings = Settings(("yes", "no"), (2,), names=("a", "b")).describe() | {"table": junk}
    head = {"record": "study", "format": "preceptor study 1", "name": "t", "settings": settings}
    (tmp_path / "t.jsonl").write_text(json.dumps(head) + "\n")
    with Studies(tmp_path / "s.db") as studies:
        with pytest.raises(InputError, match=r"table|settings"):
            read(studies, tmp_path / "t.jsonl", "jsonl")
        assert studies.all() == []
