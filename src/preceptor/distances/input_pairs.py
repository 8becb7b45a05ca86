"""All the distances between two inputs at once."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from torch import Tensor

from preceptor.core import InputError
from preceptor.distances.earth import wasserstein

SSIM_WINDOW: Final = 7


@dataclass(frozen=True)
class Measure:
    """One way to say how far apart two inputs are.

    Attributes:
        key: its field in :class:`Distances`.
        label: as a table heads its column.
        nearer: whether the nearer input has the smaller or the larger number.
        meaning: one line of help.
    """

    key: str
    label: str
    nearer: Literal["smaller", "larger"]
    meaning: str


MEASURES: Final = (
    Measure("l0", "l_0", "smaller", "how many values differ at all"),
    Measure("l1", "l_1", "smaller", "the sum of all differences"),
    Measure("l2", "l_2", "smaller", "the straight-line (Euclidean) distance"),
    Measure("linf", "l_inf", "smaller", "the largest single difference"),
    Measure("wasserstein", "W_1", "smaller", "how many pixels a grain of grey travels, on average"),
    Measure("ssim", "SSIM", "larger", "likeness of local structure; 1 for the same image"),
    Measure("psnr", "PSNR", "larger", "signal to noise in decibels"),
)


@dataclass(frozen=True)
class Distances:
    """How far two inputs lie apart.

    The last five are ``None`` where they make no sense: for vectors, for an image without mass
    (Wasserstein), for one less than three pixels wide or high (SSIM), for identical images (PSNR,
    which would be infinite).

    Attributes:
        l0: coordinates that differ at all; each channel of a pixel counts for itself.
        l1: sum of absolute differences, in input units.
        l2: Euclidean distance, in input units.
        linf: largest absolute difference, in input units.
        wasserstein: between the grey-level masses, in pixels: :mod:`preceptor.distances.earth`.
        wasserstein_block: side of the blocks in which mass was added up first; 1 means exact.
        wasserstein_off_by: the blocks put ``wasserstein`` off by no more, in pixels.
        ssim: structural similarity (Wang et al. 2004), uniform window, mean over channels,
            black taken as 0.
        ssim_window: its side in pixels: 7, or the largest odd number that fits.
        psnr: peak signal-to-noise ratio in decibels; the peak is ``high - low``.
    """

    l0: float
    l1: float
    l2: float
    linf: float
    wasserstein: float | None = None
    wasserstein_block: int | None = None
    wasserstein_off_by: float | None = None
    ssim: float | None = None
    ssim_window: int | None = None
    psnr: float | None = None

    def describe(self) -> dict[str, Any]:
        """Plain data, all of it valid JSON."""
        return asdict(self)

    def of(self, measure: Measure) -> float | None:
        """One of the numbers."""
        value: float | None = getattr(self, measure.key)
        return value


def compare(
    a: np.ndarray | Tensor, b: np.ndarray | Tensor, *, low: float = 0.0, high: float = 1.0
) -> Distances:
    """How far two inputs lie apart, by every measure that applies.

    Args:
        a: one input without a batch axis, any real dtype. ``[channels, height, width]`` with 1, 3
            or 4 channels is an image; for every other shape only the l_p distances are computed.
        b: the other, of the same shape.
        low: least value of the domain: black.
        high: greatest value of the domain: white.

    Raises:
        InputError: shapes that differ, no values, values that are not finite, or low >= high.
    """
    x, y = _plain(a), _plain(b)
    if x.shape != y.shape:
        raise InputError(
            f"cannot compare inputs of shapes {x.shape} and {y.shape}; expected one shape. "
            "Crop or resize one of them first."
        )
    if not x.size or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("cannot compare inputs that are empty or hold values that are not finite")
    if not low < high:
        raise InputError(f"low must be below high; got {low} and {high}")
    delta = np.abs(x - y).ravel()
    lengths = Distances(
        l0=float(np.count_nonzero(delta)),
        l1=float(delta.sum()),
        l2=float(np.linalg.norm(delta)),
        linf=float(delta.max()),
    )
    if x.ndim != 3 or x.shape[0] not in (1, 3, 4):
        return lengths
    transport = wasserstein(x, y, low=low)
    similarity, window = _ssim(x - low, y - low, high - low)
    return replace(
        lengths,
        wasserstein=transport.distance,
        wasserstein_block=transport.block,
        wasserstein_off_by=transport.off_by,
        ssim=similarity,
        ssim_window=window,
        psnr=_psnr(x, y, high - low),
    )


def _plain(value: np.ndarray | Tensor) -> np.ndarray:
    array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
    if array.dtype.kind not in "biuf":
        raise InputError(f"cannot compare values of dtype {array.dtype}; expected real numbers")
    return array.astype(np.float64)


def _ssim(x: np.ndarray, y: np.ndarray, span: float) -> tuple[float | None, int | None]:
    side = min(x.shape[1:])
    window = min(SSIM_WINDOW, side - 1 + side % 2)
    if window < 3:
        return None, None
    from skimage.metrics import structural_similarity  # slow: see docs/decisions/0010

    found = structural_similarity(  # type: ignore[no-untyped-call]
        x, y, win_size=window, data_range=span, channel_axis=0
    )
    return float(found), window


def _psnr(x: np.ndarray, y: np.ndarray, span: float) -> float | None:
    if np.array_equal(x, y):
        return None
    from skimage.metrics import peak_signal_noise_ratio  # slow: see docs/decisions/0010

    found = float(
        peak_signal_noise_ratio(x, y, data_range=span)  # type: ignore[no-untyped-call]
    )
    return found if math.isfinite(found) else None
