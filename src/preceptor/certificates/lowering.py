"""From torch modules to one piecewise-linear form, layer by layer.

A module is traced (``torch.fx``). Every value on the way is an affine map of the *frontier*, the outputs of
the last layer that was made; it is held as a stack of rows: the constant, one row for each output of the
frontier, and zero. An affine operation of the module, run on that stack in float64, gives the new
map, whatever the operation is: so convolutions, poolings by average and folded normalisations need no
formulas of ours. A rectifier makes a new layer; values that are still needed, as in residual sums, pass
through it as they are.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

from preceptor.certificates.exported_programs import EXPORTED, SIZE
from preceptor.certificates.module_scrutiny import (
    changes_what_is_used_again,
    check_module,
    compare_with_module,
    copy_of,
)
from preceptor.certificates.piecewise import PiecewiseNet
from preceptor.core import InputError
from preceptor.students.preprocessing import Behind, Preprocessing, Standardise

MOST_WEIGHTS: Final = 2**27
"""Numbers in one layer's matrix: 1 GiB. Convolutions are written out, which larger ones do not bear."""

TAKEN: Final = (
    "Linear, Conv1d/2d, AvgPool, AdaptiveAvgPool, MaxPool2d, BatchNorm, ReLU, Flatten, Dropout, Identity, "
    "sums and differences of their values, and multiplication by constants"
)

_AFFINE_MODULES: Final = (
    *(nn.Linear, nn.Conv1d, nn.Conv2d, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.Flatten, nn.Unflatten, nn.Dropout, nn.Dropout2d),
    *(nn.Identity, nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d, Standardise),
)
_AFFINE_FUNCTIONS: Final = frozenset(
    (
        *(operator.add, operator.sub, operator.neg, operator.getitem, torch.add, torch.sub),
        *(
            torch.flatten,
            torch.reshape,
            torch.cat,
            torch.stack,
            torch.neg,
            F.linear,
            F.conv2d,
            F.avg_pool2d,
        ),
        *(F.adaptive_avg_pool2d, F.pad, F.dropout, getattr),
    )
)
_AFFINE_METHODS: Final = frozenset(
    (
        *("add", "sub", "neg", "flatten", "reshape", "view", "contiguous", "float", "double", "to"),
        *("size", "mean", "squeeze", "unsqueeze", "permute", "transpose", "dim"),
    )
)
_SCALINGS: Final = frozenset((operator.mul, operator.truediv, torch.mul, torch.div))
_RELU_FUNCTIONS: Final = frozenset((torch.relu, F.relu))
_LAST: Final = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid)
_LOGARITHMS: Final = (nn.LogSoftmax, torch.log_softmax, F.log_softmax, "log_softmax")
_SOFTMAX: Final = (
    *(
        nn.Softmax,
        nn.Sigmoid,
        torch.softmax,
        F.softmax,
        torch.sigmoid,
        F.sigmoid,
        "softmax",
        "sigmoid",
    ),
)


