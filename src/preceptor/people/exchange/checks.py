"""What a value from a file must be to be kept."""

from datetime import UTC, datetime
from typing import TypeVar

from preceptor.core import InputError
from preceptor.people import persons

Row = TypeVar("Row")


def good(row: Row | InputError) -> Row:
    """A row that could be read.

    Raises:
        InputError: what is wrong with one that could not.
    """
    if isinstance(row, InputError):
        raise row
    return row


def is_text(value: object, most: int) -> bool:
    """Whether both databases can hold it."""
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def named(person: str) -> str:
    """A person's name as it is kept.

    Raises:
        InputError: no proper name.
    """
    name = person.strip()
    if not is_text(name, persons.LONGEST_NAME) or not name or not name.isprintable():
        raise InputError(
            f"the person {person[:40]!r}: expected a name of 1 to {persons.LONGEST_NAME} "
            "printable characters; --as NAME names who gave answers that name nobody"
        )
    return name


def moment_of(text: str) -> str:
    """A moment as it is kept: UTC, ISO 8601 to the microsecond.

    Raises:
        InputError: no such moment.
    """
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"{str(text)[:40]!r} is no moment; write ISO 8601, for example "
            "2026-01-31T12:00:00+00:00"
        ) from error
