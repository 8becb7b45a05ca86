"""The run-time type check that the tests put around every function of the package.

A check costs some fifty times a short function's own time, and loops call the same functions thousands
of times with the same types. So each function is checked at its first calls in a test and at some
of the later ones, and its checker is made when it is first called.
"""

import dataclasses
import functools
import inspect
import random
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

import jaxtyping
from beartype import BeartypeConf, beartype
from beartype._check.code import codemain

FIRST: Final = 4
"""So many calls of a function are checked in each test, one after another."""

EVERY: Final = 50
"""Of those that come after them, one in so many."""

# Of a list beartype checks one item, drawn from Python's global stream. Draws of its own leave that
# stream alone, so that what is tested draws the same whether it is checked or not.
codemain.getrandbits = random.Random(0).getrandbits  # type: ignore[attr-defined]

check = beartype(conf=BeartypeConf(is_pep484_tower=True))

_calls: dict[int, int] = {}
"""Of each function, by its code: how often it was called in this test."""


_checker: dict[str, Callable[[Any], Any]] = {}
_checked: dict[FunctionType, Any] = {}
"""Of each function, in this test: itself, checked at every call."""


def begin() -> None:
    """A test begins: all is checked anew."""
    _calls.clear()
    for function in [one for one in _checked if "<locals>" in one.__qualname__]:
        del _checked[function]  # made anew by whoever holds it


def install() -> None:
    """Let jaxtyping's import hook, which is to be installed after this, check some of the calls."""
    whole = jaxtyping.jaxtyped

    def jaxtyped(*, typechecker: Any) -> Callable[[Any], Any]:
        return lambda given: _decorated(given, whole(typechecker=typechecker))

    jaxtyping.jaxtyped = jaxtyped  # type: ignore[assignment]


def _decorated(given: Any, checker: Callable[[Any], Any]) -> Any:
    if inspect.isclass(given):
        if dataclasses.is_dataclass(given) and _own(vars(given).get("__init__")):
            given.__init__ = _sampled(given.__init__, checker)  # type: ignore[misc]
        return given
    if not isinstance(given, FunctionType) or inspect.iscoroutinefunction(given):
        return checker(given)
    return _sampled(given, checker)


def _own(method: Any) -> bool:
    """Whether it is a method that nothing was put around yet."""
    return isinstance(method, FunctionType) and not hasattr(method, "__wrapped__")


def _sampled(function: FunctionType, checker: Callable[[Any], Any]) -> Any:
    """The function, checked now and then.

    What it closes over is the function alone: a version is a hash of that too, and must not change
    with the number of calls.
    """
    _checker.setdefault("one", checker)

    @functools.wraps(function)
    def sampled(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if sys.is_finalizing():  # modules are taken apart: a check would fail
            return function(*args, **kwargs)
        code = id(function.__code__)
        count = _calls[code] = _calls.get(code, 0) + 1
        if count > FIRST and count % EVERY:
            return function(*args, **kwargs)
        if function not in _checked:
            _checked[function] = _checker["one"](function)
        return _checked[function](*args, **kwargs)

    # As jaxtyping's own wrapper, it lies in a library: a teacher's version does not depend on how often
    # one of our functions in it was called.
    sampled.__code__ = sampled.__code__.replace(co_filename=jaxtyping.__file__)
    return sampled
