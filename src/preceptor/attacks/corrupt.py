"""Common corruptions at graded severities, through the library of transformations.

After Hendrycks & Dietterich 2019, "Benchmarking neural network robustness to common corruptions
and perturbations". Differences: the corruptions are those of :mod:`preceptor.transforms`, for any
domain, not the paper's fifteen for photographs; severities are equal parts of each one's declared
range; and the mildest that flips the student is what comes back, where the paper averages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.best_of import Change, worst_of_all
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import one_of
from preceptor.transforms import USES, Transform

LEVELS: Final = 5
"""Severities that there are; the last is the end of a transformation's declared range."""

KINDS: Final = ("any", *sorted(use.kind for use in USES if use.corrupts))
"""What there is to choose from."""


@dataclass(frozen=True)
class Corrupt:
    """Blur, contrast, noise and the like, from mild to severe until the student flips.

    Each severity of each kind is tried twice: in both directions if one amount says how an input
    changes, else in two random ones. No gradients. Kinds for images alone are left out of
    ``any`` for other inputs.

    Attributes:
        kind: one transformation of the library, or ``any`` for all of them.
        severity: the severest, 1 to 5.
        milder: whether the severities below are tried first.

    Raises:
        InputError: an option that makes no sense; when called, a kind for images and inputs that
            are none.
    """

    kind: str = "any"
    severity: int = 3
    milder: bool = True

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        one_of(KINDS, "corrupt", kind=self.kind)
        if not 1 <= self.severity <= LEVELS:
            raise InputError(f"corrupt: severity must be 1 to {LEVELS}; got {self.severity}")

    @property
    def name(self) -> str:
        """``corrupt``, kind, severity and every option that is not the default."""
        return name_of(self, f"corrupt {self.kind}", "severity", leave_out=("kind",))

    @property
    def family(self) -> str:
        """``corrupt`` and the kind."""
        return f"corrupt-{self.kind}"

    @property
    def size(self) -> float:
        """``severity``."""
        return float(self.severity)

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        return worst_of_all(student, inputs, list(self._changes(domain)), domain, rng)

    def _changes(self, domain: Domain) -> Iterator[Change]:
        transforms = [use.usual for use in USES if use.corrupts and self.kind in ("any", use.kind)]
        if self.kind == "any" and not domain.is_image:
            transforms = [t for t in transforms if not t.images_only]
        for level in range(1 if self.milder else self.severity, self.severity + 1):
            for transform in transforms:
                for sign in (1.0, -1.0):
                    yield _Changed(transform, sign * level / LEVELS, domain)


@dataclass(frozen=True, eq=False)
class _Changed:
    transform: Transform
    amount: float
    domain: Domain

    def __call__(self, clean: Tensor, rng: ItemRng) -> Tensor:
        amounts = torch.full((len(clean), self.transform.dims), self.amount)
        if self.transform.dims > 1:
            amounts = amounts * (2.0 * rng.integers(2, (self.transform.dims,)) - 1.0)
        return self.transform(clean, amounts.to(clean), domain=self.domain, rng=rng)
