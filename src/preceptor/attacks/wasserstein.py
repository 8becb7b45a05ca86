"""Gradient ascent within a Wasserstein distance: grey may move, and moving it is what costs.

Wong et al. 2019, "Wasserstein adversarial examples via projected Sinkhorn iterations", set the problem;
Levine & Feizi 2020, "Wasserstein smoothing", section 4, say it by flows between neighbours, as here.
Differences: eight neighbours instead of four and straight ways; the bound holds for the exact distance and
not up to an entropy term; images stay in their range with the mass that they had, so that nothing is
clipped or scaled afterwards; away from the student's own answer, not from a label.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.bounded_climb import Effort, check_images, search
from preceptor.attacks.pixel_flows import Flows
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, ItemRng, Student
from preceptor.core.checks import at_least, positive


@dataclass(frozen=True)
class Wasserstein:
    """Gradient steps among the images whose grey lies within ``eps`` pixels of where it was.

    The distance is that of :func:`preceptor.distances.wasserstein`: how far a grain of grey travels on
    average. The mass of each colour stays what it is, so nothing gets lighter or darker as a whole, and a
    black image stays black. (By rounding at the ends of the range the mass of a nearly black image, 1e-5 of the
    range, may drift by up to 1 %; the distance is within ``eps`` all the same.)

    Attributes:
        eps: the greatest Wasserstein-1 distance, in pixels.
        steps: gradients of one run at most.
        step: length of the first step, as a share of what ``eps`` allows to flow.
        restarts: runs; the first from the clean input, later ones from random points.

    Raises:
        InputError: an option that makes no sense; when called, inputs that are no images or a student
            without gradients.
    """

    eps: float
    steps: int = 60
    step: float = 0.1
    restarts: int = 1

    family: ClassVar[str] = "wasserstein"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive("wasserstein", eps=self.eps, step=self.step)
        at_least(1, "wasserstein", steps=self.steps, restarts=self.restarts)

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, self.family, "eps")

    @property
    def size(self) -> float:
        """``eps``."""
        return self.eps

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        check_images(student, domain, self.name)
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        clean = inputs.detach().clone()
        if len(clean) == 0:
            return clean
        flows = Flows.around(clean, self.eps, domain)
        effort = Effort(self.steps, self.step, self.restarts)
        moved = search(student, clean, flows, effort, rng)
        return torch.where(
            flows.budget[:, None, None, None] > 0, domain.project(moved, clean), clean
        )
