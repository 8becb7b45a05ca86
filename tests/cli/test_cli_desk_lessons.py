"""``preceptor teach --strategy desk``: a student learns from what people drew."""

import json
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from commands import preceptor

from preceptor.ledger import input_keys
from preceptor.people import Settings, Studies, offering, persons, taught_items
from preceptor.people.taught_items import Draft
from preceptor.problems import two_rules

STUDENT = """
import torch

def empty():
    torch.manual_seed(0)
    layers = torch.nn.Linear(75, 48), torch.nn.ReLU(), torch.nn.Linear(48, 2)
    return torch.nn.Sequential(torch.nn.Flatten(), *layers)
"""
QUICK = ("--steps", "150", "--rounds", "1", "--items", "60", "--attack", "noise:size=0.1,tries=2")
CORNERS = np.zeros((5, 5), bool)
CORNERS[np.ix_([0, 4], [0, 4])] = True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger with a study named ``drawn`` about the problem's inputs; nothing is taught yet."""
    (tmp_path / "student.py").write_text(STUDENT)
    problem = two_rules()
    with Studies(tmp_path / "preceptor.db") as studies:
        studies.make("drawn", Settings.of(problem.source.domain, problem.classes))
    return tmp_path


def teach(folder: Path, *words: str) -> tuple[int, str, str]:
    command = ["teach", "--student", "student.py:empty", "--data", "two-rules", *words]
    done = preceptor(folder, *command)
    return done.returncode, done.stdout, done.stderr


def draw(folder: Path, kind: str, body: dict[str, object], **arrays: np.ndarray) -> None:
    with Studies(folder / "preceptor.db") as studies, studies.database.write() as db:
        ann = persons.enroll(db, "ann").number
        study = studies.get("drawn")
        taught_items.give(db, study, ann, Draft(uuid4().hex, kind, body, 7.0, arrays))


def keys_offered(folder: Path) -> list[str]:
    with Studies(folder / "preceptor.db") as studies, studies.database.read() as db:
        return [one.key for one in offering.offers(db, 1, person=1)]


def test_data_are_offered_to_teach_on_until_something_is_taught(folder: Path) -> None:
    code, _, told = teach(folder, "--strategy", "desk", "--study", "drawn", *QUICK)
    assert code == 3
    assert "nothing was taught yet" in told
    assert "60 inputs of the data are offered" in told
    found = keys_offered(folder)
    assert len(found) == 60
    assert set(found) <= set(input_keys(two_rules().train_inputs))
    teach(folder, "--strategy", "desk", "--study", "drawn", *QUICK)
    assert keys_offered(folder) == found


def test_a_mask_drawn_by_a_person_helps(folder: Path) -> None:
    draw(folder, "mask", {"every": True}, mask=CORNERS)
    words = ("--strategy", "desk:way=view", "--study", "drawn", *QUICK, "--json")
    code, said, told = teach(folder, *words)
    assert code == 0, told
    answer = json.loads(said)
    assert answer["price"]["cost"] == 7.0
    assert answer["price"]["questions"] == 1
    assert answer["answer"][0].startswith("Teaching helped: least rate: +")


def test_every_lesson_is_learned_even_beyond_the_rounds(folder: Path) -> None:
    teach(folder, "--strategy", "desk", "--study", "drawn", *QUICK)
    found = keys_offered(folder)
    draw(folder, "mask", {"every": True}, mask=CORNERS)
    for key in found[:3]:
        draw(folder, "mask", {"input": key}, mask=CORNERS)
    tried = [{"input": key, "range": 0.1, "label": None} for key in found[:3]]
    draw(folder, "invariance", {"change": "brightness", "range": 0.1, "confirmed": tried})
    words = ("--strategy", "desk", "--study", "drawn", "--no-audit", *QUICK, "--json")
    code, said, told = teach(folder, *words)
    assert code == 0, told
    answer = json.loads(said)
    kinds = [one["lesson"] for one in answer["rounds"]]
    assert kinds == [None, "irrelevant features", "invariances", "masks"]
    assert answer["price"]["cost"] == 5 * 7.0
    code, said, _ = teach(folder, "--strategy", "desk:what=mask", *words[2:])
    assert [one["lesson"] for one in json.loads(said)["rounds"]] == [
        None,
        "irrelevant features",
        "masks",
    ]


def test_what_is_audited_is_not_learned_on(folder: Path) -> None:
    audited = two_rules().source.read(0, 3)
    with Studies(folder / "preceptor.db") as studies:
        studies.file("drawn", audited, "an audit")
    for key in input_keys(audited):
        draw(folder, "mask", {"input": key}, mask=CORNERS)
    words = ("--study", "drawn", "--no-audit", *QUICK)
    code, _, told = teach(folder, "--strategy", "desk", *words)
    assert code == 3
    assert "of the 3 things that were taught none can be learned from here" in told
    draw(folder, "mask", {"every": True}, mask=CORNERS)
    code, said, told = teach(folder, "--strategy", "desk + passive", *words, "--json")
    assert code == 0, told
    assert "3 of 4 things that were taught are about single inputs" in told
    assert json.loads(said)["price"]["cost"] == 7.0


def test_where_nobody_taught(folder: Path) -> None:
    code, _, told = teach(folder, "--strategy", "desk", *QUICK)
    assert code == 2
    assert "--study NAME" in told
    code, _, told = teach(folder, "--strategy", "desk", "--study", "other", *QUICK)
    assert code == 2
    assert "it holds 'drawn'" in told
