"""The student: whatever a user has, as a classifier under audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from preceptor.core import (
    AnySource,
    AnyStudent,
    Domain,
    InputError,
    Inputs,
    TableDomain,
)
from preceptor.core.domains import AnyDomain
from preceptor.students import Normalise, as_student, load_student, read_preprocessing

ITEMS = 64
"""Items of the data on which a student is tried, to find out what it gives."""


@dataclass(frozen=True, eq=False)
class Given:
    """A student as it was handed in, and the normalisation that was given beside it.

    Attributes:
        thing: the student.
        normalise: what it meets plain inputs behind.
    """

    thing: object
    normalise: Normalise

    @classmethod
    def of(cls, thing: object, normalise: Normalise | None) -> object:
        """The thing itself where nothing stands beside it."""
        return thing if normalise is None or thing is None else cls(thing, normalise)


def white_of(domain: AnyDomain) -> float:
    """The value of white: 255 for pictures of pixels from 0 to 255, else 1."""
    if not isinstance(domain, Domain):
        return 1.0
    low, high = domain.bounds()
    pixels = domain.is_image and bool((low == 0).all() and (high == 255).all())
    return 255.0 if pixels else 1.0


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
        source.domain,
        classes,
        names,
        trust_pickle=trust_pickle,
        device=device,
    )


def given_for(
    thing: object,
    items: Inputs,
    domain: AnyDomain,
    classes: int | None,
    names: Sequence[str],
    *,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
) -> AnyStudent:
    """The same, from a few inputs and their domain.

    Raises:
        InputError: as of :func:`as_given`.
    """
    normalise: Normalise | None = None
    white, columns = white_of(domain), domain.names
    table = domain if isinstance(domain, TableDomain) else None
    if isinstance(thing, Given):
        normalise, thing = thing.normalise, thing.thing
        if not isinstance(domain, Domain):
            raise InputError("--normalise is for numbers, and the inputs are texts; leave it out")
    if isinstance(thing, str | Path):
        return load_student(
            thing,
            classes=classes,
            trust_pickle=trust_pickle,
            device=device,
            items=items,
            names=names,
            columns=columns,
            normalise=normalise,
            white=white,
            table=table,
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
        preprocessing=None
        if normalise is None or not isinstance(domain, Domain)
        else read_preprocessing(normalise, white=white, shape=domain.shape),
        table=table,
    )
