"""A few cells of a row, changed to what a cell may hold: words, truth values and numbers alike.

Greedy substitution, one cell after another, as in Yang et al. 2020, "Greedy attack and Gumbel
attack: generating adversarial examples for discrete data", section 3.1, then random restarts as in
Croce et al. 2022, "Sparse-RS", section 4. Differences: the student's own answer and log-odds instead
of label and loss; every candidate is a valid row, whatever ties its columns; numbers have candidates
within a share of their range.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.effort_schedule import BestPoints
from preceptor.attacks.predictions import CleanPrediction, doubt, logits_of
from preceptor.core import Domain, Goal, ItemRng, Student, TableDomain
from preceptor.core.checks import at_least, positive
from preceptor.core.columns import FILL, TableColumn
from preceptor.core.domain import inward

STEPS: Final = (-1.0, -0.5, 0.5, 1.0)
"""Where the greedy part looks for a number, as shares of the greatest change."""

WORDS: Final = 12
"""Words that the greedy part tries in one cell at most, drawn at random where there are more."""

AT_ONCE: Final = 16
"""Restarts of one item that the student is asked about together."""


@dataclass(frozen=True)
class Cells:
    """Up to ``count`` cells changed, so that the student changes its mind. No gradients.

    First the one cell whose change shakes the student most, then a second beside it, and so on; what
    is left of the queries goes to random sets of cells. Where there are too many cells to try each of
    them so, evenly spaced ones are. A group of columns of which one is 1 is one
    cell. Columns that a relation ties to a changed cell may follow it, and are not counted.

    Attributes:
        count: of cells that may change.
        size: the greatest change of a number, as a size of the domain: a share of the column's range.
            A word becomes any other that it may become.
        queries: rows that the student is asked about for each item at most.

    Raises:
        InputError: an option that makes no sense.
    """

    count: int = 2
    size: float = 0.3
    queries: int = 500

    family: ClassVar[str] = "cells"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "cells", count=self.count, queries=self.queries)
        positive("cells", size=self.size)

    @property
    def name(self) -> str:
        """``cells``, how many, how far, and every option that is not the default."""
        return name_of(self, self.family, "count", "size")

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        clean = inputs.detach().clone()
        own = CleanPrediction.of(student, clean) if len(clean) else None
        cells = [cell for cell in domain.cells() if _free(domain, cell[1])]
        if own is None or not cells:
            return clean
        tries = _Tries(domain, [places for _, places in cells], self.size)
        best = BestPoints.of(student, clean.clone(), own)
        best.doubts = torch.where(best.doubts.isposinf(), best.doubts, -torch.inf)
        left = self.queries - self._greedy(student, clean, own, tries, best, rng)
        while left > 0 and len(best.rows):
            many = min(AT_ONCE, left)
            left -= many
            self._restart(student, clean, own, tries, best, rng, many)
        return best.points

    def _greedy(
        self,
        student: Student,
        clean: Tensor,
        own: CleanPrediction,
        tries: "_Tries",
        best: BestPoints,
        rng: ItemRng,
    ) -> int:
        """One cell after another; how many queries that took."""
        asked = 0
        used = torch.zeros(len(clean), len(tries.cells), dtype=torch.bool, device=clean.device)
        ones = range(0, len(tries.cells), max(1, len(tries.cells) * len(STEPS) // self.queries))
        for _ in range(min(self.count, len(ones))):
            rows = best.rows
            if len(rows) == 0 or asked >= self.queries:
                break
            here, start = best.points[rows], clean[rows]
            parts = [tries.all_of(cell, start, rng.take(rows)) for cell in ones]
            cell_of = torch.cat(
                [torch.full((p.shape[1],), cell) for cell, p in zip(ones, parts, strict=True)]
            )
            keep = min(len(cell_of), self.queries - asked)
            made = [tries.put(cell, here, part) for cell, part in zip(ones, parts, strict=True)]
            moved = torch.cat(made, 1)[:, :keep]
            asked += keep
            seen, doubted = _ask(student, moved, start, own.take(rows), tries.domain)
            barred = used[rows][:, cell_of[:keep].to(rows.device)]
            doubted = doubted.masked_fill(barred, -torch.inf).to(best.doubts)
            most, place = doubted.max(1)
            better = (most > best.doubts[rows]).nonzero()[:, 0]
            best.points[rows[better]] = seen[better, place[better]]
            best.doubts[rows[better]] = most[better]
            used[rows[better], cell_of.to(rows.device)[place[better]]] = True
            best.drop()
        return asked

    def _restart(
        self,
        student: Student,
        clean: Tensor,
        own: CleanPrediction,
        tries: "_Tries",
        best: BestPoints,
        rng: ItemRng,
        many: int,
    ) -> None:
        """Random sets of cells with random values."""
        rows = best.rows
        start, streams = clean[rows], rng.take(rows)
        moved = tries.drawn(start, streams, self.count, many)
        seen, doubted = _ask(student, moved, start, own.take(rows), tries.domain)
        most, place = doubted.to(best.doubts).max(1)
        better = (most > best.doubts[rows]).nonzero()[:, 0]
        best.points[rows[better]] = seen[better, place[better]]
        best.doubts[rows[better]] = most[better]
        best.drop()


def _free(domain: Domain, places: tuple[int, ...]) -> bool:
    return domain.fixed is None or not bool(domain.fixed.flatten()[list(places)].all())


def _ask(
    student: Student, moved: Tensor, clean: Tensor, own: CleanPrediction, domain: Domain
) -> tuple[Tensor, Tensor]:
    """Valid rows ``[batch, k, *shape]`` and the student's doubt there ``[batch, k]``."""
    many = moved.shape[1]
    rows = torch.arange(len(clean), device=clean.device).repeat_interleave(many)
    seen = domain.project(moved.flatten(0, 1), clean[rows])
    doubted = doubt(student, logits_of(student, seen), own.take(rows))
    still = (seen == clean[rows]).flatten(1).all(1)
    return seen.reshape(moved.shape), doubted.masked_fill(still, -torch.inf).reshape(-1, many)


