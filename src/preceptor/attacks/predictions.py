"""What the student says, how sure it is, and which way its logits move with its inputs."""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, AnyStudent, InputError, Inputs, Student, Texts
from preceptor.core.inputs import portions
from preceptor.core.passes import within

DECLINED: Final = 1e30
"""The doubt of a student that abstains: above every log-odds, below another label."""

CHUNKS: Final = {"cpu": 256}
"""Items that the student gets at once at most, by kind of device; elsewhere 1,024. On a processor
with other work a gradient step on 1,000 small images is a twelfth faster in four parts than in one,
and a tenth faster than in eight.
"""

TOGETHER: Final = {"cpu": 64}
"""Rows below which several runs of the same items share a batch, by kind of device; elsewhere
1,024. On a processor a gradient step costs .95 ms for one small image, 1.6 for 8, 6.8 for 64 and
22 for 256.
"""


@dataclass(frozen=True, eq=False)
class CleanPrediction:
    """The student's own answers at the clean inputs.

    Attributes:
        answers: ``Int64[batch]``, as ``student.decide`` gives them.
        labels: ``Int64[batch]``, the greatest logit, which exists also where it abstains.
    """

    answers: Int64[Tensor, " batch"]
    labels: Int64[Tensor, " batch"]

    @classmethod
    def of(cls, student: AnyStudent, inputs: Inputs) -> "CleanPrediction":
        """Ask the student."""
        logits = logits_of(student, inputs)
        return cls(student.decide(logits), logits.argmax(1))

    def take(self, rows: Int64[Tensor, " rows"]) -> "CleanPrediction":
        """Those of some items."""
        return CleanPrediction(self.answers[rows], self.labels[rows])


def logits_of(student: AnyStudent, inputs: Inputs) -> Float[Tensor, "batch classes"]:
    """Logits without a graph, on the device of ``inputs``."""
    with torch.no_grad():
        chunks = (
            portions(inputs, within(CHUNKS["cpu"])) or [inputs]
            if isinstance(inputs, Texts)
            else _chunks(student, inputs)
        )
        parts = [student(part.to(student.device)) for part in chunks]
    return torch.cat(parts).to(inputs.device)


def odds(logits: Float[Tensor, "batch classes"], labels: Int64[Tensor, " batch"]) -> Tensor:
    """The log-odds against the labels, ``Float[batch]``: log((1 - p) / p)."""
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return others.logsumexp(1) - logits.gather(1, labels[:, None])[:, 0]


def doubt(
    student: AnyStudent, logits: Float[Tensor, "batch classes"], own: CleanPrediction
) -> Float[Tensor, " batch"]:
    """How far the student is from its own answer: the higher, the better a flip.

    Infinite where it gives another label or is broken, ``DECLINED`` where it newly abstains (a
    flip, but no error, so the search for another label goes on), else the log-odds against its
    own answer.
    """
    answers = student.decide(logits)
    declined = torch.where(answers == ABSTAINED, DECLINED, float("inf")).to(logits)
    return torch.where(answers == own.answers, odds(logits, own.labels), declined)


def holds(
    student: AnyStudent, logits: Float[Tensor, "batch classes"], own: CleanPrediction
) -> Bool[Tensor, " batch"]:
    """True where the student still gives its own answer, with a hair's margin.

    The margin (1e-5 of the greatest logit) is there because the same input gets slightly other
    logits in another batch. No margin is asked where the answer is no label.
    """
    top = logits.topk(min(2, logits.shape[1]), 1).values
    clear = (top[:, 0] - top[:, -1]) > 1e-5 * logits.abs().amax(1)
    return (student.decide(logits) == own.answers) & (clear | (own.answers < 0))


def input_gradient(
    student: Student, inputs: Float[Tensor, "batch *shape"], labels: Int64[Tensor, " batch"]
) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch *shape"]]:
    """Logits, and the gradient of the log-odds against ``labels`` by the inputs.

    It is the gradient of the cross-entropy divided by 1 - p, item by item: the same direction,
    but it does not vanish where p rounds to 1. What is not finite in it becomes 0. No gradient
    reaches the student's parameters.

    Raises:
        InputError: the student's logits carry no gradient.
    """
    return ascend(student, inputs, Loss("odds", labels))


