"""``preceptor search`` as a user runs it."""

import json
from pathlib import Path

import pytest
from test_cli_audit import STUDENT, preceptor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli-search")
    (made / "student.py").write_text(STUDENT)
    return made


WORDS = ("search", "--student", "student.py:net", "--data", "digits", "--budget", "60")


def test_the_whole_search_twice(folder: Path) -> None:
    first = preceptor(folder, *WORDS, "--json")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["questions"] == 60
    assert said["distinct_witnesses"] > 0
    assert (folder / said["report"]).read_text().startswith("<!doctype html>")
    kept = json.loads((folder / "search/search.json").read_text())
    assert kept["schema"] == "preceptor-search/1"
    again = preceptor(folder, *WORDS, "--fail-if-found")
    assert again.returncode == 1
    assert "is not strongly robust" in again.stdout.replace("\n", " ")
    assert json.loads((folder / "search/search.json").read_text())["digest"] == kept["digest"]


def test_mistakes_end_in_one_line(folder: Path) -> None:
    gradients = preceptor(folder, *WORDS, "--teacher-gradients")
    assert gradients.returncode == 2
    assert "offers no beliefs" in gradients.stderr
    nobody = preceptor(folder, *WORDS, "--around", "nobody")
    assert nobody.returncode == 2
    assert "no item with id 'nobody'" in nobody.stderr


def test_people_who_have_not_answered_yet_say_nothing_of_the_student(folder: Path) -> None:
    words = ("--teacher", "human:later", "--out", "later", "--estimate", "2")
    done = preceptor(folder, *WORDS, *words)
    assert done.returncode == 3, done.stderr
    said = " ".join(done.stdout.split())
    assert "Unanswered: human:later has answered none of" in said
    assert "robust" not in said
    assert "0%" not in said
    assert "was certain of no input" not in said


NETWORK = """
import torch
from preceptor.problems import DigitNet

def net():
    torch.manual_seed(0)
    return DigitNet().eval()
"""


def test_a_panel_of_networks_offers_its_gradients(folder: Path) -> None:
    (folder / "network.py").write_text(NETWORK)
    words = ("search", "--student", "network.py:net", "--data", "mnist", "--items", "60")
    more = ("--budget", "150", "--out", "leaning", "--json", "--teacher-gradients")
    done = preceptor(folder, *words, *more)
    assert done.returncode == 0, done.stderr
    kept = json.loads((folder / "leaning/search.json").read_text())
    assert kept["beliefs"]["used"]
    assert kept["beliefs"]["inputs"] > 0
    own = [one for one in kept["generators"] if one["name"] == "teacher gradient"]
    assert "more than its answers" in own[0]["says"]
    assert "teacher gradient" in (folder / "leaning/search.html").read_text()
