"""Studies of texts to files and back: everything, tables, and Label Studio's choices and stretches."""

import copy
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_desk import enroll, work

from preceptor.core import InputError, TextDomain, Texts
from preceptor.ledger import input_keys
from preceptor.people import Settings, Studies, Study, answering, assign, taught_items
from preceptor.people.exchange import read, write
from preceptor.people.exchange.exchange_rows import answers_of
from preceptor.people.exchange.taught_rows import lessons_of
from preceptor.people.exchange.word_spans import place_in
from preceptor.people.text_viewing import TextViewing

CLASSES = ("bad", "good")
ROWS = (
    "=1+1 a good film",
    'a "quoted", \r\nbroken line',
    "",
    "\U0001f600 e\u0301 \u202e good \U0001f44d end",
)
FIELDS = ("claim", "label")
PAIRS = (("\u05d8\u05d5\u05d1", "x"), ("p", "\U0001f600 y z"))


def plain(domain: TextDomain) -> Settings:
    return replace(Settings.of(domain, CLASSES), again=0.0, known=0.0)


def filled(studies: Studies, *, parts: bool = False) -> Study:
    """Answered by ann with how she read, one text known, words marked on the last."""
    domain = (
        TextDomain(fields=FIELDS, fixed=("claim",)) if parts else TextDomain(protected=("good",))
    )
    texts = Texts(PAIRS, FIELDS) if parts else Texts(ROWS)
    study = studies.make("t", plain(domain))
    studies.file("t", texts, "audit")
    studies.know("t", texts[:1], [1])
    (ann,) = enroll(studies, "ann")
    with studies.database.write() as db:
        for lease in assign.take(db, study, ann, 9, []):
            seen = TextViewing(19, 590, True)
            reply = answering.Reply(
                lease.ticket, uuid4().hex, lease.question % 2, 2.0, "", None, seen
            )
            answering.answer(db, study, ann, reply)
    key = input_keys(texts)[-1]
    spans = [[0, 0, 1], [1, 2, 3]] if parts else [[0, 7, 11], [0, 12, 13]]
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("words", {"input": key, "spans": spans, "note": "=x"}),
        (
            "pair",
            {
                "input": key,
                "before": 1,
                "after": 0,
                "changed": [*list(texts.parts[-1][:-1]), "bad 😀 good"],
            },
        ),
    ]
    for kind, body in bodies:
        with studies.database.write() as db:
            taught_items.give(db, study, ann, taught_items.Draft(uuid4().hex, kind, body, 2.5))
    return study


def said(studies: Studies) -> list[Any]:
    study = studies.get("t")
    with studies.database.read() as db:
        return [answers_of(db, study.number), lessons_of(db, study.number)]


@pytest.mark.parametrize("parts", [False, True])
def test_json_lines_make_the_same_study_elsewhere(
    studies: Studies, tmp_path: Path, parts: bool
) -> None:
    study = filled(studies, parts=parts)
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
        assert receipt.refused == []
        assert said(other) == said(studies)
        there = other.get("t")
        assert there.settings == study.settings
        rows = PAIRS if parts else [(one,) for one in ROWS]
        assert [other.text(there, n + 1) for n in range(len(rows))] == list(rows)
        again = read(other, file, "jsonl")
        assert (again.questions, again.answers, again.lessons) == (0, 0, 0)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"text": "another"}, "do not give its digest"),
        ({"text": 7}, "expected a string"),
        ({"text": "\ud800"}, "half a character"),
        ({"text": None, "values": "AAAA"}, "expected a string"),
    ],
)
def test_a_text_that_was_changed_in_the_file_is_refused(
    studies: Studies, tmp_path: Path, edit: dict[str, Any], why: str
) -> None:
    filled(studies)
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    lines[1] = {**lines[1], **edit}
    file.write_text("\n".join(json.dumps(line) for line in lines))
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
        assert why in receipt.refused[0][1]
        assert receipt.questions == len(ROWS) - 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "expected what TextDomain.describe"),
        (
            '{"kind": "texts", "fields": [], "fixed": [], "protected": ["("], "empty": true}',
            "no regular expression",
        ),
        (
            '{"kind": "texts", "fields": ["\x1b[31m"], "fixed": [], "protected": [], "empty": true}',
            "terminal",
        ),
        (
            '{"kind": "texts", "fields": [], "fixed": [], "protected": [], "empty": 1}',
            "empty is true",
        ),
    ],
)
def test_settings_that_describe_no_texts_are_refused(
    studies: Studies, tmp_path: Path, text: str, why: str
) -> None:
    head = {"record": "study", "format": "preceptor study 1", "name": "t"}
    body = {**plain(TextDomain()).describe(), "text": text.replace("\x1b", "\\u001b")}
    file = tmp_path / "t.jsonl"
    file.write_text(json.dumps({**head, "settings": body}))
    with pytest.raises(InputError, match=why):
        read(studies, file, "jsonl")


