"""Nobody gets in, and nothing gets out, but by the door."""

import socket
import time
from pathlib import Path

import pytest
from desk_client import HOST, ORIGIN, Client, Opened
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError
from preceptor.desk import make_app
from preceptor.desk.guard import MOST_BYTES, Limiter
from preceptor.desk.serve import addresses, bind, is_loopback, origin
from preceptor.people import Settings, Studies, persons
from preceptor.people.study_schema import identity

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/study/1",
        "/study/1/next?wanted=1",
        "/study/1/given",
        "/study/1/overview",
        "/study/1/picture/x/0.png",
        "/people",
    ],
)
def test_nothing_without_signing_in(desk: Opened, path: str) -> None:
    reply = Client(desk.app).get(path)
    assert reply.status_code in (303, 401)
    assert "pictures" not in reply.text


@pytest.mark.parametrize(
    "path",
    [
        "/study/1/answer",
        "/study/1/skip",
        "/study/1/settings",
        "/study/1/people",
        "/people/1",
        "/out",
    ],
)
def test_nothing_is_changed_without_signing_in(desk: Opened, path: str) -> None:
    assert Client(desk.app).post(path, {}).status_code == 401


def test_members_do_not_see_what_owners_see(desk: Opened) -> None:
    ann = desk.client("ann")
    assert ann.get("/study/1/overview").status_code == 403
    assert ann.post("/study/1/people", {"name": "eve"}).status_code == 403
    assert ann.post("/study/1/settings", {"instructions": "", "overlap": 1}).status_code == 403


def test_an_invitation_works_once(desk: Opened) -> None:
    owner = desk.client("olga", "owner")
    made = owner.post("/study/1/people", {"name": "ben"}).json()
    token = made["link"].removeprefix("/in#")
    ben = Client(desk.app).enter(token)
    assert "ben" in ben.get("/study/1").text
    assert Client(desk.app).post("/in", {"token": token}).status_code == 403


def test_signing_out_ends_the_session(desk: Opened) -> None:
    ann = desk.client("ann")
    kept = dict(ann.cookies)
    assert ann.post("/out", {}).status_code == 200
    thief = Client(desk.app)
    thief.cookies.update(kept)
    assert thief.get("/study/1/given").status_code == 401


def test_the_cookie(desk: Opened) -> None:
    reply = Client(desk.app).post("/in", {"token": desk.invite("ann")})
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    safe = Client(make_app(desk.studies, frozenset({HOST}), secure=True))
    there = {"origin": f"https://{HOST}"}
    reply = safe.post("/in", {"token": desk.invite("ann")}, headers=there)
    assert "; secure" in reply.headers["set-cookie"].lower()


def test_a_form_without_script_signs_in_too(desk: Opened) -> None:
    ann = Client(desk.app)
    link = f"http://{HOST}/in#{desk.invite('ann')}"
    reply = ann.ask("POST", "/in", data={"token": link}, headers=ORIGIN)
    assert reply.status_code == 303
    assert ann.get("/study/1").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"http://{HOST}.evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": f"https://{HOST}"},
        {"origin": f"http://{HOST}/path"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_cannot_post(desk: Opened, headers: dict[str, str]) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    body = {"ticket": item["ticket"], "token": "t" * 32, "label": 1, "seconds": 1.0}
    assert ann.post("/study/1/answer", body, headers=headers).status_code == 403


def test_a_form_of_another_site_is_no_answer(desk: Opened) -> None:
    ann = desk.client("ann")
    reply = ann.post("/study/1/answer", {}, headers={"content-type": "text/plain"})
    assert reply.status_code == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "", f"{HOST}.evil.example"]
)
def test_other_names_for_this_host_are_refused(desk: Opened, host: str) -> None:
    ann = desk.client("ann")
    assert ann.get("/", headers={"host": host}).status_code == 421


def test_every_reply_forbids_what_is_not_ours(desk: Opened) -> None:
    ann = desk.client("ann", "owner")
    (item,) = ann.next(1)
    for path in (
        "/",
        "/in",
        "/study/1",
        "/study/1/overview",
        "/static/answer.js",
        item["pictures"][0],
        "/x",
    ):
        headers = ann.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert ann.get("/study/1/given").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/people/human.py",
        "/static//etc/passwd",
        "/static/desk.css%00.png",
        "/study/1/picture/../../etc/passwd/0.png",
        "/study/1/picture/..%2f..%2fetc%2fpasswd/0.png",
    ],
)
def test_no_path_leads_out(desk: Opened, path: str) -> None:
    reply = desk.client("ann").get(path)
    assert reply.status_code == 404
    assert "import" not in reply.text
    assert "root:" not in reply.text


