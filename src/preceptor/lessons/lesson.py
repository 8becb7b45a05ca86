"""The form of a lesson: a loss with a price."""

from collections.abc import Iterable
from dataclasses import is_dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from preceptor.core import AnyTrainable, InputError, Pupil
from preceptor.lessons.price import Price


@runtime_checkable
class Lesson(Protocol):
    """Teacher information as it reaches the student.

    A student learns by minimising the sum of its lessons' losses, whatever they are made of.

    Attributes:
        kind: one word for tables, the same for all lessons of a type.
        price: what the teacher gave for it.
    """

    @property
    def kind(self) -> str: ...
    @property
    def price(self) -> Price: ...

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        """How far the student is from what the lesson says, on a batch drawn with ``rng``.

        Not negative, finite, differentiable in the student's parameters, on its device; the same
        draws give the same loss.
        """
        ...


@runtime_checkable
class Front(Lesson, Protocol):
    """A lesson that says through what the student should look, and so changes the student itself.

    Its loss is 0: :class:`preceptor.lessons.FrontStudent` obeys it by construction.
    """

    def view(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """What is left of the inputs, on their device. Gradients flow through it."""
        ...


@runtime_checkable
class Tutor(Protocol):
    """Volunteers lessons to a student."""

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        """A lesson of at most ``n`` items; ``student`` may be looked at, and is not changed."""
        ...


def total(lessons: Iterable[Lesson]) -> Price:
    """The price of several lessons, unit by unit."""
    return sum((lesson.price for lesson in lessons), Price())


def at_cost(lesson: Lesson, more: float) -> Lesson:
    """The same lesson at a higher cost, for what the teacher spent to find out what to say.

    Raises:
        InputError: a lesson that holds no cost.
    """
    if not more:
        return lesson
    if not is_dataclass(lesson) or isinstance(lesson, type):
        raise InputError(f"a lesson of type {type(lesson).__name__} holds no cost to add to")
    dearer: Any = replace(lesson, cost=lesson.price.cost + more)
    made: Lesson = dearer
    return made
