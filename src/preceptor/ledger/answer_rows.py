"""What is read from a ledger: frozen rows."""

from dataclasses import dataclass
from typing import NamedTuple

from preceptor.core.label_sets import set_words


@dataclass(frozen=True)
class TeacherRow:
    """A teacher as the ledger knows it.

    Attributes:
        name: who it is.
        version: which version of it; name and version together are its key.
        classes: its labels are ``0 .. classes - 1``.
        certainty: the sentence with which it was first seen.
        first_seen: UTC, ISO 8601.
    """

    name: str
    version: str
    classes: int
    certainty: str
    first_seen: str


@dataclass(frozen=True)
class AnswerRow:
    """One kept answer.

    Attributes:
        teacher: name of the teacher that gave it.
        version: version of that teacher.
        input: key of the input; ``Ledger.input`` gives the input itself.
        repeat: 0 for the first answer to this question, 1, 2, ... for further ones.
        label: ``0 .. classes - 1``, or ``UNCERTAIN`` (-1).
        cost: in the teacher's own unit.
        seconds: wall-clock time; the questions of one sub-batch share its time equally.
        asked_at: UTC, ISO 8601.
        purpose: what it was asked for.
        votes: the single votes behind the label, if the teacher told them.
        acceptable: the labels of a partial answer, whose ``label`` is ``UNCERTAIN``; else ``None``.
    """

    teacher: str
    version: str
    input: str
    repeat: int
    label: int
    cost: float
    seconds: float
    asked_at: str
    purpose: str
    votes: tuple[int, ...] | None
    acceptable: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Total:
    """What one teacher was asked for one purpose.

    Attributes:
        teacher: name of the teacher.
        version: version of that teacher.
        purpose: what it was asked for.
        questions: questions put to it through ``keep``, which is what a budget counts. Imported
            answers have no question.
        answers: answers kept.
        cost: their sum, in the teacher's own unit. A panel's answers cost nothing of their own:
            their price is its members'.
        seconds: their sum.
        last_asked: UTC, ISO 8601, of the last question or answer.
    """

    teacher: str
    version: str
    purpose: str
    questions: int
    answers: int
    cost: float
    seconds: float
    last_asked: str


@dataclass(frozen=True)
class Conflict:
    """An imported answer that differs from the first one kept.

    Attributes:
        row: row of the import.
        input: key of the input.
        first: the label kept first.
        other: the imported label. Of a partial answer ``UNCERTAIN``, as in ``first``.
    """

    row: int
    input: str
    first: int
    other: int


@dataclass(frozen=True)
class ImportCounts:
    """What became of imported answers.

    Attributes:
        stored: how many were new, further repeats included.
        known: how many stood in the ledger already.
        conflicts: those that differ from the first answer kept; each is kept as a further repeat.
    """

    stored: int
    known: int
    conflicts: tuple[Conflict, ...]


class KeptAnswer(NamedTuple):
    """One answer as it is looked up. A tuple, since there are many.

    Attributes:
        label: or ``UNCERTAIN``.
        cost: in the teacher's own unit.
        votes: behind it.
        acceptable: the labels of a partial answer.
    """

    label: int
    cost: float
    votes: tuple[int, ...] | None
    acceptable: tuple[int, ...] | None = None

    @property
    def said(self) -> tuple[int, tuple[int, ...] | None]:
        """What makes two answers the same."""
        return self.label, self.acceptable

    def __str__(self) -> str:
        return str(self.label) if self.acceptable is None else set_words(self.acceptable)