class _Leaves(fx.Tracer):
    """A tracer that does not look into our own steps before a module."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        own = isinstance(m, Preprocessing | Standardise)
        return own or super().is_leaf_module(m, module_qualified_name)


class _LayerStack:
    """The layers made so far, and every value that is still needed as a stack of rows."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        features = int(torch.Size(shape).numel())
        rows = torch.eye(features, dtype=torch.float64).reshape(features, *shape)
        zero = torch.zeros(1, *shape, dtype=torch.float64)
        self.first = torch.cat([zero, rows, zero])
        self.weights: list[Tensor] = []
        self.biases: list[Tensor] = []
        self.marked: list[Tensor] = []
        self.operations = 0
        self.merged = False

    def add(self, stack: Tensor, marked: Tensor) -> None:
        """A layer whose outputs are the values of a flat stack ``[2 + frontier, out]``."""
        if stack.numel() > MOST_WEIGHTS:
            raise InputError(
                f"a layer of {stack.shape[1]:,} outputs from {stack.shape[0] - 2:,} values, written out, has "
                f"more than {MOST_WEIGHTS:,} weights; certificates are for smaller networks"
            )
        self.weights.append(stack[1:-1].T.contiguous())
        self.biases.append(stack[0].clone())
        self.marked.append(marked)
        self.merged |= self.operations > 1
        self.operations = 0

    def rectify(
        self, stack: Tensor, kept: Mapping[Any, Tensor]
    ) -> tuple[Tensor, dict[Any, Tensor]]:
        """A layer that rectifies one value and hands on others; all of them on the new frontier."""
        parts = [one.reshape(len(one), -1) for one in (stack, *kept.values())]
        marked = torch.cat([torch.full((p.shape[1],), i == 0) for i, p in enumerate(parts)])
        self.add(torch.cat(parts, 1), marked)
        width, start, found = len(marked), 0, []
        for part, given in zip(parts, (stack, *kept.values()), strict=True):
            rows = torch.zeros(width + 2, part.shape[1], dtype=torch.float64)
            rows[1 + start : 1 + start + part.shape[1]] = torch.eye(part.shape[1]).double()
            found.append(rows.reshape(width + 2, *given.shape[1:]))
            start += part.shape[1]
        return found[0], dict(zip(kept, found[1:], strict=True))


def _settled(result: Tensor) -> Tensor:
    """What an affine operation gave for a stack, as a stack again."""
    zero = result[-1:]
    return torch.cat([result[:1], result[1:-1] - zero, zero - zero])


