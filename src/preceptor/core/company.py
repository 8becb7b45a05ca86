"""Whether a student's answer to an input is its own: the same when asked again, and in other company."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.core.errors import InputError
from preceptor.core.protocols import Student

MATERIAL: Final = 0.01
"""Logits that move by more than this share of their own range have changed; rounding in another
order, also in half precision, moves them by less."""

FEW: Final = 64
"""Inputs that are enough to see it."""

FIX: Final = (
    "Most often batch normalisation uses the statistics of the batch: call net.eval() before "
    "handing it in, and keep running statistics (track_running_stats=True); or the code normalises "
    "over the batch: use numbers of the training data there. If it is deployed with one input at a "
    "time, write :batch=1 behind the student's file (in Python, batch=1)."
)
"""What to do about a student that looks at the whole batch."""


@dataclass(frozen=True, eq=False)
class Company:
    """What a student says of a few inputs, and whether it says so again.

    Attributes:
        logits: ``Float[batch, classes]``, as it said first.
        wavering: of how many inputs it gave other logits when asked twice in the same company.
        drifting: of how many the logits changed, by more than rounding, in other company.
        flipped: of how many of these the label did.
    """

    logits: Tensor
    wavering: int
    drifting: int
    flipped: int

    def check(self, who: str) -> None:
        """Refuse a student whose label of an input depends on the inputs beside it.

        One that wavers is not refused here: what it says is random in any company.

        Raises:
            InputError: says how many labels change, the likely reason and the fix.
        """
        if self.flipped and not self.wavering:
            raise InputError(
                f"student {who!r} gives another label to {self.flipped} of {len(self.logits)} "
                "clean inputs when other inputs stand beside them in the batch, so that no number "
                f"about it would hold. {FIX}"
            )


def in_company(student: Student, inputs: Tensor) -> Company:
    """Ask about the same inputs twice together, and once in the company of others.

    The batch keeps its size. In other company each half of the inputs is asked about alone, every
    input standing twice: statistics of the batch, such as those of batch normalisation, are then
    others, and so is each input's place.

    Args:
        student: the one in question.
        inputs: ``Float[batch, *shape]``, some of the data, not empty.
    """
    many = len(inputs)
    with torch.no_grad():
        first, second = student(inputs), student(inputs)
        wavering = _wavers(first, second)
        if many < 2:
            return Company(first, wavering, 0, 0)
        other = first.clone()
        for start in (0, many // 2):
            rows = (start + torch.arange(many) // 2).clamp(max=many - 1)
            other[rows.to(other.device)] = student(inputs[rows.to(inputs.device)])
        finite = (first.isfinite() & other.isfinite()).all(1)
        scale = (first.amax(1) - first.amin(1))[finite].mean().clamp_min(1e-12)
        drift = finite & ((first - other).abs().amax(1) > MATERIAL * scale)
        flips = drift & (student.decide(first) != student.decide(other))
        if bool(flips.any()) and not wavering:  # seldom random, and not by the company?
            wavering = max(_wavers(first, student(inputs)) for _ in range(3))
    return Company(first, wavering, int(drift.sum()), int(flips.sum()))


def _wavers(first: Tensor, second: Tensor) -> int:
    same = torch.isclose(first, second, rtol=1e-4, atol=1e-5, equal_nan=True).all(1)
    return int((~same).sum())
