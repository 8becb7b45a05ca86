"""The file: one SQLite connection, its transactions and its faults."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from preceptor.core import LedgerError
from preceptor.ledger.migrating import check_current, prepare

BUSY_SECONDS: Final = 60.0
"""How long to wait for another process's transaction; ours take milliseconds."""

READ_ONLY: Final = "the ledger is read-only, so no new answer can be kept"
"""Why a question is not asked."""

_PAGE_BYTES: Final = 16384
_LOG_BYTES: Final = 64 * 2**20
"""Size of the write-ahead log at which it is copied into the file: seldom, since that is slow."""

_ADVICE: Final = (
    ("locked", "another process holds it; wait for it to end, or stop it, and run again"),
    ("readonly", "give yourself the right to write the file and its folder"),
    ("unable to open", "the folder must exist and you must have the right to write in it"),
    ("full", "make room on the disk and run again: what was kept before is safe"),
    ("not a database", "this file is no ledger; give the path of a ledger or of a new file"),
    (
        "malformed",
        "the file is damaged; make a copy, then save what can be saved with "
        "'sqlite3 LEDGER .recover | sqlite3 NEW'",
    ),
)


class Store:
    """Opens a ledger's file and runs transactions in it. Safe with threads and after a fork.

    Args:
        path: the file, or ``":memory:"``.
        create: whether a file that does not exist is made.

    A file on a read-only file system, or without the right to write it or its folder, is read only.

    Attributes:
        read_only: whether nothing can be written.

    Raises:
        LedgerError: the file is missing, no ledger, damaged, or newer than this preceptor.
    """

    def __init__(self, path: str | Path, *, create: bool = True) -> None:
        self.path = path if path == ":memory:" else Path(path)
        if not create:
            self._must_exist()
        self._inherited: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self.read_only = _cannot_write(self.path)
        self._db: sqlite3.Connection | None = self._open()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reading."""
        with self._connected() as db, self._explained():
            yield db

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction that is committed when the block has ended.

        It outlives the process in any case; ``durable`` makes it outlive loss of power as well,
        with everything before it, which costs a wait for the disk.
        """
        if self.read_only:
            raise LedgerError(
                f"the ledger {self.path} is read-only, so nothing new can be kept in it; give "
                "yourself the right to write the file and its folder, or copy it to where you have it"
            )
        with self._connected() as db, self._explained():
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; nothing can be read or written any more."""
        if self._db is not None and self._pid == os.getpid():
            with self._lock, self._explained():
                self._db.close()
        self._db = None

    def _open(self) -> sqlite3.Connection:
        with self._explained():
            db = sqlite3.connect(
                _address(Path(self.path)) if self.read_only else self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                uri=self.read_only,
            )
            try:
                if self.read_only:
                    check_current(db, self.path)
                    return db
                db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                prepare(db, self.path)
                _log_ahead(db)
                db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_BYTES // _PAGE_BYTES}")
                db.execute("PRAGMA foreign_keys = ON")
            except BaseException:
                db.close()
                raise
        return db

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if self._db is not None and self._pid != os.getpid():
            self._leave_parent(self._db)
        with self._lock:
            if self._db is None:
                raise LedgerError(f"the ledger {self.path} is closed; open it again with Ledger()")
            yield self._db

    def _leave_parent(self, inherited: sqlite3.Connection) -> None:
        """After a fork: a connection of our own. The parent's must be neither used nor closed."""
        if self.path == ":memory:":
            raise LedgerError(
                "a ledger in memory does not follow into another process; give it a file"
            )
        self._inherited.append(inherited)
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._db = self._open()

    def _must_exist(self) -> None:
        path = Path(self.path)
        if not path.is_file() or path.stat().st_size == 0:
            raise LedgerError(f"there is no ledger at {path}; check the path")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            advice = next((text for word, text in _ADVICE if word in str(error)), "")
            what = f"the ledger {self.path}: {error}"
            raise LedgerError(f"{what}; {advice}" if advice else what) from error


def _cannot_write(path: str | Path) -> bool:
    if path == ":memory:" or not Path(path).is_file():
        return False
    return not (os.access(path, os.W_OK) and os.access(Path(path).absolute().parent, os.W_OK))


def _address(path: Path) -> str:
    """For SQLite: a file that nobody changes, unless somebody's log lies beside it."""
    log = path.with_name(f"{path.name}-wal")
    still = "" if log.exists() and log.stat().st_size else "&immutable=1"
    return f"{path.absolute().as_uri()}?mode=ro{still}"


def _log_ahead(db: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. The switch ignores the busy timeout, so it is tried again."""
    give_up = time.monotonic() + BUSY_SECONDS
    while db.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
