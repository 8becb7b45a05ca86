"""What owners decided, to a file and back: adjudications, who takes part, and questions for one more
person.

An adjudication travels as an answer of its own kind, so that a table shows it beside the votes over
which it wins. The latest that was made counts, so a file never puts an older one over a newer one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people import adjudication, participation, persons, study_questions
from preceptor.people.database import Session
from preceptor.people.exchange.exchange_checks import good, is_text, moment_of, named
from preceptor.people.exchange.exchange_rows import ADJUDICATION, ExchangedAnswer
from preceptor.people.exchange.receipt import Receipt
from preceptor.people.participation import STATES
from preceptor.people.settings import settings_of
from preceptor.people.studies import Study

LONGEST_TOKEN: Final = 80


@dataclass(frozen=True)
class LedRow:
    """Somebody's state in a study (``person``), or a question for more people (``input``).

    Attributes:
        token: tells it from every other.
        by: who set it, by name.
        made_at: when, UTC.
        person: whose state; empty for a question.
        state: see :mod:`preceptor.people.participation`.
        note: why.
        input: the digest of the question's input; empty for a state.
        wanted: how many answers are wanted.
    """

    token: str
    by: str
    made_at: str
    person: str = ""
    state: str = ""
    note: str = ""
    input: str = ""
    wanted: int = 0


def adjudications_of(db: Session, study: Study) -> list[ExchangedAnswer]:
    """Every decision about a question, those taken back included, in their order."""
    inputs: dict[int, str] = dict(
        db.all("SELECT id, input FROM desk_questions WHERE study = :study", study=study.number)
    )
    made = adjudication.decisions(db, study.number)
    last = {one.question: one.token for one in made}
    return [
        ExchangedAnswer(
            one.token,
            inputs[one.question],
            one.by,
            ADJUDICATION,
            one.label,
            0.0,
            one.note,
            one.made_at,
            stands=one.label is not None and last[one.question] == one.token,
        )
        for one in made
    ]


def led_of(db: Session, study: int) -> list[LedRow]:
    """States and questions for more people, in their order."""
    states = [
        LedRow(one.token, one.by, one.made_at, one.person, one.state, one.note)
        for one in participation.history(db, study)
    ]
    rows = db.all(
        "SELECT r.token, p.name, r.made_at, q.input, r.wanted FROM desk_requests r "
        "JOIN desk_people p ON p.id = r.person JOIN desk_questions q ON q.id = r.question "
        "WHERE q.study = :study ORDER BY r.id",
        study=study,
    )
    return states + [
        LedRow(token, by, at, input=key, wanted=wanted) for token, by, at, key, wanted in rows
    ]


def led_record(row: LedRow) -> dict[str, Any]:
    """A row as a line of a file."""
    start = {"by": row.by, "made_at": row.made_at, "token": row.token}
    if row.person:
        more = {"person": row.person, "state": row.state, "note": row.note}
        return {"record": "participation", **more, **start}
    return {"record": "request", "input": row.input, "wanted": row.wanted, **start}


def led_row(record: Mapping[str, Any]) -> LedRow:
    """A row from its line.

    Raises:
        InputError: something is missing or is of another type.
    """
    names = ("token", "by", "made_at") + (
        ("person", "state", "note") if record.get("record") == "participation" else ("input",)
    )
    texts = {}
    for name in names:
        if not isinstance(record.get(name), str):
            raise InputError(f"{name}: expected a text; got {str(record.get(name))[:40]!r}")
        texts[name] = str(record[name])
    wanted = record.get("wanted", 0)
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        raise InputError(f"wanted: expected a whole number; got {str(wanted)[:40]!r}")
    row = LedRow(**texts, wanted=wanted)
    if not is_text(row.token, LONGEST_TOKEN) or len(row.token) < 16 or not row.token.isprintable():
        raise InputError(f"a token has 16 to {LONGEST_TOKEN} printable characters")
    return row


def take_adjudications(
    db: Session, study: Study, rows: Iterable[tuple[str, ExchangedAnswer]], receipt: Receipt
) -> None:
    """Write down decisions that are not there. Rows that cannot be taken are put down in the receipt."""
    there = {row.token: row.content for row in adjudications_of(db, study)}
    last = {one.question: one.made_at for one in adjudication.decisions(db, study.number)}
    numbers: dict[str, int] = dict(
        db.all(
            "SELECT q.input, q.id FROM desk_questions q JOIN desk_tally t ON t.question = q.id "
            "WHERE q.study = :study",
            study=study.number,
        )
    )
    settings = settings_of(db, study.number)
    for where, row in rows:
        try:
            at = moment_of(row.answered_at)
            if row.token in there:
                if there[row.token] != row.content:
                    raise InputError(f"the decision {row.token} is there with another content")
                receipt.present += 1
                continue
            if not is_text(row.token, LONGEST_TOKEN) or len(row.token) < 16:
                raise InputError(f"the token of a decision has 16 to {LONGEST_TOKEN} characters")
            if row.input not in numbers:
                raise InputError(f"the study asks nobody about the input {row.input[:16]}...")
            question = numbers[row.input]
            if not study_questions.is_label(row.label, len(settings.classes)):
                raise InputError(f"label number {row.label}: no such label")
            if at <= last.get(question, ""):
                raise InputError("a later decision about this question is there, and stands")
            if not is_text(row.note, adjudication.LONGEST_REASON):
                raise InputError("a note is a text of at most 2000 characters")
            _need_free(db, "desk_adjudications", row.token)
            by = persons.enroll(db, named(row.person)).number
            adjudication.put_row(db, question, row.label, by, row.note, at, row.token)
        except InputError as error:
            receipt.refused.append((where, str(error)))
            continue
        there[row.token], last[question] = row.content, at
        receipt.answers += 1
        study_questions.tally(db, question, settings)


def take_led(
    db: Session,
    study: Study,
    rows: Sequence[tuple[str, LedRow | InputError]],
    receipt: Receipt,
) -> None:
    """Write down who takes part and which questions more people are asked, where it is not there."""
    there = {row.token for row in led_of(db, study.number)}
    last = {one.person: one.made_at for one in participation.history(db, study.number)}
    before = len(there)
    for where, given in rows:
        try:
            row = good(given)
            if row.token in there:
                receipt.present += 1
                continue
            at = moment_of(row.made_at)
            if row.person:
                _take_state(db, study, row, at, last)
            else:
                _take_request(db, study, row, at)
        except InputError as error:
            receipt.refused.append((where, str(error)))
            continue
        there.add(row.token)
    if len(there) > before:
        study_questions.count_again(db, study.number, settings_of(db, study.number))


def _take_state(db: Session, study: Study, row: LedRow, at: str, last: dict[str, str]) -> None:
    state = next((one for one in STATES if one == row.state), None)
    person = named(row.person)
    if state is None:
        raise InputError(f"state {row.state[:40]!r}: expected {', '.join(STATES)}")
    if at <= last.get(person, ""):
        raise InputError(f"{person}'s state was set later here, and stands")
    if not is_text(row.note, participation.LONGEST_REASON):
        raise InputError("a note is a text of at most 2000 characters")
    _need_free(db, "desk_participation", row.token)
    who, by = (persons.enroll(db, name).number for name in (person, named(row.by)))
    participation.put_row(db, study.number, who, state, by, row.note, at, row.token)
    last[person] = at


def _take_request(db: Session, study: Study, row: LedRow, at: str) -> None:
    found = study_questions.numbers(db, study.number, [row.input])
    if row.input not in found or not 1 <= row.wanted <= adjudication.MOST_WANTED:
        raise InputError(f"no question about {row.input[:16]}... for {row.wanted} people")
    _need_free(db, "desk_requests", row.token)
    db.run(
        "INSERT INTO desk_requests (token, question, wanted, person, made_at) "
        "VALUES (:token, :question, :wanted, :person, :at)",
        token=row.token,
        question=found[row.input],
        wanted=row.wanted,
        person=persons.enroll(db, named(row.by)).number,
        at=at,
    )


def _need_free(db: Session, table: str, token: str) -> None:
    if db.one(f"SELECT 1 FROM {table} WHERE token = :token", token=token):  # noqa: S608
        raise InputError(f"{token} belongs to another study of this store")
