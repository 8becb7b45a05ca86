"""Answering over HTTP: questions out, answers in, corrections, pictures, settings."""

import io

import numpy as np
import pytest
from desk_client import Opened
from PIL import Image

from preceptor.desk.shortcuts import keys_of


def test_a_question_and_its_answer(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    reply = ann.answer(1, item["ticket"], 2, note="clear")
    assert reply.status_code == 200
    with desk.studies.database.read() as db:
        rows = db.all("SELECT label, seconds, note FROM desk_answers")
    assert rows == [(2, 1.5, "clear")]
    far = ann.get("/study/1/next?wanted=1").json()
    assert (far["done"], far["total"], far["needed"]) == (1, 12, 11)


def test_a_picture_is_the_input_pixel_by_pixel(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    reply = ann.get(item["pictures"][0])
    assert reply.headers["content-type"] == "image/png"
    shown = np.asarray(Image.open(io.BytesIO(reply.content)))
    with desk.studies.database.read() as db:
        question = db.all("SELECT question FROM desk_leases")[0][0]
    values = desk.studies.input(desk.studies.get("pictures"), question)
    assert np.abs(shown / 255 - values[0]).max() <= 0.5 / 255 + 1e-6


def test_rows_and_pairs(desk: Opened) -> None:
    ann = desk.client("ann")
    (row,) = ann.next(2)
    assert [one["name"] for one in row["features"]] == ["a", "<b>", "c"]
    assert all(0 <= one["place"] <= 1 for one in row["features"])
    (pair,) = ann.next(3)
    first, second = (ann.get(path) for path in pair["pictures"])
    assert first.status_code == second.status_code == 200
    assert first.content != second.content
    assert ann.get(pair["pictures"][0].replace("/0.", "/2.")).status_code == 404


def test_nothing_tells_a_repetition_from_a_question(desk: Opened) -> None:
    (item,) = desk.client("ann").next(1)
    assert set(item) == {"ticket", "pictures"}


def test_corrections_and_taking_back(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    for label in (0, 1, None):
        assert ann.answer(1, item["ticket"], label).status_code == 200
    assert ann.get("/study/1/given").json()["items"] == []
    ann.answer(1, item["ticket"], -1)
    (given,) = ann.get("/study/1/given").json()["items"]
    assert (given["ticket"], given["label"]) == (item["ticket"], -1)
    with desk.studies.database.read() as db:
        assert [row[0] for row in db.all("SELECT label FROM desk_answers ORDER BY id")] == [
            0,
            1,
            None,
            -1,
        ]


def test_a_note_that_was_cut_within_a_character_is_kept(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    assert ann.answer(1, item["ticket"], 1, note="so it is \U0001f600 \ud83d").status_code == 200
    assert ann.get("/study/1/given").json()["items"][0]["note"] == "so it is \U0001f600 ?"


def test_a_forgotten_label_takes_nothing_back(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    assert ann.answer(1, item["ticket"], 1).status_code == 200
    body = {"ticket": item["ticket"], "token": "t" * 32, "seconds": 1.0}
    assert ann.post("/study/1/answer", body).status_code == 400
    assert [one["label"] for one in ann.get("/study/1/given").json()["items"]] == [1]


def test_the_same_answer_sent_twice_is_one(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    for _ in range(3):
        assert ann.answer(1, item["ticket"], 1, token="t" * 32).status_code == 200
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_answers") == (1,)


def test_skipping(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    assert ann.post("/study/1/skip", {"ticket": item["ticket"], "seconds": 1}).status_code == 200
    assert all(one["ticket"] != item["ticket"] for one in ann.next(1, 10))
    again = {"ticket": item["ticket"], "token": "t" * 32, "seconds": 1}
    assert ann.post("/study/1/skip", again).status_code == 200  # sent twice, skipped once
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_skips") == (1,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": 3},
        {"label": -2},
        {"label": "1"},
        {"label": 1.0},
        {"label": True},
        {"seconds": "1"},
        {"seconds": None},
        {"seconds": 1e300},
        {"token": "short"},
        {"token": 7},
        {"ticket": "made-up"},
        {"ticket": None},
        {"note": "x" * 2001},
        {"note": ["a"]},
        {"note": "a\x00b"},
        {"ticket": "\udfff"},
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_is_kept(
    desk: Opened, wrong: dict[str, object]
) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    body = {"ticket": item["ticket"], "token": "t" * 32, "label": 1, "seconds": 1.0, **wrong}
    reply = ann.post("/study/1/answer", body)
    assert reply.status_code == 400
    assert reply.json()["error"]
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_answers") == (0,)


def test_the_overview_and_the_settings(desk: Opened) -> None:
    owner = desk.client("olga", "owner")
    for item in owner.next(1, 3):
        owner.answer(1, item["ticket"], 0)
    page = owner.get("/study/1/overview").text
    assert "3 of 12 questions have all their answers" in page
    change = {"instructions": "Look twice.", "overlap": 2}
    assert owner.post("/study/1/settings", change).status_code == 200
    settings = desk.studies.get("pictures").settings
    assert (settings.instructions, settings.overlap, settings.rule.least) == ("Look twice.", 2, 2)
    assert "21 more answers" in owner.get("/study/1/overview").text
    assert "Look twice." in owner.get("/study/1").text
    assert owner.post("/study/1/settings", {**change, "overlap": 1.5}).status_code == 400


def test_one_study_is_gone_to_at_once(desk: Opened) -> None:
    ann = desk.client("ann")
    assert "pictures" in ann.get("/").text
    assert ann.get("/study/9").status_code == 400


@pytest.mark.parametrize(
    ("classes", "labels", "others"),
    [
        (("0", "1"), ("0", "1"), "usnz"),
        (("A", "B"), ("a", "b"), "usnz"),
        (("u", "z", "s", "n"), ("u", "z", "s", "n"), ".>,;"),
        (("cat", "dog"), ("1", "2"), "usnz"),
        (("a", "A"), ("1", "2"), "usnz"),
        (tuple(f"class {i}" for i in range(12)), (*"123456789abc",), "usnz"),
    ],
)
def test_keys(classes: tuple[str, ...], labels: tuple[str, ...], others: str) -> None:
    keys = keys_of(classes)
    assert keys.labels == labels
    assert keys.cannot_tell + keys.skip + keys.note + keys.smooth == others


def test_more_classes_than_keys() -> None:
    keys = keys_of([f"class {i}" for i in range(60)]).labels
    assert len(keys) == 60
    used = [key for key in keys if key]
    assert len(used) == len(set(used)) == 9 + 22
