"""The schema of the desk's calls, and everything near it: no reply of 500, no answer lost.

``desk_openapi`` says what the calls are. Here each is made with values that fit it, with values that
do not, and with fields that are missing, as an owner who is signed in, with real tickets among the
made-up ones. What was acknowledged must be in the database as it was sent.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import torch
from desk_client import HOST, Client, Opened
from desk_openapi import PATHS, schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.core import TextDomain, Texts
from preceptor.desk import make_app
from preceptor.desk.guard import Limiter
from preceptor.people import Settings, Studies, study_questions

CALLS = [(path, method) for path, methods in PATHS.items() for method in methods]

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**31, 2**63, -(2**70), 1e308, -0.0, 1e11])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["\x00", "\ud800", "%s", "'; --", "../..", "{{ 7 * 7 }}", "", " "]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def fitting(shape: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Values that the schema allows; ``ticket`` is sometimes a number, for one that is real."""
    kinds: dict[str, Any] = {
        "string": lambda: st.text(
            min_size=shape.get("minLength", 0), max_size=min(shape.get("maxLength", 40), 80)
        ),
        "integer": lambda: st.integers(shape.get("minimum", -5), shape.get("maximum", 300)),
        "number": lambda: st.floats(shape.get("minimum", -10.0), shape.get("maximum", 10.0)),
        "boolean": st.booleans,
        "array": lambda: st.lists(fitting(shape["items"]), max_size=shape["maxItems"]),
        "object": lambda: st.fixed_dictionaries(
            {}, optional={k: fitting(v, k) for k, v in shape.get("properties", {}).items()}
        ),
    }
    made = st.sampled_from(shape["enum"]) if "enum" in shape else kinds[shape["type"]]()
    if name == "ticket":
        made = st.builds(Real, st.integers(0, 50)) | made
    if name == "label" and shape.get("nullable"):
        made = st.integers(-1, 2) | st.none() | made
    return made


class Real(int):
    """Stands for one of the tickets that were given out."""


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], dict[str, Any], Any]:
    """A call: path, method, what stands in the path, in the query and in the body."""
    path, method = draw(st.sampled_from(CALLS))
    call = PATHS[path][method]
    places: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for one in call.get("parameters", ()):
        strange = st.integers(0, 2**70) if one["schema"]["type"] == "integer" else st.text()
        odd = draw(st.integers(0, 5)) == 0
        value = draw(strange if odd else fitting(one["schema"], one["name"]))
        places[one["in"]][one["name"]] = value
    body = None
    if "requestBody" in call:
        shape = call["requestBody"]["content"]["application/json"]["schema"]
        body = {
            name: draw(ODD if draw(st.integers(0, 9)) == 0 else fitting(field, name))
            for name, field in shape["properties"].items()
            if draw(st.integers(0, 19)) > 0
        }
        if draw(st.integers(0, 29)) == 0:
            body = draw(ODD)
    return path, method, places["path"], places["query"], body


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Opened, Client, list[str]]]:
    """Studies of each kind, an owner signed in, and tickets that were given to them."""
    plain = {"again": 0.0, "known": 0.0}
    with Studies(tmp_path_factory.mktemp("fuzz") / "s.db") as studies:
        for name, shape in (("pictures", (1, 8, 8)), ("rows", (3,)), ("pairs", (2, 1, 8, 8))):
            studies.make(name, Settings(("a", "b", "c"), shape, **plain))
            studies.file(name, torch.rand(40, *shape), "x")
        odd = ("go\u200bod \u202e <b>", "", "\U0001f600 Anna saw 12 films", "a" * 5000)
        for name, fields in (("texts", ()), ("parts", ("p", "h"))):
            texts = Texts(tuple((one, "h") if fields else one for one in odd), fields)
            domain = TextDomain(fields=fields, fixed=fields[:1], protected=(r"\d+",))
            studies.make(name, replace(Settings.of(domain, ("a", "b", "c")), **plain))  # type: ignore[arg-type]
            studies.file(name, texts, "x")
            studies.offer(name, texts)
        app = make_app(studies, frozenset({HOST}), limiter=Limiter(tries=10_000))
        opened = Opened(studies, app)
        owner = opened.client("olga", "owner")
        tickets = [item["ticket"] for n in (1, 2, 3, 4, 5) for item in owner.next(n, 10)]
        yield opened, owner, tickets


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request=requests())
def test_no_call_breaks_the_desk_or_loses_an_answer(
    request: tuple[str, str, dict[str, Any], dict[str, Any], Any],
    fuzzed: tuple[Opened, Client, list[str]],
) -> None:
    opened, owner, tickets = fuzzed
    path, method, inside, query, body = request
    real = {k: _real(v, tickets) for k, v in inside.items()}
    where = path.format(
        **{k: quote(str(v).encode("utf-8", "replace"), "") for k, v in real.items()}
    )
    if query:
        where += "?" + urlencode(query, errors="replace")
    if isinstance(body, dict):
        body = {k: _real(v, tickets) for k, v in body.items()}
    before = _answers(opened)
    reply = owner.get(where) if method == "get" else owner.post(where, body)
    assert reply.status_code < 500, (where, body, reply.text)
    expected = PATHS[path][method]["responses"]
    assert str(reply.status_code) in expected, reply.text
    if reply.status_code >= 400 and reply.headers["content-type"] == "application/json":
        assert isinstance(reply.json()["error"], str)
    after = _answers(opened)
    assert after.items() >= before.items()
    new = {token: row for token, row in after.items() if token not in before}
    if path.endswith("/answer") and reply.status_code == 200:
        assert reply.json() == {"kept": body["token"]}
        assert body["label"] is None or body["token"] in after
        for token, (label, seconds, note) in new.items():
            sent = (body["label"], min(max(0.0, body["seconds"]), 3600.0), body.get("note", ""))
            assert (token, label, seconds, note) == (body["token"], *sent)
    else:
        assert new == {}


def _real(value: Any, tickets: list[str]) -> Any:
    return tickets[value % len(tickets)] if isinstance(value, Real) else value


def _answers(opened: Opened) -> dict[str, tuple[object, ...]]:
    with opened.studies.database.read() as db:
        rows = db.all("SELECT token, label, seconds, note FROM desk_answers")
    return {row[0]: row[1:] for row in rows}


def test_after_all_that_the_counts_are_right(fuzzed: tuple[Opened, Client, list[str]]) -> None:
    opened, _, _ = fuzzed
    with opened.studies.database.write() as db:
        for study in opened.studies.all():
            sums = "SELECT SUM(open), SUM(needed) FROM desk_counts WHERE study = :study"
            kept = db.one(sums, study=study.number)
            study_questions.recount(db, study.number)
            assert db.one(sums, study=study.number) == kept


def test_the_schema_names_every_call_that_changes_something(desk: Opened) -> None:
    """A new call that takes a body has to be described, so that it is fuzzed."""
    routes = desk.app.app.routes  # type: ignore[attr-defined]
    posts = {
        route.path.replace(":int", "")
        for route in routes
        if "POST" in (route.methods or ()) and not route.path.endswith(("/out", "/upload"))
    }
    described = {path for path, methods in PATHS.items() if "post" in methods}
    asked = {path for path in posts if path.endswith("/try")}  # nothing is kept
    assert posts - asked == {path for path in described if not path.endswith("/try")}
    assert json.loads(json.dumps(schema()))["openapi"].startswith("3.")
