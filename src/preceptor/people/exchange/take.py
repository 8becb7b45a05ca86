"""Questions and answers from a file are taken into a study: nothing twice, nothing over what is
there.
"""

import hashlib
import math
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from preceptor.core import UNCERTAIN, InputError
from preceptor.ledger.clock import utc_now
from preceptor.people import offering, persons, study_questions
from preceptor.people.answer_sets import checked, packed
from preceptor.people.answering import LONGEST_NOTE, MOST_SECONDS
from preceptor.people.database import Session
from preceptor.people.exchange.exchange_checks import good, is_text, moment_of, named
from preceptor.people.exchange.exchange_rows import (
    ExchangedAnswer,
    QuestionRow,
    answers_of,
    word_of,
)
from preceptor.people.exchange.receipt import Receipt
from preceptor.people.own_viewing import read_viewing
from preceptor.people.settings import Settings, settings_of
from preceptor.people.studies import Study, filings_of

KINDS: Final = ("ask", "again", "known")
LONGEST_TOKEN: Final = 80
_MADE: Final = "file-"
"""How the token begins of an answer that came without one: the rest is a digest of what it says."""

_OF_ANNOTATION: Final = 16
"""How many characters of such a digest name the annotation, if it was read off one."""


def take_questions(
    db: Session,
    study: Study,
    rows: Iterable[tuple[str, QuestionRow | InputError]],
    receipt: Receipt,
) -> None:
    """Enter questions and known items that are not there, with their purposes and moments.

    Rows that cannot be taken are put down in the receipt, with the reason.
    """
    there = _moments(db, study.number)
    filed: dict[tuple[str, str], dict[str, int]] = {}
    for where, given in rows:
        try:
            row = good(given)
            (filing,) = filings_of(study, row.inputs)
            if filing.key != row.input:
                raise InputError(
                    f"the input's values do not give its digest {row.input[:16]}...; the file was "
                    "changed or damaged"
                )
            row = _whole(study, row)
        except InputError as error:
            receipt.refused.append((where, str(error)))
            continue
        found = there.get(row.input)
        number = study_questions.enter(db, study.number, [filing], row.filed_at)[row.input]
        purposes = [one for one in row.purposes if found is None or one[0] not in found[0]]
        known = [one for one in row.known if found is None or one not in found[1]]
        for one in purposes:
            if one[0] == offering.PURPOSE:
                offering.offer(db, study.number, [filing], one[1])
            else:
                filed.setdefault(one, {})[row.input] = number
        db.many(
            "INSERT INTO desk_known (question, label, made_at) VALUES (:question, :label, :at)",
            ({"question": number, "label": label, "at": at} for label, at in known),
        )
        if found is None or purposes or known:
            receipt.questions += 1
        else:
            receipt.present += 1
        there[row.input] = (
            {purpose for purpose, _ in row.purposes} | (found[0] if found else set()),
            {*row.known, *(found[1] if found else ())},
        )
    for (purpose, at), entered in filed.items():
        study_questions.file(db, study.number, purpose, entered, at)


def take_answers(
    db: Session,
    study: Study,
    rows: Iterable[tuple[str, ExchangedAnswer | InputError | None]],
    receipt: Receipt,
) -> None:
    """Write down answers that are not there, in their order.

    An answer is known by its token; a row without one gets a token made of what it says. One that
    is there with the same content is passed over; one that is there with another is refused, and
    so is one that would stand over an answer it does not supersede.
    """
    said = answers_of(db, study.number)
    there = {row.token: row.content for row in said}
    latest = {(row.input, row.person, row.kind): row for row in said if not row.refused}
    numbers: dict[str, int] = dict(
        db.all("SELECT input, id FROM desk_questions WHERE study = :study", study=study.number)
    )
    touched = set()
    seen: set[str] = set()
    for where, given in rows:
        if given is None:
            receipt.passed += 1
            continue
        try:
            row = _checked(study, good(given))
            seen.add(row.token)
            if row.input not in numbers:
                raise InputError(
                    f"the study has no question about the input {row.input[:16]}...; file it first "
                    "(run the audit), or take the study as JSON lines, which carry the inputs"
                )
            if row.token in there:
                if there[row.token] != row.content and not row.token.startswith(_MADE):
                    raise InputError(
                        f"the answer {row.token} is there with another content; what was said is "
                        "never changed. Correct it at the desk"
                    )
                receipt.present += 1
                continue
            before = latest.get((row.input, row.person, row.kind))
            if row.annotation is not None and before is not None:
                if _said_before(study, row, before, there):
                    receipt.present += 1
                    seen.add(before.token)
                    continue
                row = _corrected(row, before, study, seen)
            _may_follow(row, before, study)
            _write(db, row, numbers[row.input])
        except InputError as error:
            receipt.refused.append((where, str(error)))
            continue
        there[row.token] = row.content
        latest[row.input, row.person, row.kind] = row
        touched.add(numbers[row.input])
        receipt.answers += 1
    for question in sorted(touched):
        study_questions.tally(db, question, settings_of(db, study.number))


