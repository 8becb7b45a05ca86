"""Changes that several witnesses share, ranked by what the student alone says of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from preceptor.core import ItemRng, Texts
from preceptor.search.asking import SearchQueue
from preceptor.search.context import AppliedTransform, SearchContext
from preceptor.search.random_transforms import TRANSFORMS, Regions, regions, suits
from preceptor.search.text_generators import FAULTS, applied
from preceptor.transforms import Patch, Resample

ITEMS: Final = 200
"""Items of the data on which changes are tried."""

WITNESSES: Final = 60
"""Witnesses that are asked what would mend them; one of each cluster."""

MANY: Final = 80
"""Changes that are looked at in full."""

STRIKING: Final = 12
"""Regions of each scan that are looked at in full."""

PLAIN: Final = 0.3
"""A change that turns fewer of the student's answers cannot be a fault that a test would raise."""

SUPPORT: Final = 3
"""From so many mended witnesses on, more of them do not raise the rank."""


@dataclass(frozen=True, eq=False)
class Suspicion:
    """A change that might make the student wrong.

    Attributes:
        change: what is done to an item.
        label: to items that the student gives this label; ``None`` for any.
        mended: how many witnesses it would mend if undone.
        turned: share of those items on which it turns the student's answer.
    """

    change: AppliedTransform
    label: int | None
    mended: int
    turned: float

    @property
    def rank(self) -> float:
        """What is tested first: turns many answers, mends witnesses, and changes little.

        The less is changed, the likelier is the teacher still certain.
        """
        transform = self.change.transform
        amounts = self.change.amounts
        extent = float(amounts.abs().max()) / 8 if len(amounts) else 0.0
        if isinstance(transform, Patch | Resample):
            extent = float(transform.mask.double().mean().sqrt())
        support = (1 + min(SUPPORT, self.mended)) / (1 + SUPPORT)
        return self.turned * support * (1 - extent)


@dataclass(frozen=True, eq=False)
class FirstWitnesses:
    """The first witness of each cluster, spread over the generators.

    Attributes:
        rows: ``Int64[witnesses]``, of what was asked.
        inputs: ``Float[witnesses, *shape]``, or texts.
        truth: ``Int64[witnesses]``, the teacher's labels.
        kinds: of the change by which each was made; empty where that cannot be said.
        origin: ``Float[witnesses, *shape]`` or texts, the item that each was made from, or the nearest item
            of the data if it was made from none.
    """

    rows: Tensor
    inputs: Any
    truth: Tensor
    origin: Any
    kinds: tuple[str, ...] = ()

    @classmethod
    def firsts(cls, asking: SearchQueue) -> "FirstWitnesses":
        """Of what was asked so far."""
        asked, ground = asking.asked, asking.ground
        seen: dict[int, int] = {}
        for row in (asked.found >= 0).nonzero()[:, 0].tolist():
            seen.setdefault(int(asked.found[row]), row)
        turn: dict[int, int] = {}
        ranked = []
        for row in seen.values():
            generator = int(asked.generator[row])
            turn[generator] = turn.get(generator, 0) + 1
            ranked.append((turn[generator], row))
        rows = torch.tensor([row for _, row in sorted(ranked)[:WITNESSES]], dtype=torch.int64)
        inputs, parent = asked.inputs[rows], asked.parent[rows]
        gaps = torch.cdist(ground.measured(inputs), ground.measured(ground.pool))
        origin = ground.pool[torch.where(parent >= 0, parent, gaps.argmin(1))]
        changes = [asking.changes[row] for row in rows.tolist()]
        kinds = tuple("" if one is None else one.transform.kind for one in changes)
        return cls(rows, inputs, asked.teacher[rows], origin, kinds)


def suspicions(asking: SearchQueue, scans: Sequence[Regions]) -> list[Suspicion]:
    """The most suspicious of each kind, then the second of each; no two that are nearly the same.

    Changes of any item and of a single label's items take turns.

    Args:
        asking: what was asked, with its witnesses.
        scans: regions that were tried on the student; those that turn most answers are suspicious
            whether or not a witness was found there.
    """
    ground = asking.ground
    witnesses = FirstWitnesses.firsts(asking)
    if isinstance(ground.pool, Texts):
        tried = [applied(change) for change in FAULTS]
    else:
        tried = [*_striking(scans), *_candidates(asking, witnesses)]
    order = ground.streams("suspicions", 0, 1).generators[0].permutation(len(ground.starts))
    rows = ground.starts[torch.from_numpy(order[:ITEMS])]
    found = [
        suspicion
        for change in tried
        for suspicion in _weigh(asking, change, witnesses, rows)
        if suspicion.turned >= PLAIN
    ]
    found.sort(key=lambda one: -one.rank)
    kept: list[Suspicion] = []
    for one in found:
        if not any(_alike(one, other) for other in kept):
            kept.append(one)
    general, special = (
        _by_turns([one for one in kept if (one.label is None) == whole]) for whole in (True, False)
    )
    both = min(len(general), len(special))
    mixed = [one for pair in zip(general, special, strict=False) for one in pair]
    return [*mixed, *general[both:], *special[both:]]


def _by_turns(found: list[Suspicion]) -> list[Suspicion]:
    """The first of each kind, then the second of each; the order given otherwise."""
    turn: Counter[str] = Counter()
    turns = []
    for one in found:
        turns.append(turn[one.change.transform.kind])
        turn[one.change.transform.kind] += 1
    return [found[i] for i in sorted(range(len(found)), key=lambda i: (turns[i], i))]


