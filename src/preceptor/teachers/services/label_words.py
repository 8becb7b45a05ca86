"""The words by which labels are known: in a prompt, in what is written, and in token probabilities.

A label has several surface forms ("positive", "favourable"); what a model gives to any of them counts
for the label, added up. One that overwrites instead of adding can turn a judge upside down.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from preceptor.core import UNCERTAIN, InputError

NO_LABEL: Final = -9
"""Where a text is none of the label words; no answer to anybody but this package."""

SEVERAL: Final = -8
"""Where a token begins words of several labels."""

_EDGES: Final = " \t\r\n\"'`*_.,:;!?()[]{}<>#-\u2581\u0120\u010a"
"""What stands around a word and is not part of it; with the marks of tokenizers for a space."""

_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True)
class LabelWords:
    """What each label is called.

    Attributes:
        forms: label to its surface forms, the first of which stands in the prompt.
        cannot_tell: the surface forms of *cannot tell*, which is always offered.

    Raises:
        InputError: fewer than two labels, a form that is empty or stands for two labels.
    """

    forms: Mapping[str, tuple[str, ...]]
    cannot_tell: tuple[str, ...] = ("cannot tell", "can't tell", "unsure", "uncertain")

    def __post_init__(self) -> None:
        if len(self.forms) < 2:
            raise InputError(
                f"[labels] names {len(self.forms)} labels; expected two or more, each with its words, "
                'such as positive = ["positive", "favourable"]'
            )
        seen: dict[str, str] = {}
        for name, forms in (*self.forms.items(), ("cannot_tell", self.cannot_tell)):
            if not forms:
                raise InputError(f"[labels] {name} has no words; give at least one")
            for form in forms:
                plain = bare(form)
                if not plain:
                    raise InputError(f"[labels] {name}: {form!r} is no word")
                if seen.setdefault(plain, name) != name:
                    raise InputError(f"[labels] {form!r} stands for {seen[plain]} and for {name}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the labels, in their order."""
        return tuple(self.forms)

    def word(self, label: int) -> str:
        """How a label is called in a prompt; of ``UNCERTAIN``, *cannot tell*."""
        forms = self.cannot_tell if label == UNCERTAIN else self.forms[self.names[label]]
        return forms[0]

    def in_order(self, names: Sequence[str]) -> "LabelWords":
        """The same with its labels in another order; as it is, where none is given.

        Raises:
            InputError: these are other labels.
        """
        if not names:
            return self
        if sorted(names) != sorted(self.names):
            raise InputError(
                f"[labels] of the teacher names {', '.join(self.names)}, and the labels are "
                f"{', '.join(names)}. Write the same names in both (--classes), in the student's order"
            )
        return LabelWords({name: self.forms[name] for name in names}, self.cannot_tell)

    @cached_property
    def _plain(self) -> dict[str, int]:
        """Each form, bare, with its label."""
        found = {bare(form): UNCERTAIN for form in self.cannot_tell}
        for label, forms in enumerate(self.forms.values()):
            found.update((bare(form), label) for form in forms)
        return found

    def read(self, text: str) -> int:
        """The label that a text says; ``NO_LABEL`` where it says none, or more than one.

        The text is a label's word alone, with whatever marks around; a JSON object whose one value is
        such a word; or a word followed by more, if that names no other label.
        """
        said = bare(_unwrapped(_THOUGHT.sub("", text)))
        if said in self._plain:
            return self._plain[said]
        found = {
            label
            for form, label in self._plain.items()
            if re.search(rf"(?<!\w){re.escape(form)}(?!\w)", said)
        }
        starts = {
            label
            for form, label in self._plain.items()
            if re.match(rf"{re.escape(form)}(?!\w)", said)
        }
        return starts.pop() if len(found) == 1 and starts == found else NO_LABEL

    def of_token(self, token: str) -> int:
        """The label of which a token is the beginning; ``NO_LABEL`` where it is of none, ``SEVERAL`` where
        more than one may go on from it: ``un`` of *unsure* and *unfavourable*, or ``1`` of 1 and 10.
        """
        plain = token.strip(_EDGES).casefold()
        if not plain:
            return NO_LABEL
        whole = self._plain.get(plain)
        begun = {
            label
            for form, label in self._plain.items()
            if form.startswith(plain) and (whole is None or _goes_on(plain, form[len(plain) :]))
        }
        begun |= set() if whole is None else {whole}
        if len(begun) > 1:
            return SEVERAL
        return begun.pop() if begun else NO_LABEL

    def masses(self, tokens: Sequence[tuple[str, float]]) -> np.ndarray:
        """``Float[labels + 2]``: the probability of each label's words, added up; then of *cannot tell*,
        and last of tokens that may be of several.

        Args:
            tokens: with the logarithm of the probability of each.
        """
        found = np.zeros(len(self.forms) + 2)
        places = {UNCERTAIN: -2, SEVERAL: -1}
        for token, log in tokens:
            label = self.of_token(token)
            if label != NO_LABEL and not math.isnan(log):
                found[places.get(label, label)] += math.exp(min(log, 0.0))
        return found

    def clash(self) -> list[str]:
        """Letters with which the words of several labels begin, so that a token may not tell them apart."""
        first: dict[str, set[int]] = {}
        for form, label in self._plain.items():
            first.setdefault(form[:1], set()).add(label)
        return sorted(letter for letter, labels in first.items() if len(labels) > 1)


def _goes_on(word: str, rest: str) -> bool:
    """Whether a whole word may be a token of a longer one: of figures, or before a space or mark."""
    return bool(rest) and ((word.isdigit() and rest[0].isdigit()) or not rest[0].isalnum())


def bare(text: str) -> str:
    """A text without case, and without the marks around it."""
    plain = text.replace("\u2019", "'")
    return " ".join(plain.strip(_EDGES).casefold().split())


def _unwrapped(text: str) -> str:
    """The one value of a JSON object, where the text is that; else the text."""
    inner = text.strip().removeprefix("```json").strip("`").strip()
    if not inner.startswith("{"):
        return text
    try:
        found = json.loads(inner)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, dict) and len(found) == 1:
        return str(next(iter(found.values())))
    return text
