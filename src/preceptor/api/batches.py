"""``--batch``: items computed at a time, said or found out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from preceptor.api.words import whole_number
from preceptor.core import AnyStudent, InputError, Inputs
from preceptor.core.passes import at_most
from preceptor.students.fitting_batch import MOST, fitting_batch

AUTO: Final = "auto"
"""As many as fit."""

Batch = int | str


def read_batch(batch: Batch) -> int | None:
    """A number of items; ``None`` for as many as fit.

    Raises:
        InputError: neither a whole number of at least 1 nor ``auto``.
    """
    if batch == AUTO:
        return None
    if isinstance(batch, str):
        if not (batch.isascii() and batch.isdecimal() and int(batch)):
            raise InputError(f"--batch {batch!r}: expected a whole number, at least 1, or {AUTO}")
        return int(batch)
    whole_number("batch", batch, 1)
    return batch


def fitting(
    batch: Batch, students: Sequence[AnyStudent], items: Inputs, attacks: Sequence[object] = ()
) -> int:
    """Items at a time: what was said, or as many as fit whichever student is asked.

    Args:
        batch: a number, or ``auto``.
        students: each is measured, see :func:`preceptor.students.fitting_batch.fitting_batch`.
        items: a few inputs.
        attacks: where one moves a whole batch at once (``alone=false``), the batch is part of the result,
            so that it must not hang on free memory: it is then ``MOST`` unless a number is said.
    """
    said = read_batch(batch)
    if said is None and any(getattr(one, "alone", True) is False for one in attacks):
        return MOST
    return min(fitting_batch(one, items) for one in students) if said is None else said


@contextmanager
def as_said(batch: Batch) -> Iterator[None]:
    """Within this no pass takes more than a number that was said, as where students are read."""
    said = read_batch(batch)
    if said is None:
        yield
        return
    with at_most(said):
        yield
