"""Versions: a hash of whatever decides a teacher's answers, so that a changed teacher is another.

The ledger keeps answers under name and version. A version that misses a change makes it answer
for the older teacher, so what cannot be hashed is refused instead of left out.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor

from preceptor.core.hashing import LENGTH
from preceptor.core.identity import version_of

__all__ = ["LENGTH", "input_key", "version_of"]


def input_key(value: Tensor) -> bytes:
    """The hash of one input ``[*shape]`` by content: shape and bytes as float32; -0 counts as 0."""
    array = np.ascontiguousarray(value.detach().to("cpu", torch.float32).numpy() + 0.0)
    return hashlib.sha256(f"float32 {array.shape} ".encode() + array.tobytes()).digest()
