"""A generator that uses more than answers: the teacher's beliefs and their gradients."""

from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

from preceptor.attacks.predictions import input_gradient
from preceptor.core import Soft
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import Proposals, SearchContext

STEPS: Final = 30
LENGTH: Final = 0.1
"""Of one step, relative to the distance between neighbours in the data."""


@dataclass(frozen=True, eq=False)
class TeacherGradient:
    """From an item to where the teacher believes in another class and the student does not.

    Each step goes up the teacher's log-belief in a class other than the student's answer, drawn
    at random. Where that has cost the student's own answer, the step goes back up to it instead.

    Attributes:
        teacher: whose beliefs are used.
        used: how many inputs it was asked to say its beliefs of: a list, because it is counted
            for the result while the generator itself stays as it is.
    """

    teacher: Soft
    used: list[int] = field(default_factory=list)
    name: str = "teacher gradient"
    says: str = (
        f"from an item {STEPS} steps up the teacher's belief in another class, the student's own "
        "answer held; uses the teacher's beliefs, which are more than its answers"
    )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item and class for each proposal; none for a student without gradients."""
        del asked
        rng = ground.streams(self.name, start, many)
        rows = ground.starts[rng.integers(len(ground.starts))]
        own = ground.own.labels[rows]
        goal = (own + 1 + rng.integers(self.teacher.classes - 1)) % self.teacher.classes
        clean = ground.pool[rows]
        at, held = clean.clone(), clean.clone()
        unit = ground.domain.unit.to(clean)
        for _ in range(STEPS):
            up = self._up(at, goal)
            said = ground.answers(at) == ground.own.answers[rows]
            held[said] = at[said]
            lost = (~said).nonzero()[:, 0]
            if len(lost) and ground.student.differentiable:
                up[lost] = -input_gradient(ground.student, at[lost], own[lost])[1]
            up = up * unit  # the slope in counted inputs, where steps have one length
            length = up.flatten(1).norm(dim=1).clamp_min(1e-12).reshape(-1, *[1] * (at.ndim - 1))
            at = ground.domain.project(at + LENGTH * ground.scale * unit * up / length, clean)
        said = ground.answers(at) == ground.own.answers[rows]
        held[said] = at[said]
        return Proposals.plain(held, rows)

    def _up(self, at: Tensor, goal: Tensor) -> Tensor:
        self.used.append(len(at))
        with torch.enable_grad():
            leaf = at.detach().requires_grad_()
            belief = self.teacher.beliefs(leaf).gather(1, goal[:, None].to(leaf.device))
            (gradient,) = torch.autograd.grad(belief.clamp_min(1e-36).log().sum(), leaf)
        return gradient.nan_to_num(0.0, 0.0, 0.0)
