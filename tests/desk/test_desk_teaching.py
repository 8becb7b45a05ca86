"""Teaching over HTTP: what is given is kept, what is none is refused, and nobody sees or takes back
what is another's."""

import base64
import io
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
import torch
from desk_client import Client, Opened
from PIL import Image

from preceptor.desk.guard import MOST_UPLOAD
from preceptor.desk.tools import TOOLS
from preceptor.desk.tools.wire import arrays_of
from preceptor.people import taught_items
from preceptor.people.forms import FORMS
from preceptor.people.taught_items import TaughtItem
from preceptor.people.text_forms import TEXT_FORMS

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\""
MASK = np.zeros((8, 8), bool)
MASK[2:4, 3:6] = True


def wire(array: np.ndarray, dtype: str = "bool", **more: Any) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": dtype, "shape": list(array.shape), "data": data, **more}


def examples(client: Client, study: int = 1, tool: str = "matters") -> list[dict[str, Any]]:
    import json
    import re

    page = client.get(f"/study/{study}/teach/{tool}").text
    facts = re.search(r'id="facts">(.*?)</script>', page, re.S)
    assert facts is not None
    found: list[dict[str, Any]] = json.loads(facts.group(1))["examples"]
    return found


def give(client: Client, body: dict[str, Any], **more: Any) -> httpx.Response:
    sent = {
        "token": uuid4().hex,
        "kind": "mask",
        "body": body,
        "arrays": {"mask": wire(MASK)},
        "seconds": 3.5,
        **more,
    }
    return client.post("/study/1/teach/matters/give", sent)


def kept(desk: Opened, study: int = 1) -> list[TaughtItem]:
    with desk.studies.database.read() as db:
        return taught_items.taught(db, study)


@pytest.fixture
def offered(desk: Opened) -> Opened:
    desk.studies.offer("pictures", torch.rand(4, 1, 8, 8))
    desk.studies.offer("rows", torch.rand(4, 3))
    return desk


def test_a_mask_is_kept_and_shown_and_withdrawn(offered: Opened) -> None:
    ann = offered.client("ann")
    first = examples(ann)[0]
    assert give(ann, {"input": first["input"], "painted": "ignored"}).status_code == 200
    (one,) = kept(offered)
    assert (one.by, one.seconds) == ("ann", 3.5)
    assert np.array_equal(one.arrays["mask"], MASK)
    page = ann.get("/study/1/teach").text
    assert "6 of 64 pixels" in page
    assert "64 bits" in page
    shown = ann.get(f"/study/1/teach/taught/{one.number}.png")
    pixels = np.asarray(Image.open(io.BytesIO(shown.content)))
    assert pixels.shape == (8, 8, 3)
    body = {"number": one.number, "token": uuid4().hex}
    assert ann.post("/study/1/teach/withdraw", body).status_code == 200
    assert kept(offered)[0].withdrawn
    assert "withdrawn" in ann.get("/study/1/teach").text


def test_teach_leads_to_the_study(offered: Opened) -> None:
    ann = offered.client("ann")
    assert ann.get("/teach").headers["location"] == "/"  # there are three
    assert "/study/1/teach/matters" in ann.get("/study/1/teach").text


@pytest.mark.parametrize("study", [1, 2, 3])
def test_every_tool_that_fits_has_its_page(offered: Opened, study: int) -> None:
    ann = offered.client("ann")
    settings = offered.studies.all()[study - 1].settings
    page = ann.get(f"/study/{study}/teach").text
    for tool in TOOLS:
        address = f"/study/{study}/teach/{tool.name}"
        assert (f'href="{address}"' in page) == tool.fits(settings)
        assert ann.get(address).status_code == (200 if tool.fits(settings) else 400)


def test_tools_give_what_the_store_knows() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    for tool in TOOLS:
        assert tool.kinds
        assert set(tool.kinds) <= set(FORMS) or set(tool.kinds) <= set(TEXT_FORMS)


