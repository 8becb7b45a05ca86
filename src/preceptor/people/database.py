"""One database, two makers: SQLite in the ledger's file, or PostgreSQL by URL.

Statements are plain SQL that both understand, with parameters as ``:name``. What differs (how a
transaction begins, how a lock is taken, how values are bound) stands here and nowhere else.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from preceptor.core import InputError, LedgerError

BUSY_SECONDS: Final = 60.0
"""How long to wait for another process's transaction; ours take milliseconds."""

POSTGRES: Final = ("postgresql://", "postgres://")

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)")

Held = Literal["question", "person"]

Row = tuple[Any, ...]
Values = Mapping[str, Any]


@runtime_checkable
class Session(Protocol):
    """Statements inside one transaction."""

    def all(self, sql: str, **values: Any) -> list[Row]:
        """Every row."""
        ...

    def one(self, sql: str, **values: Any) -> Row | None:
        """The first row, or ``None``."""
        ...

    def run(self, sql: str, **values: Any) -> int:
        """Execute; returns how many rows it touched."""
        ...

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """Execute once for each row."""
        ...

    def lock(self, number: int) -> None:
        """Have a study to oneself: wait for all others; held until the transaction ends."""
        ...

    def share(self, number: int) -> None:
        """Work in a study beside others who share it, while nobody has it to themselves."""
        ...

    def hold(self, what: Held, number: int) -> None:
        """Have one question or person to oneself; wait for whoever has it."""
        ...

    def try_hold(self, what: Held, number: int) -> bool:
        """The same without waiting; whether it was free."""
        ...


@runtime_checkable
class Database(Protocol):
    """Runs transactions.

    Attributes:
        name: what to call it in messages; never holds a password.
        dialect: ``sqlite`` or ``postgresql``.
    """

    @property
    def name(self) -> str: ...
    @property
    def dialect(self) -> str: ...

    def read(self) -> AbstractContextManager[Session]:
        """A transaction that changes nothing."""
        ...

    def write(self, *, lasting: bool = True) -> AbstractContextManager[Session]:
        """A transaction that is on disk when the block has ended, or has left no trace.

        One that is not ``lasting`` does not wait for the disk: it outlives this process, but a
        machine that loses its power may forget it. What people said never goes that way.
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def connect(where: str | Path) -> Database:
    """The database at a path (SQLite) or at a ``postgresql://`` URL.

    Raises:
        InputError: the URL holds a password, or psycopg is not installed.
        LedgerError: it cannot be opened.
    """
    if isinstance(where, str) and where.startswith(POSTGRES):
        return _Postgres(where)
    return _Sqlite(Path(where))


def shown(url: str) -> str:
    """A URL as it may be shown; refuses one with a password in it.

    Raises:
        InputError: it holds a password.
    """
    if urlsplit(url).password is not None:
        raise InputError(
            "the database's URL holds a password, which would stand in process lists and in "
            "records. Leave it out and put the password into PGPASSWORD or ~/.pgpass"
        )
    return url


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


class _Sqlite:
    """Connections to one file: as many readers as there are threads, one writer at a time."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._free: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._connected() as db, _explained(self.name, sqlite3.Error):
            db.execute("BEGIN")
            try:
                yield _SqliteSession(db)
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Session]:
        with self._writing, self._connected() as db, _explained(self.name, sqlite3.Error):
            db.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteSession(db)
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        with self._lock:
            while self._free:
                self._free.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._free.pop() if self._free else None
        if db is None:
            with _explained(self.name, sqlite3.Error):
                db = self._open()
        try:
            yield db
        finally:
            with self._lock:
                self._free.append(db)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        return db


class _PostgresSession:
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def all(self, sql: str, **values: Any) -> list[Row]:
        found: list[Row] = self._cursor.execute(_bound(sql), values).fetchall()
        return found

    def one(self, sql: str, **values: Any) -> Row | None:
        found: Row | None = self._cursor.execute(_bound(sql), values).fetchone()
        return found

    def run(self, sql: str, **values: Any) -> int:
        touched: int = self._cursor.execute(_bound(sql), values).rowcount
        return touched

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._cursor.executemany(_bound(sql), rows)

    def lock(self, number: int) -> None:
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS["study"], number))

    def share(self, number: int) -> None:
        self._cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s)", (_LOCKS["study"], number)
        )

    def hold(self, what: Held, number: int) -> None:
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS[what], number))

    def try_hold(self, what: Held, number: int) -> bool:
        found = self._cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", (_LOCKS[what], number)
        ).fetchone()
        return bool(found[0])


_LOCKS: Final = {"study": 0x70726365, "question": 0x70726366, "person": 0x70726367}
"""Tell our advisory locks from those of other programs in the same database."""


class _Postgres:
    """Connections to a server; one that broke is thrown away."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self.name = shown(url)
        try:
            import psycopg
        except ImportError as error:
            raise InputError(
                "a PostgreSQL study needs psycopg; run: pip install 'preceptor[postgresql]'"
            ) from error
        self._psycopg = psycopg
        self._free: list[Any] = []
        self._lock = threading.Lock()
        with self.read():
            pass

    def read(self) -> AbstractContextManager[Session]:
        return self.write()

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Session]:
        with (
            self._connected() as db,
            _explained(self.name, self._psycopg.Error),
            db.transaction(),
            db.cursor() as cursor,
        ):
            if not lasting:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
            yield _PostgresSession(cursor)

    def close(self) -> None:
        with self._lock:
            while self._free:
                self._free.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with self._lock:
            db = self._free.pop() if self._free else None
        if db is None:
            with _explained(self.name, self._psycopg.Error):
                db = self._psycopg.connect(self.name, autocommit=True)
        try:
            yield db
        finally:
            if not db.closed and not db.broken:
                with self._lock:
                    self._free.append(db)


@cache
def _bound(sql: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


@contextmanager
def _explained(name: str, kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        said = str(error).strip()
        advice = next((text for word, text in _ADVICE if word in said), "")
        raise LedgerError(f"the study {name}: {said}{'; ' if advice else ''}{advice}") from error


_ADVICE: Final = (
    ("locked", "another process holds it; wait for it to end, or stop it, and try again"),
    ("readonly", "give yourself the right to write the file and its folder"),
    ("unable to open", "the folder must exist and you must have the right to write in it"),
    ("full", "make room on the disk and try again: what was kept before is safe"),
    ("connection failed", "see that the server runs, and that user and password are right"),
)
