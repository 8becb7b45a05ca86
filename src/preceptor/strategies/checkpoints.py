"""Fitted students and lessons on disk, so that learning that was cut off need not fit again."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes

from preceptor.core import Pupil, Trainable
from preceptor.core.atomic_write import atomic_write
from preceptor.core.identity import identify_student
from preceptor.lessons import Lesson, fingerprint, save, seen_through


@dataclass(frozen=True)
class Checkpoints:
    """A folder with ``lesson-NNN.safetensors`` and ``student-NNN.safetensors`` for each round.

    A student is used again only if it was fitted from the same network and weights to the same
    lessons in the same way: all of that stands in the file's header. So a folder may be shared by mistake, and no
    file in it misleads.

    Attributes:
        folder: ``None`` keeps nothing.
        way: how students are fitted, in words.
    """

    folder: Path | None
    way: str

    @classmethod
    def at(cls, folder: str | Path | None, student: Pupil, way: str) -> "Checkpoints":
        """The checkpoints in a folder, made if it is not there."""
        if folder is None:
            return cls(None, way)
        Path(folder).mkdir(parents=True, exist_ok=True)
        return cls(Path(folder), f"{way} student={student.name}")

    def keep(self, number: int, lesson: Lesson) -> None:
        """Write a round's lesson."""
        if self.folder is not None:
            save(lesson, self.folder / f"lesson-{number:03d}.safetensors")

    def fit(
        self,
        number: int,
        start: Pupil,
        lessons: Sequence[Lesson],
        fit: Callable[[], Pupil],
    ) -> tuple[Pupil, bool]:
        """The fitted student, and whether it was found rather than fitted now."""
        if self.folder is None or not isinstance(start, Trainable):
            return fit(), False  # what has no weights is fitted anew in little time
        file = self.folder / f"student-{number:03d}.safetensors"
        key = self._key(start, lessons)
        found = _read(file, key, start, lessons)
        if found is not None:
            return found, True
        fitted = fit()
        assert isinstance(fitted, Trainable)  # noqa: S101 - as it was at the start
        state = {
            name: value.detach().cpu().clone().contiguous()
            for name, value in fitted.module.state_dict().items()
        }
        with atomic_write(file) as fresh:
            fresh.write_bytes(to_bytes(state, {"preceptor-fit": key}))
        return fitted, False

    def _key(self, start: Pupil, lessons: Sequence[Lesson]) -> str:
        who = identify_student(start)
        digest = sha256(f"{self.way} {who.digest}".encode())
        if who.unknown:
            digest.update(uuid4().bytes)  # never used again
        for lesson in lessons:
            digest.update(fingerprint(lesson).encode())
        return digest.hexdigest()


def _read(
    file: Path, key: str, start: Trainable[Any], lessons: Sequence[Lesson]
) -> Trainable[Any] | None:
    """The student in a file; ``None`` if there is none, or it is another's."""
    if not file.is_file():
        return None
    data = file.read_bytes()
    if key.encode() not in data[: 8 + int.from_bytes(data[:8], "little")]:
        return None
    try:
        state = from_bytes(data)
    except SafetensorError:
        return None
    found = copy.deepcopy(seen_through(start, lessons))
    found.module.load_state_dict(state)
    found.module.eval()
    return found