def test_one_teaches_on_what_was_offered_or_answered(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    assert "nothing to teach on" in ann.get("/study/1/teach/matters").text
    (item,) = ann.next(1)
    ann.answer(1, item["ticket"], 2)
    (mine,) = examples(ann)
    assert (mine["label"], mine["word"], mine["offered"]) == (2, "2", False)
    address = f"/study/1/teach/picture/{mine['question']}.png"
    assert ann.get(address).content == ann.get(item["pictures"][0]).content
    assert ben.get(address).status_code == 404
    assert ben.get(f"/study/2/teach/picture/{mine['question']}.png").status_code == 404
    assert ann.get("/study/1/teach/picture/999.png").status_code == 404
    body = {"question": mine["question"], "change": "rotate", "range": 10}
    assert ann.post("/study/1/teach/same/try", body).status_code == 200
    assert ben.post("/study/1/teach/same/try", body).status_code == 404


def test_another_persons_things_stay_theirs(offered: Opened) -> None:
    ann, ben = offered.client("ann"), offered.client("ben")
    assert give(ann, {"every": True, "note": "a secret thought"}).status_code == 200
    (one,) = kept(offered)
    body = {"number": one.number, "token": uuid4().hex}
    assert ben.post("/study/1/teach/withdraw", body).status_code == 400
    assert ben.get(f"/study/1/teach/taught/{one.number}.png").status_code == 404
    assert "secret" not in ben.get("/study/1/teach").text
    assert not kept(offered)[0].withdrawn
    olga = offered.client("olga", "owner")
    assert "secret" in olga.get("/study/1/teach").text
    assert olga.post("/study/2/teach/withdraw", body).status_code == 400
    assert olga.post("/study/1/teach/withdraw", body).status_code == 200
    assert kept(offered)[0].withdrawn


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "pair"}, "this tool gives"),
        ({"kind": 3}, "kind"),
        ({"body": []}, "body"),
        ({"body": {"every": True, "x": 1}}, "unknown"),
        ({"token": "short"}, "token"),
        ({"token": None}, "token"),
        ({"seconds": "1"}, "seconds"),
        ({"seconds": 1e300}, "seconds"),
        ({"arrays": {}}, "missing"),
        ({"arrays": []}, "arrays"),
        ({"arrays": {str(i): wire(MASK) for i in range(5)}}, "at most"),
        ({"arrays": {"mask": 3}}, "dtype"),
        ({"arrays": {"mask": wire(MASK, "object")}}, "dtype"),
        ({"arrays": {"mask": wire(MASK, "bool", shape=[8, 9])}}, "bytes"),
        ({"arrays": {"mask": wire(MASK, "bool", shape=[8, -8])}}, "shape"),
        ({"arrays": {"mask": wire(MASK, "bool", shape=[1000000, 1000000])}}, "at most"),
        ({"arrays": {"mask": wire(MASK, "bool", shape=[True, 64])}}, "shape"),
        ({"arrays": {"mask": wire(MASK, "bool", data="%%%")}}, "base64"),
        ({"arrays": {"mask": wire(MASK, "bool", data=None)}}, "base64"),
        ({"arrays": {"mask": wire(MASK, more=1)}}, "dtype, shape and data"),
        ({"arrays": {"mask": wire(MASK + np.uint8(1))}}, "0 or 1"),
        ({"arrays": {"mask": wire(MASK[:4])}}, "shape"),
        ({"arrays": {"mask": wire(MASK.astype("<f4"), "float32")}}, "booleans"),
    ],
)
def test_what_is_none_is_refused(offered: Opened, wrong: dict[str, Any], said: str) -> None:
    ann = offered.client("ann")
    reply = give(ann, **{"body": {"every": True}, **wrong})
    assert reply.status_code == 400
    assert said in reply.json()["error"]
    assert kept(offered) == []


def test_values_that_are_no_numbers_are_no_arrays() -> None:
    found = arrays_of({"a": wire(np.array([np.nan, np.inf], "<f4"), "float32")})
    assert np.isnan(found["a"][0])  # read as sent; the form of what is taught refuses it


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_other_sites_cannot_teach(offered: Opened, headers: dict[str, str]) -> None:
    ann = offered.client("ann")
    for path in ("matters/give", "same/give", "same/try", "withdraw"):
        assert ann.post(f"/study/1/teach/{path}", {}, headers=headers).status_code == 403


def test_nothing_without_signing_in(offered: Opened) -> None:
    eve = Client(offered.app)
    for path in ("matters/give", "same/give", "same/try", "withdraw"):
        assert eve.post(f"/study/1/teach/{path}", {}).status_code == 401
    for path in ("", "/matters", "/same", "/picture/1.png", "/row/1", "/taught/1.png"):
        assert eve.get(f"/study/1/teach{path}").status_code in (303, 401)
    assert eve.get("/teach").status_code == 303


def test_bodies_are_bounded(offered: Opened) -> None:
    ann = offered.client("ann")
    big = {"data": "A" * MOST_UPLOAD}
    assert ann.post("/study/1/teach/matters/give", big).status_code == 413
    assert ann.post("/study/1/teach/withdraw", {"data": "A" * 70_000}).status_code == 413


def test_notes_are_never_run(offered: Opened) -> None:
    ann = offered.client("ann")
    assert give(ann, {"every": True, "note": EVIL}).status_code == 200
    page = ann.get("/study/1/teach").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "alert(1)" in page
    assert "<b>" not in ann.get("/study/2/teach/same").text.split("facts")[1].split("</script>")[0]


