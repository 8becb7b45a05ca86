"""What came of a file that was taken in."""

from dataclasses import dataclass, field


@dataclass
class Receipt:
    """What came of a file.

    Attributes:
        questions: taken.
        answers: taken.
        lessons: taken.
        present: rows that the study holds already.
        passed: rows that say nothing, such as tasks without an annotation.
        refused: what was not taken: where it stands in the file, and why.
        remarks: what else to know.
    """

    questions: int = 0
    answers: int = 0
    lessons: int = 0
    present: int = 0
    passed: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def describe(self) -> dict[str, object]:
        """Plain data."""
        return {
            "questions": self.questions,
            "answers": self.answers,
            "lessons": self.lessons,
            "present": self.present,
            "passed": self.passed,
            "refused": [{"where": where, "why": why} for where, why in self.refused],
            "remarks": self.remarks,
        }
