"""From a student's own classes to labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from preceptor.core import InputError


@dataclass(frozen=True)
class Vocabulary:
    """What a student's own classes, such as ``cat`` or ``-1``, stand for.

    Attributes:
        labels: from its own classes, as they are written, to labels: said for this student, so
            they decide whatever the classes look like.
        names: the names of the teacher's labels, in their order. A class that is no whole number
            is looked up here.
    """

    labels: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def read(self, seen: Sequence[Any], who: str, classes: int | None) -> list[int]:
        """The label that each of a student's own classes stands for.

        Whole numbers from 0 are labels themselves, unless ``labels`` says otherwise.

        Args:
            seen: the student's own classes, each once.
            who: the student's name, for messages.
            classes: how many labels there are, if that is known.

        Raises:
            InputError: a class that stands for no label, or for one of two.
        """
        if self.labels:
            return _look_up(seen, self.labels, who, "labels= says")
        numbers = [_whole(known) for known in seen]
        if all(number is not None and 0 <= number < (classes or np.inf) for number in numbers):
            plain = [int(number) for number in numbers if number is not None]
            named = {name: label for label, name in enumerate(self.names)}
            if any(
                named.get(_word(own), label) != label
                for own, label in zip(seen, plain, strict=True)
            ):
                raise InputError(
                    f"student {who!r} has the classes {_some(seen)}, and the labels are called "
                    f"{_some(self.names)}: does its class {_word(seen[0])} mean label number "
                    f"{plain[0]} or the label of that name? {_how(who, seen)}"
                )
            return plain
        if self.names:
            places = {name: label for label, name in enumerate(self.names)}
            return _look_up(seen, places, who, "--classes (classes) names")
        raise InputError(
            f"student {who!r} has the classes {_some(seen)}; expected whole numbers "
            f"{'from 0' if classes is None else f'0 .. {classes - 1}'}, or the labels' names "
            f"(--classes in the teacher's order). {_how(who, seen)}"
        )


PLAIN: Final = Vocabulary()
"""Whole numbers from 0 and nothing else."""


def vocabulary(
    labels: Sequence[Any] | Mapping[Any, int] | None, names: Sequence[str] = ()
) -> Vocabulary:
    """A vocabulary.

    Args:
        labels: the student's own classes in the order of the teacher's labels, or a mapping from
            each to its label.
        names: of the teacher's labels.

    Raises:
        InputError: a class or a label that stands twice.
    """
    words = labels or ()
    pairs = words.items() if isinstance(words, Mapping) else [(w, i) for i, w in enumerate(words)]
    said = {_word(word): int(label) for word, label in pairs}
    if len(said) != len(words) or len(set(said.values())) != len(said) or "" in said:
        raise InputError(
            f"labels={words}: expected each of the student's own classes once, and another label "
            "for each"
        )
    return Vocabulary(said, tuple(names))


def _look_up(seen: Sequence[Any], places: Mapping[str, int], who: str, whose: str) -> list[int]:
    absent = [known for known in seen if _word(known) not in places]
    if absent:
        raise InputError(
            f"student {who!r} has the classes {_some(seen)}; not among those that {whose} "
            f"({_some(list(places))}): {_some(absent)}. {_how(who, seen)}"
        )
    return [places[_word(known)] for known in seen]


def _word(known: Any) -> str:
    """How a class is written: ``1`` for 1, 1.0, ``'1'`` and ``True``."""
    number = _whole(known)
    return str(known) if number is None else str(number)


def _whole(known: Any) -> int | None:
    """A class as a whole number, if it is one."""
    if isinstance(known, bool | int | float | np.bool_ | np.number) and float(known).is_integer():
        return int(known)
    return None


def _some(words: Sequence[Any]) -> str:
    return ", ".join(map(_word, words[:12])) + (", ..." if len(words) > 12 else "")


def _how(who: str, seen: Sequence[Any]) -> str:
    example = "/".join(map(_word, seen[:12]))
    return (
        "Say it with the student's own classes in the order of the teacher's labels: on the command "
        f"line behind the file, {who}:labels={example}; in Python, as_student(..., labels={[*map(_word, seen[:12])]}). "
        "They stand here in the student's order: put the class that the teacher calls 0 first."
    )
