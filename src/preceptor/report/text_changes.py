"""Texts on a page: what changed, word by word."""

from dataclasses import dataclass

from preceptor.core import Texts
from preceptor.core.text_diff import DiffPiece, diff_words


@dataclass(frozen=True)
class TextChange:
    """One part of an input.

    Attributes:
        field: what the part is called; empty where an input is one text.
        pieces: in order.
    """

    field: str
    pieces: tuple[DiffPiece, ...]


def text_changes(clean: Texts, moved: Texts) -> tuple[TextChange, ...]:
    """What changed in each part of an input, of which both hold one."""
    fields = clean.fields or ("",)
    parts = zip(fields, clean.parts[0], moved.parts[0], strict=True)
    return tuple(TextChange(field, diff_words(old, new)) for field, old, new in parts)
