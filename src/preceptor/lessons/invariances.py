"""Declared invariances: changes that leave the teacher's answer as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, Domain, InputError, ItemRng, Trainable
from preceptor.core.checks import positive
from preceptor.lessons.declared import Permute, declaration_bits
from preceptor.lessons.losses import alike, divergence, draw, nothing, right
from preceptor.lessons.price import Price
from preceptor.transforms import Patch, Resample, Swap, Tolerance, Transform

Hold = Literal["label", "answer"]
"""To what the student is held where an input was changed: the label, or what it says itself."""

Search = Literal["random", "worst"]
"""Which changes within the declared range: drawn at random, or the worst that can be found."""


Radius = Literal["whole", "any"]
"""How far a tolerance is searched: as far as it goes, or as far as is drawn for each input."""


REGIONS: Final = (Patch, Resample, Swap, Permute)
"""Transformations that put one thing in the place of another."""


@dataclass(frozen=True, eq=False)
class Invariances:
    """Transformations, within their ranges, that do not change what the teacher says.

    Each is done to a ``share`` of the inputs, by amounts of its own, and so several of them to most;
    regions are replaced in all. Were all of them done to all inputs, a changed input could be told
    from one that is as it was, and the student could obey there and do as it likes elsewhere. Two
    choices make the four usual forms:

    - label, random: augmentation.
    - answer, random: consistency, the KL divergence of the student's beliefs before and after.
    - label, worst: adversarial training inside the declared set. Of ``tries`` random changes the
      worst is taken; a :class:`preceptor.transforms.Tolerance` is then searched by ``steps`` of
      projected gradient ascent around it, as in Madry et al. (2018), as far as it goes; with
      ``radius="any"`` within a radius that is drawn for each input, uniformly up to that. Training
      on the whole of a large ball from the start, with other changes beside it, can end at students
      that give up on classes; Ding et al. (2020) vary the radius by item for the same reason.
    - answer, worst: with a tolerance alone the second term of TRADES (Zhang et al. 2019, equation
      3), whose ``beta`` is ``weight``.

    Price: one item a declaration, and its code length in the committed library, or in full what is no
    member of it (:func:`preceptor.lessons.declaration_bits`). ``assumed`` ones cost nothing and say
    so: nobody was asked.

    Attributes:
        inputs: ``Float[examples, *shape]``, where the student has to obey.
        domain: of the inputs.
        transforms: what is declared.
        labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out. Needed to hold
            the student to them.
        hold: to what the student is held.
        search: which changes.
        assumed: whether the student guessed them rather than was told.
        share: of the inputs to which each transformation is done, above 0 and at most 1.
        tries: random changes of which the worst is taken.
        steps: of the search within a tolerance.
        radius: of that search.
        cost: of all declarations, in the teacher's unit.
        weight: of the loss.
        batch: inputs in one step.

    Raises:
        InputError: nothing declared, or labels that are needed and missing.
    """

    inputs: Float[Tensor, "examples *shape"]
    domain: Domain
    transforms: tuple[Transform, ...]
    labels: Int64[Tensor, " examples"] | None = None
    hold: Hold = "label"
    search: Search = "random"
    assumed: bool = False
    share: float = 0.7
    tries: int = 3
    steps: int = 5
    radius: Radius = "whole"
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 128

    kind: ClassVar[str] = "invariances"

    def __post_init__(self) -> None:
        if not self.transforms:
            raise InputError("a lesson of invariances needs at least one transformation")
        if self.hold == "label" and self.labels is None:
            raise InputError(
                "to hold the student to labels a lesson of invariances needs them; give labels, or "
                "hold='answer'"
            )
        if not 0 < self.share <= 1:
            raise InputError(f"invariances: share is above 0 and at most 1; got {self.share}")
        if self.radius not in get_args(Radius):
            raise InputError(
                f"invariances: radius is {' or '.join(get_args(Radius))}; got {self.radius!r}"
            )
        positive(
            self.kind, weight=self.weight, tries=self.tries, steps=self.steps, batch=self.batch
        )

    @property
    def price(self) -> Price:
        """See the class."""
        if self.assumed:
            return Price()
        bits = sum(declaration_bits(one, self.domain) for one in self.transforms)
        return Price(len(self.transforms), bits, self.cost)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        useful = torch.arange(len(self.inputs))
        if self.hold == "label" and self.labels is not None:
            useful = (self.labels != UNCERTAIN).nonzero()[:, 0]
        if len(useful) == 0:
            return nothing(student)
        rows = useful[draw(len(useful), self.batch, rng)]
        here = self.inputs[rows].to(student.device)
        labels = None
        if self.hold == "label" and self.labels is not None:
            labels = self.labels[rows].to(student.device)
        there = self._moved(student, here, labels, rng)
        if labels is not None:
            return self.weight * right(student(there), labels)
        return self.weight * alike(student(here), student(there))

    def _moved(
        self, student: Trainable, here: Tensor, labels: Tensor | None, rng: np.random.Generator
    ) -> Tensor:
        if self.search == "random":
            return changed(here, self.transforms, self.domain, rng, self._share(self.transforms))
        free = [one for one in self.transforms if not isinstance(one, Tolerance)]
        eps = sum(one.eps for one in self.transforms if isinstance(one, Tolerance))
        there = self._worst_try(student, here, labels, free, rng) if free else here
        return self._climb(student, here, there, labels, eps, rng) if eps else there

    def _share(self, transforms: Sequence[Transform]) -> float:
        """What is declared alone is done to all: there is nothing to leave it out for."""
        return self.share if len(transforms) > 1 else 1.0

    def _worst_try(
        self,
        student: Trainable,
        here: Tensor,
        labels: Tensor | None,
        transforms: list[Transform],
        rng: np.random.Generator,
    ) -> Tensor:
        with torch.no_grad():
            own = student(here)
            there, worst = here, torch.full((len(here),), -torch.inf, device=here.device)
            for _ in range(self.tries):
                moved = changed(here, transforms, self.domain, rng, self._share(transforms))
                loss = _each(student(moved), own, labels)
                better = loss > worst
                there = torch.where(better.reshape(-1, *[1] * (here.ndim - 1)), moved, there)
                worst = torch.where(better, loss, worst)
        return there

    def _climb(
        self,
        student: Trainable,
        here: Tensor,
        centre: Tensor,
        labels: Tensor | None,
        eps: float,
        rng: np.random.Generator,
    ) -> Tensor:
        """Projected gradient ascent within ``eps`` times the domain's range of each centre."""
        low, high = (bound.to(here) for bound in self.domain.bounds())
        reach = eps * (high - low)
        if self.radius == "any":
            part = torch.from_numpy(rng.random(len(here), dtype=np.float32)).to(here)
            reach = reach * part.reshape(-1, *[1] * (here.ndim - 1))
        start = torch.from_numpy(rng.random(tuple(here.shape), dtype=np.float32)).to(here)
        at = self.domain.project(centre + reach * (2 * start - 1), centre)
        with torch.no_grad():
            own = student(here)
        for _ in range(self.steps):
            at = at.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(_each(student(at), own, labels).sum(), at)
            step = 1.5 * reach / self.steps * gradient.sign()
            near = torch.clamp(at.detach() + step, centre - reach, centre + reach)
            at = self.domain.project(near, centre)
        return at.detach()


