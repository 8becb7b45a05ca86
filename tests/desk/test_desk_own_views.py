"""What people see at the desk is what the user's own function shows, and each answer says which one that was."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from desk_client import HOST, Opened

from preceptor.core import Html, InputError, TextDomain, Texts
from preceptor.desk import OwnHook, make_app
from preceptor.desk.own_views import OwnViews
from preceptor.people import Human, Settings, Studies, persons
from preceptor.people.exchange import read, write
from preceptor.people.practice import give_examples

PLAIN: dict[str, Any] = {"again": 0.0, "known": 0.0}
ROWS = torch.tensor([[0.25, 0.5, 0.75], [0.5, 0.5, 0.5], [0.125, 0.5, 0.75]])


def card(row: np.ndarray) -> dict[str, float]:
    return {"income": float(row[0]) * 40000, "age": 33}


def fails_on_half(row: np.ndarray) -> str:
    if row[0] == 0.5:
        raise ValueError("no half")
    return f"income {row[0]}"


def framed(row: np.ndarray) -> Html:
    return Html(f"<script>alert(1)</script><b>{row[0]}</b>")


def drawn(row: np.ndarray) -> np.ndarray:
    return np.full((6, 9), int(row.ravel()[0] * 255), np.uint8)


def shout(text: str) -> str:
    return text.upper()


def opened(
    studies: Studies, *hooks: OwnHook, said: list[str] | None = None, owner: persons.Role = "owner"
) -> Any:
    views = OwnViews(hooks, (said if said is not None else []).append)
    views.try_first(studies)
    return Opened(studies, make_app(studies, frozenset({HOST}), views=views)).client("ann", owner)


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    with Studies(tmp_path / "s.db") as studies:
        studies.make("rows", Settings(("yes", "no"), (3,), names=("a", "b", "c"), **PLAIN))
        studies.file("rows", ROWS, "x")
        yield studies


def kept(studies: Studies) -> list[tuple[Any, ...]]:
    with studies.database.read() as db:
        return list(db.all("SELECT label, viewing FROM desk_answers ORDER BY id"))


def test_named_rows_and_the_version_is_kept_with_the_answer(rows: Studies) -> None:
    hook = OwnHook.of(card)
    ann = opened(rows, hook)
    one = next(item for item in ann.next(1, 3) if item["own"][0]["rows"][0][1] == "10,000")
    assert one["own"] == [{"rows": [["income", "10,000"], ["age", "33"]]}]
    assert one["version"] == hook.version
    assert ann.answer(1, one["ticket"], 0, viewing={"own": hook.version}).status_code == 200
    assert kept(rows) == [(0, f"own {hook.version}")]
    seen = Human(rows, rows.get("rows")).viewing
    assert seen["own"] == {hook.version: 1}
    assert f"version {hook.version}: 1 answers" in seen["sentence"]


def test_another_function_is_another_version() -> None:
    assert OwnHook.of(card).version != OwnHook.of(drawn).version


@pytest.mark.parametrize("own", ["", "x" * 12, "AB" * 8, 7, None])
def test_no_version_is_no_answer(rows: Studies, own: object) -> None:
    ann = opened(rows, OwnHook.of(card))
    ticket = ann.next(1)[0]["ticket"]
    assert ann.answer(1, ticket, 0, viewing={"own": own}).status_code == 400
    assert kept(rows) == []


def test_one_input_that_fails_is_shown_plainly_with_the_finding(rows: Studies) -> None:
    said: list[str] = []
    ann = opened(rows, OwnHook.of(fails_on_half), said=said)
    items = ann.next(1, 3)
    plain = next(item for item in items if "own" not in item)
    assert "ValueError: no half" in plain["finding"]
    assert [cell["name"] for cell in plain["features"]] == ["a", "b", "c"]
    assert len(said) == 1
    assert "shown plainly" in said[0]
    for item in items:  # an answer is kept for each of them
        assert ann.answer(1, item["ticket"], 1).status_code == 200
    page = ann.get("/study/1/overview?show=all").text
    assert "Shown plainly, since --show failed: ValueError: no half" in page
    assert "income 0.25" in page
    assert "ValueError: no half" in ann.get("/study/1/items/2").text


def test_a_function_that_fails_on_the_first_is_told_before_anybody_is_asked(rows: Studies) -> None:
    def wrong(row: np.ndarray) -> int:
        return 3

    with pytest.raises(InputError, match="first question of the study 'rows'"):
        opened(rows, OwnHook(wrong, "0" * 16))


def test_each_study_has_its_own_and_an_unknown_one_is_refused(rows: Studies) -> None:
    rows.make("more", Settings(("yes", "no"), (3,), **PLAIN))
    rows.file("more", ROWS, "x")
    ann = opened(rows, OwnHook.of(card, "more"))
    assert "features" in ann.next(1)[0]
    assert "rows" in ann.next(2)[0]["own"][0]
    with pytest.raises(InputError, match="no study 'les'"):
        opened(rows, OwnHook.of(card, "les"))
    with pytest.raises(InputError, match="same study"):
        opened(rows, OwnHook.of(card), OwnHook.of(drawn))


def test_html_comes_in_a_frame_under_a_policy_of_its_own(rows: Studies) -> None:
    ann = opened(rows, OwnHook.of(framed))
    path = ann.next(1)[0]["own"][0]["frame"]
    reply = ann.get(path)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "script" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "<b>0." in reply.text
    eve = Opened(rows, ann.app).client("eve")
    assert eve.get(path).status_code == 404  # it was not given to her


def test_a_picture_is_sent_as_one_and_a_pair_has_two(tmp_path: Path) -> None:
    with Studies(tmp_path / "s.db") as studies:
        studies.make("pairs", Settings(("same", "other"), (2, 1, 4, 4), **PLAIN))
        studies.file("pairs", torch.rand(2, 2, 1, 4, 4), "x")
        hook = OwnHook.of(drawn)
        ann = opened(studies, hook)
        one = ann.next(1)[0]
        for part in one["own"]:
            reply = ann.get(part["picture"])
            assert reply.content.startswith(b"\x89PNG")
        assert len(one["own"]) == 2
        assert ann.get(one["own"][0]["picture"][:-1] + "2").status_code == 404
        seen = {"own": hook.version, "width": 90, "height": 60, "smooth": False}
        ann.answer(1, one["ticket"], 0, viewing=seen)
        assert kept(studies) == [(0, f"own {hook.version}, 90x60 pixels")]


def test_texts_are_given_as_strings_and_answers_travel(tmp_path: Path) -> None:
    with Studies(tmp_path / "s.db") as studies, Studies(tmp_path / "t.db") as others:
        for one in (studies, others):
            one.make("texts", replace(Settings.of(TextDomain(), ("bad", "good")), **PLAIN))
        studies.file("texts", Texts(("a film",)), "x")
        hook = OwnHook.of(shout)
        ann = opened(studies, hook)
        item = ann.next(1)[0]
        assert item["own"][0]["text"][0]["pieces"] == [["A FILM", "", False, False, -1]]
        seen = {"own": hook.version, "letters": 19, "width": 590, "marked": True}
        assert ann.answer(1, item["ticket"], 1, viewing=seen).status_code == 200
        write(studies, "texts", tmp_path / "x.jsonl", "jsonl")
        read(others, tmp_path / "x.jsonl", "jsonl")
        assert kept(others) == kept(studies)
        assert kept(others)[0][1].startswith(f"own {hook.version}, letters 19")


def test_examples_to_practise_on_are_shown_so_too(rows: Studies) -> None:
    give_examples(rows, "rows", torch.tensor([[0.75, 0.25, 0.5], [0.875, 0.5, 0.5]]), [0, 1])
    page = opened(rows, OwnHook.of(card)).get("/study/1/practice").text
    assert '<th scope="row">income</th><td>30,000</td>' in page
    ann = opened(rows, OwnHook.of(framed))
    (path, *_) = re.findall(
        r'src="(/study/1/practice/\d+/own/0)"', ann.get("/study/1/practice").text
    )
    assert "<b>0." in ann.get(path).text
    assert ann.get(path.replace("practice", "items")).status_code == 200
    assert ann.get("/study/1/practice/1/own/0").status_code == 404  # a question is no example


def test_a_shown_text_is_escaped_in_pages(rows: Studies) -> None:
    ann = opened(rows, OwnHook.of(lambda row: "<script>x</script>"))
    page = ann.get("/study/1/items/1").text
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page
