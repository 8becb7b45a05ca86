"""``preceptor search`` as a user runs it."""

import json
import re
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


def test_witnesses_that_are_rows_are_printed_as_people_write_them(tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text(
        "import numpy as np\n\ndef net(rows):\n    return (rows['income'] > 500).to_numpy().astype(int)\n"
    )
    (tmp_path / "rule.py").write_text(
        "def law(rows):\n    return [int(i > 30000) for i in rows['income']]\n"
    )
    (tmp_path / "views.py").write_text(
        "def card(row):\n    return {'earns': row['income'], 'lives': row['home']}\n"
    )
    lines = [f"{500 + 1800 * k},{'own' if k % 2 else 'rent'}" for k in range(40)]
    (tmp_path / "rows.csv").write_text("income,home\n" + "\n".join(lines) + "\n")
    given = ["search", "--student", "student.py:net", "--data", "rows.csv", "--teacher"]
    given += ["rule.py:law", "--classes", "0,1", "--budget", "60"]
    found = preceptor(tmp_path, *given, "--out", "one")
    assert re.search(r"- teacher 0, student 1: .*(income|home) [\w,]+", found.stdout)
    shown = preceptor(tmp_path, *given, "--out", "two", "--show", "views.py:card")
    assert re.search(r"- teacher 0, student 1: .*(earns|lives) [\w,]+", shown.stdout)
    assert "<dt>earns</dt>" in (tmp_path / "two" / "search.html").read_text()
