"""Studies in a PostgreSQL database."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from preceptor.core import InputError
from preceptor.core.extras import install
from preceptor.people.database import Held, Row, Session, Values, explained

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)")

_LOCKS: Final = {"study": 0x70726365, "question": 0x70726366, "person": 0x70726367}
"""Tell our advisory locks from those of other programs in the same database."""


class _PostgresqlSession:
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


class Postgres:
    """Connections to a server; one that broke is thrown away.

    Args:
        url: of the database.
        patience: seconds to wait for another transaction's locks, or for a server that says
            nothing.

    Raises:
        InputError: the URL holds a password, or psycopg is not installed.
        LedgerError: the server cannot be reached.
    """

    dialect = "postgresql"

    def __init__(self, url: str, patience: float) -> None:
        self.name = _shown(url)
        self._patience = patience
        try:
            import psycopg
        except ImportError as error:
            raise InputError(
                f"a PostgreSQL study needs psycopg: {install('postgresql')}"
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
            explained(self.name, self._psycopg.Error),
            db.transaction(),
            db.cursor() as cursor,
        ):
            if not lasting:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
            yield _PostgresqlSession(cursor)

    def close(self) -> None:
        with self._lock:
            while self._free:
                self._free.pop().close()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with self._lock:
            db = self._free.pop() if self._free else None
        if db is None:
            with explained(self.name, self._psycopg.Error):
                db = self._open()
        try:
            yield db
        finally:
            if not db.closed and not db.broken:
                with self._lock:
                    self._free.append(db)

    def _open(self) -> Any:
        milliseconds = round(1000 * self._patience)
        given = self._psycopg.conninfo.conninfo_to_dict(self.name)
        waits = {"connect_timeout": max(2, round(self._patience)), "tcp_user_timeout": milliseconds}
        more = {name: value for name, value in waits.items() if name not in given}
        where = self._psycopg.conninfo.make_conninfo(self.name, **more)
        db = self._psycopg.connect(where, autocommit=True)
        db.execute(f"SET lock_timeout = {milliseconds}")
        return db


def _shown(url: str) -> str:
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


@cache
def _bound(sql: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
