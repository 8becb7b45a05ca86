"""Gradient ascent within a bound on structural similarity (SSIM): images that look alike by that measure.

Wang et al. 2004 define the similarity. Gragnaniello et al. 2021, "Perceptual quality-preserving black-box
attack", section III, follow its gradient to keep quality high; here the bound is hard, and the gradient of
the similarity is what is taken out of the student's. Every image that is returned was measured.
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.bounded_climb import Effort, check_images, search
from preceptor.attacks.likeness import Likeness
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least, positive


@dataclass(frozen=True)
class Structural:
    """Gradient steps among the images whose structural similarity to the clean one is ``1 - eps`` or more.

    The similarity is that of :func:`preceptor.distances.compare`, with the least value of the domain as
    black and its whole range as the span.

    Attributes:
        eps: the greatest loss of similarity; below 2, at which it bounds nothing.
        steps: gradients of one run at most.
        step: length of the first step, as a share of what ``eps`` allows to second order.
        restarts: runs; the first from the clean input, later ones from random points.

    Raises:
        InputError: an option that makes no sense; when called, inputs that are no images of at least 3 x 3
            pixels or a student without gradients.
    """

    eps: float
    steps: int = 60
    step: float = 1.0
    restarts: int = 1

    family: ClassVar[str] = "ssim"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive("ssim", eps=self.eps, step=self.step)
        if self.eps >= 2:
            raise InputError(f"ssim: eps must be below 2, as SSIM is -1 at least; got {self.eps}")
        at_least(1, "ssim", steps=self.steps, restarts=self.restarts)

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
        check_images(student, domain, self.name, least=3)
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        clean = inputs.detach().clone()
        if len(clean) == 0:
            return clean
        effort = Effort(self.steps, self.step, self.restarts)
        return search(student, clean, Likeness.around(clean, self.eps, domain), effort, rng)
