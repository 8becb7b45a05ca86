"""What an attack does to a text, in words that need no knowledge of attacks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from preceptor.outcome.wording import counted

_HELD: Final = ", student's answer kept"
_AND_HELD: Final = " and the student's answer is kept"

TextWords = Callable[[Mapping[str, Any], Any], tuple[str, str]]
"""From an attack's settings to its label and its clause, as the words for other inputs are made."""


def _up_to(noun: str, done: str, *, held: bool = False) -> TextWords:
    """Of attacks that change at most so many of something."""

    def say(settings: Mapping[str, Any], _: Any) -> tuple[str, str]:
        count = int(settings["edits"])
        many = f"up to {counted(count, noun)}"
        clause = f"{many} {'is' if count == 1 else 'are'} {done}"
        return f"{many} {done}{_HELD * held}", f"{clause}{_AND_HELD * held}"

    return say


def _suite(settings: Mapping[str, Any], _: Any) -> tuple[str, str]:
    what = (
        f"up to {counted(int(settings['edits']), 'word')} misspelt or set otherwise, or "
        f"{100 * settings['share']:.4g}\u00a0% of words exchanged"
    )
    return what, f"a text has {what}"


def _words(settings: Mapping[str, Any], _: Any) -> tuple[str, str]:
    share = f"{100 * settings['share']:.4g}\u00a0%"
    what = f"up to {share} of words exchanged for neighbours"
    return what, f"a text has {what}"


def _splice(settings: Mapping[str, Any], _: Any) -> tuple[str, str]:
    what = f"up to {100 * settings['share']:.4g}\u00a0% of sentences from texts of other classes"
    return f"{what}{_HELD}", f"a text takes {what}{_AND_HELD}"


def _drop(settings: Mapping[str, Any], _: Any) -> tuple[str, str]:
    stay = counted(int(settings["stay"]), "word")
    return f"words dropped down to {stay}{_HELD}", f"words are dropped down to {stay}{_AND_HELD}"


def _always(label: str, clause: str) -> TextWords:
    """Of attacks without a size."""
    return lambda _, __: (label, clause)


TEXT_KINDS: Final[Mapping[str, TextWords]] = {
    "TextSuite": _suite,
    "Typos": _up_to("word", "misspelt"),
    "LetterCase": _up_to("word", "set in capitals or small letters"),
    "Spacing": _up_to("word", "taken apart"),
    "Lookalikes": _up_to("letter", "exchanged for others that look the same"),
    "Invisible": _up_to("character", "put in that nobody sees"),
    "WordExchange": _words,
    "Details": _up_to("name or number", "exchanged"),
    "Filler": _always(
        "a sentence added that says nothing", "a sentence is added that says nothing"
    ),
    "Negate": _always(
        f"a negation put in or taken out{_HELD}", f"a negation is put in or taken out{_AND_HELD}"
    ),
    "Opposites": _up_to("word", "exchanged for opposites", held=True),
    "Splice": _splice,
    "DropWords": _drop,
}
"""By the kind that records name."""
