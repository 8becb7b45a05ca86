"""What a value from a file must be to be kept."""

import math
from datetime import UTC, datetime
from typing import Any, TypeVar

from preceptor.core import InputError, TableDomain
from preceptor.people import persons
from preceptor.people.settings import LONGEST_TEXT, Settings

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


def plain_settings(body: object) -> dict[str, Any]:
    """Settings from a file, each of the type that it has to be.

    Raises:
        InputError: one is missing or of another type. Says which, and what was expected.
    """
    if not isinstance(body, dict):
        raise InputError("settings: expected an object")
    for name, good, expected in (
        ("classes", _texts, "a list of names"),
        ("shape", _sizes, "a list of one to four whole numbers above 0"),
        ("low", _bounds, "a number, or one for each coordinate"),
        ("high", _bounds, "a number, or one for each coordinate"),
        ("names", _texts, "a list of names"),
        ("instructions", lambda one: is_text(one, LONGEST_TEXT), "a text"),
        ("overlap", _whole, "a whole number of people"),
        ("again", _number, "a share"),
        ("known", _number, "a share"),
        ("keys", _texts, "a list of letters"),
        ("block", _whole, "a whole number of questions"),
        ("table", lambda one: isinstance(one, str), "a text"),
        ("text", lambda one: isinstance(one, str), "a text"),
    ):
        if name not in body and name not in ("keys", "block", "table", "text"):
            raise InputError(f"settings: {name} is missing; expected {expected}")
        if name == "shape" and body.get("text") and body[name] == []:
            continue  # texts have none
        if name in body and not good(body[name]):
            raise InputError(f"settings: {name} is {str(body[name])[:60]!r}; expected {expected}")
    return body


def check_table(settings: Settings) -> None:
    """See that what settings say about a table describes their rows.

    Raises:
        InputError: the table has other coordinates.
        ValueError, KeyError, TypeError, AttributeError, RecursionError: it describes no table.
    """
    if settings.table:
        names = TableDomain.read(settings.domain).names
        if names != settings.names:
            raise InputError(
                f"the table has the coordinates {list(names)[:9]}, the study {list(settings.names)[:9]}"
            )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(is_text(one, 1000) for one in value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _sizes(value: object) -> bool:
    return (
        isinstance(value, list) and 0 < len(value) <= 4 and all(_whole(n) and n > 0 for n in value)
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounds(value: object) -> bool:
    return _number(value) or (isinstance(value, list) and all(map(_number, value)))
