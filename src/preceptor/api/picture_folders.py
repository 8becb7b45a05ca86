"""A folder of pictures as data: PNG, JPEG and what else Pillow reads safely."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from preceptor.api.spill import empty
from preceptor.core import Finding, InputError
from preceptor.distances import PictureForm, PictureSize, picture_form, read_pixels

SUFFIXES: Final = (
    *(".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"),
)
"""Of files that count as pictures; others in the folder are left alone."""

Resize = int | str | Sequence[int]
"""A number, ``"WIDTHxHEIGHT"``, or a pair ``(width, height)``."""

_TOLD: Final = 5
"""How many broken files are named."""


@dataclass(eq=False)
class FilePixels:
    """Pictures in files, each decoded when it is first asked for and kept as whole numbers.

    What is kept lies in memory, or in a temporary file where it is large.

    Attributes:
        files: the pictures.
        shape: ``(items, channels, height, width)``.
        dtype: ``uint8``, or ``uint16`` where a picture has sixteen bits.
        size: to which they are brought.
    """

    files: Sequence[Path]
    shape: tuple[int, ...]
    dtype: np.dtype
    size: PictureSize | None = None
    _kept: np.ndarray | None = field(default=None, init=False)
    _there: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._there = np.zeros(len(self.files), np.bool_)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Pictures ``[rows, channels, height, width]``.

        Raises:
            InputError: a file is broken, or has changed its size; says which.
        """
        if self._kept is None:
            self._kept = empty(self.shape, self.dtype)
        for row in range(*rows.indices(len(self))):
            if not self._there[row]:
                self._kept[row] = self._read(self.files[row])
                self._there[row] = True
        return self._kept[rows]

    def _read(self, file: Path) -> np.ndarray:
        found = read_pixels(file, self.size)
        if found.shape[1:] != self.shape[2:]:
            raise InputError(
                f"{file} is {found.shape[2]} x {found.shape[1]} pixels, where {self.shape[3]} x "
                f"{self.shape[2]} were expected: was it changed just now?"
            )
        if self.dtype == np.uint16 and found.dtype == np.uint8:
            found = found.astype(np.uint16) * 257  # 255 becomes 65535
        return found


@dataclass(frozen=True, eq=False)
class PictureFolder:
    """What a folder holds.

    Attributes:
        names: of the pictures, relative to the folder, in order.
        pixels: theirs.
        labels: ``Int64[items]``, by the subfolders, if every picture lies in one.
        classes: the subfolders' names, in the order of the labels.
        remarks: what was made of the pictures.
    """

    names: tuple[str, ...]
    pixels: FilePixels
    labels: np.ndarray | None
    classes: tuple[str, ...]
    remarks: tuple[Finding, ...]

    def take(self, rows: np.ndarray) -> FilePixels:
        """The pictures of some rows; nothing of the others is decoded."""
        files = [self.pixels.files[row] for row in rows.tolist()]
        shape = (len(files), *self.pixels.shape[1:])
        return FilePixels(files, shape, self.pixels.dtype, self.pixels.size)


def read_folder(folder: Path, resize: Resize | None, classes: Sequence[str] = ()) -> PictureFolder:
    """The pictures of a folder and of its subfolders; only their heads are read.

    Args:
        folder: flat, or with a subfolder for each class.
        resize: the size to bring them to; all must be of one size without it.
        classes: the labels' names in their order, if they are known: as the subfolders are called.

    Raises:
        InputError: no pictures, broken ones, or pictures of different sizes; names them.
    """
    size = read_size(resize)
    files = _files(folder)
    forms = _forms(folder, files)
    height, width = (size.height, size.width) if size else _one_size(folder, files, forms)
    channels = max(form.channels for form in forms)
    dtype = np.dtype(np.uint16 if any(form.deep for form in forms) else np.uint8)
    pixels = FilePixels(
        [folder / name for name in files], (len(files), channels, height, width), dtype, size
    )
    remarks = []
    grey = sum(form.channels < channels for form in forms)
    if grey:
        remarks.append(
            Finding(
                "grey-and-colour",
                "note",
                f"{grey} of {len(files)} pictures in {folder.resolve().name} are grey; they got three equal channels, "
                "like the others.",
                "Nothing to do, if that is how the student was trained.",
            )
        )
    labels, names = _labels(files, classes)
    if labels is not None:
        remarks.append(_told_labels(folder, names, bool(classes)))
    return PictureFolder(files, pixels, labels, names, tuple(remarks))


