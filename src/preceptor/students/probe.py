"""What a function or model gives, found out by trying it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import InputError, Inputs, TableDomain, Texts
from preceptor.core.passes import within
from preceptor.core.signatures import takes_arrays, takes_tensors
from preceptor.students.function_student import as_array, call
from preceptor.students.logits import Kind
from preceptor.students.preprocessing import FunctionBehind

PROBES: Final = 4
"""How many made-up inputs it is tried on; the least number of others."""

ITEMS: Final = 64
"""On how many of the inputs that there are it is tried at most."""

VALUES: Final = 2**19
"""And how many values they may hold: 64 pictures of 3x32x32, 4 of 3x224x224, whose passes take
memory.
"""


def probe_inputs(
    shape: Sequence[int], items: Tensor | None = None, device: str | torch.device = "cpu"
) -> Tensor:
    """``Float32[batch, *shape]``: the first of the items, or made-up inputs, always the same.

    Args:
        shape: of one input.
        items: ``Float[n, *shape]``, inputs like those that the student will meet. Without them,
            inputs are drawn uniformly from [0, 1], which a student of pixels from 0 to 255 or of
            coded columns never sees.
        device: where they shall lie.
    """
    if items is not None and len(items):
        most = within(max(PROBES, min(ITEMS, VALUES // max(1, items[0].numel()))))
        few = items[:most].to(torch.float32)
        return few.repeat(-(-PROBES // len(few)), *(1 for _ in few.shape[1:])).to(device)
    chance = torch.Generator().manual_seed(0)
    return torch.rand(PROBES, *shape, generator=chance).to(device)


def guess_kind(outputs: object, batch: int, who: str) -> Kind:
    """What a function gives, by the form of its outputs for ``batch`` inputs.

    Whole numbers (or truth values, or words), one for each input, are labels; rows of two or more numbers
    that are nowhere negative and add up to 1 are probabilities; other rows of two or more are
    logits.

    Raises:
        InputError: none of these. One floating number for each input may be a label, a logit or a
            probability, and is not guessed.
    """
    array = as_array(outputs, who)
    if array.shape == (batch,) and array.dtype.kind in "biuUSO":
        return "labels"
    if array.ndim == 2 and len(array) == batch and array.shape[1] > 1 and array.dtype.kind == "f":
        sums = np.abs(array.astype(np.float64).sum(1) - 1)
        return "probabilities" if (array >= 0).all() and (sums < 1e-3).all() else "logits"
    raise InputError(
        f"student {who!r} returned {array.dtype} of shape {array.shape} for {batch} inputs: it "
        f"cannot be told whether these are labels, probabilities or logits. {_say(who)}"
    )


def guess_model_kind(outputs: object, batch: int, who: str) -> Kind:
    """The same for a model, which gives no labels: one number for each input is a logit.

    Raises:
        InputError: one number for each input, and all between 0 and 1: it may be a probability.
    """
    if not isinstance(outputs, Tensor):
        return "logits"
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return guess_kind(outputs.float(), batch, who)
    if bool(((outputs >= 0) & (outputs <= 1)).all()):
        raise InputError(
            f"student {who!r} gives one number between 0 and 1 for each input: a logit, or the "
            f"probability of class 1? {_say(who)}"
        )
    return "logits"


@dataclass(frozen=True)
class ProbeResult:
    """What came of trying a function.

    Attributes:
        outputs: what it returned.
        arrays: whether it takes numpy arrays.
        differentiable: whether a gradient reaches its inputs.
        rows: whether it takes a DataFrame.
    """

    outputs: object
    arrays: bool
    differentiable: bool
    rows: bool = False


def try_function(
    function: Callable[[Any], object], inputs: Inputs, who: str, table: TableDomain | None = None
) -> ProbeResult:
    """Try a function on some inputs.

    It gets an array at once if its parameter is annotated so, else a tensor that asks for
    gradients, a tensor that does not, and an array, until one of them works. Of a table it gets a
    DataFrame first, unless its parameter is annotated as a tensor or an array.

    Raises:
        InputError: none works.
    """
    if isinstance(inputs, Texts):
        return _try_texts(function, inputs, who)
    own = function.function if isinstance(function, FunctionBehind) else function
    if table is not None and not takes_arrays(own) and not takes_tensors(own):
        try:
            return ProbeResult(call(function, inputs, False, False, table), False, False, True)
        except Exception as error:
            if bool(table.still.any()):  # words and gaps are no vectors that anybody knows
                raise InputError(
                    f"the function {who!r} fails on a DataFrame of {len(inputs)} rows "
                    f"({type(error).__name__}: {error})"
                ) from error
    if takes_arrays(own):
        return ProbeResult(call(function, inputs, arrays=True, differentiable=False), True, False)
    try:
        asking = inputs.clone().requires_grad_(True)
        outputs = call(function, asking, arrays=False, differentiable=True)
        return ProbeResult(outputs, False, gradient_reaches(outputs, asking))
    except Exception as first:
        try:
            return ProbeResult(
                call(function, inputs, arrays=False, differentiable=False), False, False
            )
        except Exception:
            try:
                return ProbeResult(
                    call(function, inputs, arrays=True, differentiable=False), True, False
                )
            except Exception as second:
                raise InputError(
                    f"the function {who!r} fails on a batch of shape {tuple(inputs.shape)}, both "
                    f"as a tensor ({type(first).__name__}: {first}) and as a numpy array "
                    f"({type(second).__name__}: {second})"
                ) from second


def _try_texts(function: Callable[[Any], object], inputs: Texts, who: str) -> ProbeResult:
    try:
        return ProbeResult(call(function, inputs, False, False), False, False)
    except Exception as error:
        raise InputError(
            f"the function {who!r} fails on a list of {len(inputs)} "
            f"{'tuples of texts' if inputs.fields else 'texts'}: {type(error).__name__}: {error}"
        ) from error


def gradient_reaches(outputs: object, inputs: Tensor) -> bool:
    """Whether outputs have a gradient with respect to the inputs."""
    if not isinstance(outputs, Tensor) or not outputs.requires_grad:
        return False
    return torch.autograd.grad(outputs.sum(), inputs, allow_unused=True)[0] is not None


def _say(who: str) -> str:
    return (
        f"Say it: on the command line behind the file, {who}:kind=logits (or probabilities, or "
        "labels); in Python, as_student(..., kind='logits')."
    )
