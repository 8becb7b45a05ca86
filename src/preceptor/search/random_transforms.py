"""Generators that change an item until the student changes its mind: no gradients needed."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.attacks.predictions import logits_of, odds
from preceptor.core import Domain, ItemRng
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import AppliedTransform, Proposals, SearchContext
from preceptor.transforms import USES, Patch, Resample, Transform

ITEMS: Final = 4
SIZES: Final = 12
"""For one proposal so many items are changed, each by so many growing amounts."""

SCAN: Final = 32
"""Items on which every region is tried."""

FEATURES: Final = 64
"""Features of a vector that are tried as regions at most."""

TRANSFORMS: Final[tuple[Transform, ...]] = tuple(
    sorted(
        (use.searched for use in USES if use.searched is not None),
        key=lambda transform: not transform.images_only,
    )
)
"""With their ranges; those that are for images alone first."""


@dataclass(frozen=True)
class Shake:
    """The mildest of several random changes of one kind that turns the student's answer.

    Attributes:
        transform: the kind and its range.
    """

    transform: Transform

    @property
    def name(self) -> str:
        """Of the transformation's kind."""
        return f"change {self.transform.kind}"

    @property
    def says(self) -> str:
        """One sentence."""
        return (
            f"{self.transform.name}: of {ITEMS} items and {SIZES} growing random amounts, the "
            "mildest that turns the student's answer, else the one that shakes it most"
        )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item and amount for each proposal."""
        del asked
        role = self.name
        rng = ground.streams(role, start, many)
        tries = ITEMS * SIZES
        parents = ground.starts[rng.integers(len(ground.starts), (ITEMS,))]
        parents = parents[:, :, None].expand(-1, -1, SIZES).reshape(-1)
        sizes = torch.linspace(1 / SIZES, 1, SIZES).repeat(ITEMS)[:, None]
        amounts = rng.uniform((tries, self.transform.dims), -1.0, 1.0)
        amounts = amounts / amounts.abs().amax(2, keepdim=True).clamp_min(1e-6) * sizes
        flat = amounts.reshape(many * tries, -1)
        ids = [f"{i}-{k}" for i in range(start, start + many) for k in range(tries)]
        each = ItemRng.named(ground.seed, f"search {role} tries", ids)
        moved = self.transform(ground.pool[parents], flat, domain=ground.domain, rng=each)
        doubt = _doubt(ground, moved, parents).reshape(many, tries)
        mild = torch.where(doubt.isposinf(), 2 - sizes[:, 0], doubt.sigmoid() - 1)
        best = mild.argmax(1) + tries * torch.arange(many)
        changes = tuple(AppliedTransform(self.transform, amount) for amount in flat[best])
        return Proposals(moved[best], parents[best], changes)


def _doubt(ground: SearchContext, moved: Tensor, parents: Tensor) -> Tensor:
    """The student's log-odds against what it says of the parent; infinite for another label."""
    logits = logits_of(ground.student, moved)
    said = ground.student.decide(logits)
    other = (said >= 0) & (said != ground.own.answers[parents])
    doubted = odds(logits, ground.own.labels[parents]).nan_to_num(0.0, 0.0, 0.0)
    return torch.where(other, torch.inf, doubted)


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions that are set to a value, or take another item's, where that turns most answers.

    Attributes:
        name: ``set region`` or ``swap region``.
        says: one sentence.
        tried: every region and filling.
        rates: ``Float[tried]``, the share of answers that each turned on ``SCAN`` items.
    """

    name: str
    says: str
    tried: tuple[AppliedTransform, ...]
    rates: Tensor

    @classmethod
    def scan(cls, ground: SearchContext, swap: bool) -> "Regions":
        """Try every region on a few items; the teacher is not asked."""
        rng = ground.streams("regions", 0, 1)
        rows = ground.starts[torch.from_numpy(rng.generators[0].permutation(len(ground.starts)))]
        rows = rows[:SCAN]
        tried = [
            AppliedTransform(transform, torch.ones(1))
            for mask, label in regions(ground)
            for transform in _fillings(ground, mask, label, swap)
        ]
        each = ItemRng.named(ground.seed, "search regions scan", [str(i) for i in rows.tolist()])
        rates = [
            float(
                ground.flips(change(ground.pool[rows], ground.domain, each), rows).double().mean()
            )
            for change in tried
        ]
        how = "takes another item's values" if swap else "is set to its low or high bound"
        says = f"a region {how}: drawn by how many answers that turns on {len(rows)} items"
        name = "swap region" if swap else "set region"
        return cls(name, says, tuple(tried), torch.tensor(rates))

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One region and an item whose answer it turns for each proposal, if there is one."""
        del asked
        if not bool(self.rates.any()):
            return Proposals.plain(ground.pool[:0])
        rng = ground.streams(self.name, start, many)
        ladder = (self.rates / self.rates.sum()).cumsum(0)
        chosen = torch.searchsorted(ladder, rng.uniform(())).clamp(max=len(self.tried) - 1)
        parents = ground.starts[rng.integers(len(ground.starts), (2 * ITEMS,))]
        made, kept = [], []
        for i, region in enumerate(chosen.tolist()):
            rows = parents[i]
            ids = [f"{start + i}-{k}" for k in range(len(rows))]
            each = ItemRng.named(ground.seed, f"search {self.name} tries", ids)
            moved = self.tried[region](ground.pool[rows], ground.domain, each)
            best = int(ground.flips(moved, rows).int().argmax())
            made.append(moved[best])
            kept.append(int(rows[best]))
        changes = tuple(self.tried[region] for region in chosen.tolist())
        return Proposals(torch.stack(made), torch.tensor(kept), changes)