class _Walk(fx.Interpreter):
    """Runs a traced module on stacks."""

    def __init__(
        self, traced: fx.GraphModule, shape: tuple[int, ...], who: str, softmax: bool
    ) -> None:
        super().__init__(traced)
        self.layers = _LayerStack(shape)
        self.nodes = tuple(traced.graph.nodes)
        self.who = who
        self.left_out = (*_LOGARITHMS, *_SOFTMAX) if softmax else _LOGARITHMS
        self.here: fx.Node | None = None
        self.moved: set[fx.Node] = set()
        self.given: list[Any] = []
        self.finish: Callable[[Tensor], Tensor] | None = None
        self.ending = ""

    def run_node(self, n: fx.Node) -> Any:
        """Runs one node; its value hangs on the inputs if it is a tensor and one that it is given does."""
        self.here = n
        self.given = [self.env[one] for one in n.all_input_nodes if one in self.moved]
        if self.given and changes_what_is_used_again(n, self.nodes, self.fetch_attr):
            raise self.refuse(
                "a step that changes a value in place", "is one whose value is used again"
            )
        found = super().run_node(n)
        if n.op == "placeholder" or (self.given and isinstance(found, Tensor)):
            self.moved.add(n)
        return found

    def refuse(
        self, what: str, why: str = "is not piecewise linear, or not known to be"
    ) -> InputError:
        place = "" if self.here is None else f" (at {self.here.target!s})"
        return InputError(
            f"{self.who}: {what}{place} {why}. A certificate takes feed-forward networks of {TAKEN}"
        )

    def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
        module = self.fetch_attr(target)
        return self.apply(module, *args, *kwargs.values())

    def apply(self, module: nn.Module, stack: Tensor) -> Tensor:
        """A module's value of a stack."""
        if isinstance(module, nn.ReLU):
            return self.relu(stack)
        if isinstance(module, nn.MaxPool2d):
            return self.pool(module, stack)
        if isinstance(module, Preprocessing):
            if isinstance(module.step, Standardise | Preprocessing):
                return self.apply(module.step, stack)
            if isinstance(module.step, nn.Sequential):
                for step in module.step:
                    stack = self.apply(step, stack)
                return stack
            raise self.refuse(
                f"the preprocessing {module.words!r}", "is a function; give mean and deviation"
            )
        if isinstance(module, _LAST) and type(module) in self.left_out and self.ends():
            return self.leave_out(type(module), module, stack)
        if not isinstance(module, _AFFINE_MODULES):
            raise self.refuse(type(module).__name__)
        self.layers.operations += not isinstance(module, nn.Flatten | nn.Dropout | nn.Identity)
        return _settled(module(stack))

    def ends(self) -> bool:
        """Whether what is computed here is what the module gives."""
        return self.here is not None and all(user.op == "output" for user in self.here.users)

    def leave_out(self, kind: Any, run: Callable[[Tensor], Tensor], stack: Tensor) -> Tensor:
        """The last step is not taken; what it was is noted."""
        self.finish = run
        self.ending = getattr(kind, "__name__", str(kind)).lower().replace("_", "")
        return stack

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        if target is SIZE:
            return args[0].shape[args[1]]
        target = EXPORTED.get(target, target)
        if target in _RELU_FUNCTIONS:
            return self.relu(self.given[0])
        if target in self.left_out and self.ends():
            others = {name: one for name, one in kwargs.items() if name != "input"}
            return self.leave_out(target, lambda z: target(z, *args[1:], **others), self.given[0])
        return self.affine(target, target, args, kwargs)

    def call_method(self, target: Any, args: Any, kwargs: Any) -> Any:
        if target in ("relu", "relu_"):
            return self.relu(args[0])
        if target in self.left_out and self.ends():
            run = getattr(torch.Tensor, target)
            return self.leave_out(target, lambda z: run(z, *args[1:], **kwargs), args[0])
        known = target if target in _AFFINE_METHODS else None
        if target in ("mul", "div"):
            known = getattr(operator, {"mul": "mul", "div": "truediv"}[target])
        return self.affine(known, getattr(torch.Tensor, target), args, kwargs)

    def affine(self, known: Any, run: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What an affine operation gives; plain numbers pass as they are."""
        leaves = _flat([*args, *kwargs.values()])
        values = [one for one in leaves if any(one is given for given in self.given)]
        if not values:
            return run(*args, **kwargs)
        self.check_affine(known, run, values, args, kwargs)
        if known in ("to", "float", "double"):
            return values[0]
        result = run(*args, **kwargs)
        if not isinstance(result, Tensor):
            return result
        if len(result) != len(values[0]):
            raise self.refuse(getattr(run, "__name__", str(run)), "mixes the items of a batch")
        self.layers.operations += known in (*_SCALINGS, F.linear, F.conv2d)
        return _settled(result)

    def check_affine(
        self, known: Any, run: Callable[..., Any], values: list[Any], args: Any, kwargs: Any
    ) -> None:
        """Refuse an operation that is not affine in the values on the way."""
        if known in _SCALINGS:
            if len(values) > 1 or (
                known in (operator.truediv, torch.div)
                and (kwargs.get("rounding_mode") or values[0] is not [*args, *kwargs.values()][0])
            ):
                raise self.refuse("a product or quotient of two values, or a rounded one")
        elif known not in _AFFINE_FUNCTIONS and known not in _AFFINE_METHODS:
            raise self.refuse(getattr(run, "__name__", str(run)))
        if known in (F.linear, F.conv2d) and len(values) > 1:
            raise self.refuse("a product of two values")
        if known is F.dropout and _drops(*args, **kwargs):
            raise self.refuse(
                "dropout",
                "is random: it drops in evaluation too unless training=self.training is given",
            )
        if known in ("to", "float", "double"):
            kinds = [
                one if isinstance(one, torch.dtype) else getattr(one, "dtype", None)
                for one in _flat([*args, *kwargs.values()])
            ]
            if any(one not in (None, torch.float32, torch.float64) for one in kinds):
                raise self.refuse("a cast to another number format than float32 or float64")

    def is_stack(self, value: Any) -> bool:
        """Whether something has the form of a value on the way."""
        frontier = len(self.layers.marked[-1]) if self.layers.marked else len(self.layers.first) - 2
        if not isinstance(value, Tensor) or value.dtype != torch.float64:
            return False
        return value.ndim > 0 and len(value) == frontier + 2

    def relu(self, stack: Tensor) -> Tensor:
        """Rectifies, and puts every other value that is still needed on the new frontier."""
        later = {} if self.here is None else self.needed()
        found, again = self.layers.rectify(stack, later)
        self.env.update(again)
        return found

    def needed(self) -> dict[fx.Node, Tensor]:
        """Values, other than this node's, that some later node uses."""
        order = list(self.nodes)
        place = order.index(self.here) if self.here is not None else 0
        later = set(order[place + 1 :])
        return {
            node: value
            for node, value in self.env.items()
            if node in self.moved and any(user in later for user in node.users)
        }

    def pool(self, pool: nn.MaxPool2d, stack: Tensor) -> Tensor:
        """Greatest of a window: ``max(a, b) = b + relu(a - b)``, two by two."""
        if pool.padding not in (0, (0, 0)) or pool.dilation not in (1, (1, 1)) or pool.ceil_mode:
            raise self.refuse("MaxPool2d with padding, dilation or ceil_mode")
        size = pool.kernel_size if isinstance(pool.kernel_size, tuple) else (pool.kernel_size,) * 2
        step = pool.stride if isinstance(pool.stride, tuple) else (pool.stride,) * 2
        windows = stack.unfold(2, size[0], step[0]).unfold(3, size[1], step[1])
        left = list(windows.flatten(4).unbind(4))
        while len(left) > 1:
            half = len(left) // 2
            first, second, odd = left[:half], left[half : 2 * half], left[2 * half :]
            gaps = torch.stack([a - b for a, b in zip(first, second, strict=True)], 1)
            kept = dict(enumerate([*second, *odd]))
            later = self.needed()
            held: dict[Any, Tensor] = {**kept, **later}
            risen, again = self.layers.rectify(gaps, held)
            self.env.update({node: again[node] for node in later})
            left = [again[i] + rise for i, rise in enumerate(risen.unbind(1))]
            left += [again[i] for i in range(half, len(kept))]
        return left[0]


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in _flat(one)]
    return [value]


