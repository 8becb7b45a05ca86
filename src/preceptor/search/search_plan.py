"""The plan of a search: how much may be asked, and how it is spent. Data, not behaviour."""

from dataclasses import asdict, dataclass
from typing import Any

from preceptor.core import InputError


@dataclass(frozen=True)
class SearchPlan:
    """What a search does.

    Attributes:
        budget: questions to the teacher at most, all told. The same input is one question.
        first: of these, unchanged items of the data that are asked before anything else. They
            give the student's plain error rate, against which suspicions of faults are tested.
        testing: share of the budget kept for testing suspicions; 0 to test none.
        round: questions asked at a time; what comes back decides the next. Another number is
            another search.
        even: share of each round that is spread evenly over the generators, so that each is tried
            and each rate has an interval; the rest goes where new witnesses came.
        seed: of every random stream.
        level: of the confidence intervals; the tests of faults, all together, err with a
            probability of at most ``1 - level``.
        enough: stop after the round that brings so many distinct witnesses, and test no
            faults; ``None`` to go on.

    Raises:
        InputError: numbers out of range.
    """

    budget: int = 500
    first: int = 25
    testing: float = 0.5
    round: int = 20
    even: float = 0.5
    seed: int = 0
    level: float = 0.95
    enough: int | None = None

    def __post_init__(self) -> None:
        if self.budget < 1 or self.round < 1 or self.first < 0:
            raise InputError(
                f"budget and round must be at least 1, first at least 0; got {self.budget}, "
                f"{self.round}, {self.first}"
            )
        if self.enough is not None and self.enough < 1:
            raise InputError(f"enough must be at least 1 witness, or None; got {self.enough}")
        if not (0 <= self.testing < 1 and 0 <= self.even <= 1):
            raise InputError(
                f"testing must lie in [0, 1), even in [0, 1]; got {self.testing}, {self.even}"
            )
        if not 0 < self.level < 1:
            raise InputError(f"level must lie between 0 and 1, such as 0.95; got {self.level}")

    @property
    def looking(self) -> int:
        """Questions for looking; the rest is for testing."""
        return max(1, self.budget - int(self.testing * self.budget))

    def describe(self) -> dict[str, Any]:
        """Plain data for the result."""
        return asdict(self)
