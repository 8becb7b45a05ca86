"""People's answers that name several labels: kept, corrected, heard, exported and taken again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from people_desk import enroll, inputs, take

from preceptor.core import UNCERTAIN, InputError, SharedVotes, Votes
from preceptor.people import Human, Settings, Studies, Study, answering
from preceptor.people.answering import ConflictError, Reply
from preceptor.people.exchange import Format, read, write
from preceptor.people.exchange.exchange_rows import ExchangedAnswer, answers_of
from preceptor.people.item_history import history_of

WORDS = ("cat", "dog", "owl", "a|b")


def study_of(studies: Studies, **more: Any) -> Study:
    study = studies.make("t", Settings(WORDS, (1, 2, 2), **more))
    studies.file("t", inputs(4), "audit")
    return study


def reply(
    studies: Studies,
    study: Study,
    person: int,
    ticket: str,
    *labels: int,
    token: str | None = None,
    instead: str | None = None,
) -> str:
    """Answer with one label, or several; returns the token."""
    name = token or f"{person:04}-{ticket}-{'-'.join(map(str, labels))}"
    several = len(labels) > 1
    said = Reply(
        ticket,
        name,
        UNCERTAIN if several else labels[0],
        1.0,
        instead=instead,
        acceptable=labels if several else (),
    )
    with studies.database.write() as db:
        answering.answer(db, study, person, said)
    return name


def heard(studies: Studies, rows: int = 4) -> list[list[int]]:
    answers = Human(studies, studies.get("t"))(inputs(rows))
    return [row.nonzero()[:, 0].tolist() for row in answers.acceptable(len(WORDS))]


def rows(studies: Studies) -> list[ExchangedAnswer]:
    with studies.database.read() as db:
        return answers_of(db, studies.get("t").number)


def answered(studies: Studies) -> Study:
    """One person: a set, a label, a set corrected to another, and can't tell."""
    study = study_of(studies)
    (ann,) = enroll(studies, "ann")
    leases = take(studies, study, ann, 4)
    wanted = [(0, 1), (2,), (1, 2), (UNCERTAIN,)]
    for lease, labels in zip(leases, wanted, strict=True):
        reply(studies, study, ann, lease.ticket, *labels)
    first = f"{ann:04}-{leases[2].ticket}-1-2"
    reply(studies, study, ann, leases[2].ticket, 0, 2, 3, instead=first)
    return study


def test_a_set_is_an_answer(studies: Studies) -> None:
    answered(studies)
    assert sorted(heard(studies)) == [[0, 1], [0, 1, 2, 3], [0, 2, 3], [2]]
    answers = Human(studies, studies.get("t"))(inputs(4))
    assert answers.votes is not None
    assert sorted(answers.votes[:, 0].tolist()) == [UNCERTAIN] * 3 + [2]


def test_labels_alone_are_heard_without_sets(studies: Studies) -> None:
    study = study_of(studies)
    (ann,) = enroll(studies, "ann")
    for lease in take(studies, study, ann, 4):
        reply(studies, study, ann, lease.ticket, 1)
    assert Human(studies, studies.get("t"))(inputs(4)).sets is None


@pytest.mark.parametrize("labels", [(1, 0), (0, 1, 2, 3), (0, 9), (0, 0)])
def test_what_is_no_set_is_refused(studies: Studies, labels: tuple[int, ...]) -> None:
    study = study_of(studies)
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann, 1)
    with pytest.raises(InputError, match="acceptable labels"):
        reply(studies, study, ann, lease.ticket, *labels)
    assert rows(studies) == []


def test_the_same_set_again_changes_nothing_and_another_is_a_conflict(studies: Studies) -> None:
    study = study_of(studies)
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann, 1)
    token = reply(studies, study, ann, lease.ticket, 0, 1)
    reply(studies, study, ann, lease.ticket, 0, 1)
    reply(studies, study, ann, lease.ticket, 0, 1, token="another-tab-0001")
    assert len(rows(studies)) == 1
    with pytest.raises(ConflictError, match="beside another answer"):
        reply(studies, study, ann, lease.ticket, 0, 2, token=token)
    with pytest.raises(ConflictError, match="cat or dog") as found:
        reply(studies, study, ann, lease.ticket, UNCERTAIN)
    assert found.value.acceptable == (0, 1)
    assert found.value.instead == token


def test_own_answers_and_the_history_show_the_set(studies: Studies) -> None:
    study = answered(studies)
    with studies.database.read() as db:
        given = answering.given(db, study.number, 1, 50)
        assert [one.acceptable for one in given if one.acceptable] == [(0, 1), (0, 2, 3)]
        question = next(one.question for one in given if one.acceptable == (0, 2, 3))
        said = history_of(db, study, question).said
    assert [(one.acceptable, one.counts) for one in said] == [
        ((1, 2), "corrected"),
        ((0, 2, 3), "yes"),
    ]


def test_several_people_by_the_studys_rule(studies: Studies) -> None:
    rule = SharedVotes(Votes(least=3, share=2 / 3, abstentions=1 / 2), 1 / 3)
    study = study_of(studies, overlap=3, rule=rule)
    said = {"ann": [(0, 1), (0,), (0,), (2,)], "ben": [(0, 1), (1,), (0,), (1,)]}
    said["cho"] = [(0,), (2,), (0, 1), (2,)]
    for person, labels in zip(enroll(studies, *said), said.values(), strict=True):
        leases = sorted(take(studies, study, person, 4), key=lambda one: one.question)
        for lease, one in zip(leases, labels, strict=True):
            reply(studies, study, person, lease.ticket, *one)
    # all accept the cat, two the dog; one each; two say the cat alone; two of three the owl
    assert heard(studies) == [[0, 1], [0, 1, 2], [0], [2]]
    assert studies.get("t").settings.rule == rule


