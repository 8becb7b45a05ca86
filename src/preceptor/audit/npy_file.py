"""Arrays on disk, written and read a few rows at a time, so that memory does not grow.

Plain file reads and writes instead of memory maps: mapped pages would count as the process's own
memory. A write that returned survives the death of the process.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from preceptor.core import InputError
from preceptor.core.atomic_write import atomic_write


class NpyFile:
    """A ``.npy`` file of fixed length whose rows are written and read by number.

    Args:
        path: opened if it is there and fits, made and zero-filled otherwise.
        shape: of the whole array, rows first.
        dtype: of its elements.

    Raises:
        InputError: the file is there but holds another shape or dtype.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: Any) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        self.row = int(np.prod(shape[1:], dtype=np.int64)) * self.dtype.itemsize
        if not path.exists():
            self._create()
        self.file = path.open("r+b")
        try:
            self._check()
        except BaseException:
            self.file.close()
            raise
        self.offset = self.file.tell()

    def _check(self) -> None:
        wanted = f"{self.dtype} of shape {self.shape}"
        try:
            version = np.lib.format.read_magic(self.file)
            found = np.lib.format.read_array_header_1_0(self.file)
        except ValueError as error:
            raise InputError(f"{self.path} is no array file; expected {wanted}") from error
        if version != (1, 0) or found != (self.shape, False, self.dtype):
            raise InputError(f"{self.path} holds {found[2]} of shape {found[0]}; expected {wanted}")

    def _create(self) -> None:
        with atomic_write(self.path) as fresh, fresh.open("wb") as file:
            header = {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
            np.lib.format.write_array_header_1_0(file, header)
            file.truncate(file.tell() + self.shape[0] * self.row)

    def write(self, start: int, rows: np.ndarray) -> None:
        """Write rows ``start ..`` at once."""
        data = _bytes(np.ascontiguousarray(rows, dtype=self.dtype))
        offset = self.offset + start * self.row
        while data:
            written = os.pwrite(self.file.fileno(), data, offset)
            data, offset = data[written:], offset + written

    def read(self, start: int, stop: int) -> np.ndarray:
        """Rows ``start .. stop - 1``."""
        out = np.empty((stop - start, *self.shape[1:]), self.dtype)
        self._fill(_bytes(out), start)
        return out

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Rows by number, in any order."""
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        data = _bytes(out)
        for i, row in enumerate(rows.tolist()):
            self._fill(data[i * self.row : (i + 1) * self.row], row)
        return out

    def _fill(self, data: memoryview, row: int) -> None:
        """Read from row ``row`` on, as much as there is room for."""
        offset = self.offset + row * self.row
        while data:
            found = os.preadv(self.file.fileno(), [data], offset)
            if not found:
                raise InputError(f"{self.path} is shorter than it should be; delete it")
            data, offset = data[found:], offset + found

    def all(self) -> np.ndarray:
        """The whole array, in memory."""
        return self.read(0, self.shape[0])

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _bytes(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
