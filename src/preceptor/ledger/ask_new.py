"""Statements about what is asked: questions, which count from when they are put, and calls.

Plain SQL as in :mod:`preceptor.ledger.queries`; each function works inside the transaction that
its caller opened.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from preceptor.ledger.claims import QuestionClaim

_RUNS_THAT_MEET = """
WITH RECURSIVE wanted (first, last) AS (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?1)
), rounds (round) AS (
    SELECT 0 UNION ALL SELECT round + 1 FROM rounds WHERE round < ?4
)
SELECT q.first, q.last, q.round
FROM wanted CROSS JOIN rounds CROSS JOIN questions AS q
WHERE q.teacher = ?2 AND q.purpose = ?3 AND q.round = rounds.round
    AND q.first <= wanted.last AND q.last >= wanted.first
    AND q.first >= COALESCE((
        SELECT MAX(first) FROM questions
        WHERE teacher = ?2 AND purpose = ?3 AND round = rounds.round AND first <= wanted.first
    ), wanted.first)"""
"""The runs of questions that meet any of some runs of inputs. Runs of one round do not overlap, so
the first to look at is the last that begins no later than the inputs' run."""


def spent(db: sqlite3.Connection, teacher: int, purpose: str) -> int:
    """How many questions were ever put to a teacher for a purpose."""
    row = db.execute(
        "SELECT COALESCE(SUM(last - first + 1), 0) FROM questions "
        "WHERE teacher = ? AND purpose = ?",
        (teacher, purpose),
    ).fetchone()
    return int(row[0])


def paid(db: sqlite3.Connection, purpose: str) -> tuple[float, float]:
    """What all answers for a purpose cost together, and what the dearest question did.

    A panel's own answers cost nothing; those of its members are for the same purpose.
    """
    row = db.execute(
        "SELECT COALESCE(SUM(cost), 0), COALESCE(MAX(cost), 0) FROM ("
        "SELECT SUM(cost) AS cost FROM answers WHERE purpose = ? GROUP BY input, repeat)",
        (purpose,),
    ).fetchone()
    return float(row[0]), float(row[1])


def rounds(
    db: sqlite3.Connection, teacher: int, purpose: str, inputs: Sequence[int]
) -> dict[int, int]:
    """For each of these inputs that was put for this purpose: the highest round."""
    last = db.execute(
        "SELECT MAX(round) FROM questions WHERE teacher = ? AND purpose = ?", (teacher, purpose)
    ).fetchone()[0]
    found: dict[int, int] = {}
    if last is None:
        return found
    wanted = set(inputs)
    rows = db.execute(_RUNS_THAT_MEET, (json.dumps(runs(inputs)), teacher, purpose, last))
    for first, end, round_ in rows:
        meet = range(first, end + 1) if end - first < len(wanted) else wanted
        for number in meet:
            if number in wanted and first <= number <= end:
                found[number] = max(round_, found.get(number, 0))
    return found


def put_questions(
    db: sqlite3.Connection, teacher: int, purpose: str, now: str, rounds: Iterable[tuple[int, int]]
) -> None:
    """Enter questions, as input and round: they count against the budget from now on."""
    by_round: dict[int, list[int]] = {}
    for number, round_ in rounds:
        by_round.setdefault(round_, []).append(number)
    db.executemany(
        "INSERT INTO questions (teacher, purpose, round, first, last, asked_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (teacher, purpose, round_, first, last, now)
            for round_, numbers in by_round.items()
            for first, last in runs(numbers)
        ],
    )


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as runs of consecutive ones, first and last of each."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def claims(db: sqlite3.Connection, teacher: int) -> dict[QuestionClaim, set[int]]:
    """What a teacher is being asked at this moment: the inputs of each call, alive or not."""
    rows = db.execute(
        "SELECT token, host, pid, started, until, inputs FROM calls WHERE teacher = ?", (teacher,)
    )
    return {QuestionClaim(*claim): set(json.loads(inputs)) for *claim, inputs in rows}


def put_claim(
    db: sqlite3.Connection, teacher: int, inputs: Iterable[int], claim: QuestionClaim
) -> None:
    """Claim inputs that nobody alive has claimed, for one call."""
    db.execute(
        "INSERT INTO calls (token, teacher, host, pid, started, until, inputs) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            claim.token,
            teacher,
            claim.host,
            claim.pid,
            claim.started,
            claim.until,
            json.dumps(list(inputs)),
        ),
    )


def drop_claim(db: sqlite3.Connection, token: str) -> None:
    """Give up the claim of one call."""
    db.execute("DELETE FROM calls WHERE token = ?", (token,))