@pytest.mark.parametrize("parts", [False, True])
def test_a_table_has_the_texts_and_finds_questions_by_them(
    studies: Studies, tmp_path: Path, parts: bool
) -> None:
    filled(studies, parts=parts)
    file = tmp_path / "t.csv"
    write(studies, "t", file, "csv")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    names = ["claim", "text label"] if parts else ["text"]
    assert {tuple(row[name].removeprefix("'") for name in names) for row in rows} == set(
        PAIRS if parts else [(one,) for one in ROWS]
    )
    mine = tmp_path / "mine.csv"
    with mine.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, [*names, "person", "label"])
        table.writeheader()
        for row in rows:
            table.writerow(
                {**{name: row[name] for name in names}, "person": "ben", "label": "good"}
            )
    receipt = read(studies, mine, "csv", name="t")
    assert (receipt.answers, receipt.refused) == (len(rows), [])
    assert read(studies, mine, "csv", name="t").answers == 0
    (tmp_path / "odd.csv").write_text("person,label\nben,good\n")
    with pytest.raises(InputError, match=f"missing: {names[0]}"):
        read(studies, tmp_path / "odd.csv", "csv", name="t")


def test_long_texts_travel_in_tables(studies: Studies, tmp_path: Path) -> None:
    study = studies.make("t", plain(TextDomain()))
    studies.file("t", Texts(("y" * 200_000,)), "x")
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda _: 1)
    write(studies, "t", tmp_path / "t.csv", "csv")
    assert read(studies, tmp_path / "t.csv", "csv", name="t").present == 1
    assert csv.field_size_limit() == 131072


@pytest.mark.parametrize("parts", [False, True])
def test_label_studio_shows_texts_and_marks_words(
    studies: Studies, tmp_path: Path, parts: bool
) -> None:
    filled(studies, parts=parts)
    tasks, configuration = write(studies, "t", tmp_path / "t.json", "label-studio")
    tree = ElementTree.fromstring(configuration.read_text())
    shown = {one.get("name"): one.get("value") for one in tree.iter("Text")}
    assert shown == ({"text": "$text", "text2": "$text2"} if parts else {"text": "$text"})
    assert [one.get("toName") for one in tree.iter("Labels")] == list(shown)
    found = json.loads(tasks.read_text())
    assert [task["data"]["text"] for task in found] == [
        row[0] if parts else row for row in (PAIRS if parts else ROWS)
    ]
    (marked,) = [
        annotation
        for task in found
        for annotation in task["annotations"]
        if annotation["result"][0]["type"] == "labels"
    ]
    words = [one["value"]["text"] for one in marked["result"]]
    assert words == (["p", "y"] if parts else ["good", "\U0001f44d"])
    receipt = read(studies, tasks, "label-studio", name="t")
    assert (receipt.answers, receipt.lessons, receipt.refused) == (0, 0, [])
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    with Studies(tmp_path / "other.db") as other:
        lines = [line for line in file.read_text().split("\n") if '"record": "lesson"' not in line]
        bare = tmp_path / "bare.jsonl"
        bare.write_text("\n".join(lines))
        read(other, bare, "jsonl")
        receipt = read(other, tasks, "label-studio", name="t")
        assert (receipt.lessons, receipt.refused) == (1, [])
        assert said(other)[1] == [one for one in said(studies)[1] if one.kind == "words"]


def annotated(text: str, *regions: dict[str, Any], choice: str = "good") -> dict[str, Any]:
    """A task as Label Studio exports it, made there by hand: it knows no digest of ours."""
    result = [
        {
            "type": "choices",
            "from_name": "choice",
            "to_name": "text",
            "value": {"choices": [choice]},
        },
        *(
            {
                "type": "labels",
                "from_name": "words",
                "to_name": "text",
                "value": {"labels": ["matters"], **one},
            }
            for one in regions
        ),
    ]
    body = {
        "id": 3,
        "completed_by": {"email": "ben@x"},
        "created_at": "2026-01-02T03:04:05Z",
        "lead_time": 7.5,
    }
    return {
        "data": {"text": text},
        "annotations": [{**body, "was_cancelled": False, "result": result}],
    }


