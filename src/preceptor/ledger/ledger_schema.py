"""The tables, version by version. A released migration is never edited; a change of the tables is a
new one at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

APPLICATION_ID: Final = 0x70726365
"""Stands in the head of every SQLite file that is a ledger."""


@dataclass(frozen=True)
class Migration:
    """One step.

    Attributes:
        number: from 1.
        name: for people.
        statements: what it does to the tables, in this order.
        triggers: name -> SQL, made after that.
    """

    number: int
    name: str
    statements: Sequence[str]
    triggers: Mapping[str, str]


def frozen(table: str) -> dict[str, str]:
    """The triggers that make a table append-only: name -> SQL."""
    return {
        f"{table}_no_{verb}": (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no {verb} of {table}'); END"
        )
        for verb in ("update", "delete")
    }


def kept_once(table: str, same: str, then: str) -> dict[str, str]:
    """The trigger against INSERT OR REPLACE, which deletes without firing delete triggers."""
    return {
        f"{table}_no_replace": (
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT {then}; END"
        )
    }


_TAKEN = "RAISE(ABORT, 'the ledger is append-only: this answer stands already')"
_IGNORE = "RAISE(IGNORE)"

_SAID_TRIGGERS: Final = {
    **frozen("migrations"),
    **kept_once("migrations", "number = NEW.number", _IGNORE),
    **frozen("inputs"),
    **kept_once("inputs", "id = NEW.id OR key = NEW.key", _IGNORE),
    **frozen("teachers"),
    **kept_once("teachers", "id = NEW.id OR (name = NEW.name AND version = NEW.version)", _IGNORE),
    **frozen("answers"),
    **kept_once(
        "answers",
        "id = NEW.id OR (teacher = NEW.teacher AND input = NEW.input AND repeat = NEW.repeat)",
        _TAKEN,
    ),
}
_SAME_QUESTION = (
    "teacher = NEW.teacher AND purpose = NEW.purpose AND input = NEW.input AND round = NEW.round"
)
_SPENDING_TRIGGERS: Final = {
    **frozen("questions"),
    **kept_once("questions", f"id = NEW.id OR ({_SAME_QUESTION})", _IGNORE),
}
_CALLS_TRIGGERS: Final = {
    **frozen("questions"),
    **kept_once("questions", _SAME_QUESTION, _IGNORE),
}
_RUN_TRIGGERS: Final = {
    **frozen("questions"),
    # Runs of one round never overlap, so only the last that begins before this one ends can.
    "questions_no_replace": (
        "CREATE TRIGGER questions_no_replace BEFORE INSERT ON questions WHEN (SELECT last "
        "FROM questions WHERE teacher = NEW.teacher AND purpose = NEW.purpose "
        "AND round = NEW.round AND first <= NEW.last ORDER BY first DESC LIMIT 1) >= NEW.first "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: this question stands already'); END"
    ),
}
_NOTE_TRIGGERS: Final = {
    **frozen("notes"),
    **kept_once(
        "notes",
        "topic = NEW.topic AND place = NEW.place",
        "RAISE(ABORT, 'the ledger is append-only: this note stands already')",
    ),
}
_CHECK_TRIGGERS: Final = {
    **frozen("checks"),
    **kept_once(
        "checks",
        "id = NEW.id",
        "RAISE(ABORT, 'the ledger is append-only: this check stands already')",
    ),
}
TRIGGERS: Final = {**_SAID_TRIGGERS, **_RUN_TRIGGERS, **_NOTE_TRIGGERS, **_CHECK_TRIGGERS}
"""Every trigger that a sound ledger has: name -> SQL."""

TABLES: Final = (
    "migrations",
    "inputs",
    "teachers",
    "answers",
    "questions",
    "calls",
    "notes",
    "checks",
)
"""Every table that a sound ledger has."""

MIGRATIONS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)"""

_SAID_TABLES: Final = (
    """
CREATE TABLE inputs (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    dtype TEXT NOT NULL,
    shape TEXT NOT NULL,
    bytes BLOB NOT NULL
)""",
    """
CREATE TABLE teachers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    classes INTEGER NOT NULL CHECK (classes >= 1),
    certainty TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    UNIQUE (name, version)
)""",
    """
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    input INTEGER NOT NULL REFERENCES inputs (id),
    repeat INTEGER NOT NULL CHECK (repeat >= 0),
    label INTEGER NOT NULL CHECK (label >= -1),
    cost REAL NOT NULL CHECK (cost >= 0),
    seconds REAL NOT NULL CHECK (seconds >= 0),
    asked_at TEXT NOT NULL,
    purpose TEXT NOT NULL,
    votes TEXT,
    UNIQUE (teacher, input, repeat)
)""",
)

