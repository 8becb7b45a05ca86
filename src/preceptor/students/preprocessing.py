"""What stands between plain inputs and a student: a normalisation, or whatever else it was trained behind."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core import InputError

WORDS: Final = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "255": ((0.0,), (1 / 255,)),
}
"""Normalisations that have a name: torchvision's for ImageNet; and none but values up to 255."""

EXPECTED: Final = (
    "MEAN:STD, numbers separated by commas, one for all or one for each channel, such as "
    "0.5:0.25 or 0.49,0.48,0.45:0.25,0.24,0.26; or imagenet; or 255, for a student that takes pixels "
    "from 0 to 255; in Python also a pair (mean, std) or a transformation such as torchvision's Normalize"
)

_INPUT_ONLY: Final = ("ToTensor", "PILToTensor", "ToImage", "ConvertImageDtype", "ToDtype")
"""Steps of a torchvision pipeline that make values from 0 to 1 of a picture: the inputs are that."""

Normalise = str | Sequence[object] | Callable[[Tensor], Tensor]
"""``"MEAN:STD"`` or a word, a pair ``(mean, std)``, or a transformation of a batch."""


@runtime_checkable
class _Steps(Protocol):
    """A pipeline of transformations, such as torchvision's ``Compose``."""

    transforms: Sequence[Any]


@runtime_checkable
class _MeanAndStd(Protocol):
    mean: Any
    std: Any


class Preprocessing(nn.Module):
    """A step before a student: ``Float[batch, *shape]`` to what the student was trained on.

    Args:
        step: differentiable, if gradients shall pass.
        words: what it does.
    """

    def __init__(self, step: Callable[[Tensor], Tensor], words: str) -> None:
        super().__init__()
        self.step = step
        self.words = words

    def forward(self, inputs: Tensor) -> Tensor:
        """What the student gets, in the inputs' dtype."""
        return self.step(inputs).to(inputs.dtype)

    def before(self, module: nn.Module) -> "Behind":
        """The module behind this."""
        return Behind(self, module)

    def of_function(self, function: Callable[[Any], object]) -> "FunctionBehind":
        """The function behind this."""
        return FunctionBehind(self, function)


class Behind(nn.Module):
    """A module behind a preprocessing. Its weights, and its modes, are those of the module.

    Attributes:
        module: the user's own.
    """

    def __init__(self, preprocessing: Preprocessing, module: nn.Module) -> None:
        super().__init__()
        self.preprocessing = preprocessing
        self.module = module

    def forward(self, inputs: Tensor) -> Any:
        """What the module says of ``Float[batch, *shape]``."""
        return self.module(self.preprocessing(inputs))


class FunctionBehind:
    """A function of tensors or arrays behind a preprocessing."""

    def __init__(self, preprocessing: Preprocessing, function: Callable[[Any], object]) -> None:
        self.preprocessing = preprocessing
        self.function = function

    def __call__(self, inputs: Any) -> object:
        """What the function says of ``Float[batch, *shape]``, a tensor or an array as it was given."""
        if isinstance(inputs, np.ndarray):
            with torch.no_grad():
                return self.function(self.preprocessing(torch.from_numpy(inputs)).numpy())
        return self.function(self.preprocessing(inputs))


