"""What a lesson costs, in units that are never added to one another."""

import math
from dataclasses import dataclass
from typing import Final

from preceptor.core import InputError, Inputs, Texts

BYTE: Final = 8
"""Bits for one coordinate of an input, a gradient or a belief, wherever one is sent raw."""

VOCABULARY: Final = 20_000
"""Words out of which a word is taken to be chosen, where one is sent."""


@dataclass(frozen=True)
class Price:
    """What the teacher gave, counted four ways. Print them side by side, never as one number.

    Attributes:
        questions: things the teacher did: answers, *can't tell* included, and volunteered items.
        bits: the length of what the teacher sent, by the formula of the lesson's type.
        cost: money or seconds, in the teacher's own unit.
        student_bits: what was sent *to* the teacher: 8 bits for each coordinate of a question that
            the student made up. Inputs that both sides have already are not sent.

    Raises:
        InputError: something negative.
    """

    questions: int = 0
    bits: float = 0.0
    cost: float = 0.0
    student_bits: float = 0.0

    def __post_init__(self) -> None:
        if min(self.questions, self.bits, self.cost, self.student_bits) < 0:
            raise InputError(f"a price cannot be negative: {self}")

    def __add__(self, other: "Price") -> "Price":
        return Price(
            self.questions + other.questions,
            self.bits + other.bits,
            self.cost + other.cost,
            self.student_bits + other.student_bits,
        )

    def within(self, limit: "Budget") -> bool:
        """Whether no unit exceeds its limit."""
        pairs = (
            (self.questions, limit.questions),
            (self.bits, limit.bits),
            (self.cost, limit.cost),
        )
        return all(most is None or spent <= most + 1e-9 for spent, most in pairs)

    def describe(self) -> dict[str, float]:
        """Plain data, one entry for each unit."""
        return {
            "questions": self.questions,
            "bits": round(self.bits, 3),
            "cost": round(self.cost, 6),
            "student_bits": round(self.student_bits, 3),
        }


@dataclass(frozen=True)
class Budget:
    """The most that may be spent, in each unit; ``None`` for no limit.

    Attributes:
        questions: answers and volunteered items.
        bits: of the teacher's messages.
        cost: in the teacher's own unit.

    Raises:
        InputError: a negative limit.
    """

    questions: int | None = None
    bits: float | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        if any(most is not None and most < 0 for most in (self.questions, self.bits, self.cost)):
            raise InputError(f"a budget cannot be negative: {self}")


def label_bits(classes: int) -> float:
    """Bits of one answer: a label among ``classes``, or *can't tell*; log2(classes + 1)."""
    return math.log2(classes + 1)


def set_bits(classes: int) -> float:
    """Bits of one answer that may be any set of acceptable labels but none; log2(2**classes - 1)."""
    return math.log2(2**classes - 1)


def word_bits() -> float:
    """Bits of a word that is sent, as out of a vocabulary: log2(20,000)."""
    return math.log2(VOCABULARY)


def raw_bits(inputs: Inputs) -> float:
    """Bits of inputs that are sent as they are: 8 a coordinate, or a byte of UTF-8."""
    if isinstance(inputs, Texts):
        return float(BYTE * sum(len(part.encode()) for parts in inputs.parts for part in parts))
    return float(BYTE * inputs.numel())


def subset_bits(of: int, chosen: int) -> float:
    """Bits that say which ``chosen`` of ``of`` things are meant: log2 C(of, chosen)."""
    # exact up to the rounding of the logarithm: Python's integers do not overflow
    return math.log2(math.comb(of, chosen))
