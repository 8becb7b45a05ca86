"""What teaching a student gives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.api.teaching_summary import TeachingSummary
from preceptor.audit import Record, StudentComparison
from preceptor.certificates import Certificate
from preceptor.core import AnyStudent, InputError
from preceptor.core.view import View, Viewed, frame
from preceptor.outcome.wording import counted
from preceptor.strategies import LearningResult


@dataclass(frozen=True, eq=False, repr=False)
class TeachResult(Viewed):
    """A taught student, what it cost, and what an audit before and after says.

    Attributes:
        student: taught; the one that was given stays as it was.
        answer: what teaching cost and changed, in words and numbers.
        learned: how it came about, round by round.
        before: the audit of the student that was given; ``None`` if there was none.
        after: of the taught one.
        sides: both, side by side.
        folder: where all files lie.
    """

    student: AnyStudent
    answer: TeachingSummary
    learned: LearningResult
    before: Record | None
    after: Record | None
    sides: StudentComparison | None
    folder: Path

    @property
    def certificate(self) -> Certificate | None:
        """What is proved of the taught student, if the strategy proves (``until-proved``)."""
        return self.learned.certificate

    @property
    def open(self) -> bool:
        """Whether a question of the audits has no answer."""
        facts = [one.facts["questions"] for one in (self.before, self.after) if one is not None]
        return any(one["asked"] > one["answered"] for one in facts)

    def view(self) -> View:
        """The answer, and a row for each difference."""
        first, *rest = self.answer.lines
        table = () if self.sides is None else self.sides.view().rows
        columns = () if self.sides is None else self.sides.view().columns
        files = tuple(self.answer.files.values())
        notes = tuple(
            line for line in rest if not line.startswith("  ") and not line.endswith(files)
        )
        rounds = counted(len(self.learned.rounds) - 1, "round")
        what = f"Taught: {self.student.name}, in {rounds}; files in {self.folder}"
        return View(what, first, columns=columns, rows=table, apart=True, notes=notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``preceptor teach --json`` prints and ``teach.json`` holds."""
        return self.answer.describe()

    def to_pandas(self) -> Any:
        """A row for each round: its number, lesson, what was spent until then, and on what.

        Raises:
            InputError: pandas is not installed.
        """
        rows = [
            {"round": one["number"], "lesson": one["lesson"], **one["price"]}
            for one in self.answer.rounds
        ]
        return frame(rows)

    def plot(self, axes: Any = None) -> Any:
        """Accuracy under each attack, before and after; returns the matplotlib axes.

        Raises:
            InputError: matplotlib is not installed, or there was no audit.
        """
        if self.sides is None:
            raise InputError(
                "no audit was made, so there is nothing to draw; teach with audit=True"
            )
        return self.sides.plot(axes)
