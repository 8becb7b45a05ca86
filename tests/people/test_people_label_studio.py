"""Label Studio's tasks: masks both ways, what it adds and what it may not change."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from people_desk import enroll, work

from preceptor.core import UNCERTAIN
from preceptor.people import Settings, Studies, Study, taught_items
from preceptor.people.exchange import read, write
from preceptor.people.exchange.exchange_rows import answers_of
from preceptor.people.exchange.taught_rows import LessonRow, lessons_of
from preceptor.people.persons import Person

MASK = np.tri(8, 9, dtype=bool)


def taught(studies: Studies) -> Study:
    """Answers and masks on 9 x 8 pictures, one mask withdrawn, one for every input."""
    settings = Settings(("a<b", "can't tell"), (1, 8, 9), again=0.0, known=0.0)
    study = studies.make("t", settings)
    studies.file("t", torch.rand(5, 1, 8, 9, generator=torch.manual_seed(0)), "x")
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda lease: lease.question % 3 - 1)
    with studies.database.write() as db:
        keys = [row[0] for row in db.all("SELECT input FROM desk_questions ORDER BY id")]
        bodies: list[dict[str, Any]] = [
            {"every": False, "input": key, "painted": how, "note": "=x"}
            for key in keys[:3]
            for how in ("matters", "ignored")
        ]
        for body in [*bodies, {"every": True}]:
            draft = taught_items.Draft(uuid4().hex, "mask", body, 2.5, {"mask": MASK})
            last = taught_items.give(db, study, ann, draft)
            if body is bodies[0]:
                taught_items.withdraw(db, study, Person(ann, "ann", "member"), last, uuid4().hex)
    return study


def lessons(studies: Studies) -> list[LessonRow]:
    with studies.database.read() as db:
        return lessons_of(db, studies.get("t").number)


def test_everything_taught_travels_as_json_lines(studies: Studies, tmp_path: Path) -> None:
    taught(studies)
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
        assert (receipt.lessons, receipt.refused) == (8, [])
        assert lessons(other) == lessons(studies)
        again = read(other, file, "jsonl")
        assert (again.lessons, again.answers, again.questions) == (0, 0, 0)
        write(other, "t", tmp_path / "again.jsonl", "jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()


def test_masks_travel_as_brush_annotations(studies: Studies, tmp_path: Path) -> None:
    study = taught(studies)
    file = tmp_path / "t.json"
    write(studies, "t", file, "label-studio")
    assert read(studies, file, "label-studio", name="t").present == 10
    with Studies(tmp_path / "other.db") as other:
        other.make("t", study.settings)
        other.file("t", torch.rand(5, 1, 8, 9, generator=torch.manual_seed(0)), "x")
        receipt = read(other, file, "label-studio", name="t")
        assert (receipt.answers, receipt.lessons, receipt.refused) == (5, 5, [])
        stand = [one for one in lessons(studies) if one.stands and not one.body["every"]]
        assert [one.content for one in lessons(other)] == [one.content for one in stand]
        for one in lessons(other):
            assert len(one.arrays) == len(stand[0].arrays)


def tasks(studies: Studies, tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    taught(studies)
    file = tmp_path / "t.json"
    write(studies, "t", file, "label-studio")
    return file, json.loads(file.read_text())


def test_the_configuration_names_every_choice(studies: Studies, tmp_path: Path) -> None:
    file, found = tasks(studies, tmp_path)
    view = ElementTree.fromstring(file.with_suffix(".xml").read_text())
    choices = [one.attrib["value"] for one in view.iter("Choice")]
    assert choices == ["a<b", "can't tell", "can't tell (no answer is right)"]
    controls = {one.attrib["name"] for one in view.iter() if "name" in one.attrib}
    for task in found:
        assert task["data"]["image"].startswith("data:image/png;base64,")
        for annotation in task["annotations"]:
            for one in annotation["result"]:
                assert {one["from_name"], one["to_name"]} <= controls
                if one["type"] == "choices":
                    assert one["value"]["choices"][0] in choices


def test_annotations_that_label_studio_made(studies: Studies, tmp_path: Path) -> None:
    file, found = tasks(studies, tmp_path)
    choice = {"type": "choices", "from_name": "label", "to_name": "image"}
    unsure = {**choice, "value": {"choices": ["can't tell (no answer is right)"]}}
    base = {"created_at": "2026-01-01T10:00:00.5Z", "lead_time": 4.2}
    found[0]["annotations"] = [
        {**base, "completed_by": 7, "result": [unsure]},
        {**base, "completed_by": {"id": 8, "email": "b@x.org"}, "result": [unsure]},
        {**base, "completed_by": 9, "result": [], "was_cancelled": True},
        {**base, "completed_by": 9, "result": [unsure, unsure]},
        {**base, "completed_by": 9, "result": [{**choice, "value": {"choices": ["c"]}}]},
        {**base, "result": [unsure]},
    ]
    del found[1]["data"]["preceptor_input"]
    file.write_text(json.dumps(found[:2]))
    receipt = read(studies, file, "label-studio", name="t")
    assert (receipt.answers, receipt.passed) == (2, 1)
    assert [where for where, _ in receipt.refused] == [
        *(f"task 1, annotation {place}" for place in (4, 5, 6)),
        "task 2",
    ]
    assert read(studies, file, "label-studio", name="t").answers == 0
    with studies.database.read() as db:
        last = answers_of(db, studies.get("t").number)[-2:]
    assert [(row.person, row.label, row.seconds) for row in last] == [
        ("Label Studio user 7", UNCERTAIN, 4.2),
        ("b@x.org", UNCERTAIN, 4.2),
    ]
    assert read(studies, file, "label-studio", name="t", person="cai").answers == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"original_width": 10}, "expected 8 x 9"),
        ({"original_height": 10**9}, "expected 8 x 9"),
        ({"value": {"format": "rle", "rle": [1], "brushlabels": ["matters"]}}, "ends before"),
        ({"value": {"format": "png"}}, "not 'rle'"),
        ({"value": {"format": "rle", "rle": [], "brushlabels": ["x"]}}, "brush's label"),
        ({"meta": {"preceptor": {"lesson": 5}}}, "were changed"),
    ],
)
def test_bad_masks_are_refused(
    studies: Studies, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    file, found = tasks(studies, tmp_path)
    region = next(
        one
        for annotation in found[0]["annotations"]
        for one in annotation["result"]
        if one["type"] == "brushlabels"
    )
    region.update(change)
    file.write_text(json.dumps(found))
    receipt = read(studies, file, "label-studio", name="t")
    assert [said in why for _, why in receipt.refused] == [True]


def test_a_choice_changed_there_is_refused(studies: Studies, tmp_path: Path) -> None:
    file, found = tasks(studies, tmp_path)
    found[0]["annotations"][0]["result"][0]["value"]["choices"] = ["can't tell"]
    file.write_text(json.dumps(found))
    receipt = read(studies, file, "label-studio", name="t")
    assert len(receipt.refused) == 1
    assert "never changed" in receipt.refused[0][1]


def asked(studies: Studies, tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """Three questions that nobody has answered, as tasks."""
    studies.make("t", Settings(("cat", "dog"), (1, 2, 2), again=0.0, known=0.0))
    studies.file("t", torch.rand(3, 1, 2, 2, generator=torch.manual_seed(0)), "x")
    file = tmp_path / "t.json"
    write(studies, "t", file, "label-studio")
    return file, json.loads(file.read_text())


def chosen(word: str, hour: int = 10, *, control: str = "label", **more: Any) -> dict[str, Any]:
    region = {"type": "choices", "from_name": control, "value": {"choices": [word]}}
    made = {"id": 1, "completed_by": 7, "created_at": "2026-01-01T10:00:00Z", "result": [region]}
    return {**made, "updated_at": f"2026-01-01T{hour}:00:00Z", **more}


def take(studies: Studies, file: Path, tasks: list[dict[str, Any]], **more: Any) -> Any:
    file.write_text(json.dumps(tasks))
    return read(studies, file, "label-studio", name="t", **more)


def said(studies: Studies) -> list[tuple[str, int | None, bool]]:
    with studies.database.read() as db:
        rows = answers_of(db, studies.get("t").number)
    return [(row.person, row.label, row.stands) for row in rows]


def test_a_corrected_annotation_stands_over_what_it_said_before(
    studies: Studies, tmp_path: Path
) -> None:
    file, found = asked(studies, tmp_path)
    found[0]["annotations"] = [chosen("cat")]
    assert take(studies, file, found).answers == 1
    found[0]["annotations"] = [chosen("dog", 12)]
    assert take(studies, file, found).answers == 1
    who = "Label Studio user 7"
    assert said(studies) == [(who, 0, False), (who, 1, True)]  # both are kept
    assert take(studies, file, found).present == 1
    found[0]["annotations"] = [chosen("dog", 13)]  # looked at again, and left as it was
    assert (take(studies, file, found).present, len(said(studies))) == (1, 2)
    found[0]["annotations"] = [chosen("cat")]  # an older export
    assert (take(studies, file, found).present, said(studies)[-1]) == (1, (who, 1, True))
    found[0]["annotations"] = [chosen("cat", 11)]  # a state that was never seen, and is no news
    ((_, why),) = take(studies, file, found).refused
    assert "corrected it since (dog, 2026-01-01T12:00" in why
    found[0]["annotations"] = [chosen("cat", 14)]
    assert take(studies, file, found).answers == 1
    assert said(studies) == [(who, 0, False), (who, 1, False), (who, 0, True)]


def test_the_latest_of_one_persons_annotations_stands_in_any_order(
    studies: Studies, tmp_path: Path
) -> None:
    file, found = asked(studies, tmp_path)
    late = {"id": 2, "created_at": "2026-01-01T11:00:00+01:00"}  # that is ten o'clock
    found[0]["annotations"] = [chosen("dog", 12, **late), chosen("cat")]
    assert take(studies, file, found).answers == 2
    assert [row[1:] for row in said(studies)] == [(0, False), (1, True)]


def test_the_same_number_on_another_server_is_not_taken_for_a_correction(
    studies: Studies, tmp_path: Path
) -> None:
    file, found = asked(studies, tmp_path)
    found[0]["annotations"] = [chosen("cat")]
    take(studies, file, found)
    found[0]["annotations"] = [chosen("dog", 12, created_at="2026-01-01T11:30:00Z")]
    ((_, why),) = take(studies, file, found).refused
    assert "--as NAME" in why
    assert "change that annotation in Label Studio" in why
    assert take(studies, file, found, person="bea").answers == 1
    assert said(studies) == [("Label Studio user 7", 0, True), ("bea", 1, True)]


def test_controls_that_are_not_ours_say_nothing(studies: Studies, tmp_path: Path) -> None:
    file, found = asked(studies, tmp_path)
    both = chosen("cat")
    both["result"].insert(0, chosen("dog", control="quality")["result"][0])
    found[0]["annotations"] = [both]
    found[1]["annotations"] = [chosen("dog", control="quality")]
    found[2]["annotations"] = [chosen("dog", control="choice")]  # Label Studio's own template
    receipt = take(studies, file, found)
    assert receipt.answers == 2
    ((where, why),) = receipt.refused
    assert where == "task 2, annotation 1"
    assert "the control 'quality', which is none of this study's ('label')" in why
    assert [row[1] for row in said(studies)] == [0, 1]


def test_a_bad_brush_does_not_take_the_answer_with_it(studies: Studies, tmp_path: Path) -> None:
    file, found = asked(studies, tmp_path)
    one = chosen("cat")
    one["result"].append({"type": "brushlabels", "from_name": "tumour", "value": {}})
    found[0]["annotations"] = [one]
    receipt = take(studies, file, found)
    assert receipt.answers == 1
    assert "the control 'tumour'" in receipt.refused[0][1]
