"""How the tables of the studies are made, and how older ones become newer ones.

What people said is append-only, and the database itself sees to that; leases, sessions,
membership and the tally are working state.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from preceptor.core import LedgerError
from preceptor.ledger.clock import utc_now
from preceptor.people.database import Database, Session
from preceptor.people.steps import MIGRATIONS, StudyMigration

_LOCK: Final = 0
"""The lock under which the tables are made."""

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


def prepare(database: Database, mends: Mapping[int, Callable[[Session], None]]) -> None:
    """Make the tables, or bring older ones up to date.

    Args:
        database: that holds them.
        mends: what to do after the step of a number, in the same transaction, where tables of an
            older preceptor are brought up to date.

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
                if done and migration.number in mends:
                    mends[migration.number](db)


def identity(database: Database) -> str:
    """Tells a store from every other, wherever its file lies: a hash of when it was made.

    A copy of a store is the same store.
    """
    with database.read() as db:
        made = db.all("SELECT applied_at FROM desk_migrations WHERE number = 1")[0][0]
    return hashlib.sha256(made.encode()).hexdigest()[:12]


def _apply(db: Session, migration: StudyMigration, dialect: str) -> None:
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
