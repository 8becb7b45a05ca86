"""The rates of an audit, as people see them: what each item is to each, and what a stand-in says.

A measure has a share ``right / certain`` for each item (both between 0 and 1), summed over all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.audit import Record
from preceptor.calibration.stand_ins import StandIn
from preceptor.core import UNCERTAIN
from preceptor.core.label_sets import kept_sets
from preceptor.outcome import (
    WORST_CASE,
    Outcome,
    Sheet,
    Verdict,
    anchored,
    fails_conventionally,
    judge,
    worst,
)
from preceptor.sequential import PredictionCells, Result

Codes = NDArray[np.int64]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

Kind = Literal["accuracy", "conventional", "void share"]

ERRS: Final = 0.1
"""How often a stand-in is taken to be wrong before any answer of people, where it has no votes."""

_BINS: Final = 4
"""Scores are told apart in so many groups at most."""

_SHARES: Final = {
    "accuracy": np.array([[[1, 1], [1, 1]], [[0, 1], [0, 1]], [[0, 0], [0, 0]], [[0, 1], [1, 1]]]),
    "void share": np.array(
        [[[0, 1], [0, 1]], [[0, 1], [0, 1]], [[1, 1], [1, 1]], [[0, 1], [1, 1]]]
    ),
}
"""By result, at worst and at best: right and certain."""

_RESULTS: Final = np.array(
    [
        *(Result.RIGHT, Result.WRONG, Result.WRONG),
        *(Result.VOID, Result.UNKNOWN, Result.UNKNOWN),
    ],
    np.int64,
)
"""By ``Verdict``. What is not contradicted may be right or wrong: both are allowed for."""

_CERTAIN: Final = np.where(
    np.arange(len(_RESULTS)) == Verdict.UNCONTRADICTED, Result.RIGHT, _RESULTS
)
"""The same for the share of void inputs, of which a partial answer is none."""


@dataclass(frozen=True, eq=False)
class AuditMeasure:
    """A rate of the audit.

    Attributes:
        name: of the row: of the attack; ``no attack``; ``all attacks``.
        kind: which rate of the row.
        sheets: what people have to be asked about for it.
        codes: ``Int64[items]``, values of ``Result``, as one teacher has it.
    """

    name: str
    kind: Kind
    sheets: tuple[int, ...]
    codes: Codes

    @property
    def shares(self) -> Array:
        """``Float[items, 2, 2]``: right and certain, at worst and at best."""
        table = _SHARES["void share" if self.kind == "void share" else "accuracy"]
        return table[self.codes].astype(np.float64)


def measures(
    record: Record,
    labels: Codes,
    asked: Mask,
    checked: Sequence[int],
    rows: Codes,
    sets: Mask | None = None,
) -> list[AuditMeasure]:
    """Every rate that a teacher's answers give, of some items.

    Args:
        record: whose student and attacks these are.
        labels: ``Int64[sheets, items]``, the teacher's, ``UNCERTAIN`` where it is.
        asked: ``Bool[sheets, items]``, where it has answered.
        checked: the sheets of which rates are wanted; 0 is the clean one.
        rows: the items.
        sets: ``Bool[sheets, items, classes]``, the acceptable labels, where answers are partial.
    """
    said = [record.clean, *record.moved]
    names = [str(attack["name"]) for attack in record.attacks]
    at = torch.from_numpy(rows)

    def sheet(i: int) -> Sheet:
        """With this teacher in the place of the record's."""
        there = torch.from_numpy(asked[i])
        told = torch.where(there, torch.from_numpy(labels[i]), UNCERTAIN)
        among = None
        if sets is not None:  # all labels where it has not answered, as where it is uncertain
            among = kept_sets(torch.from_numpy(sets[i]) | ~there[:, None])
        return Sheet(said[i].sheet.student[at], told, there, torch.zeros(len(rows)), among)

    sheets = {i: sheet(i) for i in (0, *checked)}
    verdicts = {i: judge(sheets[i]) for i in checked}
    found = [
        AuditMeasure(names[i - 1] if i else "no attack", kind, (i,), _coded(verdicts[i], kind))
        for i in checked
        for kind in _own()
    ]
    moved = tuple(i for i in checked if i)
    if len(moved) == len(names) > 1:
        over = worst([verdicts[i] for i in moved])
        found += [AuditMeasure(WORST_CASE, kind, moved, _coded(over, kind)) for kind in _own()]
    if 0 in checked and names:
        outcomes = [
            Outcome(name, sheets[0], _moved(one.sheet, at))
            for name, one in zip(names, said[1:], strict=True)
        ]
        groups = [(name, [one]) for name, one in zip(names, outcomes, strict=True)]
        groups += [(WORST_CASE, outcomes)] if len(names) > 1 else []
        found += [
            AuditMeasure(name, "conventional", (0,), _conventional(some)) for name, some in groups
        ]
    return found


