"""What student and teacher together say of an input. Computed, never stored."""

from dataclasses import dataclass
from enum import IntEnum

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, UNCERTAIN, InputError


class Verdict(IntEnum):
    """Five values that never overlap and always cover the batch."""

    AGREE = 0
    ERROR = 1
    ABSTAIN = 2
    VOID = 3
    UNASKED = 4


class Split(IntEnum):
    """What changed between the clean and the moved input, where that tells something.

    The first five split the ``ERROR`` verdicts and cover them. ``FALSE_ALARM`` lies among
    ``AGREE`` and ``VOID``: the l_p reading would count the item as adversarial (the student no
    longer says what the teacher said of the clean input), but the teacher says the same as the
    student now, or is uncertain. A teacher that was uncertain of the clean input and is certain
    of the moved one has changed.
    """

    NONE = 0
    SENSITIVITY = 1
    INVARIANCE = 2
    BOTH = 3
    STANDING = 4
    UNSPLIT = 5
    FALSE_ALARM = 6


@dataclass(frozen=True)
class Sheet:
    """What was said of a batch of inputs, clean or moved.

    Attributes:
        student: ``Int64[items]``, a label, ``ABSTAINED`` or ``BROKEN``.
        teacher: ``Int64[items]``, a label or ``UNCERTAIN``; meaningless where not asked.
        asked: ``Bool[items]``, whether the teacher's answer is there.
        cost: ``Float[items]``, what the answer cost; 0 where not asked.
    """

    student: Int64[Tensor, " items"]
    teacher: Int64[Tensor, " items"]
    asked: Bool[Tensor, " items"]
    cost: Float[Tensor, " items"]

    def __len__(self) -> int:
        return len(self.student)


@dataclass(frozen=True)
class Outcome:
    """The clean inputs and where one attack moved them, item by item.

    Raises:
        InputError: the two sheets differ in length.
    """

    attack: str
    clean: Sheet
    moved: Sheet

    def __post_init__(self) -> None:
        if len(self.clean) != len(self.moved):
            raise InputError(
                f"attack {self.attack!r}: {len(self.clean)} clean and {len(self.moved)} moved items"
            )


def judge(sheet: Sheet) -> Int64[Tensor, " items"]:
    """The verdict on each input, as values of :class:`Verdict`."""
    verdicts = torch.full_like(sheet.student, Verdict.ERROR)
    verdicts[sheet.student == sheet.teacher] = Verdict.AGREE
    verdicts[sheet.student == ABSTAINED] = Verdict.ABSTAIN
    verdicts[sheet.teacher == UNCERTAIN] = Verdict.VOID
    verdicts[~sheet.asked] = Verdict.UNASKED
    return verdicts


def split(outcome: Outcome) -> Int64[Tensor, " items"]:
    """What changed, as values of :class:`Split`."""
    clean, moved = outcome.clean, outcome.moved
    verdicts = judge(moved)
    error = verdicts == Verdict.ERROR
    student = clean.student != moved.student
    teacher = clean.teacher != moved.teacher
    splits = torch.zeros_like(verdicts)
    splits[error & student & ~teacher] = Split.SENSITIVITY
    splits[error & ~student & teacher] = Split.INVARIANCE
    splits[error & student & teacher] = Split.BOTH
    splits[error & ~student & ~teacher] = Split.STANDING
    splits[error & ~clean.asked] = Split.UNSPLIT
    settled = (verdicts == Verdict.AGREE) | (verdicts == Verdict.VOID)
    splits[settled & fails_conventionally(outcome)] = Split.FALSE_ALARM
    return splits


def anchored(clean: Sheet) -> Bool[Tensor, " items"]:
    """Where the teacher was certain of the clean input: what the l_p reading needs."""
    return clean.asked & (clean.teacher != UNCERTAIN)


def fails_conventionally(outcome: Outcome) -> Bool[Tensor, " items"]:
    """Where the l_p reading, which holds the clean label, counts the moved input as wrong."""
    return anchored(outcome.clean) & (outcome.moved.student != outcome.clean.teacher)