def _moments(db: Session, study: int) -> dict[str, tuple[set[str], set[tuple[int, str]]]]:
    """Of each input that is there: what it was filed for, and the labels known of it."""
    found: dict[str, tuple[set[str], set[tuple[int, str]]]] = {
        key: (set(), set())
        for (key,) in db.all("SELECT input FROM desk_questions WHERE study = :study", study=study)
    }
    for key, purpose in db.all(
        "SELECT q.input, f.purpose FROM desk_filings f JOIN desk_questions q ON q.id = f.question "
        "WHERE q.study = :study",
        study=study,
    ):
        found[key][0].add(purpose)
    for key, label, made_at in db.all(
        "SELECT q.input, k.label, k.made_at FROM desk_known k JOIN desk_questions q "
        "ON q.id = k.question WHERE q.study = :study",
        study=study,
    ):
        found[key][1].add((label, made_at))
    return found


def _whole(study: Study, row: QuestionRow) -> QuestionRow:
    """A question as it will be kept.

    Raises:
        InputError: something in it cannot be kept.
    """
    for label, _ in row.known:
        if not UNCERTAIN <= label < len(study.settings.classes):
            raise InputError(f"known label {label}: no such label")
    if any(not is_text(purpose, 1000) for purpose, _ in row.purposes):
        raise InputError("a purpose is a text of at most 1000 characters")
    return replace(
        row,
        filed_at=moment_of(row.filed_at),
        purposes=tuple((purpose, moment_of(at)) for purpose, at in row.purposes),
        known=tuple((label, moment_of(at)) for label, at in row.known),
    )


def _checked(study: Study, row: ExchangedAnswer) -> ExchangedAnswer:
    """A row as it will be kept.

    Raises:
        InputError: something in it cannot be kept.
    """
    if row.kind not in KINDS:
        raise InputError(f"kind {row.kind!r}: expected {', '.join(KINDS)}")
    if row.label is not None and not UNCERTAIN <= row.label < len(study.settings.classes):
        raise InputError(f"label number {row.label}: no such label")
    checked(row.label, row.acceptable, len(study.settings.classes))
    if not math.isfinite(row.seconds) or row.seconds < 0:
        raise InputError(f"seconds {row.seconds}: expected a number of at least 0")
    if not is_text(row.note, LONGEST_NOTE):
        raise InputError(f"a note is a text of at most {LONGEST_NOTE} characters")
    name = named(row.person)
    _check_question(row, study.settings)
    at = moment_of(row.answered_at) if row.answered_at else ""
    seconds = min(float(row.seconds), MOST_SECONDS)
    made = replace(row, person=name, seconds=seconds, answered_at=at)
    if not row.token:
        said = _digest(repr(made.content))
        if row.annotation is not None:
            said = _digest(row.annotation.identity)[:_OF_ANNOTATION] + said
        made = replace(made, token=f"{_MADE}{said[:32]}")
    if not at:
        made = replace(made, answered_at=utc_now())
    if not is_text(made.token, LONGEST_TOKEN) or not made.token.isprintable():
        raise InputError(f"an answer's token has 1 to {LONGEST_TOKEN} printable characters")
    return made


