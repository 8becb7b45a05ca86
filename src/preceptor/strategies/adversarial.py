"""Adversarial queries: attack the student, and ask the teacher what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from preceptor.core import AnyAttack, AnyTeacher, InputError, Inputs, ItemRng, Pupil
from preceptor.core.domains import AnyDomain, project
from preceptor.core.inputs import join
from preceptor.lessons import Lesson
from preceptor.strategies.pool_questions import ask, check_pool
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class AdversarialQueries:
    """Questions at inputs that attacks have moved; certain and uncertain answers both teach.

    Attributes:
        inputs: ``Float[items, *shape]`` or texts, from which attacks start; drawn at random in every round.
        domain: of the inputs.
        attacks: each gets an equal share of the questions; none meets the teacher.
        teacher: whom to ask.
        doubt: weight of uncertain answers in the loss: the student should be unsure there.

    Raises:
        InputError: no inputs, or no attacks.
    """

    inputs: Inputs
    domain: AnyDomain
    attacks: tuple[AnyAttack, ...]
    teacher: AnyTeacher
    doubt: float = 0.1

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        check_pool(self.inputs, "adversarial queries")
        if not self.attacks:
            raise InputError("adversarial queries need at least one attack")

    @property
    def name(self) -> str:
        """With the attacks."""
        return "adversarial queries " + ", ".join(attack.name for attack in self.attacks)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        start = self.inputs[torch.from_numpy(rng.integers(len(self.inputs), size=n))]
        seed = int(rng.integers(2**62))
        moved = []
        for place, attack in enumerate(self.attacks):
            clean = start[place :: len(self.attacks)].to(student.device)
            if len(clean) == 0:
                continue
            streams = ItemRng.named(seed, attack.name, [str(i) for i in range(len(clean))])
            ends = attack(student, clean, domain=self.domain, rng=streams)
            moved.append(project(self.domain, ends, clean).detach().cpu())
        return ask(self.teacher, join(moved), doubt=self.doubt)
