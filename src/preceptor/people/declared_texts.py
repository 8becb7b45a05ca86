"""The changes of texts that people can declare to leave their answer alone, and how far each may go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from preceptor.core import InputError, ItemRng, Texts
from preceptor.people.settings import Settings
from preceptor.people.text_settings import text_domain_of
from preceptor.transforms.library import Slider
from preceptor.transforms.texts import TEXT_CHANGES, TextTransform, WordsAlike

WORDS: Final = "words"
"""The change of words for others that mean the same: it needs these words."""

TRIES: Final = 4
"""So many draws of a change are shown on an example."""

MOST_GROUPS: Final = 50
LONGEST_WORD: Final = 60

Groups = tuple[tuple[str, ...], ...]

_TITLES: Final = {
    "names": "Names are others",
    "numbers": "Numbers are others",
    "typos": "Typing errors",
    "case": "Capitals and small letters",
    "spacing": "Words taken apart",
    "lookalikes": "Letters that look the same",
    "invisible": "Characters without width",
    "punctuation": "Points and commas",
    "filler": "A sentence that says nothing",
    WORDS: "Words that mean the same",
}


@dataclass(frozen=True)
class DeclaredTextChange(Slider):
    """A change with a range: a share of the words, where it has one.

    Attributes:
        make: the change by its range.
        ranged: whether it has any.
    """

    make: Callable[..., TextTransform] = WordsAlike
    ranged: bool = True


def _plain(change: TextTransform, _: float) -> TextTransform:
    return change


def _shared(kind: type[Any], amount: float) -> TextTransform:
    made: TextTransform = kind(share=amount)
    return made


def _declared(change: TextTransform) -> DeclaredTextChange:
    title = _TITLES.get(change.kind, change.kind.capitalize())
    share = getattr(change, "share", None)  # some have none
    if not isinstance(share, float):
        return DeclaredTextChange(title, "", 1, 1, 1, 1, make=partial(_plain, change), ranged=False)
    make = partial(_shared, type(change))
    return DeclaredTextChange(title, "of the words", 0.05, 1.0, share, 0.05, make=make)


DECLARED_TEXTS: Final[dict[str, DeclaredTextChange]] = {
    **{one.kind: _declared(one) for one in TEXT_CHANGES},
    WORDS: DeclaredTextChange(_TITLES[WORDS], "of these words", 0.05, 1.0, 0.5, 0.05),
}
"""By the word that stands in what is taught."""


def need_text_range(kind: str, amount: float) -> DeclaredTextChange:
    """The change of this kind, if it can have this range.

    Raises:
        InputError: it cannot.
    """
    if kind not in DECLARED_TEXTS:
        raise InputError(f"no change {kind!r} of texts; there are: {', '.join(DECLARED_TEXTS)}")
    change = DECLARED_TEXTS[kind]
    if not change.least - 1e-9 <= amount <= change.most + 1e-9:
        raise InputError(
            f"{kind}: a range of {change.least:g} to {change.most:g} {change.unit} can be declared; "
            f"got {amount:g}"
        )
    return change


def need_groups(found: object) -> Groups:
    """Groups of words that mean the same.

    Raises:
        InputError: none, or what is no group of two different words or more.
    """
    if not isinstance(found, list) or not 0 < len(found) <= MOST_GROUPS:
        raise InputError(f"groups: expected 1 to {MOST_GROUPS} groups of words that mean the same")
    made = []
    for one in found:
        words = one if isinstance(one, list) else []
        if not all(
            isinstance(word, str) and 0 < len(word.strip()) <= LONGEST_WORD for word in words
        ):
            raise InputError(f"groups: a word has 1 to {LONGEST_WORD} characters")
        group = tuple(dict.fromkeys(word.strip() for word in words))
        if len(group) < 2:
            raise InputError("groups: a group has two different words or more")
        made.append(group)
    return tuple(made)


def text_change_of(kind: str, amount: float, groups: Groups = ()) -> TextTransform:
    """The change that a declaration means.

    Raises:
        InputError: no such change or range, or words that mean the same are missing.
    """
    declared = need_text_range(kind, amount)
    if kind == WORDS:
        return WordsAlike(groups, share=amount)
    return declared.make(amount)


def tries_of(
    parts: tuple[str, ...], settings: Settings, change: TextTransform, key: str
) -> list[tuple[str, ...]]:
    """A text under a change, by several draws that differ from it and from each other: the same each
    time; none where there is nothing to change.
    """
    domain = text_domain_of(settings.domain)
    row = parts if domain.fields else parts[0]
    rng = ItemRng.named(0, f"same {change.name}", [f"{key} {i}" for i in range(TRIES)])
    made: Sequence[tuple[str, ...]] = change(
        Texts((row,) * TRIES, domain.fields), domain=domain, rng=rng
    ).parts
    return [one for one in dict.fromkeys(made) if one != parts]
