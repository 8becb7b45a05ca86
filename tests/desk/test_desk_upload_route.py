"""The address to which files are uploaded: who may, how much, how fast, and what comes back."""

import asyncio
import base64
from collections.abc import AsyncIterator

import numpy as np
import pytest
import torch
from desk_client import HOST, ORIGIN, Client, Opened
from desk_files import bomb, grey, png, zip_behind
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.desk import uploading
from preceptor.desk.guard import MOST_UPLOAD
from preceptor.desk.tools.editing import MOST_NUMBERS
from preceptor.ledger import input_keys
from preceptor.people import Settings, taught_items

PICTURE = png(grey())
AT = "/study/1/teach/upload"


def upload(client: Client, data: object, at: str = AT, **headers: str) -> Response:
    sent = {**ORIGIN, "content-type": "application/octet-stream", **headers}
    return client.ask("POST", at, content=data, headers=sent)


def test_a_picture_comes_back_as_values(desk: Opened) -> None:
    reply = upload(desk.client("ann"), PICTURE)
    assert reply.status_code == 200
    values = np.frombuffer(base64.b64decode(reply.json()["values"]), "<f4").reshape(1, 8, 8)
    assert (values[0] == (grey() / 255).astype(np.float32)).all()
    assert reply.json()["said"] == []
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_row_comes_back_as_values(desk: Opened) -> None:
    reply = upload(desk.client("ann"), b"a,<b>,c\n0,1,0.5\n", "/study/2/teach/upload")
    assert np.frombuffer(base64.b64decode(reply.json()["values"]), "<f4").tolist() == [0, 1, 0.5]


def test_one_picture_of_a_pair(desk: Opened) -> None:
    reply = upload(desk.client("ann"), PICTURE, "/study/3/teach/upload")
    assert len(base64.b64decode(reply.json()["values"])) == 4 * 3 * 8 * 8


def test_nothing_of_an_upload_is_kept(desk: Opened) -> None:
    with desk.studies.database.read() as db:
        before = [db.one(f"SELECT COUNT(*) FROM {t}") for t in ("desk_inputs", "desk_lessons")]
    assert upload(desk.client("ann"), PICTURE).status_code == 200
    with desk.studies.database.read() as db:
        after = [db.one(f"SELECT COUNT(*) FROM {t}") for t in ("desk_inputs", "desk_lessons")]
    assert before == after