def _coded(verdicts: Tensor, kind: Kind) -> Codes:
    table = _CERTAIN if kind == "void share" else _RESULTS
    codes: Codes = table[verdicts.numpy()].astype(np.int64)
    return codes


def _own() -> tuple[Kind, Kind]:
    return "accuracy", "void share"


def _moved(sheet: Sheet, at: Tensor) -> Sheet:
    """The student's answers at the moved inputs; the conventional reading asks nobody there."""
    nobody = torch.zeros(len(at), dtype=torch.bool)
    return Sheet(sheet.student[at], sheet.teacher[at], nobody, torch.zeros(len(at)))


def _conventional(outcomes: Sequence[Outcome]) -> Codes:
    clean = outcomes[0].clean
    fails = torch.stack([fails_conventionally(one) for one in outcomes]).any(0)
    right = torch.where(clean.partial, Verdict.UNCONTRADICTED, Verdict.AGREE)
    found = torch.where(fails, Verdict.ERROR, right)
    found = torch.where(anchored(clean), found, Verdict.VOID)
    codes: Codes = _RESULTS[torch.where(clean.asked, found, Verdict.UNASKED).numpy()]
    return codes


@dataclass(frozen=True, eq=False)
class Guess:
    """What stand-ins say of a measure, for every item.

    Attributes:
        measures: of each stand-in, the first first.
        scores: ``Float[items]``, how sure the first is, the least over the sheets that count; ``None``
            without votes.
    """

    measures: tuple[AuditMeasure, ...]
    scores: Array | None

    @classmethod
    def of(cls, found: Sequence[AuditMeasure], first: StandIn, rows: Codes) -> "Guess":
        """From the same measure of each stand-in."""
        scores = None
        if first.scores is not None:
            scores = _binned(first.scores[list(found[0].sheets)][:, rows].min(0))
        return cls(tuple(found), scores)

    @property
    def value(self) -> float | None:
        """The first stand-in's rate, over what it has answered."""
        shares = self.measures[0].shares[:, 0][self.measures[0].codes != Result.UNKNOWN].sum(0)
        return float(shares[0] / shares[1]) if shares[1] > 0 else None

    @property
    def errs(self) -> Array:
        """``Float[items]``: how often the first is taken to be wrong before any answer of people."""
        if self.scores is None:
            return np.full(len(self.measures[0].codes), ERRS)
        found: Array = np.clip(0.05 + 0.6 * (1 - self.scores), 0.05, 0.5)
        return found

    @property
    def begun(self) -> Array:
        """``Float[items, 2]``: right and certain as predicted before any answer of people."""
        codes, errs = self.measures[0].codes, self.errs
        if self.measures[0].kind == "void share":
            void = np.select(
                [codes == Result.VOID, codes == Result.UNKNOWN], [0.5, 0.2], 0.5 * errs
            )
            return np.stack([void, np.ones_like(void)], 1)
        middle = 0.5 if self.value is None else self.value
        # people's rate, were the stand-in wrong so often either way; then Bayes' rule for its guess
        rate = np.clip((middle - ERRS) / (1 - 2 * ERRS), 0.02, 0.98)
        high = (1 - errs) * rate / ((1 - errs) * rate + errs * (1 - rate))
        low = errs * rate / (errs * rate + (1 - errs) * (1 - rate))
        right = np.select([codes == Result.RIGHT, codes == Result.WRONG], [high, low], rate)
        certain = np.select([codes == Result.VOID, codes == Result.UNKNOWN], [0.2, 0.9], 0.97)
        return np.stack([right * certain, certain], 1)

    @property
    def doubt(self) -> Array:
        """``Float[items]``: how far an item's result is taken to spread around its prediction."""
        middle = 0.5 if self.value is None else self.value
        right, certain = self.begun.T
        mean = right - middle * certain
        square = right * (1 - middle) ** 2 + (certain - right) * middle**2
        found: Array = np.sqrt(np.maximum(square - mean**2, 0.0))
        return found

    def cells(self, weights: Array) -> PredictionCells:
        """The pool, its items told apart by what the stand-ins say."""
        columns = [np.ones(len(weights))]
        for one in self.measures:
            columns += [one.codes == result for result in (Result.RIGHT, Result.WRONG, Result.VOID)]
        if self.scores is not None:
            apart, codes = self.scores - self.scores.mean(), self.measures[0].codes
            columns += [apart * (codes == result) for result in (Result.RIGHT, Result.WRONG)]
        looks = np.stack([np.asarray(column, np.float64) for column in columns], 1)
        return PredictionCells.join(looks, weights, self.begun)


def _binned(scores: Array) -> Array:
    """The same in few groups, each with its mean."""
    if len(np.unique(scores)) <= _BINS:
        return scores
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, _BINS + 1)[1:-1]))
    group = np.searchsorted(edges, scores, side="right")
    means = np.array([scores[group == i].mean() if (group == i).any() else 0 for i in range(_BINS)])
    found: Array = means[group]
    return found
