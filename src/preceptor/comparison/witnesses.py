"""Search witnesses of a taught student: a count, which is no rate."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from preceptor.core import AnyStudent, InputError
from preceptor.outcome import Spread
from preceptor.problems import AnyProblem
from preceptor.search import SearchPlan, search


@dataclass(frozen=True)
class Witnesses:
    """What one search found: inputs at which the teacher is certain and the student wrong.

    A count of 0 refutes nothing and proves nothing. More than 0 refutes strong robustness. How many
    there are depends on the search and its budget, so it says something between students that were
    searched alike, and is no share of anything.

    Attributes:
        distinct: clusters of witnesses: two with the same two answers that lie as near to each
            other as neighbours in the data are one, see :mod:`preceptor.search.clusters`.
        witnesses: all of them, of which one search often has many copies.
        questions: put to the teacher; fewer than the budget where the search had no more to ask.
        answered: of these.
        certain: of the answered, those at which the teacher gave a label.

    Raises:
        InputError: counts that cannot be.
    """

    distinct: int
    witnesses: int
    questions: int
    answered: int
    certain: int

    def __post_init__(self) -> None:
        rising = (0, self.distinct, self.witnesses, self.certain, self.answered, self.questions)
        if list(rising) != sorted(rising) or (self.witnesses > 0) != (self.distinct > 0):
            raise InputError(f"these cannot be the counts of a search: {asdict(self)}")

    @property
    def void(self) -> int:
        """Answered questions at which the teacher was uncertain."""
        return self.answered - self.certain

    @property
    def void_share(self) -> float:
        """Of the answered; 0 of none."""
        return self.void / max(1, self.answered)

    @property
    def value(self) -> int | None:
        """Distinct witnesses; ``None`` where the teacher was certain of nothing that was asked."""
        return self.distinct if self.certain else None

    def describe(self) -> dict[str, int]:
        """Plain data, with ``void`` beside the counts."""
        return {**asdict(self), "void": self.void}


@dataclass(frozen=True)
class WitnessSearches:
    """The searches of one strategy with one budget, over the seeds.

    Attributes:
        distinct: witnesses; ``None`` where the teacher was certain of nothing in some seed.
        witnesses: all of them.
        questions: put to the teacher.
        certain: of these.
        void: mean share of the answered questions at which the teacher was uncertain.
    """

    distinct: Spread | None
    witnesses: Spread
    questions: Spread
    certain: Spread
    void: float

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the mean of distinct witnesses, no less than 0.

        ``None`` from one seed, and where no seed has any: Student's would have no width, as if it
        were known that there are none.
        """
        if self.distinct is None or not any(self.distinct.values):
            return None
        low, high = self.distinct.interval
        return (max(0.0, low), high) if math.isfinite(high) else None

    @classmethod
    def of(cls, cells: Sequence[Witnesses], level: float) -> "WitnessSearches":
        """From one search for each seed."""
        known = [one.distinct for one in cells if one.value is not None]
        return cls(
            Spread.of(known, level) if len(known) == len(cells) else None,
            Spread.of([one.witnesses for one in cells], level),
            Spread.of([one.questions for one in cells], level),
            Spread.of([one.certain for one in cells], level),
            sum(one.void_share for one in cells) / len(cells),
        )

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "distinct": None if self.distinct is None else self.distinct.describe(),
            "witnesses": self.witnesses.describe(),
            "questions": self.questions.describe(),
            "certain": self.certain.describe(),
            "void": round(self.void, 4),
        }


def sought(student: AnyStudent, problem: AnyProblem, questions: int, seed: int) -> Witnesses:
    """Search the whole domain for witnesses; all questions go into looking, none into faults.

    The search starts from the held-out source, whose items no student learned from, and is the same
    for every student of a seed: the same items, generators, budget, reach of a cluster and random
    streams. Where it looks next depends on the student and on what was found.

    Args:
        student: taught.
        problem: gives source, domain and teacher, who answers for nothing.
        questions: at most so many, at least 1; in nobody's price.
        seed: of the search's streams.

    Raises:
        InputError: no question, or a student of other classes.
    """
    plan = SearchPlan(budget=questions, testing=0.0, seed=seed)
    said = search(student, problem.teacher, problem.source, plan).summary()
    return Witnesses(
        said["distinct_witnesses"],
        said["witnesses"],
        said["questions"],
        said["answered"],
        said["certain"],
    )
