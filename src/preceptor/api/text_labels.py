"""Labels that stand in a column beside texts."""

from collections.abc import Sequence

import numpy as np

from preceptor.api.text_files import GivenTexts
from preceptor.core import UNCERTAIN, InputError
from preceptor.core.csv_tables import CANNOT_TELL, read_label, says_nothing
from preceptor.core.did_you_mean import did_you_mean


def labels_beside(
    told: GivenTexts, label: str | None, classes: Sequence[str]
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The labels of texts, and what the classes are called.

    Words are looked up among the names of the classes; without names, whole numbers are labels
    themselves, and other words are classes in the order of the alphabet. An empty cell is no answer,
    which teaches as little as *can't tell*.

    Args:
        told: the texts with their columns.
        label: the column; ``None`` for none.
        classes: the names of the classes; may be empty.

    Returns:
        ``Int64[texts]`` with ``UNCERTAIN`` where nobody could tell, or ``None`` without a column; and
        the names, where words were classes.

    Raises:
        InputError: no such column, or a cell that is no label.
    """
    if label is None:
        return None, ()
    if label not in told.columns:
        raise InputError(
            f"--label {label}: {told.what} has no such column beside the texts"
            f"{did_you_mean(label, told.columns)}. It has: {', '.join(told.columns) or '(none)'}"
        )
    cells = [cell.strip() for cell in told.columns[label]]
    said = sorted({c for c in cells if not says_nothing(c) and c.lower() not in CANNOT_TELL})
    numbers = all(cell.removesuffix(".0").isdecimal() for cell in said)
    named = tuple(classes) if classes else () if numbers else tuple(said)
    most = 1 + max((int(float(cell)) for cell in said), default=0) if numbers else 0
    found = []
    for number, cell in enumerate(cells):
        where = f"{told.what}, text {number}"
        read = read_label(cell, named or most, where)
        found.append(UNCERTAIN if read is None else read)
    return np.array(found, dtype=np.int64), () if classes else named