def _fillings(ground: SearchContext, mask: Tensor, label: str, swap: bool) -> list[Transform]:
    if swap:
        return [Resample(mask, ground.pool, label)]
    return [Patch(mask, value, label) for value in (0.0, 1.0)]


def regions(ground: SearchContext) -> list[tuple[Tensor, str]]:
    """``Bool[*shape]`` and a name: squares of an image in two sizes and its bands, or features."""
    shape = ground.domain.shape
    if ground.domain.is_image:
        sides = sorted({max(1, min(shape[1:]) // 8), max(1, min(shape[1:]) // 4)})
        squares = [found for side in sides for found in _rectangles(shape, side, side)]
        rows, columns = (
            _rectangles(shape, sides[0], shape[2]),
            _rectangles(shape, shape[1], sides[0]),
        )
        return [*squares, *rows, *columns]
    cells = ground.domain.cells()
    order = ground.streams("features", 0, 1).generators[0].permutation(len(cells))[:FEATURES]
    found = []
    for number in sorted(order.tolist()):
        name, places = cells[number]
        mask = torch.zeros(torch.Size(shape).numel(), dtype=torch.bool)
        mask[list(places)] = True
        found.append((mask.reshape(shape), name))
    return found


def _rectangles(shape: tuple[int, ...], height: int, width: int) -> list[tuple[Tensor, str]]:
    found = []
    for top in _places(shape[1], height):
        for left in _places(shape[2], width):
            mask = torch.zeros(shape, dtype=torch.bool)
            mask[:, top : top + height, left : left + width] = True
            rows, columns = f"{top}-{top + height - 1}", f"{left}-{left + width - 1}"
            found.append((mask, f"rows {rows} columns {columns}"))
    return found


def _places(length: int, side: int) -> list[int]:
    """Starts of windows that overlap by about a third and reach both edges."""
    count = -(-(length - side) // max(1, 2 * side // 3)) + 1
    return sorted(set(torch.linspace(0, length - side, count).round().int().tolist()))


def shakes(ground: SearchContext) -> list[Shake | Regions]:
    """Every transformation that suits the domain, and both kinds of regions."""
    fitting = [t for t in TRANSFORMS if suits(t, ground.domain)]
    scans = [Regions.scan(ground, swap) for swap in (False, True)]
    return [*(Shake(transform) for transform in fitting), *scans]


def suits(transform: Transform, domain: Domain) -> bool:
    """Whether the transformation makes sense for such inputs."""
    return domain.is_image or not transform.images_only