def test_only_ones_own_questions_are_shown(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    (item,) = ann.next(1)
    assert ann.get(item["pictures"][0]).status_code == 200
    assert ben.get(item["pictures"][0]).status_code == 404
    assert ben.answer(1, item["ticket"], 0).status_code == 400


def test_what_people_write_is_never_run(tmp_path: Path) -> None:
    with Studies(tmp_path / "evil.db") as studies:
        hostile = EVIL.replace("/", "")
        settings_ = Settings((EVIL, "b"), (2,), names=(EVIL, "y"), instructions=EVIL, overlap=2)
        studies.make(hostile, settings_)
        studies.make("other", settings_)
        import torch

        studies.file(hostile, torch.rand(2, 2), "x")
        opened = Opened(studies, make_app(studies, frozenset({HOST})))
        owner, ann = opened.client(EVIL[:80], "owner"), opened.client("ann", "owner")
        for who, label in ((owner, 0), (ann, 1)):
            for item in who.next(1, 2):
                assert who.answer(1, item["ticket"], label, note=EVIL).status_code == 200
        for path in ("/", "/study/1", "/study/1/overview"):
            page = owner.get(path).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "alert(1)" in page


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE desk_answers; --", '" OR 1=1 --', "%s %(x)s :name", "{0}"]
)
def test_sql_in_texts_is_text(desk: Opened, name: str) -> None:
    owner = desk.client("olga", "owner")
    assert owner.post("/study/1/people", {"name": name}).json()["name"] == name
    (item,) = owner.next(1)
    assert owner.answer(1, item["ticket"], 1, note=name).status_code == 200
    assert owner.get("/study/1/given").json()["items"][0]["note"] == name
    assert owner.get(f"/study/1/next?wanted=1&held={name}").status_code == 200


@pytest.mark.parametrize("number", [2**31, 2**63, 2**70])
@pytest.mark.parametrize(
    "path", ["/study/{}/given", "/study/2/teach/row/{}", "/study/1/teach/picture/{}.png"]
)
def test_numbers_beyond_all_rows_find_nothing(desk: Opened, path: str, number: int) -> None:
    assert desk.client("ann").get(path.format(number)).status_code == 404


def test_bodies_are_bounded(desk: Opened) -> None:
    ann = desk.client("ann")
    assert ann.post("/study/1/answer", {"note": "x" * MOST_BYTES}).status_code == 413

    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 4096

    headers = {**ORIGIN, "content-type": "application/json"}
    reply = ann.ask("POST", "/study/1/answer", content=endless(), headers=headers)
    assert reply.status_code == 400
    deep = "[" * 50_000
    assert ann.ask("POST", "/study/1/answer", content=deep, headers=headers).status_code == 400


