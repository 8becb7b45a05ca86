"""Studies in an SQLite file, the ledger's own or another."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from preceptor.people.database import Held, Row, Session, Values, explained


class _SqliteSession:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self, sql: str, **values: Any) -> list[Row]:
        return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, **values: Any) -> Row | None:
        found: Row | None = self._db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, **values: Any) -> int:
        return self._db.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._db.executemany(sql, rows)

    def lock(self, number: int) -> None:
        """Nothing to do, here and below: a writing transaction holds the whole file."""

    def share(self, number: int) -> None: ...

    def hold(self, what: Held, number: int) -> None: ...

    def try_hold(self, what: Held, number: int) -> bool:  # noqa: ARG002
        return True


class Sqlite:
    """Connections to one file: as many readers as there are threads, one writer at a time.

    Args:
        path: the file.
        patience: seconds to wait for another transaction; ours take milliseconds.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, patience: float) -> None:
        self.name = str(path)
        self._path = path
        self._patience = patience
        self._free: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._connected() as db, explained(self.name, sqlite3.Error):
            db.execute("BEGIN")
            try:
                yield _SqliteSession(db)
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Session]:
        with (
            explained(self.name, sqlite3.Error),
            self._alone(),
            self._connected() as db,
        ):
            db.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteSession(db)
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The only writer of this process, whoever writes in others."""
        if not self._writing.acquire(timeout=self._patience):
            raise sqlite3.OperationalError("database is locked")
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        with self._lock:
            while self._free:
                self._free.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._free.pop() if self._free else None
        if db is None:
            with explained(self.name, sqlite3.Error):
                db = self._open()
        try:
            yield db
        finally:
            with self._lock:
                self._free.append(db)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        return db
