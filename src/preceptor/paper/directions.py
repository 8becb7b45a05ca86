"""How short a message can say a direction well enough, and no message or answers can be shorter."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc
from scipy.stats import norm

from preceptor.core import InputError

STEPS: Final = tuple(2.0 ** (-k / 6) for k in range(16))
"""Widths of the cells, in units of 1 / sqrt(d), the usual size of a coordinate."""


CHUNK: Final = 4096
"""Directions of a list that are drawn at a time; another number makes other lists."""


@dataclass(frozen=True, eq=False)
class Message:
    """A direction as it is sent.

    Attributes:
        normal: ``Float64[features]``, what is understood, of length 1.
        bits: length of the message.
    """

    normal: np.ndarray
    bits: float


def messages(normal: np.ndarray) -> list[Message]:
    """A direction sent ever more finely, each coordinate by itself.

    A coordinate is rounded to a whole number of steps, and the number sent in log2(1 / p) bits, p
    being the chance of its cell for a coordinate of a direction drawn evenly: what an arithmetic
    coder needs for all of them together, up to two bits. Which of the sixteen steps costs 4 bits. At
    fine steps such a code is 1/4 bit a coordinate above the least that any code of many coordinates
    needs (Gish & Pierce 1968).

    Args:
        normal: ``Float64[features]`` of length 1, two features at least.

    Raises:
        InputError: another length.
    """
    if len(normal) < 2 or not math.isclose(float(np.linalg.norm(normal)), 1.0, rel_tol=1e-5):
        raise InputError(f"expected a direction of length 1; got {np.linalg.norm(normal):g}")
    d, found = len(normal), []
    for unit in STEPS:
        step = unit / math.sqrt(d)
        cells = np.round(normal / step)
        if cells.any():
            chance = _below((cells + 0.5) * step, d) - _below((cells - 0.5) * step, d)
            bits = math.log2(len(STEPS)) - float(np.log2(chance).sum())
            found.append(Message(cells / np.linalg.norm(cells), bits))
    return found


def _below(heights: np.ndarray, d: int) -> np.ndarray:
    """The chance that a coordinate of a direction drawn evenly in d dimensions is lower."""
    squares = np.minimum(np.abs(heights), 1.0) ** 2
    chance: np.ndarray = 0.5 + 0.5 * np.sign(heights) * betainc(0.5, (d - 1) / 2, squares)
    return chance


def listed(
    normal: np.ndarray,
    enough: Callable[[np.ndarray], bool],
    within: float,
    chance: float,
    rng: np.random.Generator,
) -> Message:
    """A direction sent by its place in a list of random ones, of which both have the same.

    The first that is good enough is named. Where each is so with a chance p, independently of the
    others, its place is geometric, and a Golomb code with the parameter of Gallager & Van Voorhis
    (1975) is the shortest prefix-free one: at small p some 1.5 bits above log2(1 / p), which is
    :func:`least_bits`. The student has to draw some 1 / p directions, so this is for few features.

    Args:
        normal: ``Float64[features]`` of length 1.
        enough: whether a direction is good enough; asked only of those at an angle of at most
            ``within`` to the normal.
        within: in radians; beyond it none is good enough.
        chance: that a direction drawn evenly is good enough; the code is made for it.
        rng: of the list, which must know nothing of the normal.
    """
    before = 0
    while True:
        drawn = rng.standard_normal((CHUNK, len(normal)))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        for row in np.flatnonzero(drawn @ normal >= math.cos(within)):
            if enough(drawn[row]):
                return Message(drawn[row], float(golomb(before + int(row), chance)))
        before += CHUNK


def golomb(number: int, chance: float) -> int:
    """Bits of a number from 0 on that is geometric: so many failures before a success of ``chance``.

    Raises:
        InputError: a chance outside (0, 1), or a negative number.
    """
    if not 0 < chance < 1 or number < 0:
        raise InputError(
            f"expected a number from 0 on and a chance in (0, 1); got {number}, {chance}"
        )
    group = math.ceil(-math.log(2 - chance) / math.log1p(-chance))
    width = math.ceil(math.log2(group))
    in_group, short = number % group, 2**width - group
    return number // group + 1 + (width - 1 if in_group < short else width)


def least_bits(features: int, error: float, band: float) -> float:
    """No message, and no answers, from which a direction drawn evenly is always understood well
    enough, are shorter than this on average, in bits.

    Well enough: of standard Gaussian inputs farther than ``band`` from the plane at most the share
    ``error`` falls on the wrong side of the plane that is understood. That is so for planes up to one
    angle apart. A message is sent for directions within that angle of what is understood, and these
    are a cap of the sphere, of the share c. So no message has a chance above c, and the entropy of
    the messages is at least log2(1 / c); no prefix-free code is shorter than the entropy on average.
    Answers are such messages too, one of three each.

    Args:
        features: of the direction, at least 2.
        error: above 0 and below 1/2.
        band: of uncertain inputs; 0 for none.
    """
    widest = widest_angle(error, band)
    cap = 0.5 * float(betainc((features - 1) / 2, 0.5, math.sin(widest) ** 2))
    return -math.log2(cap)


def widest_angle(error: float, band: float) -> float:
    """The angle between planes, in radians, at which they differ on the share ``error`` of certain
    standard Gaussian inputs, see :func:`least_bits`.
    """
    return float(brentq(lambda angle: _apart(angle, band) - error, 1e-6, math.pi / 2))


def _apart(angle: float, band: float) -> float:
    """The share of certain Gaussian inputs on which planes at an angle differ."""
    heights = np.linspace(band, band + 9, 20_001)
    density = norm.pdf(heights) * norm.cdf(-heights / math.tan(angle))
    return float(np.trapezoid(density, heights) / norm.sf(band))
