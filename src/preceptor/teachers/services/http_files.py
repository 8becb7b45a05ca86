"""TOML files that describe a service of any kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.core import InputError
from preceptor.teachers.services.service_files import (
    ENDPOINT,
    SHOWN,
    check_known,
    part,
    read_toml,
    table,
)


@dataclass(frozen=True)
class HTTPFile:
    """What a file says of a service, by what it is for."""

    endpoint: dict[str, Any]
    answer: dict[str, Any]
    show: dict[str, Any]
    own: dict[str, Any]


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError
    return tuple(value)


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


_OWN = {"name": _text, "method": _text, "concurrency": _whole, "rate": _number}
_ANSWER = {
    **dict.fromkeys(("label", "scores", "score", "cost", "model", "unit"), _text),
    "uncertain": _texts,
    "threshold": _number,
    "price": _number,
}
_MORE = ("version", "labels", "body", "answer")


def read_http(file: Path) -> HTTPFile:
    """What a file says of a service.

    Raises:
        InputError: no such file, or something in it that means nothing.
    """
    said = read_toml(file, "http:service.toml")
    check_known(said, {*ENDPOINT, *SHOWN, *_OWN, *_MORE}, file)
    for name, example in (
        ("url", 'url = "https://host/classify"'),
        ("name", 'name = "our service"'),
        ("version", 'version = "2026-11"; change it whenever the service changes'),
        ("labels", '[labels], then what the service calls each: spam = ["SPAM"]'),
        ("body", '[body], then what is sent: text = "{input}"'),
        ("answer", '[answer], then where the answer stands: label = "result.label"'),
    ):
        if name not in said:
            raise InputError(f"{file} lacks {name}: {example}")
    labels = {}
    for name, words in table(said, "labels", file).items():
        listed = words if isinstance(words, list) else [words]
        labels[name] = tuple(str(word) for word in listed)
    own = part(said, _OWN, file)
    own |= {"says": str(said["version"]), "labels": labels, "body": table(said, "body", file)}
    return HTTPFile(
        part(said, ENDPOINT, file),
        part(table(said, "answer", file), _ANSWER, file, strict=True),
        part(said, SHOWN, file),
        own,
    )
