"""What a page does at the desk, without the page."""

from collections.abc import Callable
from uuid import uuid4

import torch
from torch import Tensor

from preceptor.people import Studies, Study, answering, assign, persons


def inputs(count: int) -> Tensor:
    """``count`` different inputs; the first pixel is the number, divided by 1000."""
    made = torch.zeros(count, 1, 2, 2)
    made[:, 0, 0, 0] = torch.arange(count) / 1000
    return made


def number_of(studies: Studies, study: Study, question: int) -> int:
    """Which of ``inputs`` a question is about."""
    return round(float(studies.input(study, question)[0, 0, 0]) * 1000)


def enroll(studies: Studies, *names: str) -> list[int]:
    with studies.database.write() as db:
        return [persons.enroll(db, name).number for name in names]


def take(
    studies: Studies, study: Study, person: int, wanted: int = 1, held: tuple[str, ...] = ()
) -> list[assign.Lease]:
    with studies.database.write() as db:
        return assign.take(db, study, person, wanted, list(held))


def say(
    studies: Studies,
    study: Study,
    person: int,
    ticket: str,
    label: int | None,
    *,
    seconds: float = 1.0,
    token: str | None = None,
    note: str = "",
    elsewhere: bool = False,
) -> None:
    """Answer; what the person said before is corrected, as the page in which they said it does.

    ``elsewhere``: from a page that does not know what they said.
    """
    with studies.database.write() as db:
        before = db.one(
            "SELECT a.token FROM desk_answers a JOIN desk_leases l ON l.question = a.question "
            "AND l.person = a.person AND l.kind = a.kind WHERE l.ticket = :ticket "
            "ORDER BY a.id DESC LIMIT 1",
            ticket=ticket,
        )
        instead = None if before is None or elsewhere else before[0]
        reply = answering.Reply(ticket, token or uuid4().hex, label, seconds, note, instead)
        answering.answer(db, study, person, reply)


def work(
    studies: Studies,
    study: Study,
    person: int,
    label: Callable[[assign.Lease], int],
    most: int = 400,
) -> list[assign.Lease]:
    """Answer one question after another until none is left; returns what was asked."""
    asked: list[assign.Lease] = []
    while len(asked) < most:
        leases = take(studies, study, person)
        if not leases:
            break
        say(studies, study, person, leases[0].ticket, label(leases[0]))
        asked += leases
    return asked
