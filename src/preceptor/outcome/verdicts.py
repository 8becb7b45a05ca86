"""What student and teacher together say of an input. Computed, never stored."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

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

    The first six split the ``ERROR`` verdicts and cover them. ``SENSITIVITY``, ``INVARIANCE``,
    ``BOTH`` and ``STANDING`` are errors where the teacher was certain of the clean input as well;
    where it was uncertain of that, its answer did not change from one label to another, and the
    error is ``FROM_VOID``; where it was not asked, ``UNSPLIT``.

    The last two lie among ``AGREE`` and ``VOID``, where the l_p reading counts the item as wrong
    all the same. ``FALSE_ALARM``: the student was right at the clean input and no longer says its
    label; but the teacher says the same as the student now, or is uncertain. ``UNDONE``: the
    student was wrong at the clean input already, which no attack made, and is not at the moved one.
    """

    NONE = 0
    SENSITIVITY = 1
    INVARIANCE = 2
    BOTH = 3
    STANDING = 4
    UNSPLIT = 5
    FALSE_ALARM = 6
    FROM_VOID = 7
    UNDONE = 8


ERROR_SPLITS: Final = (
    Split.SENSITIVITY,
    Split.INVARIANCE,
    Split.BOTH,
    Split.STANDING,
    Split.FROM_VOID,
    Split.UNSPLIT,
)
"""Those that part the errors, in reading order."""


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
    splits[error & ~anchored(clean)] = Split.FROM_VOID
    splits[error & ~clean.asked] = Split.UNSPLIT
    calm = (verdicts == Verdict.AGREE) | (verdicts == Verdict.VOID)
    was_right = right_at(clean)
    splits[calm & was_right & fails_conventionally(outcome)] = Split.FALSE_ALARM
    splits[calm & ~was_right & anchored(clean)] = Split.UNDONE
    return splits


def right_at(clean: Sheet) -> Bool[Tensor, " items"]:
    """Where the teacher is certain and the student says the same."""
    return anchored(clean) & (clean.student == clean.teacher)


def anchored(clean: Sheet) -> Bool[Tensor, " items"]:
    """Where the teacher was certain of the clean input: what the l_p reading needs."""
    return clean.asked & (clean.teacher != UNCERTAIN)


def fails_conventionally(outcome: Outcome) -> Bool[Tensor, " items"]:
    """Where the l_p reading, which holds the clean label, counts the item as wrong.

    The teacher was certain of the clean input, and the student does not give that label at both.
    """
    clean, label = outcome.clean, outcome.clean.teacher
    return anchored(clean) & ((clean.student != label) | (outcome.moved.student != label))


@dataclass(frozen=True)
class Changes:
    """What the teacher's answer did on the way, whoever the student is.

    Attributes:
        kept: moved inputs at which the teacher gave the label of the clean one.
        relabelled: at which it gave another label.
        doubted: at which it was uncertain.
    """

    kept: int
    relabelled: int
    doubted: int

    @property
    def of(self) -> int:
        """Moved inputs that it was asked about, having been certain of the clean ones."""
        return self.kept + self.relabelled + self.doubted

    def describe(self) -> dict[str, int]:
        """Plain data."""
        return {
            "relabelled": self.relabelled,
            "doubted": self.doubted,
            "kept": self.kept,
            "of": self.of,
        }


def changes(outcome: Outcome) -> Changes:
    """How often the teacher's answer changed between the clean and the moved input."""
    both = anchored(outcome.clean) & outcome.moved.asked
    same = outcome.moved.teacher == outcome.clean.teacher
    doubt = outcome.moved.teacher == UNCERTAIN
    return Changes(
        kept=int((both & same).sum()),
        relabelled=int((both & ~same & ~doubt).sum()),
        doubted=int((both & doubt).sum()),
    )
