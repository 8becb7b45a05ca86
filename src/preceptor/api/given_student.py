"""The student: whatever a user has, as a classifier under audit."""

from collections.abc import Sequence
from pathlib import Path

import torch

from preceptor.core import AnySource, AnyStudent, InputError, Inputs
from preceptor.students import as_student, load_student

ITEMS = 64
"""Items of the data on which a student is tried, to find out what it gives."""


def few(source: AnySource) -> Inputs:
    """The items on which a student is tried."""
    inputs: Inputs = source.read(0, min(ITEMS, len(source)))
    return inputs


def as_given(
    thing: object,
    source: AnySource,
    classes: int | None,
    names: Sequence[str],
    *,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
) -> AnyStudent:
    """A student for these data.

    Args:
        thing: a student, a torch module, a scikit-learn classifier or pipeline, a function, a file
            with its options, or an object of which :func:`preceptor.students.as_student` knows.
        source: the data.
        classes: how many labels there are; ``None`` to find out.
        names: of the labels; may be empty.
        trust_pickle: whether to load files that can run code.
        device: where torch modules compute.

    Raises:
        InputError: nothing of the kind, or one that does not fit.
    """
    return given_for(
        thing,
        few(source),
        source.domain.names,
        classes,
        names,
        trust_pickle=trust_pickle,
        device=device,
    )


def given_for(
    thing: object,
    items: Inputs,
    columns: Sequence[str],
    classes: int | None,
    names: Sequence[str],
    *,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
) -> AnyStudent:
    """The same, from a few inputs and the names of their features.

    Raises:
        InputError: as of :func:`as_given`.
    """
    if isinstance(thing, str | Path):
        return load_student(
            thing,
            classes=classes,
            trust_pickle=trust_pickle,
            device=device,
            items=items,
            names=names,
            columns=columns,
        )
    if thing is None:
        raise InputError(
            "no student given; expected a torch module, a scikit-learn classifier, a function of a "
            "batch, or a file such as 'model.py:net' or 'model.onnx'"
        )
    if isinstance(thing, list | tuple | set):
        raise InputError(
            f"the student is a {type(thing).__name__} of {len(thing)}. Give one; audit others the "
            "same way and set the records side by side: side_by_side(first, second)"
        )
    nameless = getattr(thing, "__name__", "") == "<lambda>"
    return as_student(
        thing,
        classes=classes,
        name="lambda" if nameless else None,
        device=device,
        items=items,
        names=names,
        columns=columns,
    )
