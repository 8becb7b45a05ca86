"""Questions as they are filed and looked up. Each function works inside its caller's transaction."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from preceptor.core import UNCERTAIN
from preceptor.ledger.clock import utc_now
from preceptor.people.answer_sets import Acceptable, unpacked
from preceptor.people.database import Session
from preceptor.people.settings import Settings, settings_of
from preceptor.people.steps import COUNT_OPEN, SHARDS

_CHUNK = 400

T = TypeVar("T")


@dataclass(frozen=True)
class Filing:
    """An input about to be filed.

    Attributes:
        key: of the input.
        dtype: what its bytes are, with ``shape`` (:func:`preceptor.core.inputs.form`).
        shape: of numbers the sizes, of texts the names of the parts.
        data: the bytes: float32 values in C order, or a text.
    """

    key: str
    dtype: str
    shape: str
    data: bytes


@dataclass(frozen=True)
class StudyVote:
    """What one person thinks of one question, as far as it counts.

    Attributes:
        question: the question's number.
        person: the person's number.
        label: ``0 .. classes - 1``, or ``UNCERTAIN`` where they could not tell or contradicted
            themselves when asked again.
        seconds: all the time they spent on it, corrected answers included.
        acceptable: the labels that they named, where they named several; ``label`` is then
            ``UNCERTAIN``.
    """

    question: int
    person: int
    label: int
    seconds: float
    acceptable: Acceptable = ()


def numbers(db: Session, study: int, keys: Sequence[str]) -> dict[str, int]:
    """The questions of a study about these inputs: key -> number."""
    found: dict[str, int] = {}
    for some in _chunks(keys):
        names, values = marks(some)
        rows = db.all(
            f"SELECT input, id FROM desk_questions WHERE study = :study AND input IN ({names})",  # noqa: S608
            study=study,
            **values,
        )
        found.update((key, number) for key, number in rows)
    return found


def filed(db: Session, purpose: str, questions: Sequence[int]) -> set[int]:
    """Which of these questions were filed for a purpose."""
    found: set[int] = set()
    for some in _chunks(questions):
        names, values = marks(some)
        rows = db.all(
            f"SELECT question FROM desk_filings WHERE purpose = :purpose AND question IN ({names})",  # noqa: S608
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
        "INSERT INTO desk_inputs (key, dtype, shape, bytes) VALUES (:key, :dtype, :shape, :bytes) "
        "ON CONFLICT (key) DO NOTHING",
        ({"key": f.key, "dtype": f.dtype, "shape": f.shape, "bytes": f.data} for f in filings),
    )
    moment = moment or utc_now()
    db.many(
        "INSERT INTO desk_questions (study, input, filed_at) VALUES (:study, :key, :now) "
        "ON CONFLICT (study, input) DO NOTHING",
        ({"study": study, "key": f.key, "now": moment} for f in filings),
    )
    return numbers(db, study, [f.key for f in filings])


def relate(db: Session, study: int, items: Mapping[str, str]) -> None:
    """Note of which item inputs (key -> item) are versions; what is noted already stays."""
    db.many(
        "INSERT INTO desk_versions (study, input, item) VALUES (:study, :key, :item) "
        "ON CONFLICT (study, input) DO NOTHING",
        ({"study": study, "key": key, "item": item} for key, item in items.items()),
    )


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
    moment, settings = moment or utc_now(), settings_of(db, study)
    needed = settings.further(())
    db.many(
        "INSERT INTO desk_filings (question, purpose, filed_at) VALUES (:question, :purpose, :now) "
        "ON CONFLICT (purpose, question) DO NOTHING",
        ({"question": q, "purpose": purpose, "now": moment} for q in questions.values()),
    )
    db.many(
        "INSERT INTO desk_tally (question, study, place, votes, needed) "
        "VALUES (:question, :study, :place, 0, :needed) ON CONFLICT (question) DO NOTHING",
        (
            {"question": q, "study": study, "place": place(study, key), "needed": needed}
            for key, q in questions.items()
        ),
    )
    mark_block(db, study, settings.block)
    recount(db, study)


def mark_block(db: Session, study: int, size: int) -> None:
    """See that as many questions as the study says are its shared first block.

    One that is in it stays, whatever is filed later. It grows by questions that have answers already,
    then by the first of the random order, and shrinks from the other end.
    """
    found = db.one(
        "SELECT COUNT(*) FROM desk_tally WHERE study = :study AND in_block = 1", study=study
    )
    many = size - (0 if found is None else int(found[0]))
    order = "votes DESC, place" if many > 0 else "votes, place DESC"
    rows = db.all(
        "SELECT question FROM desk_tally WHERE study = :study AND in_block = :now "  # noqa: S608
        f"ORDER BY {order} LIMIT :many",
        study=study,
        now=int(many < 0),
        many=abs(many),
    )
    db.many(
        "UPDATE desk_tally SET in_block = :then WHERE question = :question",
        ({"then": int(many > 0), "question": row[0]} for row in rows),
    )


def recount(db: Session, study: int) -> None:
    """Count anew how many questions of a study are open, after many of them have changed.

    The counts are kept since counting takes 0.1 s among 100,000 questions, and every answer asks.
    """
    db.run(COUNT_OPEN.format(which="study = :study"), study=study)


def place(study: int, key: str) -> float:
    """Where a question stands in the study's random order, in [0, 1): a hash of its input."""
    digest = hashlib.sha256(f"place {study} {key}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def votes(db: Session, study: int, questions: Sequence[int], classes: int) -> list[StudyVote]:
    """The vote of everyone who is not excluded on these questions: the latest answer of each
    person, unless withdrawn.

    Args:
        db: the transaction.
        study: to which the questions belong.
        questions: their numbers.
        classes: how many labels the study has.
    """
    found: list[StudyVote] = []
    left_out = excluded(db, study)
    for some in _chunks(questions):
        names, values = marks(some)
        rows = db.all(
            "SELECT question, person, kind, label, seconds, acceptable FROM desk_answers "  # noqa: S608
            f"WHERE kind IN ('ask', 'again') AND question IN ({names}) ORDER BY id",
            **values,
        )
        found += count((row for row in rows if row[1] not in left_out), classes)
    return found


def excluded(db: Session, study: int) -> frozenset[int]:
    """The people whose answers do not count in a study now."""
    rows = db.all(
        "SELECT person FROM desk_participation d WHERE study = :study AND state = 'excluded' "
        "AND NOT EXISTS (SELECT 1 FROM desk_participation e WHERE e.study = d.study "
        "AND e.person = d.person AND e.id > d.id)",
        study=study,
    )
    return frozenset(row[0] for row in rows)


def decided(db: Session, study: int) -> dict[int, int]:
    """The questions of a study that owners decided, with their labels."""
    rows = db.all(
        "SELECT d.question, d.label FROM desk_adjudications d JOIN desk_questions q "
        "ON q.id = d.question WHERE q.study = :study ORDER BY d.id",
        study=study,
    )
    latest: dict[int, int | None] = {row[0]: row[1] for row in rows}
    return {question: label for question, label in latest.items() if label is not None}


def is_label(label: int | None, classes: int) -> bool:
    """Whether a study of so many classes has a label; taking one back (``None``) is always right.

    Older desks could write labels of another study. Such an answer is refused: it counts for
    nothing, is told, and its question is asked again.
    """
    return label is None or UNCERTAIN <= label < classes


def count(rows: Iterable[Sequence[Any]], classes: int) -> list[StudyVote]:
    """Votes from rows (question, person, kind, label, seconds, set) in the order of their answering.

    The set, as it is kept, may be left out of all rows.

    The last answer of a kind counts, ``None`` takes it back. Asked again, a person who says
    something else is unable to tell. Labels that the study does not have are passed over.
    """
    latest: dict[tuple[int, int], dict[str, tuple[int | None, Acceptable]]] = {}
    seconds: dict[tuple[int, int], float] = {}
    for question, person, kind, label, took, *among in rows:
        if not is_label(label, classes):
            continue
        who = (question, person)
        latest.setdefault(who, {})[kind] = (label, unpacked(among[0]) if among else ())
        seconds[who] = seconds.get(who, 0.0) + took
    found = []
    for who, said in latest.items():
        first, second = said.get("ask", (None, ())), said.get("again", (None, ()))
        if first[0] is None:
            continue
        same = second[0] is None or second == first
        label, acceptable = (first[0], first[1]) if same else (UNCERTAIN, ())
        found.append(StudyVote(*who, label, seconds[who], acceptable))
    return found


_NEEDED: Final = (
    "UPDATE desk_tally SET needed = CASE WHEN (SELECT d.label FROM desk_adjudications d "
    "WHERE d.question = desk_tally.question ORDER BY d.id DESC LIMIT 1) IS NOT NULL THEN 0 "
    "WHEN (SELECT MAX(r.wanted) FROM desk_requests r WHERE r.question = desk_tally.question) "
    "> :overlap THEN (SELECT CASE WHEN MAX(r.wanted) > desk_tally.votes "
    "THEN MAX(r.wanted) - desk_tally.votes ELSE 0 END FROM desk_requests r "
    "WHERE r.question = desk_tally.question) "
    "WHEN votes < :overlap THEN :overlap - votes ELSE 0 END "
)
"""How many answers a question still needs: none once it is decided, else up to the overlap, or up to
what owners asked for beyond it."""


def tally(db: Session, question: int, settings: Settings) -> None:
    """Count again who has answered a question, and how many more are needed.

    The caller has the study or the question to itself.

    Args:
        db: the transaction.
        question: its number.
        settings: of the study that the question belongs to, as they are now.
    """
    seen = "SELECT study, needed FROM desk_tally WHERE question = :question"
    before = db.one(seen, question=question)
    if before is None:
        return
    given = [vote.label for vote in votes(db, before[0], [question], len(settings.classes))]
    db.run(
        "UPDATE desk_tally SET votes = :votes WHERE question = :question",
        votes=len(given),
        question=question,
    )
    wanted = len(given) + settings.further(given)
    db.run(_NEEDED + "WHERE question = :question", overlap=wanted, question=question)
    needed = db.all(seen, question=question)[0][1]
    db.run(
        "UPDATE desk_counts SET open = open + :open, needed = needed + :needed "
        "WHERE study = :study AND shard = :shard",
        open=(needed > 0) - (before[1] > 0),
        needed=needed - before[1],
        study=before[0],
        shard=question % SHARDS,
    )


def need_again(db: Session, study: int, settings: Settings) -> None:
    """See anew how many answers each question of a study needs, after its overlap or its rule has
    changed.

    The caller has the study to itself.
    """
    db.run(_NEEDED + "WHERE study = :study", overlap=settings.further(()), study=study)
    begun = db.all(
        "SELECT question FROM desk_tally WHERE study = :study AND votes > 0", study=study
    )
    said: dict[int, list[int]] = {row[0]: [] for row in begun}
    for vote in votes(db, study, list(said), len(settings.classes)):
        said[vote.question].append(vote.label)
    db.many(
        _NEEDED + "WHERE question = :question",
        (
            {"overlap": len(given) + settings.further(given), "question": question}
            for question, given in said.items()
        ),
    )
    recount(db, study)


def count_again(db: Session, study: int, settings: Settings) -> None:
    """Count all votes of a study anew, after those of a whole person began or ceased to count.

    The caller has the study to itself.
    """
    tallied = db.all("SELECT question, votes FROM desk_tally WHERE study = :study", study=study)
    given = Counter(
        vote.question
        for vote in votes(db, study, [row[0] for row in tallied], len(settings.classes))
    )
    db.many(
        "UPDATE desk_tally SET votes = :votes WHERE question = :question",
        (
            {"votes": given[question], "question": question}
            for question, there in tallied
            if given[question] != there
        ),
    )
    need_again(db, study, settings)


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def marks(items: Sequence[object]) -> tuple[str, dict[str, object]]:
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
