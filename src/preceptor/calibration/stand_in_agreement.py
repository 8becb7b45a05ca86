"""How far a stand-in says what people say: where both are certain, and where one of them is not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preceptor.calibration.following import InputShare, share_of
from preceptor.calibration.stand_ins import StandIn
from preceptor.core import MISSING, UNCERTAIN
from preceptor.outcome.wording import name_of

Codes = NDArray[np.int64]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOVED = "moved"


@dataclass(frozen=True, eq=False)
class Heard:
    """What people said of the items drawn.

    Attributes:
        drawn: ``Int64[drawn]``, the items in order, each with all its answers.
        sheets: that they were asked of.
        labels: ``Int64[sheets, drawn]``, ``UNCERTAIN`` where they are.
        answered: ``Bool[sheets, drawn]``; false where people failed to answer for good.
        sets: ``Bool[sheets, drawn, classes]``, the labels acceptable to them; ``None`` where no answer
            is partial.
    """

    drawn: Codes
    sheets: tuple[int, ...]
    labels: Codes
    answered: Mask
    sets: Mask | None = None

    @property
    def certain(self) -> Mask:
        """``Bool[sheets, drawn]``: where they gave a label."""
        found: Mask = self.answered & (self.labels != UNCERTAIN)
        return found


@dataclass(frozen=True)
class MemberCount:
    """One member of a panel beside people, where both gave a label.

    Attributes:
        member: its place in the panel, from 1.
        clean: clean inputs on which they agree.
        clean_of: of so many.
        moved: moved inputs on which they agree.
        moved_of: of so many.
    """

    member: int
    clean: int
    clean_of: int
    moved: int
    moved_of: int

    def describe(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Agreement:
    """One stand-in beside people.

    Attributes:
        name: of the stand-in.
        version: of the stand-in.
        agree: the share of inputs on which both give the same label, where both are certain: clean,
            moved, by attack.
        by_class: the same by the label that the stand-in gives, clean and moved inputs together.
        over: the share of inputs of which people are uncertain, where the stand-in is certain.
        under: the share of inputs of which people are certain, where the stand-in is uncertain.
        members: of a panel; may be empty.
    """

    name: str
    version: str
    agree: tuple[InputShare, ...]
    by_class: tuple[InputShare, ...]
    over: tuple[InputShare, ...]
    under: tuple[InputShare, ...]
    members: tuple[MemberCount, ...]

    def on(self, of: str) -> InputShare | None:
        """Agreement on ``no attack``, ``moved`` or an attack's inputs; ``None`` if nobody asked."""
        return next((one for one in self.agree if one.of == of), None)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        parts = {
            name: [one.describe() for one in getattr(self, name)]
            for name in ("agree", "by_class", "over", "under", "members")
        }
        return {"name": self.name, "version": self.version, **parts}


def agreement(
    stand_in: StandIn,
    heard: Heard,
    weights: Array,
    names: Sequence[str],
    classes: Sequence[str],
    level: float,
) -> Agreement:
    """Compare a stand-in with people.

    Args:
        stand_in: what it said of every input.
        heard: what people said.
        weights: ``Float[items]`` of the draw.
        names: of the sheets that people were asked of.
        classes: the labels' names; may be empty.
        level: of each interval.
    """
    sheets = list(heard.sheets)
    labels, sure = stand_in.labels[sheets], stand_in.certain[sheets]
    doubts = stand_in.asked[sheets] & ~sure
    same = labels[:, heard.drawn] == heard.labels
    kinds = _kinds(names)

    def shares(
        is_so: Mask, counts: Mask, within: Mask, of: dict[str, Mask]
    ) -> tuple[InputShare, ...]:
        pairs = _pairs(is_so, counts, heard.answered)
        return tuple(
            share_of(name, within & some, pairs, heard.drawn, weights, level)
            for name, some in of.items()
            if (within & some).any()
        )

    everywhere = np.ones_like(heard.answered)
    by_class = {
        name_of(label, classes): labels == label for label in range(stand_in.classes) if len(names)
    }
    return Agreement(
        stand_in.name,
        stand_in.version,
        agree=shares(same & heard.certain, heard.certain, sure, kinds),
        by_class=shares(same & heard.certain, heard.certain, sure, by_class),
        over=shares(~heard.certain, everywhere, sure, kinds),
        under=shares(heard.certain, everywhere, doubts, kinds),
        members=_members(stand_in, heard),
    )


def _kinds(names: Sequence[str]) -> dict[str, Mask]:
    """``Bool[sheets, 1]`` by kind of input: clean, moved by whatever, and each attack."""
    found = {name: (np.arange(len(names)) == i)[:, None] for i, name in enumerate(names)}
    moved = np.array([name != "no attack" for name in names])[:, None]
    if moved.sum() > 1:
        found[MOVED] = moved
    return found


def _pairs(is_so: Mask, counts: Mask, answered: Mask) -> Array:
    """``Float[sheets, drawn, 2, 2]``: whether it is so and counts; anything where not answered."""
    told = np.stack([is_so & counts, counts], -1).astype(np.float64)
    worst = np.where(answered[..., None], told, [0.0, 1.0])
    best = np.where(answered[..., None], told, [1.0, 1.0])
    return np.stack([worst, best], -2)


def _members(stand_in: StandIn, heard: Heard) -> tuple[MemberCount, ...]:
    if stand_in.members is None:
        return ()
    said = stand_in.members[list(heard.sheets)][:, heard.drawn]
    clean = np.array([sheet == 0 for sheet in heard.sheets])[:, None]
    found = []
    for member in range(said.shape[-1]):
        own = said[..., member]
        both = heard.certain & (own != UNCERTAIN) & (own != MISSING)
        agree = both & (own == heard.labels)
        counts = [int((one & where).sum()) for where in (clean, ~clean) for one in (agree, both)]
        found.append(MemberCount(member + 1, *counts))
    return tuple(found)
