"""Curves with intervals over seeds, as the pages of comparisons and of claims draw them."""

from dataclasses import dataclass
from typing import Final

WIDTH: Final = 520.0
HEIGHT: Final = 300.0

DASHES: Final = ("", "6 4", "2 3", "10 3 2 3", "12 4", "4 2 1 2")
"""What tells curves of one colour apart, with their marks."""


@dataclass(frozen=True)
class Style:
    """How one curve is drawn wherever it stands.

    Attributes:
        colour: the number of the page's colour, by kind.
        mark: the number of the shape at its points.
        dash: of the line, as in SVG; empty for none.
    """

    colour: int
    mark: int
    dash: str


@dataclass(frozen=True)
class Mark:
    """A point of a curve with its interval over the seeds.

    Attributes:
        x: from the left, in the units of the drawing.
        y: of the mean, from the top.
        low: of the interval's lower end, from the top.
        high: of its upper end, from the top.
    """

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        name: what it is of.
        style: how it is drawn.
        marks: from left to right.
    """

    name: str
    style: Style
    marks: tuple[Mark, ...]

    @property
    def path(self) -> str:
        """For a polyline."""
        return " ".join(f"{m.x:.1f},{m.y:.1f}" for m in self.marks)
