"""What a database must be able to do, whichever it is.

Statements are plain SQL that SQLite and PostgreSQL both understand, with parameters as ``:name``.
What differs (how a transaction begins, how a lock is taken, how values are bound) stands in
``sqlite`` and ``postgresql`` and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Literal, Protocol, runtime_checkable

from preceptor.core import LedgerError

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


@contextmanager
def explained(name: str, kind: type[Exception]) -> Iterator[None]:
    """Errors of this kind as what they mean for the database of this name.

    Raises:
        LedgerError: the block raised one.
    """
    try:
        yield
    except kind as error:
        said = str(error).strip()
        advice = next((text for word, text in _ADVICE if word in said), "")
        raise LedgerError(f"the study {name}: {said}{'; ' if advice else ''}{advice}") from error


_ADVICE: Final = (
    ("lock timeout", "another process holds it; wait for it to end, or stop it, and try again"),
    ("locked", "another process holds it; wait for it to end, or stop it, and try again"),
    ("readonly", "give yourself the right to write the file and its folder"),
    ("unable to open", "the folder must exist and you must have the right to write in it"),
    ("full", "make room on the disk and try again: what was kept before is safe"),
    ("connection failed", "see that the server runs, and that user and password are right"),
)
