"""``preceptor paper`` as a user runs it: a first look, going on, saved numbers, and slips."""

import json
from pathlib import Path

import pytest
from test_cli_audit import preceptor

from preceptor.paper import CLAIMS

CHEAP = ("paper", "--claims", "copies-active, xor-prior", "--jobs", "1", "--out", "first")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("paper")
    done = preceptor(where, *CHEAP, "--json", "--remarks", "A quiet night.")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["verdicts"] == {"copies-active": "tie", "xor-prior": "tie"}
    assert told["scale"] == "quick"
    assert "A quiet night." in (where / told["report"]).read_text()
    return where


def test_it_goes_on_where_it_was(folder: Path) -> None:
    kept = {file: file.stat().st_mtime_ns for file in (folder / "first/runs").iterdir()}
    assert len(kept) == 6
    done = preceptor(folder, *CHEAP)
    assert {file: file.stat().st_mtime_ns for file in (folder / "first/runs").iterdir()} == kept
    assert "copies-active" in done.stdout
    assert "tie" in done.stdout
    assert "few seeds" in done.stderr


def test_the_page_of_saved_numbers(folder: Path) -> None:
    done = preceptor(folder, "paper", "--from", "first/paper.json", "--out", "second")
    assert done.returncode == 0, done.stderr
    assert [file.name for file in (folder / "second").iterdir()] == ["paper.html"]
    pages = [(folder / where / "paper.html").read_text() for where in ("first", "second")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--claims", "neddle"), "no claim 'neddle'; there are plane"),
        (("--jobs", "0"), "number of processes"),
        (("--from", "nowhere.json"), "nowhere.json is missing"),
        (("--from", "x.json", "--full"), "--from runs nothing"),
    ],
)
def test_slips_are_answered(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = preceptor(folder, "paper", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_names_every_claim(folder: Path) -> None:
    text = "".join(preceptor(folder, "paper", "--help").stdout.split())
    for claim in CLAIMS:
        assert claim.facts.name in text
    assert "reproducenotable" in text
