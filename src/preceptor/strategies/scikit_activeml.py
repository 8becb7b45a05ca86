"""The pool strategies of scikit-activeml, as strategies of this project.

Kottke et al. 2021, "scikit-activeml: A Library and Toolbox for Active Learning Algorithms". Each is
made as its constructor makes it, with what it needs filled in; those that choose for a regression,
and those that wrap another strategy, are refused.
"""

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, Final, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Pupil, Teacher
from preceptor.core.extras import install
from preceptor.lessons import Examples, Lesson
from preceptor.strategies.committee import renewed
from preceptor.strategies.embedding import embeddings
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.pool_questions import ask_of_pool, beliefs, candidates, check_pool
from preceptor.strategies.strategy import Kind

Space = Literal["embedding", "inputs"]
"""What the strategy is shown: what goes into the student's last layer, or the inputs themselves."""

REFITTED: Final = {
    "MonteCarloEER",
    "ValueOfInformationEER",
    "ProbabilisticAL",
    "EpistemicUncertaintySampling",
    "DropQuery",
}
"""Strategies that train their classifier anew for every candidate, or show it points of their own:
the student cannot follow, so they get a Parzen window classifier on what they are shown."""

REFUSED: Final = {
    "SubSamplingWrapper": "it wraps another strategy; name that one, and say most=... for a sample",
    "ParallelUtilityEstimationWrapper": "it wraps another strategy; name that one",
    "ExpectedErrorReduction": "it is a base class; name MonteCarloEER or ValueOfInformationEER",
}


@dataclass(frozen=True, eq=False)
class SkActiveML:
    """``n`` inputs of a pool, chosen by a strategy of ``skactiveml.pool``.

    What it is given: the student's embeddings (or the inputs, flattened) of everything known and
    of the pool; as labels, those of past examples. An answer ``UNCERTAIN`` is no label: such an
    input is shown as unlabelled, and is no candidate any more. Where a classifier is wanted, it is
    the student as it is (see :data:`REFITTED` for the exceptions, and ``FourDs``, which takes a
    mixture model); where an ensemble is, ``members`` students that learned the same from other
    weights; where a discriminator is, a Parzen window classifier.

    Attributes:
        strategy: the name of a class of ``skactiveml.pool``.
        pool: ``Float[pool, *shape]``, unlabelled inputs.
        teacher: whom to ask.
        options: of the class's own constructor, as words: ``{"method": "entropy"}``.
        space: what it is shown.
        members: of an ensemble.
        steps: of fitting each.
        fit: how.
        doubt: weight of uncertain answers in the loss.
        shared: whether the teacher has the pool too.
        most: inputs of the pool that are looked at in one round, drawn at random.

    Raises:
        InputError: scikit-activeml is missing; there is no such strategy, or it cannot be used like
            this; an empty pool. When called: the strategy itself refuses.
    """

    strategy: str
    pool: Float[Tensor, "pool *shape"]
    teacher: Teacher
    options: Mapping[str, str] = field(default_factory=dict)
    space: Space = "embedding"
    members: int = 3
    steps: int = 300
    fit: Fit = field(default_factory=AdamFit)
    doubt: float = 0.0
    shared: bool = True
    most: int = 1000

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        check_pool(self.pool, self.name)
        if self.members < 2 or self.most < 1:
            raise InputError(
                f"{self.name}: expected at least 2 members and 1 input to look at; got "
                f"{self.members} and {self.most}"
            )
        _make(self.strategy, self.options, self.teacher.classes, 0)

    @property
    def name(self) -> str:
        """The library's name, the strategy's, its options, and the space if it is the inputs'."""
        options = "".join(f" {key}={value}" for key, value in self.options.items())
        shown = "" if self.space == "embedding" else " space=inputs"
        return f"skactiveml {self.strategy}{options}{shown}"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        rows = candidates(self.pool, past, rng, self.most)
        if len(rows) == 0:
            return None
        seed = int(rng.integers(2**31 - 1))
        told = [one for one in past if isinstance(one, Examples)]
        known = torch.cat(list(map(_tensor, told))) if told else self.pool[:0]
        labels = torch.cat([one.labels for one in told]) if told else torch.empty(0)
        everything = torch.cat([known, self.pool[rows]])
        shown = self._shown(student, everything)
        said = np.full(len(everything), UNCERTAIN)
        said[: len(known)] = labels.numpy()
        strategy = _make(self.strategy, self.options, self.teacher.classes, seed)
        wired = self._wired(strategy, student, everything, shown, past, rng, seed)
        open_rows = np.arange(len(known), len(everything))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the library's, about its own defaults
                picked = strategy.query(
                    shown, said, candidates=open_rows, batch_size=min(n, len(rows)), **wired
                )
        except InputError:
            raise
        except Exception as error:  # whatever the other library raises
            raise InputError(
                f"{self.name} cannot choose here: {type(error).__name__}: {error}"
            ) from error
        return ask_of_pool(self, everything[torch.from_numpy(np.asarray(picked, dtype=np.int64))])

    def _shown(self, student: Pupil, inputs: Tensor) -> np.ndarray:
        seen = embeddings(student, inputs)[0] if self.space == "embedding" else inputs.flatten(1)
        found: np.ndarray = seen.double().numpy()
        return found

    def _wired(
        self,
        strategy: Any,
        student: Pupil,
        everything: Tensor,
        shown: np.ndarray,
        past: Sequence[Lesson],
        rng: np.random.Generator,
        seed: int,
    ) -> dict[str, Any]:
        """What the strategy's ``query`` asks for beside inputs and labels."""
        wants = inspect.signature(strategy.query).parameters
        classes = list(range(self.teacher.classes))
        library = _library("classifier")
        same: dict[str, Any] = {"missing_label": UNCERTAIN, "random_state": seed}
        wired: dict[str, Any] = {}
        for role in ("clf", "estimator"):
            if role not in wants:
                continue
            refitted = self.strategy in REFITTED or self.strategy == "FourDs"
            if self.strategy == "FourDs":
                wired[role] = library.MixtureModelClassifier(classes=classes, **same)
            elif refitted:
                wired[role] = library.ParzenWindowClassifier(classes=classes, **same)
            else:
                wired[role] = _believing(shown, beliefs(student, everything))
            wired[f"fit_{role}"] = refitted
        if "ensemble" in wants:
            wired["ensemble"] = [
                _believing(shown, beliefs(self._member(student, past, rng), everything))
                for _ in range(self.members)
            ]
            wired["fit_ensemble"] = False
        if "discriminator" in wants:
            wired["discriminator"] = library.ParzenWindowClassifier(classes=[0, 1], **same)
        return wired

    def _member(self, student: Pupil, past: Sequence[Lesson], rng: np.random.Generator) -> Pupil:
        member = renewed(student, int(rng.integers(2**31)))
        return self.fit(member, past, steps=self.steps, rng=rng) if past else member


