"""What can be said of ``--data`` before anything heavy is imported."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

READ: Final = (".npz", ".npy", ".csv", ".tsv", ".parquet", ".pq")
"""Endings of files that are read as data."""

_HINTS: Final = {
    ".xlsx": "Save the sheet as CSV",
    ".xls": "Save the sheet as CSV",
    ".json": "Write it as CSV: pandas.read_json(FILE).to_csv(OUT, index=False)",
    ".pkl": "Write plain numbers with numpy.savez(OUT, inputs=...)",
    ".pt": "Write plain numbers with numpy.savez(OUT, inputs=tensor.numpy())",
}


def unreadable(args: Sequence[str]) -> str | None:
    """What is wrong with the file of data that a command's words name; ``None`` if nothing shows.

    Only of a file that is there and whose ending is none that is read: all else is told by whoever
    reads it.
    """
    for i, word in enumerate(args):
        name, equals, value = word.partition("=")
        if name != "--data":
            continue
        given = value if equals else next(iter(args[i + 1 : i + 2]), "")
        path = Path(given)
        suffix = path.suffix.lower()
        if not suffix or suffix in READ or not path.is_file():
            continue
        hint = _HINTS.get(suffix, "Write it as one of these")
        return (
            f"{given} ends in {path.suffix!r}, which is no form of data that is read: "
            f"{', '.join(READ)}. {hint}."
        )
    return None
