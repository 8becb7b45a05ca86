"""What a reader is told first: one sentence by a stated rule, and at most three points."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from preceptor.audit.audit_ending import unanswered
from preceptor.audit.headline import Headline, answer, undecided
from preceptor.audit.known_labels import known_labels
from preceptor.audit.partial_answers import partial_sentence
from preceptor.audit.plain_attacks import PlainAttack, plain_names
from preceptor.audit.record import Record
from preceptor.audit.summary import Row, Summary
from preceptor.outcome.wording import counted, decimals, fixed, fixed_interval, fixed_rate

APART: Final = 0.1
"""The two readings of an attack are worth the first sentence from so large a gap on."""

_READING: Final = " the conventional reading "

POINTS: Final = 3
"""A reader of ten seconds reads no more."""

SECONDS: Final = 4.0
"""That one answer takes, where nobody has answered yet: an assumption, and said to be one."""

RULE: Final = (
    "Said first: the attack at which the two readings lie farthest apart, if the gap is at least "
    f"{100 * APART:.0f} points and their intervals do not meet; otherwise the least rate, by which a "
    "student is judged."
)


@dataclass(frozen=True)
class Point:
    """One of the points: a word or two, and what there is to say."""

    word: str
    text: str


@dataclass(frozen=True)
class Waiting:
    """What is still to be answered.

    Attributes:
        asked: questions of the audit.
        answered: of these.
        answers: that are missing, one for each person and question.
        minutes: that they take; ``None`` where nobody can tell.
        pace: seconds an answer; measured if ``measured``, else assumed.
        measured: whether the pace is that of the answers so far.
        command: that opens the questions; empty where they are not answered at the desk.
        why: the most frequent reason for which there is no answer.
    """

    asked: int
    answered: int
    answers: int
    minutes: float | None
    pace: float
    measured: bool
    command: str
    why: str

    @property
    def sentence(self) -> str:
        """For example ``Waiting for 12 answers, about 1 minute at 4 s an answer (assumed)``."""
        start = f"Waiting for {counted(self.answers, 'answer')}"
        if self.minutes is None:
            left = counted(self.asked - self.answered, "question")
            return f"{left} without an answer{f': {self.why}' if self.why else ''}."
        about = counted(max(1, round(self.minutes)), "minute")
        how = "the pace so far" if self.measured else "assumed"
        return f"{start}, about {about} at {self.pace:.2g}\u00a0s an answer ({how})."

    @property
    def progress(self) -> str:
        """For example ``0 of 60 questions answered``."""
        return f"{self.answered:,} of {counted(self.asked, 'question')} answered"

    @property
    def told(self) -> str:
        """The progress, and what to do."""
        if not self.command:
            return f"{self.progress}."
        return f"{self.progress}. To answer: {self.command}. Then run the audit again."


@dataclass(frozen=True)
class Opening:
    """The first screen of a report.

    Attributes:
        before: the sentence up to its number.
        number: set in bold; may be empty.
        after: the rest.
        points: at most three.
        attack: by its own name, that the sentence is about; empty if it is about none in particular.
        gap: whether the sentence is about a gap between the two readings.
    """

    before: str
    number: str
    after: str
    points: tuple[Point, ...]
    attack: str = ""
    gap: bool = False

    @property
    def sentence(self) -> str:
        """The whole first sentence."""
        return f"{self.before}{self.number}{self.after}"


def opening(record: Record, summary: Summary) -> Opening:
    """What to say first of a record, by :data:`RULE`; of one that stopped by a rule, what it decided."""
    names = plain_names(record.facts)
    wait = waiting(record)
    if wait is not None and not wait.answered:
        return Opening(wait.sentence, "", " Until then nothing is known.", ())
    said, digits = answer(record, summary), places(summary)
    widest = None if summary.stopped else widest_gap(summary)
    if widest is None:
        first = Headline(said.before, said.number, said.after, ())
        attack = "" if summary.headline in (summary.clean, summary.worst) else summary.headline.name
    else:
        first, attack = _gap(record, widest, names[widest.name], digits), widest.name
    points = _points(record, summary, names, widest, wait, digits)
    return Opening(
        first.before, first.number, first.after, tuple(points[:POINTS]), attack, widest is not None
    )


def places(summary: Summary) -> int:
    """Decimals of every percentage of rates on a page about one record."""
    return decimals([one for row in summary.rows for one in (row.relative, row.conventional)])


def gap_of(row: Row) -> float | None:
    """The teacher-relative rate of a row less the conventional one; ``None`` where one is unknown."""
    one, other = row.relative.value, row.conventional.value
    return None if one is None or other is None else one - other


def widest_gap(summary: Summary) -> Row | None:
    """The attack at which the two readings lie farthest apart, where that is worth saying."""
    rows = [row for row in summary.attacks if gap_of(row) is not None]
    if not rows:
        return None
    row = max(rows, key=lambda one: abs(gap_of(one) or 0.0))
    (low, high), (least, most) = row.relative.interval, row.conventional.interval
    meet = low <= most and least <= high
    return None if meet or abs(gap_of(row) or 0.0) < APART else row


def waiting(record: Record) -> Waiting | None:
    """What is still to be answered; ``None`` where every question has its answer, or it is decided."""
    questions, left = record.facts["questions"], unanswered(record)
    if not left or record.facts.get("stopping", {}).get("claim", "undecided") != "undecided":
        return None
    reasons: Mapping[str, int] = questions["unanswered"]
    answers, overlap = _missing(reasons)
    people, done = answers > 0, int(questions["answered"])
    measured = people and done > 0 and questions["cost"] > 0
    pace = float(questions["cost"]) / (done * overlap) if measured else SECONDS
    minutes = answers * pace / 60 if people else None
    asked, command = int(questions["asked"]), _desk(record) if people else ""
    why = max(reasons, key=lambda one: reasons[one], default="").rstrip(".")
    return Waiting(asked, done, answers, minutes, pace, measured, command, why)


def _desk(record: Record) -> str:
    """The command that opens the questions: with the ledger that the audit was given."""
    try:
        words = shlex.split(str(record.run.get("command") or ""))
    except ValueError:
        words = []
    if not words:
        return "preceptor desk LEDGER"
    given = [one.removeprefix("--ledger=") for one in words if one.startswith("--ledger=")]
    given += [after for one, after in pairwise(words) if one == "--ledger"]
    file = given[-1] if given else "preceptor.db"
    return "preceptor desk LEDGER" if "://" in file else f"preceptor desk {shlex.quote(file)}"


def _missing(reasons: Mapping[str, int]) -> tuple[int, int]:
    """Answers that people at the desk still owe, one for each person whom a question needs; and how
    many people that is.
    """
    found, overlap = 0, 1
    for reason, questions in reasons.items():
        said = re.fullmatch(r"waits at the desk, (?:(\d+) of (\d+) answers|no answer) yet", reason)
        if said:
            have, need = (int(said[1]), int(said[2])) if said[1] else (0, 1)
            found, overlap = found + questions * (need - have), max(overlap, need)
    return found, overlap


def _gap(record: Record, row: Row, name: PlainAttack, digits: int) -> Headline:
    student = record.facts["student"]["name"]
    level = f"{100 * row.relative.level:.4g}\u00a0%"
    # what it is uncertain of is in no rate, and a share of all inputs would be another number
    where = ", where it is certain, says " if row.verdicts["VOID"] else " says "
    return Headline(
        f"When {name.clause}, {student} looks right on {fixed_rate(row.conventional, digits)} of "
        f"inputs; asked there, its teacher{where}",
        fixed_rate(row.relative, digits),
        f" ({level} interval {fixed_interval(row.relative, digits)}).",
        (),
    )


def _points(
    record: Record,
    summary: Summary,
    names: Mapping[str, PlainAttack],
    widest: Row | None,
    wait: Waiting | None,
    digits: int,
) -> list[Point]:
    open_ = undecided(record, summary.headline.relative)
    found = [Point("Not all answered", open_)] if open_ else []
    if wait is not None and not open_:
        found.append(Point("Not all answered", wait.sentence))
    if not summary.attacks:
        partial = partial_sentence(summary)
        found += [Point("Several labels", partial)] if partial else []
        return [*found, Point("No attack", "none was run, so this says nothing about robustness.")]
    row = summary.headline
    found.append(_other(row, digits) if widest is None else _least(summary, names, digits, widest))
    partial = partial_sentence(summary)
    if partial:
        found.append(Point("Several labels", partial))
    alarms = _alarms(summary, names)
    if alarms:
        found.append(Point("False and missed alarms", alarms))
    return [*found, Point("Before any attack", _before(summary, digits) + _labelled(record))]


def _least(summary: Summary, names: Mapping[str, PlainAttack], digits: int, widest: Row) -> Point:
    row, least = summary.headline, summary.least
    if row.name == widest.name:
        many = f" of {len(least.names)} rates" if len(least.names) > 1 else ""
        return Point("At worst", f"the same: this is the least{many}, by which it is judged.")
    where = f"when {names[row.name].clause}"
    if row is summary.worst:
        where = "in the worst case over all attacks"
    which = f", the least of {len(least.names)} rates" if len(least.names) > 1 else ""
    low, high = (f"{100 * end:.{digits}f}" for end in least.interval)
    return Point(
        "At worst",
        f"right on {fixed_rate(row.relative, digits)} ({low} to {high}\u00a0%), {where}{which}, by "
        "which it is judged.",
    )


def _other(row: Row, digits: int) -> Point:
    ends = fixed_interval(row.conventional, digits)
    beside = f" ({ends})" if ends else ""
    return Point(
        "Conventional reading",
        f"{fixed_rate(row.conventional, digits)}{beside}, taking the clean label for granted.",
    )


def _alarms(summary: Summary, names: Mapping[str, PlainAttack]) -> str:
    """The attack with most false alarms, and the one with most errors that nobody raised."""
    parts = []
    false = max(summary.attacks, key=lambda row: row.splits["FALSE_ALARM"])
    if false.splits["FALSE_ALARM"]:
        many = false.splits["FALSE_ALARM"]
        parts.append(
            f"of {counted(false.conventional_failures, 'failure')} that the conventional reading "
            f"counts, {many:,} {'is' if many == 1 else 'are'} none ({names[false.name].label})"
        )
    missed = max(summary.attacks, key=lambda row: row.splits["INVARIANCE"])
    if missed.splits["INVARIANCE"]:
        many = missed.splits["INVARIANCE"]
        parts.append(f"{counted(many, 'real error')} it does not see ({names[missed.name].label})")
    said = "; ".join(parts) + "." if parts else ""
    return said if len(parts) != 1 or "conventional" in said else said.replace(" it ", _READING)


def _before(summary: Summary, digits: int) -> str:
    clean = summary.clean.relative
    if not clean.most:
        many = counted(clean.void, "clean input")
        return f"there is no rate: the teacher is uncertain (void) of all {many}."
    ends = fixed_interval(clean, digits)
    text = f"right on {fixed_rate(clean, digits)}" + (f" ({ends})" if ends else "")
    shares = [row.void_share for row in summary.attacks if row.void_share is not None]
    if summary.clean.void_share is None or not shares:
        return f"{text}."
    if not summary.clean.void_share and not max(shares):
        return f"{text}. The teacher is certain of every input, clean or moved."
    return (
        f"{text}. The teacher is uncertain (void) of {fixed(summary.clean.void_share, digits)} of "
        f"clean inputs, and of up to {fixed(max(shares), digits)} of moved ones."
    )


def _labelled(record: Record) -> str:
    """What the data's own labels say, where the teacher often says otherwise: the rates go by it."""
    known = known_labels(record)
    return f" {known.sentence}" if known is not None and known.contradicted else ""
