"""A fixed pool of items, of which the proxy's guesses are known, sampled without replacement.

The claim is about the rate of *these* items. Three sources, put together:

- Sampling without replacement, weighted, from a finite population, as a game of bets about what is
  left: Shekhar, Xu, Lipton, Liang & Ramdas (2023), *Risk-limiting financial audits via weighted
  sampling without replacement*; Waudby-Smith & Ramdas (2020) for equal weights.
- The proxy's guess as a control variate: the known sum of the guesses plus a correction from what
  was asked, as in prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan & Zrnic
  2023), with a coefficient estimated from the past alone.
- Importance weights where the guess is doubtful, as in active statistical inference (Zrnic & Candes
  2024). The weights are fixed before the first question, so any stopping time is safe.

Let ``x = right - p`` for an item of which the teacher is certain and 0 for a void one, and ``S`` its
sum over the pool: the rate is at most ``p`` exactly if ``S <= 0``. With ``h`` the same for the
proxy's guess, ``q`` the probability of the item drawn among those left, and ``c`` the coefficient,

    gain = (x - c h) / q + c (sum of h over what is left) + (sum of x over what was asked)

has mean ``S`` whatever was drawn before, so at most 0 under "the rate is at most ``p``", however
bad the proxy. Without a proxy ``c`` is 0 and ``q`` uniform. Where what is left cannot turn the sum
any more, the rate is settled for certain; with every item asked it is exact.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError
from preceptor.sequential.evidence import Gain

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

DOUBT: Final = (0.3, 1.0, 0.3)
"""How doubtful a guess is, by what is guessed: right, wrong, void. Errors are rare, so a guessed
error tells most."""

COEFFICIENT: Final = 0.5
STRENGTH: Final = 40.0
"""The coefficient before any answer, and after how many answers the data weigh as much."""

_GUESS: Final = {3: np.arange(3), 9: np.tile(np.arange(3), 3)}
_DOUBTS: Final = {3: np.asarray(DOUBT), 9: np.repeat(np.asarray(DOUBT), 3)}
"""By the number of sorts: what is guessed of each, and how doubtful it is."""

_LEAST: Final = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]])
_MOST: Final = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
"""By result: whether right, and whether certain, of an unknown one at worst and at best."""


def pairs(results: Codes) -> tuple[Array, Array]:
    """``Float[*audits, 2]``, twice: right and certain, at worst and at best."""
    return _LEAST[results], _MOST[results]


def at(pair: Array, points: Array) -> Array:
    """``right - p`` where certain, else 0: ``Float[*audits, points]``."""
    found: Array = pair[..., 0, None] - pair[..., 1, None] * points
    return found


@dataclass(frozen=True, eq=False)
class Pool:
    """What is left of a pool, and what was found so far. A value.

    Items are of three sorts, by the proxy's guess. Where several rates are followed over one draw,
    the guess that the draw goes by is another than that of each rate; then there are nine sorts,
    see :func:`sorts`.

    Attributes:
        left: ``Float[*audits, sorts]``, items not asked, by sort; of three: guessed right, wrong,
            void.
        mix: the share of draws that is uniform; the rest goes by ``DOUBT``.
        proxied: whether the guesses are a proxy's; without one all are "right" and mean nothing.
        least: ``Float[*audits, 2]``, right and certain among those asked, unknown ones at worst.
        most: likewise at best.
        both: ``Float[*audits]``, how errors and guessed errors vary together, so far.
        own: how guessed errors vary.
        errors: ``Float[*audits]``, the share of guessed errors in the whole pool.
    """

    left: Array
    mix: float
    proxied: bool
    least: Array
    most: Array
    both: Array
    own: Array
    errors: Array

    @classmethod
    def of(cls, guesses: Array | Codes, *, mix: float = 1.0, proxied: bool = True) -> "Pool":
        """Nothing asked yet.

        Args:
            guesses: ``Float[*audits, sorts]``, how many items there are of each sort.
            mix: the share of draws that is uniform.
            proxied: whether there is a proxy.

        Raises:
            InputError: an empty pool, or ``mix`` outside (0, 1].
        """
        if not 0 < mix <= 1:
            raise InputError(f"mix is a share of draws, above 0 and at most 1; got {mix}")
        left = np.asarray(guesses, np.float64)
        if (left.sum(-1) < 1).any():
            raise InputError("the pool has no items")
        zero, pair = np.zeros(left.shape[:-1]), np.zeros((*left.shape[:-1], 2))
        wrong = left[..., _GUESS[left.shape[-1]] == 1].sum(-1)
        return cls(left, mix, proxied, pair, pair, zero, zero, np.asarray(wrong / left.sum(-1)))

    def rows(self, chosen: Codes | NDArray[np.bool_]) -> "Pool":
        """Of some of the audits, by index or mask along their first axis."""
        return replace(
            self,
            left=self.left[chosen],
            least=self.least[chosen],
            most=self.most[chosen],
            both=self.both[chosen],
            own=self.own[chosen],
            errors=self.errors[chosen],
        )

    @property
    def chances(self) -> Array:
        """``Float[*audits, sorts]``, the probability of each *single* item left, by its sort."""
        return chances(self.left, self.mix)

    @property
    def coefficient(self) -> Array:
        """``Float[*audits]``, ``c``: from what was asked so far, drawn towards ``COEFFICIENT``."""
        if not self.proxied:
            return np.zeros_like(self.both)
        # 1e-3: with no guessed error, or all, the guesses do not vary and the data say nothing
        prior = STRENGTH * np.maximum(self.errors * (1 - self.errors), 1e-3)
        found: Array = np.asarray(
            np.clip((self.both + prior * COEFFICIENT) / (self.own + prior), 0.0, 1.0)
        )
        return found

    def gains(self, results: Codes, guesses: Codes, points: Array) -> tuple[Gain, Gain]:
        """What one more result of each audit adds, unknown ones at worst and at best.

        Args:
            results: ``Int64[*audits]``, values of ``Result``.
            guesses: ``Int64[*audits]``, their sorts.
            points: ``Float[points]``.
        """
        chance, c = self.chances, self.coefficient[..., None]
        guessed = at(_MOST[_GUESS[self.left.shape[-1]]], points)  # [sorts, points]
        rest = c * np.einsum("...h,hp->...p", self.left, guessed)
        there = (self.left > 0)[..., None]
        odds = 1 / np.where(self.left > 0, chance, 1.0)[..., None]
        bad = np.where(there, (-points - c[..., None] * guessed) * odds, np.inf).min(-2)
        good = np.where(there, (1 - points - c[..., None] * guessed) * odds, -np.inf).max(-2)
        drawn = np.take_along_axis(chance, guesses[..., None], -1)
        found = []
        for pair, past in zip(pairs(results), (self.least, self.most), strict=True):
            base = rest + at(past, points)
            value = (at(pair, points) - c * guessed[guesses]) / drawn + base
            found.append(Gain(value, bad + base, good + base))
        return found[0], found[1]

    def after(self, results: Codes, guesses: Codes) -> "Pool":
        """One more item asked, in each audit."""
        least, most = pairs(results)
        known = np.where(results < 3, 1.0, 0.0)  # 3: not known, see Result
        weight = known / (np.take_along_axis(self.chances, guesses[..., None], -1)[..., 0])
        weight = weight / self.left.sum(-1)
        sorts = self.left.shape[-1]
        apart = (_GUESS[sorts][guesses] == 1) - self.errors
        return replace(
            self,
            left=self.left - np.eye(sorts)[guesses],
            least=self.least + least,
            most=self.most + most,
            both=np.asarray(self.both + weight * (results == 1) * apart),
            own=np.asarray(self.own + weight * apart**2),
        )

    def told(self, results: Codes, guesses: Codes) -> "Pool":
        """Items known beforehand, ``Int64[*audits, items]``: nothing is learned of the coefficient."""
        least, most = pairs(results)
        sorts = self.left.shape[-1]
        return replace(
            self,
            left=self.left - np.eye(sorts)[guesses].sum(-2),
            least=self.least + least.sum(-2),
            most=self.most + most.sum(-2),
        )

    def settled(self, points: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where the rate is at least ``p``, and where below ``p``, whatever is left may be."""
        left = self.left.sum(-1)[..., None]
        some = self.least[..., 1, None] > 0
        # all that is left wrong, and all right; "at least p" holds at equality, "below p" does not,
        # and rounding must not turn the one into the other
        higher = (at(self.least, points) - points * left >= -1e-9) & some
        lower = (at(self.most, points) + (1 - points) * left < -1e-9) & some
        return higher, lower


