"""Linear bounds of several networks at once, by back-substitution.

CROWN (Zhang et al. 2018) in float64, in batches of boxes, for weighted sums of the inequalities of a case:
for any weights ``w >= 0``, where the greatest value of ``sum_i w_i (row_i @ z + offset_i)`` over a box is
below 0, not all inequalities hold anywhere in it. The slopes of the lower relaxations are optimised as in
alpha-CROWN (Xu et al. 2021), the weights with them; they are the multipliers of that paper's successor
beta-CROWN, for conditions on outputs in place of splits. All networks are substituted down to the inputs
they share, so that what they have in common cancels.

Rounding: every bound is given :meth:`PiecewiseNet.slacks` away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.piecewise import PiecewiseNet

Ends = tuple[Tensor, Tensor]
"""Lower and upper ends, ``Float64[boxes, n]`` each."""

HalfSpace = tuple[Tensor, Tensor]
"""For each box ``a @ x + b >= 0``: ``Float64[boxes, features]`` and ``Float64[boxes]``."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Linear bounds of one layer's rectifiers over each box.

    Attributes:
        up: ``Float64[boxes, n]``, the slope from above.
        shift: ``Float64[boxes, n]``, what is added from above.
        down: ``Float64[boxes, n]``, the slope from below.
        free: ``Bool[boxes, n]``, where any slope from 0 to 1 is a bound from below.
    """

    up: Tensor
    shift: Tensor
    down: Tensor
    free: Tensor


def relaxed(ends: Ends, marked: Tensor) -> Relaxation:
    """The relaxation of rectifiers between these ends."""
    low, high = ends
    off, on = (high <= 0) & marked, (low >= 0) | ~marked
    free = ~off & ~on
    width = torch.where(free, high - low, 1.0)
    slope = torch.where(free, high / width, on.double())
    shift = torch.where(free, -slope * low, 0.0)
    down = torch.where(free, (high > -low).double(), on.double())
    return Relaxation(slope, shift, down, free)


def interval(weight: Tensor, bias: Tensor, ends: Ends) -> Ends:
    """Ends of ``weight @ x + bias``."""
    middle, radius = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
    centre, reach = middle @ weight.T + bias, radius @ weight.abs().T
    return centre - reach, centre + reach


def rectified_ends(ends: Ends, marked: Tensor) -> Ends:
    """Ends behind the rectifiers."""
    low, high = ends
    return torch.where(marked, low.clamp_min(0), low), torch.where(marked, high.clamp_min(0), high)


def hidden_ends(
    net: PiecewiseNet, box: Ends, slacks: Sequence[Tensor], cut: HalfSpace | None = None
) -> list[Ends]:
    """Ends of every hidden layer before its rectifiers, over each box.

    Args:
        net: the network.
        box: ``Float64[boxes, features]`` each.
        slacks: of the network on a domain that holds the boxes.
        cut: only this part of each box is meant.
    """
    found: list[Ends] = []
    layers: list[Relaxation] = []
    here = box
    for number in range(net.depth - 1):
        low, high = interval(net.weights[number], net.biases[number], here)
        if number or cut is not None:
            rows = ((high > 0) & (low < 0)).any(0).nonzero()[:, 0]
            if len(rows):
                below, above = _both_ends(net, number, rows, layers, box, cut)
                low[:, rows], high[:, rows] = (
                    torch.maximum(low[:, rows], below),
                    torch.minimum(high[:, rows], above),
                )
        low, high = low - slacks[number], high + slacks[number]
        found.append((low, high))
        layers.append(relaxed((low, high), net.rectified[number]))
        here = rectified_ends((low, high), net.rectified[number])
    return found


def _both_ends(
    net: PiecewiseNet,
    number: int,
    rows: Tensor,
    layers: Sequence[Relaxation],
    box: Ends,
    cut: HalfSpace | None,
) -> Ends:
    """Ends of some outputs of a layer, by back-substitution from there."""
    weight, bias = net.weights[number][rows], net.biases[number][rows]
    both = torch.cat([weight, -weight]).expand(len(box[0]), -1, -1)
    coefficients, rest = substituted(net, both, torch.cat([bias, -bias]), number, layers)
    most = (
        greatest(coefficients, rest, box)
        if cut is None
        else greatest_in(coefficients, rest, box, cut)
    )
    return -most[:, len(rows) :], most[:, : len(rows)]


def substituted(
    net: PiecewiseNet,
    coefficients: Tensor,
    rest: Tensor,
    number: int,
    layers: Sequence[Relaxation],
    slopes: Sequence[Tensor] | None = None,
    pulls: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """A linear bound from above, in the inputs, of a linear function of a layer's inputs.

    Args:
        net: the network.
        coefficients: ``Float64[boxes, sums, n]`` on what layer ``number`` takes.
        rest: ``Float64[boxes, sums]`` or what broadcasts to it.
        number: of the layer.
        layers: the relaxations of all layers before it.
        slopes: from below, in place of those of the relaxations, ``Float64[boxes, sums, n]`` each.
        pulls: multipliers of what is known of the signs before the rectifiers, with these signs,
            ``Float64[boxes, sums, n]`` each (beta-CROWN, Wang et al. 2021).

    Returns:
        ``Float64[boxes, sums, features]`` and ``Float64[boxes, sums]``.
    """
    for layer in range(number - 1, -1, -1):
        held = layers[layer]
        down = held.down[:, None] if slopes is None else slopes[layer]
        positive = coefficients.clamp_min(0)
        rest = rest + (positive @ held.shift[:, :, None])[:, :, 0]
        coefficients = torch.addcmul(coefficients * down, positive, held.up[:, None] - down)
        if pulls is not None:
            coefficients = coefficients + pulls[layer]
        rest = rest + coefficients @ net.biases[layer]
        coefficients = coefficients @ net.weights[layer]
    return coefficients, rest


def greatest(coefficients: Tensor, rest: Tensor, box: Ends) -> Tensor:
    """``Float64[boxes, sums]``: the greatest value over each box."""
    middle, radius = (box[0] + box[1]) / 2, (box[1] - box[0]) / 2
    return (
        torch.einsum("bsd,bd->bs", coefficients, middle)
        + torch.einsum("bsd,bd->bs", coefficients.abs(), radius)
        + rest
    )


def greatest_in(coefficients: Tensor, rest: Tensor, box: Ends, cut: HalfSpace) -> Tensor:
    """The same over the part of each box in a half-space, exactly but for rounding upwards.

    By duality it is the least over ``t >= 0`` of the greatest value of ``c @ x + r + t (a @ x + b)`` over the
    box, which is convex in ``t`` with its corners where an entry of ``c + t a`` is 0. Any ``t`` gives a
    bound, so that an empty part, or rounding, does no harm.
    """
    way, edge = cut
    times = torch.where(way[:, None] == 0, 0.0, -coefficients / way[:, None])
    times = torch.where(times.isfinite(), times, 0.0).clamp(0, 1e6)
    best = greatest(coefficients, rest, box)
    for place in range(way.shape[1]):
        factor = times[..., place]
        both = coefficients + factor[..., None] * way[:, None]
        best = torch.minimum(best, greatest(both, rest + factor * edge[:, None], box))
    return best


@dataclass(frozen=True, eq=False)
class JointBounds:
    """Linear bounds for the cases of a problem, over boxes inside one domain.

    Attributes:
        problem: student and teacher.
        slacks: of each network and layer.
        slack: ``Float64[z]``, of every input and output.
    """

    problem: JointProblem
    slacks: tuple[list[Tensor], ...]
    slack: Tensor

    @classmethod
    def over(cls, problem: JointProblem, box: Ends) -> "JointBounds":
        """For boxes inside this one, ``Float64[features]`` each."""
        most = torch.maximum(box[0].abs(), box[1].abs())
        slacks = tuple(net.slacks(most) for net in problem.nets)
        own = 8 * problem.features * 2.0**-53 * most
        return cls(problem, slacks, torch.cat([own, *(one[-1] for one in slacks)]))

    def hidden(self, box: Ends, cut: HalfSpace | None = None) -> list[list[Ends]]:
        """Ends of every hidden layer of every network over each box, or over its part in a half-space."""
        pairs = zip(self.problem.nets, self.slacks, strict=True)
        return [hidden_ends(net, box, slack, cut) for net, slack in pairs]

    def gaps(self, sums: Tensor, relaxations: Sequence[Sequence[Relaxation]]) -> Tensor:
        """How much each input's width adds to what is lost by relaxing, ``Float64[boxes, features]``.

        Each unsettled rectifier loses in proportion to its coefficient and to how far it is from
        settled; what moves it is followed down by the sizes of the weights.

        Args:
            sums: ``Float64[boxes, z]``, the weighted sum whose bound it is.
            relaxations: of every network's layers.
        """
        total = torch.zeros_like(sums[:, : self.problem.features])
        for net, part, layers in zip(
            self.problem.nets, self.problem.slices, relaxations, strict=True
        ):
            coefficients, held = sums[:, part] @ net.weights[-1], []
            for layer in range(net.depth - 2, -1, -1):
                one = layers[layer]
                held.append((layer, coefficients.abs() * one.free * 4 * one.up * (1 - one.up)))
                positive = coefficients.clamp_min(0)
                passed = coefficients * one.down + positive * (one.up - one.down)
                coefficients = passed @ net.weights[layer]
            lost: Tensor | None = None
            for layer, own in held:
                lost = own if lost is None else lost * layers[layer].up + own
                lost = lost @ net.weights[layer].abs()
            if lost is not None:
                total = total + lost
        return total

    def relaxations(self, hidden: Sequence[Sequence[Ends]]) -> list[list[Relaxation]]:
        """The relaxations between these ends."""
        return [
            [relaxed(ends, marked) for ends, marked in zip(ends_of, net.rectified, strict=False)]
            for ends_of, net in zip(hidden, self.problem.nets, strict=True)
        ]

    def linear(
        self,
        rows: Tensor,
        offsets: Tensor,
        relaxations: Sequence[Sequence[Relaxation]],
        slopes: Sequence[Sequence[Tensor]] | None = None,
        pulls: Sequence[Sequence[Tensor]] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Linear bounds from above of ``rows @ z + offsets``, in the inputs.

        Args:
            rows: ``Float64[boxes, sums, z]``.
            offsets: ``Float64[boxes, sums]``.
            relaxations: of every network's layers.
            slopes: from below, as of :func:`substituted`, for each network.
            pulls: likewise.
        """
        total = rows[..., : self.problem.features]
        rest = offsets + rows.abs() @ self.slack
        for number, (net, part) in enumerate(
            zip(self.problem.nets, self.problem.slices, strict=True)
        ):
            ours = rows[..., part]
            last = net.depth - 1
            coefficients, more = substituted(
                net,
                ours @ net.weights[last],
                ours @ net.biases[last],
                last,
                relaxations[number],
                None if slopes is None else slopes[number],
                None if pulls is None else pulls[number],
            )
            total = total + coefficients
            rest = rest + more
        return total, rest

    def best_sums(
        self,
        rows: Tensor,
        offsets: Tensor,
        there: Tensor,
        relaxations: Sequence[Sequence[Relaxation]],
        box: Ends,
        steps: int,
        *,
        counted: Tensor | None = None,
        enough: float = 0.0,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The best weighted sum of each box's inequalities that some steps of Adam find.

        Args:
            rows: ``Float64[boxes, conditions, z]``.
            offsets: ``Float64[boxes, conditions]``.
            there: ``Bool[boxes, conditions]``, which of them there are.
            relaxations: of every network's layers.
            box: the boxes.
            steps: of the optimisation.
            counted: the conditions whose weights sum to 1, the others' being free; all unless given.
            enough: stop where every bound is below it.

        Returns:
            the bound ``Float64[boxes]``, its linear function of the inputs ``Float64[boxes, features]``
            and ``Float64[boxes]``, and the weights ``Float64[boxes, conditions]``.
        """
        counts = there if counted is None else counted & there
        logits = torch.zeros_like(offsets).requires_grad_(True)
        slopes = [
            [one.down[:, None].clone().requires_grad_(True) for one in part] for part in relaxations
        ]
        rest_slopes = [one for part in slopes for one in part]
        ascent = BoundAdam([logits, *rest_slopes], [0.5] + [0.2] * len(rest_slopes))
        best = torch.full_like(offsets[:, 0], torch.inf)
        line = torch.zeros_like(rows[:, 0, : self.problem.features])
        edge, held = torch.zeros_like(best), torch.zeros_like(offsets)
        for step in range(steps + 1):
            weights = _weights(logits, there, counts)
            sums = torch.einsum("bm,bmz->bz", weights, rows)[:, None]
            offset = torch.einsum("bm,bm->b", weights, offsets)[:, None]
            found, rest = self.linear(sums, offset, relaxations, slopes)
            value = greatest(found, rest, box)[:, 0]
            better = value.detach() < best
            best = torch.where(better, value.detach(), best)
            line = torch.where(better[:, None], found[:, 0].detach(), line)
            edge = torch.where(better, rest[:, 0].detach(), edge)
            held = torch.where(better[:, None], weights.detach(), held)
            if step == steps or bool((best < enough).all()):
                break
            gradients = torch.autograd.grad(value.sum(), [logits, *rest_slopes], allow_unused=True)
            ascent.step(gradients)
            with torch.no_grad():
                for part, ours in zip(relaxations, slopes, strict=True):
                    for one, slope in zip(part, ours, strict=True):
                        fixed = one.down[:, None]
                        slope.copy_(torch.where(one.free[:, None], slope.clamp(0, 1), fixed))
        return best, line, edge, held


class BoundAdam:
    """Adam (Kingma & Ba 2015); torch's own takes a second to import."""

    def __init__(self, values: Sequence[Tensor], rates: Sequence[float]) -> None:
        self.values, self.rates, self.steps = values, rates, 0
        self.first = [torch.zeros_like(one) for one in values]
        self.second = [torch.zeros_like(one) for one in values]

    def step(self, gradients: Sequence[Tensor | None]) -> None:
        """One step against the gradients."""
        self.steps += 1
        long, short = 1 - 0.9**self.steps, 1 - 0.99**self.steps
        with torch.no_grad():
            for value, rate, first, second, gradient in zip(
                self.values, self.rates, self.first, self.second, gradients, strict=True
            ):
                if gradient is not None:
                    first.mul_(0.9).add_(gradient, alpha=0.1)
                    second.mul_(0.99).addcmul_(gradient, gradient, value=0.01)
                    value.addcdiv_(first, (second / short).sqrt_().add_(1e-12), value=-rate / long)


def _weights(logits: Tensor, there: Tensor, counts: Tensor) -> Tensor:
    """Weights of at least 0: those that count sum to 1, others are free."""
    sums = torch.softmax(torch.where(counts, logits, -torch.inf), 1)
    return torch.where(counts, sums, torch.where(there, logits.clamp(-20, 8).exp(), 0.0))
