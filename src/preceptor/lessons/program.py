"""A perceptual front end: a program through which the student should look."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from preceptor.core import InputError, Trainable
from preceptor.lessons.losses import nothing
from preceptor.lessons.price import Price


@dataclass(frozen=True, eq=False)
class Program:
    """Python source that defines ``view``: inputs to what matters of them, in the same shape.

    The source runs when the lesson is made and whenever the student looks. It should import what it
    needs, draw nothing at random, and let gradients through; where it rounds, for example by
    ``soft + (hard - soft).detach()``.

    Price: one item and 8 bits for each byte of the source as zlib compresses it.

    Attributes:
        source: the program.
        cost: in the teacher's unit.

    Raises:
        InputError: source that does not run, or defines no ``view``; when used, a view that changes
            the shape.
    """

    source: str
    cost: float = 0.0
    _view: Callable[[Tensor], Tensor] = field(init=False, repr=False)

    kind: ClassVar[str] = "program"

    def __post_init__(self) -> None:
        names: dict[str, Any] = {}
        try:
            exec(compile(self.source, "<lesson>", "exec"), names)  # noqa: S102
        except Exception as error:
            raise InputError(f"the program of a lesson does not run: {error!r}") from error
        if not callable(names.get("view")):
            raise InputError("the program of a lesson must define a function view(inputs)")
        object.__setattr__(self, "_view", names["view"])

    @property
    def price(self) -> Price:
        """See the class."""
        return Price(1, 8.0 * len(zlib.compress(self.source.encode(), 9)), self.cost)

    def view(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """What the program makes of the inputs."""
        seen = self._view(inputs)
        if not isinstance(seen, Tensor) or seen.shape != inputs.shape:
            raise InputError(
                f"the program of a lesson must keep the shape {tuple(inputs.shape)}; got "
                f"{tuple(seen.shape) if isinstance(seen, Tensor) else type(seen).__name__}"
            )
        return seen

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:  # noqa: ARG002
        """0: a student that looks through the view obeys."""
        return nothing(student)
