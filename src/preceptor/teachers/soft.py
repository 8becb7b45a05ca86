"""A panel whose members say how much they believe in each class."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Answers, InputError, Soft, Teacher
from preceptor.teachers.panel import Panel


@dataclass(frozen=True, eq=False)
class SoftPanel:
    """A panel that also offers beliefs: the mean of its members' class probabilities.

    It answers as the panel does. The mean is not the rule by which the panel votes: where it is
    high the panel tends to be certain, and that is all it says.

    Attributes:
        panel: all of its members offer beliefs.

    Raises:
        InputError: a member does not.
    """

    panel: Panel

    def __post_init__(self) -> None:
        plain = [one.name for one in self.panel.members if not isinstance(one, Soft)]
        if plain:
            raise InputError(
                f"members of panel {self.panel.name!r} offer no beliefs: {', '.join(plain)}. Models do."
            )

    @property
    def name(self) -> str:
        """The panel's."""
        return self.panel.name

    @property
    def version(self) -> str:
        """The panel's."""
        return self.panel.version

    @property
    def classes(self) -> int:
        """The panel's."""
        return self.panel.classes

    @property
    def deterministic(self) -> bool:
        """The panel's."""
        return self.panel.deterministic

    @property
    def certainty(self) -> str:
        """The panel's."""
        return self.panel.certainty

    @property
    def members(self) -> Sequence[Teacher]:
        """The panel's."""
        return self.panel.members

    def with_members(self, members: Sequence[Teacher]) -> Panel:
        """The same rule over other members, which need not offer beliefs: a plain panel."""
        return self.panel.with_members(members)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        """What the panel answers.

        Raises:
            IncompleteError: as the panel does.
        """
        return self.panel(inputs)

    def beliefs(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """The mean of the members' beliefs, differentiable in the inputs."""
        said = [one.beliefs(inputs) for one in self.members if isinstance(one, Soft)]
        return torch.stack(said).mean(0)


def soft(teacher: Teacher) -> Soft | None:
    """The teacher with its beliefs, if it offers them; a panel does if all its members do."""
    if isinstance(teacher, Soft):
        return teacher
    if isinstance(teacher, Panel) and all(isinstance(one, Soft) for one in teacher.members):
        return SoftPanel(teacher)
    return None
