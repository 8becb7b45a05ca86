"""The attacks of foolbox, as attacks of this project.

Rauber et al. 2020, "Foolbox Native". Each is made as its constructor makes it without arguments.
"""

import inspect
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import Norm, NormBall
from preceptor.attacks.borrowed import lend
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import positive
from preceptor.core.extras import install

NORMS: Final[dict[float, Norm]] = {1: "l1", 2: "l2", float("inf"): "linf"}


@dataclass(frozen=True)
class Foolbox:
    """One attack of ``foolbox.attacks``, told the student's own answers as labels.

    The student is asked only about valid inputs, so fixed and whole features hold. One item at a
    time, each with its own seed, which makes a result independent of the batch; slow, since
    nothing is computed side by side.

    Attributes:
        attack: the name of a class that can be made without arguments and has one l_p distance,
            such as ``LinfDeepFoolAttack``.
        eps: the radius in the attack's own norm, as a size of the domain
            (:attr:`preceptor.core.Domain.scale`); needed by attacks of a fixed size. Attacks that look for the nearest flip may do without: then it is as far as it
            is. l_0 attacks take none.
        alone: false to attack all items of a batch at once: several times as fast, but what an
            item becomes then depends on the batch that it is in, which breaks "same seed, same
            record" for other batch sizes; and no fixed or whole features.

    Raises:
        InputError: foolbox is missing; there is no such attack, or it cannot be used like this;
            ``eps`` is missing or superfluous. When called: gradients are needed and there are
            none, or foolbox itself refuses.
    """

    attack: str
    eps: float | None = None
    alone: bool = True

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False  # some do, and say so when called

    def __post_init__(self) -> None:
        if self.eps is not None:
            positive("foolbox", eps=self.eps)
        library = _library()
        made = _make(library, self.attack)
        fixed = isinstance(made, library.attacks.base.FixedEpsilonAttack)
        if fixed and self.eps is None:
            raise InputError(
                f"foolbox: {self.attack} works at a fixed size; write "
                f"foolbox:attack={self.attack},eps=0.1"
            )
        if self.eps is not None and made.distance.p == 0:
            raise InputError(f"foolbox: {self.attack} counts coordinates; leave eps out")

    @property
    def name(self) -> str:
        """``foolbox``, the attack, ``eps`` and every option that is not the default."""
        return name_of(self, f"foolbox {self.attack}", leave_out=("attack",))

    @property
    def family(self) -> str:
        """``foolbox`` and the attack."""
        return f"foolbox-{self.attack}"

    @property
    def size(self) -> float | None:
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
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        library = _library()
        made = _make(library, self.attack)
        scaled = None if self.eps is None else self.eps / domain.width

        def run(network: nn.Module, clean: Tensor, own: Tensor) -> Tensor:
            wrapped = library.PyTorchModel(network, bounds=(0, 1), device=clean.device)
            try:
                moved: Tensor = made(wrapped, clean, own, epsilons=scaled)[1]
            except InputError:
                raise
            except (ValueError, AssertionError, NotImplementedError, IndexError) as error:
                if len(clean) > 1 and "init_attack failed" in str(error):
                    return torch.cat([run(network, *one) for one in _each(clean, own)])
                if "init_attack failed" in str(error):  # no flip to start from: the item stays
                    return clean
                raise InputError(
                    f"foolbox's {self.attack} refuses inputs of shape {tuple(clean.shape[1:])} "
                    f"from {student.name!r}: {error}"
                ) from error
            return moved

        moved = lend(
            run, student, inputs, domain=domain, rng=rng, alone=self.alone, attack=self.name
        )
        if self.eps is None or len(moved) == 0:
            return moved
        ball = NormBall.around(inputs.detach(), self.eps, NORMS[made.distance.p], domain)
        return ball.settle(ball.project(moved))


def _each(clean: Tensor, own: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(torch.split(clean, 1), torch.split(own, 1), strict=True))


def _library() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it uses interfaces that are on their way out
            import foolbox
    except ImportError as error:
        raise InputError(f"this attack needs foolbox: {install('foolbox')}") from error
    return foolbox


def _make(library: ModuleType, name: str) -> Any:
    """The attack of this name, made without arguments."""
    found = getattr(library.attacks, name, None)
    known = _usable(library)
    if found is None or not inspect.isclass(found):
        raise InputError(f"foolbox has no attack {name!r}. Usable are: {', '.join(known)}.")
    if name not in known:
        raise InputError(
            f"foolbox's {name} cannot be used here: it needs arguments, a package that is not "
            f"installed, or has no l_p distance of its own. Usable are: {', '.join(known)}."
        )
    return known[name]


def _usable(library: ModuleType) -> dict[str, Any]:
    """Every attack that can be made without arguments and states its l_p distance."""
    base = library.attacks.base
    found = {}
    for name, kind in inspect.getmembers(library.attacks, inspect.isclass):
        if name in REFUSED or not issubclass(kind, base.AttackWithDistance):
            continue
        try:
            made: Any = kind()
            distance = made.distance
        except (TypeError, ValueError, AttributeError, ImportError):
            continue
        if distance.p in (0, *NORMS):
            found[name] = made
    return found


REFUSED: Final = ("GenAttack",)
"""Has a goal of its own: a class that is named beforehand."""
