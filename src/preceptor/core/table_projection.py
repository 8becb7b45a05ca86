"""From any numbers to a valid row of a table: the nearest where that is easy, else the clean row."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from preceptor.core.columns import FILL, GAP, TableColumn, code_of
from preceptor.core.domain import inward, one_zero
from preceptor.core.relations import Relation

if TYPE_CHECKING:
    from preceptor.core.table_domain import TableDomain

PASSES = 4
"""Rounds through relations that share columns; what they leave broken becomes the clean row."""

TIE = 1e-3
"""In a group, what rose wins over what stayed, by this share of its rise."""


def valid_rows(table: "TableDomain", moved: Tensor, clean: Tensor, *, follow: bool) -> Tensor:
    """Valid rows for ``moved``, ``Float[batch, coordinates]`` like ``clean``, which are valid.

    Args:
        table: whose rows.
        moved: within bounds, rounded, and with fixed coordinates taken from ``clean``.
        clean: the rows from which they were moved.
        follow: whether totals follow their parts and groups go to the greatest; else everything
            is mended by going back towards ``clean``.
    """
    parts, own = list(moved.unbind(1)), list(clean.unbind(1))
    for column, place in zip(table.columns, table.places, strict=True):
        if column.kind == "category":
            parts[place] = _word(table, column, parts[place], own[place], follow)
        elif column.change in ("up", "down"):
            bound = torch.maximum if column.change == "up" else torch.minimum
            bounded = bound(parts[place], own[place])
            if column.gaps:  # a gap is no value that another could lie above or below
                bounded = torch.where(own[place + 1] > 0.5, parts[place], bounded)
            parts[place] = bounded
        if column.step is not None:
            parts[place] = stepped(column.step, parts[place], own[place])
        if column.gaps:
            away = parts[place + 1] > 0.5
            parts[place + 1] = away.to(moved)
            parts[place] = torch.where(away, FILL, parts[place])
    if table.relations:
        _relate(table, parts, own, follow)
    return one_zero(torch.stack(parts, 1), clean)


def stepped(step: float, moved: Tensor, clean: Tensor) -> Tensor:
    """The nearest multiples of a step, each the one number that stands for it in a table.

    A step such as 0.1 is no number of float32, so its multiples are taken in float64; and what is the
    clean one's multiple is the clean value, so that what did not move has the same bytes.
    """
    many = (moved.double() / step).round()
    same = many == (clean.double() / step).round()
    return torch.where(same, clean, (many * step).to(moved))


def _word(
    table: "TableDomain", column: TableColumn, moved: Tensor, clean: Tensor, follow: bool
) -> Tensor:
    """The nearest code of a word that the clean one may become."""
    if not follow:
        return clean
    codes, allowed = table.codes[column.name]
    codes, allowed = codes.to(moved), allowed.to(moved.device)
    own = torch.searchsorted(codes, clean.contiguous()).clamp(0, len(codes) - 1)
    gaps = (moved[:, None] - codes).abs().masked_fill(~allowed[own], torch.inf)
    return codes[gaps.argmin(1)]


def _relate(table: "TableDomain", parts: list[Tensor], own: list[Tensor], follow: bool) -> None:
    groups = [one for one in table.relations if one.sign == "one of"]
    for relation in groups if follow else ():
        _choose(table, relation, parts, own)
    sums = [one for one in table.relations if one.sign != "one of"]
    for relation in sums * PASSES:
        _mend(table, relation, parts, own, follow)
    for names in table.tied:
        held = torch.ones_like(parts[0], dtype=torch.bool)
        for relation in table.relations:
            if relation.columns[0] in names:
                held = held & holds(table, relation, parts)
        for name in names:
            place = table.place[name]
            for one in range(place, place + len(table.column[name].coordinates)):
                parts[one] = torch.where(held, parts[one], own[one])


def _choose(
    table: "TableDomain", relation: Relation, parts: list[Tensor], own: list[Tensor]
) -> None:
    """The greatest of a group becomes its 1, unless one that would change is fixed."""
    places = [table.place[name] for name in relation.left]
    mine = torch.stack([own[place] for place in places], 1)
    seen = torch.stack([parts[place] for place in places], 1)
    best = (seen + TIE * (seen - mine)).argmax(1)
    made = torch.nn.functional.one_hot(best, len(places)).to(seen)
    stuck = torch.tensor([table.column[name].change != "free" for name in relation.left])
    barred = ((made != mine) & stuck.to(made.device)).any(1)
    gone = missing(table, relation, parts) | missing(table, relation, own)
    for i, place in enumerate(places):
        made_here = torch.where(barred, mine[:, i], made[:, i])
        parts[place] = torch.where(gone, parts[place], made_here)


def _mend(
    table: "TableDomain", relation: Relation, parts: list[Tensor], own: list[Tensor], follow: bool
) -> None:
    if follow and relation.sign == "==":
        _total(table, relation, parts, own)
    places = [table.place[name] for name in relation.columns]
    broken = ~holds(table, relation, parts)
    if not bool(broken.any()):
        return
    values = torch.stack([parts[place] for place in places], 1)
    clean = torch.stack([own[place] for place in places], 1)
    mended = relation.mended(values.double(), clean.double(), table.signs(relation, values))
    steps = table.steps
    mine = None if steps is None else steps[places].to(mended)
    mended = inward(mended, clean.double(), mine).to(values)
    gone = missing(table, relation, own)  # the clean row says nothing of what would hold
    for i, (name, place) in enumerate(zip(relation.columns, places, strict=True)):
        step = table.column[name].step
        there = mended[:, i] if step is None else stepped(step, mended[:, i], own[place])
        parts[place] = torch.where(broken & ~gone, there, parts[place])


def _total(
    table: "TableDomain", relation: Relation, parts: list[Tensor], own: list[Tensor]
) -> None:
    """Where one column is the sum of others it follows them, if it may be what they add up to."""
    total, terms = (
        (relation.right[0], relation.left)
        if len(relation.right) == 1
        else (relation.left[0], relation.right)
    )
    column = table.column[total]
    if (len(relation.left) > 1 and len(relation.right) > 1) or column.change == "fixed":
        return
    place = table.place[total]
    summed = torch.stack([parts[table.place[name]] for name in terms], 1).double().sum(1)
    able = (summed >= column.low) & (summed <= column.high)
    gap = column.spacing
    if gap is not None:
        able &= (summed / gap - (summed / gap).round()).abs() <= 1e-6
    if column.change in ("up", "down"):
        able &= summed >= own[place] if column.change == "up" else summed <= own[place]
    able &= ~missing(table, relation, parts)
    parts[place] = torch.where(able, summed.to(parts[place]), parts[place])


def missing(table: "TableDomain", relation: Relation, parts: list[Tensor]) -> Tensor:
    """``Bool[batch]``: where one of a relation's columns has no value."""
    found = torch.zeros_like(parts[0], dtype=torch.bool)
    for name in relation.columns:
        if table.column[name].gaps:
            found = found | (parts[table.place[name] + 1] > 0.5)
    return found


def holds(table: "TableDomain", relation: Relation, parts: list[Tensor]) -> Tensor:
    """``Bool[batch]``: where a relation holds, or one of its columns has no value."""
    values = torch.stack([parts[table.place[name]] for name in relation.columns], 1).double()
    return relation.holds(values, table.signs(relation, values)) | missing(table, relation, parts)


def allowed_exchanges(column: TableColumn) -> tuple[Tensor, Tensor]:
    """A category's codes, sorted, ``Float64[k]``, and which may become which, ``Bool[k, k]``."""
    codes = torch.tensor(sorted(column.codes), dtype=torch.float64)
    index = {int(code): i for i, code in enumerate(codes.tolist())}
    allowed = torch.eye(len(codes), dtype=torch.bool)
    if column.change != "fixed":
        words = [index[code_of(word)] for word in column.words]
        pairs = column.exchanges
        for one in words if pairs is None else ():
            allowed[one, words] = True
        for here, there in pairs or ():
            allowed[index[code_of(here)], index[code_of(there)]] = True
        if column.missing == "free":
            allowed[index[GAP], :] = True
            allowed[:, index[GAP]] = True
    return codes, allowed
