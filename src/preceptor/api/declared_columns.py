"""``--columns``: what a user says of a table's columns."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_args

from preceptor.core import InputError, TableColumn
from preceptor.core.columns import Change, Kind, Word

Columns = str | Path | Sequence[str] | Mapping[str, Any]
"""``"age:whole,low=18"``, a TOML file, several of them, or a mapping from a column's name to the
same words, to options by name, or to a :class:`preceptor.core.TableColumn`."""

Relations = str | Sequence[str]
"""``"loan <= income"``, or several of them."""

ROLES: Final = ("ignore", "id", "label")
"""What a column may be besides a feature."""

FORM: Final = (
    "NAME:OPTIONS, for example 'age:whole,low=18,high=90,fixed' or "
    "'home:category,words=rent/own,exchanges=rent>own', or a .toml file with a table for each column"
)

_NUMBERS: Final = ("low", "high", "step")


def declared(columns: Columns | None, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What was said of each column, by name.

    Args:
        columns: as given.
        names: the columns that there are.

    Raises:
        InputError: it cannot be read, or names a column that there is not.
    """
    if columns is None:
        return {}
    said: dict[str, dict[str, Any]] = {}
    parts: Sequence[Any]
    if isinstance(columns, Mapping):
        said = {str(name): _options(str(name), value) for name, value in columns.items()}
    else:
        parts = [columns] if isinstance(columns, str | Path) else columns
        for part in parts:
            said.update(_part(part, names))
    for name in said:
        if name not in names:
            raise InputError(
                f"--columns names {name!r}; the columns are {', '.join(list(names)[:20])}"
            )
    return said


def _part(part: Any, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not isinstance(part, str | Path):
        raise InputError(f"--columns: a {type(part).__name__}; expected {FORM}")
    text = str(part)
    if text.endswith(".toml"):
        return _file(Path(text))
    known = [name for name in names if text.startswith(f"{name}:")]
    name = max(known, key=len) if known else text.partition(":")[0]
    if not text.startswith(f"{name}:"):
        raise InputError(f"--columns {text!r}: expected {FORM}")
    return {name: _words(name, text[len(name) + 1 :])}


def _file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"--columns {path} cannot be read: {error}") from error
    return {name: _options(name, value) for name, value in found.items() if name != "relations"}


def relations_in(columns: Columns | None) -> tuple[str, ...]:
    """The relations that stand in a TOML file of columns."""
    parts = [columns] if isinstance(columns, str | Path) else columns
    if parts is None or isinstance(parts, Mapping):
        return ()
    found: list[str] = []
    for part in parts:
        if str(part).endswith(".toml") and Path(part).is_file():
            said = tomllib.loads(Path(part).read_text(encoding="utf-8")).get("relations", [])
            found += [said] if isinstance(said, str) else said
    return tuple(map(str, found))


def _options(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return _words(name, value)
    if isinstance(value, TableColumn):
        return {key: said for key, said in value.describe().items() if key != "name"}
    if not isinstance(value, Mapping):
        raise InputError(f"--columns, {name!r}: a {type(value).__name__}; expected {FORM}")
    known = {option.name for option in fields(TableColumn)} - {"name", "dtype"} | {"role"}
    for key in value:
        if key not in known:
            raise InputError(
                f"--columns, {name!r}: there is no option {key!r}. It has: {', '.join(sorted(known))}"
            )
    return dict(value)


def _words(name: str, text: str) -> dict[str, Any]:
    """``whole,low=18,fixed`` as options."""
    found: dict[str, Any] = {}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            found.update(_word(name, key))
        elif key in _NUMBERS:
            try:
                found[key] = float(value)
            except ValueError as error:
                raise InputError(
                    f"--columns {name}:{text}: {key} must be a number; got {value!r}"
                ) from error
        elif key == "words":
            found[key] = tuple(_value(word) for word in value.split("/"))
        elif key == "exchanges":
            pairs = [pair.partition(">") for pair in value.split("/")]
            found[key] = tuple((_value(one), _value(other)) for one, _, other in pairs)
        elif key in ("missing", "change", "kind"):
            found[key] = value
        else:
            raise InputError(f"--columns {name}:{text}: there is no option {key!r}; write {FORM}")
    return found


def _word(name: str, word: str) -> dict[str, str]:
    if word in get_args(Kind):
        return {"kind": word}
    if word in get_args(Change):
        return {"change": word}
    if word in ROLES:
        return {"role": word}
    known = (*get_args(Kind), *get_args(Change), *ROLES)
    raise InputError(f"--columns, {name!r}: {word!r} is none of {', '.join(known)}")


def _value(text: str) -> Word:
    """A word as it stands in a table: a whole number where it reads as one."""
    text = text.strip()
    return int(text) if text.lstrip("-").isdecimal() else text
