"""Random noise: the weakest flip attack, and the one that a broken student fails first."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.best_of import worst_of
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least, positive


@dataclass(frozen=True)
class NoiseAttack:
    """Independent noise on every coordinate, the worst of a few draws; words stay what they are.

    Attributes:
        size: the standard deviation (``gaussian``) or the greatest change of a coordinate
            (``uniform``), as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        kind: ``gaussian`` or ``uniform``.
        tries: draws for each item at most.

    Raises:
        InputError: an option that makes no sense.
    """

    size: float
    kind: Literal["gaussian", "uniform"] = "gaussian"
    tries: int = 10

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.kind not in ("gaussian", "uniform"):
            raise InputError(f"noise: kind must be gaussian or uniform; got {self.kind!r}")
        positive("noise", size=self.size)
        at_least(1, "noise", tries=self.tries)

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, "noise", "size")

    @property
    def recorded(self) -> dict[str, Any]:
        """The word for this class in records and attempts, which is older than its name."""
        return {"kind": "Noise"}

    @property
    def family(self) -> str:
        """``noise``, or ``noise-uniform``."""
        return "noise" if self.kind == "gaussian" else f"noise-{self.kind}"

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        still = domain.still

        def change(clean: Tensor, streams: ItemRng) -> Tensor:
            moved = self._change(clean, streams)
            return moved if still is None else torch.where(still.to(clean.device), clean, moved)

        return worst_of(student, inputs, change, self.tries, domain, rng)

    def _change(self, clean: Tensor, rng: ItemRng) -> Tensor:
        shape = clean.shape[1:]
        draws = rng.normal(shape) if self.kind == "gaussian" else rng.uniform(shape, -1.0, 1.0)
        return clean + self.size * draws.to(clean)
