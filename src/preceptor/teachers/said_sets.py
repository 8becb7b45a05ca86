"""Sets of acceptable labels, as a function says them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError
from preceptor.core.label_sets import plain_sets


def sets_of(said: object, batch: int, classes: int, who: str) -> Tensor | None:
    """What a function said as ``Bool[batch, classes]``, where it said sets; else ``None``.

    A set stands in place of a label, in a list, an array of objects or a Series; beside it labels,
    ``-1`` and ``None`` mean what they always do. Or all is ``bool[batch, classes]``.

    Raises:
        InputError: another number of answers, a set without a label, or one of what are no labels.
    """
    mask = _mask(said)
    if mask is not None:
        return _checked(mask, batch, classes, who)
    if not _holds_sets(said):
        return None
    answers = list(said)  # type: ignore[call-overload]
    if len(answers) != batch:
        raise InputError(
            f"teacher {who!r} was asked {batch} questions and returned {len(answers)} answers; "
            "expected one for each"
        )
    found = torch.zeros(batch, classes, dtype=torch.bool)
    for row, one in enumerate(answers):
        if isinstance(one, set | frozenset):
            found[row, _labels(one, classes, who)] = True
        else:
            label = UNCERTAIN if one is None else _label(one, classes, who, least=UNCERTAIN)
            found[row] = plain_sets(torch.tensor([label]), classes)[0]
    return _checked(found, batch, classes, who)


def _holds_sets(said: object) -> bool:
    if isinstance(said, Tensor | str | bytes | dict | set) or not isinstance(said, Iterable):
        return False
    if isinstance(said, np.ndarray) and (said.dtype != object or said.ndim != 1):
        return False
    if not isinstance(said, list | tuple | np.ndarray) and not type(said).__module__.startswith(
        "pandas"
    ):
        return False
    return any(isinstance(one, set | frozenset) for one in said)


def _mask(said: object) -> Tensor | None:
    """An answer that is ``bool[batch, several]``."""
    if isinstance(said, Tensor):
        good = said.dtype == torch.bool and said.ndim == 2 and said.shape[1] > 1
        return said.detach().cpu() if good else None
    if isinstance(said, np.ndarray) and said.dtype == np.bool_ and said.ndim == 2:
        return torch.from_numpy(said.copy()) if said.shape[1] > 1 else None
    return None


def _checked(sets: Tensor, batch: int, classes: int, who: str) -> Tensor:
    if sets.shape != (batch, classes):
        raise InputError(
            f"teacher {who!r} was asked {batch} questions about {classes} labels and returned bools "
            f"of shape {tuple(sets.shape)}; expected ({batch}, {classes}), true where a label is "
            "acceptable"
        )
    empty = (~sets.any(1)).nonzero()[:, 0].tolist()
    if empty:
        raise InputError(
            f"teacher {who!r} returned a set without a label (row {empty[0]}); expected the "
            "acceptable labels, or None where it cannot tell"
        )
    return sets


def _labels(one: Iterable[Any], classes: int, who: str) -> list[int]:
    return [_label(label, classes, who, least=0) for label in one]


def _label(said: Any, classes: int, who: str, *, least: int) -> int:
    whole = isinstance(said, int | np.integer | Tensor) or (
        isinstance(said, float | np.floating) and float(said).is_integer()
    )
    label = int(said) if whole else least - 1
    if not least <= label < classes:
        raise InputError(
            f"teacher {who!r} returned {said!r} among sets of labels; expected class numbers from 0 "
            f"to {classes - 1}, and beside the sets -1 or None for UNCERTAIN"
        )
    return label
