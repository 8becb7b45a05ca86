"""What a teacher around another one says of itself."""

from dataclasses import dataclass
from typing import Any

from preceptor.core import Answers, AnyTeacher, Inputs, Repeats


class Wrapper:
    """A teacher that puts questions to another one, whose answers it does not change.

    Attributes:
        teacher: the one that answers.
    """

    teacher: AnyTeacher

    @property
    def name(self) -> str:
        """The teacher's own."""
        return self.teacher.name

    @property
    def version(self) -> str:
        """The teacher's own: how it is asked changes no answer."""
        return self.teacher.version

    @property
    def classes(self) -> int:
        """The teacher's own."""
        return self.teacher.classes

    @property
    def deterministic(self) -> bool:
        """The teacher's own."""
        return self.teacher.deterministic

    @property
    def certainty(self) -> str:
        """The teacher's own."""
        return self.teacher.certainty


@dataclass(frozen=True, eq=False)
class AskedAnew(Wrapper):
    """A teacher each of whose questions is one on purpose, whatever it was asked before.

    Attributes:
        teacher: tells the two apart.
    """

    teacher: Repeats[Any]

    @property
    def rate(self) -> float | None:
        """The teacher's own, if it has one."""
        found: float | None = getattr(self.teacher, "rate", None)
        return found

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch anew."""
        return self.teacher.again(inputs)
