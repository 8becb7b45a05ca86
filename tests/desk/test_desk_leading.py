"""What an owner does at the desk while a study runs; a member may do none of it."""

import csv
import io
import json
import zipfile
from uuid import uuid4

import pytest
from desk_client import Opened

from preceptor.core import UNCERTAIN
from preceptor.people import Human, Settings, study_questions
from preceptor.people.exchange import write


def answered(desk: Opened, *people: tuple[str, int]) -> None:
    """People answer the study of pictures, each with one label throughout."""
    overlap = len(people)
    desk.studies.change("pictures", lambda old: type(old)(**{**vars(old), "overlap": overlap}))
    for name, label in people:
        client = desk.client(name)
        while items := client.next(1):
            seen = {"width": 224, "height": 224, "smooth": False}
            assert client.answer(1, items[0]["ticket"], label, viewing=seen).status_code == 200


def do(question: int, what: str, **more: object) -> tuple[str, dict[str, object]]:
    return f"/study/1/items/{question}", {"do": what, "token": uuid4().hex, **more}


def test_a_disputed_question_is_opened_and_decided(desk: Opened) -> None:
    answered(desk, ("ann", 0), ("<i>ben", 1))
    owner = desk.client("olga", "owner")
    assert '/study/1/items/3">' in owner.get("/study/1/overview?show=disputed").text
    text = owner.get("/study/1/items/3").text
    assert "&lt;i&gt;ben" in text
    assert "224x224 pixels" in text
    path, body = do(3, "decide", label=2, note="<b>seen twice")
    for _ in range(2):  # sent again
        assert owner.post(path, body).status_code == 200
    text = owner.get("/study/1/items/3").text
    assert "Decided by <b>olga</b>" in text
    assert "&lt;b&gt;seen twice" in text
    with desk.studies.database.read() as db:
        assert study_questions.decided(db, 1) == {3: 2}
        assert db.one("SELECT COUNT(*) FROM desk_adjudications") == (1,)
    assert "decided: 2" in owner.get("/study/1/overview?show=decided").text
    assert owner.post(*do(3, "more")).status_code == 400
    assert owner.post(*do(3, "reopen")).status_code == 200
    assert owner.post(*do(3, "more")).json()["wanted"] == 3
    assert "1 more answer is to come" in owner.get("/study/1/items/3").text


def test_wrong_decisions_are_refused(desk: Opened) -> None:
    answered(desk, ("ann", 0))
    owner = desk.client("olga", "owner")
    for number, what, more in (
        (3, "decide", {"label": 3}),
        (3, "decide", {"label": 0.5}),
        (3, "decide", {}),
        (3, "reopen", {}),
        (3, "erase", {}),
        (3, "decide", {"label": 1, "token": "short"}),
        (13, "decide", {"label": 1}),  # of another study
        (999, "more", {}),
    ):
        reply = owner.post(*do(number, what, **more))
        assert reply.status_code == 400, (number, what, more)
        assert reply.json()["error"]
    path, body = do(3, "decide", label=1)
    assert owner.post(path, body).status_code == 200
    assert owner.post("/study/1/items/4", body).status_code == 400  # the token of another
    with desk.studies.database.read() as db:
        assert study_questions.decided(db, 1) == {3: 1}


def test_a_person_is_excluded_and_comes_back(desk: Opened) -> None:
    answered(desk, ("ann", 0), ("eve", 1))
    owner = desk.client("olga", "owner")
    human = Human(desk.studies, desk.studies.get("pictures"))
    with desk.studies.database.read() as db:
        (eve,) = db.one("SELECT id FROM desk_people WHERE name = 'eve'") or ()
    before = human.version
    body = {"person": eve, "state": "excluded", "note": "clicks <b>"}
    assert owner.post("/study/1/participation", body).status_code == 200
    assert human.version != before
    text = owner.get("/study/1/overview").text
    assert "excluded by olga" in text
    assert "clicks &lt;b&gt;" in text
    assert "12 more answers" in text
    assert desk.client("eve").get("/study/1/next?wanted=4").json()["items"] == []
    assert desk.client("eve").get("/study/1/next?wanted=4").json()["paused"] is True
    assert "<b>Excluded</b> in pictures" in owner.get("/people").text
    assert owner.post("/study/1/participation", {**body, "state": "active"}).status_code == 200
    assert human.version == before
    for wrong, status in (({"state": "gone"}, 400), ({"person": 999}, 404), ({"person": "x"}, 400)):
        reply = owner.post("/study/1/participation", {**body, **wrong})
        assert reply.status_code == status


@pytest.mark.parametrize("kind", ["csv", "jsonl", "label-studio"])
def test_an_export_is_the_commands(desk: Opened, kind: str, tmp_path: object) -> None:
    answered(desk, ("ann", 0), ("ben", UNCERTAIN))
    owner = desk.client("olga", "owner")
    reply = owner.get(f"/study/1/export/{kind}")
    assert reply.status_code == 200
    assert reply.headers["x-preceptor-file"].startswith("pictures.")
    content = reply.content
    if kind == "label-studio":
        packed = zipfile.ZipFile(io.BytesIO(content))
        assert packed.namelist() == ["pictures.json", "pictures.xml"]
        content = packed.read("pictures.json")
        assert len(json.loads(content)) == 12
    elif kind == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert [row["viewing"] for row in rows] == ["224x224 pixels"] * 24
    write(desk.studies, "pictures", tmp_path / "t", kind)  # type: ignore[operator, arg-type]
    assert (tmp_path / "t").read_bytes() == content  # type: ignore[operator]
    desk.studies.make("\u5b66" * 80, Settings(("a", "b"), (3,)))  # too long for a file's name
    reply = owner.get(f"/study/4/export/{kind}")
    assert reply.status_code == 200
    assert reply.headers["x-preceptor-file"].startswith("study.")


def test_none_of_it_is_for_members_or_without_the_key(desk: Opened) -> None:
    answered(desk, ("ann", 0))
    ann, owner = desk.client("ann"), desk.client("olga", "owner")
    part = ("/study/1/participation", {"person": 1, "state": "excluded"})
    for client, status in ((ann, 403), (owner, 401)):
        headers = {} if client is ann else {"x-preceptor-key": ""}
        assert client.get("/study/1/export/csv", headers=headers).status_code == status
        for path, body in (do(3, "decide", label=1), do(3, "more"), part):
            assert client.post(path, body, headers=headers).status_code == status
    assert ann.get("/study/1/items/3").status_code == 403
    assert owner.get("/study/1/export/exe").status_code == 404
    assert owner.get("/study/1/items/999").status_code == 400


WRONG: tuple[object, ...] = (
    *(7, "224", []),
    {"width": 0, "height": 1, "smooth": True},
    {"width": 5, "height": 5},
    {"width": 5, "height": True, "smooth": True},
    {"width": 10**6, "height": 1, "smooth": False},
)


@pytest.mark.parametrize("wrong", WRONG)
def test_how_a_picture_was_seen_is_checked(desk: Opened, wrong: object) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    assert ann.answer(1, item["ticket"], 1, viewing=wrong).status_code == 400
    assert ann.answer(1, item["ticket"], 1, viewing=None).status_code == 200
