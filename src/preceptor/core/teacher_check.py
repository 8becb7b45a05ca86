"""One input of which people were asked beside a teacher that stands in for them."""

from dataclasses import dataclass

from preceptor.core.answers import UNCERTAIN


@dataclass(frozen=True)
class TeacherCheck:
    """What stand-in and people said of one input.

    Attributes:
        people: who they are.
        people_version: of them.
        key: of the input.
        moved_by: the attack; empty of a clean input.
        source: where the item is from.
        shape: of the input, such as ``1x28x28``.
        said: by the stand-in, ``UNCERTAIN`` where it is.
        people_said: likewise.
    """

    people: str
    people_version: str
    key: str
    moved_by: str
    source: str
    shape: str
    said: int
    people_said: int

    @property
    def both(self) -> bool:
        """Whether both gave a label."""
        return UNCERTAIN not in (self.said, self.people_said)

    @property
    def agree(self) -> bool:
        """Whether both gave the same."""
        return self.both and self.said == self.people_said
