"""A model as a teacher: certain where its belief is strong enough."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, Answers, InputError, Inputs, TeacherError, blank
from preceptor.core.inputs import portions
from preceptor.teachers.versions import version_of


@runtime_checkable
class Belief(Protocol):
    """When a model's probabilities are strong enough to be an answer."""

    @property
    def sentence(self) -> str:
        """The end of a sentence that begins with *Certain where*."""
        ...

    def certain(self, beliefs: Float[Tensor, "batch outputs"]) -> Bool[Tensor, " batch"]:
        """True where probabilities are strong enough."""
        ...


def _check_share(what: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise InputError(f"{what}({share}): expected a probability, 0 to 1")


@dataclass(frozen=True)
class Confidence:
    """Certain where the greatest probability is at least ``least``.

    Raises:
        InputError: ``least`` is no probability.
    """

    least: float = 0.9

    def __post_init__(self) -> None:
        _check_share("Confidence", self.least)

    @property
    def sentence(self) -> str:
        return f"the top class has a probability of at least {self.least:g}"

    def certain(self, beliefs: Float[Tensor, "batch outputs"]) -> Bool[Tensor, " batch"]:
        return beliefs.amax(1) >= self.least


@dataclass(frozen=True)
class Margin:
    """Certain where the two greatest probabilities differ by at least ``least``.

    Raises:
        InputError: ``least`` is no probability.
    """

    least: float = 0.5

    def __post_init__(self) -> None:
        _check_share("Margin", self.least)

    @property
    def sentence(self) -> str:
        return f"the top class leads the second by a probability of at least {self.least:g}"

    def certain(self, beliefs: Float[Tensor, "batch outputs"]) -> Bool[Tensor, " batch"]:
        first, second = beliefs.topk(2, dim=1).values.unbind(1)
        return first - second >= self.least


@dataclass(frozen=True)
class LogitMargin:
    """Certain where the greatest logit leads the second by at least ``least``.

    The same as a ratio of at least ``exp(least)`` of the two greatest probabilities. Of all these rules
    it alone is piecewise linear in a network of rectifiers, whatever the number of classes, which
    certificates are glad of.

    Raises:
        InputError: ``least`` is negative, or more than float32 probabilities can tell.
    """

    least: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 80:
            raise InputError(f"{self}: expected a lead of 0 to 80")

    @property
    def sentence(self) -> str:
        return f"the top class leads the second by a logit of at least {self.least:g}"

    def certain(self, beliefs: Float[Tensor, "batch outputs"]) -> Bool[Tensor, " batch"]:
        first, second = beliefs.topk(2, dim=1).values.unbind(1)
        return first.log() - second.log() >= self.least


class Model:
    """A torch module, or any function that gives logits, as a teacher.

    Certain where its softmax probabilities satisfy ``rule`` and the top output is not the
    ``cant_tell`` output. A module is copied and put into evaluation mode: training the original
    further does not change this teacher. The answer to an input whose logits lie within rounding
    of the threshold may depend on the batch; a ledger keeps the first one.

    Args:
        model: ``Float[batch, *shape]``, or texts, to logits ``Float[batch, outputs]``.
        name: who it is.
        classes: labels are ``0 .. classes - 1``.
        version: changes whenever an answer may change; by default a hash of the model (its
            weights, its printed form, the source of its own classes) and of the rule.
        rule: ``Confidence(least)`` or ``Margin(least)``.
        cant_tell: which output stands for *can't tell*, if there is one. The other outputs, in
            order, are the classes, so there are ``classes + 1`` of them in all.
        cost: of one answer.
        device: where the model computes. Answers always lie on the CPU.
        batch: how many inputs the model sees at once.

    Raises:
        InputError: fewer than two classes, or a ``cant_tell`` that is no output.
    """

    def __init__(
        self,
        model: Callable[[Any], Tensor],
        *,
        name: str,
        classes: int,
        version: str | None = None,
        rule: Belief = Confidence(),
        cant_tell: int | None = None,
        cost: float = 0.0,
        device: str | torch.device = "cpu",
        batch: int = 256,
    ) -> None:
        if classes < 2:
            raise InputError(f"teacher {name!r} has {classes} classes; expected at least 2")
        if cant_tell is not None and not 0 <= cant_tell <= classes:
            raise InputError(
                f"teacher {name!r}: cant_tell={cant_tell} is no output of {classes} classes and "
                f"one more; expected 0 .. {classes}"
            )
        if not 0 <= cost < math.inf:
            raise InputError(f"teacher {name!r} costs {cost} an answer; expected a number >= 0")
        if batch < 1:
            raise InputError(f"teacher {name!r}: batch={batch}; expected at least 1")
        self.name = name
        self.classes = classes
        self.version = version if version is not None else version_of(model, rule, cant_tell)
        self.hashed = version is None
        self.rule = rule
        self.cant_tell = cant_tell
        self.cost = cost
        self.device = torch.device(device)
        self.batch = batch
        self.deterministic = True
        self.model = model
        if isinstance(model, nn.Module):
            self.model = copy.deepcopy(model).to(self.device).eval()

    @property
    def certainty(self) -> str:
        """One sentence."""
        end = "" if self.cant_tell is None else ", and is not the output for can't tell"
        return f"Certain where {self.rule.sentence}{end}."

    def outputs(self, inputs: Inputs) -> Float[Tensor, "batch outputs"]:
        """Softmax probabilities on the CPU, ``outputs`` being the classes and can't tell, if any.

        Raises:
            InputError: the model's outputs do not have the right shape.
        """
        with torch.no_grad():
            return self._outputs(inputs.detach())

    def beliefs(self, inputs: Inputs) -> Float[Tensor, "batch classes"]:
        """The probability of each class on the CPU, differentiable in the inputs.

        Can't tell, if the model has an output for it, is no class: what it takes is missing from
        1. The gradients are those of the model; a function that detaches has none.

        Raises:
            InputError: the model's outputs do not have the right shape.
        """
        found = self._outputs(inputs)
        if self.cant_tell is None:
            return found
        return torch.cat([found[:, : self.cant_tell], found[:, self.cant_tell + 1 :]], 1)

    def _outputs(self, inputs: Inputs) -> Tensor:
        outputs = self.classes + (self.cant_tell is not None)
        parts = [torch.empty(0, outputs)]
        for part in portions(inputs, self.batch):
            logits = self.model(part.clone().to(self.device))
            if not isinstance(logits, Tensor) or logits.shape != (len(part), outputs):
                raise InputError(
                    f"teacher {self.name!r} returned {_form(logits)} for {len(part)} inputs; "
                    f"expected logits of shape ({len(part)}, {outputs})"
                )
            parts.append(logits.to("cpu", torch.float32).softmax(1))
        return torch.cat(parts)

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch.

        Raises:
            TeacherError: some logits are not finite; the other answers travel with it.
            InputError: the model's outputs do not have the right shape.
        """
        beliefs = self.outputs(inputs)
        finite = beliefs.isfinite().all(1)
        usable = torch.where(finite[:, None], beliefs, torch.zeros_like(beliefs))
        top = usable.argmax(1)
        certain = self.rule.certain(usable) & finite
        if self.cant_tell is not None:
            certain &= top != self.cant_tell
            top = top - (top > self.cant_tell).long()
        labels = torch.where(certain, top, UNCERTAIN)
        cost = torch.full((len(inputs),), float(self.cost))
        if bool(finite.all()):
            return Answers(labels, cost)
        none = blank(len(inputs))
        raise TeacherError(
            f"teacher {self.name!r} gave logits that are not finite for {int((~finite).sum())} of "
            f"{len(inputs)} inputs; look at its weights and at those inputs",
            Answers(labels, torch.where(finite, cost, none.cost)),
            finite,
            dict.fromkeys((~finite).nonzero()[:, 0].tolist(), "logits are not finite"),
        )

    def computed(self) -> str:
        """The version that a hash gives now; see :func:`preceptor.teachers.check_version`."""
        return version_of(self.model, self.rule, self.cant_tell)

    def __repr__(self) -> str:
        return f"Model({self.name!r}, classes={self.classes}, version={self.version!r})"


def _form(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"
