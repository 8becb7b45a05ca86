"""What a calibration starts from: the items, what the stand-ins say of them, and the draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from preceptor.audit import Record
from preceptor.calibration.drawing import Draw, chosen_sheets, draw, lead, order_of, weights_of
from preceptor.calibration.measures import Guess, measures
from preceptor.calibration.stand_ins import StandIn, inputs_of, sheet_names, stand_ins
from preceptor.core import InputError
from preceptor.core.inputs import Inputs

Codes = NDArray[np.int64]
Array = NDArray[np.float64]

Covers = Callable[[Inputs], torch.Tensor]
"""``Bool[batch]``: of which inputs somebody can say something."""

_PART = 256
"""Items at a time of which that is asked."""


@dataclass(frozen=True, eq=False)
class CalibrationStart:
    """What a calibration starts from.

    Attributes:
        rows: ``Int64[items]``, the items of the record that the numbers are about, ascending.
        guesses: what the stand-ins say of each measure of these.
        lead: the measure that the draw goes by.
        weights: ``Float[items]`` of the draw.
        draw: the questions.
    """

    rows: Codes
    guesses: tuple[Guess, ...]
    lead: Guess
    weights: Array
    draw: Draw


def start(
    records: Sequence[Record],
    found: Sequence[StandIn],
    budget: int,
    attacks: Sequence[str],
    seed: int,
    covered: Covers | None,
) -> CalibrationStart:
    """Fix all that has to be fixed before the first question.

    A table of votes says something of some inputs alone. If these are drawn as the budget draws
    them, those that lack are waited for; otherwise the numbers are about the items in the table.

    Raises:
        InputError: no such attack, a budget too small, or people who can say nothing of any item.
    """
    record, every = records[0], np.arange(len(records[0].ids))
    if covered is None:
        sheets = chosen_sheets(record, attacks, budget)
        return _start(record, found, sheets, every, budget, seed)
    able = _able(record, covered)
    there = [sheet for sheet in range(len(able)) if able[sheet].any()]
    sheets = chosen_sheets(record, attacks, budget, there)
    if not sheets:
        raise InputError("people say nothing of the inputs under the attacks that --attack names")
    rows = np.flatnonzero(able[list(sheets)].all(0))
    if not len(rows):
        names = ", ".join(sheet_names(record)[sheet] for sheet in sheets)
        raise InputError(
            f"there is no item of which people say something at each of its inputs ({names}); name "
            "fewer attacks with --attack"
        )
    whole = _start(record, found, sheets, every, budget, seed)
    if np.isin(rows, whole.draw.items).all():
        return whole
    return _start(record, found, sheets, rows, budget, seed)


def draw_for(records: Sequence[Record], budget: int, attacks: Sequence[str], seed: int) -> Draw:
    """The questions alone.

    Raises:
        InputError: as :func:`start`, or records that do not belong together.
    """
    return start(records, stand_ins(records), budget, attacks, seed, None).draw


def _able(record: Record, covered: Covers) -> NDArray[np.bool_]:
    """``Bool[sheets, items]``: of which inputs people can say something."""
    n = len(record.ids)
    return np.stack(
        [
            np.concatenate(
                [
                    covered(inputs_of(record, sheet, range(at, min(at + _PART, n))))
                    for at in range(0, n, _PART)
                ]
            )
            for sheet in range(1 + len(record.moved))
        ]
    )


def _start(
    record: Record,
    found: Sequence[StandIn],
    sheets: tuple[int, ...],
    rows: Codes,
    budget: int,
    seed: int,
) -> CalibrationStart:
    said = [
        measures(
            record,
            one.labels[:, rows],
            one.asked[:, rows],
            sheets,
            rows,
            None if one.sets is None else one.sets[:, rows],
        )
        for one in found
    ]
    guesses = tuple(Guess.of(same, found[0], rows) for same in zip(*said, strict=True))
    first = lead(record, guesses)
    weights = weights_of(first)
    order = rows[order_of(record, weights, seed)]
    return CalibrationStart(rows, guesses, first, weights, draw(record, sheets, order, budget))
