"""Adversarial robustness with respect to a teacher.

>>> import preceptor as pr

``pr.audit(student, data, teacher)`` attacks a classifier, asks its teacher at the moved inputs, and
says what is really wrong; ``pr.prove`` decides it for all inputs at once; ``pr.calibrate``, ``pr.search``, ``pr.explain``, ``pr.teach`` and ``pr.compare`` go on from
there. ``help(pr.audit)`` has an example. Names are imported when they are used.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from preceptor.api import (
        TeachResult,
        audit,
        calibrate,
        check_certificate,
        compare,
        explain,
        prove,
        search,
        side_by_side,
        teach,
    )
    from preceptor.audit import Record, StudentComparison, summarise
    from preceptor.calibration import Calibration
    from preceptor.certificates import Certificate
    from preceptor.comparison import Comparison
    from preceptor.core import UNCERTAIN, ArraySource, Domain, Html, InputError, PreceptorError
    from preceptor.explain import Explanation
    from preceptor.ledger import Ledger
    from preceptor.search import SearchResult
    from preceptor.students import Abstaining, as_student
    from preceptor.teachers import LLM, HTTPTeacher, Model, Panel, Rule, SharedVotes, Votes

__version__ = "0.1.0"

__all__ = [
    "LLM",
    "UNCERTAIN",
    "Abstaining",
    "ArraySource",
    "Calibration",
    "Certificate",
    "Comparison",
    "Domain",
    "Explanation",
    "HTTPTeacher",
    "Html",
    "InputError",
    "Ledger",
    "Model",
    "Panel",
    "PreceptorError",
    "Record",
    "Rule",
    "SearchResult",
    "SharedVotes",
    "StudentComparison",
    "TeachResult",
    "Votes",
    "__version__",
    "as_student",
    "audit",
    "calibrate",
    "check_certificate",
    "compare",
    "explain",
    "prove",
    "search",
    "side_by_side",
    "summarise",
    "teach",
]

_PLACES = {
    "LLM": "teachers",
    "UNCERTAIN": "core",
    "Abstaining": "students",
    "ArraySource": "core",
    "Calibration": "calibration",
    "Certificate": "certificates",
    "Comparison": "comparison",
    "Domain": "core",
    "Explanation": "explain",
    "HTTPTeacher": "teachers",
    "Html": "core",
    "InputError": "core",
    "Ledger": "ledger",
    "Model": "teachers",
    "Panel": "teachers",
    "PreceptorError": "core",
    "Record": "audit",
    "Rule": "teachers",
    "SearchResult": "search",
    "StudentComparison": "audit",
    "TeachResult": "api",
    "SharedVotes": "teachers",
    "Votes": "teachers",
    "as_student": "students",
    "calibrate": "api",
    "check_certificate": "api",
    "compare": "api",
    "prove": "api",
    "side_by_side": "api",
    "summarise": "audit",
    "teach": "api",
}
"""In which package each name is; the verbs beside."""

_OWN = frozenset(
    [
        "Any",
        "Callable",
        "MethodType",
        "ModuleType",
        "TYPE_CHECKING",
        "Verb",
        "find_spec",
        "import_module",
        "sys",
    ]
)
"""What this module needs itself; not offered where a notebook completes ``pr.``."""

_VERBS = frozenset(("audit", "explain", "search"))
"""Functions of the front door that have the name of a package."""


class Verb:
    """A function of the front door and the package of its name, in one: ``preceptor.audit(...)`` is
    the function's, ``preceptor.audit.Plan`` the package's.

    Importing ``preceptor.audit`` makes the package an attribute of ``preceptor``, whoever imports it
    and whenever; so what stands there has to be both. ``sys.modules`` holds the plain package, and
    ``from preceptor.audit import Plan`` takes it from there.
    """

    def __init__(self, name: str, package: ModuleType) -> None:
        vars(self).update(__name__=name, __qualname__=name, _package=package)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function; so its signature is this one's."""
        found: Callable[..., Any] = getattr(import_module("preceptor.api"), self.__name__)
        return found

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.__wrapped__.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a function does: so ``help`` shows the signature."""
        return self if instance is None else MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._package, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._package, name)

    def __dir__(self) -> list[str]:
        return dir(self._package)

    def __repr__(self) -> str:
        return f"<function preceptor.{self.__name__}, and the package of that name>"


class _Door(ModuleType):
    """This module: a package of a verb's name becomes the verb, whoever imports it."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _VERBS and isinstance(value, ModuleType):
            value = Verb(name, value)
        super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    """A name, imported when it is used."""
    if name in _VERBS:
        import_module(f"preceptor.{name}")
        return vars(sys.modules[__name__])[name]
    if name not in _PLACES:
        if not name.startswith("_") and find_spec(f"preceptor.{name}") is not None:
            return import_module(f"preceptor.{name}")
        raise AttributeError(f"module 'preceptor' has no attribute {name!r}")
    value = getattr(import_module(f"preceptor.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({name for name in globals() if name not in _OWN} | {*__all__})


sys.modules[__name__].__class__ = _Door
