"""The counts of what is open are what counting would find."""

import random

import pytest
from people_desk import enroll, inputs, say, take

from preceptor.people import Settings, Studies, study_schema


def counted(studies: Studies, study: int) -> tuple[object, object]:
    """The counts as they are kept, and as they are."""
    with studies.database.read() as db:
        kept = db.one(
            "SELECT SUM(open), SUM(needed) FROM desk_counts WHERE study = :study", study=study
        )
        true = db.one(
            "SELECT COUNT(*), COALESCE(SUM(needed), 0) FROM desk_tally "
            "WHERE study = :study AND needed > 0",
            study=study,
        )
    return kept, true


def test_counts_keep_step_with_everything_that_changes_them(studies: Studies) -> None:
    draw = random.Random(0)
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), overlap=2, again=0.1))
    studies.make("other", Settings(("a", "b"), (1, 2, 2)))
    studies.file("other", inputs(3), "x")
    people = enroll(studies, "ann", "ben", "cid")
    given: list[tuple[int, str]] = []
    for turn in range(60):
        if turn % 15 == 0:
            studies.file("t", inputs(6 + turn), f"purpose {turn}")
        if turn == 30:
            study = studies.change("t", lambda old: Settings(old.classes, old.shape, overlap=3))
        person = draw.choice(people)
        for lease in take(studies, study, person):
            say(studies, study, person, lease.ticket, draw.choice([-1, 0, 1]))
            given.append((person, lease.ticket))
        if turn % 4 == 0:
            person, ticket = draw.choice(given)
            say(studies, study, person, ticket, None)
        kept, true = counted(studies, study.number)
        assert kept == true
    assert counted(studies, study.number + 1) == ((3, 3), (3, 3))


def test_an_older_file_is_counted_when_it_is_opened(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(study_schema, "MIGRATIONS", study_schema.MIGRATIONS[:1])
        with Studies(where) as studies:
            studies.make("t", Settings(("a", "b"), (2,), overlap=4))
            with studies.database.write() as db:
                db.run("INSERT INTO desk_inputs VALUES ('k', '2', :b)", b=b"12345678")
                for sql in (
                    "desk_questions (study, input, filed_at) VALUES (1, 'k', '')",
                    "desk_tally VALUES (1, 1, 0.5, 0, 4)",
                ):
                    db.run(f"INSERT INTO {sql}")
    with Studies(where) as studies:
        assert counted(studies, 1) == ((1, 4), (1, 4))
