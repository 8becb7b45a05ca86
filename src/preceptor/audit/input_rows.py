"""The inputs of a sheet on disk, written and read a few rows at a time: numbers or texts."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.npy_file import NpyFile
from preceptor.core import InputError, Inputs, TextDomain, Texts
from preceptor.core.atomic_write import atomic_write
from preceptor.core.domains import AnyDomain, is_text
from preceptor.core.inputs import on_cpu, pack, unpack_texts


class TensorRows:
    """Inputs ``Float32[items, *shape]`` in a ``.npy`` file.

    Args:
        path: the file.
        items: how many.
        shape: of one.
    """

    def __init__(self, path: Path, items: int, shape: tuple[int, ...]) -> None:
        self.file = NpyFile(path, (items, *shape), np.float32)

    def write(self, start: int, inputs: Inputs) -> None:
        """Write inputs ``start ..`` at once."""
        assert isinstance(inputs, Tensor)  # noqa: S101 - the domain's kind
        self.file.write(start, inputs.numpy())

    def read(self, start: int, stop: int) -> Tensor:
        """Inputs ``start .. stop - 1``."""
        return torch.from_numpy(self.file.read(start, stop))

    def take(self, rows: np.ndarray) -> Tensor:
        """Inputs by number, in any order."""
        return torch.from_numpy(self.file.take(rows))

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class TextRows:
    """Texts in a file ``.utf8`` of their bytes, one behind another, and an index of where each lies.

    What is written anew goes behind what is there. The index is written last: a text that a kill cut
    off is in no index.

    Args:
        stem: path of both files, without their endings.
        items: how many texts.
        fields: of each.

    Raises:
        InputError: the index is of another number of texts.
    """

    def __init__(self, stem: Path, items: int, fields: tuple[str, ...]) -> None:
        self.fields = fields
        data, index = text_places(stem)
        self.index = NpyFile(index, (items, 2), np.int64)
        try:
            self.data = data.open("r+b" if data.exists() else "w+b")
        except BaseException:
            self.index.close()
            raise

    def write(self, start: int, inputs: Inputs) -> None:
        """Write texts ``start ..``."""
        parts = [bytes(data) for data in pack(inputs)]
        end = self.data.seek(0, os.SEEK_END)
        lengths = np.array([len(part) for part in parts], np.int64)
        self.data.write(b"".join(parts))
        self.data.flush()
        self.index.write(start, np.stack([end + lengths.cumsum() - lengths, lengths], 1))

    def read(self, start: int, stop: int) -> Texts:
        """Texts ``start .. stop - 1``."""
        return self._read(self.index.read(start, stop))

    def take(self, rows: np.ndarray) -> Texts:
        """Texts by number, in any order."""
        return self._read(self.index.take(rows))

    def _read(self, places: np.ndarray) -> Texts:
        found = []
        for offset, length in places.tolist():
            data = os.pread(self.data.fileno(), length, offset)
            if len(data) != length:
                raise InputError(f"{self.data.name} is shorter than its index says; delete both")
            found.append(data)
        if self.fields and not all(found):  # nothing was written there yet
            found = [data or pack_empty(self.fields) for data in found]
        return unpack_texts(found, self.fields)

    def close(self) -> None:
        """Close the files."""
        self.index.close()
        self.data.close()


InputRows = TensorRows | TextRows


def pack_empty(fields: tuple[str, ...]) -> bytes:
    """The bytes of an empty text."""
    return bytes(next(iter(pack(Texts((("",) * len(fields),), fields)))))


def text_places(stem: Path) -> tuple[Path, Path]:
    """The files of texts: their bytes, and the index."""
    return stem.with_name(f"{stem.name}.utf8"), stem.with_name(f"{stem.name}.index.npy")


def places(stem: Path, domain: AnyDomain) -> tuple[Path, ...]:
    """The files that hold inputs of a domain."""
    if isinstance(domain, TextDomain):
        return text_places(stem)
    return (stem.with_name(f"{stem.name}.npy"),)


def input_rows(stem: Path, items: int, domain: AnyDomain) -> InputRows:
    """Open or make the files of so many inputs of a domain."""
    if isinstance(domain, TextDomain):
        return TextRows(stem, items, domain.fields)
    return TensorRows(stem.with_name(f"{stem.name}.npy"), items, domain.shape)


def save_rows(stem: Path, rows: InputRows, order: np.ndarray, batch: int) -> None:
    """Write some inputs in an order of their own into files that are whole or not there.

    Args:
        stem: path of the new files, without their ending.
        rows: where they lie.
        order: ``Int64[items]``, which ones.
        batch: how many are read at a time.
    """
    if isinstance(rows, TextRows):
        _save_texts(stem, rows, order, batch)
        return
    with atomic_write(stem.with_name(f"{stem.name}.npy")) as fresh, fresh.open("wb") as file:
        shape = (len(order), *rows.file.shape[1:])
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(order), batch):
            some = rows.file.take(order[start : start + batch])
            file.write(some.astype("<f4").tobytes())


def _save_texts(stem: Path, rows: TextRows, order: np.ndarray, batch: int) -> None:
    data, index = text_places(stem)
    lengths: list[int] = []
    with atomic_write(data) as fresh, fresh.open("wb") as file:
        for start in range(0, len(order), batch):
            for part in pack(rows.take(order[start : start + batch])):
                lengths.append(len(part))
                file.write(part)
    sizes = np.array(lengths, np.int64)
    with atomic_write(index) as fresh, fresh.open("wb") as file:
        np.save(file, np.stack([sizes.cumsum() - sizes, sizes], 1))


def read_saved(folder: Path, stem: str, rows: list[int], domain: dict[str, Any]) -> Inputs:
    """Inputs of a saved record by number, as its facts describe their domain.

    Raises:
        FileNotFoundError: the files are not there.
    """
    path = folder / "inputs" / stem
    if not is_text(domain):
        found = np.load(path.with_name(f"{stem}.npy"), mmap_mode="r")[rows]
        return on_cpu(torch.from_numpy(np.array(found)))
    data, index = text_places(path)
    where = np.load(index)[rows].reshape(-1, 2)
    with data.open("rb") as file:
        parts = []
        for offset, length in where.tolist():
            file.seek(offset)
            parts.append(file.read(length))
    return unpack_texts(parts, tuple(domain["fields"]))


STALE = ("clean.npy", "moved-*.npy", "clean.utf8", "moved-*.utf8", "clean.index.npy")
"""The files of inputs that an audit leaves, as patterns."""
