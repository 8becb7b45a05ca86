"""Affine forms of whole networks over boxes, for the checker: another way to bound than the prover's.

DeepZ (Singh et al. 2018) in numpy: every value is ``centre + sum_k e_k generator_k`` with ``e_k`` in [-1, 1];
a rectifier that is not settled adds a generator of its own. All networks share the generators of the inputs.
Forward, without optimisation, in code that shares nothing with :mod:`preceptor.certificates.joint_bounds`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.piecewise import PiecewiseNet

SLACK = 1e-9
"""Share of the sizes at hand that every condition is eased by, for rounding."""


@dataclass(frozen=True, eq=False)
class ZonotopeBatch:
    """Values over each box.

    Attributes:
        centre: ``Float64[boxes, n]``.
        generators: ``Float64[boxes, symbols, n]``; the first symbols are the inputs'.
    """

    centre: np.ndarray
    generators: np.ndarray

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, ``Float64[boxes, n]``, a little outward."""
        reach = np.abs(self.generators).sum(1)
        slack = SLACK * (reach + np.abs(self.centre))
        return self.centre - reach - slack, self.centre + reach + slack


def through(
    net: PiecewiseNet, low: np.ndarray, high: np.ndarray
) -> tuple[ZonotopeBatch, list[tuple[np.ndarray, np.ndarray]]]:
    """A network's outputs over each box, and the ends of its hidden layers.

    Args:
        net: the network.
        low: ``Float64[boxes, features]``.
        high: ``Float64[boxes, features]``.
    """
    centre = (low + high) / 2
    generators = np.einsum("bd,de->bde", (high - low) / 2, np.eye(low.shape[1]))
    hidden = []
    for number in range(net.depth):
        weight, bias = net.weights[number].numpy(), net.biases[number].numpy()
        centre, generators = centre @ weight.T + bias, generators @ weight.T
        if number == net.depth - 1:
            break
        below, above = ZonotopeBatch(centre, generators).ends()
        hidden.append((below, above))
        centre, generators = _rectified(
            centre, generators, below, above, net.rectified[number].numpy()
        )
    return ZonotopeBatch(centre, generators), hidden


def _rectified(
    centre: np.ndarray,
    generators: np.ndarray,
    below: np.ndarray,
    above: np.ndarray,
    marked: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    free = marked & (below < 0) & (above > 0)
    on = ~marked | (below >= 0)
    width = np.where(free, above - below, 1.0)
    slope = np.where(free, above / width, on.astype(float))
    half = np.where(free, -slope * below / 2, 0.0)
    fresh = np.flatnonzero(free.any(0))
    own = np.zeros((len(centre), len(fresh), centre.shape[1]))
    own[:, np.arange(len(fresh)), fresh] = half[:, fresh]
    return slope * centre + half, np.concatenate([generators * slope[:, None], own], 1)


def jointly(
    problem: JointProblem, low: np.ndarray, high: np.ndarray
) -> tuple[ZonotopeBatch, list[list[tuple[np.ndarray, np.ndarray]]]]:
    """Inputs and all outputs over each box, with common symbols; and the ends of all hidden layers."""
    features = low.shape[1]
    inputs = np.einsum("bd,de->bde", (high - low) / 2, np.eye(features))
    found = [through(net, low, high) for net in problem.nets]
    extra = [one.generators.shape[1] - features for one, _ in found]
    symbols = features + sum(extra)
    width = features + sum(net.outputs for net in problem.nets)
    generators = np.zeros((len(low), symbols, width))
    generators[:, :features, :features] = inputs
    start = features
    for (one, _), part, more in zip(found, problem.slices, extra, strict=True):
        generators[:, :features, part] = one.generators[:, :features]
        generators[:, start : start + more, part] = one.generators[:, features:]
        start += more
    centre = np.concatenate([(low + high) / 2, *(one.centre for one, _ in found)], 1)
    return ZonotopeBatch(centre, generators), [hidden for _, hidden in found]


def tightened(
    centre: np.ndarray, generators: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes cut down to where each condition ``centre + e @ generators >= 0`` can hold.

    Args:
        centre: ``Float64[boxes, conditions]``, eased already.
        generators: ``Float64[boxes, symbols, conditions]``.
        low: ``Float64[boxes, features]``.
        high: ``Float64[boxes, features]``.

    Returns:
        the ends, and ``Bool[boxes]``, true where nothing is left.
    """
    features = low.shape[1]
    most = centre + np.abs(generators).sum(1)
    empty = (most < 0).any(1)
    own = generators[:, :features]
    rest = most[:, None] - np.abs(own)
    size = np.where(np.abs(own) > 1e-12, np.abs(own), np.inf)
    least = -rest / size  # of the symbol, times the sign of its entry
    under = np.where(own > 1e-12, least, -1.0).max(2).clip(-1, None) - SLACK
    over = np.where(own < -1e-12, -least, 1.0).min(2).clip(None, 1) + SLACK
    empty |= (under > over).any(1)
    middle, radius = (low + high) / 2, (high - low) / 2
    fresh_low = np.maximum(low, middle + radius * under)
    fresh_high = np.minimum(high, middle + radius * over)
    kept = empty[:, None]
    return np.where(kept, low, fresh_low), np.where(kept, high, fresh_high), empty


def impossible(centre: np.ndarray, generators: np.ndarray) -> bool:
    """Whether no symbols in [-1, 1] satisfy all conditions of one box, by a linear program.

    Args:
        centre: ``Float64[conditions]``, eased already.
        generators: ``Float64[symbols, conditions]``.
    """
    solved = linprog(
        np.zeros(len(generators)),
        A_ub=-generators.T,
        b_ub=centre,
        bounds=[(-1.0, 1.0)] * len(generators),
        method="highs",
    )
    return bool(solved.status == 2)
