"""Votes weighed by who gave them: what a model of the people makes of a table of votes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError
from preceptor.teachers.crowd_model import CROWD_METHODS, CrowdMethod, CrowdVotes, fit_crowd

MEASURED: Final = (
    "Such posteriors are overconfident: of texts that they called at least 95 % sure from five votes, all "
    "15 or 20 raters left 2 to 40 % uncertain, and 1 to 3 % were wrong (four sets of people's votes)"
)
"""How overconfident such posteriors were measured to be, as every teacher of weighed votes says."""


@dataclass(frozen=True)
class Weighing:
    """How votes are weighed instead of counted.

    Attributes:
        method: ``dawid-skene``, a matrix for each person; ``one-coin``, one accuracy for each.
        threshold: a label is certain from this posterior on; above 0.5, at most 1.
        known: right labels of some items, by id. They say how reliable each person is.
        helper: a model's probabilities of the labels for items, by id: it takes part as a voter whose
            weight is learned as well. It is not asked, and what it says is no vote of a person.

    Raises:
        InputError: no such method or threshold.
    """

    method: CrowdMethod = "dawid-skene"
    threshold: float = 0.95
    known: Mapping[str, int] = field(default_factory=dict)
    helper: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.method not in CROWD_METHODS:
            raise InputError(f"weigh={self.method}: expected {' or '.join(CROWD_METHODS)}")
        if not 0.5 < self.threshold <= 1:
            raise InputError(
                f"threshold={self.threshold:g}: expected a posterior above 0.5 and up to 1"
            )

    @property
    def sentence(self) -> str:
        """The end of a sentence that begins with *Certain where*, and what is known of it."""
        more = [
            *([f"{len(self.known)} known items"] if self.known else []),
            *(["a model's probabilities"] if self.helper else []),
        ]
        with_ = f", with {' and '.join(more)}" if more else ""
        return (
            f"votes weighed by who gave them ({self.method}{with_}) make a label at least "
            f"{100 * self.threshold:.4g} % probable. {MEASURED}."
        )


def weigh(
    said: Sequence[Mapping[str, int]],
    ids: Sequence[Sequence[str]],
    classes: int,
    weighing: Weighing,
) -> Int64[Tensor, " items"]:
    """The label of each item that is probable enough, else ``UNCERTAIN``.

    *Can't tell* is one more answer of the model: where it is the most probable, the item is uncertain.

    Args:
        said: of each item, each annotator's answer.
        ids: of each item, under which the weighing may know it.
        classes: how many labels there are.
        weighing: how.

    Raises:
        InputError: known items or probabilities that do not fit.
    """
    people = {who: n for n, who in enumerate(sorted({who for one in said for who in one}))}
    flat = [(i, people[who], label) for i, one in enumerate(said) for who, label in one.items()]
    item, person, label = np.array(flat, dtype=np.int64).reshape(-1, 3).T
    unable = bool((label == UNCERTAIN).any())
    votes = CrowdVotes(
        item,
        person,
        np.where(label == UNCERTAIN, classes, label),
        len(said),
        len(people),
        classes + unable,
    )
    known = np.full(len(said), -1, dtype=np.int64)
    helper = np.zeros((len(said), votes.labels))
    for row, names in enumerate(ids):
        for name in names:
            if name in weighing.known:
                known[row] = _known(name, weighing.known[name], classes, unable)
            if name in weighing.helper:
                helper[row, :classes] = _chances(name, weighing.helper[name], classes)
    if weighing.known and not (known >= 0).any():
        raise InputError("none of the known items is among the items that were voted on")
    if weighing.helper and not helper.any():
        raise InputError("the model has probabilities for none of the items that were voted on")
    fit = fit_crowd(
        votes,
        method=weighing.method,
        known=known,
        helper=helper if weighing.helper else None,
    )
    best = fit.posteriors.argmax(1)
    sure = (fit.posteriors.max(1) >= weighing.threshold - 1e-12) & (best < classes)
    return torch.from_numpy(np.where(sure, best, UNCERTAIN).astype(np.int64))


def _known(name: str, label: int, classes: int, unable: bool) -> int:
    if not UNCERTAIN <= label < classes:
        raise InputError(f"known item {name!r} has label {label}; expected -1 .. {classes - 1}")
    if label == UNCERTAIN:
        return classes if unable else -1
    return label


def _chances(name: str, row: Sequence[float], classes: int) -> np.ndarray:
    found = np.asarray(row, dtype=np.float64)
    if found.shape != (classes,) or not np.isfinite(found).all() or (found < 0).any():
        raise InputError(
            f"the model's probabilities of item {name!r}: expected {classes} numbers of at least 0"
        )
    if not 0.98 <= found.sum() <= 1.02:
        raise InputError(
            f"the model's probabilities of item {name!r} sum to {found.sum():.3g}, not 1"
        )
    return np.asarray(found / found.sum())
