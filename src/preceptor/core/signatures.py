"""What a user's function takes, as its signature says."""

import inspect
from collections.abc import Callable
from typing import Any


def takes_arrays(function: Callable[[Any], object]) -> bool:
    """Whether the first parameter is annotated as a numpy array."""
    return "ndarray" in _annotation(function)


def takes_tensors(function: Callable[[Any], object]) -> bool:
    """Whether the first parameter is annotated as a tensor."""
    return "Tensor" in _annotation(function)


def takes_one(function: Callable[..., object]) -> bool:
    """Whether it must be called with exactly one argument, as a function of a batch is."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [one for one in parameters if one.default is one.empty]
    return sum(one.kind in kinds for one in needed) == 1


def _annotation(function: Callable[[Any], object]) -> str:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of something built in
        return ""
    return str(parameters[0].annotation) if parameters else ""
