"""Students as the command line names them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from preceptor.core import Source, Student, Teacher
from preceptor.students import load_student

ITEMS = 64
"""Items of the data on which a student is tried, to find out what it gives."""


def read_student(
    spec: str,
    source: Source,
    who: Teacher,
    names: Sequence[str],
    *,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
) -> Student:
    """A student for these data and this teacher.

    Args:
        spec: as it was written, options and all.
        source: the data.
        who: the teacher.
        names: of the labels; may be empty.
        trust_pickle: whether to load files that can run code.
        device: where torch modules compute.

    Raises:
        InputError: a file that holds no student, or one that does not fit.
    """
    items = source.read(0, min(ITEMS, len(source)))
    return read_student_for(
        spec, items, source.domain.names, who, names, trust_pickle=trust_pickle, device=device
    )


def read_student_for(
    spec: str,
    items: Tensor,
    columns: Sequence[str],
    who: Teacher,
    names: Sequence[str],
    *,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
) -> Student:
    """The same, from a few inputs ``Float[n, *shape]`` and the names of their features."""
    return load_student(
        spec,
        classes=who.classes,
        trust_pickle=trust_pickle,
        device=device,
        items=items,
        names=names,
        columns=columns,
    )
