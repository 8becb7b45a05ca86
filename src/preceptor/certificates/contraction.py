"""Boxes cut down to where linear conditions can hold."""

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends

ROUNDS = 3


def contracted(
    coefficients: Tensor, rest: Tensor, box: Ends, rounds: int = ROUNDS
) -> tuple[Ends, Tensor]:
    """The smallest boxes, as far as one condition at a time tells, that hold all points where all do.

    Each condition ``c @ x + r >= 0`` bounds each input, given the ends of the others; outward by a share
    of 1e-12 of the sizes at hand, far more than the rounding of these few operations.

    Args:
        coefficients: ``Float64[boxes, conditions, features]``.
        rest: ``Float64[boxes, conditions]``.
        box: to be cut.
        rounds: how many times over.

    Returns:
        the boxes, and ``Bool[boxes]``, true where no point is left (their ends are those of before).
    """
    low, high = box
    empty = torch.zeros(len(low), dtype=torch.bool)
    sign = coefficients.sign()
    size = torch.where(coefficients == 0, 1.0, coefficients.abs())
    for _ in range(rounds):
        terms = torch.maximum(coefficients * low[:, None], coefficients * high[:, None])
        sizes = (coefficients.abs() * torch.maximum(low.abs(), high.abs())[:, None]).sum(2)
        slack = 1e-12 * (sizes + rest.abs())
        most = terms.sum(2) + rest + slack
        empty |= (most < 0).any(1)
        bound = -(most[..., None] - terms) / size
        below = torch.where(sign > 0, bound, -torch.inf).amax(1)
        above = torch.where(sign < 0, -bound, torch.inf).amin(1)
        reach = 1e-12 * torch.maximum(low.abs(), high.abs())
        fresh_low = torch.maximum(low, below - reach)
        fresh_high = torch.minimum(high, above + reach)
        empty |= (fresh_low > fresh_high).any(1)
        kept = empty[:, None]
        moved = (fresh_low - low) + (high - fresh_high)
        low, high = torch.where(kept, low, fresh_low), torch.where(kept, high, fresh_high)
        if not bool((moved > 0.05 * (high - low + moved)).any()):
            break
    return (low, high), empty
