"""The desk's calls as an OpenAPI schema: what its own scripts send, and what they get."""

import copy
from typing import Any

from preceptor.desk.tools import TOOLS


def _text(most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


def _body(required: list[str], **fields: dict[str, Any]) -> dict[str, Any]:
    shape = {"type": "object", "required": required, "properties": fields}
    return {"required": True, "content": {"application/json": {"schema": shape}}}


def _replies(*numbers: int, kind: str = "application/json") -> dict[str, Any]:
    ok = {200: {"description": "done", "content": {kind: {}}}}
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    refused = {"description": "refused", "content": {"application/json": {"schema": error}}}
    plain = {"description": "refused at the door", "content": {"text/plain": {}}}
    found = dict.fromkeys(numbers, refused)
    found[404] = {
        "description": "nothing here",
        "content": {**refused["content"], "text/plain": {}},
    }
    return {str(k): v for k, v in {**ok, **found, 405: plain, 413: plain}.items()}


def _in(place: str, name: str, shape: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"in": place, "name": name, "required": required, "schema": shape}


STUDY = _in("path", "study", {"type": "integer", "minimum": 1, "maximum": 9})
TICKET = _text(64, 1)
SECONDS = {"type": "number", "minimum": 0, "maximum": 3600}

VIEWING = {
    "width": {"type": "integer", "minimum": 1, "maximum": 20_000},
    "height": {"type": "integer", "minimum": 1, "maximum": 20_000},
    "smooth": {"type": "boolean"},
    "letters": {"type": "integer", "minimum": 1, "maximum": 300},
    "marked": {"type": "boolean"},
}

TEXTS = {"type": "array", "items": _text(30), "maxItems": 3}
GROUPS = {"type": "array", "items": TEXTS, "maxItems": 3}
SPAN = {"type": "array", "items": {"type": "integer", "minimum": -1, "maximum": 12}, "maxItems": 4}

WHOLE = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
LESSON = {
    "type": "object",
    "properties": {
        "input": _text(70),
        "label": {"type": "integer", "minimum": -1, "maximum": 199},
        "before": {"type": "integer", "minimum": -1, "maximum": 199},
        "after": {"type": "integer", "minimum": -1, "maximum": 199},
        "every": {"type": "boolean"},
        "features": {"type": "array", "items": {"type": "integer"}, "maxItems": 5},
        "change": _text(40),
        "range": {"type": "number"},
        "made": _text(20),
        "changed": TEXTS,
        "groups": GROUPS,
        "spans": {"type": "array", "items": SPAN, "maxItems": 4},
        "painted": {"type": "string", "enum": ["matters", "ignored"]},
        "note": _text(200),
    },
}

PATHS: dict[str, Any] = {
    "/in": {
        "post": {
            "requestBody": _body(["token"], token=_text(199, 1)),
            "responses": _replies(400, 403, 429),
        }
    },
    "/study/{study}/people": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(["name"], name=_text(80, 1)),
            "responses": _replies(400, 401, 403),
        }
    },
    "/people/{person}": {
        "post": {
            "parameters": [_in("path", "person", {"type": "integer", "minimum": 2, "maximum": 9})],
            "requestBody": _body(
                ["do"],
                do={
                    "type": "string",
                    "enum": ["link", "end", "remove", "restore", "member", "join", "leave"],
                },
                study={"type": "integer", "minimum": 1, "maximum": 9},
            ),
            "responses": _replies(400, 401, 403),
        }
    },
    "/study/{study}/items/{question}": {
        "post": {
            "parameters": [
                STUDY,
                _in("path", "question", {"type": "integer", "minimum": 0, "maximum": 130}),
            ],
            "requestBody": _body(
                ["do", "token"],
                do={"type": "string", "enum": ["decide", "reopen", "more"]},
                label={"type": "integer", "minimum": -1, "maximum": 199},
                note=_text(2000),
                token=_text(64, 16),
            ),
            "responses": _replies(400, 401, 403),
        }
    },
    "/study/{study}/participation": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(
                ["person", "state"],
                person={"type": "integer", "minimum": 2, "maximum": 9},
                state={"type": "string", "enum": ["active", "paused", "excluded"]},
                note=_text(2000),
            ),
            "responses": _replies(400, 401, 403),
        }
    },
    "/study/{study}/export/{format}": {
        "get": {
            "parameters": [
                STUDY,
                _in(
                    "path",
                    "format",
                    {"type": "string", "enum": ["csv", "jsonl", "label-studio", "x"]},
                ),
            ],
            "responses": _replies(400, 401, 403, 404, kind="text/csv"),
        }
    },
    "/study/{study}/next": {
        "get": {
            "parameters": [
                STUDY,
                _in("query", "wanted", {"type": "integer", "minimum": 1, "maximum": 10}),
                _in("query", "held", _text(200), required=False),
            ],
            "responses": _replies(400, 401),
        }
    },
    "/study/{study}/given": {"get": {"parameters": [STUDY], "responses": _replies(400, 401)}},
    "/study/{study}/answer": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(
                ["ticket", "token", "label", "seconds"],
                ticket=TICKET,
                token=_text(64, 16),
                label={"type": "integer", "nullable": True, "minimum": -1, "maximum": 199},
                seconds=SECONDS,
                note=_text(2000),
                instead={**_text(64), "nullable": True},
                viewing={"type": "object", "properties": VIEWING},
                acceptable={
                    "type": "array",
                    "nullable": True,
                    "items": {"type": "integer", "minimum": -1, "maximum": 199},
                    "maxItems": 5,
                },
            ),
            "responses": _replies(400, 401, 409),
        }
    },
    "/study/{study}/skip": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(["ticket", "seconds"], ticket=TICKET, seconds=SECONDS),
            "responses": _replies(400, 401),
        }
    },
    "/study/{study}/settings": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(
                ["instructions", "overlap"],
                instructions=_text(20_000),
                overlap={"type": "integer", "minimum": 1, "maximum": 1000},
            ),
            "responses": _replies(400, 401, 403),
        }
    },
    "/study/{study}/picture/{ticket}/{part}.png": {
        "get": {
            "parameters": [
                STUDY,
                _in("path", "ticket", TICKET),
                _in("path", "part", {"type": "integer", "minimum": 0, "maximum": 1}),
            ],
            "responses": _replies(400, 401, 404, kind="image/png"),
        }
    },
    "/study/{study}/text/{ticket}": {
        "get": {
            "parameters": [STUDY, _in("path", "ticket", TICKET)],
            "responses": _replies(400, 401, 404),
        }
    },
    "/study/{study}/teach/text/{question}": {
        "get": {
            "parameters": [
                STUDY,
                _in("path", "question", {"type": "integer", "minimum": 0, "maximum": 300}),
                _in("query", "words", _text(2), required=False),
            ],
            "responses": _replies(400, 401, 404),
        }
    },
    **{
        f"/study/{{study}}/teach/{tool}/try": {
            "post": {
                "parameters": [STUDY],
                "requestBody": _body(
                    ["question"],
                    question={"type": "integer", "minimum": 0, "maximum": 300},
                    changed=TEXTS,
                    made=TEXTS,
                    change={"type": "string", "enum": ["typos", "names", "words", "filler"]},
                    range={"type": "number", "minimum": 0, "maximum": 1},
                    groups=GROUPS,
                ),
                "responses": _replies(400, 401, 404),
            }
        }
        for tool in ("revise", "compose", "alike")
    },
    "/study/{study}/practice/{question}/{part}.png": {
        "get": {
            "parameters": [
                STUDY,
                _in("path", "question", {"type": "integer", "minimum": 0, "maximum": 130}),
                _in("path", "part", {"type": "integer", "minimum": 0, "maximum": 1}),
            ],
            "responses": _replies(400, 401, 404, kind="image/png"),
        }
    },
    "/study/{study}/teach/withdraw": {
        "post": {
            "parameters": [STUDY],
            "requestBody": _body(["number", "token"], number=WHOLE, token=_text(64, 16)),
            "responses": _replies(400, 401, 403, 404),
        }
    },
    "/study/{study}/teach/picture/{question}.png": {
        "get": {
            "parameters": [STUDY, _in("path", "question", {"type": "integer", "minimum": 0})],
            "responses": _replies(400, 401, 404, kind="image/png"),
        }
    },
    "/study/{study}/teach/row/{question}": {
        "get": {
            "parameters": [STUDY, _in("path", "question", {"type": "integer", "minimum": 0})],
            "responses": _replies(400, 401, 404),
        }
    },
    "/study/{study}/teach/taught/{number}.png": {
        "get": {
            "parameters": [STUDY, _in("path", "number", {"type": "integer", "minimum": 0})],
            "responses": _replies(400, 401, 404, kind="image/png"),
        }
    },
    **{
        f"/study/{{study}}/teach/{tool.name}/give": {
            "post": {
                "parameters": [STUDY],
                "requestBody": _body(
                    ["kind", "body", "token", "seconds"],
                    kind={"type": "string", "enum": list(tool.kinds)},
                    body=LESSON,
                    token=_text(64, 16),
                    seconds=SECONDS,
                    arrays={"type": "object"},
                ),
                "responses": _replies(400, 401, 403, 404),
            }
        }
        for tool in TOOLS
    },
}


def schema() -> dict[str, Any]:
    """The whole, as OpenAPI 3.0."""
    return copy.deepcopy(
        {
            "openapi": "3.0.3",
            "info": {"title": "preceptor desk", "version": "1"},
            "paths": PATHS,
        }
    )
