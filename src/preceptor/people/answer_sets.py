"""A person's answer that names several labels: how it is checked, kept and written.

It is kept as a list in JSON beside the label ``UNCERTAIN``, so that whoever reads labels alone takes
it for *can't tell*.
"""

import json
from collections.abc import Sequence

from preceptor.core import UNCERTAIN, InputError
from preceptor.core.label_sets import SEPARATOR, set_words

Acceptable = tuple[int, ...]
"""Several labels in rising order, and not all of a study's; empty of an answer that is no set."""


def packed(acceptable: Acceptable) -> str | None:
    """As it is kept."""
    return json.dumps(list(acceptable)) if acceptable else None


def unpacked(text: str | None) -> Acceptable:
    """The inverse of :func:`packed`."""
    return () if text is None else tuple(json.loads(text))


def as_answer(chosen: Sequence[int], classes: int) -> tuple[int, Acceptable]:
    """The label and the set that chosen labels amount to: one is a label, all are *can't tell*.

    Raises:
        InputError: none, or one that the study does not have.
    """
    found = sorted(set(chosen))
    if not found or found[0] < 0 or found[-1] >= classes:
        raise InputError(
            f"acceptable labels {list(chosen)[:9]}: expected one or more of 0 .. {classes - 1}"
        )
    if len(found) == 1:
        return found[0], ()
    return UNCERTAIN, () if len(found) == classes else tuple(found)


def checked(label: int | None, acceptable: Acceptable, classes: int) -> None:
    """See that a set stands beside ``UNCERTAIN``, in order, and is one of several and not all.

    Raises:
        InputError: it does not, or is not.
    """
    if not acceptable:
        return
    if label != UNCERTAIN or as_answer(acceptable, classes) != (UNCERTAIN, acceptable):
        raise InputError(
            f"acceptable labels {list(acceptable)[:9]} beside label {label}: expected several labels "
            f"of 0 .. {classes - 1} in order, and not all, beside -1"
        )


def in_words(label: int, acceptable: Acceptable, classes: Sequence[str]) -> str:
    """What a person said, for people: a label's name, ``4 or 9``, or ``can't tell``."""
    if acceptable:
        return set_words(acceptable, classes)
    return "can't tell" if label == UNCERTAIN else classes[label]


def joined(acceptable: Acceptable, names: Sequence[str]) -> str:
    """As it stands in a cell: ``cat|dog``."""
    return SEPARATOR.join(names[label] for label in acceptable)