def _check_question(row: ExchangedAnswer, settings: Settings) -> None:
    if not is_text(row.input, 200):
        raise InputError("no digest of an input")
    if row.viewing is not None:
        read_viewing(row.viewing, settings)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _said_before(
    study: Study,
    row: ExchangedAnswer,
    before: ExchangedAnswer,
    there: dict[str, tuple[object, ...]],
) -> bool:
    """Whether an annotation says what stands already: unchanged, or taken before annotations were
    told apart, by what they said when they were made.
    """
    if row.annotation is None:
        return False
    plain = replace(row, token="", annotation=None, answered_at=row.annotation.begun)
    if row.annotation.begun and _checked(study, plain).token in there:
        return True
    said = (row.label, row.acceptable, row.note)
    return _same_annotation(row, before) and said == (before.label, before.acceptable, before.note)


def _same_annotation(row: ExchangedAnswer, before: ExchangedAnswer) -> bool:
    most = len(_MADE) + _OF_ANNOTATION
    return before.token.startswith(_MADE) and row.token[:most] == before.token[:most]


def _corrected(
    row: ExchangedAnswer, before: ExchangedAnswer, study: Study, seen: set[str]
) -> ExchangedAnswer:
    """An annotation that was changed since, or made later by the same person, as a correction.

    Two files may come from two servers, where the same number is two people: only annotations of
    one file, and states of one annotation, are known to be the same person's.

    Raises:
        InputError: it is older than what stands, or may be another person's.
    """
    word = word_of(before.label, study.settings, before.acceptable) or "taken back"
    if not _same_annotation(row, before) and before.token not in seen:
        raise InputError(
            f"{row.person} has answered this already in another annotation ({word}, "
            f"{before.answered_at[:16]}). If they changed their mind, change that annotation in "
            "Label Studio and export it again, with all annotations in one file; if this is another "
            "person, such as the same number on another server, take the file with --as NAME"
        )
    if row.answered_at <= before.answered_at:
        raise InputError(
            f"this annotation is from {row.answered_at[:16]}; {row.person} has corrected it since "
            f"({word}, {before.answered_at[:16]}), which stands"
        )
    return replace(row, supersedes=before.token)


def _may_follow(row: ExchangedAnswer, before: ExchangedAnswer | None, study: Study) -> None:
    """Refuse an answer that would stand over one that it does not speak of."""
    if row.supersedes == (before.token if before else None):
        if before is None and row.label is None:
            raise InputError("it takes back an answer that is not there")
        return
    if before is None:
        raise InputError(f"it supersedes the answer {row.supersedes}, which is not there")
    word = word_of(before.label, study.settings, before.acceptable) or "taken back"
    if row.supersedes:
        raise InputError(
            f"it supersedes the answer {row.supersedes}, which has been superseded here by "
            f"{before.token} ({word})"
        )
    raise InputError(
        f"{row.person} has answered this already ({word}, {before.answered_at[:16]}); a "
        f"correction has to say that it supersedes {before.token}"
    )


def _write(db: Session, row: ExchangedAnswer, question: int) -> None:
    if db.one("SELECT 1 FROM desk_answers WHERE token = :token", token=row.token):
        raise InputError(f"the answer {row.token} belongs to another study of this store")
    person = persons.enroll(db, row.person).number
    db.run(
        "INSERT INTO desk_answers (token, question, person, kind, label, seconds, note, "
        "answered_at, supersedes, viewing, acceptable) VALUES (:token, :question, :person, :kind, "
        ":label, :seconds, :note, :at, (SELECT MAX(id) FROM desk_answers WHERE token = :before), "
        ":viewing, :acceptable)",
        token=row.token,
        question=question,
        person=person,
        kind=row.kind,
        label=row.label,
        seconds=row.seconds,
        note=row.note,
        at=row.answered_at,
        before=row.supersedes,
        viewing=row.viewing,
        acceptable=packed(row.acceptable),
    )
    # the desk must know that this person has seen the question
    db.run(
        "INSERT INTO desk_leases (ticket, question, person, kind, until) "
        "VALUES (:ticket, :question, :person, :kind, :until) "
        "ON CONFLICT (question, person, kind) DO UPDATE SET until = :until",
        ticket=secrets.token_urlsafe(12),
        question=question,
        person=person,
        kind=row.kind,
        until=0.0 if row.label is not None else -1.0,
    )
