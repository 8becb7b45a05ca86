"""Several attacks as one: each attacks only what the ones before it left.

One moved input for each item, so one question to the teacher, however many attacks took part. The
order and the skipping of finished items are after AutoAttack (Croce & Hein 2020), section 6;
differences: the members; that a member can be kept from items that are far from a flip; and that an
item no member flipped comes back where the student's doubt was greatest, not clean.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.apgd import APGD
from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import Norm
from preceptor.attacks.boundary import Boundary
from preceptor.attacks.change_cells import Cells
from preceptor.attacks.predictions import CleanPrediction, doubt, logits_of, need_gradients
from preceptor.attacks.square import Square
from preceptor.core import Attack, Domain, Goal, InputError, ItemRng, Student, TableDomain
from preceptor.core.checks import one_of, positive

Effort = Literal["quick", "full"]

REACHES: Final = (None, 0.5, 0.15, 0.06, 0.02, None)
"""How far from a flip an item may be that each member of the full l_inf suite gets."""


@dataclass(frozen=True)
class Cascade:
    """Flip attacks in a row; each gets the items that still have the student's own answer.

    Attributes:
        attacks: at least one, the cheapest first.
        title: what the record calls it; also its family.
        size: for curves; ``None`` if the members have no one size.
        reaches: for each attack, how far from a flip an item may be that it gets; ``None`` for any
            distance, and for all if left out. The distance is what is left of the student's
            log-odds to nought, as a share of what the attacks before have gained.

    Raises:
        InputError: no attack, one that is no flip attack, or another number of reaches.
    """

    attacks: tuple[Attack, ...]
    title: str = "cascade"
    size: float | None = None
    reaches: tuple[float | None, ...] = ()

    goal: ClassVar[Goal] = "flip"

    def __post_init__(self) -> None:
        if not self.attacks:
            raise InputError("cascade: no attacks given; give at least one")
        for attack in self.attacks:
            if attack.goal != "flip":
                raise InputError(
                    f"cascade: {attack.name} has the goal {attack.goal!r}; only flip attacks can "
                    "leave items to each other. Give the others to the audit beside it."
                )
        if self.reaches and len(self.reaches) != len(self.attacks):
            raise InputError(
                f"cascade: {len(self.attacks)} attacks and {len(self.reaches)} reaches; give one "
                "for each, or none"
            )

    @property
    def name(self) -> str:
        """The title and the members' names."""
        return f"{self.title} ({', '.join(attack.name for attack in self.attacks)})"

    @property
    def family(self) -> str:
        """The title."""
        return self.title

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        clean = inputs.detach().clone()
        moved = clean.clone()
        if len(clean) == 0:
            return moved
        own = CleanPrediction.of(student, clean)
        start = doubt(student, logits_of(student, clean), own)
        best = torch.full((len(clean),), -torch.inf, device=clean.device)
        reaches = self.reaches or (None,) * len(self.attacks)
        for attack, reach in zip(self.attacks, reaches, strict=True):
            chosen = ~best.isposinf()
            if reach is not None:
                chosen &= -best <= reach * (best - start.to(best))
            rows = chosen.nonzero()[:, 0]
            if len(rows) == 0:
                continue
            here = clean[rows]
            ends = attack(student, here.clone(), domain=domain, rng=rng.take(rows))
            ends = domain.project(ends.detach(), here)
            doubts = doubt(student, logits_of(student, ends), own.take(rows)).to(best)
            better = doubts > best[rows]
            moved[rows[better]], best[rows[better]] = ends[better], doubts[better]
        return moved


@dataclass(frozen=True)
class Standard:
    """The suite to trust when no attack is named: strong, and one question for each item.

    With gradients, for ``linf``: APGD on the log-odds from three random points of a larger ball;
    then towards other classes, the more of them and the longer the nearer an item is to a flip
    (``REACHES``), since items that are far from one did not flip however often they were tried;
    for the nearest many runs towards the likeliest classes, since one in four may be lucky; and for all that are left a random search that needs no gradient, which finds what useless
    gradients hide. For ``l2`` and ``l1``: APGD on the log-odds from five random points, then at
    the three likeliest other classes from three points each. Without gradients: the random search
    alone, on scores, for ``linf``; a walk along the decision boundary, on answers alone, for
    ``l2``. In a table with words, or of a student without gradients, up to two cells besides: a
    number by up to ``eps``, a word to any other.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        norm: ``linf``, ``l2`` or ``l1``.
        effort: ``full``; or ``quick``, one run of APGD, or a tenth of the queries.

    Raises:
        InputError: an option that makes no sense; when called, norm ``l1`` and a student without
            gradients.
    """

    eps: float
    norm: Norm = "linf"
    effort: Effort = "full"

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        one_of(get_args(Norm), "standard", norm=self.norm)
        one_of(get_args(Effort), "standard", effort=self.effort)
        positive("standard", eps=self.eps)

    @property
    def name(self) -> str:
        """``standard``, the norm, ``eps`` and every option that is not the default."""
        return name_of(self, f"standard {self.norm}", "eps", leave_out=("norm",))

    @property
    def family(self) -> str:
        """The norm, then ``standard``."""
        return f"{self.norm}-standard"

    @property
    def size(self) -> float:
        """``eps``."""
        return self.eps

    def members(self, student: Student, domain: Domain | None = None) -> Cascade:
        """What it consists of for this student, and in a table for these columns."""
        found = _with_gradients if student.differentiable else _without_gradients
        attacks = found(self, student)
        reaches: tuple[float | None, ...] = REACHES if len(attacks) == len(REACHES) else ()
        if isinstance(domain, TableDomain) and (
            bool(domain.still.any()) or not student.differentiable
        ):
            queries = 500 if self.effort == "full" else 100
            attacks = (*attacks, Cells(2, self.eps, queries))
            reaches = (*reaches, None) if reaches else ()
        return Cascade(attacks, self.family, self.eps, reaches)

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        return self.members(student, domain)(student, inputs, domain=domain, rng=rng)


def _with_gradients(suite: Standard, student: Student) -> tuple[Attack, ...]:
    del student  # all such students get the same
    steps = 2 if suite.norm == "l1" else 1  # sparse steps go slower
    if suite.effort == "quick":
        return (APGD(suite.eps, suite.norm, steps=40 * steps),)
    if suite.norm == "linf":
        return (
            APGD(suite.eps, steps=40, restarts=3, wide=1.5),
            APGD(suite.eps, targets=3, steps=60, wide=2.0),
            APGD(suite.eps, targets=9, steps=60, wide=1.5),
            APGD(suite.eps, targets=9, steps=100),
            APGD(suite.eps, targets=3, steps=100, restarts=8, wide=2.0),
            Square(suite.eps, queries=100),
        )
    return (
        APGD(suite.eps, suite.norm, steps=40 * steps, restarts=5),
        APGD(suite.eps, suite.norm, targets=3, steps=60 * steps, restarts=3),
    )


def _without_gradients(suite: Standard, student: Student) -> tuple[Attack, ...]:
    queries = 2000 if suite.effort == "full" else 200
    if suite.norm == "linf":
        return (Square(suite.eps, queries=queries),)
    if suite.norm == "l2":
        return (Boundary(suite.eps, queries=queries),)
    need_gradients(student, suite.name)
    return ()
