"""Questions as they are filed and looked up. Each function works inside its caller's transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from preceptor.core import UNCERTAIN
from preceptor.ledger.clock import utc_now
from preceptor.people.database import Session
from preceptor.people.settings import Settings, settings_of
from preceptor.people.steps import COUNT_OPEN, SHARDS

_CHUNK = 400

T = TypeVar("T")


@dataclass(frozen=True)
class Filing:
    """An input about to be filed: its key, shape and float32 values in C order."""

    key: str
    values: np.ndarray

    @property
    def shape(self) -> str:
        """As it is stored."""
        return ",".join(str(size) for size in self.values.shape)


@dataclass(frozen=True)
class StudyVote:
    """What one person thinks of one question, as far as it counts.

    Attributes:
        question: the question's number.
        person: the person's number.
        label: ``0 .. classes - 1``, or ``UNCERTAIN`` where they could not tell or contradicted
            themselves when asked again.
        seconds: all the time they spent on it, corrected answers included.
    """

    question: int
    person: int
    label: int
    seconds: float


def numbers(db: Session, study: int, keys: Sequence[str]) -> dict[str, int]:
    """The questions of a study about these inputs: key -> number."""
    found: dict[str, int] = {}
    for some in _chunks(keys):
        marks, values = _marks(some)
        rows = db.all(
            f"SELECT input, id FROM desk_questions WHERE study = :study AND input IN ({marks})",  # noqa: S608
            study=study,
            **values,
        )
        found.update((key, number) for key, number in rows)
    return found


def filed(db: Session, purpose: str, questions: Sequence[int]) -> set[int]:
    """Which of these questions were filed for a purpose."""
    found: set[int] = set()
    for some in _chunks(questions):
        marks, values = _marks(some)
        rows = db.all(
            f"SELECT question FROM desk_filings WHERE purpose = :purpose AND question IN ({marks})",  # noqa: S608
            purpose=purpose,
            **values,
        )
        found.update(row[0] for row in rows)
    return found


def spent(db: Session, study: int, purpose: str) -> int:
    """How many questions of a study were ever filed for a purpose."""
    found = db.one(
        "SELECT COUNT(*) FROM desk_filings f JOIN desk_questions q ON q.id = f.question "
        "WHERE f.purpose = :purpose AND q.study = :study",
        purpose=purpose,
        study=study,
    )
    return 0 if found is None else int(found[0])


def enter(
    db: Session, study: int, filings: Sequence[Filing], moment: str | None = None
) -> dict[str, int]:
    """Enter inputs as questions of a study, now or at a moment before; those that stand already
    are left alone.
    """
    db.many(
        "INSERT INTO desk_inputs (key, shape, bytes) VALUES (:key, :shape, :bytes) "
        "ON CONFLICT (key) DO NOTHING",
        ({"key": f.key, "shape": f.shape, "bytes": f.values.tobytes()} for f in filings),
    )
    moment = moment or utc_now()
    db.many(
        "INSERT INTO desk_questions (study, input, filed_at) VALUES (:study, :key, :now) "
        "ON CONFLICT (study, input) DO NOTHING",
        ({"study": study, "key": f.key, "now": moment} for f in filings),
    )
    return numbers(db, study, [f.key for f in filings])


def file(
    db: Session,
    study: int,
    purpose: str,
    questions: dict[str, int],
    moment: str | None = None,
) -> None:
    """File questions (key -> number) for a purpose: from now on people are asked them.

    Raises:
        InputError: there is no such study.
    """
    moment, overlap = moment or utc_now(), settings_of(db, study).overlap
    db.many(
        "INSERT INTO desk_filings (question, purpose, filed_at) VALUES (:question, :purpose, :now) "
        "ON CONFLICT (purpose, question) DO NOTHING",
        ({"question": q, "purpose": purpose, "now": moment} for q in questions.values()),
    )
    db.many(
        "INSERT INTO desk_tally (question, study, place, votes, needed) "
        "VALUES (:question, :study, :place, 0, :overlap) ON CONFLICT (question) DO NOTHING",
        (
            {"question": q, "study": study, "place": place(study, key), "overlap": overlap}
            for key, q in questions.items()
        ),
    )
    recount(db, study)


def recount(db: Session, study: int) -> None:
    """Count anew how many questions of a study are open, after many of them have changed.

    The counts are kept since counting takes 0.1 s among 100,000 questions, and every answer asks.
    """
    db.run(COUNT_OPEN.format(which="study = :study"), study=study)


def place(study: int, key: str) -> float:
    """Where a question stands in the study's random order, in [0, 1): a hash of its input."""
    digest = hashlib.sha256(f"place {study} {key}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def votes(db: Session, questions: Sequence[int], classes: int) -> list[StudyVote]:
    """Everyone's vote on these questions: the latest answer of each person, unless withdrawn.

    Args:
        db: the transaction.
        questions: their numbers.
        classes: how many labels their study has.
    """
    found: list[StudyVote] = []
    for some in _chunks(questions):
        marks, values = _marks(some)
        rows = db.all(
            "SELECT question, person, kind, label, seconds FROM desk_answers "  # noqa: S608
            f"WHERE kind IN ('ask', 'again') AND question IN ({marks}) ORDER BY id",
            **values,
        )
        found += count(rows, classes)
    return found


def is_label(label: int | None, classes: int) -> bool:
    """Whether a study of so many classes has a label; taking one back (``None``) is always right.

    Older desks could write labels of another study. Such an answer is refused: it counts for
    nothing, is told, and its question is asked again.
    """
    return label is None or UNCERTAIN <= label < classes


def count(rows: Iterable[Sequence[Any]], classes: int) -> list[StudyVote]:
    """Votes from rows (question, person, kind, label, seconds) in the order of their answering.

    The last answer of a kind counts, ``None`` takes it back. Asked again, a person who says
    something else is unable to tell. Labels that the study does not have are passed over.
    """
    latest: dict[tuple[int, int], dict[str, int | None]] = {}
    seconds: dict[tuple[int, int], float] = {}
    for question, person, kind, label, took in rows:
        if not is_label(label, classes):
            continue
        who = (question, person)
        latest.setdefault(who, {})[kind] = label
        seconds[who] = seconds.get(who, 0.0) + took
    found = []
    for who, said in latest.items():
        first, second = said.get("ask"), said.get("again")
        if first is None:
            continue
        label = first if second is None or second == first else UNCERTAIN
        found.append(StudyVote(*who, label, seconds[who]))
    return found


def tally(db: Session, question: int, settings: Settings) -> None:
    """Count again who has answered a question, and how many more are needed.

    The caller has the study or the question to itself.

    Args:
        db: the transaction.
        question: its number.
        settings: of the study that the question belongs to, as they are now.
    """
    given = len(votes(db, [question], len(settings.classes)))
    needed = max(0, settings.overlap - given)
    before = db.one(
        "SELECT study, needed FROM desk_tally WHERE question = :question", question=question
    )
    if before is None:
        return
    db.run(
        "UPDATE desk_tally SET votes = :votes, needed = :needed WHERE question = :question",
        votes=given,
        needed=needed,
        question=question,
    )
    db.run(
        "UPDATE desk_counts SET open = open + :open, needed = needed + :needed "
        "WHERE study = :study AND shard = :shard",
        open=(needed > 0) - (before[1] > 0),
        needed=needed - before[1],
        study=before[0],
        shard=question % SHARDS,
    )


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _marks(items: Sequence[object]) -> tuple[str, dict[str, object]]:
    """Parameters for a list: their marks and their values."""
    names = [_name(i) for i in range(len(items))]
    return ", ".join(f":{name}" for name in names), dict(zip(names, items, strict=True))


def _name(number: int) -> str:
    """A parameter's name: letters only, so that both databases take it."""
    word = "v"
    while True:
        number, digit = divmod(number, 26)
        word += chr(97 + digit)
        if not number:
            return word
