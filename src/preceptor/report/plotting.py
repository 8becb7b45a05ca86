"""The kit of all charts: where things stand in a box of fixed size, ticks, polylines and bands.

Templates draw what is placed here, in the units of the box, from its upper left corner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

PERCENTS: Final = tuple((p / 100, f"{p}\u00a0%") for p in (0, 25, 50, 75, 100))
"""Grid lines of an axis of rates: share and text."""

APART: Final = 34.0
"""How far ticks must be from each other for their texts not to touch."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """A box with margins around what is drawn in it.

    Attributes:
        width: of the box.
        height: of the box.
        left: margin.
        right: margin.
        top: margin.
        bottom: margin.
        digits: to which places are rounded.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    digits: int = 1

    @property
    def box(self) -> tuple[float, float]:
        """Width and height."""
        return self.width, self.height

    def across(self, share: float, *, inset: Place = (0.0, 0.0)) -> float:
        """The place of a share of the width, from the left; ``inset`` adds to the margins."""
        left = self.left + inset[0]
        room = self.width - self.right - inset[1] - left
        return round(left + room * share, self.digits)

    def up(self, share: float) -> float:
        """The place of a share of the height, counted from below."""
        room = self.height - self.top - self.bottom
        return round(self.top + room * (1 - share), self.digits)

    def inside(self, share: float) -> float:
        """The same of a share that may lie outside 0 to 1: then at the edge."""
        return self.up(min(1.0, max(0.0, share)))

    def percents(self) -> list[tuple[str, float]]:
        """The grid lines of rates: text and place."""
        return [(text, self.up(share)) for share, text in PERCENTS]


SMALL: Final = Frame(340.0, 216.0, 40.0, 14.0, 12.0, 36.0)
"""For rates over sizes of attacks or over items."""


def path(places: Iterable[Place]) -> str:
    """The points of an SVG polyline or polygon."""
    return " ".join(f"{x},{y}" for x, y in places)


def band(xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
    """The polygon between two curves."""
    upper, lower = zip(xs, highs, strict=True), zip(xs, lows, strict=True)
    return path([*upper, *reversed(list(lower))])


def polylines(places: Iterable[tuple[float, float | None]]) -> tuple[str, ...]:
    """Polylines, broken where there is no value."""
    runs: list[list[Place]] = [[]]
    for x, y in places:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return tuple(path(run) for run in runs if len(run) > 1)


def ticks(places: Iterable[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """Of places and texts from left to right, those that do not touch."""
    found: list[tuple[float, str]] = []
    for x, text in places:
        if not found or x - found[-1][0] >= APART:
            found.append((x, text))
    return tuple(found)


def power(k: int) -> str:
    """Ten to a whole power, with a raised exponent."""
    return "10" + str(k).translate(_RAISED)


_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

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
class CurvePoint:
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
class Curve:
    """One curve.

    Attributes:
        name: what it is of.
        style: how it is drawn.
        marks: from left to right.
    """

    name: str
    style: Style
    marks: tuple[CurvePoint, ...]

    @property
    def path(self) -> str:
        """For a polyline."""
        return " ".join(f"{m.x:.1f},{m.y:.1f}" for m in self.marks)
