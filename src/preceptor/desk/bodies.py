"""What stands in the body of a request."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from preceptor.core import InputError
from preceptor.desk.guard import TooLargeError


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        InputError: there is none, or it is too large.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise InputError("expected content-type application/json")
    try:
        text = await request.body()
        body = json.loads(text, parse_constant=_no_constant)
        if b"\\ud" in text.lower():
            body = _whole(body)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is no JSON") from error
    except TooLargeError as error:
        raise InputError("the body is too large") from error
    except ClientDisconnect as error:
        raise InputError("the body did not arrive whole") from error
    if not isinstance(body, dict):
        raise InputError("expected a JSON object")
    return body


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form."""
    try:
        text = (await request.body()).decode()
    except (UnicodeDecodeError, TooLargeError, ClientDisconnect):
        return {}
    return dict(parse_qsl(text, max_num_fields=20)) if text.count("&") < 20 else {}


def _whole(body: object) -> object:
    """The same with ``?`` for each half of a character, which no database takes.

    A page sends one when it cuts a text in the middle of an emoji.
    """
    return json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


def _no_constant(name: str) -> float:
    raise ValueError(f"no number: {name}")
