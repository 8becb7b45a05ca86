"""AutoAttack, as an attack of this project.

Croce & Hein 2020, in the package pyautoattack 0.2.0.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from jaxtyping import Float
from torch import Tensor, nn

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import NormBall
from preceptor.attacks.borrowed import lend
from preceptor.attacks.predictions import need_gradients
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import one_of, positive

MEMBERS: Final = ("apgd-ce", "apgd-dlr", "apgd-t", "fab", "fab-t", "square")
STANDARD: Final = ("apgd-ce", "apgd-t", "fab-t", "square")

LEAST: Final = {"apgd-dlr": 3, "apgd-t": 4}
"""Classes below which a member's loss does not exist: it divides by the third or fourth logit."""


@dataclass(frozen=True)
class AutoAttack:
    """AutoAttack against the student's own answers.

    The student is asked only about valid inputs, so fixed and whole features hold. An item that
    it could not flip comes back clean. One item at a time, each with its own seed, which makes a
    result independent of the batch; slow, since nothing is computed side by side.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        norm: ``linf`` or ``l2``.
        attacks: ``standard``, which is apgd-ce, apgd-t, fab-t and square as its authors set them;
            or some of apgd-ce, apgd-dlr, apgd-t, fab, fab-t and square, joined by ``+``. Targeted
            members take nine targets, or all there are.
        alone: false to attack all items of a batch at once: several times as fast, but what an
            item becomes then depends on the batch that it is in, which breaks "same seed, same
            record" for other batch sizes; and no fixed or whole features.

    Raises:
        InputError: pyautoattack is missing, or an option makes no sense. When called: no
            gradients, fewer classes than a member needs, or ``square`` for inputs that are no
            images.
    """

    eps: float
    norm: Literal["linf", "l2"] = "linf"
    attacks: str = "standard"
    alone: bool = True

    family: ClassVar[str] = "autoattack"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        one_of(("linf", "l2"), "autoattack", norm=self.norm)
        positive("autoattack", eps=self.eps)
        for member in self.members:
            if member not in MEMBERS:
                raise InputError(
                    f"autoattack: attacks must be standard, or some of {', '.join(MEMBERS)} joined "
                    f"by +; got {self.attacks!r}"
                )
        _library()

    @property
    def members(self) -> tuple[str, ...]:
        """The attacks that it consists of, in their order."""
        return STANDARD if self.attacks == "standard" else tuple(self.attacks.split("+"))

    @property
    def name(self) -> str:
        """Family, norm, size and every option that is not the default."""
        return name_of(self, f"autoattack {self.norm}", "eps", leave_out=("norm",))

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
        library = _library()
        self._check(student, domain)
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        shape = domain.shape if domain.is_image else (1, 1, inputs[0:1].numel())

        def run(network: nn.Module, clean: Tensor, own: Tensor) -> Tensor:
            suite = library.AutoAttack(
                _Shaped(network, clean.shape[1:]).eval(),
                norm={"linf": "Linf", "l2": "L2"}[self.norm],
                eps=self.eps / domain.width,
                seed=int(own.new_empty(()).random_(2**31 - 1)),
                device=clean.device,
            )
            suite.attacks_to_run, suite.version = list(self.members), "custom"
            targets = min(9, student.classes - 1)
            suite.apgd_targeted.n_target_classes = suite.fab.n_target_classes = targets
            with _aside():
                moved: Tensor = suite.run_standard_evaluation(
                    clean.reshape(-1, *shape), own, batch_size=max(250, len(clean))
                )[0]
            return moved.reshape(clean.shape)

        moved = lend(
            run, student, inputs, domain=domain, rng=rng, alone=self.alone, attack=self.name
        )
        if len(moved) == 0:
            return moved
        ball = NormBall.around(inputs.detach(), self.eps, self.norm, domain)
        return ball.settle(ball.project(moved))

    def _check(self, student: Student, domain: Domain) -> None:
        if self.members != ("square",):
            need_gradients(student, self.name)
        for member in self.members:
            if student.classes < LEAST.get(member, 2):
                raise InputError(
                    f"autoattack: {member} needs at least {LEAST[member]} classes, and "
                    f"{student.name!r} has {student.classes}; write attacks=apgd-ce, or use the "
                    "attack standard, which works from two classes up"
                )
            if member == "square" and not domain.is_image:
                raise InputError(
                    f"autoattack: square needs images (channels, height, width), and inputs have "
                    f"shape {domain.shape}; write attacks=apgd-ce+apgd-t+fab-t, or use the attack "
                    "square"
                )


class _Shaped(nn.Module):
    """A network that is handed images and sees inputs of the shape that it knows."""

    def __init__(self, network: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.network = network
        self.shape = tuple(shape)

    def forward(self, images: Tensor) -> Tensor:
        """``Float[batch, classes]``."""
        logits: Tensor = self.network(images.reshape(-1, *self.shape))
        return logits


def _library() -> Any:
    try:
        from pyautoattack import autoattack
    except ImportError as error:
        raise InputError(
            "this attack needs pyautoattack: pip install --no-deps pyautoattack==0.2.0"
        ) from error
    return autoattack


@contextmanager
def _aside() -> Iterator[None]:
    """Its checks reset the trace function and log a line for nearly every single item."""
    trace, log = sys.gettrace(), logging.getLogger("auto-attack")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
        sys.settrace(trace)
