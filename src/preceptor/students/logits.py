"""Logits: what every student gives, whatever it was made from."""

from typing import Final, Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import BROKEN, InputError

Kind = Literal["labels", "probabilities", "logits"]
"""What a function or file gives for each input."""

FLOOR: Final = 1e-12
"""The least probability whose logarithm is taken."""


def plain_decisions(logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
    """The top class, the first of equals; ``BROKEN`` in a row that is not finite throughout."""
    return torch.where(logits.isfinite().all(1), logits.argmax(1), BROKEN)


def log_probabilities(probabilities: Tensor) -> Tensor:
    """Logits of probabilities, floored at ``FLOOR`` so that they stay finite; NaN stays NaN."""
    return probabilities.clamp_min(FLOOR).log()


def read_outputs(
    outputs: object, batch: int, classes: int | None, kind: Kind, who: str
) -> Float[Tensor, "batch classes"]:
    """A model's outputs as float32 logits.

    One number for each input, ``[batch]`` or ``[batch, 1]``, stands for two classes: a logit ``z``
    becomes ``(-z/2, z/2)``, a probability ``p`` of class 1 becomes ``(log(1-p), log p)``.

    Raises:
        InputError: no tensor, or not of shape ``[batch, classes]``.
    """
    if not isinstance(outputs, Tensor):
        raise InputError(
            f"student {who!r} returned a {type(outputs).__name__}; expected a tensor of "
            f"{kind}. Wrap it in a function that picks the {kind} out."
        )
    values = outputs.to(torch.float32)
    if values.shape in ((batch,), (batch, 1)):
        one = values.reshape(batch)
        pair = (1 - one, one) if kind == "probabilities" else (-one / 2, one / 2)
        values = torch.stack(pair, dim=1)
    if values.ndim != 2 or len(values) != batch or values.shape[1] != (classes or values.shape[1]):
        raise InputError(
            f"student {who!r} returned {kind} of shape {tuple(outputs.shape)} for {batch} inputs; "
            f"expected ({batch}, {classes or 'classes'})"
            + (f", for the {classes} classes that the teacher (or classes=) has" if classes else "")
        )
    return log_probabilities(values) if kind == "probabilities" else values


def put_on_top(
    logits: Float[Tensor, "batch classes"], predicted: Int64[Tensor, " batch"]
) -> Float[Tensor, "batch classes"]:
    """Logits with the predicted class on top: where another is, the two change places."""
    ordered = logits.clone()
    top = logits.argmax(1)
    each = (predicted != top).nonzero()[:, 0]
    highest = logits[each, top[each]]
    ordered[each, top[each]] = logits[each, predicted[each]]
    ordered[each, predicted[each]] = highest.nextafter(torch.tensor(torch.inf))
    return ordered


def check_classes(classes: int, who: str) -> int:
    """The number of classes.

    Raises:
        InputError: fewer than two.
    """
    if classes < 2:
        raise InputError(
            f"student {who!r} has {classes} class; expected at least 2. A model with one output "
            "for two classes has two classes (--classes 2; in Python, classes=2)."
        )
    return classes
