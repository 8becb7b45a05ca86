"""Texts in tables and in tasks of Label Studio: where they stand, and the question that they are."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from preceptor.core import InputError, Texts
from preceptor.ledger import input_keys
from preceptor.people.exchange.word_spans import TEXT, numbered
from preceptor.people.settings import Settings


def text_columns(settings: Settings, taken: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that hold the parts of texts; none for other inputs.

    >>> from preceptor.core import TextDomain
    >>> text_columns(Settings.of(TextDomain(fields=("label", "claim")), ("a", "b")), ["label"])
    ('text label', 'claim')

    Args:
        settings: of the study.
        taken: names of other columns.
    """
    if not settings.is_text:
        return ()
    names = settings.domain["fields"] or [TEXT]
    return tuple(f"{TEXT} {name}" if name in taken else name for name in names)


def key_of_parts(parts: Sequence[str], settings: Settings) -> str:
    """The digest of a text, by which an answer finds its question.

    Raises:
        InputError: no proper text.
    """
    fields = tuple(settings.domain["fields"])
    return input_keys(Texts((tuple(parts) if fields else parts[0],), fields))[0]


def parts_of_task(data: Mapping[str, Any], settings: Settings) -> tuple[str, ...] | None:
    """The parts of the text that a task shows, by our names or by those of the parts; ``None`` where it
    does not hold them.
    """
    fields = settings.domain["fields"]
    many = max(1, len(fields))
    for names in ([numbered(TEXT, part) for part in range(many)], fields):
        found = [data.get(name) for name in names]
        if found and all(isinstance(one, str) for one in found):
            return tuple(map(str, found))
    return None


def digest_of_task(data: Mapping[str, Any], settings: Settings) -> str | None:
    """The digest of the text that a task shows; ``None`` if it holds none."""
    parts = parts_of_task(data, settings)
    return None if parts is None else key_of_parts(parts, settings)


def need_same_text(data: Mapping[str, Any], digest: str, settings: Settings) -> tuple[str, ...]:
    """The parts of a task's text, which is the one that was asked about.

    Raises:
        InputError: it holds no text, or another one.
    """
    parts = parts_of_task(data, settings)
    if parts is None or key_of_parts(parts, settings) != digest:
        raise InputError(
            "the text in its data is not the one of its question, so places in it mean nothing; "
            "annotate the tasks as they were exported"
        )
    return parts


@contextmanager
def long_cells() -> Iterator[None]:
    """Cells of any length while the block lasts; else csv refuses those of 131,072 characters."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)
