"""The tables of the studies, and how older ones become newer ones.

They stand beside the ledger's own tables in one SQLite file, or alone in a PostgreSQL database,
under names that begin with ``desk_``. What people said is append-only, and the database itself
sees to that; leases, sessions and the tally are working state that may be lost.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preceptor.core import LedgerError
from preceptor.ledger.clock import utc_now
from preceptor.people.database import Database, Session

APPEND_ONLY: Final = (
    "desk_migrations",
    "desk_inputs",
    "desk_settings",
    "desk_questions",
    "desk_filings",
    "desk_known",
    "desk_answers",
    "desk_skips",
    "desk_lessons",
    "desk_goals",
)
"""Tables from which nothing vanishes and in which nothing changes."""

_LOCK: Final = 0
"""The lock under which the tables are made."""


@dataclass(frozen=True)
class Migration:
    """One step.

    Attributes:
        number: from 1.
        name: for people.
        statements: that do it, in this order.
        frozen: tables among its own that are append-only.
    """

    number: int
    name: str
    statements: tuple[str, ...]
    frozen: tuple[str, ...]


_FIRST: Final = (
    """
CREATE TABLE desk_inputs (
    key TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    bytes {blob} NOT NULL
)""",
    """
CREATE TABLE desk_studies (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_people (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_settings (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    body TEXT NOT NULL,
    person INTEGER REFERENCES desk_people (id),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_questions (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    input TEXT NOT NULL REFERENCES desk_inputs (key),
    filed_at TEXT NOT NULL,
    UNIQUE (study, input)
)""",
    """
CREATE TABLE desk_filings (
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    purpose TEXT NOT NULL,
    filed_at TEXT NOT NULL,
    PRIMARY KEY (purpose, question)
)""",
    """
CREATE TABLE desk_known (
    id {serial},
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER NOT NULL CHECK (label >= -1),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_answers (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL CHECK (kind IN ('ask', 'again', 'known')),
    label INTEGER CHECK (label >= -1),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    note TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    supersedes INTEGER REFERENCES desk_answers (id)
)""",
    "CREATE INDEX desk_answers_of ON desk_answers (question, person, kind, id)",
    "CREATE INDEX desk_answers_by ON desk_answers (person, kind, id)",
    """
CREATE TABLE desk_skips (
    id {serial},
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    skipped_at TEXT NOT NULL
)""",
    "CREATE INDEX desk_skips_of ON desk_skips (question, person)",
    """
CREATE TABLE desk_lessons (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    arrays {blob},
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    taught_at TEXT NOT NULL,
    withdraws INTEGER UNIQUE REFERENCES desk_lessons (id)
)""",
    """
CREATE TABLE desk_tally (
    question INTEGER PRIMARY KEY REFERENCES desk_questions (id),
    study INTEGER NOT NULL,
    place DOUBLE PRECISION NOT NULL,
    votes INTEGER NOT NULL,
    needed INTEGER NOT NULL
)""",
    "CREATE INDEX desk_tally_open ON desk_tally (study, place) WHERE needed > 0",
    """
CREATE TABLE desk_leases (
    ticket TEXT PRIMARY KEY,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    UNIQUE (question, person, kind)
)""",
    "CREATE INDEX desk_leases_by ON desk_leases (person)",
    """
CREATE TABLE desk_links (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    used DOUBLE PRECISION
)""",
    """
CREATE TABLE desk_sessions (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    seen DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION
)""",
)

SHARDS: Final = 16
"""In so many parts the counts of a study are kept, so that answers do not wait for each other."""

COUNT_OPEN: Final = (
    f"INSERT INTO desk_counts (study, shard, open, needed) "  # noqa: S608
    f"SELECT study, question % {SHARDS}, SUM(CASE WHEN needed > 0 THEN 1 ELSE 0 END), SUM(needed) "
    f"FROM desk_tally WHERE {{which}} GROUP BY study, question % {SHARDS} "
    "ON CONFLICT (study, shard) DO UPDATE SET open = excluded.open, needed = excluded.needed"
)
"""Count the tally of the studies that ``which`` picks."""

_COUNTS: Final = (
    """
CREATE TABLE desk_counts (
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    shard INTEGER NOT NULL,
    open INTEGER NOT NULL,
    needed INTEGER NOT NULL,
    PRIMARY KEY (study, shard)
)""",
    COUNT_OPEN.format(which="1 = 1"),
    "CREATE INDEX desk_leases_held ON desk_leases (person, until)",
    "DROP INDEX desk_leases_by",
)

_GOALS: Final = (
    """
CREATE TABLE desk_goals (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    purpose TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at TEXT NOT NULL
)""",
)

MIGRATIONS: Final[Sequence[Migration]] = (
    Migration(1, "studies, questions, answers, lessons", _FIRST, APPEND_ONLY[:-1]),
    Migration(2, "counts of what is open, leases by when they end", _COUNTS, ()),
    Migration(3, "what audits with a stopping rule still need", _GOALS, ("desk_goals",)),
)

_TYPES: Final = {
    "sqlite": {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "blob": "BLOB"},
    "postgresql": {
        "serial": "INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "blob": "BYTEA",
    },
}

_MIGRATIONS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS desk_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)"""

_REFUSE: Final = """
CREATE OR REPLACE FUNCTION desk_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the study is append-only: no % of %', TG_OP, TG_TABLE_NAME; END $$"""


def guards(dialect: str, tables: Sequence[str]) -> list[str]:
    """The statements that make the database refuse to change what was said."""
    if dialect == "postgresql":
        each = (
            "CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()"
        )
        return [_REFUSE, *(each.format(table=table) for table in tables)]
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the study is append-only: no {verb} of {table}'); END"
        for table in tables
        for verb in ("update", "delete")
    ]


def prepare(database: Database) -> None:
    """Make the tables, or bring older ones up to date.

    Raises:
        LedgerError: a newer preceptor wrote them.
    """
    with database.read() as db:
        if _version(db, database.dialect) == MIGRATIONS[-1].number:
            return
    with database.write() as db:
        db.lock(_LOCK)
        done = _version(db, database.dialect)
        if done > MIGRATIONS[-1].number:
            raise LedgerError(
                f"the studies in {database.name} were written by a newer preceptor; upgrade "
                "preceptor (pip install --upgrade preceptor). Nothing has been touched"
            )
        for migration in MIGRATIONS:
            if migration.number > done:
                _apply(db, migration, database.dialect)


def identity(database: Database) -> str:
    """Tells a store from every other, wherever its file lies: a hash of when it was made.

    A copy of a store is the same store.
    """
    with database.read() as db:
        made = db.all("SELECT applied_at FROM desk_migrations WHERE number = 1")[0][0]
    return hashlib.sha256(made.encode()).hexdigest()[:12]


def _apply(db: Session, migration: Migration, dialect: str) -> None:
    db.run(_MIGRATIONS_TABLE)
    for statement in migration.statements:
        db.run(statement.format(**_TYPES[dialect]))
    for guard in guards(dialect, migration.frozen):
        db.run(guard)
    db.run(
        "INSERT INTO desk_migrations (number, name, applied_at) VALUES (:number, :name, :now)",
        number=migration.number,
        name=migration.name,
        now=utc_now(),
    )


def _version(db: Session, dialect: str) -> int:
    there = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'desk_migrations'",
        "postgresql": "SELECT 1 FROM pg_tables WHERE tablename = 'desk_migrations' "
        "AND schemaname = current_schema()",
    }
    if db.one(there[dialect]) is None:
        return 0
    found = db.one("SELECT COALESCE(MAX(number), 0) FROM desk_migrations")
    return 0 if found is None else int(found[0])
