"""Who said what of one question, for whoever has to decide it. Works inside its caller's transaction."""

from dataclasses import dataclass

from preceptor.core import InputError
from preceptor.people import adjudication
from preceptor.people.adjudication import Adjudication
from preceptor.people.answer_sets import Acceptable, unpacked
from preceptor.people.database import Session
from preceptor.people.studies import Study
from preceptor.people.study_questions import excluded, is_label


@dataclass(frozen=True)
class SaidAnswer:
    """One answer to a question, as it was given.

    Attributes:
        by: who gave it.
        kind: ``ask``, ``again`` or ``known``.
        label: ``0 .. classes - 1``, ``UNCERTAIN``, or ``None``: the one before was taken back.
        seconds: that it took.
        note: the person's own words.
        at: when, UTC.
        viewing: how the picture was shown; empty where it is not known.
        counts: ``yes``, or why not: ``corrected``, ``excluded``, ``refused``.
        acceptable: the labels that it names, where it names several.
    """

    by: str
    kind: str
    label: int | None
    seconds: float
    note: str
    at: str
    viewing: str
    counts: str
    acceptable: Acceptable = ()


@dataclass(frozen=True)
class ItemHistory:
    """All that was said of a question.

    Attributes:
        said: every answer, the latest last.
        decisions: of owners, the latest last.
        wanted: how many answers owners asked for; 0 where the overlap holds.
        needed: how many answers it still needs.
    """

    said: tuple[SaidAnswer, ...]
    decisions: tuple[Adjudication, ...]
    wanted: int
    needed: int


def history_of(db: Session, study: Study, question: int) -> ItemHistory:
    """All that was said of a question.

    Raises:
        InputError: the study asks no such question.
    """
    found = db.one(
        "SELECT needed FROM desk_tally WHERE question = :question AND study = :study",
        question=question,
        study=study.number,
    )
    if found is None:
        raise InputError(f"the study {study.name!r} asks no question {question}")
    rows = db.all(
        "SELECT a.person, p.name, a.kind, a.label, a.seconds, a.note, a.answered_at, a.viewing, "
        "a.acceptable "
        "FROM desk_answers a JOIN desk_people p ON p.id = a.person "
        "WHERE a.question = :question ORDER BY a.id",
        question=question,
    )
    classes = len(study.settings.classes)
    left_out = excluded(db, study.number)
    last = {(row[0], row[2]): place for place, row in enumerate(rows) if is_label(row[3], classes)}
    said = []
    for place, row in enumerate(rows):
        counts = "yes" if last.get((row[0], row[2])) == place else "corrected"
        if row[0] in left_out and counts == "yes":
            counts = "excluded"
        if not is_label(row[3], classes):
            counts = "refused"
        by, kind, label, seconds, note, at, seen, among = row[1:]
        one = SaidAnswer(by, kind, label, seconds, note, at, seen or "", counts, unpacked(among))
        said.append(one)
    made = [one for one in adjudication.decisions(db, study.number) if one.question == question]
    return ItemHistory(tuple(said), tuple(made), adjudication.wanted(db, question), int(found[0]))
