"""What the losses of lessons are made of."""

import math

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import (
    UNCERTAIN,
    AnyTrainable,
    InputError,
    LearnsUnseen,
    Student,
    Trainable,
)


def draw(rows: int, batch: int, rng: np.random.Generator) -> Int64[Tensor, " rows"]:
    """``batch`` different rows of ``rows``, or all of them in order where there are no more."""
    if rows <= batch:
        return torch.arange(rows)
    return torch.from_numpy(rng.choice(rows, size=batch, replace=False).astype(np.int64))


def right(
    logits: Float[Tensor, "batch classes"], labels: Int64[Tensor, " batch"]
) -> Float[Tensor, ""]:
    """Mean cross-entropy over the rows that have a label; 0 where none has."""
    labels = labels.to(logits.device)
    certain = labels != UNCERTAIN
    if not bool(certain.any()):
        return logits.sum() * 0.0
    return F.cross_entropy(logits[certain], labels[certain])


def among(
    logits: Float[Tensor, "batch classes"], sets: Bool[Tensor, "batch classes"]
) -> Float[Tensor, ""]:
    """Mean of minus the logarithm of the belief in the acceptable labels together; 0 of no rows.

    Of a set of one it is the cross-entropy; of all labels 0.
    """
    if len(logits) == 0:
        return logits.sum() * 0.0
    inside = logits.masked_fill(~sets, -torch.inf).logsumexp(1)
    return (logits.logsumexp(1) - inside).mean()


def alike(
    logits: Float[Tensor, "batch classes"], others: Float[Tensor, "batch classes"]
) -> Float[Tensor, ""]:
    """Mean KL(beliefs of ``logits`` || beliefs of ``others``): 0 where they say the same."""
    if len(logits) == 0:
        return logits.sum() * 0.0 + others.sum() * 0.0
    return divergence(logits, others).mean()


def divergence(logits: Tensor, others: Tensor) -> Float[Tensor, " batch"]:
    """KL divergence of each row's beliefs, not below 0."""
    ours, theirs = logits.log_softmax(1), others.log_softmax(1)
    return (ours.exp() * (ours - theirs)).sum(1).clamp_min(0.0)


def unsure(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, ""]:
    """Mean KL(uniform || beliefs): 0 where the student prefers no class."""
    if len(logits) == 0:
        return logits.sum() * 0.0
    surplus = -logits.log_softmax(1).mean(1) - math.log(logits.shape[1])
    return surplus.clamp_min(0.0).mean()


def nothing(student: AnyTrainable) -> Float[Tensor, ""]:
    """A loss of 0, through which gradients flow all the same."""
    first = next(p for p in student.module.parameters() if p.requires_grad)
    return first.sum() * 0.0


def leaf(inputs: Tensor, student: Trainable) -> Tensor:
    """The inputs on the student's device, as what gradients are taken by."""
    return inputs.detach().to(student.device, torch.float32).requires_grad_()


def slope(
    score: Float[Tensor, ""], at: Float[Tensor, "batch *shape"]
) -> Float[Tensor, "batch *shape"]:
    """The gradient of ``score`` by ``at``; differentiable in turn."""
    (gradient,) = torch.autograd.grad(score, at, create_graph=True)
    return gradient


def need_trainable(student: object) -> None:
    """Check that a gradient of the weights can reach the student.

    Raises:
        InputError: it gives no gradients, or has no parameters that are trained.
    """
    if not isinstance(student, Trainable) or not (
        student.differentiable or (isinstance(student, LearnsUnseen) and student.learns)
    ):
        name = student.name if isinstance(student, Student) else type(student).__name__
        raise InputError(
            f"student {name!r} gives no gradients, so it cannot be taught. Only torch "
            "modules learn here: wrap one with preceptor.students.TorchStudent, or TokenizedStudent for texts"
        )
    if not any(parameter.requires_grad for parameter in student.module.parameters()):
        raise InputError(
            f"student {student.name!r} has no parameters to train; set requires_grad on some"
        )