def _drops(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> bool:  # noqa: A002
    """Whether a call of ``F.dropout`` with these arguments drops anything."""
    del input, inplace
    return training and p > 0


def lower_module(
    module: nn.Module, shape: tuple[int, ...], who: str, *, softmax: bool = True
) -> PiecewiseNet:
    """A torch module, in evaluation mode, as a piecewise-linear network of flattened inputs.

    A ``LogSoftmax`` at its end is left out: it changes no difference of outputs.

    Args:
        module: feed-forward; any class whose ``forward`` ``torch.fx`` can trace.
        shape: of one input, without the batch.
        who: for messages.
        softmax: leave out a ``Softmax``, or the ``Sigmoid`` of one output, at its end too: the result
            is then its logits, in the same order.

    Raises:
        InputError: a layer that is not piecewise linear; the message names it.
    """
    check_module(module, who)
    copied = copy_of(module).double().eval()
    if isinstance(copied, Behind):
        copied = nn.Sequential(copied.preprocessing, copied.module)
    try:
        traced = fx.GraphModule(copied, _Leaves().trace(copied))
    except Exception as error:  # a user's code
        raise InputError(
            f"{who}: {type(module).__name__} cannot be traced ({type(error).__name__}: {error}). Write its "
            f"forward without branches on values. A certificate takes networks of {TAKEN}"
        ) from error
    walk = _Walk(traced, tuple(shape), who, softmax)
    try:
        with torch.no_grad():
            stack = walk.run(walk.layers.first)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise InputError(
            f"{who}: fails on inputs of shape {tuple(shape)}: {type(error).__name__}: {error}"
        ) from error
    if walk.nodes[-1] not in walk.moved or not walk.is_stack(stack):
        raise InputError(f"{who}: gives no row of outputs for each input")
    stack = stack.reshape(len(stack), -1)
    walk.layers.add(stack, torch.zeros(stack.shape[-1], dtype=torch.bool))
    layers = walk.layers
    net = PiecewiseNet(
        tuple(layers.weights),
        tuple(layers.biases),
        tuple(layers.marked),
        layers.merged,
        walk.ending,
    )
    compare_with_module(net, module, walk.finish, shape, who)
    return net
