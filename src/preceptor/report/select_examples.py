"""Which inputs tell most about a student: chosen by rule, the same for the same record."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from preceptor.audit import Record, SheetAnswers
from preceptor.core import UNCERTAIN
from preceptor.outcome import Outcome, Split, Verdict, judge, split

MOST: Final = 48
EACH: Final = 6
"""Of one kind from one attack."""

SURE: Final = 0.8
"""A void input is telling where the student gave its answer at least this probability."""


class Kind(Enum):
    """What an example shows, the most telling first."""

    INVARIANCE = "invariance error"
    SENSITIVITY = "sensitivity error"
    BOTH = "error, both changed"
    FALSE_ALARM = "false alarm"
    VOID = "void, student sure"
    FROM_VOID = "error from void"
    UNSPLIT = "error, clean input not asked"
    STANDING = "wrong before any attack"


_ROOM: Final = {
    Kind.INVARIANCE: 13,
    Kind.SENSITIVITY: 12,
    Kind.BOTH: 4,
    Kind.FALSE_ALARM: 7,
    Kind.VOID: 6,
    Kind.FROM_VOID: 2,
    Kind.UNSPLIT: 2,
    Kind.STANDING: 2,
}
"""Places kept for each kind; what one leaves free goes to the others, in order."""


@dataclass(frozen=True)
class Example:
    """One input worth looking at.

    Attributes:
        item: row in the record.
        attack: number of the attack that moved it; ``None`` for the clean input itself.
        kind: what it shows.
        score: how telling, 0 to 1: how sure the student was of its answer, times how sure the
            teacher was of its own (of being uncertain, for void).
    """

    item: int
    attack: int | None
    kind: Kind
    score: float


@dataclass(frozen=True)
class Candidates:
    """Candidates for one part of a gallery: parallel arrays ``[candidates]``.

    Attributes:
        item: row in the record.
        attack: number of the attack; -1 for the clean input.
        label: the teacher's.
        score: how telling, at least 0.
    """

    item: np.ndarray
    attack: np.ndarray
    label: np.ndarray
    score: np.ndarray


def telling(record: Record) -> list[Example]:
    """The most telling inputs of a record.

    By kind in the order of :class:`Kind`, within a kind the highest score first. At most ``MOST``
    altogether, at most ``EACH`` of a kind from one attack; other attacks, other classes and other
    items come before more of the same.
    """
    pools = {kind: _pool(record, kind) for kind in Kind}
    used = np.zeros(len(record.ids), dtype=np.int64)
    taken: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for kind, pool in pools.items():
        take(pool, taken[kind], _ROOM[kind], used)
    for kind, pool in pools.items():
        free = MOST - sum(map(len, taken.values()))
        take(pool, taken[kind], free, used)
    found = []
    for kind, pool in pools.items():
        rows = sorted(taken[kind], key=lambda row, pool=pool: (-pool.score[row], row))  # type: ignore[misc]
        for row in rows:
            attack = int(pool.attack[row])
            found.append(
                Example(
                    item=int(pool.item[row]),
                    attack=None if attack < 0 else attack,
                    kind=kind,
                    score=float(pool.score[row]),
                )
            )
    return found


def top_votes(said: SheetAnswers) -> tuple[np.ndarray, np.ndarray] | None:
    """For each item the votes for the top label, and all votes, abstentions included.

    ``None`` if the teacher is no panel. Entries below ``UNCERTAIN`` are padding for absent voters.
    """
    if said.votes is None:
        return None
    votes = said.votes.numpy()
    top = np.zeros(len(votes), dtype=np.int64)
    for label in np.unique(votes[votes > UNCERTAIN]):
        top = np.maximum(top, (votes == label).sum(1))
    return top, (votes >= UNCERTAIN).sum(1)


def teacher_sure(said: SheetAnswers) -> np.ndarray:
    """The share of the top label among the votes; without votes 1, or a half where uncertain."""
    counts = top_votes(said)
    if counts is None:
        halved: np.ndarray = np.where(said.sheet.teacher.numpy() == UNCERTAIN, 0.5, 1.0)
        return halved
    top, total = counts
    sure: np.ndarray = np.where(total > 0, top / np.maximum(total, 1), 0.0)
    return sure


def _pool(record: Record, kind: Kind) -> Candidates:
    clean_sure = np.where(record.clean.sheet.asked.numpy(), teacher_sure(record.clean), 1.0)
    parts = []
    if kind is Kind.STANDING:
        wrong = (judge(record.clean.sheet) == Verdict.ERROR).numpy()
        parts.append(_part(record.clean, -1, wrong, clean_sure))
    else:
        for i, (said, outcome) in enumerate(zip(record.moved, record.outcomes, strict=True)):
            moved = (said.distances[:, 0] > 0).numpy() & ~said.failed.numpy()
            sure = teacher_sure(said)
            if kind is Kind.VOID:
                sure = np.ones(len(sure)) if said.votes is None else 1 - sure
            parts.append(_part(said, i, moved & _shows(kind, said, outcome), sure * clean_sure))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Candidates(nothing, nothing, nothing, np.zeros(0))
    return Candidates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _shows(kind: Kind, said: SheetAnswers, outcome: Outcome) -> np.ndarray:
    verdicts, splits = judge(outcome.moved).numpy(), split(outcome).numpy()
    if kind is Kind.VOID:
        found: np.ndarray = (verdicts == Verdict.VOID) & (said.sure.numpy() >= SURE)
    elif kind is Kind.FALSE_ALARM:
        found = (verdicts == Verdict.AGREE) & (splits == Split.FALSE_ALARM)
    else:
        found = splits == Split[kind.name]
    return found


def _part(
    said: SheetAnswers, attack: int, wanted: np.ndarray, sure: np.ndarray
) -> tuple[np.ndarray, ...]:
    rows = np.flatnonzero(wanted)
    score = np.nan_to_num(said.sure.numpy().astype(np.float64))[rows] * sure[rows]
    # a void input has no label of the teacher's: the student's stands for it
    teacher, student = said.sheet.teacher.numpy()[rows], said.sheet.student.numpy()[rows]
    label = np.where(teacher == UNCERTAIN, student, teacher)
    return rows, np.full(len(rows), attack), label, score


def take(pool: Candidates, taken: list[int], more: int, used: np.ndarray) -> None:
    """Add up to ``more`` candidates, each time the best after a discount for repetition.

    Args:
        pool: the candidates.
        taken: places in the pool; added to.
        more: at most so many.
        used: ``Int64[items]``, how often each item is in the gallery; counted up.
    """
    if not len(pool.item):
        return
    for _ in range(more):
        worth = pool.score.copy() + 1e-9
        chosen = np.array(taken, dtype=np.int64)
        for field in (pool.attack, pool.label):
            values, times = np.unique(field[chosen], return_counts=True)
            for value, repeats in zip(values, times, strict=True):
                worth[field == value] *= 0.8**repeats
                if field is pool.attack and repeats >= EACH:
                    worth[field == value] = 0
        worth *= 0.5 ** used[pool.item]
        worth[chosen] = 0
        best = int(worth.argmax())
        if worth[best] == 0:
            return
        taken.append(best)
        used[pool.item[best]] += 1
