"""What a student makes of its inputs before its last layer."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from preceptor.core import InputError, Trainable


def embeddings(
    student: Trainable, inputs: Float[Tensor, "batch *shape"], batch: int = 1024
) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch classes"]]:
    """What goes into the student's last linear layer, and its class probabilities; on the CPU.

    Raises:
        InputError: the student has no linear layer, or it takes something else than vectors.
    """
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
            said = [student(part).softmax(1).cpu() for part in torch.split(inputs, batch)]
    finally:
        handle.remove()
    hidden = torch.cat(caught)
    if len(hidden) != len(inputs):
        raise InputError(
            f"student {student.name!r} calls its last linear layer {len(hidden)} times for "
            f"{len(inputs)} inputs; embeddings need one vector for each input"
        )
    return hidden, torch.cat(said)
