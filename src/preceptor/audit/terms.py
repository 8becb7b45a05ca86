"""What a stopping rule is about, and what was fixed before the first question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome import Outcome, Sheet, Verdict, components, judge, unattacked, worst
from preceptor.sequential import (
    Claim,
    Pool,
    Population,
    Process,
    Result,
    Stakes,
    StoppingRule,
    grid,
    sorts,
)

Codes = NDArray[np.int64]
Array = NDArray[np.float64]

_LETTERS: Final = "RWV?"
_VERDICTS: Final = np.array([Verdict.AGREE, Verdict.ERROR, Verdict.VOID, Verdict.UNASKED])
_RESULTS: Final = np.array(
    [
        *(Result.RIGHT, Result.WRONG, Result.WRONG),
        *(Result.VOID, Result.UNKNOWN, Result.UNKNOWN),
    ],
    np.int64,
)
"""By ``Verdict``: AGREE, ERROR, ABSTAIN, VOID, UNASKED, UNCONTRADICTED.

What is not contradicted stays unknown: it counts as wrong where a high rate is claimed and as right
where a low one is, so that what is decided holds whichever label each partial answer stands for.
"""


@dataclass(frozen=True, eq=False)
class Terms:
    """What was fixed before the first question.

    Attributes:
        rule: when to stop.
        level: of the decision and of the intervals.
        names: of the components, of whose rates the least is decided about.
        order: ``Int64[items]``, which item comes first, second, ...
        guesses: ``Int64[components, items]``, what the proxy makes of each item; ``None`` without.
        mix: the share of items drawn uniformly; 1 without a proxy.
        start: so many first items are known before a bet is laid; 0 about a source.
        stakes: what the bets begin with.
        pool: how many items the rate is of, where ``order`` holds not all of them.
    """

    rule: StoppingRule
    level: float
    names: tuple[str, ...]
    order: Codes
    guesses: Codes | None = None
    mix: float = 1.0
    start: int = 0
    stakes: Stakes | None = None
    pool: int | None = None

    @cached_property
    def kinds(self) -> Codes:
        """``Int64[components, items]``: of which sort each item is to the pool."""
        if self.guesses is None:
            raise InputError("there is no proxy, so items are not of several sorts")
        if len(self.names) == 1:
            return self.guesses
        return sorts(self.guesses[-1], self.guesses)  # the draw goes by the worst case, the last

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.order) if self.pool is None else self.pool

    @property
    def population(self) -> Population:
        """Whose rate is decided: with a proxy it is that of these items."""
        return self.rule.of if self.guesses is None else "items"

    @property
    def points(self) -> Array:
        """``Float[points]``: the rates that are bet on."""
        return grid() if self.rule.least is None else grid(self.rule.least)

    @property
    def tails(self) -> tuple[float, float]:
        """How probably the lower and the upper end of a component's interval may be wrong.

        That the least rate is at least so much takes that every component's is, so no correction
        is needed; that it is less takes one of them, so the upper ends are corrected.
        """
        tail = self.rule.tail(self.level)
        return tail, tail / len(self.names)

    def begin(self, rates: int, kinds: Codes | None, stakes: Stakes | None) -> Process:
        """Nothing known yet of some rates.

        Args:
            rates: how many.
            kinds: ``Int64[rates, items]``, of which sort each item is; ``None`` without a proxy.
            stakes: what the bets begin with.
        """
        if self.population == "source":
            return Process.start(self.points, None, (rates,), stakes)
        if kinds is None:
            counts = np.broadcast_to(np.array([self.items, 0, 0]), (rates, 3))
        else:
            many = 9 if int(kinds.max()) > 2 else 3
            counts = np.stack([np.bincount(row, minlength=many) for row in kinds])
        pool = Pool.of(counts, mix=self.mix, proxied=kinds is not None)
        return Process.start(self.points, pool, (rates,), stakes)

    def first(self) -> Process:
        """Nothing known yet, of every component."""
        kinds = None if self.guesses is None else self.kinds
        return self.begin(len(self.names), kinds, self.stakes)

    def step(self, process: Process, results: Codes) -> Process:
        """One more item, ``Int64[components]``, values of ``Result``."""
        return self.on(process, results, None if self.guesses is None else self.kinds)

    def on(self, process: Process, results: Codes, kinds: Codes | None) -> Process:
        """The same of other rates; ``kinds`` as in :meth:`begin`."""
        sort = None if kinds is None else kinds[:, self.order[process.items]]
        if process.items < self.start:
            return process.told(results[:, None], None if sort is None else sort[:, None])
        return process.after(results, sort)

    def ends(self, process: Process) -> tuple[Array, Array]:
        """``Float[components]``, twice: the ends on which the claim rests."""
        return process.ends(*self.tails)

    def claim(self, process: Process) -> Claim:
        """What is decided at this point."""
        low, high = self.ends(process)
        return self.rule.claim(float(low.min()), float(high.min()))

    def left(self, process: Process) -> Stakes:
        """What may be bet on the next statement, after this one.

        Of the bets that the least rate is high, what those on the worst component have left; of
        the bets that it is low, what all components' have on average.
        """
        up, down = process.evidence.wealth
        stakes = Stakes.whole(self.points) if self.stakes is None else self.stakes
        return stakes.left(up.min(0), logsumexp(down, axis=0) - np.log(len(down)))


def component_names(attacks: Sequence[str]) -> tuple[str, ...]:
    """Of whose rates the least is decided about, the worst case last."""
    none = torch.zeros(0, dtype=torch.int64)
    sheet = Sheet(none, none, none.bool(), none.float())
    outcomes = [Outcome(name, sheet, sheet) for name in attacks] or [unattacked(sheet)]
    return tuple(one.name for one in components(outcomes))


def result_codes(verdicts: Sequence[Tensor]) -> Codes:
    """``Int64[rates, items]``: verdicts as values of ``Result``; abstaining is wrong."""
    return np.stack([_RESULTS[one.numpy()] for one in verdicts])


def sheet_codes(sheets: Sequence[Sheet]) -> Codes:
    """``Int64[sheets, items]``: what each input of each item is, as values of ``Result``."""
    return result_codes([judge(sheet) for sheet in sheets])


def component_codes(codes: Codes) -> Codes:
    """``Int64[components, items]``: what each item is to each component.

    Args:
        codes: ``Int64[sheets, items]``, the clean sheet first.
    """
    if len(codes) == 1:
        return codes
    if len(codes) == 2:
        return codes[1:]
    over = worst([torch.from_numpy(_VERDICTS[row]) for row in codes[1:]])
    return np.concatenate([codes[1:], result_codes([over])])


def encode(codes: Codes) -> str:
    """A letter for each item: right, wrong, void, or unknown."""
    return "".join(_LETTERS[code] for code in codes.tolist())


def decode(letters: str) -> Codes:
    """The inverse of :func:`encode`.

    Raises:
        InputError: other letters.
    """
    if set(letters) - set(_LETTERS):
        raise InputError(f"results are written as {_LETTERS}; got {letters[:20]!r}")
    return np.array([_LETTERS.index(letter) for letter in letters], np.int64)
