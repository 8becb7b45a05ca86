"""What functions say where they cannot tell: None, NaN, pandas.NA, or nothing at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from preceptor.core.answers import UNCERTAIN
from preceptor.core.csv_tables import CANNOT_TELL, says_nothing


def is_nothing(said: object) -> bool:
    """Whether it is ``None``, NaN, NaT or pandas' ``NA``."""
    if said is None or type(said).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(said, float | np.floating) and bool(np.isnan(said))


def labels_of(said: object, names: Sequence[str]) -> Any:
    """Labels that a function said of rows, as numbers; what is none of them stays what it is.

    Args:
        said: an array, a list, a Series: class numbers, names of classes, sets of these,
            ``cannot tell`` or ``uncertain``, or nothing.
        names: of the classes, in the order of the labels.
    """
    if isinstance(said, list | tuple):
        array = np.asarray(said, dtype=object)
    elif isinstance(said, np.ndarray) or type(said).__module__.partition(".")[0] == "pandas":
        array = np.array(said)  # pandas hands out arrays that cannot be written to
        said = array
    else:
        return said
    if array.ndim != 1 or array.dtype.kind in "biu":
        return said
    places = {name: label for label, name in enumerate(names)}
    return [_label(one, places) for one in array.tolist()]


def _label(said: object, places: dict[str, int]) -> object:
    if isinstance(said, set | frozenset):
        return frozenset(_label(one, places) for one in said)
    if is_nothing(said):
        return UNCERTAIN
    if not isinstance(said, str):
        return said
    word = said.strip()
    if word in places:
        return places[word]
    if says_nothing(word) or word.lower() in (*CANNOT_TELL, "cannot tell"):
        return UNCERTAIN
    return said
