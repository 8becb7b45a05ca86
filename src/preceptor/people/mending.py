"""What is put right once, when a database of an older preceptor is brought up to date."""

import time

from preceptor.people.database import Session
from preceptor.people.settings import Settings, settings_of
from preceptor.people.study_questions import (
    StudyVote,
    count,
    is_label,
    mark_block,
    recount,
)


def mend(db: Session) -> None:
    """Count every question anew by its own study's labels and overlap.

    Older desks took an answer to one study's question at another study's address, so that labels
    were written that the study does not have, and questions were closed that still needed people.
    The answers stay, since nothing that was said is changed, but count for nothing; whoever gave one
    is asked again.
    """
    for (study,) in db.all("SELECT id FROM desk_studies ORDER BY id"):
        settings = settings_of(db, study)
        rows = db.all(
            "SELECT a.question, a.person, a.kind, a.label, a.seconds FROM desk_answers a "
            "JOIN desk_questions q ON q.id = a.question WHERE q.study = :study ORDER BY a.id",
            study=study,
        )
        counted = [row for row in rows if row[2] != "known"]
        votes = count(counted, len(settings.classes))
        _ask_again(db, counted, votes, settings)
        _count_again(db, study, votes, settings)


def begin_blocks(db: Session) -> None:
    """Studies of older preceptors get their shared first block, of what was answered most so far."""
    for (study,) in db.all("SELECT id FROM desk_studies ORDER BY id"):
        mark_block(db, study, settings_of(db, study).block)


def _ask_again(
    db: Session,
    rows: list[tuple[int, int, str, int, float]],
    votes: list[StudyVote],
    settings: Settings,
) -> None:
    """Questions to which a person has given nothing but refused answers come to them again."""
    classes = len(settings.classes)
    voted = {(vote.question, vote.person) for vote in votes}
    refused = {row[:2] for row in rows if row[2] == "ask" and not is_label(row[3], classes)}
    db.many(
        "UPDATE desk_leases SET until = :until WHERE question = :question AND person = :person "
        "AND kind = 'ask'",
        (
            {"question": question, "person": person, "until": -time.time()}
            for question, person in sorted(refused - voted)
        ),
    )


def _count_again(db: Session, study: int, votes: list[StudyVote], settings: Settings) -> None:
    given: dict[int, list[int]] = {}
    for vote in votes:
        given.setdefault(vote.question, []).append(vote.label)
    tallied = db.all(
        "SELECT question, votes, needed FROM desk_tally WHERE study = :study", study=study
    )
    wrong = []
    for question, there, needed in tallied:
        said = given.get(question, [])
        now, right = len(said), settings.further(said)
        if (there, needed) != (now, right):
            wrong.append({"question": question, "votes": now, "needed": right})
    db.many(
        "UPDATE desk_tally SET votes = :votes, needed = :needed WHERE question = :question", wrong
    )
    recount(db, study)
