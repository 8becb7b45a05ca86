"""What ``preceptor teach`` says in the end: what teaching cost, and what it changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.api.training_data import Material
from preceptor.audit import PairwiseDifference, StudentComparison, lead
from preceptor.core import AnyTeacher
from preceptor.lessons import Price
from preceptor.strategies import LearningResult
from preceptor.students.keeping import KeptStudent

_ENDINGS = {
    "rounds": "all rounds done",
    "budget": "the budget was used up",
    "taught out": "there was nothing more to teach",
    "target": "the measure was good enough",
    "patience": "the measure rose no more",
    "proved": "proved right wherever the teacher is certain",
}


@dataclass(frozen=True)
class TeachingSummary:
    """What teaching cost and changed.

    Attributes:
        price: of all lessons.
        rounds: prices and lessons round by round.
        ending: why it ended.
        given: where the labels are from.
        contrasts: after less before, by row of the audits, the least rate last.
        hurt: whether the least rate, or the one row there is, is settled to be worse.
        lines: all of it in words, the answer first.
        files: what was written.
        certificate: what is proved of the taught student, as plain data; ``None`` where the strategy proves
            nothing.
    """

    price: Price
    rounds: tuple[dict[str, Any], ...]
    ending: str
    given: str
    contrasts: tuple[PairwiseDifference, ...]
    hurt: bool
    lines: tuple[str, ...]
    files: dict[str, str]
    certificate: dict[str, Any] | None = None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "schema": "preceptor-teach/1",
            "price": self.price.describe(),
            "rounds": list(self.rounds),
            "ending": self.ending,
            "given": self.given,
            "differences": [one.describe() for one in self.contrasts],
            "hurt": self.hurt,
            "answer": list(self.lines),
            "files": self.files,
            "certificate": self.certificate,
        }


def told(
    learned: LearningResult,
    teacher: AnyTeacher,
    have: Material,
    sides: StudentComparison | None,
    folder: Path,
    written: KeptStudent,
) -> TeachingSummary:
    """The answer, and where everything lies."""
    price = learned.price
    contrasts = () if sides is None else sides.pair(1, 0).contrasts
    files = {what: str(path) for what, path in written.files.items() if what != "program"}
    cost = (
        f"Cost: {price.questions:,} questions or items, {price.bits:,.1f} bits from the teacher, "
        f"{price.student_bits:,.0f} bits to it, {price.cost:,.4g} in {teacher.name}'s own unit. "
        f"Given besides: {have.origin}. Ended: {_ENDINGS.get(learned.ending, learned.ending)}."
    )
    lines: list[str] = []
    worse = [one for one in contrasts if _sign(one) < 0]
    hurt = bool(contrasts) and _sign(contrasts[-1]) < 0
    if sides is None:
        lines += ["No audit was made, so whether teaching helped is not known.", cost]
    else:
        lines += [*_changed(contrasts, worse, hurt=hurt), cost]
        asked = [side.whole.run.get("new_answers", 0) for side in sides.sides]
        lines.append(
            f"The audits put {asked[0]:,} and {asked[1]:,} new questions, which are no part of the cost."
        )
        lines.append(lead(sides).sentence)
        files["page"] = str(folder / "before-and-after.html")
    made = learned.certificate
    if made is not None:
        lines.insert(0, made.view().headline)
        if made.folder is not None:
            files["certificate"] = str(made.folder / "certificate.json")
    if "program" in written.files:
        files["program"] = str(written.files["program"])
    lines += [f"{what.capitalize()}: {path}" for what, path in files.items()]
    if written.why_no_program:
        lines.append(f"No student.pt2: {written.why_no_program}")
    rounds = tuple(
        {
            "number": one.number,
            "lesson": None if one.lesson is None else one.lesson.kind,
            "price": one.price.describe(),
            "resumed": one.resumed,
        }
        for one in learned.rounds
    )
    facts = None if made is None else made.to_dict()
    return TeachingSummary(
        price, rounds, learned.ending, have.origin, contrasts, hurt, tuple(lines), files, facts
    )


def _changed(
    contrasts: tuple[PairwiseDifference, ...], worse: list[PairwiseDifference], *, hurt: bool
) -> list[str]:
    last = contrasts[-1]
    words = {
        1: "Teaching helped",
        0: "Not settled whether teaching helped or hurt",
        -1: "TEACHING HURT",
    }
    lines = [f"{words[_sign(last)]}: {_points(last)} (after less before, paired by item)."]
    if worse and not hurt:
        lines.append("But surely worse under: " + "; ".join(_points(one) for one in worse) + ".")
    lines += [f"  {_points(one)}{' *' if one.settled else ''}" for one in contrasts[:-1]]
    if len(contrasts) > 1:
        lines.append("  * settled, after Holm's correction over these lines")
    return lines


def _sign(one: PairwiseDifference) -> int:
    """1 if surely better after teaching, -1 if surely worse, else 0."""
    value = one.difference.value
    if not one.settled or value is None:
        return 0
    return 1 if value > 0 else -1 if value < 0 else 0


def _points(one: PairwiseDifference) -> str:
    low, high = (100 * end for end in one.difference.interval)
    value = one.difference.value
    text = "undefined" if value is None else f"{100 * value:+.1f} points"
    return f"{one.name}: {text} [{low:+.1f} to {high:+.1f}]"
