"""Which factors are looked at unless others are given, and how directions are discovered."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, InputError, Student
from preceptor.explain.factors import Band, Direction, Factor
from preceptor.transforms import USES, Patch, Resample, Transform

GRID: Final = 5
"""Cells along each side of an image at most; no cell is narrower than two pixels."""

FEATURES: Final = 64
"""So many features of a vector get a factor each; of wider ones, groups of neighbours do."""

BANDS: Final = {"low": (0.0, 0.12), "middle": (0.12, 0.25), "high": (0.25, 1.0)}
"""Ranges of spatial frequency, in cycles a pixel."""

DIRECTIONS: Final = 2
"""Principal directions taken from each set of vectors."""

LEAST: Final = 10
"""No directions are taken from fewer vectors."""


def default_factors(domain: Domain, pool: Float[Tensor, "pool ..."]) -> tuple[Factor, ...]:
    """What is looked at unless told otherwise.

    Images: the cells of a grid, the border (its outer cells) and the centre (the rest), each taken
    from another image and set to the domain's low and high; three bands of spatial frequency; and
    every transformation of the library with its usual range. Vectors: each feature, taken from
    another item (a permutation: Breiman 2001), and noise.

    Args:
        domain: of the inputs. What is fixed is left out.
        pool: ``Float[pool, *shape]``, the other items.
    """
    factors: list[Factor] = []
    if domain.is_image:
        for place, mask, cell in regions(domain):
            factors += region(place, mask, pool, cell=cell)
        for label, (low, high) in BANDS.items():
            factors.append(
                Factor(f"{label} frequencies", "frequency", Band(low, high, pool, label), True)
            )
        factors += [transformation(use.usual) for use in USES if use.explained]
    else:
        factors += features(domain, pool)
        able = [use.usual for use in USES if use.explained and not use.usual.images_only]
        factors += [transformation(transform) for transform in able]
    return tuple(factors)


def region(
    place: str, mask: Bool[Tensor, "*shape"], pool: Float[Tensor, "pool ..."], *, cell: bool = False
) -> list[Factor]:
    """Three factors for one place of an image: taken from another image, set to low, set to high."""
    return [
        Factor(f"{place}, from another", "region", Resample(mask, pool, place), True, mask, cell),
        Factor(f"{place}, set to low", "region", Patch(mask, 0.0, place), True, mask, cell),
        Factor(f"{place}, set to high", "region", Patch(mask, 1.0, place), True, mask, cell),
    ]


def transformation(transform: Transform) -> Factor:
    """A factor for one transformation, by amounts uniform over its declared range."""
    return Factor(transform.name, "transformation", transform)


def regions(domain: Domain) -> list[tuple[str, Bool[Tensor, "*shape"], bool]]:
    """The places of an image: name, mask, and whether it is a cell of the grid.

    Cells are named by the pixels they cover, rows first, counted from 0 at the top left.
    """
    height, width = domain.shape[1:]
    downs, acrosses = _cuts(height), _cuts(width)
    free = _free(domain)
    found: list[tuple[str, Tensor, bool]] = []
    for top, bottom in downs:
        for left, right in acrosses:
            mask = torch.zeros(domain.shape, dtype=torch.bool)
            mask[:, top:bottom, left:right] = True
            rows = f"{top}-{bottom - 1}" if bottom - top > 1 else f"{top}"
            columns = f"{left}-{right - 1}" if right - left > 1 else f"{left}"
            found.append((f"rows {rows} columns {columns}", mask & free, True))
    if len(downs) > 2 and len(acrosses) > 2:
        border = torch.ones(domain.shape, dtype=torch.bool)
        border[:, downs[0][1] : downs[-1][0], acrosses[0][1] : acrosses[-1][0]] = False
        found += [("border", border & free, False), ("centre", ~border & free, False)]
    return [(place, mask, cell) for place, mask, cell in found if bool(mask.any())]


def features(domain: Domain, pool: Float[Tensor, "pool ..."]) -> list[Factor]:
    """Each feature of a vector taken from another item; neighbours together where there are many."""
    free = _free(domain).flatten()
    cells = [cell for cell in domain.cells() if bool(free[list(cell[1])].any())]
    if not cells:
        return []
    groups = np.array_split(np.arange(len(cells)), min(FEATURES, len(cells)))
    found = []
    for numbers in groups:
        mine = [cells[int(i)] for i in numbers]
        coordinates = [place for _, places in mine for place in places]
        found.append(group(coordinates, _called([name for name, _ in mine]), domain, pool))
    return found


def group(
    coordinates: Sequence[int], name: str, domain: Domain, pool: Float[Tensor, "pool ..."]
) -> Factor:
    """Some coordinates of an input, counted over the flattened shape, taken from another item.

    Raises:
        InputError: no coordinates, or some that do not exist.
    """
    mask = torch.zeros(domain.shape, dtype=torch.bool)
    flat = mask.view(-1)
    if not coordinates or not all(0 <= i < len(flat) for i in coordinates):
        raise InputError(
            f"factor {name!r}: expected coordinates from 0 to {len(flat) - 1}; got "
            f"{list(coordinates)[:5]}"
        )
    flat[torch.tensor(list(coordinates))] = True
    return Factor(name, "feature", Resample(mask, pool, name), True, mask)


def gradient_directions(
    student: Student,
    inputs: Float[Tensor, "batch *shape"],
    size: float,
    batch: int = 256,
    *,
    unit: Tensor | None = None,
) -> list[Factor]:
    """The principal directions of the gradients of the student's lead over its second choice.

    Args:
        student: differentiable, else none are found.
        inputs: items that are *not* those on which the directions will be measured.
        size: l_2 length of the greatest step.
        batch: items at a time.
        unit: ``Float[*shape]``, of the domain (:attr:`preceptor.core.Domain.unit`), in which
            directions are counted; ``None`` for the units of the inputs.
    """
    if not student.differentiable or len(inputs) < LEAST:
        return []
    found = []
    for part in torch.split(inputs, batch):
        moved = part.to(student.device).clone().requires_grad_(True)
        top = student(moved).topk(2, dim=1).values
        (gradient,) = torch.autograd.grad((top[:, 0] - top[:, 1]).sum(), moved)
        slope = gradient.detach().cpu()
        found.append((slope if unit is None else slope * unit).flatten(1))
    return principal(torch.cat(found), tuple(inputs.shape[1:]), size, "of the gradients")


def principal(
    vectors: Float[Tensor, "batch coordinates"], shape: tuple[int, ...], size: float, label: str
) -> list[Factor]:
    """Factors for the directions in which vectors of length 1 are largest in the mean square.

    The vectors are scaled to length 1 and not centred, since it is their own direction that
    matters, not how they differ.
    """
    lengths = vectors.norm(dim=1)
    kept = vectors[(lengths > 0) & lengths.isfinite()].double()
    if len(kept) < LEAST or not 0 < size < float("inf"):
        return []
    kept = kept / kept.norm(dim=1, keepdim=True)
    found = torch.linalg.svd(kept, full_matrices=False)
    factors = []
    for i in range(min(DIRECTIONS, len(found.S))):
        vector = found.Vh[i]
        vector = vector * vector[vector.abs().argmax()].sign()  # the sign of a direction is free
        name = f"direction {i + 1} {label}"
        step = Direction((vector / vector.norm()).float().reshape(shape), size, name)
        factors.append(Factor(f"{name}, length {size:.3g}", "direction", step))
    return factors


def _cuts(side: int) -> list[tuple[int, int]]:
    """Where the cells along one side begin and end."""
    cells = max(1, min(GRID, side // 2))
    ends = np.linspace(0, side, cells + 1).round().astype(int).tolist()
    return list(pairwise(ends))


def _free(domain: Domain) -> Tensor:
    if domain.fixed is None:
        return torch.ones(domain.shape, dtype=torch.bool)
    return ~domain.fixed.cpu()


def _called(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
