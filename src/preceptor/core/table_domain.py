"""The domain of a table: vectors of numbers outside, rows of columns inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import torch
from torch import Tensor

from preceptor.core.columns import CODES, FILL, TableColumn
from preceptor.core.domain import Bound, Domain
from preceptor.core.errors import InputError
from preceptor.core.relations import Relation, check_columns, tied
from preceptor.core.table_projection import allowed_exchanges, holds, valid_rows

SLACK = 1e-6
"""How far a number may lie outside its bounds, as a share of them."""


@dataclass(frozen=True, eq=False)
class TableDomain(Domain):
    """Which rows a table may have; make one with :meth:`of`.

    An input is a float32 vector ``[coordinates]``. Sizes are shares of each column's range. A
    changed category counts as a change of 1, however its words are coded, and so does a value that
    goes missing: no ball smaller than the whole domain holds such a change.

    Attributes:
        columns: in their order.
        relations: what holds between them.
        example: ``Float32[coordinates]``, a valid row: what takes the place of a row that breaks a
            relation and was moved from none that keeps it.
    """

    columns: tuple[TableColumn, ...] = ()
    relations: tuple[Relation, ...] = ()
    example: Tensor | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        columns: Sequence[TableColumn],
        relations: Iterable[Relation | str] = (),
        *,
        scale: Bound | None = None,
        example: Tensor | None = None,
    ) -> "TableDomain":
        """The domain of these columns.

        Args:
            columns: at least one.
            relations: as objects or as they are written, ``loan <= income``.
            scale: see :class:`preceptor.core.Domain`.
            example: a valid row.

        Raises:
            InputError: no columns, names that repeat, or a relation that fits none.
        """
        names = tuple(name for column in columns for name in column.coordinates)
        if not names or len(set(names)) != len(names):
            raise InputError(f"a table's columns need different names, at least one: {names[:20]}")
        made = tuple(Relation.parse(one) if isinstance(one, str) else one for one in relations)
        check_columns(made, {column.name: column.kind for column in columns})
        ends: list[tuple[float, float, float, bool]] = []  # low, high, spacing, fixed
        for column in columns:
            stays = column.change == "fixed"
            ends.append((*column.bounds, column.spacing or 0.0, stays))
            if column.gaps:
                ends.append((0.0, 1.0, 1.0, stays or column.missing == "kept"))
        low, high, spacing, fixed = (torch.tensor(part) for part in zip(*ends, strict=True))
        whole = spacing > 0
        return cls(
            (len(names),),
            low,
            high,
            fixed if bool(fixed.any()) else None,
            whole if bool(whole.any()) else None,
            names,
            scale,
            torch.where(whole, spacing, 1.0),
            tuple(columns),
            made,
            example,
        )

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The first coordinate of each column."""
        found, at = [], 0
        for column in self.columns:
            found.append(at)
            at += len(column.coordinates)
        return tuple(found)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The same by name."""
        return {c.name: at for c, at in zip(self.columns, self.places, strict=True)}

    @cached_property
    def column(self) -> Mapping[str, TableColumn]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def codes(self) -> Mapping[str, tuple[Tensor, Tensor]]:
        """Of each category: codes, sorted, and which may become which."""
        return {c.name: allowed_exchanges(c) for c in self.columns if c.kind == "category"}

    @cached_property
    def tied(self) -> list[tuple[str, ...]]:
        """Columns that hang together through relations."""
        return tied(self.relations)

    def signs(self, relation: Relation, like: Tensor) -> Tensor:
        """``Float64[k]``: 1 for a relation's columns on the left, -1 for those on the right."""
        signs = [1.0] * len(relation.left) + [-1.0] * len(relation.right)
        return torch.tensor(signs, dtype=torch.float64, device=like.device)

    @cached_property
    def still(self) -> Tensor:
        """``Bool[coordinates]``: categories, and what says that a value is missing."""
        found = torch.zeros(self.shape, dtype=torch.bool)
        for column, place in zip(self.columns, self.places, strict=True):
            if column.kind == "category" or column.gaps:
                found[place + column.gaps] = True
        return found

    @cached_property
    def coded(self) -> Tensor:
        """``Bool[coordinates]``: categories."""
        found = torch.zeros(self.shape, dtype=torch.bool)
        found[[p for c, p in zip(self.columns, self.places, strict=True) if c.words]] = True
        return found

    @cached_property
    def unit(self) -> Tensor:
        """``Float[coordinates]``: as said; else each column's range, so that all suit one size."""
        low, high = self.bounds()
        given = high - low if self.scale is None else self._spread(self.scale, "scale")
        return torch.where(self.coded, CODES, torch.where(self.still, 1.0, given))

    def _ranges(self) -> Tensor:
        low, high = self.bounds()
        return torch.where(self.still, 1.0, (high - low) / self.unit)

    @property
    def sizes(self) -> str:
        """What sizes are, in words."""
        words = "shares of each column's range" if self.scale is None else super().sizes
        return f"{words}; a changed category counts 1" if bool(self.coded.any()) else words

    def counted(self) -> Domain:
        """The same rows, each coordinate counted in its unit."""
        plain = super().counted()
        names = ("shape", "low", "high", "fixed", "whole", "names", "scale", "spacing")
        return CountedTable(**{name: getattr(plain, name) for name in names}, table=self)

    def measured(self, inputs: Tensor) -> Tensor:
        """Rows ``Float[batch, coordinates]`` as vectors whose l_2 distances are sizes.

        A category becomes a coordinate for each of its words, so that any two are 1 apart.
        """
        found, unit = [], self.unit.to(inputs)
        for column, place in zip(self.columns, self.places, strict=True):
            here = inputs[:, place]
            if column.words:
                codes = self.codes[column.name][0].to(inputs)
                found.append((here[:, None] == codes).to(inputs) / 2**0.5)
                continue
            if column.gaps:
                away = inputs[:, place + 1] > 0.5
                here = torch.where(away, sum(column.bounds) / 2, here)
                found.append(away.to(inputs)[:, None])
            found.append((here / unit[place])[:, None])
        return torch.cat(found, 1)

    def differences(self, moved: Tensor, clean: Tensor) -> Tensor:
        """``Float64[batch, coordinates]``: how far each coordinate moved, as a size."""
        apart = (moved - clean).double()
        found = torch.where(self.coded.to(moved.device), apart.sign(), apart / self.unit.to(apart))
        for column, place in zip(self.columns, self.places, strict=True):
            if column.gaps:
                away = (moved[:, place + 1] > 0.5) | (clean[:, place + 1] > 0.5)
                found[:, place] = torch.where(away, 0.0, found[:, place])
        return found

    @cached_property
    def switches(self) -> list[list[int]]:
        """Coordinates that can only change together, and at once."""
        found = [
            [place, place + 1] if column.gaps else [place]
            for column, place in zip(self.columns, self.places, strict=True)
            if column.words or column.gaps
        ]
        groups = [one for one in self.relations if one.sign == "one of"]
        return [*found, *([self.place[name] for name in one.left] for one in groups)]

    def between(self, start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        """On the way from ``start`` to ``end``: numbers slide, words and groups switch in turn."""
        slid = super().between(start, end, share)
        many = len(self.switches)
        for i, places in enumerate(self.switches):
            over = (share >= (i + 0.5) / many)[:, None]
            fixed_gap = (
                len(places) == 2 and places[1] == places[0] + 1 and bool(self.still[places[1]])
            )
            # a value that is missing at neither end slides like any other
            both = (start[:, places[-1:]] == end[:, places[-1:]]) if fixed_gap else None
            chosen = torch.where(over, end[:, places], start[:, places])
            slid[:, places] = chosen if both is None else torch.where(both, slid[:, places], chosen)
        return slid

    def cells(self) -> list[tuple[str, tuple[int, ...]]]:
        """The columns; a group of which one is 1 counts as one cell."""
        groups = [one for one in self.relations if one.sign == "one of"]
        grouped = {name for one in groups for name in one.left}
        found = [
            (column.name, tuple(range(place, place + len(column.coordinates))))
            for column, place in zip(self.columns, self.places, strict=True)
            if column.name not in grouped
        ]
        for one in groups:
            places = [p for name in one.left for p in self._coordinates(name)]
            found.append((" or ".join(one.left), tuple(places)))
        return sorted(found, key=lambda cell: cell[1])

    def _coordinates(self, name: str) -> tuple[int, ...]:
        place = self.place[name]
        return tuple(range(place, place + len(self.column[name].coordinates)))

    def mend(self, moved: Tensor, clean: Tensor) -> Tensor:
        """A valid row, each coordinate of it between ``clean`` and ``moved``."""
        return valid_rows(self, moved, clean, follow=False)

    def project(self, moved: Tensor, clean: Tensor) -> Tensor:
        """Valid rows near ``moved``: see :mod:`preceptor.core.table_projection`."""
        if self.relations and self.example is not None:
            wrong = ~self.related(clean)
            clean = torch.where(wrong[:, None], self.example.to(clean), clean)
        near = super().project(moved, clean)
        # where clean holds no value, what bounds say of a value does not matter
        return valid_rows(self, near, clean, follow=True)

    def related(self, inputs: Tensor) -> Tensor:
        """``Bool[batch]``: where all relations hold."""
        parts = list(inputs.unbind(1))
        held = torch.ones(len(inputs), dtype=torch.bool, device=inputs.device)
        for relation in self.relations:
            held = held & holds(self, relation, parts)
        return held

    def outside(self, inputs: Tensor, tolerance: float = SLACK) -> Tensor:
        """``Bool[batch]``: which rows are none of the table's."""
        bad = ~torch.isfinite(inputs).all(1) | ~self.related(inputs)
        for column, place in zip(self.columns, self.places, strict=True):
            bad = bad | self._outside(column, inputs[:, place : place + 2], tolerance)
        return bad

    def _outside(self, column: TableColumn, cells: Tensor, tolerance: float) -> Tensor:
        values = cells[:, 0]
        if column.words:
            return ~torch.isin(values, self.codes[column.name][0].to(values))
        low, high = column.bounds
        slack = tolerance * (high - low)
        bad = (values < low - slack) | (values > high + slack)
        if column.spacing is not None:
            steps = values.double() / column.spacing
            bad = bad | ((steps - steps.round()).abs() > 1e-6 * steps.abs().clamp_min(1.0))
        if not column.gaps:
            return bad
        away = cells[:, 1]
        return torch.where(away == 1, values != FILL, bad | (away != 0))

    def fault(self, row: Tensor) -> str:
        """What is wrong with a row ``Float[coordinates]`` of numbers; empty if nothing is."""
        for column, place in zip(self.columns, self.places, strict=True):
            cells = row[None, place : place + 2]
            if bool(self._outside(column, cells, SLACK)):
                return (
                    f"its {column.name} is {float(row[place]):.7g}, and the column is {column.says}"
                )
        for relation in self.relations:
            if not bool(holds(self, relation, list(row[None].unbind(1)))):
                values = ", ".join(
                    f"{name} {float(row[self.place[name]]):.7g}" for name in relation.columns
                )
                return f"it breaks the relation {relation.text} ({values})"
        return ""

    @property
    def layout(self) -> str:
        """A hash of what a vector's numbers mean: with another one the same vector is another row."""
        said = [[c.name, c.kind == "category", c.gaps] for c in self.columns]
        return sha256(repr(said).encode()).hexdigest()[:16]

    def describe(self) -> dict[str, Any]:
        """Plain data, from which :meth:`read` makes the domain again."""
        found = {
            **super().describe(),
            "kind": "table",
            "columns": [column.describe() for column in self.columns],
            "relations": [relation.text for relation in self.relations],
        }
        if self.scale is not None:
            found["scaled"] = self._spread(self.scale, "scale").tolist()
        return found

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "TableDomain":
        """From plain data."""
        given = found.get("scaled")
        return cls.of(
            [TableColumn.read(one) for one in found["columns"]],
            found["relations"],
            scale=None if given is None else torch.tensor(given),
        )


@dataclass(frozen=True, eq=False)
class CountedTable(Domain):
    """A table's rows, each coordinate counted from its low bound in its unit.

    Attributes:
        table: whose rows.
    """

    table: TableDomain = field(default=None)  # type: ignore[assignment]

    @property
    def still(self) -> Tensor:
        """The table's."""
        return self.table.still

    def _back(self, counted: Tensor) -> Tensor:
        low, _ = self.table.ends()
        unit = self.table.unit.to(counted.device).double()
        return (low.to(counted.device).double() + unit * counted.double()).float()

    def _count(self, rows: Tensor, like: Tensor) -> Tensor:
        low, _ = self.table.ends()
        unit = self.table.unit.to(rows.device).double()
        return ((rows.double() - low.to(rows.device).double()) / unit).to(like)

    def differences(self, moved: Tensor, clean: Tensor) -> Tensor:
        """The table's, of the rows that are meant."""
        return self.table.differences(self._back(moved), self._back(clean))

    def between(self, start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        """The table's: counting changes no share of a way."""
        return self.table.between(start, end, share)

    def mend(self, moved: Tensor, clean: Tensor) -> Tensor:
        """The table's."""
        return self._count(self.table.mend(self._back(moved), self._back(clean)), clean)

    def project(self, moved: Tensor, clean: Tensor) -> Tensor:
        """The table's."""
        finite = torch.where(torch.isfinite(moved), moved, clean)
        return self._count(self.table.project(self._back(finite), self._back(clean)), clean)
