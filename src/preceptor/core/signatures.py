"""What a user's function takes, as its signature says."""

import inspect
from collections.abc import Callable
from typing import Any


def takes_arrays(function: Callable[[Any], object]) -> bool:
    """Whether the first parameter is annotated as a numpy array."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of something built in
        return False
    return bool(parameters) and "ndarray" in str(parameters[0].annotation)
