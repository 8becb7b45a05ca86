"""How many more items a stopped audit is likely to take.

The audit's own betting process is carried on, many times, from where it stands. Each continuation
draws how often an item is right, wrong or void from what was found so far (a Dirichlet posterior with
Jeffreys' prior, so that a short past makes for a wide forecast), then draws the results of the items
that are left, and runs until the rule is reached or the items have run out. With a proxy, a result is
the proxy's guess as often as it has been so far, else drawn as without one. That is a forecast, no
guarantee: the decision itself rests on the answers alone. The rates are looked at on a coarser grid
than the audit's, which moves the end of a continuation by an item or two.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from preceptor.audit.decision import Terms, results
from preceptor.audit.record import Record
from preceptor.core import generator
from preceptor.sequential import Pool, Process, Result, grid

RUNS: Final = 64
"""Continuations."""

STEP: Final = 0.02
"""Between two rates of the grid."""

LEAST: Final = 5
"""With fewer results nothing is foretold."""

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Forecast:
    """What a stopped audit is likely to take.

    Attributes:
        further: items beyond those used, of which 10 %, 50 % and 90 % of the continuations took
            less; those that ran out of items count as taking all of them. ``None`` if nothing can
            be foretold, or the rule is reached.
        undecided: the share of the continuations that ran out of items.
        questions: how many questions an item took on average so far.
    """

    further: tuple[int, int, int] | None
    undecided: float
    questions: float

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        further = None if self.further is None else list(self.further)
        return {"further": further, "undecided": self.undecided, "questions": self.questions}


def forecast(record: Record, *, runs: int = RUNS) -> Forecast:
    """How many more items an audit with a stopping rule is likely to take.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    terms = Terms.of(record)
    said = record.facts["stopping"]
    used = int(said["used"])
    asked = record.facts["questions"]["asked"]
    questions = asked / max(1, len(record.ids))
    found = results([record.clean.sheet, *(moved.sheet for moved in record.moved)])[:used]
    if said["claim"] != "undecided" or int((found != Result.UNKNOWN).sum()) < LEAST:
        return Forecast(None, 0.0, questions)
    guesses = np.zeros(terms.items, np.int64)
    if terms.guesses is not None:
        guesses = terms.guesses[terms.order()]
    further, undecided = continuations(terms, found, guesses, runs)
    low, middle, high = (int(one) for one in np.quantile(further, (0.1, 0.5, 0.9), method="higher"))
    return Forecast((low, middle, high), undecided, questions)


def continuations(terms: Terms, found: Codes, guesses: Codes, runs: int) -> tuple[Codes, float]:
    """``Int64[runs]``, further items of each continuation, and the share that never ended."""
    rng = generator(terms.seed, "forecast")
    left = terms.items - len(found)
    counts = np.bincount(found, minlength=4)[:3]
    rates = rng.dirichlet(counts + 0.5, size=runs)
    trust = np.zeros(runs)
    if terms.guesses is not None:
        same = int((found == guesses[: len(found)]).sum())
        trust = rng.beta(same + 0.5, len(found) - same + 0.5, size=runs)
    process = _start(terms, runs)
    for result, guess in zip(found, guesses[: len(found)], strict=True):
        process = process.after(np.full(runs, result), np.full(runs, guess))
    tail = terms.rule.tail(terms.level)
    further = np.full(runs, left)
    open_ = np.ones(runs, np.bool_)
    for step in range(left):
        guess = guesses[len(found) + step]
        drawn = (rng.random((runs, 1)) > rates.cumsum(1)[:, :2]).sum(1)
        drawn = np.where(rng.random(runs) < trust, guess, drawn)
        process = process.after(drawn, np.full(runs, guess))
        ended = np.logical_or(*terms.rule.claims(*process.ends(tail))) & open_
        further[ended] = step + 1
        open_ &= ~ended
        if not open_.any():
            break
    return further, float(open_.mean())


def _start(terms: Terms, runs: int) -> Process:
    """The audit's process, on a coarser grid."""
    points = grid(step=STEP) if terms.rule.least is None else grid(terms.rule.least, step=STEP)
    if terms.population == "source":
        return Process.start(points, audits=(runs,))
    guesses = np.zeros(terms.items, np.int64) if terms.guesses is None else terms.guesses
    whole = np.broadcast_to(np.bincount(guesses, minlength=3), (runs, 3))
    pool = Pool.of(whole, mix=terms.mix, proxied=terms.guesses is not None)
    return Process.start(points, pool, (runs,))
