"""Answers as a table for other programs."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TextIO

from preceptor.core import InputError
from preceptor.core.label_sets import SEPARATOR
from preceptor.ledger.answer_rows import AnswerRow

CANNOT_TELL: Final = "can't tell"

_COLUMNS = [field.name for field in fields(AnswerRow)]


@dataclass(frozen=True)
class Names:
    """What to call inputs and labels in an export.

    Attributes:
        items: ids by the key of the input; an input that is not among them has no id.
        classes: names of the labels; empty to leave them out.
    """

    items: Mapping[str, str] = field(default_factory=dict)
    classes: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """Of an export."""
        extra = [*(["item"] if self.items else []), *(["class"] if self.classes else [])]
        return [*extra, *_COLUMNS]

    def of(self, row: AnswerRow) -> dict[str, Any]:
        """One row, by column.

        Raises:
            InputError: a label that has no name.
        """
        told: dict[str, Any] = asdict(row)
        if self.items:
            told["item"] = self.items.get(row.input, "")
        if self.classes:
            if row.label >= len(self.classes):
                raise InputError(
                    f"{row.teacher!r} gave label {row.label}, and there are {len(self.classes)} "
                    "names of labels; give one for each"
                )
            told["class"] = CANNOT_TELL if row.label < 0 else self.classes[row.label]
            if row.acceptable is not None:
                told["class"] = SEPARATOR.join(self.classes[label] for label in row.acceptable)
        return told


def export(rows: Iterable[AnswerRow], path: Path, names: Names) -> int:
    """Write rows as CSV or JSON lines, by the suffix of ``path``; returns how many.

    The file appears under its name when it is complete. Votes, and the labels of a partial answer, stand as JSON lists.

    Raises:
        InputError: another suffix, a label without a name, or the file cannot be written.
    """
    writers = {".csv": _csv, ".jsonl": _jsonl}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise InputError(f"answers are exported as .csv or .jsonl; got {path.name!r}")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            count = write(rows, file, names)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}; check folder and rights"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _csv(rows: Iterable[AnswerRow], file: TextIO, names: Names) -> int:
    table = csv.DictWriter(file, names.columns)
    table.writeheader()
    count = 0
    for row in rows:
        lists = {"votes": row.votes, "acceptable": row.acceptable}
        told = {name: None if one is None else json.dumps(one) for name, one in lists.items()}
        table.writerow({**names.of(row), **told})
        count += 1
    return count


def _jsonl(rows: Iterable[AnswerRow], file: TextIO, names: Names) -> int:
    count = 0
    for row in rows:
        file.write(json.dumps(names.of(row)) + "\n")
        count += 1
    return count
