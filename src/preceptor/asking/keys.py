"""The key of an input: a hash over its dtype, its shape and its bytes.

The one key by which a question is known on its way: a queue puts no key twice, and a ledger keeps
answers under it.
"""

import hashlib
from collections.abc import Sequence
from typing import overload

import numpy as np
from torch import Tensor

from preceptor.core import InputError, Inputs, Texts
from preceptor.core.inputs import form, pack

KEY_BYTES = 32


def input_keys(inputs: Inputs) -> list[str]:
    """One key for each input of a batch: 64 hexadecimal digits of SHA-256.

    Raises:
        InputError: neither texts nor a tensor with a batch axis.
    """
    if not isinstance(inputs, Texts) and (not isinstance(inputs, Tensor) or inputs.ndim == 0):
        raise InputError(
            f"a teacher is asked a batch of inputs, a tensor [batch, *shape] or texts; got "
            f"{'a tensor without axes' if isinstance(inputs, Tensor) else type(inputs).__name__}"
        )
    head = _head(*form(inputs))
    return [_digest(head, data) for data in pack(inputs)]


def stored_key(dtype: str, shape: str, data: bytes) -> str:
    """The key of an input as it is stored."""
    return _digest(_head(dtype, shape), data)


def packed(keys: Sequence[str]) -> np.ndarray:
    """Keys as ``uint8[batch, 32]``, for a file."""
    data = b"".join(map(bytes.fromhex, keys))
    return np.frombuffer(data, np.uint8).reshape(len(keys), KEY_BYTES)


class PackedKeys(Sequence[str]):
    """Keys in an array, a third of the memory: many questions of an audit are known at once.

    Args:
        rows: ``UInt8[keys, 32]``, as of :func:`packed`.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "PackedKeys": ...
    def __getitem__(self, at: int | slice) -> "str | PackedKeys":
        if isinstance(at, slice):
            return PackedKeys(self._rows[at])
        return str(self._rows[at].tobytes().hex())


def _head(dtype: str, shape: str) -> bytes:
    return f"{dtype}[{shape}]".encode()


def _digest(head: bytes, data: bytes | memoryview) -> str:
    digest = hashlib.sha256(head)
    digest.update(data)
    return digest.hexdigest()
