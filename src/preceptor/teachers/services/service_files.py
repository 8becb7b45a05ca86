"""TOML files that describe services: every word in them is known, or there is an error that says so."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.core import InputError
from preceptor.core.did_you_mean import did_you_mean
from preceptor.teachers.services.prompts import PromptExample

Check = Callable[[object], object]

SECRETS: Final = ("key", "api_key", "apikey", "token", "password", "secret", "authorization")


def _is(*kinds: type) -> Check:
    def check(value: object) -> object:
        if isinstance(value, bool) and bool not in kinds:
            raise TypeError
        if not isinstance(value, kinds):
            raise TypeError
        return float(value) if kinds == (int, float) else value  # type: ignore[arg-type]

    return check


def _words(value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise TypeError
    return tuple(listed)


def _shares(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or not all(isinstance(one, float) for one in value.values()):
        raise TypeError
    return value


_TEXT, _NUMBER, _WHOLE, _TRUTH, _TABLE = _is(str), _is(int, float), _is(int), _is(bool), _is(dict)

ENDPOINT: Final[dict[str, Check]] = {
    "url": _TEXT,
    "key_env": _TEXT,
    "key_header": _TEXT,
    "headers": _TABLE,
    "timeout": _NUMBER,
    "retries": _WHOLE,
    "plain_http": _TRUTH,
}
SHOWN: Final[dict[str, Check]] = {"enlarge": _WHOLE}
_PROMPT: Final[dict[str, Check]] = {
    "task": _TEXT,
    "template": _TEXT,
    "example": _TEXT,
    "order": _TEXT,
    "order_seed": _WHOLE,
}
_DECODING: Final[dict[str, Check]] = {
    "api": _TEXT,
    "certainty": _TEXT,
    "samples": _WHOLE,
    "temperature": _NUMBER,
    "max_tokens": _WHOLE,
    "top": _WHOLE,
    "seed": _WHOLE,
    "extra": _TABLE,
}
_OWN: Final[dict[str, Check]] = {
    "name": _TEXT,
    "model": _TEXT,
    "threshold": _NUMBER,
    "centre": _words,
    "prior": _shares,
    "least": _NUMBER,
    "concurrency": _WHOLE,
    "rate": _NUMBER,
}
PRICE: Final[dict[str, Check]] = {
    "input": _NUMBER,
    "output": _NUMBER,
    "cached": _NUMBER,
    "unit": _TEXT,
}
_MORE: Final = ("labels", "cannot_tell", "examples", "price")


@dataclass(frozen=True)
class LLMFile:
    """What a file says of a language model, by what it is for."""

    endpoint: dict[str, Any]
    words: dict[str, Any]
    prompt: dict[str, Any]
    decoding: dict[str, Any]
    prices: dict[str, Any]
    show: dict[str, Any]
    own: dict[str, Any]


def read_llm(file: Path) -> LLMFile:
    """What a file says of a language model.

    Raises:
        InputError: no such file, or something in it that means nothing.
    """
    said = read_toml(file, "llm:judge.toml")
    groups = (ENDPOINT, SHOWN, _PROMPT, _DECODING, _OWN)
    known = {name for group in groups for name in group} | set(_MORE)
    check_known(said, known, file)
    for name in ("url", "model", "labels"):
        if name not in said:
            raise InputError(f"{file} lacks {name}; {_NEEDED[name]}")
    labels = table(said, "labels", file)
    try:
        words: dict[str, Any] = {"forms": {name: _words(forms) for name, forms in labels.items()}}
        if "cannot_tell" in said:
            words["cannot_tell"] = _words(said["cannot_tell"])
    except TypeError:
        raise InputError(
            f"{file}, [labels]: expected words for each label, such as "
            'positive = ["positive", "favourable"]'
        ) from None
    prompt = part(said, _PROMPT, file)
    if "order_seed" in prompt:
        prompt["seed"] = prompt.pop("order_seed")
    prompt["task"] = prompt.get("task", "")
    prompt["examples"] = _examples(said.get("examples", []), file)
    return LLMFile(
        part(said, ENDPOINT, file),
        words,
        prompt,
        part(said, _DECODING, file),
        part(table(said, "price", file), PRICE, file, strict=True),
        part(said, SHOWN, file),
        part(said, _OWN, file),
    )


_NEEDED: Final = {
    "url": 'where the service listens, such as url = "http://127.0.0.1:8080/v1"',
    "model": 'the id of the model there, such as model = "smollm2"',
    "labels": 'the labels with their words: [labels], then positive = ["positive"] and so on',
}


def read_toml(file: Path, example: str) -> dict[str, Any]:
    """A TOML file in UTF-8.

    Raises:
        InputError: no such file, or it is none.
    """
    if not file.is_file():
        raise InputError(f"there is no file at {file}; write --teacher {example}")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{file} is no TOML file in UTF-8: {error}") from error


def check_known(said: Mapping[str, object], known: set[str], file: Path) -> None:
    """See that a file has no word that means nothing, and no key.

    Raises:
        InputError: it has.
    """
    for name in said:
        if name.lower() in SECRETS:
            raise InputError(
                f"{file} holds a {name}: a key does not belong into a file that is kept and shown. Put it "
                'into an environment variable, and name that here: key_env = "NAME"'
            )
        if name not in known:
            raise InputError(
                f"{file} says {name}, which means nothing{did_you_mean(name, known)}. Known are "
                f"{', '.join(sorted(known))}"
            )


def part(
    said: Mapping[str, object], kinds: Mapping[str, Check], file: Path, *, strict: bool = False
) -> dict[str, Any]:
    """Those of some options that a file gives.

    Args:
        said: what it says.
        kinds: the options, and what checks each.
        file: for messages.
        strict: whether anything else is an error.

    Raises:
        InputError: one has another type.
    """
    if strict:
        check_known(said, set(kinds), file)
    found: dict[str, Any] = {}
    for name, check in kinds.items():
        if name in said:
            try:
                found[name] = check(said[name])
            except TypeError:
                raise InputError(
                    f"{file}: {name} = {str(said[name])[:60]!r} is of another type than expected"
                ) from None
    return found


def table(said: Mapping[str, object], name: str, file: Path) -> dict[str, Any]:
    """A table of a file; empty where it is not there.

    Raises:
        InputError: it is none.
    """
    found = said.get(name, {})
    if not isinstance(found, dict):
        raise InputError(f"{file}: {name} is no table; write [{name}], and below it one line each")
    return found


def _examples(said: object, file: Path) -> tuple[PromptExample, ...]:
    found = []
    for one in said if isinstance(said, list) else [said]:
        cells = one if isinstance(one, dict) else {}
        text, label = cells.get("text"), cells.get("label")
        if len(cells) != 2 or not isinstance(text, str) or not isinstance(label, str):
            raise InputError(
                f'{file}: an example is [[examples]] with text = "..." and label = "..."; got '
                f"{str(one)[:60]}"
            )
        found.append(PromptExample(text, label))
    return tuple(found)
