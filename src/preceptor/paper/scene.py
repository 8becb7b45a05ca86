"""Two features as a picture: what the teacher says where, the data, a student's boundary, a ball."""

from dataclasses import dataclass
from typing import Literal

Place = tuple[float, float]

Kind = Literal["low", "high", "uncertain", "error", "false alarm"]
"""What an area is: where the teacher says the one or the other, or cannot tell; where the student is
wrong as the teacher sees it; where it changes its answer, and so does the teacher.
"""


@dataclass(frozen=True)
class Area:
    """A part of the plane.

    Attributes:
        kind: what is so there.
        corners: of a polygon.
    """

    kind: Kind
    corners: tuple[Place, ...]


@dataclass(frozen=True)
class DecisionLine:
    """Where a student changes its answer: a straight line.

    Attributes:
        label: of the student.
        ends: where the line meets the edge of the picture.
    """

    label: str
    ends: tuple[Place, Place]


@dataclass(frozen=True)
class Disc:
    """What lies within a distance of a point.

    Attributes:
        centre: of it.
        radius: of it.
        norm: of the distance: ``inf`` for a square, ``2`` for a disc.
    """

    centre: Place
    radius: float
    norm: Literal["inf", "2"] = "inf"


@dataclass(frozen=True)
class Scene:
    """A square piece of the plane around 0.

    Attributes:
        title: what stands above it.
        reach: half of its side.
        areas: in the order in which they are drawn.
        low: points of the data that the teacher calls so.
        high: the others.
        boundaries: of students.
        balls: around points of the data.
        described: what is to be seen, for those who do not see it.
        note: a line below it.
    """

    title: str
    reach: float
    areas: tuple[Area, ...]
    low: tuple[Place, ...]
    high: tuple[Place, ...]
    boundaries: tuple[DecisionLine, ...]
    balls: tuple[Disc, ...]
    described: str
    note: str = ""


def box(left: float, bottom: float, right: float, top: float) -> tuple[Place, ...]:
    """The corners of a rectangle."""
    return ((left, bottom), (right, bottom), (right, top), (left, top))


def through_zero(first: float, second: float, reach: float) -> tuple[Place, Place]:
    """Where the line on which ``first * x + second * y`` is 0 meets the edge of a scene."""
    times = reach / max(abs(first), abs(second))
    return (second * times, -first * times), (-second * times, first * times)