def read_size(given: Resize | None) -> PictureSize | None:
    """A size as it was written.

    Raises:
        InputError: it is none.
    """
    if given is None:
        return None
    parts = given.lower().split("x") if isinstance(given, str) else given
    try:
        sides = [int(parts)] if isinstance(parts, int) else [int(part) for part in parts]
    except (TypeError, ValueError):
        sides = []
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise InputError(
            f"--resize {given!r}: write 32 for the middle square of 32 x 32 pixels, or WIDTHxHEIGHT"
        )
    return PictureSize(sides[0], sides[-1], crop=len(sides) == 1)


def _files(folder: Path) -> tuple[str, ...]:
    """The pictures' paths below the folder, sorted; hidden ones and loops of links left out."""
    found, others, seen = [], Counter[str](), set()
    for place, inner, names in os.walk(folder, followlinks=True):
        here = os.path.realpath(place)
        inner[:] = [] if here in seen else [name for name in inner if not name.startswith(".")]
        if here in seen:
            continue
        seen.add(here)
        for name in names:
            suffix = Path(name).suffix.lower()
            if name.startswith("."):
                continue
            if suffix in SUFFIXES:
                found.append(Path(place, name).relative_to(folder).as_posix())
            else:
                others[suffix or name] += 1
    if not found:
        held = ", ".join(f"{many} x {what}" for what, many in others.most_common(3)) or "nothing"
        raise InputError(
            f"{folder} holds no pictures (it holds {held}). Expected PNG, JPEG or the like in it, or "
            "in a subfolder for each class"
        )
    return tuple(sorted(found))


def _forms(folder: Path, files: Sequence[str]) -> list[PictureForm]:
    """The form of each.

    Raises:
        InputError: names the ones that cannot be read.
    """

    def look(name: str) -> PictureForm | str:
        try:
            return picture_form(folder / name)
        except InputError as error:
            return str(error)

    seen = [look(name) for name in files]
    broken = [one for one in seen if isinstance(one, str)]
    if broken:
        more = f" And {len(broken) - _TOLD} more." if len(broken) > _TOLD else ""
        raise InputError(
            f"{len(broken)} of {len(files)} pictures in {folder} cannot be used; mend them, or move "
            f"them out of it. {' '.join(broken[:_TOLD])}{more}"
        )
    return [one for one in seen if not isinstance(one, str)]


def _one_size(folder: Path, files: Sequence[str], forms: Sequence[PictureForm]) -> tuple[int, int]:
    """Height and width of all.

    Raises:
        InputError: they differ.
    """
    sizes = Counter((form.height, form.width) for form in forms)
    if len(sizes) > 1:
        examples: dict[tuple[int, int], str] = {}
        for name, form in zip(files, forms, strict=True):
            examples.setdefault((form.height, form.width), name)
        told = ", ".join(
            f"{size[1]} x {size[0]} ({many}, such as {examples[size]})"
            for size, many in sizes.most_common(3)
        )
        raise InputError(
            f"the pictures in {folder} have {len(sizes)} sizes: {told}. Say to which they shall be "
            "brought: --resize 32 for the middle square, or --resize 48x32"
        )
    return next(iter(sizes))


def _labels(
    files: Sequence[str], classes: Sequence[str]
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The label of each by its subfolder, and the names in the labels' order."""
    parts = [name.split("/") for name in files]
    if any(len(one) < 2 for one in parts):
        return None, ()
    own = sorted({one[0] for one in parts})
    names = own
    if classes and set(own) <= set(classes):  # also where these names are numbers
        names = list(classes)
    elif all(name.isdecimal() for name in own) and len({int(name) for name in own}) == len(own):
        return np.array([int(one[0]) for one in parts], np.int64), ()
    elif classes:
        return None, ()
    place = {name: label for label, name in enumerate(names)}
    return np.array([place[one[0]] for one in parts], np.int64), tuple(names)


def _told_labels(folder: Path, names: Sequence[str], given: bool) -> Finding:
    order = ", ".join(f"{label} {name}" for label, name in enumerate(names[:6]))
    more = ", ..." if len(names) > 6 else ""
    how = "as --classes says" if given else "the subfolders' names in alphabetical order"
    what = f"labels by subfolder, {how}: {order}{more}" if names else "labels by subfolder"
    return Finding(
        "labels-by-folder",
        "note",
        f"The pictures in {folder.resolve().name} came with {what}. They are set beside what the teacher says of the "
        "clean inputs; nobody has checked them.",
        "If the student's outputs are in another order, give the names in that order: --classes.",
    )
