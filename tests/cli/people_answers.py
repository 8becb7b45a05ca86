"""A person who answers all that waits, without the page."""

from uuid import uuid4

from preceptor.people import Studies, answering, assign, persons


def answer_all(studies: Studies, name: str, label: int) -> int:
    """Answer every open question of a study; returns how many there were."""
    study, count = studies.get(name), 0
    with studies.database.write() as db:
        person = persons.enroll(db, "ann").number
    while True:
        with studies.database.write() as db:
            leases = assign.take(db, study, person, 1, [])
            if not leases:
                return count
            reply = answering.Reply(leases[0].ticket, uuid4().hex, label, 2.0)
            answering.answer(db, study, person, reply)
        count += 1
