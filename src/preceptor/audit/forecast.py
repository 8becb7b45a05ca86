"""How many more items a stopped audit is likely to take.

The audit's own betting process is carried on, many times, from where it stands. Each continuation
draws how often an item is right, wrong or void from what was found so far (a Dirichlet posterior with
Jeffreys' prior, so that a short past makes for a wide forecast), then draws the results of the items
that are left, and runs until the rule is reached or the items have run out. With a proxy the shares are
drawn for each of its guesses by itself, from what came of the items so guessed; a guess of which little is
known is taken to tell little. That is a forecast, no guarantee: the decision itself rests on the
answers alone.

For a claim about a least rate only the bets at that rate matter, and they are the audit's. For a
half-width the rates are looked at on a coarser grid than the audit's, which moves the end of a
continuation by an item or two. Of several components, the one that decides so far is carried on alone.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from preceptor.audit.decision import found_in, stopping_of, terms_of
from preceptor.audit.record import Record
from preceptor.audit.terms import Terms
from preceptor.core import generator
from preceptor.sequential import Gain, Pool, Process, Result, draw_order, grid

RUNS: Final = 256
"""Continuations."""

STEP: Final = 0.02
"""Between two rates of the grid."""

LEAST: Final = 5
"""With fewer results nothing is foretold."""

BLOCK: Final = 256
"""Items that are drawn at once."""

Array = NDArray[np.float64]
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
    whole = terms_of(record)
    said = stopping_of(record)
    used = int(said["used"])
    place = whole.names.index(said["component"])
    asked = record.facts["questions"]["asked"]
    questions = asked / max(1, len(record.ids))
    found = found_in(record)[place]
    if said["claim"] != "undecided" or int((found != Result.UNKNOWN).sum()) < LEAST:
        return Forecast(None, 0.0, questions)
    terms = replace(
        whole,
        names=(said["component"],),
        guesses=None if whole.guesses is None else whole.guesses[place : place + 1],
    )
    further, undecided = continuations(terms, found, _ahead(terms, used), runs)
    low, middle, high = (int(one) for one in np.quantile(further, (0.1, 0.5, 0.9), method="higher"))
    return Forecast((low, middle, high), undecided, questions)


def _ahead(terms: Terms, used: int) -> Codes:
    """``Int64[items]``: the guess at each item in the order asked, and in one that may follow."""
    if terms.guesses is None:
        return np.zeros(terms.items, np.int64)
    guesses, order = terms.guesses[0], terms.order[:used]
    rest = np.delete(guesses, order)
    ahead = rest[draw_order(rest, terms.mix, generator(0, "forecast", "order"))]
    return np.concatenate([guesses[order], ahead])


def continuations(terms: Terms, found: Codes, guesses: Codes, runs: int) -> tuple[Codes, float]:
    """``Int64[runs]``, further items of each continuation, and the share that never ended.

    Args:
        terms: of one component.
        found: ``Int64[used]``, what its items are so far.
        guesses: ``Int64[items]``, the proxy's, in the order of asking; 0 without one.
        runs: how many continuations.
    """
    rng = generator(0, "forecast")
    left = terms.items - len(found)
    shares = _shares(found, guesses[: len(found)], runs, terms.guesses is not None, rng)
    process = _start(terms)
    for result, guess in zip(found, guesses[: len(found)], strict=True):
        process = process.after(np.full(1, result), np.full(1, guess))
    if terms.population == "source" and terms.rule.least is not None:
        further = _counted(terms, process, shares[:, 0], left, rng)
    else:
        rest = guesses[len(found) :]
        further = _stepped(terms, process.rows(np.zeros(runs, np.int64)), shares, rest, rng)
    return np.minimum(further, left), float((further > left).mean())


def _counted(
    terms: Terms, process: Process, shares: Array, left: int, rng: np.random.Generator
) -> Codes:
    """``Int64[runs]``, further items of each continuation; ``left + 1`` where these do not do.

    About a source, with a least rate: how many were right and wrong is all that counts.
    """
    points, tail = process.evidence.points, terms.rule.tail(terms.level)
    gain = Gain(np.array([[1.0], [0.0]]) - points, -points, 1 - points)
    climb = shares.cumsum(1)[:, :2]
    further, counts = np.full(len(shares), left + 1), np.zeros((len(shares), 2))
    open_ = np.arange(len(shares))
    for done in range(0, left, BLOCK):
        luck = rng.random((len(shares), min(BLOCK, left - done)))[open_]
        one, two = climb[open_].T[..., None]
        sorts = np.stack([luck <= one, (luck > one) & (luck <= two)], -1)
        path = counts[open_, None] + sorts.cumsum(1)
        wealth = process.evidence.counted(path, gain, gain)
        ended = np.maximum(*wealth)[..., 0] >= -np.log(tail) - 1e-12
        some = ended.any(1)
        further[open_[some]] = done + 1 + ended[some].argmax(1)
        counts[open_] = path[:, -1]
        open_ = open_[~some]
        if not len(open_):
            break
    return further


def _stepped(
    terms: Terms, process: Process, shares: Array, guesses: Codes, rng: np.random.Generator
) -> Codes:
    """The same in general, item by item; ``guesses`` of the items left, ``Int64[left]``."""
    runs, tail = len(shares), terms.rule.tail(terms.level)
    further, open_ = np.full(runs, len(guesses) + 1), np.arange(runs)
    climb = shares.cumsum(2)[..., :2]
    for step, guess in enumerate(guesses.tolist()):
        drawn = (rng.random((runs, 1))[open_] > climb[open_, guess]).sum(1)
        process = process.after(drawn, np.full(len(open_), guess))
        ended = np.logical_or(*terms.rule.claims(*process.ends(tail)))
        if ended.any():
            further[open_[ended]] = step + 1
            open_, process = open_[~ended], process.rows(~ended)
        if not len(open_):
            break
    return further


def _shares(
    found: Codes, guesses: Codes, runs: int, proxied: bool, rng: np.random.Generator
) -> Array:
    """``Float[runs, 3, 3]``: by guess, how often an item is right, wrong, void.

    Without a proxy all guesses are the same and mean nothing. With one, the prior of each guess has
    the weight of Jeffreys', and the shares that are found whatever is guessed.
    """
    table = np.zeros((3, 4))
    np.add.at(table, (guesses, found), 1)
    table = table[:, :3]
    whole = rng.dirichlet(table.sum(0) + 0.5, size=runs)
    if not proxied:
        return np.repeat(whole[:, None], 3, 1)
    drawn = rng.standard_gamma(np.maximum(table + 1.5 * whole[:, None], 1e-3))
    return np.asarray(drawn / drawn.sum(-1, keepdims=True))


def _start(terms: Terms) -> Process:
    """The audit's process: at the rate that is claimed alone, or on a coarser grid."""
    least = terms.rule.least
    points = grid(step=STEP) if least is None else np.array([least])
    if terms.population == "source":
        return Process.start(points, audits=(1,))
    guesses = np.zeros(terms.items, np.int64) if terms.guesses is None else terms.guesses[0]
    pool = Pool.of(
        np.bincount(guesses, minlength=3)[None], mix=terms.mix, proxied=terms.guesses is not None
    )
    return Process.start(points, pool, (1,))