def _make(name: str, options: Mapping[str, str], classes: int, seed: int) -> Any:
    """An object of the class ``name`` of ``skactiveml.pool``."""
    library = _library("pool")
    base = _library("base").SingleAnnotatorPoolQueryStrategy
    known = sorted(
        one
        for one in library.__all__
        if inspect.isclass(getattr(library, one)) and issubclass(getattr(library, one), base)
    )
    usable = [one for one in known if one not in REFUSED and not _regresses(getattr(library, one))]
    if name not in usable:
        reason = REFUSED.get(name) or (
            "it chooses for a regression, and a teacher gives labels"
            if name in known
            else "there is no such strategy"
        )
        raise InputError(
            f"skactiveml:{name} cannot be used: {reason}. There are: {', '.join(usable)}."
        )
    made = getattr(library, name)
    takes = inspect.signature(made).parameters
    given: dict[str, Any] = {"missing_label": UNCERTAIN, "random_state": seed}
    if "classes" in takes:
        given["classes"] = list(range(classes))
    if "n_classes" in takes:
        given["n_classes"] = classes
    if "cluster_algo_dict" in takes:
        given["cluster_algo_dict"] = {"random_state": seed}
    for key, value in options.items():
        if key not in takes or key in given:
            own = ", ".join(one for one in takes if one not in given) or "no options"
            raise InputError(f"skactiveml:{name} has no option {key!r}. It has: {own}.")
        given[key] = _value(value)
    return made(**given)


def _regresses(strategy: Any) -> bool:
    return "reg" in inspect.signature(strategy.query).parameters


def _value(word: str) -> object:
    """A word as a truth value or a number where it reads as one."""
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _believing(shown: np.ndarray, said: Float[Tensor, "rows classes"]) -> Any:
    """A fitted classifier of the library that says of every row shown what a student says."""
    table = {row.tobytes(): one for row, one in zip(shown, said.double().numpy(), strict=True)}
    return _believing_type()(table, list(range(said.shape[1]))).fit(shown, None)


@cache
def _believing_type() -> Any:
    base: Any = _library("base").SkactivemlClassifier

    class Believing(base):  # type: ignore[misc]
        """Looks up what a student said; is not trained."""

        def __init__(
            self,
            table: Mapping[bytes, np.ndarray],
            classes: Sequence[int],
            missing_label: int = UNCERTAIN,
            cost_matrix: np.ndarray | None = None,
            random_state: int | None = None,
        ) -> None:
            super().__init__(classes, missing_label, cost_matrix, random_state)
            self.table = table

        def fit(self, X: object, y: object, sample_weight: object = None) -> "Believing":  # noqa: N803
            """Nothing to learn."""
            self.classes_ = np.asarray(self.classes)
            return self

        def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
            """What the student said of each row."""
            rows = np.ascontiguousarray(X, dtype=np.float64)
            try:
                return np.stack([self.table[row.tobytes()] for row in rows])
            except KeyError as error:
                raise InputError("it asks the student of points outside the pool") from error

        def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
            """The likeliest class of each row."""
            likeliest: np.ndarray = self.predict_proba(X).argmax(1)
            return likeliest

    return Believing


def _library(part: str) -> ModuleType:
    try:
        return import_module(f"skactiveml.{part}")
    except ImportError as error:
        raise InputError(
            f"this strategy needs scikit-activeml, which is not installed: {install('activeml')}"
        ) from error


def _tensor(told: Examples) -> Tensor:
    assert isinstance(told.inputs, Tensor)  # noqa: S101 - the strategy is for numbers
    return told.inputs
