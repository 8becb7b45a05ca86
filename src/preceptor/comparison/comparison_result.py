"""A finished comparison: what its cells say together, with intervals over the seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from preceptor.comparison.cell import Cell
from preceptor.comparison.design import BASE
from preceptor.comparison.witnesses import WitnessSearches
from preceptor.core.saved import Arrays, Facts, Format
from preceptor.core.view import View, Viewed
from preceptor.outcome import Spread

SCHEMA: Final = "preceptor-comparison/1"

FORMAT: Final = Format(
    what="comparison",
    schema=SCHEMA,
    file="comparison.json",
    hint="Give the folder that `preceptor compare --out` named.",
    nan=True,
)

Unit = Literal["questions", "bits", "cost", "student_bits"]
"""In which prices are counted; never added to one another."""

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


@dataclass(frozen=True)
class BudgetPoint:
    """One strategy with one budget, over the seeds.

    Attributes:
        strategy: as specified.
        budget: questions or items.
        price: by unit.
        measures: by name, and ``strong``, the least over the laws; ``None`` where one seed's is
            undefined.
        void: by name of the measure, the mean share of inputs on which the teacher was uncertain.
        searched: what searches of the taught students found; ``None`` unless all were searched.
    """

    strategy: str
    budget: int
    price: dict[Unit, Spread]
    measures: dict[str, Spread | None]
    void: dict[str, float]
    searched: WitnessSearches | None = None


@dataclass(frozen=True)
class TargetPrice:
    """The price at which a strategy reaches the target, seed by seed.

    Attributes:
        strategy: as specified.
        unit: of the price.
        prices: in the order of the seeds; ``None`` where no budget tried was enough.
    """

    strategy: str
    unit: Unit
    prices: tuple[float | None, ...]

    @property
    def reached(self) -> int:
        """In how many seeds."""
        return sum(price is not None for price in self.prices)

    @property
    def everywhere(self) -> bool:
        """In all of them."""
        return self.reached == len(self.prices)

    def spread(self, level: float) -> Spread | None:
        """Over the seeds; ``None`` unless all reach the target, since the rest would flatter."""
        known = [price for price in self.prices if price is not None]
        return Spread.of(known, level) if self.everywhere else None


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Viewed):
    """All cells of a comparison.

    Attributes:
        design: plain data, see :meth:`preceptor.comparison.Design.describe`.
        about: the problem, its teacher, and when that is certain.
        cells: in the order strategy, budget, seed; the given labels alone first.
        target: of strong accuracy.
        environment: where and with what.
    """

    design: dict[str, Any]
    about: dict[str, str]
    cells: tuple[Cell, ...]
    target: float
    environment: dict[str, Any]

    @property
    def level(self) -> float:
        """Of the intervals."""
        return float(self.design["level"])

    @property
    def strategies(self) -> list[str]:
        """As specified, in order, the given labels alone first."""
        return list(dict.fromkeys(cell.strategy for cell in self.cells))

    def kind(self, strategy: str) -> str:
        """Who chooses what is learned."""
        return next(cell.kind for cell in self.cells if cell.strategy == strategy)

    @property
    def units(self) -> list[Unit]:
        """Those in which something was paid."""
        return [unit for unit in UNITS if any(_paid(cell, unit) > 0 for cell in self.cells)]

    @property
    def measures(self) -> list[str]:
        """Names of what was measured; ``strong``, where it is the least of several laws."""
        names = list(self.cells[0].measures)
        laws = [name for name in names if name.startswith("strong ")]
        return [*names, "strong"] if len(laws) > 1 else names

    @property
    def search(self) -> int:
        """Questions that each taught student's search might ask; 0 if none was searched."""
        return int(self.design.get("search", 0))

    def points(self, strategy: str) -> list[BudgetPoint]:
        """A point for each budget, in order."""
        mine = [cell for cell in self.cells if cell.strategy == strategy]
        budgets = list(dict.fromkeys(cell.budget for cell in mine))
        return [self._point(strategy, [c for c in mine if c.budget == b], b) for b in budgets]

    def _point(self, strategy: str, cells: Sequence[Cell], budget: int) -> BudgetPoint:
        price = {unit: Spread.of([_paid(c, unit) for c in cells], self.level) for unit in UNITS}
        measures: dict[str, Spread | None] = {}
        void = {}
        for name in cells[0].measures:
            measures[name] = self._spread([cell.measures[name].value for cell in cells])
            shares = [
                r.void / max(1, r.void + r.certain) for r in (c.measures[name] for c in cells)
            ]
            void[name] = sum(shares) / len(shares)
        measures["strong"] = self._spread([cell.strong for cell in cells])
        counts = [cell.witnesses for cell in cells if cell.witnesses is not None]
        searched = WitnessSearches.of(counts, self.level) if len(counts) == len(cells) else None
        return BudgetPoint(strategy, budget, price, measures, void, searched)

    def _spread(self, values: Sequence[float | None]) -> Spread | None:
        known = [value for value in values if value is not None]
        return Spread.of(known, self.level) if len(known) == len(values) else None

    def reach(self, strategy: str, unit: Unit) -> TargetPrice:
        """The price of the target.

        Of each seed's own curve, which starts at price 0 with the given labels alone: the price of
        the first budget if that is enough already, since a lesson cannot be had in part; after it,
        where the straight line between two budgets meets the target, which is a reading, not a
        measurement.
        """
        base = {c.seed: c.strong for c in self.cells if c.strategy == BASE}
        prices = []
        for seed in self.design["seeds"]:
            mine = [c for c in self.cells if c.strategy == strategy and c.seed == seed]
            steps = sorted((_paid(c, unit), c.strong) for c in mine if c.strong is not None)
            prices.append(_crossing([(0.0, base[seed]), *steps], self.target))
        return TargetPrice(strategy, unit, tuple(prices))

    def view(self) -> View:
        """Where telling wins, ties and loses, and a row for each way of learning."""
        from preceptor.comparison.comparison_view import view_of

        return view_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``preceptor compare --json`` prints, with its schema."""
        from preceptor.comparison.comparison_view import data_of

        return data_of(self)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame``, a row for each strategy, budget and seed.

        Raises:
            InputError: pandas is not installed.
        """
        from preceptor.comparison.comparison_view import frame_of

        return frame_of(self)

    def plot(self, axes: Any = None) -> Any:
        """Strong accuracy against questions, a curve for each way of learning.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.comparison.comparison_view import plot_of

        return plot_of(self, axes)

    def describe(self) -> dict[str, Any]:
        """Plain data; all that is not a cell is computed from the cells."""
        table = [
            {
                "strategy": name,
                "kind": self.kind(name),
                "points": [
                    {
                        "budget": point.budget,
                        "price": {unit: one.describe() for unit, one in point.price.items()},
                        "measures": {
                            key: None if one is None else one.describe()
                            for key, one in point.measures.items()
                        },
                        "void": {key: round(share, 4) for key, share in point.void.items()},
                        "searched": None if point.searched is None else point.searched.describe(),
                    }
                    for point in self.points(name)
                ],
                "price_to_target": {
                    unit: {"prices": list(reach.prices), "reached": reach.reached}
                    for unit in UNITS
                    for reach in (self.reach(name, unit),)
                },
            }
            for name in self.strategies
        ]
        return {
            "schema": SCHEMA,
            "design": self.design,
            "about": self.about,
            "target": self.target,
            "environment": self.environment,
            "summary": table,
            "cells": [cell.describe() for cell in self.cells],
        }

    def save(self, folder: str | Path) -> Path:
        """Write ``comparison.json`` into a folder, whole or not at all; returns its path."""
        return FORMAT.write(folder, self.describe())

    @classmethod
    def load(cls, path: str | Path) -> "Comparison":
        """From ``comparison.json``, or the folder that holds it.

        Raises:
            InputError: no such file, or no comparison in it.
        """
        return FORMAT.load(path, cls._of)

    @classmethod
    def _of(cls, _: Path, said: Facts, __: Arrays) -> "Comparison":
        cells = tuple(Cell.read(one) for one in said["cells"])
        return cls(said["design"], said["about"], cells, said["target"], said["environment"])


def _paid(cell: Cell, unit: Unit) -> float:
    return float(cell.price.describe()[unit])


def _crossing(curve: Sequence[tuple[float, float | None]], target: float) -> float | None:
    """Where a curve of (price, accuracy), prices rising, first meets the target."""
    known = [(price, height) for price, height in curve if height is not None]
    for place, (price, height) in enumerate(known):
        if height < target:
            continue
        if place < 2:
            return price
        before, low = known[place - 1]
        return before + (price - before) * (target - low) / (height - low)
    return None


def ratio(one: TargetPrice, other: TargetPrice, level: float) -> Spread | None:
    """The logarithm of how many times more the second costs, seed by seed; ``None`` where one does
    not reach the target everywhere, or costs nothing.
    """
    pairs = list(zip(one.prices, other.prices, strict=True))
    if not all(a and b for a, b in pairs):
        return None
    return Spread.of([math.log((b or 1.0) / (a or 1.0)) for a, b in pairs], level)
