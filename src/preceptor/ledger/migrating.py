"""How a file becomes a ledger, and an older ledger a newer one.

A migration runs in one transaction together with its own row in the table ``migrations``, so a
file is always exactly at one of the versions, whatever happens meanwhile.
"""

import sqlite3
from pathlib import Path

from preceptor.core import LedgerError
from preceptor.ledger.clock import utc_now
from preceptor.ledger.ledger_schema import APPLICATION_ID, MIGRATIONS, MIGRATIONS_TABLE, Migration


def prepare(db: sqlite3.Connection, path: Path | str) -> None:
    """Make an empty file a ledger, an older ledger a new one, and refuse everything else.

    Raises:
        LedgerError: another program's file, or a newer preceptor's ledger.
    """
    if not _is_ledger(db):
        db.execute("BEGIN IMMEDIATE")
        try:
            if not _is_ledger(db):
                _refuse_strangers(db, path)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(MIGRATIONS_TABLE)
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    _refuse_newer(db, path)
    for migration in MIGRATIONS:
        if migration.number not in _applied(db):
            _apply(db, migration)


def check_current(db: sqlite3.Connection, path: Path | str) -> None:
    """Refuse a file that would have to be changed before it can be read.

    Raises:
        LedgerError: no ledger, or an older or newer preceptor's.
    """
    if not _is_ledger(db):
        _refuse_strangers(db, path)
        raise LedgerError(f"{path} is no ledger yet, and it is read-only; give another path")
    _refuse_newer(db, path)
    if any(migration.number not in _applied(db) for migration in MIGRATIONS):
        raise LedgerError(
            f"the ledger {path} was written by an older preceptor and is read-only: open it once, or "
            "a copy of it, where it can be written; it is brought up to date by that"
        )


def _apply(db: sqlite3.Connection, migration: Migration) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it between the look and the lock.
        if migration.number not in _applied(db):
            for statement in (*migration.statements, *migration.triggers.values()):
                db.execute(statement)
            db.execute(
                "INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)",
                (migration.number, migration.name, utc_now()),
            )
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _is_ledger(db: sqlite3.Connection) -> bool:
    return bool(db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _applied(db: sqlite3.Connection) -> dict[int, str]:
    return dict(db.execute("SELECT number, name FROM migrations"))


def _refuse_strangers(db: sqlite3.Connection, path: Path | str) -> None:
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master ORDER BY name")]
    if tables or db.execute("PRAGMA application_id").fetchone()[0]:
        raise LedgerError(
            f"{path} is an SQLite file of another program (it holds {', '.join(tables) or 'none'}"
            "), not a ledger; give the path of a ledger, or of a file that does not exist yet"
        )


def _refuse_newer(db: sqlite3.Connection, path: Path | str) -> None:
    newest = MIGRATIONS[-1].number
    newer = {number: name for number, name in _applied(db).items() if number > newest}
    if newer:
        number = max(newer)
        raise LedgerError(
            f"the ledger {path} was written by a newer preceptor: it is at version {number} "
            f"({newer[number]}), this preceptor knows up to {newest}. Upgrade preceptor "
            "(pip install --upgrade preceptor); the file has not been touched"
        )
