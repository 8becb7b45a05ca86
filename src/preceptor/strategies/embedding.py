"""What a student makes of its inputs before its last layer."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from preceptor.core import Embeds, InputError, Inputs, Pupil, Trainable
from preceptor.core.inputs import portions


def embeddings(
    student: Pupil, inputs: Inputs, batch: int = 1024
) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch classes"]]:
    """What goes into the student's last linear layer, and its class probabilities; on the CPU.

    Of a student without layers, what it says it makes of its inputs (:class:`preceptor.core.Embeds`).

    Raises:
        InputError: the student has no linear layer, or it takes something else than vectors.
    """
    if isinstance(student, Embeds):
        with torch.no_grad():
            told = [student(part).softmax(1).cpu() for part in portions(inputs, batch)]
        return torch.cat([student.embed(part) for part in portions(inputs, batch)]), torch.cat(told)
    if not isinstance(student, Trainable):
        raise InputError(
            f"student {student.name!r} does not say what it makes of inputs before its answer; use a "
            "strategy that needs probabilities alone, such as pool-uncertainty"
        )
    layers = [part for part in student.module.modules() if isinstance(part, nn.Linear)]
    if not layers:
        raise InputError(
            f"student {student.name!r} has no linear layer, so there is nothing to embed inputs "
            "with; use a strategy that needs probabilities alone, such as PoolUncertainty"
        )
    caught: list[Tensor] = []

    def catch(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        caught.append(given[0].detach().flatten(1).cpu())

    handle = layers[-1].register_forward_pre_hook(catch)
    try:
        with torch.no_grad():
            said = [student(part).softmax(1).cpu() for part in portions(inputs, batch)]
    finally:
        handle.remove()
    hidden = torch.cat(caught)
    if len(hidden) != len(inputs):
        raise InputError(
            f"student {student.name!r} calls its last linear layer {len(hidden)} times for "
            f"{len(inputs)} inputs; embeddings need one vector for each input"
        )
    return hidden, torch.cat(said)