def changed(
    inputs: Float[Tensor, "batch *shape"],
    transforms: tuple[Transform, ...] | list[Transform],
    domain: Domain,
    rng: np.random.Generator,
    share: float = 1.0,
) -> Float[Tensor, "batch *shape"]:
    """Inputs under the transformations, in their order, by amounts uniform in their whole range.

    Regions come last and whole: what stands in one is replaced by what stands there in another
    input, to which nothing was done. Were they first, what is put there would be turned and shifted
    with the rest, some of it out of the region, and could be told from what stands there otherwise.

    Args:
        inputs: valid inputs.
        transforms: what to do.
        domain: of the inputs.
        rng: of the amounts, and of which inputs are left alone.
        share: of the inputs to which each transformation is done, regions excepted; others keep
            what the ones before made of them.
    """
    shared = ItemRng([rng] * len(inputs))  # one stream for the batch: it draws in order
    moved = inputs
    for transform in sorted(transforms, key=lambda one: isinstance(one, REGIONS)):
        amounts = rng.uniform(-1.0, 1.0, (len(inputs), transform.dims)).astype(np.float32)
        if isinstance(transform, Swap):
            whole = torch.ones(len(inputs), transform.dims)
            moved = transform.between(moved, inputs, whole, domain=domain, rng=shared)
            continue
        if isinstance(transform, REGIONS):
            amounts = np.ones_like(amounts)
        there = transform(moved, torch.from_numpy(amounts), domain=domain, rng=shared)
        if share < 1 and not isinstance(transform, REGIONS):
            done = torch.from_numpy(rng.random(len(inputs)) < share).to(inputs.device)
            there = torch.where(done.reshape(-1, *[1] * (inputs.ndim - 1)), there, moved)
        moved = there
    return moved


def _each(logits: Tensor, own: Tensor, labels: Tensor | None) -> Tensor:
    """The loss of each item, ``Float[batch]``."""
    if labels is not None:
        return F.cross_entropy(logits, labels, reduction="none")
    return divergence(own, logits)
