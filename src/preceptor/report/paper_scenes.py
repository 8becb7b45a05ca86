"""A plane of two features, placed in a box; the template draws it."""

from dataclasses import dataclass
from typing import Final

from preceptor.outcome.wording import MINUS
from preceptor.paper import Scene
from preceptor.report.plotting import DASHES, path

SIDE: Final = 400.0
"""Of the box, in which up is a smaller number."""

WORDS: Final = {
    "high": "teacher: high",
    "low": "teacher: low",
    "uncertain": "teacher: uncertain",
    "error": "the student is wrong",
    "false alarm": "both change: a false alarm",
}


@dataclass(frozen=True)
class PlacedArea:
    """A polygon; ``key`` is its style."""

    key: str
    points: str


@dataclass(frozen=True)
class PlacedLine:
    """A student's boundary."""

    label: str
    dash: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class PlacedBall:
    """A square or a disc."""

    round: bool
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class PlacedScene:
    """A scene, placed; ``keys`` says what its legend has to explain, with the words."""

    scene: Scene
    areas: tuple[PlacedArea, ...]
    low: tuple[tuple[float, float], ...]
    high: tuple[tuple[float, float], ...]
    lines: tuple[PlacedLine, ...]
    balls: tuple[PlacedBall, ...]
    ball: str
    keys: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[float, str], ...]


def place(scene: Scene) -> PlacedScene:
    """Where everything stands."""

    def at(spot: tuple[float, float]) -> tuple[float, float]:
        x, y = spot
        half = SIDE / 2
        return round(half * (1 + x / scene.reach), 1), round(half * (1 - y / scene.reach), 1)

    areas = tuple(PlacedArea(_key(area.kind), path(map(at, area.corners))) for area in scene.areas)
    lines = tuple(
        PlacedLine(one.label, DASHES[place % len(DASHES)], *at(one.ends[0]), *at(one.ends[1]))
        for place, one in enumerate(scene.boundaries)
    )
    balls = tuple(
        PlacedBall(one.norm == "2", *at(one.centre), round(one.radius / scene.reach * SIDE / 2, 1))
        for one in scene.balls
    )
    kinds = dict.fromkeys(area.kind for area in scene.areas)
    most = int(scene.reach)
    ticks = tuple(
        (at((float(k), 0.0))[0], str(k).replace("-", MINUS)) for k in range(-most, most + 1)
    )
    return PlacedScene(
        scene,
        areas,
        tuple(map(at, scene.low)),
        tuple(map(at, scene.high)),
        lines,
        balls,
        _ball(scene),
        tuple((_key(kind), WORDS[kind]) for kind in kinds),
        ticks,
    )


def _key(kind: str) -> str:
    return kind.replace(" ", "-")


def _ball(scene: Scene) -> str:
    """What the balls are, for the legend."""
    if not scene.balls:
        return ""
    one = scene.balls[0]
    return f"{'l_inf' if one.norm == 'inf' else 'l_2'} ball of {one.radius:g}"