@dataclass(frozen=True, eq=False)
class _Tries:
    """What each cell may become.

    Attributes:
        domain: of the rows.
        cells: the coordinates of each.
        size: the greatest change of a number.
    """

    domain: Domain
    cells: list[tuple[int, ...]]
    size: float

    def all_of(self, cell: int, clean: Tensor, rng: ItemRng) -> Tensor:
        """What the greedy part tries in a cell, ``[batch, k, coordinates of the cell]``."""
        places = self.cells[cell]
        flat = clean.flatten(1)
        column = self._column(places)
        if column is None and len(places) > 1:  # a group of which one is 1
            return torch.eye(len(places)).to(flat).expand(len(flat), -1, -1)
        if column is not None and column.words:
            codes = torch.tensor(column.codes, dtype=torch.float64).to(flat)
            if len(codes) > WORDS:
                drawn = rng.uniform((len(codes),)).argsort(1)[:, :WORDS]
                return codes[drawn.to(codes.device)][:, :, None]
            return codes.expand(len(flat), -1)[:, :, None]
        return self._numbers(
            places, column, flat, torch.tensor(STEPS).to(flat).expand(len(flat), -1)
        )

    def _numbers(
        self, places: tuple[int, ...], column: TableColumn | None, flat: Tensor, steps: Tensor
    ) -> Tensor:
        """Numbers that many sizes away; truth values turned; what is missing, given a value."""
        if column is not None and column.kind == "boolean":
            made = (1 - flat[:, places[0]])[:, None, None]
        else:
            unit = self.domain.unit.flatten()[places[0]].to(flat)
            made = (flat[:, places[0], None] + self.size * unit * steps)[:, :, None]
            if column is not None and column.spacing is not None:  # rounded, it might go too far
                gap = torch.tensor(column.spacing).to(made)
                made = inward(made, flat[:, places[0], None, None], gap)
        if len(places) == 1:
            return made
        away = flat[:, places[1], None, None].expand_as(made)
        low, high = (end.flatten()[places[0]].to(flat) for end in self.domain.bounds())
        made = torch.where(away > 0.5, (low + high) / 2, made)
        given = torch.cat([made, torch.zeros_like(made)], 2)
        gap = torch.tensor([FILL, 1.0]).to(flat).expand(len(flat), 1, 2)
        return torch.cat([given, gap], 1)

    def _column(self, places: tuple[int, ...]) -> TableColumn | None:
        """The column of a cell; ``None`` for a group, or where there are no columns."""
        if not isinstance(self.domain, TableDomain):
            return None
        name = self.domain.names[places[0]]
        column = self.domain.column[name]
        return column if len(column.coordinates) == len(places) else None

    def put(self, cell: int, rows: Tensor, values: Tensor) -> Tensor:
        """Rows ``[batch, k, *shape]``, each with one of a cell's values."""
        made = rows.flatten(1)[:, None].repeat(1, values.shape[1], 1)
        made[:, :, list(self.cells[cell])] = values
        return made.reshape(len(rows), -1, *self.domain.shape)

    def drawn(self, clean: Tensor, rng: ItemRng, count: int, many: int) -> Tensor:
        """Rows ``[batch, many, *shape]`` with ``count`` random cells at random values."""
        draws = rng.uniform((many, 2, len(self.cells))).to(clean)
        chosen = draws[:, :, 0].argsort(2).argsort(2) < count
        made = clean.flatten(1)[:, None].repeat(1, many, 1)
        for cell, places in enumerate(self.cells):
            values = self._drawn(cell, clean, rng, draws[:, :, 1, cell])
            where = chosen[:, :, cell, None]
            made[:, :, list(places)] = torch.where(where, values, made[:, :, list(places)])
        return made.reshape(len(clean), many, *self.domain.shape)

    def _drawn(self, cell: int, clean: Tensor, rng: ItemRng, draws: Tensor) -> Tensor:
        """Values of a cell, ``[batch, many, coordinates of the cell]``, by draws in 0 .. 1."""
        places, flat = self.cells[cell], clean.flatten(1)
        column = self._column(places)
        if column is not None and column.words:
            options = torch.tensor(column.codes, dtype=torch.float64).to(flat)
            options = options.expand(len(flat), -1)[:, :, None]
        elif column is None and len(places) > 1:
            options = self.all_of(cell, clean, rng)
        else:
            options = self._numbers(places, column, flat, 2 * draws - 1)
            if options.shape[1] >= draws.shape[1]:
                return options[:, : draws.shape[1]]
        index = (draws * options.shape[1]).long().clamp(max=options.shape[1] - 1)
        return options.gather(1, index[:, :, None].expand(-1, -1, options.shape[2]))