Aim = Literal["odds", "margin"]


@dataclass(frozen=True, eq=False)
class Loss:
    """What gradient steps climb, as a function of the logits.

    Attributes:
        aim: ``odds``, the log-odds against the labels; or ``margin``, the greatest logit of
            another class minus the label's, which needs no third class (DLR, the margin of Croce
            & Hein 2020, divides by the distance to the third greatest logit).
        labels: ``Int64[batch]``, what the student is to move away from.
        targets: ``Int64[batch]``, the other class of the margin; ``None`` for the greatest.
    """

    aim: Aim
    labels: Int64[Tensor, " batch"]
    targets: Int64[Tensor, " batch"] | None = None

    def take(self, rows: Int64[Tensor, " rows"]) -> "Loss":
        """Those of some items."""
        targets = None if self.targets is None else self.targets[rows]
        return Loss(self.aim, self.labels[rows], targets)

    def value(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
        """The higher, the nearer another answer."""
        if self.aim == "odds":
            return odds(logits, self.labels)
        other = self._other(logits)
        both = logits.gather(1, torch.stack([other, self.labels], 1))
        return both[:, 0] - both[:, 1]

    def pull(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
        """The gradient of the value by the logits."""
        own = self.labels[:, None]
        if self.aim == "odds":
            pull = logits.scatter(1, own, float("-inf")).softmax(1)
        else:
            pull = torch.zeros_like(logits).scatter_(1, self._other(logits)[:, None], 1.0)
        return pull.scatter_(1, own, -1.0)

    def _other(self, logits: Tensor) -> Tensor:
        if self.targets is not None:
            return self.targets
        return logits.scatter(1, self.labels[:, None], float("-inf")).argmax(1)


def ascend(
    student: Student, inputs: Float[Tensor, "batch *shape"], loss: Loss
) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch *shape"]]:
    """Logits, and the gradient of the loss by the inputs; 0 where it is not finite.

    No gradient reaches the student's parameters.

    Raises:
        InputError: the student's logits carry no gradient.
    """
    rows = torch.arange(len(inputs), device=inputs.device)
    parts = zip(_chunks(student, inputs), _chunks(student, rows), strict=True)
    found = [_ascend(student, part, loss.take(of)) for part, of in parts]
    logits, gradients = zip(*found, strict=True)
    return torch.cat(logits), torch.cat(gradients).nan_to_num_(0.0, 0.0, 0.0)


def _ascend(student: Student, inputs: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        leaf = inputs.detach().requires_grad_()
        logits = student(leaf.to(student.device)).to(inputs.device)
    if not logits.requires_grad:
        raise no_gradient(student)
    said = logits.detach()
    (gradient,) = torch.autograd.grad(logits, leaf, loss.pull(said), materialize_grads=True)
    return said, gradient


def _chunks(student: Student, rows: Tensor) -> tuple[Tensor, ...]:
    """Parts of nearly one length: a short last one costs more than its share."""
    most = within(CHUNKS.get(student.device.type, 1024))
    return torch.tensor_split(rows, max(1, -(-len(rows) // most)))


def together(student: Student) -> int:
    """Rows that are worth filling a batch up to."""
    return within(TOGETHER.get(student.device.type, 1024))


def need_gradients(student: Student, attack: str) -> None:
    """Check that the student has gradients at all.

    Raises:
        InputError: it has none; names the attacks that do without.
    """
    if not student.differentiable:
        from preceptor.attacks.attack_catalogue import gradient_free  # which imports the attacks

        raise InputError(
            f"{attack} needs gradients, and student {student.name!r} gives none. "
            f"Without gradients work: {', '.join(gradient_free())}."
        )


def no_gradient(student: Student) -> InputError:
    """What to raise where a student claims gradients and its logits carry none."""
    return InputError(
        f"student {student.name!r} says that it is differentiable, but its logits carry no "
        "gradient. Remove torch.no_grad, detach or numpy from its forward pass, or declare "
        "differentiable=False."
    )