_SPENDING_TABLES: Final = (
    """
CREATE TABLE questions (
    id INTEGER PRIMARY KEY,
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    purpose TEXT NOT NULL,
    input INTEGER NOT NULL REFERENCES inputs (id),
    round INTEGER NOT NULL CHECK (round >= 0),
    asked_at TEXT NOT NULL,
    UNIQUE (teacher, purpose, input, round)
)""",
    """
CREATE TABLE claims (
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    input INTEGER NOT NULL REFERENCES inputs (id),
    token TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (teacher, input)
)""",
    "CREATE INDEX claims_by_token ON claims (token)",
    """
INSERT INTO questions (teacher, purpose, input, round, asked_at)
SELECT teacher, purpose, input, repeat, asked_at FROM answers ORDER BY id""",
)


_CALLS_TABLES: Final = (
    "DROP TABLE claims",
    """
CREATE TABLE calls (
    token TEXT PRIMARY KEY,
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    until REAL NOT NULL,
    inputs TEXT NOT NULL
) WITHOUT ROWID""",
    "ALTER TABLE questions RENAME TO questions_before",
    """
CREATE TABLE questions (
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    purpose TEXT NOT NULL,
    input INTEGER NOT NULL REFERENCES inputs (id),
    round INTEGER NOT NULL CHECK (round >= 0),
    asked_at TEXT NOT NULL,
    PRIMARY KEY (teacher, purpose, input, round)
) WITHOUT ROWID""",
    """
INSERT INTO questions (teacher, purpose, input, round, asked_at)
SELECT teacher, purpose, input, round, asked_at FROM questions_before""",
    "DROP TABLE questions_before",
)

_RUNS_TABLES: Final = (
    "ALTER TABLE questions RENAME TO questions_before",
    """
CREATE TABLE questions (
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    purpose TEXT NOT NULL,
    round INTEGER NOT NULL CHECK (round >= 0),
    first INTEGER NOT NULL REFERENCES inputs (id),
    last INTEGER NOT NULL REFERENCES inputs (id) CHECK (last >= first),
    asked_at TEXT NOT NULL,
    PRIMARY KEY (teacher, purpose, round, first)
) WITHOUT ROWID""",
    """
INSERT INTO questions (teacher, purpose, round, first, last, asked_at)
SELECT teacher, purpose, round, MIN(input), MAX(input), asked_at FROM (
    SELECT *, input - ROW_NUMBER() OVER (
        PARTITION BY teacher, purpose, round, asked_at ORDER BY input
    ) AS run FROM questions_before
) GROUP BY teacher, purpose, round, asked_at, run""",
    "DROP TABLE questions_before",
)


_NOTES_TABLES: Final = (
    """
CREATE TABLE notes (
    topic TEXT NOT NULL,
    place INTEGER NOT NULL CHECK (place >= 0),
    text TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (topic, place)
) WITHOUT ROWID""",
)

_CHECKS_TABLES: Final = (
    """
CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    teacher INTEGER NOT NULL REFERENCES teachers (id),
    people TEXT NOT NULL,
    people_version TEXT NOT NULL,
    input TEXT NOT NULL,
    moved_by TEXT NOT NULL,
    source TEXT NOT NULL,
    shape TEXT NOT NULL,
    said INTEGER NOT NULL CHECK (said >= -1),
    people_said INTEGER NOT NULL CHECK (people_said >= -1),
    checked_at TEXT NOT NULL
)""",
    "CREATE INDEX checks_by_teacher ON checks (teacher)",
)

_SETS_COLUMN: Final = ("ALTER TABLE answers ADD COLUMN acceptable TEXT",)

MIGRATIONS: Final[Sequence[Migration]] = (
    Migration(1, "what was said: inputs, teachers, answers", _SAID_TABLES, _SAID_TRIGGERS),
    Migration(
        2, "who asked and who is asking: questions, claims", _SPENDING_TABLES, _SPENDING_TRIGGERS
    ),
    # before: a row for each of a call's questions
    Migration(3, "one row for each call under way: calls", _CALLS_TABLES, _CALLS_TRIGGERS),
    # of questions about inputs with consecutive numbers
    Migration(4, "one row for each run of questions", _RUNS_TABLES, _RUN_TRIGGERS),
    # in which order items are asked about, and which attempts were made: see core.Journal
    Migration(5, "what outlives a run: notes", _NOTES_TABLES, _NOTE_TRIGGERS),
    # a row for each input of which people were asked beside a teacher that stands in for them
    Migration(6, "what people say of teachers: checks", _CHECKS_TABLES, _CHECK_TRIGGERS),
    # several acceptable labels and not all, as a JSON list; the label is then -1
    Migration(7, "answers that are sets: acceptable", _SETS_COLUMN, {}),
)
