"""Sets of acceptable labels: what a teacher says who can rule some labels out, and no more.

One label is *certain*, all are *uncertain*, and what lies between is *partial*. A batch of sets is
``Bool[batch, classes]``, true where a label is acceptable. Where no row is partial the labels alone
say the same, and no sets are kept.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

UNLABELLED: Final = -1
"""``UNCERTAIN``, which :mod:`preceptor.core.answers` names."""

SEPARATOR: Final = "|"
"""Between the labels of a set, in tables: ``4|9``."""


def plain_sets(labels: Int64[Tensor, " batch"], classes: int) -> Bool[Tensor, "batch classes"]:
    """The sets that labels stand for: one for a label, all for ``UNCERTAIN``."""
    everything = torch.arange(classes)
    return (labels[:, None] == everything) | (labels == UNLABELLED)[:, None]


def settled(sets: Bool[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
    """The label of each set of one, else ``UNCERTAIN``."""
    one = sets.sum(1) == 1
    return torch.where(one, sets.long().argmax(1), UNLABELLED)


def is_partial(sets: Bool[Tensor, "batch classes"]) -> Bool[Tensor, " batch"]:
    """Where a set holds several labels, and not all."""
    many = sets.sum(1)
    return (many > 1) & (many < sets.shape[1])


def kept_sets(sets: Bool[Tensor, "batch classes"] | None) -> Bool[Tensor, "batch classes"] | None:
    """The sets, or none where no row is partial: then labels say it all."""
    return sets if sets is not None and bool(is_partial(sets).any()) else None


def allows(
    sets: Bool[Tensor, "batch classes"], labels: Int64[Tensor, " batch"]
) -> Bool[Tensor, " batch"]:
    """Where a label is among the acceptable ones; what is no label never is."""
    there = (labels >= 0) & (labels < sets.shape[1])
    return there & sets.gather(1, torch.where(there, labels, 0)[:, None])[:, 0]


def disjoint(
    one: Bool[Tensor, "batch classes"], other: Bool[Tensor, "batch classes"]
) -> Bool[Tensor, " batch"]:
    """Where no label is acceptable to both."""
    return ~(one & other).any(1)


def joined_sets(
    labels: Int64[Tensor, " batch"], parts: Iterable[tuple[Tensor, Tensor | None]]
) -> Bool[Tensor, "batch classes"] | None:
    """The sets of a batch that was answered in parts; none where no part has any.

    Args:
        labels: of the whole batch.
        parts: rows ``Int64[part]``, and the sets of these.
    """
    given = [(rows, sets) for rows, sets in parts if sets is not None]
    if not given:
        return None
    found = plain_sets(labels, given[0][1].shape[1])
    for rows, sets in given:
        found[rows] = sets
    return kept_sets(found)


def acceptable_of(row: Sequence[bool]) -> tuple[int, ...]:
    """The labels of one set, as numbers."""
    return tuple(label for label, good in enumerate(row) if good)


def set_words(labels: Iterable[int], names: Sequence[str] = ()) -> str:
    """A set in a few words: ``4 or 9``."""
    said = [names[label] if 0 <= label < len(names) else str(label) for label in labels]
    return " or ".join([", ".join(said[:-1]), said[-1]] if len(said) > 2 else said)
