"""The form of a strategy: a way of learning."""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from preceptor.certificates import Certificate
from preceptor.core import Pupil
from preceptor.lessons import Lesson

Kind = Literal["passive", "active student", "active teacher", "mixed"]
"""Who chooses what is learned next: nobody, the student, the teacher, or both."""


@runtime_checkable
class Strategy(Protocol):
    """Given the student and all past lessons, the next lesson.

    A strategy holds what it needs (a teacher to ask, a pool, a tutor) and no state: what was
    learned before stands in ``past``, so that the same call in another process gives the same
    lesson.

    Attributes:
        name: with its options; unique within a comparison.
        kind: who chooses.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        """The next lesson, of at most ``n`` questions or items; ``None`` when there is none.

        The student is not changed.

        Raises:
            IncompleteError: the teacher has no answer for some questions, for another reason than
                its budget; carries the rest.
        """
        ...


@runtime_checkable
class Proves(Strategy, Protocol):
    """A strategy that ends in a certificate; each of its rounds is one step of a loop.

    So it gets many small rounds in place of a few large ones, and the student goes on from the weights
    that it has: what was proved is about these.

    Attributes:
        each: questions in a round, at most.
    """

    @property
    def each(self) -> int: ...

    def certify(self, student: Pupil) -> Certificate:
        """What can be proved of a student; nobody is asked."""
        ...