def test_what_was_annotated_elsewhere_finds_its_text(studies: Studies, tmp_path: Path) -> None:
    study = studies.make("t", plain(TextDomain()))
    studies.file("t", Texts(ROWS), "audit")
    last = ROWS[-1]
    units = len(last[: last.index("good")].encode("utf-16-le")) // 2
    regions = [
        {"start": units, "end": units + 4, "text": "good"},
        {"start": 7, "end": 11, "text": "good"},
    ]
    assert units == 8
    file = tmp_path / "ls.json"
    file.write_text(
        json.dumps([annotated(last, *regions), annotated(ROWS[0]), annotated("unknown")])
    )
    receipt = read(studies, file, "label-studio", name="t")
    assert (receipt.answers, receipt.lessons) == (2, 1)
    assert [why for _, why in receipt.refused if "file it first" in why]
    with studies.database.read() as db:
        (words,) = taught_items.standing(db, study.number, "words")
        (answer, _) = answers_of(db, study.number)
    assert words.body["spans"] == [[0, 7, 11]]
    assert (words.by, words.seconds, answer.person) == ("ben@x", 7.5, "ben@x")
    again = read(studies, file, "label-studio", name="t")
    assert (again.answers, again.lessons) == (0, 0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda task: task["data"].update(text="another"), "not the one of its question"),
        (
            lambda task: task["annotations"][0]["result"][1]["value"].update(text="evil"),
            "nowhere in its text",
        ),
        (
            lambda task: task["annotations"][0]["result"][1]["value"].pop("text"),
            "may mean two places",
        ),
        (
            lambda task: task["annotations"][0]["result"][1]["value"].update(labels=["PER"]),
            "expected one of matters",
        ),
        (
            lambda task: task["annotations"][0]["result"][1].update(from_name="ner"),
            "with the control 'ner'",
        ),
        (
            lambda task: task["annotations"][0]["result"][1].update(to_name="text9"),
            "no text of this study",
        ),
        (
            lambda task: task["annotations"][0]["result"][1]["value"].update(start="7"),
            "whole numbers",
        ),
    ],
)
def test_a_stretch_that_is_not_sure_is_refused_and_the_answer_is_not(
    studies: Studies, tmp_path: Path, change: Any, why: str
) -> None:
    studies.make("t", plain(TextDomain()))
    studies.file("t", Texts(ROWS), "audit")
    task = annotated(ROWS[-1], {"start": 7, "end": 11, "text": "good"})
    task["data"]["preceptor_input"] = input_keys(Texts(ROWS))[-1]
    change(task)
    file = tmp_path / "ls.json"
    file.write_text(json.dumps([copy.deepcopy(task)]))
    receipt = read(studies, file, "label-studio", name="t")
    assert (receipt.answers, receipt.lessons, len(receipt.refused)) == (1, 0, 1)
    assert why in receipt.refused[0][1]


TEXT = st.text(
    st.sampled_from("ab \U0001f600\U0001f468\u200de\u0301\u05d0\u05d1\u202e\r\n")
    | st.characters(codec="utf-8"),
    min_size=1,
    max_size=30,
)


@given(TEXT, st.data())
def test_places_are_found_however_they_are_counted(text: str, data: Any) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = text[start:end]
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (start, end)]
    assert place_in(text, {"start": start, "end": end, "text": words}, ours=True) == (start, end)
    for first, last in ((start, end), units):
        try:
            found = place_in(text, {"start": first, "end": last, "text": words})
        except InputError:  # both ways of counting lead to the same words
            assert text[first:last] == words
            assert units != [start, end]
        else:
            assert text[found[0] : found[1]] == words
            assert found == (start, end) or text[first:last] == words


@given(TEXT, st.integers(-3, 40), st.integers(-3, 40))
def test_a_stretch_without_its_words_is_believed_only_where_it_means_one_place(
    text: str, start: int, end: int
) -> None:
    starts = [0]  # where each character begins, in UTF-16 units
    for sign in text:
        starts.append(starts[-1] + (2 if sign > "\uffff" else 1))
    meant = {(start, end)} if 0 <= start < end <= len(text) else set()
    if start in starts and end in starts and start < end:
        meant.add((starts.index(start), starts.index(end)))
    if len(meant) == 1:
        assert place_in(text, {"start": start, "end": end}) == meant.pop()
        return
    with pytest.raises(InputError):
        place_in(text, {"start": start, "end": end})
