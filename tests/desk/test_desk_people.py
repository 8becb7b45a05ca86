"""Who sees what at the desk, and who can be shown the door: over HTTP, at every address."""

import asyncio
import base64
import io
import re
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
import torch
from desk_client import HOST, ORIGIN, Client, Opened
from PIL import Image

from preceptor.desk import make_app, requests, uploading
from preceptor.desk.guard import RateLimit
from preceptor.desk.uploads import Upload
from preceptor.people import Settings, Studies, access, persons, taught_items

FILLED = {"ticket": "x", "part": "0", "question": "1", "number": "1", "person": "1"}


def invite_to(desk: Opened, name: str, *studies: int) -> Client:
    """Somebody who belongs to some studies only."""
    with desk.studies.database.write() as db:
        person = persons.enroll(db, name)
        for study in studies:
            access.join(db, study, person)
        token = persons.invite(db, person)
    return Client(desk.app).enter(token)


def addresses(desk: Opened) -> list[tuple[str, str]]:
    """Every address of a study, with its method."""
    routes = desk.app.app.routes  # type: ignore[attr-defined]
    found = []
    for route in routes:
        if "{study" in route.path:
            filled = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: FILLED.get(m[1], "1"), route.path)
            found += [(method, filled) for method in sorted(route.methods - {"HEAD"})]
    return found


def test_a_study_is_seen_by_those_who_belong_to_it(desk: Opened) -> None:
    ann = invite_to(desk, "ann", 2)
    assert ann.get("/").headers["location"] == "/study/2"
    assert ann.get("/teach").headers["location"] == "/study/2/teach"
    assert ann.get("/study/2").status_code == 200
    nobody = invite_to(desk, "ben")
    page = nobody.get("/").text
    assert "You belong to no study" in page
    assert "pictures" not in page


def test_no_address_of_a_study_opens_to_others(desk: Opened) -> None:
    """Whatever is added later: every address with a study in it is tried."""
    eve = invite_to(desk, "eve", 2)
    tried = addresses(desk)
    assert len(tried) > 25
    for method, path in tried:
        if method == "GET":
            reply = eve.get(path)
        elif path.endswith("/upload"):
            headers = {**ORIGIN, "content-type": uploading.TYPE}
            reply = eve.ask("POST", path, content=b"1,2,3", headers=headers)
        else:
            body = {"kind": "mask", "body": {}, "token": "t" * 32, "seconds": 1, "ticket": "x"}
            reply = eve.post(path, {**body, "label": 1, "number": 1, "question": 1})
        assert reply.status_code in (400, 403, 404), (method, path)
        if reply.status_code == 400:
            assert "no study 1 for eve" in reply.text, (method, path)
        assert "pictures" not in reply.text, (method, path)
    with desk.studies.database.read() as db:
        for table in ("answers", "skips", "lessons", "leases"):
            assert db.one(f"SELECT COUNT(*) FROM desk_{table}") == (0,)