def test_tries_to_sign_in_are_limited(desk: Opened) -> None:
    eve = Client(desk.app)
    for _ in range(10):
        assert eve.post("/in", {"token": "guess"}).status_code == 403
    refused = eve.post("/in", {"token": "guess"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert eve.post("/in", {"token": desk.invite("eve")}).status_code == 200  # a good link is good


def test_links_that_are_good_are_not_counted(desk: Opened) -> None:
    """A class of thirty opens its links in one minute, behind one address."""
    for number in range(30):
        desk.client(f"pupil {number}")


def test_the_limiter_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter(tries=2, seconds=60)
    assert [limiter.wait("a") > 0 for _ in range(3)] == [False, False, True]
    assert limiter.wait("b") == 0
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 61)
    assert limiter.wait("a") == 0
    crowd = [limiter.wait(f"address {i}") for i in range(25)]
    assert sum(wait > 0 for wait in crowd) > 0


def test_an_old_session_is_sent_to_the_door(desk: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = desk.client("ann")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + persons.IDLE_SECONDS + 1)
    assert ann.get("/study/1/given").status_code == 401
    assert ann.get("/study/1").headers["location"] == "/in"


@settings(max_examples=60, deadline=None)
@given(
    body=st.dictionaries(
        st.sampled_from(["ticket", "token", "label", "seconds", "note", "held", "name", "overlap"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=40),
    ),
    path=st.sampled_from(
        [
            "/study/1/answer",
            "/study/1/skip",
            "/study/1/settings",
            "/study/1/people",
            "/people/1",
            "/in",
        ]
    ),
)
def test_no_body_breaks_it(
    body: dict[str, object], path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Studies(tmp_path_factory.mktemp("fuzz") / "s.db") as studies:
        studies.make("t", Settings(("a", "b"), (2,)))
        opened = Opened(studies, make_app(studies, frozenset({HOST})))
        reply = opened.client("olga", "owner").post(path, body)
        assert reply.status_code < 500


def test_addresses() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert addresses("::1", 81) == ["[::1]:81", "localhost:81"]
    assert addresses("192.0.2.7", 80) == ["192.0.2.7"]
    with pytest.raises(InputError, match="IP address"):
        bind("nowhere", None)
    listener = bind("127.0.0.1", None)
    assert listener.proto == socket.IPPROTO_TCP  # else asyncio leaves Nagle's algorithm on
    listener.listen()
    with pytest.raises(InputError, match="another --port"):
        bind("127.0.0.1", listener.getsockname()[1])
    listener.close()


def test_the_cookie_alone_does_nothing(desk: Opened) -> None:
    """Every web server of a machine gets the cookies of all the others: ports do not count."""
    ann = desk.client("ann")
    (item,) = ann.next(1)
    other = Client(desk.app)
    other.cookies.update(dict(ann.cookies))
    for key in ("", "x" * 43, ann.key[:-1]):
        other.key = key
        for path in ("/study/1/next?wanted=10", "/study/1/given"):
            assert other.get(path).status_code == 401
        assert other.answer(1, item["ticket"], 1).status_code == 401
        assert other.post("/out", {}).status_code == 401
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_leases") == (1,)
    assert ann.answer(1, item["ticket"], 1).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_others_get_nothing(desk: Opened, site: str) -> None:
    """Another port of this machine is the same site, and no less another's."""
    ann = desk.client("ann")
    (item,) = ann.next(1)
    for path in ("/study/1/next?wanted=10", item["pictures"][0], "/static/answer.js"):
        headers = {"sec-fetch-site": site, "sec-fetch-dest": "image"}
        assert ann.get(path, headers=headers).status_code == 403
    link = {"sec-fetch-site": site, "sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}
    assert ann.get("/in", headers=link).status_code == 200
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_leases") == (1,)


def test_a_page_of_another_store_or_person_changes_nothing(desk: Opened) -> None:
    ann, ben = desk.client("ann"), desk.client("ben")
    (item,) = ann.next(1)
    for who, name, value, status in (
        (ann, "x-preceptor-store", "another", 421),
        (ben, "x-preceptor-person", "1", 401),
    ):
        body = {"ticket": item["ticket"], "token": "t" * 32, "label": 1, "seconds": 1.0}
        assert who.post("/study/1/answer", body, headers={name: value}).status_code == status
    with desk.studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_answers") == (0,)


def test_a_store_is_known_wherever_its_file_lies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Studies(tmp_path / name / "study.db").close()
    names = []
    for name in ("a", "b"):
        with Studies(tmp_path / name / "study.db") as studies:
            names.append(identity(studies.database))
    (tmp_path / "a/study.db").rename(tmp_path / "moved.db")
    with Studies(tmp_path / "moved.db") as studies:
        assert identity(studies.database) == names[0]
    assert names[0] != names[1]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://desk.example.org", "https://desk.example.org"),
        ("https://Desk.Example.org:443/", "https://desk.example.org"),
        ("http://192.0.2.7:8420", "http://192.0.2.7:8420"),
        ("http://[2001:db8::7]:80", "http://[2001:db8::7]"),
    ],
)
def test_where_people_reach_it(url: str, found: str) -> None:
    assert origin(url) == found


@pytest.mark.parametrize(
    "url",
    ["desk.example.org", "https://", "ftp://x", "https://x/desk", "https://a@x", "http://x:y", ""],
)
def test_no_url_is_refused_in_words(url: str) -> None:
    with pytest.raises(InputError, match="expected where people reach the desk"):
        origin(url)


def test_every_address_of_this_machine() -> None:
    places = addresses("0.0.0.0", 81)
    assert {"127.0.0.1:81", "localhost:81"} <= set(places)
    assert places[-1] == "localhost:81"
    assert set(places) <= set(addresses("::", 81))