class Standardise(nn.Module):
    """``(inputs - mean) / std``, for each channel or for all.

    Args:
        mean: one number, or one for each channel (of a vector: for each feature).
        std: likewise, above 0.
        white: values that stand for 1 in ``mean`` and ``std``.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float], white: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("mean", white * torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", white * torch.tensor(std, dtype=torch.float32))

    def forward(self, inputs: Tensor) -> Tensor:
        """``Float[batch, *shape]``, standardised."""
        form = (-1, *(1 for _ in inputs.shape[2:]))
        return (inputs - self.mean.to(inputs.device).reshape(form)) / self.std.to(
            inputs.device
        ).reshape(form)


def read_preprocessing(
    given: object, *, white: float = 1.0, shape: Sequence[int] | None = None
) -> Preprocessing:
    """A preprocessing as somebody wrote it.

    Mean and deviation are of values from 0 to 1, as torchvision states them. Where the inputs are pixels
    from 0 to 255 (``white``), numbers up to 1 are taken as shares of 255, and larger ones as they are.

    Args:
        given: see :data:`EXPECTED`.
        white: the greatest valid value: 255 for such pixels, else 1.
        shape: of one input, if it is known: the numbers must fit.

    Raises:
        InputError: nothing of the kind, or numbers that do not fit.
    """
    if isinstance(given, Preprocessing):
        return given
    if isinstance(given, str):
        mean, std = _of_text(given)
        return _standardise(mean, std, white, shape)
    if isinstance(given, _Steps):
        return _of_steps(given.transforms, white, shape)
    if type(given).__name__ == "Normalize" and isinstance(given, _MeanAndStd):
        return _standardise(_numbers(given.mean), _numbers(given.std), white, shape)
    if callable(given) and not isinstance(given, type):
        return Preprocessing(_scaled(given, white), f"{_name(given)} of values from 0 to 1")
    if isinstance(given, Sequence | np.ndarray | Tensor) and len(given) == 2:
        return _standardise(_numbers(given[0]), _numbers(given[1]), white, shape)
    raise InputError(f"--normalise {given!r}: expected {EXPECTED}")


def _of_text(text: str) -> tuple[list[float], list[float]]:
    if text in WORDS:
        mean, std = WORDS[text]
        return list(mean), list(std)
    first, colon, second = text.partition(":")
    if not colon:
        raise InputError(f"--normalise {text!r}: expected {EXPECTED}")
    return _numbers(first.split(",")), _numbers(second.split(","))


def _numbers(given: object) -> list[float]:
    try:
        if isinstance(given, list | tuple) and any(isinstance(one, str) for one in given):
            return [float(Fraction(one.strip())) for one in given]
        return [float(one) for one in np.ravel(np.asarray(given, dtype=np.float64)).tolist()]
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(f"--normalise: {given!r} are no numbers; expected {EXPECTED}") from error


def _standardise(
    mean: list[float], std: list[float], white: float, shape: Sequence[int] | None
) -> Preprocessing:
    said = f"{_joined(mean)}:{_joined(std)}"
    if not (np.isfinite([*mean, *std]).all() and all(one > 0 for one in std)):
        raise InputError(f"--normalise {said}: means must be finite, deviations finite and above 0")
    wanted = None if shape is None else {1, shape[0]}
    if wanted is not None and not {len(mean), len(std)} <= wanted:
        raise InputError(
            f"--normalise {said}: {len(mean)} means and {len(std)} deviations for inputs of shape "
            f"{tuple(shape or ())}; expected one of each for all, or one for each of {(shape or [0])[0]} "
            "channels"
        )
    shares = white != 1 and max(abs(one) for one in (*mean, *std)) <= 1
    words = f"(values - {_joined(mean)}) / {_joined(std)}"
    if shares:
        words += f", of values divided by {white:g}"
    return Preprocessing(Standardise(mean, std, white if shares else 1.0), words)


def _of_steps(steps: Sequence[Any], white: float, shape: Sequence[int] | None) -> Preprocessing:
    """What is left of a pipeline once its inputs are values from 0 to 1."""
    names = [type(step).__name__ for step in steps]
    drawn = [name for name in names if name.startswith("Random") or name.endswith("Jitter")]
    if drawn:
        raise InputError(
            f"normalise: the pipeline draws at random ({', '.join(drawn)}); give the one that is "
            "used when the student is asked, not when it is trained"
        )
    left = [step for step, name in zip(steps, names, strict=True) if name not in _INPUT_ONLY]
    if len(left) == 1:
        return read_preprocessing(left[0], white=white, shape=shape)
    if not left:
        raise InputError(
            f"normalise: the pipeline ({', '.join(names) or 'empty'}) holds no Normalize; leave it out"
        )
    parts = [read_preprocessing(step, shape=None) for step in left]
    words = ", then ".join(part.words for part in parts)
    return Preprocessing(_scaled(nn.Sequential(*parts), white), words)


def _scaled(step: Callable[[Tensor], Tensor], white: float) -> Callable[[Tensor], Tensor]:
    if white == 1:
        return step
    first = Standardise([0.0], [white])
    return nn.Sequential(first, Preprocessing(step, _name(step)))


def _name(step: object) -> str:
    return str(getattr(step, "__name__", type(step).__name__))


def _joined(numbers: Sequence[float]) -> str:
    return ",".join(f"{one:.6g}" for one in numbers)
