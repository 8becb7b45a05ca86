"""Files that are not there, or of another kind, told before the seconds that a command's imports take.

Nothing here imports more than the standard library. What cannot be decided by a path alone is left to the
command, which says the rest.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

FLAGS: Final = frozenset(
    (
        *("--json", "--dry-run", "--shared", "--trust-pickle", "--teacher-gradients"),
        *("--least-certainty", "--check"),
        *("--fail-if-found", "--audit", "--no-audit", "--help"),
    )
)
"""Options of the commands below that have no value."""

ARRAYS: Final = (".npz", ".npy")
TABLES: Final = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")
_HINTS: Final = {
    ".xlsx": "Save the sheet as CSV",
    ".xls": "Save the sheet as CSV",
    ".json": "Write it as CSV: pandas.read_json(FILE).to_csv(OUT, index=False)",
    ".pkl": "Write plain numbers with numpy.savez(OUT, inputs=...)",
    ".pt": "Write plain numbers with numpy.savez(OUT, inputs=tensor.numpy())",
}
_STUDENTS: Final = (
    *(".py", ".onnx", ".pt2", ".pt", ".pth", ".joblib", ".pkl", ".pickle", ".csv", ".safetensors"),
)
_TEACHER_TABLES: Final = ("votes:", "truth:", "llm:", "http:")


def fault(command: str, words: Sequence[str]) -> str | None:
    """What is wrong with a path among a command's words; ``None`` if nothing is, as far as paths tell.

    Args:
        command: its name.
        words: what stands behind it.
    """
    checks = _CHECKS.get(command)
    if checks is None or "--help" in words:
        return None
    for option, value in _taken_apart(words):
        check = checks.get(option)
        found = None if check is None else check(value)
        if found is not None:
            return "".join(one if one.isprintable() else repr(one)[1:-1] for one in found)
    return None


def _taken_apart(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with their values; what has no option, with an empty one."""
    rest = iter(words)
    for word in rest:
        if word == "--":
            yield from (("", one) for one in rest)
        elif word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            yield option, value
        elif word in FLAGS:
            continue
        elif word.startswith("-") and len(word) > 1:
            yield word, next(rest, "")
        else:
            yield "", word


def _data(value: str) -> str | None:
    path = Path(value)
    if path.is_dir():
        return None
    suffix = path.suffix.lower()
    if not path.exists():
        if not suffix and "/" not in value:
            return None  # may be a problem's name
        return (
            f"there is no file {value!r}. Give a folder of pictures, a table (.csv, .parquet), a .npz file "
            "with an array 'inputs', or a .npy file"
        )
    if suffix in (*ARRAYS, *TABLES):
        return None
    return (
        f"{value} ends in {path.suffix!r}, which is no form of data that is read: "
        f"{', '.join((*ARRAYS, *TABLES))}, or a folder of pictures. "
        f"{_HINTS.get(suffix, 'Write it as one of these')}."
    )


def _student(value: str) -> str | None:
    if Path(value).is_file():
        return _student_kind(value)
    file = re.split(r":(?=\w+=)", value, maxsplit=1)[0]
    name = file.rpartition(":")[0] if re.search(r"\.py:[^/]*$", file) else file
    if Path(name).is_file():
        return _student_kind(name)
    if Path(name).suffix.lower() in _STUDENTS:
        return f"there is no file at {name}"
    return None


def _student_kind(name: str) -> str | None:
    if Path(name).suffix.lower() in _STUDENTS:
        return None
    return f"{name} is of no known form; expected a student such as model.py:net or model.onnx"


def _teacher(value: str) -> str | None:
    if value.startswith("http://"):
        return None  # said later, in better words
    for start in _TEACHER_TABLES:
        if value.startswith(start):
            file = value.removeprefix(start)
            there = Path(file).exists() or Path(file.partition(",")[0]).exists()
            return None if there else f"there is no file at {file.partition(',')[0]}"
    match = re.fullmatch(r"(.*\.py):[^/]*", value)
    if match and not Path(match[1]).is_file():
        return f"there is no file at {match[1]}"
    return None


def _moved(value: str) -> str | None:
    file = value if Path(value).exists() else value.partition("=")[2] or value
    return None if Path(file).exists() else f"there is no file of moved inputs (--moved {value})"


def _record(value: str) -> str | None:
    path = Path(value)
    file = path / "record.json" if path.is_dir() else path
    if file.is_file():
        return None
    return (
        f"{value} holds no record (record.json is missing). Give the folder that `preceptor audit --out` "
        "named"
    )


def _there(value: str) -> str | None:
    return None if Path(value).exists() else f"there is no file {value}"


_Check = Callable[[str], str | None]
_WORK: Final[dict[str, _Check]] = {"--student": _student, "--data": _data, "--teacher": _teacher}
_CHECKS: Final[dict[str, dict[str, _Check]]] = {
    "audit": {**_WORK, "--moved": _moved, "--proxy": _teacher},
    "search": _WORK,
    "prove": _WORK,
    "teach": _WORK,
    "explain": {"": _record, "--student": _student, "--sibling": _student, "--teacher": _teacher},
    "report": {"": _record},
    "distances": {"": _there},
}
"""By command and option, what is looked at; an empty option stands for the arguments."""
