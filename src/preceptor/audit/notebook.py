"""Notes in a folder, for audits whose teacher keeps none."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Notebook:
    """Notes as lines of a file. A :class:`preceptor.core.Journal`.

    Attributes:
        path: of the file; made with the first note.
    """

    path: Path

    def notes(self, topic: str) -> list[str]:
        """All notes on a topic, in order. A line cut off by a kill was never a note."""
        if not self.path.exists():
            return []
        with self._locked("rb") as file:
            return _read(file).get(topic, [])

    def note(self, topic: str, text: str, after: int) -> bool:
        """Add a note behind the first ``after`` ones; ``False`` if there are more by now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked("a+b") as file:
            file.seek(0)
            if len(_read(file).get(topic, [])) != after:
                return False
            file.write(("\n" + json.dumps([topic, text]) + "\n").encode())
        return True

    @contextmanager
    def _locked(self, mode: str) -> Iterator[IO[bytes]]:
        with self.path.open(mode) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _read(file: IO[bytes]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in file.read().split(b"\n"):
        try:
            topic, text = json.loads(line)
        except ValueError:
            continue
        found.setdefault(topic, []).append(text)
    return found