def _striking(scans: Sequence[Regions]) -> list[AppliedTransform]:
    """Of each scan, the regions that turn most answers."""
    found: list[AppliedTransform] = []
    for scan in scans:
        order = scan.rates.argsort(descending=True, stable=True)[:STRIKING]
        found += [scan.tried[k] for k in order.tolist() if scan.rates[k] > 0]
    return found


def _candidates(asking: SearchQueue, witnesses: FirstWitnesses) -> list[AppliedTransform]:
    """The changes that made the witnesses, and those whose undoing mends them, commonest first."""
    votes: dict[str, tuple[int, int, AppliedTransform]] = {}

    def vote(change: AppliedTransform) -> None:
        count, first, known = votes.get(change.says, (0, len(votes), change))
        votes[change.says] = (count + 1, first, known)

    for row in witnesses.rows.tolist():
        change = asking.changes[row]
        if change is not None:
            vote(_rounded(change))
    for change in _mends(asking, witnesses):
        vote(change)
    ranked = sorted(votes.values(), key=lambda found: (-found[0], found[1]))
    return [change for _, _, change in ranked[:MANY]]


def _rounded(change: AppliedTransform) -> AppliedTransform:
    """The same at halves of its range, away from 0."""
    if change.transform.kind in ("patch", "resample"):
        return change
    amounts = (2 * change.amounts.abs()).ceil() / 2 * change.amounts.sign()
    slight = change.amounts.abs() < 0.25 * change.amounts.abs().max()
    return AppliedTransform(change.transform, torch.where(slight, 0.0, amounts))


def _mends(asking: SearchQueue, witnesses: FirstWitnesses) -> list[AppliedTransform]:
    """For each witness, the changes of which the opposite makes the student right."""
    found: list[AppliedTransform] = []
    for change in _undoable(asking.ground):
        count = int(_mended(asking.ground, change, witnesses).sum())
        found += [change] * count
    return found


def _undoable(ground: SearchContext) -> list[AppliedTransform]:
    """Transformations at both ends of each amount, and every region."""
    tried = []
    for transform in TRANSFORMS:
        if suits(transform, ground.domain) and transform.kind not in (
            "noise",
            "impulse",
            "elastic",
        ):
            for axis in range(transform.dims):
                for amount in (-1.0, -0.5, 0.5, 1.0):
                    amounts = torch.zeros(transform.dims)
                    amounts[axis] = amount
                    tried.append(AppliedTransform(transform, amounts))
    swaps = [Resample(mask, ground.pool, label) for mask, label in regions(ground)]
    return [*tried, *(AppliedTransform(swap, torch.ones(1)) for swap in swaps)]


def _mended(ground: SearchContext, change: AppliedTransform, witnesses: FirstWitnesses) -> Tensor:
    """``Bool[witnesses]``: where the opposite of the change makes the student say the truth.

    The opposite of filling a region is to give it back what the item had there that the witness
    was made from. A witness that is a text changed so, undone, is the item that it was made from.
    """
    transform = change.transform
    if isinstance(witnesses.inputs, Texts):
        same = torch.tensor([kind == transform.kind for kind in witnesses.kinds], dtype=torch.bool)
        return same & (ground.answers(witnesses.origin) == witnesses.truth)
    if isinstance(transform, Patch | Resample):
        undone = torch.where(transform.mask, witnesses.origin, witnesses.inputs)
    else:
        opposite = AppliedTransform(transform, -change.amounts)
        ids = [str(i) for i in range(len(witnesses.rows))]
        rng = ItemRng.named(ground.seed, "search undo", ids)
        undone = opposite(witnesses.inputs, ground.domain, rng)
    return ground.answers(undone) == witnesses.truth


def _weigh(
    asking: SearchQueue, change: AppliedTransform, witnesses: FirstWitnesses, rows: Tensor
) -> list[Suspicion]:
    """Of any item, and of the label whose items it turns most, if these stand out."""
    ground = asking.ground
    rng = ItemRng.named(ground.seed, "search weigh", [str(row) for row in rows.tolist()])
    turned = ground.flips(change(ground.pool[rows], ground.domain, rng), rows).double()
    own, truth = ground.own.answers[rows], witnesses.truth
    mended = _mended(ground, change, witnesses)
    whole = Suspicion(change, None, int(mended.sum()), float(turned.mean()))
    found = [whole]
    for label in range(ground.student.classes):
        mine = own == label
        if int(mine.sum()) >= 5:
            share = float(turned[mine].mean())
            if share > 1.5 * whole.turned:
                found.append(
                    Suspicion(change, label, int((mended & (truth == label)).sum()), share)
                )
    return found


def _alike(one: Suspicion, other: Suspicion) -> bool:
    """Whether testing both would be asking the same twice."""
    if one.label != other.label or one.change.transform.kind != other.change.transform.kind:
        return False
    first, second = one.change.transform, other.change.transform
    if isinstance(first, Patch | Resample) and isinstance(second, Patch | Resample):
        both = int((first.mask & second.mask).sum())
        either = int((first.mask | second.mask).sum())
        same_value = not (
            isinstance(first, Patch) and isinstance(second, Patch) and first.value != second.value
        )
        return same_value and 3 * both >= either
    if not len(one.change.amounts):
        return True
    alike = torch.nn.functional.cosine_similarity(one.change.amounts, other.change.amounts, 0)
    return float(alike) > 0.9