def chances(left: Array, mix: float) -> Array:
    """``Float[*audits, sorts]``, the probability of each single item among those left, by sort."""
    doubt = _DOUBTS[left.shape[-1]]
    items = np.maximum(left.sum(-1, keepdims=True), 1.0)
    weight = np.maximum((left * doubt).sum(-1, keepdims=True), 1e-300)
    found: Array = mix / items + (1 - mix) * doubt / weight
    return found


def sorts(drawn: Codes, guesses: Codes) -> Codes:
    """``Int64[*audits, items]``, 0 to 8: the sort of each item of a pool drawn by another guess.

    Args:
        drawn: ``Int64[items]``, the guesses that the draw goes by.
        guesses: ``Int64[*audits, items]``, what is guessed for each rate.
    """
    return 3 * drawn + guesses


def draw_order(guesses: Codes, mix: float, rng: np.random.Generator) -> Codes:
    """``Int64[items]``, in which order a pool is asked; fixed before the first question.

    One after another without replacement, each with the probability that ``Pool.chances`` says.
    With ``mix`` 1 a uniformly random order.
    """
    if mix == 1:
        return rng.permutation(len(guesses))
    shuffled = rng.permutation(len(guesses))
    queues = [shuffled[guesses[shuffled] == h].tolist() for h in range(3)]
    left = np.array([len(queue) for queue in queues], np.float64)
    order = []
    for draw in rng.random(len(guesses)):
        mass = np.cumsum(chances(left, mix) * left)
        which = int(np.searchsorted(mass / mass[-1], draw, side="right"))
        while not queues[which]:  # a draw of exactly 1 by rounding
            which -= 1
        order.append(queues[which].pop())
        left[which] -= 1
    return np.asarray(order, np.int64)
