"""Results in files: plain data as JSON, with arrays beside it if there are any.

Each file is written whole or not at all. The JSON names its schema, and of some results a digest of
all that decides what they say, so that files that do not belong together are noticed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from preceptor.core.atomic_write import atomic_write
from preceptor.core.errors import InputError

T = TypeVar("T")

Facts = dict[str, Any]
Arrays = dict[str, np.ndarray]

Make = Callable[[Path, Facts, Arrays], T]
"""A result from its folder, what its JSON says, and its arrays."""

_AROUND = ("schema", "digest", "summary", "run")


@dataclass(frozen=True)
class Format:
    """How one kind of result lies in a folder.

    Attributes:
        what: it is, for messages: ``record``.
        schema: of the JSON; others are refused.
        file: the name of the JSON; empty where the path of a result names the file itself.
        hint: a sentence for who has none: where there is one, or how to make one.
        arrays: the name of the file of arrays; empty if there are none.
        nan: whether the JSON may hold infinite numbers and NaN, for which JSON has no word.
    """

    what: str
    schema: str
    file: str
    hint: str
    arrays: str = ""
    nan: bool = False

    def write(
        self, path: str | Path, said: Mapping[str, Any], arrays: Mapping[str, Any] | None = None
    ) -> Path:
        """Write a result; returns the path of its JSON.

        Args:
            path: the folder, which is made if need be; or the file.
            said: plain data.
            arrays: what lies beside it.
        """
        file = Path(path) / self.file if self.file else Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if self.arrays:
            with atomic_write(file.parent / self.arrays) as fresh:
                np.savez_compressed(fresh, **(arrays or {}))
        self._write(file, {"schema": self.schema, **said})
        return file

    def amend(self, path: str | Path, said: Mapping[str, Any], digest: str) -> None:
        """Put other parts into the JSON of a result that lies there; its arrays stay as they are.

        Args:
            path: of the folder, or of the file.
            said: plain data, by name.
            digest: of the result that is meant.

        Raises:
            InputError: another result lies there by now, or none.
        """
        file = Path(path) / self.file if self.file else Path(path)
        try:
            there = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._damaged(file, error) from error
        if there.get("digest") != digest:
            raise InputError(
                f"{file} holds another {self.what} by now; what was to be added is about the one that "
                "lay there before"
            )
        self._write(file, {**there, **said})

    def _write(self, file: Path, said: Mapping[str, Any]) -> None:
        text = json.dumps(said, indent=1, allow_nan=self.nan)
        with atomic_write(file) as fresh:
            fresh.write_text(text + "\n", encoding="utf-8")

    def load(
        self, path: str | Path, make: Make[T], *, digest: Callable[[T], str] | None = None
    ) -> T:
        """Read a result.

        Args:
            path: its folder, or its JSON.
            make: the result from what was read.
            digest: of a result, compared with the one that was written.

        Raises:
            InputError: there is none, or one of another schema, or one whose parts do not fit.
        """
        where = Path(path)
        file = where / self.file if self.file and where.is_dir() else where
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            arrays: Arrays = {}
            if self.arrays:
                with np.load(file.parent / self.arrays) as found:
                    arrays = dict(found)
        except FileNotFoundError as error:
            raise InputError(
                f"{path} holds no {self.what} ({Path(error.filename).name} is missing). {self.hint}"
            ) from error
        except (ValueError, OSError) as error:
            raise self._damaged(file, error) from error
        if not isinstance(said, dict) or said.get("schema") != self.schema:
            given = said.get("schema") if isinstance(said, dict) else type(said).__name__
            raise InputError(
                f"{file} has schema {given!r}; this version of preceptor reads {self.schema!r}. "
                f"{self.hint}"
            )
        try:
            made = make(file.parent, said, arrays)
        except InputError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(file, error) from error
        if digest is not None and digest(made) != said.get("digest"):
            raise InputError(
                f"{file} and the arrays beside it do not belong together, or were changed: their "
                "digest differs from the recorded one. Make it again (no answer is lost: they are "
                "in the ledger)."
            )
        return made

    def _damaged(self, file: Path, error: Exception) -> InputError:
        article = "an" if self.what[0] in "aeiou" else "a"
        return InputError(
            f"{file} cannot be read as {article} {self.what}: {type(error).__name__}: {error}. "
            f"{self.hint}"
        )


def facts_of(said: Mapping[str, Any]) -> Facts:
    """What a JSON says that is the same whenever the same is done again."""
    return {name: value for name, value in said.items() if name not in _AROUND}


def digest_of(facts: Facts, arrays: Mapping[str, np.ndarray], *, first: str = "") -> str:
    """A hash of facts and arrays, 64 hexadecimal digits.

    Args:
        facts: plain data.
        arrays: by name, in a fixed order.
        first: text that counts too.
    """
    digest = sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(first.encode())
    for name, array in arrays.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Cache:
    """Finished parts of a long run, one JSON each, by keys that say all that decides them.

    Attributes:
        folder: ``None`` keeps nothing.
    """

    folder: Path | None

    def read(self, key: str, make: Callable[[Facts], T]) -> T | None:
        """The part, or ``None`` if it is not there or cannot be read."""
        if self.folder is None:
            return None
        try:
            return make(json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, key: str, said: Mapping[str, Any]) -> None:
        """Keep a part; several processes may write at once."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.folder / f"{key}.json", at_once=True) as fresh:
            fresh.write_text(json.dumps(said) + "\n", encoding="utf-8")
