"""What is known of each factor: shares, intervals that hold jointly, and what stands out.

For an item whose clean input the teacher labels, changing one factor has one of these outcomes:

================  ==================  ================
the teacher       student changes     student keeps
================  ==================  ================
keeps its label   student only        neither
another label     both                teacher only
uncertain         void                void
================  ==================  ================

*Student only* is what the student perceives and the teacher does not (a sensitivity); *teacher
only* is what the teacher perceives and the student does not (an invariance). Each is a share of
all items, so it is a product: how often the student changes (known for every item, since that
costs no question) times how often, there, the teacher keeps (asked on a random part). Both
factors of the product get a Clopper-Pearson interval, and the ends are multiplied; since each
misses its truth rarely enough, the product holds too.

**The null hypothesis.** Every student that ever errs moves a little on what its teacher ignores,
so "no sensitivity at all" would be rejected for any student. What stands out is what makes the
student *err more often than it does on the data*: where the student changes and the teacher keeps
(or the other way round), the student is not right at one of the two inputs; if changing the
factor left the student as often right as on the data, this could not happen on more than twice
the share ``e`` of data on which it is not right. So a factor stands out if the lower end of its
share lies above ``max(least, 2 e)``, with ``least`` a share below which no lesson is worth its
price, and for ``e`` its upper confidence limit.

**Many factors.** The error allowance ``1 - level`` is divided: a fifth for ``e``; two fifths over
the student's shares of all factors (Bonferroni); two fifths over the teacher's shares that are
asked about (Bonferroni; which these are depends on the student alone). So all intervals of an
explanation hold together with probability ``level`` at least, and so does everything that is
said to stand out.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from preceptor.core import InputError
from preceptor.explain.factors import Family
from preceptor.outcome import Rate

LEAST: Final = 0.05
"""A factor that moves no larger share of the items than this is not worth a lesson."""

Side = Literal["student", "teacher"]
"""Who moves alone."""


@dataclass(frozen=True)
class Levels:
    """At which level each interval is taken, so that all hold together at ``level``.

    Attributes:
        level: of all together.
        factors: how many factors the student was tried on.
        asked: how many shares of the teacher's were asked about.

    Raises:
        InputError: a level that is no probability.
    """

    level: float
    factors: int
    asked: int

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise InputError(f"the level must lie between 0 and 1; got {self.level}")

    @property
    def error(self) -> float:
        """Of the interval of the student's error on the data; only its upper end is used."""
        return 1 - 2 * (1 - self.level) / 5

    @property
    def student(self) -> float:
        """Of the share of items on which the student changes."""
        return 1 - 2 * (1 - self.level) / 5 / max(1, self.factors)

    @property
    def teacher(self) -> float:
        """Of the share, among those, on which the teacher keeps (or changes)."""
        return 1 - 2 * (1 - self.level) / 5 / max(1, self.asked)


@dataclass(frozen=True)
class TeacherCounts:
    """What the teacher said at the moved inputs of some items drawn at random.

    Attributes:
        same: the label of the clean input.
        other: another label.
        uncertain: none.
        unasked: no answer (yet).
    """

    same: int = 0
    other: int = 0
    uncertain: int = 0
    unasked: int = 0

    @property
    def answered(self) -> int:
        """How many have an answer."""
        return self.same + self.other + self.uncertain


@dataclass(frozen=True)
class Share:
    """A share of all items, estimated by a product, with an interval that holds jointly.

    Attributes:
        value: the estimate; ``None`` where nobody was asked.
        low: lower end.
        high: upper end.
    """

    value: float | None
    low: float
    high: float

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {"value": self.value, "interval": [self.low, self.high]}


@dataclass(frozen=True)
class Effect:
    """What is known of one factor.

    Attributes:
        name: the factor's.
        family: the factor's.
        cell: whether it is a cell of the map.
        items: on how many items it was tried; the teacher is certain of all their clean inputs.
        moved: on how many of these the input changed at all.
        flips: on how many the student changed its answer.
        flipped: what the teacher said where the student changed.
        held: what it said where the student did not.
        levels: of the intervals.
    """

    name: str
    family: Family
    cell: bool
    items: int
    moved: int
    flips: int
    flipped: TeacherCounts
    held: TeacherCounts
    levels: Levels

    @property
    def student(self) -> Rate:
        """The share of items on which the student changes its answer."""
        return Rate(self.flips, self.items - self.flips, level=self.levels.student)

    @property
    def unmoved(self) -> Rate:
        """Where the student changes and the teacher is certain: the share at which it keeps."""
        asked = self.flipped
        level = self.levels.teacher
        return Rate(asked.same, asked.other, asked.uncertain, asked.unasked, level)

    @property
    def student_only(self) -> Share:
        """The share of items on which the student changes and the teacher keeps its label."""
        asked = self.flipped
        level = self.levels.teacher
        keeps = Rate(asked.same, asked.other + asked.uncertain, 0, asked.unasked, level)
        return _product(self.student.value, self.student.interval, keeps)

    @property
    def teacher_only(self) -> Share:
        """The share of items on which the teacher changes to another label, the student not."""
        asked = self.held
        level = self.levels.teacher
        changes = Rate(asked.other, asked.same + asked.uncertain, 0, asked.unasked, level)
        value = self.student.value
        low, high = self.student.interval
        return _product(None if value is None else 1 - value, (1 - high, 1 - low), changes)

    def share(self, side: Side) -> Share:
        """Of the one who moves alone."""
        return self.student_only if side == "student" else self.teacher_only

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "family": self.family,
            "cell": self.cell,
            "items": self.items,
            "moved": self.moved,
            "student_changes": self.student.describe(),
            "asked_where_student_changes": _counts(self.flipped),
            "asked_where_student_keeps": _counts(self.held),
            "teacher_keeps_where_student_changes": self.unmoved.describe(),
            "student_only": self.student_only.describe(),
            "teacher_only": self.teacher_only.describe(),
        }

    @classmethod
    def read(cls, found: dict[str, Any], levels: Levels) -> "Effect":
        """The same from plain data."""
        return cls(
            name=found["name"],
            family=found["family"],
            cell=found["cell"],
            items=found["items"],
            moved=found["moved"],
            flips=found["student_changes"]["hits"],
            flipped=TeacherCounts(**found["asked_where_student_changes"]),
            held=TeacherCounts(**found["asked_where_student_keeps"]),
            levels=levels,
        )


def threshold(error: Rate, least: float = LEAST) -> float:
    """What the lower end of a share must exceed to stand out: see the head of this module."""
    return max(least, 2 * error.interval[1])


def ranked(effects: tuple[Effect, ...], side: Side = "student") -> tuple[Effect, ...]:
    """The factors by the lower end of their share, then its estimate, then the student's share."""

    def height(effect: Effect) -> tuple[float, float, int]:
        share = effect.share(side)
        return (share.low, share.value or 0.0, effect.flips if side == "student" else 0)

    return tuple(sorted(effects, key=height, reverse=True))


def _product(value: float | None, interval: tuple[float, float], there: Rate) -> Share:
    low, high = there.interval
    both = None if value is None or there.value is None else value * there.value
    return Share(both, interval[0] * low, interval[1] * high)


def _counts(asked: TeacherCounts) -> dict[str, int]:
    return {
        "same": asked.same,
        "other": asked.other,
        "uncertain": asked.uncertain,
        "unasked": asked.unasked,
    }
