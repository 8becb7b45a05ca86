"""The labels that came with the data, set beside what student and teacher say of the clean inputs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch

from preceptor.audit.record import Record
from preceptor.outcome.wording import percent

COLUMN: Final = "labels"
"""The column that holds them."""

AGREEING: Final = 0.9
"""The share of the labels with which a teacher must agree for them to need no reader's attention."""


@dataclass(frozen=True)
class KnownLabels:
    """Counts of clean inputs. Nobody has checked the labels; no rate of the audit goes by them.

    Attributes:
        items: that came with a label.
        student_right: of these, those where the student says that label.
        teacher_certain: of these, those of which the teacher is certain.
        teacher_agrees: of those, the ones where it says that label.
    """

    items: int
    student_right: int
    teacher_certain: int
    teacher_agrees: int

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @property
    def contradicted(self) -> bool:
        """Whether the teacher often says something else: then one of the two is wrong."""
        return self.teacher_agrees < AGREEING * self.teacher_certain

    @property
    def sentence(self) -> str:
        """All of it, in words."""
        share = percent(self.student_right / self.items, self.items)
        text = (
            f"By the labels that came with the data the student is right on {share} of {self.items} "
            "clean inputs"
        )
        if not self.teacher_certain:
            return f"{text}."
        agrees = percent(self.teacher_agrees / self.teacher_certain, self.teacher_certain)
        return (
            f"{text}; the teacher, certain of {self.teacher_certain} of them, agrees with {agrees}."
        )


def known_labels(record: Record) -> KnownLabels | None:
    """What the data's own labels say; ``None`` without any, or where asking stopped by a rule."""
    cells = record.columns.get(COLUMN)
    if cells is None or "stopping" in record.facts:
        return None
    classes = [str(name) for name in record.facts["source"]["classes"]]
    labels = _read(cells, classes, int(record.facts["student"]["classes"]))
    there = labels >= 0
    # a number beyond the student's labels: they are counted from 1, or otherwise than the student's
    other = any(c.isdecimal() for c, known in zip(cells, there.tolist(), strict=True) if not known)
    if other or not bool(there.any()):
        return None
    sheet = record.clean.sheet
    certain = there & sheet.asked & (sheet.teacher >= 0)
    return KnownLabels(
        int(there.sum()),
        int((there & (sheet.student == labels)).sum()),
        int(certain.sum()),
        int((certain & (sheet.teacher == labels)).sum()),
    )


def _read(cells: Sequence[str], classes: Sequence[str], many: int) -> torch.Tensor:
    """``Int64[items]``, -1 where a cell is no label: a name, or a number where names do not say it."""
    place = {str(label): label for label in range(many)}
    place |= {name: label for label, name in enumerate(classes)}
    return torch.tensor([place.get(cell, -1) for cell in cells], dtype=torch.int64)
