"""Texts at the desk, as requests: who sees which, what is marked, what the tools say."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from desk_client import HOST, Client, Opened
from hypothesis import given
from hypothesis import strategies as st

from preceptor.core import InputError, TextDomain, Texts
from preceptor.desk import make_app
from preceptor.desk.shown_texts import excerpt, shown_text
from preceptor.people import Settings, Studies
from preceptor.people.practice import give_examples
from preceptor.transforms.texts.text_transform import free_words

EVIL = "</script><script>alert(1)</script>\u202e\u200b{{ 7 * 7 }} 1999"
ROWS = ("a good film of 1999", EVIL, "", "good \U0001f600 " * 3000)
FIELDS = ("premise", "hypothesis")


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[Opened]:
    with Studies(tmp_path / "s.db") as studies:
        domain = TextDomain(protected=(r"\d{4}",))
        plain: dict[str, Any] = {"again": 0.0, "known": 0.0}
        studies.make("reviews", replace(Settings.of(domain, ("bad", "good")), **plain))
        studies.file("reviews", Texts(ROWS), "x")
        pair = TextDomain(fields=FIELDS, fixed=("premise",))
        studies.make("nli", replace(Settings.of(pair, ("yes", "no")), **plain))
        studies.offer("nli", Texts((("Anna sings.", "Somebody sings."),), FIELDS))
        yield Opened(studies, make_app(studies, frozenset({HOST})))


def teachable(desk: Opened, ann: Client, text: str) -> int:
    """Answer a text, and find its number."""
    study = desk.studies.get("reviews")
    for item in ann.next(1, 9):
        ann.answer(1, item["ticket"], 1)
    return next(n for n in range(1, 5) if desk.studies.text(study, n) == (text,))


def give(ann: Client, study: int, tool: str, kind: str, body: dict[str, Any]) -> Any:
    sent = {"kind": kind, "body": body, "token": uuid4().hex, "seconds": 1.0}
    return ann.post(f"/study/{study}/teach/{tool}/give", sent)


def test_a_text_is_shown_to_whom_it_was_given(texts: Opened) -> None:
    ann, ben = texts.client("ann"), texts.client("ben")
    items = ann.next(1, 9)
    shown = [ann.get(item["text"]).json() for item in items]
    joined = {"".join(piece[0] for piece in one["parts"][0]["pieces"]) for one in shown}
    assert joined == set(ROWS)
    path = items[0]["text"]
    assert ben.get(path).status_code == 404
    assert ann.get(path.replace("/study/1/", "/study/2/")).status_code == 404
    assert Client(texts.app).get(path).status_code == 401
    assert ann.get(f"/study/1/picture/{items[0]['ticket']}/0.png").status_code == 404
    reply = ann.get(path)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_what_is_kept_and_what_nobody_sees_is_marked(texts: Opened) -> None:
    ann = texts.client("ann")
    found = [ann.get(item["text"]).json() for item in ann.next(1, 9)]
    (evil,) = [one for one in found if one["excerpt"].startswith("</script>")]
    pieces = evil["parts"][0]["pieces"]
    assert [(one[0], one[1], one[2]) for one in pieces if one[1]] == [
        ("\u202e", "RLO", True),
        ("\u200b", "ZWSP", False),
    ]
    assert [one[0] for one in pieces if one[3]] == ["1999"]
    assert "<RLO>" in evil["excerpt"]
    (empty,) = [one for one in found if one["excerpt"] == "(empty text)"]
    assert empty["parts"][0]["pieces"] == []
    (long,) = [one for one in found if one["parts"][0]["characters"] > 10_000]
    assert long["excerpt"].endswith("\u2026")
    assert len(long["excerpt"]) < 200


def test_how_a_text_was_read_comes_with_the_answer(texts: Opened) -> None:
    ann = texts.client("ann")
    (item,) = ann.next(1)
    seen = {"letters": 19, "width": 590, "marked": True}
    assert (
        ann.answer(
            1, item["ticket"], 1, viewing={"width": 1, "height": 1, "smooth": True}
        ).status_code
        == 400
    )
    assert ann.answer(1, item["ticket"], 1, viewing={**seen, "letters": 9000}).status_code == 400
    assert ann.answer(1, item["ticket"], 1, viewing=seen).status_code == 200
    with texts.studies.database.read() as db:
        assert db.all("SELECT viewing FROM desk_answers") == [("letters 19, lines 590, marked",)]


def test_only_what_one_has_answered_can_be_taught_on(texts: Opened) -> None:
    ann, ben = texts.client("ann"), texts.client("ben")
    question = teachable(texts, ann, ROWS[0])
    path = f"/study/1/teach/text/{question}"
    (part,) = ann.get(f"{path}?words=1").json()["parts"]
    assert [ROWS[0][a:b] for a, b in part["words"]] == ["a", "good", "film", "of", "1999"]
    assert ben.get(path).status_code == 404
    assert ann.get("/study/2/teach/text/5").status_code == 200
    for tool, body in (
        ("revise", {"changed": ["x"]}),
        ("alike", {"change": "typos", "range": 0.2}),
    ):
        reply = ben.post(f"/study/1/teach/{tool}/try", {"question": question, **body})
        assert reply.status_code == 404


def test_a_revision_is_told_as_it_is_made(texts: Opened) -> None:
    ann = texts.client("ann")
    question = teachable(texts, ann, ROWS[0])

    def tried(text: str) -> dict[str, Any]:
        body = {"question": question, "changed": [text]}
        found: dict[str, Any] = ann.post("/study/1/teach/revise/try", body).json()
        return found

    found = tried("a bad film of 1999")
    assert found["diff"] == [
        [["same", "a "], ["gone", "good"], ["new", "bad"], ["same", " film of 1999"]]
    ]
    assert (found["words"], found["characters"], found["problem"]) == (1, 3, "")
    more = tried("a bad play of 1999")
    assert more["bits"] > found["bits"] > 0
    assert "protected" in tried("a bad film of 2000")["problem"]
    assert "nothing is left" in tried(" ")["problem"]
    assert tried(ROWS[0])["problem"] == ""
    key = ann_key(texts, question)
    body = {"input": key, "before": 1, "after": 0, "changed": ["a bad film of 1999"]}
    assert give(ann, 1, "revise", "pair", body).status_code == 200
    page = ann.get("/study/1/teach").text
    assert "<del>good</del><ins>bad</ins>" in page
    assert "Revised from good to bad" in page
    refused = give(ann, 1, "revise", "pair", {**body, "changed": ["a bad film of 2000"]})
    assert (refused.status_code, "protected" in refused.json()["error"]) == (400, True)
    assert give(ann, 1, "words", "pair", body).status_code == 400


def ann_key(desk: Opened, question: int) -> str:
    with desk.studies.database.read() as db:
        return str(db.all("SELECT input FROM desk_questions WHERE id = :q", q=question)[0][0])


def test_a_fixed_part_stays(texts: Opened) -> None:
    ann = texts.client("ann")
    body = {"question": 5, "changed": ["Ben sings.", "Nobody sings."]}
    assert (
        ann.post("/study/2/teach/revise/try", body).json()["problem"]
        == "premise has to stay as it is"
    )
    body["changed"] = ["Anna sings.", "Nobody sings."]
    found = ann.post("/study/2/teach/revise/try", body).json()
    assert (found["problem"], found["diff"][0]) == ("", [["same", "Anna sings."]])
    assert ann.post("/study/2/teach/revise/try", {**body, "changed": ["x"]}).status_code == 400


def test_a_change_is_tried_and_declared_where_it_does_something(texts: Opened) -> None:
    ann = texts.client("ann")
    question = teachable(texts, ann, ROWS[0])
    keys = [ann_key(texts, n) for n in (1, 2, 3, 4)]

    def tried(**body: Any) -> Any:
        return ann.post("/study/1/teach/alike/try", {"question": question, **body})

    found = tried(change="typos", range=0.5).json()
    assert 1 <= len(found["tries"]) <= 4
    assert found["bits"] == pytest.approx(
        math.log2(10) + math.log2(100)
    )  # of nine changes or none, a share in hundredths
    assert found == tried(change="typos", range=0.5).json()
    assert all(any(kind != "same" for kind, _ in one[0]) for one in found["tries"])
    assert tried(change="names", range=1).json()["tries"] == []
    assert tried(change="typos", range=7).status_code == 400
    assert tried(change="words", range=0.5).status_code == 400
    alike = tried(change="words", range=1, groups=[["film", "movie"]]).json()
    assert alike["tries"] == [
        [[["same", "a good "], ["gone", "film"], ["new", "movie"], ["same", " of 1999"]]]
    ]
    assert alike["bits"] > found["bits"]
    confirmed = [{"input": key, "range": 0.5, "label": 1} for key in keys]
    body = {"change": "typos", "range": 0.5, "confirmed": confirmed[:3], "refused": []}
    reply = give(ann, 1, "alike", "invariance", body)  # the third is empty
    assert (reply.status_code, "nothing to change" in reply.json()["error"]) == (400, True)
    body["confirmed"] = [confirmed[0], confirmed[1], confirmed[3]]
    assert give(ann, 1, "alike", "invariance", body).status_code == 200
    said = "Typing errors up to 50 % of the words: the answer stays (3 examples)"
    assert said in ann.get("/study/1/teach").text


def test_a_text_of_ones_own(texts: Opened) -> None:
    ann = texts.client("ann")
    found = ann.post("/study/1/teach/compose/try", {"made": ["go\u200bod"]}).json()
    assert (found["signs"], found["characters"], found["problem"]) == (["ZWSP"], 5, "")
    assert give(ann, 1, "compose", "example", {"label": 0, "made": [EVIL]}).status_code == 200
    page = ann.get("/study/1/teach").text
    assert "<script>alert" not in page
    assert "Written as bad: &lt;/script&gt;" in page
    assert ann.post("/study/1/teach/compose/try", {"made": ["a", "b"]}).status_code == 400


def test_owners_read_texts_where_they_lead(texts: Opened) -> None:
    ann, olga = texts.client("ann"), texts.client("olga", "owner")
    teachable(texts, ann, ROWS[0])
    page = olga.get("/study/1/overview?show=all").text
    assert "a good film of 1999" in page
    assert "(empty text)" in page
    assert "<script>alert" not in page
    shown = {n: olga.get(f"/study/1/items/{n}").text for n in (1, 2, 3, 4)}
    (evil,) = [one for one in shown.values() if "7 * 7" in one]
    assert '<span class="sign turns " data-sign="RLO">' in evil
    assert "&lt;script&gt;alert(1)" in evil
    assert "<script>alert" not in evil
    assert sum("This text is empty" in one for one in shown.values()) == 1
    for form in ("csv", "jsonl", "label-studio"):
        assert olga.get(f"/study/1/export/{form}").status_code == 200


TEXT = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\u200b\u202e \u0301ab1\u4e00\r"), max_size=50
)


@given(TEXT, st.booleans())
def test_what_is_shown_is_the_text_and_its_words(text: str, words: bool) -> None:
    settings = Settings.of(TextDomain(protected=(r"\d+", "a.")), ("a", "b"))
    (part,) = shown_text((text,), settings, words=words)
    assert "".join(piece[0] for piece in part["pieces"]) == text
    assert part["characters"] == len(text)
    kept = set()
    at = 0
    for piece, *_, inside, word in part["pieces"]:
        if inside:
            kept |= set(range(at, at + len(piece)))
        if word >= 0:
            start, end = part["words"][word]
            assert start <= at < at + len(piece) <= end
        at += len(piece)
    spans = TextDomain(protected=(r"\d+", "a.")).spans(text)
    assert kept == {place for start, end in spans for place in range(start, end)}
    if words:
        assert part["words"] == [(one.start, one.end) for one in free_words(text)]
        covered = sum(len(piece[0]) for piece in part["pieces"] if piece[4] >= 0)
        assert covered == sum(end - start for start, end in part["words"])
    assert "\n" not in excerpt((text,))


def test_examples_of_texts_are_practised_on_too(texts: Opened) -> None:
    rows = [f"a {word} film, number {n} of 1999" for n in range(4) for word in ("bad", "good")]
    new = give_examples(texts.studies, "reviews", Texts((*rows, "</p><b>&")), [0, 1] * 4 + [-1])
    assert new == 9
    page = texts.client("ann").get("/study/1/practice").text
    assert "a bad film, number 0 of" in page
    assert "&lt;/p&gt;&lt;b&gt;&amp;" in page
    assert page.count("<details>") == 2
    with pytest.raises(InputError, match="give it away"):
        give_examples(texts.studies, "reviews", Texts(ROWS[:1]), [1])