def test_no_ticket_of_a_study_works_at_another(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    ticket = item["ticket"]
    for study in (2, 3):
        assert ann.answer(study, ticket, 1).status_code == 400
        assert ann.answer(study, ticket, None).status_code == 400
        skipped = ann.post(f"/study/{study}/skip", {"ticket": ticket, "seconds": 1})
        assert skipped.status_code == 400
        path = f"/study/{study}/picture/{ticket}/0.png"
        assert ann.get(path).status_code == 404
        assert ann.get(f"/study/{study}/next?wanted=1&held={ticket}").status_code == 200
    assert ann.get(item["pictures"][0]).status_code == 200
    assert ann.answer(1, ticket, 1).status_code == 200


def test_labels_are_those_of_the_question_and_pages_stay_up(tmp_path: Path) -> None:
    plain = {"again": 0.0, "known": 0.0}
    with Studies(tmp_path / "s.db") as studies:
        studies.make("two", Settings(("0", "1"), (1, 8, 8), overlap=3, **plain))
        studies.make("ten", Settings(tuple("0123456789"), (1, 8, 8), **plain))
        for name in ("two", "ten"):
            studies.file(name, torch.rand(4, 1, 8, 8), "x")
        desk = Opened(studies, make_app(studies, frozenset({HOST})))
        owner = desk.client("olga", "owner")
        for item in owner.next(1, 4):
            assert owner.answer(2, item["ticket"], 9).status_code == 400
            assert owner.answer(1, item["ticket"], 9).status_code == 400
            assert owner.answer(1, item["ticket"], 1).status_code == 200
        for path in ("overview", "teach", "teach/matters", "teach/change", "teach/same"):
            assert owner.get(f"/study/1/{path}").status_code == 200
        assert "8 more answers" in owner.get("/study/1/overview").text


def test_an_owners_name_gets_no_link_by_an_invitation(desk: Opened) -> None:
    owner = desk.client("olga", "owner")
    desk.client("otto", "owner")
    for name in ("otto", " olga "):
        reply = owner.post("/study/1/people", {"name": name})
        assert reply.status_code == 400
        assert "is an owner" in reply.json()["error"]
        assert "#" not in reply.text
    first = owner.post("/study/1/people", {"name": "ann"}).json()
    assert first["known"] == ""
    again = owner.post("/study/2/people", {"name": "ann"}).json()
    assert "the same person" in again["known"]
    ann = Client(desk.app).enter(again["link"].removeprefix("/in#"))
    assert ann.get("/study/1").status_code == ann.get("/study/2").status_code == 200
    assert ann.get("/study/3").status_code == 400


def number(desk: Opened, name: str) -> int:
    with desk.studies.database.read() as db:
        found = persons.find(db, name)
    assert found is not None
    return found.number


def test_the_page_of_all_people_shows_and_ends(desk: Opened) -> None:
    owner, ann = desk.client("olga", "owner"), invite_to(desk, "ann", 1)
    link = desk.invite("ben")
    page = owner.get("/people").text
    for word in ("olga", "ann", "ben", "1 unused link", "1 session", "Belongs to <b>pictures</b>"):
        assert word in page
    assert ann.get("/people").status_code == 403
    her, his = number(desk, "ann"), number(desk, "ben")
    assert ann.post(f"/people/{her}", {"do": "owner"}).status_code == 403

    def do(who: int, what: str, **more: object) -> httpx.Response:
        return owner.post(f"/people/{who}", {"do": what, **more})

    assert do(his, "end").status_code == 200
    assert Client(desk.app).post("/in", {"token": link}).status_code == 403
    assert do(her, "join", study=3).status_code == 200
    assert ann.get("/study/3").status_code == 200
    assert do(her, "leave", study=1).status_code == 200
    assert ann.get("/study/1").status_code == 400
    assert do(her, "remove").status_code == 200
    assert ann.get("/study/3").status_code == 303
    assert ann.get("/study/3/given").status_code == 401
    assert do(her, "link").status_code == 400
    assert do(her, "restore").status_code == 200
    back = Client(desk.app).enter(do(her, "link").json()["link"].removeprefix("/in#"))
    assert back.get("/study/3").status_code == 200
    assert do(her, "owner").status_code == 200
    assert back.get("/people").status_code == 200
    assert do(number(desk, "olga"), "member").status_code == 200
    assert owner.get("/people").status_code == 403
    assert back.post(f"/people/{her}", {"do": "remove"}).status_code == 400
    assert back.post(f"/people/{her}", {"do": "dance"}).status_code == 400
    assert back.post("/people/99", {"do": "end"}).status_code == 404
    assert back.post(f"/people/{his}", {"do": "join", "study": 99}).status_code == 400


def test_a_link_for_somebody_else_asks_first(desk: Opened) -> None:
    olga = desk.client("olga", "owner")
    before, token = dict(olga.cookies), desk.invite("ann")
    reply = olga.post("/in", {"token": token})
    assert reply.status_code == 409
    assert reply.json()["error"] == "You are olga. Go on as ann?"
    assert dict(olga.cookies) == before
    assert "olga" in olga.get("/").text
    reply = olga.post("/in", {"token": token, "leave": True})
    assert reply.status_code == 200
    assert "ann" in olga.get("/").text
    thief = Client(desk.app)
    thief.cookies.update(before)
    assert thief.get("/").status_code == 303  # the session that was left has ended


def test_a_link_for_oneself_asks_nothing(desk: Opened) -> None:
    ann = desk.client("ann")
    assert ann.post("/in", {"token": desk.invite("ann")}).status_code == 200


def test_without_script_the_door_asks_too(desk: Opened) -> None:
    olga, token = desk.client("olga", "owner"), desk.invite("ann")
    link = f"http://{HOST}/in#{token}"
    page = olga.ask("POST", "/in", data={"token": link}, headers=ORIGIN)
    assert page.status_code == 409
    assert "You are olga. Go on as ann?" in page.text
    assert f'value="{link}"' in page.text
    again = {"token": link, "leave": "yes"}
    assert olga.ask("POST", "/in", data=again, headers=ORIGIN).status_code == 303
    assert "ann" in olga.get("/").text


def test_a_token_of_another_answer_is_not_acknowledged(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    (hers,), (his,) = ann.next(1), ben.next(1)
    assert ann.answer(1, hers["ticket"], 0, token="t" * 32).status_code == 200
    for who, ticket, label in ((ben, his["ticket"], 0), (ann, hers["ticket"], 1)):
        reply = who.answer(1, ticket, label, token="t" * 32)
        assert reply.status_code == 409
        assert "not kept" in reply.json()["error"]
    assert ben.get("/study/1/given").json()["items"] == []


def test_a_second_browser_is_told_what_was_said_in_the_first(desk: Opened) -> None:
    one = desk.client("ann")
    two = Client(desk.app).enter(desk.invite("ann"))
    (item,) = one.next(1)
    (same,) = two.next(1)
    assert same["ticket"] == item["ticket"]
    assert one.answer(1, item["ticket"], 0).status_code == 200
    reply = two.answer(1, item["ticket"], 1)
    assert reply.status_code == 409
    said = reply.json()
    assert "elsewhere" in said["error"]
    assert (said["instead"], said["label"]) == (one.said[item["ticket"]], 0)
    assert two.answer(1, item["ticket"], None).status_code == 409
    (given,) = two.get("/study/1/given").json()["items"]
    assert (given["label"], given["instead"]) == (0, said["instead"])
    assert two.answer(1, item["ticket"], 1, instead=said["instead"]).status_code == 200
    assert [one["label"] for one in one.get("/study/1/given").json()["items"]] == [1]


def lesson(number: int, at: int = 1) -> dict[str, object]:
    made = np.full((1, 8, 8), number / 1000, "<f4")
    data = base64.b64encode(made.tobytes()).decode()
    array = {"dtype": "float32", "shape": [1, 8, 8], "data": data}
    token = uuid4().hex
    plain = {"kind": "example", "body": {"label": at}, "token": token, "seconds": 1.0}
    return {**plain, "arrays": {"made": array}}


def test_nobody_teaches_faster_than_a_hand_can(
    desk: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    bodies = [lesson(n) for n in range(taught_items.MOST_A_MINUTE + 1)]
    replies = [ann.post("/study/1/teach/write/give", body) for body in bodies]
    assert [one.status_code for one in replies] == [200] * taught_items.MOST_A_MINUTE + [429]
    assert "retry-after" in replies[-1].headers
    assert ann.post("/study/1/teach/write/give", bodies[0]).status_code == 200  # it is there
    assert ben.post("/study/1/teach/write/give", lesson(1)).status_code == 200
    monkeypatch.setattr(taught_items, "MOST_A_MINUTE", 1000)
    monkeypatch.setattr(taught_items, "MOST_BYTES_AN_HOUR", 35 * 400)
    said = [ann.post("/study/1/teach/write/give", lesson(n)).status_code for n in range(60)]
    assert set(said) == {200, 429}
    assert said == sorted(said)
    with desk.studies.database.read() as db:
        taken = db.all("SELECT SUM(LENGTH(arrays)) FROM desk_lessons WHERE person = 1")[0][0]
    assert taken <= 35 * 400


def test_nobody_sends_more_than_a_hand_can(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("preceptor.desk.guard.time.monotonic", lambda: clock[0])
    pace = RateLimit(60)
    assert [pace.wait(1) > 0 for _ in range(61)] == [False] * 60 + [True]
    assert pace.wait(2) == 0
    clock[0] += 1.01
    assert [pace.wait(1) > 0 for _ in range(2)] == [False, True]
    monkeypatch.setattr(requests, "MOST_A_MINUTE", 6)
    app = make_app(desk.studies, frozenset({HOST}))
    ann, ben = (Client(app).enter(desk.invite(name)) for name in ("ann", "ben"))
    (item,) = ann.next(1)
    said = [ann.answer(1, item["ticket"], n % 3) for n in range(8)]
    assert [one.status_code for one in said] == [200] * 6 + [429] * 2
    assert "retry-after" in said[-1].headers
    assert ben.answer(1, ben.next(1)[0]["ticket"], 0).status_code == 200


def test_one_persons_uploads_wait_for_each_other_and_not_for_others(
    desk: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six of ann's come before ben's one; his is read after the one that is being read."""
    order: list[int] = []
    made: list[requests.Desk] = []
    go_on = threading.Event()
    read = uploading.read_picture

    def held(data: bytes, settings: Settings) -> Upload:
        order.append(int(Image.open(io.BytesIO(data)).getpixel((0, 0))))  # type: ignore[arg-type]
        assert go_on.wait(60)
        return read(data, settings)

    def desk_of(*given: Any, **named: Any) -> requests.Desk:
        made.append(requests.Desk(*given, **named))
        return made[0]

    monkeypatch.setattr(uploading, "read_picture", held)
    monkeypatch.setattr("preceptor.desk.desk_app.Desk", desk_of)
    app = make_app(desk.studies, frozenset({HOST}))
    ann, ben = (Client(app).enter(desk.invite(name)) for name in ("ann", "ben"))

    async def send(who: Client, grey: int) -> int:
        file = io.BytesIO()
        Image.new("L", (8, 8), grey).save(file, "PNG")
        headers = {**ORIGIN, "content-type": uploading.TYPE, "x-preceptor-key": who.key}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=f"http://{HOST}", cookies=who.cookies
        ) as client:
            path = "/study/1/teach/upload"
            return (await client.post(path, content=file.getvalue(), headers=headers)).status_code

    async def all_at_once() -> list[int]:
        hers = [asyncio.create_task(send(ann, n)) for n in range(6)]
        while not order:
            await asyncio.sleep(0.01)
        his = asyncio.create_task(send(ben, 99))
        while not made[0].turns[number(desk, "ben")].locked():  # he waits for the gate only
            await asyncio.sleep(0.01)
        go_on.set()
        return list(await asyncio.gather(*hers, his))

    assert asyncio.run(all_at_once()) == [200] * 7
    assert order[1] == 99
    assert sorted(order) == [0, 1, 2, 3, 4, 5, 99]
