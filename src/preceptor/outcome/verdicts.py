"""What student and teacher together say of an input. Computed, never stored."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, UNCERTAIN, InputError
from preceptor.core.label_sets import allows, disjoint, is_partial, plain_sets


class Verdict(IntEnum):
    """Six values that never overlap and always cover the batch.

    ``UNCONTRADICTED``: the teacher named several acceptable labels, and the student's is among them.
    It may be right or wrong, so it is counted apart. Outside such a set the student is in ``ERROR``.
    """

    AGREE = 0
    ERROR = 1
    ABSTAIN = 2
    VOID = 3
    UNASKED = 4
    UNCONTRADICTED = 5


class Split(IntEnum):
    """What changed between the clean and the moved input, where that tells something.

    The first six split the ``ERROR`` verdicts and cover them. ``SENSITIVITY``, ``INVARIANCE``,
    ``BOTH`` and ``STANDING`` are errors where the teacher was certain of the clean input as well;
    where it was uncertain of that, its answer did not change from one label to another, and the
    error is ``FROM_VOID``; where it was not asked, ``UNSPLIT``.

    ``FALSE_ALARM`` and ``UNDONE`` lie among ``AGREE`` and ``VOID``, where the l_p reading counts the
    item as wrong all the same. ``FALSE_ALARM``: the student was right at the clean input and no
    longer says its label; but the teacher says the same as the student now, or is uncertain.
    ``UNDONE``: the student was wrong at the clean input already, which no attack made, and is not
    at the moved one. ``OPEN_ALARM`` lies among ``UNCONTRADICTED``: as a false alarm, but the
    teacher only says that the student's label is one of several.

    Where a teacher's answer is a set of labels, it has changed if no label is in both sets, or if
    the student kept a label that was acceptable and is not any more.
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
    OPEN_ALARM = 9


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
        sets: ``Bool[items, classes]``, the acceptable labels, where an answer is partial; see
            :class:`preceptor.core.Answers`. ``None`` where none is.
    """

    student: Int64[Tensor, " items"]
    teacher: Int64[Tensor, " items"]
    asked: Bool[Tensor, " items"]
    cost: Float[Tensor, " items"]
    sets: Bool[Tensor, "items classes"] | None = None

    def __len__(self) -> int:
        return len(self.student)

    @property
    def partial(self) -> Bool[Tensor, " items"]:
        """Where the teacher named several labels, and not all."""
        if self.sets is None:
            return torch.zeros_like(self.asked)
        return self.asked & is_partial(self.sets)

    @property
    def void(self) -> Bool[Tensor, " items"]:
        """Where the teacher was asked and ruled nothing out."""
        return self.asked & (self.teacher == UNCERTAIN) & ~self.partial

    def acceptable(self, classes: int) -> Bool[Tensor, "items classes"]:
        """The acceptable labels of each item; all where the teacher is uncertain."""
        return plain_sets(self.teacher, classes) if self.sets is None else self.sets

    def accepts(self, labels: Int64[Tensor, " items"]) -> Bool[Tensor, " items"]:
        """Where the teacher ruled something out, and not this label."""
        if self.sets is None:
            return self.asked & (self.teacher != UNCERTAIN) & (labels == self.teacher)
        return self.asked & ~self.void & allows(self.sets, labels)


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
    if sheet.sets is not None:
        partial, inside = sheet.partial, allows(sheet.sets, sheet.student)
        verdicts[partial] = Verdict.ERROR
        verdicts[partial & (sheet.student == ABSTAINED)] = Verdict.ABSTAIN
        verdicts[partial & inside] = Verdict.UNCONTRADICTED
    verdicts[~sheet.asked] = Verdict.UNASKED
    return verdicts


def split(outcome: Outcome) -> Int64[Tensor, " items"]:
    """What changed, as values of :class:`Split`."""
    clean, moved = outcome.clean, outcome.moved
    verdicts = judge(moved)
    error = verdicts == Verdict.ERROR
    student = clean.student != moved.student
    teacher = relabelled(outcome)
    if clean.sets is not None or moved.sets is not None:
        teacher |= ~student & clean.accepts(clean.student)
    splits = torch.zeros_like(verdicts)
    splits[error & student & ~teacher] = Split.SENSITIVITY
    splits[error & ~student & teacher] = Split.INVARIANCE
    splits[error & student & teacher] = Split.BOTH
    splits[error & ~student & ~teacher] = Split.STANDING
    splits[error & ~anchored(clean)] = Split.FROM_VOID
    splits[error & ~clean.asked] = Split.UNSPLIT
    calm = (verdicts == Verdict.AGREE) | (verdicts == Verdict.VOID)
    was_right = right_at(clean)
    fails = fails_conventionally(outcome)
    splits[calm & was_right & fails] = Split.FALSE_ALARM
    splits[(verdicts == Verdict.UNCONTRADICTED) & was_right & fails] = Split.OPEN_ALARM
    splits[calm & ~was_right & anchored(clean)] = Split.UNDONE
    return splits


def relabelled(outcome: Outcome) -> Bool[Tensor, " items"]:
    """Where no label is acceptable at both inputs; meaningless where one was not asked."""
    clean, moved = outcome.clean, outcome.moved
    sets = clean.sets if moved.sets is None else moved.sets
    if sets is None:
        return clean.teacher != moved.teacher
    classes = sets.shape[1]
    return disjoint(clean.acceptable(classes), moved.acceptable(classes))


def right_at(clean: Sheet) -> Bool[Tensor, " items"]:
    """Where the teacher is certain and the student says the same; or says one of its several."""
    return clean.accepts(clean.student)


def anchored(clean: Sheet) -> Bool[Tensor, " items"]:
    """Where the teacher ruled a label out at the clean input: what the l_p reading needs."""
    return clean.asked & ~clean.void


def fails_conventionally(outcome: Outcome) -> Bool[Tensor, " items"]:
    """Where the l_p reading, which holds the clean label, counts the item as wrong.

    The teacher was certain of the clean input, and the student does not give that label at both.
    Of a partial answer: not one of its labels at each.
    """
    clean, moved = outcome.clean, outcome.moved
    return anchored(clean) & ~(clean.accepts(clean.student) & clean.accepts(moved.student))


@dataclass(frozen=True)
class Changes:
    """What the teacher's answer did on the way, whoever the student is.

    Attributes:
        kept: moved inputs at which the teacher gave the label of the clean one.
        relabelled: at which it gave another label.
        doubted: at which it was uncertain.
        partly: at which some, not all, of the labels are acceptable that were so before, or more.
    """

    kept: int
    relabelled: int
    doubted: int
    partly: int = 0

    @property
    def of(self) -> int:
        """Moved inputs that it was asked about, having been certain of the clean ones."""
        return self.kept + self.relabelled + self.doubted + self.partly

    def describe(self) -> dict[str, int]:
        """Plain data."""
        return {
            "relabelled": self.relabelled,
            "doubted": self.doubted,
            "kept": self.kept,
            "of": self.of,
            **({"partly": self.partly} if self.partly else {}),
        }


def changes(outcome: Outcome) -> Changes:
    """How often the teacher's answer changed between the clean and the moved input."""
    clean, moved = outcome.clean, outcome.moved
    both, doubt, other = anchored(clean) & moved.asked, moved.void, relabelled(outcome)
    same = moved.teacher == clean.teacher
    sets = clean.sets if moved.sets is None else moved.sets
    if sets is not None:
        same = (clean.acceptable(sets.shape[1]) == moved.acceptable(sets.shape[1])).all(1)
    return Changes(
        kept=int((both & same).sum()),
        relabelled=int((both & other & ~doubt).sum()),
        doubted=int((both & doubt).sum()),
        partly=int((both & ~same & ~other & ~doubt).sum()),
    )
