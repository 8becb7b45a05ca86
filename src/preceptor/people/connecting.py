"""One database, two makers: SQLite in the ledger's file, or PostgreSQL by URL."""

from pathlib import Path
from typing import Final

from preceptor.people.database import Database
from preceptor.people.postgresql import Postgres
from preceptor.people.sqlite import Sqlite

POSTGRES: Final = ("postgresql://", "postgres://")


PATIENCE: Final = 60.0
"""Seconds to wait for another process's transaction."""


def connect(where: str | Path, patience: float = PATIENCE) -> Database:
    """The database at a path (SQLite) or at a ``postgresql://`` URL.

    Args:
        where: it is.
        patience: seconds to wait for another process's transaction.

    Raises:
        InputError: the URL holds a password, or psycopg is not installed.
        LedgerError: it cannot be opened.
    """
    if isinstance(where, str) and where.startswith(POSTGRES):
        return Postgres(where, patience)
    return Sqlite(Path(where), patience)
