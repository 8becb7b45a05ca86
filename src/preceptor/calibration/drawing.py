"""Which inputs people are asked about, and in which order: fixed before the first question.

An item is drawn, and people are asked about its clean input and about its inputs under the attacks
that are checked; so each of these has as many answers, and one that an attack did not move costs
nothing. Items are drawn one after another without replacement, by weights: 1 where the stand-in finds
the input void, 1.5 where it does not, and up to 3 the more it leaves open whether the student is right
there, under the rate that decides the audit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from preceptor.asking import Questions, input_keys
from preceptor.audit import Record, summarise
from preceptor.calibration.measures import Guess
from preceptor.calibration.stand_ins import inputs_of, sheet_names
from preceptor.core import InputError, generator
from preceptor.core.inputs import Inputs, join
from preceptor.outcome import WORST_CASE
from preceptor.sequential import Result, weighted_order

Codes = NDArray[np.int64]
Array = NDArray[np.float64]

LEAST: Final = 1.5
MOST: Final = 3.0
"""So many times as often as one that is void to the stand-in is another item drawn, by its doubt."""

FEW: Final = 20
"""Attacks are left out where there would be answers on fewer items than this."""

_PART: Final = 64
"""Items at a time of which keys are made."""


def check_budget(budget: int) -> None:
    """See that a budget is one.

    Raises:
        InputError: it is not.
    """
    if budget < 1:
        raise InputError(f"a budget is a number of questions, at least 1; got {budget}")


def chosen_sheets(
    record: Record, attacks: Sequence[str], budget: int, covered: Sequence[int] | None = None
) -> tuple[int, ...]:
    """The sheets of which people are asked.

    Args:
        record: of the audit.
        attacks: their names; ``all`` for every one; empty for as many as leave answers on
            :data:`FEW` items, those with the lowest rate first.
        budget: the most questions.
        covered: the sheets of which people can say anything; all if left out.

    Raises:
        InputError: no such attack, or none that people can say anything of.
    """
    names = sheet_names(record)
    able = range(len(names)) if covered is None else covered
    if not able:
        raise InputError(
            "people say nothing of any input of this audit: neither clean nor moved inputs are "
            "among those that they voted on"
        )
    if list(attacks) == ["all"]:
        return tuple(able)
    for name in attacks:
        if name not in names[1:]:
            raise InputError(
                f"--attack {name!r}: the audit has none of that name; it has "
                f"{', '.join(names[1:]) or 'no attack'}. Write all for every one."
            )
    if attacks:
        wanted = {0, *(names.index(name) for name in attacks)}
        return tuple(sheet for sheet in able if sheet in wanted)
    room = max(1, min(budget // FEW, len(names)) - 1)
    moved = [sheet for sheet in _lowest_first(record) if sheet in able]
    return tuple(sheet for sheet in able if sheet in {0, *moved[:room]})


def _lowest_first(record: Record) -> list[int]:
    """The attacks' sheets, the one with the lowest rate first."""
    rows = summarise(record).attacks

    def height(place: int) -> float:
        rate = rows[place].relative
        return rate.bounds[0] if rate.value is None else rate.value

    return [1 + place for place in sorted(range(len(rows)), key=height)]


def lead(record: Record, guesses: Sequence[Guess]) -> Guess:
    """The rate that decides the audit, as the stand-in has it; of those checked the lowest."""
    least = summarise(record).least.name
    named = [one for one in guesses if one.measures[0].kind == "accuracy"]
    for name in (least, WORST_CASE):
        for one in named:
            if one.measures[0].name == name:
                return one
    return min(named, key=lambda one: 2.0 if one.value is None else one.value)


def weights_of(guess: Guess) -> Array:
    """``Float[items]``: how often each is drawn, 1 where void to the stand-in, by what is open there."""
    doubt, void = guess.doubt, guess.measures[0].codes == Result.VOID
    least = float(np.quantile(doubt[~void], 0.05)) if not void.all() else 0.0
    if least <= 0:
        return np.ones(len(doubt))
    # what is void to the stand-in mostly is to people, and tells nothing of who is right
    found: Array = np.where(void, 1.0, np.clip(LEAST * doubt / least, LEAST, MOST))
    return found


def order_of(record: Record, weights: Array, seed: int) -> Codes:
    """``Int64[items]``: in which order items are drawn."""
    return weighted_order(weights, generator(seed, "calibration", record.digest))


@dataclass(frozen=True, eq=False)
class Draw:
    """The questions, each once, and the items that they are about.

    Attributes:
        record: of the audit.
        sheets: that are asked of each item.
        items: ``Int64[drawn]``, the items, in order.
        place: ``Int64[drawn, sheets]``, which question each input is.
        keys: of the questions.
        where: the sheet and the item of each question's input.
    """

    record: Record
    sheets: tuple[int, ...]
    items: Codes
    place: Codes
    keys: tuple[str, ...]
    where: tuple[tuple[int, int], ...]

    @property
    def questions(self) -> Questions:
        """To be put."""

        def fetch(rows: Codes) -> Inputs:
            found = [self.where[row] for row in rows.tolist()]
            return join([inputs_of(self.record, sheet, [item]) for sheet, item in found])

        return Questions(self.keys, fetch)

    @property
    def ids(self) -> list[str]:
        """Of each question: its item, and what moved it."""
        names = sheet_names(self.record)
        return [
            self.record.ids[item] + (f" / {names[sheet]}" if sheet else "")
            for sheet, item in self.where
        ]


def draw(record: Record, sheets: tuple[int, ...], order: Codes, budget: int) -> Draw:
    """The first items whose questions the budget covers.

    Args:
        record: of the audit.
        sheets: to be asked of each item.
        order: ``Int64[items]``.
        budget: the most questions; those that have an answer already count.

    Raises:
        InputError: the budget does not cover one item.
    """
    known: dict[str, int] = {}
    where: list[tuple[int, int]] = []
    places: list[list[int]] = []
    for item, keys in _keyed(record, sheets, order):
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if len(known) + len(new) > budget:
            break
        for key in new:
            known[key] = len(known)
            where.append((sheets[keys.index(key)], item))
        places.append([known[key] for key in keys])
    if not places:
        raise InputError(
            f"--budget {budget}: each item takes up to {len(sheets)} questions, its clean input and "
            "one for each attack checked. Give a larger budget, or fewer attacks with --attack."
        )
    place = np.array(places, np.int64)
    return Draw(record, sheets, order[: len(places)], place, tuple(known), tuple(where))


def _keyed(
    record: Record, sheets: tuple[int, ...], order: Codes
) -> Iterator[tuple[int, list[str]]]:
    """Each item with the keys of its inputs, one for each sheet."""
    for start in range(0, len(order), _PART):
        rows = order[start : start + _PART].tolist()
        keys = [input_keys(inputs_of(record, sheet, rows)) for sheet in sheets]
        yield from ((row, [said[i] for said in keys]) for i, row in enumerate(rows))
