"""Answers as a table for other programs."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import TextIO

from preceptor.core import InputError
from preceptor.ledger.rows import AnswerRow

_COLUMNS = [field.name for field in fields(AnswerRow)]


def export(rows: Iterable[AnswerRow], path: Path) -> int:
    """Write rows as CSV or JSON lines, by the suffix of ``path``; returns how many.

    The file appears under its name when it is complete. Votes stand as a JSON list.

    Raises:
        InputError: another suffix, or the file cannot be written.
    """
    writers = {".csv": _csv, ".jsonl": _jsonl}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise InputError(f"answers are exported as .csv or .jsonl; got {path.name!r}")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            count = write(rows, file)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}; check folder and rights"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _csv(rows: Iterable[AnswerRow], file: TextIO) -> int:
    table = csv.DictWriter(file, _COLUMNS)
    table.writeheader()
    count = 0
    for row in rows:
        votes = None if row.votes is None else json.dumps(row.votes)
        table.writerow({**asdict(row), "votes": votes})
        count += 1
    return count


def _jsonl(rows: Iterable[AnswerRow], file: TextIO) -> int:
    count = 0
    for row in rows:
        file.write(json.dumps(asdict(row)) + "\n")
        count += 1
    return count
