"""Pictures as people have them, channels last, as they are needed here: channels first."""

from typing import Final

import numpy as np

from preceptor.core import Finding, InputError

CHANNELS: Final = (1, 3, 4)
"""So many channels has a picture."""

ORDERS: Final = ("first", "last")


def channels_first(
    inputs: np.ndarray, channels: str | None, what: str
) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Inputs with the channels of pictures first, and a remark where they were turned.

    Channels stand last where the last side of ``[items, a, b, c]`` is 1, 3 or 4 and the first is not. Where
    both are, the reading by which pictures are square is taken.

    Args:
        inputs: ``[items, *shape]``; nothing is copied.
        channels: ``first`` or ``last``, as somebody said it; ``None`` to find out.
        what: holds them, for messages.

    Raises:
        InputError: it cannot be told, or what was said cannot be.
    """
    if channels is not None and channels not in ORDERS:
        raise InputError(f"--channels {channels!r}: expected first or last")
    if inputs.ndim != 4:
        if channels == "last":
            raise InputError(
                f"--channels last: {what} holds inputs of shape {inputs.shape[1:]}; expected pictures, "
                "[items, height, width, channels]"
            )
        return inputs, ()
    last = channels == "last" if channels is not None else _are_last(inputs.shape[1:], what)
    if not last:
        return inputs, ()
    turned = np.moveaxis(inputs, -1, 1)
    return turned, (
        Finding(
            "channels-last",
            "note",
            f"{what} holds arrays of shape {inputs.shape[1:]}: taken as pictures with their channels last, "
            f"and turned into {turned.shape[1:]}.",
            "If the first of these numbers are the channels, say so: --channels first.",
        ),
    )


def _are_last(shape: tuple[int, ...], what: str) -> bool:
    a, b, c = shape
    if c not in CHANNELS:
        return False
    if a not in CHANNELS:
        return True
    if (b == c) != (a == b):
        return a == b
    raise InputError(
        f"{what} holds inputs of shape {shape}: {a} channels of {b} x {c}, or {c} channels of {a} x {b}? "
        "Say it: --channels first, or --channels last"
    )
