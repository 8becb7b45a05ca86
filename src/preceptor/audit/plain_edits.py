"""What attacks on texts and on rows of tables do, in words; see :mod:`preceptor.audit.plain_attacks`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Settings = Mapping[str, Any]
Said = tuple[str, str]


def _count(number: Any, one: str, many: str) -> str:
    return f"up to {int(number)} {one if int(number) == 1 else many}"


def _edits(what: str, done: str) -> Callable[[Settings], Said]:
    """Of attacks that change so many words in one way."""

    def say(settings: Settings) -> Said:
        many = _count(settings["edits"], "word", "words")
        return f"{what} in {many}", f"{many} may be {done}"

    return say


def _text_suite(settings: Settings) -> Said:
    many, share = _count(settings["edits"], "word", "words"), 100 * float(settings["share"])
    label = f"letters of {many}, or {share:.4g}\u00a0% of the words, changed"
    return label, f"the worst is taken of several attacks ({label})"


def _words(settings: Settings) -> Said:
    share = f"{100 * float(settings['share']):.4g}\u00a0%"
    label = f"up to {share} of the words exchanged for similar ones"
    return label, f"up to {share} of the words may be exchanged for similar ones"


def _details(settings: Settings) -> Said:
    many = _count(settings["edits"], "name or number", "names and numbers")
    return f"{many} exchanged", f"{many} may be exchanged"


def _filler(_: Settings) -> Said:
    return "a sentence added that says nothing", "a sentence that says nothing is added"


def _negate(_: Settings) -> Said:
    return "negated, student's answer kept", "texts are negated, unnoticed by the student"


def _opposites(settings: Settings) -> Said:
    many = _count(settings["edits"], "word", "words")
    label = f"{many} turned into the opposite, student's answer kept"
    return label, f"{many} may turn into the opposite, unnoticed by the student"


def _splice(_: Settings) -> Said:
    label = "parts of a text of another class put in, student's answer kept"
    return label, f"texts are changed ({label})"


def _drop(_: Settings) -> Said:
    label = "words left out that the student does not need"
    return label, f"the {label} are gone"


def _cells(settings: Settings) -> Said:
    many = _count(settings["count"], "cell", "cells")
    share = f"{100 * float(settings['size']):.4g}\u00a0%"
    label = f"{many} of a row changed, numbers by up to {share} of their range"
    return label, f"{many} of a row may change, numbers by up to {share} of their range"


EDITS: Final[Mapping[str, Callable[[Settings], Said]]] = {
    "TextSuite": _text_suite,
    "Typos": _edits("typing errors", "mistyped"),
    "LetterCase": _edits("capitals", "written in other capitals"),
    "Spacing": _edits("spaces", "spaced otherwise"),
    "Lookalikes": _edits("letters that look alike", "written with letters that look alike"),
    "Invisible": _edits("characters that nobody sees", "given characters that nobody sees"),
    "WordExchange": _words,
    "Details": _details,
    "Filler": _filler,
    "Negate": _negate,
    "Opposites": _opposites,
    "Splice": _splice,
    "DropWords": _drop,
    "Cells": _cells,
}
"""By the kind that records name."""
