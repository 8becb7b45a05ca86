"""A vote rule under which some members decide, and the others can only object."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, VoteRule, Votes


@dataclass(frozen=True)
class Unopposed:
    """Certain where the first members are, by a rule of their own, and none of the others says another
    label. One of the others that is uncertain does not object.

    Attributes:
        deciding: how many members decide: the first ones.
        rule: by which they do.

    Raises:
        InputError: fewer than the rule needs.
    """

    deciding: int
    rule: VoteRule = field(default_factory=Votes)

    def __post_init__(self) -> None:
        if self.deciding < max(1, self.rule.least):
            raise InputError(
                f"{self.deciding} members decide, and their rule needs {self.rule.least} votes"
            )

    @property
    def least(self) -> int:
        return self.deciding

    @property
    def sentence(self) -> str:
        return (
            f"of the first {self.deciding} members {self.rule.sentence}, and none of the other "
            "members says another label"
        )

    def decide(self, votes: Int64[Tensor, "batch members"]) -> Int64[Tensor, " batch"]:
        """What the first members decide, where nobody objects; else ``UNCERTAIN``."""
        label = self.rule.decide(votes[:, : self.deciding])
        others = votes[:, self.deciding :]
        opposed = ((others >= 0) & (others != label[:, None])).any(1)
        return torch.where(opposed, UNCERTAIN, label)
