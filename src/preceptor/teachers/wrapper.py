"""What a teacher around another one says of itself."""

from preceptor.core import AnyTeacher


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