@pytest.mark.parametrize("kind", ["csv", "jsonl", "label-studio"])
def test_the_same_file_again_changes_nothing(
    studies: Studies, tmp_path: Path, kind: Format
) -> None:
    answered(studies)
    before = rows(studies)
    write(studies, "t", tmp_path / "t.any", kind)
    receipt = read(studies, tmp_path / "t.any", kind, name="t")
    assert (receipt.answers, receipt.refused) == (0, [])
    assert rows(studies) == before


def test_sets_travel_to_another_store(studies: Studies, tmp_path: Path) -> None:
    answered(studies)
    write(studies, "t", tmp_path / "t.jsonl", "jsonl")
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, tmp_path / "t.jsonl", "jsonl")
        assert receipt.refused == []
        assert rows(other) == rows(studies)
        assert sorted(heard(other)) == sorted(heard(studies))


def test_a_table_of_sets_written_by_hand_is_taken(studies: Studies, tmp_path: Path) -> None:
    study = study_of(studies)
    with studies.database.read() as db:
        keys = [row[0] for row in db.all("SELECT input FROM desk_questions ORDER BY id")]
    file = tmp_path / "t.csv"
    file.write_text(
        "input,person,label\n"
        f"{keys[0]},ann,cat|dog\n{keys[1]},ann,a|b\n{keys[2]},ann,cat|dog|owl|a\n{keys[3]},ann,dog\n"
    )
    receipt = read(studies, file, "csv", name="t")
    assert receipt.answers == 3
    assert "no label 'a'" in receipt.refused[0][1]
    assert [(one.label, one.acceptable) for one in rows(studies)] == [
        (UNCERTAIN, (0, 1)),
        (3, ()),
        (1, ()),
    ]
    del study


def test_a_name_with_a_bar_goes_by_the_numbers(studies: Studies, tmp_path: Path) -> None:
    study = study_of(studies)
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann, 1)
    reply(studies, study, ann, lease.ticket, 2, 3)
    write(studies, "t", tmp_path / "t.csv", "csv")
    assert "owl|a|b,2|3," in (tmp_path / "t.csv").read_text()
    receipt = read(studies, tmp_path / "t.csv", "csv", name="t")
    assert (receipt.answers, receipt.refused) == (0, [])


def test_several_choices_in_label_studio_are_a_set(studies: Studies, tmp_path: Path) -> None:
    study_of(studies)
    file = tmp_path / "t.json"
    write(studies, "t", file, "label-studio")
    assert 'choice="multiple"' in file.with_suffix(".xml").read_text()
    tasks = json.loads(file.read_text())
    chosen = [["dog", "cat"], ["owl"], ["cat", "dog", "owl", "a|b"], ["cat", "can't tell"]]
    for number, (task, words) in enumerate(zip(tasks, chosen, strict=True), 1):
        task["annotations"] = [
            {
                "id": number,
                "completed_by": 7,
                "created_at": "2026-01-31T12:00:00+00:00",
                "lead_time": 2.0,
                "result": [
                    {
                        "type": "choices",
                        "from_name": "label",
                        "to_name": "image",
                        "value": {"choices": words},
                    }
                ],
            }
        ]
    file.write_text(json.dumps(tasks))
    receipt = read(studies, file, "label-studio", name="t")
    assert [(one.label, one.acceptable) for one in rows(studies)] == [
        (UNCERTAIN, (0, 1)),
        (2, ()),
        (UNCERTAIN, ()),
    ]
    assert "beside labels" in receipt.refused[0][1]


def test_asked_again_another_set_is_could_not_tell(studies: Studies) -> None:
    rows_ = [
        (1, 1, "ask", UNCERTAIN, 1.0, "[0, 1]"),
        (1, 1, "again", UNCERTAIN, 1.0, "[0, 2]"),
        (2, 1, "ask", UNCERTAIN, 1.0, "[0, 1]"),
        (2, 1, "again", UNCERTAIN, 1.0, "[0, 1]"),
    ]
    from preceptor.people.study_questions import count

    first, second = count(rows_, 4)
    assert (first.label, first.acceptable) == (UNCERTAIN, ())
    assert (second.label, second.acceptable) == (UNCERTAIN, (0, 1))
    assert first.seconds == 2.0
    del studies


def test_what_owners_decide_wins_over_sets(studies: Studies) -> None:
    study = answered(studies)
    human = Human(studies, studies.get("t"))
    before = human(inputs(4))
    row = int(before.partial.nonzero()[0, 0])
    with studies.database.write() as db:
        question = db.all("SELECT id FROM desk_questions ORDER BY id")[row][0]
        db.run(
            "INSERT INTO desk_adjudications (token, question, label, person, note, made_at) "
            "VALUES ('decided-000000001', :question, 3, 1, '', '2026-01-31')",
            question=question,
        )
    after = human(inputs(4))
    assert int(after.labels[row]) == 3
    assert after.acceptable(4)[row].tolist() == [False, False, False, True]
    assert torch.equal(
        after.acceptable(4)[torch.arange(4) != row], before.acceptable(4)[torch.arange(4) != row]
    )
    assert replace(study.settings).classes == WORDS