def test_nobody_uploads_without_signing_in(desk: Opened) -> None:
    assert upload(Client(desk.app), PICTURE).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": ""},
        {"origin": f"http://{HOST}.evil.example"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_other_sites_cannot_upload(desk: Opened, headers: dict[str, str]) -> None:
    assert upload(desk.client("ann"), PICTURE, **headers).status_code == 403


@pytest.mark.parametrize(
    "kind", ["image/png", "multipart/form-data; boundary=x", "text/plain", "application/json", ""]
)
def test_other_types_are_refused(desk: Opened, kind: str) -> None:
    """Also what a plain form of another site could send."""
    assert upload(desk.client("ann"), PICTURE, **{"content-type": kind}).status_code == 415


def test_only_posts(desk: Opened) -> None:
    ann = desk.client("ann")
    assert ann.get(AT).status_code == 405
    assert ann.ask("PUT", AT, content=PICTURE, headers=ORIGIN).status_code == 405


def test_uploads_are_bounded(desk: Opened) -> None:
    ann = desk.client("ann")
    assert upload(ann, PICTURE + bytes(MOST_UPLOAD)).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * MOST_UPLOAD // 65536):
            yield bytes(65536)

    reply = upload(ann, endless())
    assert reply.status_code == 413
    assert reply.json()["error"] == "At most 4 MiB are taken."


def test_slow_uploads_are_given_up(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "UPLOAD_SECONDS", 0.2)

    async def drip() -> AsyncIterator[bytes]:
        for byte in PICTURE:
            yield bytes([byte])
            await asyncio.sleep(0.1)

    reply = upload(desk.client("ann"), drip())
    assert reply.status_code == 408
    assert "longer than" in reply.json()["error"]


def test_uploads_that_break_off(desk: Opened) -> None:
    ann = desk.client("ann")
    sent: list[dict[str, object]] = []
    coming = iter(
        [
            {"type": "http.request", "body": PICTURE[:50], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    cookie = "; ".join(f"{name}={value}" for name, value in dict(ann.cookies).items())
    headers = {
        "host": HOST,
        **ORIGIN,
        "cookie": cookie,
        "x-preceptor-key": ann.key,
        "content-type": "application/octet-stream",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": AT,
        "raw_path": AT.encode(),
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", 8420),
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, object]:
        return next(coming)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(desk.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400
    assert upload(ann, PICTURE).status_code == 200


def test_uploads_are_limited_in_number(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    codes = [upload(ann, b"x").status_code for _ in range(31)]
    assert codes == [400] * 30 + [429]
    refused = upload(ann, PICTURE)
    assert int(refused.headers["retry-after"]) > 0
    assert "Too many uploads. Wait" in refused.json()["error"]
    assert upload(ben, PICTURE).status_code == 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<html>", "markup"),
        (zip_behind(PICTURE), "behind the picture's end"),
        (PICTURE[:-9], "cut short"),
        (bomb(9000, 9000), "9000 x 9000 pixels large"),
    ],
)
def test_hostile_files_are_refused_in_words(desk: Opened, data: bytes, words: str) -> None:
    reply = upload(desk.client("ann"), data)
    assert reply.status_code == 400
    assert words in reply.json()["error"]


def test_a_study_that_is_not_there(desk: Opened) -> None:
    assert upload(desk.client("ann"), PICTURE, "/study/9/teach/upload").status_code == 400


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from([b"", PICTURE[:8], PICTURE[:33], b"\xff\xd8\xff"]))
def test_no_bytes_break_it(
    desk: Opened, monkeypatch: pytest.MonkeyPatch, data: bytes, start: bytes
) -> None:
    monkeypatch.setattr(uploading.Limiter, "wait", lambda *_: 0.0)
    reply = upload(desk.client("ann"), start + data)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_exact_values_and_only_ones_own(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    (item,) = ann.next(1)
    assert ann.answer(1, item["ticket"], 2).status_code == 200
    with desk.studies.database.read() as db:
        ((question,),) = db.all("SELECT question FROM desk_answers")
    at = f"/study/1/teach/change/values/{question}"
    reply = ann.get(at)
    assert reply.content == desk.studies.input(desk.studies.get("pictures"), question).tobytes()
    assert reply.headers["content-type"] == "application/octet-stream"
    assert ben.get(at).status_code == 404
    assert ann.get(f"/study/1/teach/change/values/{question + 1}").status_code == 404
    assert ann.get(f"/study/2/teach/change/values/{question}").status_code == 404
    assert ann.get(f"/study/1/teach/change/values/{10**30}").status_code == 404
    assert Client(desk.app).get(at).status_code == 401
    assert ann.get("/study/1/teach/change/pool").json() == {"pool": 12}


def test_the_largest_input_that_can_be_edited_arrives(desk: Opened) -> None:
    largest = Settings(("a", "b"), (3, 510, 512), again=0.0, known=0.0)
    assert np.prod(largest.shape) == MOST_NUMBERS
    desk.studies.make("large", largest)
    inputs = torch.zeros(1, 3, 510, 512)
    desk.studies.offer("large", inputs)
    changed = np.linspace(0, 1, MOST_NUMBERS, dtype="<f4")
    data = base64.b64encode(changed.tobytes()).decode()
    body = {
        "token": "t" * 32,
        "kind": "pair",
        "seconds": 1.0,
        "body": {"input": input_keys(inputs)[0], "before": 0, "after": 1, "note": "n" * 2000},
        "arrays": {"changed": {"dtype": "float32", "shape": list(largest.shape), "data": data}},
    }
    ann = desk.client("ann")
    reply = ann.post("/study/4/teach/change/give", body)
    assert reply.status_code == 200, reply.text
    with desk.studies.database.read() as db:
        (taught,) = taught_items.standing(db, 4)
    assert taught.arrays["changed"].tobytes() == changed.tobytes()
    desk.studies.make("huge", Settings(("a", "b"), (3, 512, 512)))
    for tool in ("change", "write"):
        assert ann.get(f"/study/4/teach/{tool}").status_code == 200
        assert ann.get(f"/study/5/teach/{tool}").status_code == 400


@pytest.mark.parametrize("tool", ["change", "write"])
def test_the_pages_need_a_person_and_hold_no_answer_of_the_student(desk: Opened, tool: str) -> None:
    at = f"/study/1/teach/{tool}"
    assert Client(desk.app).get(at).headers["location"] == "/in"
    assert Client(desk.app).post(f"{at}/give", {}).status_code == 401
    page = desk.client("ann").get(at)
    assert page.status_code == 200
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "student" not in page.text.lower()
    assert "<style" not in page.text
    assert "onclick" not in page.text