def test_a_change_is_tried_and_declared(offered: Opened) -> None:
    ann = offered.client("ann")
    found = examples(ann, tool="same")
    reply = ann.post(
        "/study/1/teach/same/try",
        {"question": found[0]["question"], "change": "shift", "range": 0.25},
    ).json()
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(reply["strip"]))))
    assert strip.shape == (8, 40)
    assert reply["titles"][2] == "as it is"
    original = ann.get(f"/study/1/teach/picture/{found[0]['question']}.png").content
    plain = np.asarray(Image.open(io.BytesIO(original)))
    assert np.array_equal(strip[:, 16:24], plain)
    # a quarter of 8 pixels: moved left and up by two whole pixels
    assert np.abs(strip[:6, :6].astype(int) - plain[2:, 2:]).max() <= 1
    tried = [{"input": one["input"], "range": 0.25, "label": one["label"]} for one in found[:3]]
    body = {"change": "shift", "range": 0.2, "confirmed": tried, "refused": []}
    sent = {"token": uuid4().hex, "kind": "invariance", "body": body, "seconds": 20}
    assert ann.post("/study/1/teach/same/give", sent).status_code == 200
    assert "Shift up to 20% of the width" in ann.get("/study/1/teach").text
    assert "10 bits" in ann.get("/study/1/teach").text


def test_a_region_is_filled_from_other_inputs(offered: Opened) -> None:
    ann = offered.client("ann")
    found = examples(ann, tool="same")
    body = {
        "question": found[0]["question"],
        "change": "region",
        "range": 1,
        "arrays": {"region": wire(MASK)},
    }
    reply = ann.post("/study/1/teach/same/try", body).json()
    assert reply["titles"] == ["as it is", *(f"another's ({n})" for n in (1, 2, 3, 4))]
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(reply["strip"]))))
    tiles = strip.reshape(8, 5, 8).swapaxes(0, 1)
    others = [
        np.asarray(
            Image.open(io.BytesIO(ann.get(f"/study/1/teach/picture/{one['question']}.png").content))
        )
        for one in found[1:]
    ]
    for tile in tiles[1:]:
        assert np.array_equal(tile[~MASK], tiles[0][~MASK])
        assert any(np.array_equal(tile[MASK], other[MASK]) for other in others)
    for wrong in ({}, {"region": wire(MASK[:2])}):
        assert ann.post("/study/1/teach/same/try", {**body, "arrays": wrong}).status_code == 400


def test_rows_are_tried_and_ticked(offered: Opened) -> None:
    ann = offered.client("ann")
    first = examples(ann, 2, "same")[0]
    region = np.array([False, True, False])
    body = {
        "question": first["question"],
        "change": "region",
        "range": 1,
        "arrays": {"region": wire(region)},
    }
    rows = ann.post("/study/2/teach/same/try", body).json()["rows"]
    for row in rows[1:]:
        same = [a["value"] == b["value"] for a, b in zip(row, rows[0], strict=True)]
        assert same == [True, False, True]
    sent = {
        "token": uuid4().hex,
        "kind": "features",
        "body": {"features": [0, 2], "every": True},
        "seconds": 4,
    }
    assert ann.post("/study/2/teach/matters/give", sent).status_code == 200
    assert "for every input: a, c" in ann.get("/study/2/teach").text
    assert ann.get(f"/study/2/teach/row/{first['question']}").json()["features"][1]["name"] == "<b>"


@pytest.mark.parametrize(
    "wrong",
    [
        {"change": "dance"},
        {"change": None},
        {"range": 1e6},
        {"range": None},
        {"question": "1"},
        {"question": 1e11},
        {"question": 1.5},
        {"arrays": 3},
    ],
)
def test_tries_that_make_no_sense(offered: Opened, wrong: dict[str, Any]) -> None:
    ann = offered.client("ann")
    body = {"question": examples(ann)[0]["question"], "change": "rotate", "range": 10, **wrong}
    assert ann.post("/study/1/teach/same/try", body).status_code in (400, 404)


@pytest.mark.parametrize("number", ["0", "99", "2147483648", "9" * 30, "-1", "1.5", "x"])
def test_numbers_that_are_no_rows(offered: Opened, number: str) -> None:
    ann = offered.client("ann")
    for path in (f"picture/{number}.png", f"taught/{number}.png"):
        assert ann.get(f"/study/1/teach/{path}").status_code == 404
    assert ann.get(f"/study/2/teach/row/{number}").status_code == 404
    body = {"number": 1.5, "token": uuid4().hex}
    assert ann.post("/study/1/teach/withdraw", body).status_code == 400
