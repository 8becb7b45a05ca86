"""Whether a student's answer to an input is its own: the same when asked again, and in other company."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.core.errors import InputError
from preceptor.core.inputs import Inputs
from preceptor.core.passes import within
from preceptor.core.protocols import AnyStudent

MATERIAL: Final = 0.01
"""Logits that move by more than this share of their own range have changed; rounding in another
order, also in half precision, moves them by less."""

FEW: Final = 64
"""Inputs that are enough to see it."""

UNSURE: Final = 3
"""Inputs that are asked about with copies of themselves alone: the likeliest to change their label."""

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


def in_company(student: AnyStudent, inputs: Inputs) -> Company:
    """Ask about the same inputs twice together, and then in the company of others.

    A batch keeps its size, and its statistics change: each half of a batch is asked about by
    itself, every input standing twice; so is each half of a batch of the inputs in the order of what
    the student said of them, where the two halves differ most; and the few inputs about which the
    student was least sure stand with copies of themselves alone.

    Args:
        student: the one in question.
        inputs: some of the data, not empty; as many in one pass as may be (:mod:`preceptor.core.passes`),
            but at least two, since one has no company.
    """
    most = max(2, within(len(inputs)))
    with torch.no_grad():
        first, second = batched(student, inputs, most), batched(student, inputs, most)
        wavering = _wavers(first, second)
        if len(inputs) < 2:
            return Company(first, wavering, 0, 0)
        finite = first.isfinite().all(1)
        scale = (first.amax(1) - first.amin(1))[finite].mean().clamp_min(1e-12)
        drifting = torch.zeros(len(inputs), dtype=torch.bool, device=first.device)
        flipped = drifting.clone()
        for rows in _companies(student, first, most):
            other = student(inputs[rows.to(inputs.device)])
            one, here = first[rows], finite[rows] & other.isfinite().all(1)
            drift = here & ((one - other).abs().amax(1) > MATERIAL * scale)
            drifting[rows[drift]] = True
            flipped[rows[drift & (student.decide(one) != student.decide(other))]] = True
        if bool(flipped.any()) and not wavering:  # seldom random, and not by the company?
            wavering = max(_wavers(first, batched(student, inputs, most)) for _ in range(3))
    return Company(first, wavering, int(drifting.sum()), int(flipped.sum()))


def batched(student: AnyStudent, inputs: Inputs, most: int) -> Tensor:
    """Logits ``Float[batch, classes]`` by passes of about the same size, at most ``most`` inputs each."""
    rows = _parts(torch.arange(len(inputs), device=inputs.device), most)
    return torch.cat([student(inputs[some]) for some in rows])


def _parts(rows: Tensor, most: int) -> Sequence[Tensor]:
    """Rows in parts of about the same size: a last one alone would have no company."""
    return rows.tensor_split(max(1, -(-len(rows) // most)))


def _companies(student: AnyStudent, first: Tensor, most: int) -> Iterator[Tensor]:
    """Batches as rows of the first one, as many rows in each, whose statistics are others."""
    many = len(first)
    top = first.topk(min(2, first.shape[1]), 1).values
    margin = top[:, 0] - top[:, -1]
    by_label = margin.argsort()
    by_label = by_label[student.decide(first)[by_label].argsort(stable=True)]
    for order in (torch.arange(many, device=first.device), by_label):
        for part in _parts(order, most):
            half = torch.arange(len(part), device=first.device) // 2
            for start in (0, len(part) // 2):
                yield part[(start + half).clamp(max=len(part) - 1)]
    for row in margin.argsort()[:UNSURE]:
        yield row.repeat(min(many, most))


def _wavers(first: Tensor, second: Tensor) -> int:
    same = torch.isclose(first, second, rtol=1e-4, atol=1e-5, equal_nan=True).all(1)
    return int((~same).sum())
