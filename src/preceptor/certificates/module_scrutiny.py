"""Whether a module is what its lowered form says: looked at before, on the way, and after.

A trace of a module does not show everything that the module does. Hooks run beside it, steps in place change
values that other steps use, and a function can be random. What can be seen is refused; and the lowered form
is compared with the module itself at drawn inputs, for what cannot.
"""

import copy
import operator
import warnings
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final

import torch
from torch import Tensor, fx, nn

from preceptor.certificates.piecewise import PiecewiseNet
from preceptor.core import InputError

SCALES: Final = (0.1, 1.0, 10.0, 255.0)
"""Sizes of the inputs at which the lowered form is compared."""

EACH: Final = 12
"""Inputs of each size."""

AGREE: Final = 1e-6
"""How far apart both may be, as a share of the sizes that are summed on the way: float32 is nearer."""

_HARMLESS_HOOKS: Final = ("WeightNorm", "SpectralNorm")
"""They set a weight before a call, and in evaluation always the same one."""

_SAME_MEMORY: Final = frozenset(
    (
        *("view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "transpose"),
        *("contiguous", "float", "double", "to", "relu_"),
        *(operator.getitem, torch.flatten, torch.reshape, torch.nn.functional.dropout),
    )
)
_SAME_MEMORY_MODULES: Final = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout, nn.Dropout2d)


def check_own_methods(thing: object, known: type, names: Sequence[str], who: str) -> None:
    """Refuse what answers by methods of its own in place of those that are known.

    Args:
        thing: a student, a teacher, or its rule.
        known: the class whose methods are known.
        names: of the methods.
        who: for messages.

    Raises:
        InputError: another method stands in the class, or in the object itself.
    """
    for name in names:
        if getattr(type(thing), name) is not getattr(known, name) or name in vars(thing):
            raise InputError(
                f"{who}: its {type(thing).__name__} has a method {name} of its own, of which a certificate "
                f"knows nothing; give a {known.__name__} itself"
            )


def _is_harmless(hook: object) -> bool:
    """Whether a hook changes nothing: of weight norms, or of torch.export, which checks what comes in."""
    made_by = getattr(hook, "__module__", None)
    return type(hook).__name__ in _HARMLESS_HOOKS or made_by == "torch.export._unlift"


def check_module(module: nn.Module, who: str) -> None:
    """Refuse what a trace does not show.

    Raises:
        InputError: hooks, batch normalisation by the batch at hand, or numbers in another format.
    """
    for part in module.modules():
        hooks = (*part._forward_pre_hooks.values(), *part._forward_hooks.values())
        if not all(_is_harmless(one) for one in hooks):
            raise InputError(
                f"{who}: a forward hook of {type(part).__name__} can change what it gives, which a "
                "certificate does not see; remove the hook"
            )
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.running_mean is None:
            raise InputError(
                f"{who}: {type(part).__name__} without running statistics normalises by the batch at hand; a "
                "certificate is about one input"
            )
    for one in chain(module.parameters(), module.buffers()):
        if one.is_floating_point() and one.dtype not in (torch.float32, torch.float64):
            raise InputError(
                f"{who} has weights in {str(one.dtype).removeprefix('torch.')}; a certificate takes float32 and "
                "float64, of whose rounding it knows"
            )


def changes_what_is_used_again(
    node: fx.Node, nodes: Sequence[fx.Node], fetch: Callable[[str], Any]
) -> bool:
    """Whether a step changes its input in place, and that, or a view of it, is used later."""
    inside = node.target == "relu_" or bool(node.kwargs.get("inplace"))
    if node.op == "call_module":
        inside = bool(getattr(fetch(str(node.target)), "inplace", False))
    if node.op == "call_function" and node.target is torch.nn.functional.relu:
        inside |= len(node.args) > 1 and bool(node.args[1])
    if not inside:
        return False

    def origin(one: fx.Node) -> fx.Node:
        while one.all_input_nodes:
            module = fetch(str(one.target)) if one.op == "call_module" else None
            shares = isinstance(module, _SAME_MEMORY_MODULES) or getattr(module, "inplace", False)
            if not (shares or one.target in _SAME_MEMORY or one.kwargs.get("inplace")):
                break
            one = one.all_input_nodes[0]
        return one

    place = nodes.index(node)
    changed, later = origin(node.all_input_nodes[0]), set(nodes[place + 1 :])
    before = [one for one in nodes[:place] if origin(one) is changed]
    return any(user in later for one in before for user in one.users)


def copy_of(module: nn.Module) -> nn.Module:
    """A copy that can be changed."""
    with warnings.catch_warnings():  # torch's own, of programs of torch.export
        warnings.simplefilter("ignore", FutureWarning)
        return copy.deepcopy(module)


def compare_with_module(
    net: PiecewiseNet,
    module: nn.Module,
    finish: Callable[[Tensor], Tensor] | None,
    shape: tuple[int, ...],
    who: str,
) -> None:
    """The lowered form against the module itself, at drawn inputs.

    Args:
        net: the lowered form.
        module: as it was given.
        finish: the last step of the module, if the lowered form leaves it out.
        shape: of one input.
        who: for messages.

    Raises:
        InputError: they differ.
    """
    if not all(bool(one.isfinite().all()) for one in (*net.weights, *net.biases)):
        return  # refused where student and teacher meet, in words of its own
    draws = torch.Generator().manual_seed(0)
    scales = torch.tensor(SCALES, dtype=torch.float64).repeat_interleave(EACH)
    flat = torch.randn(len(scales), net.features, generator=draws, dtype=torch.float64)
    flat = (flat * scales[:, None]).float().double()
    expected, size = net(flat), net.magnitudes(flat.abs().amax(0))[-1]
    if finish is not None:
        expected, size = finish(expected), size + 1.0
    inputs = flat.reshape(-1, *shape)
    given = copy_of(module).eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # as above
        try:
            kept = inputs.clone()
            said = copy_of(given).double()(kept)
        except (RuntimeError, TypeError, ValueError):  # it casts, and takes its own format only
            kept = inputs.float()
            kind = next((one.dtype for one in given.parameters()), torch.float32)
            said = given(kept.to(kind))
    if not isinstance(said, Tensor) or said.numel() != expected.numel():
        raise InputError(f"{who}: gives no row of outputs for each input")
    off = (said.double().reshape(expected.shape) - expected).abs()
    if bool((off <= AGREE * (size + 1.0)).all()) and bool((kept.double() == inputs).all()):
        return
    raise InputError(
        f"{who}: {type(module).__name__} does something that its trace does not show: what was read of it "
        "differs from what it gives, or it changes its inputs. Steps in place (+=, *=), random steps, and steps "
        "across the items of a batch do that; write its forward without them"
    )
