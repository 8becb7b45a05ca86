"""``preceptor study``: settings, known items, export and import, from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor
from typer.testing import CliRunner

from preceptor.cli.study_people import app
from preceptor.core import InputError
from preceptor.people import Settings, Studies


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    with Studies(tmp_path / "l.db") as studies:
        studies.make("t", Settings(("a", "b"), (1, 2, 2)))
    return str(tmp_path / "l.db")


def run(*words: str) -> str:
    """What a command prints; its error is raised."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def settings(ledger: str, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("settings", ledger, *words, "--json"))
    return found


def test_settings_are_shown_changed_and_attributed(ledger: str, tmp_path: Path) -> None:
    text = tmp_path / "told.txt"
    text.write_text("Look closely.")
    words = ("--overlap", "5", "--again", "0.1", "--known", "0.2", "--keys", "qw")
    found = settings(ledger, *words, "--instructions", f"@{text}", "--as", "ann")
    assert [found[name] for name in ("overlap", "again", "known", "keys", "instructions")] == [
        *(5, 0.1, 0.2, ["q", "w"], "Look closely.")
    ]
    assert found["rule"] == {"rule": "votes", "least": 5, "share": 2 / 3, "abstentions": 1 / 3}
    history = found["history"]
    assert isinstance(history, list)
    assert [one["by"] for one in history] == [None, "ann"]
    assert settings(ledger)["history"] == history
    stricter = settings(ledger, "--rule", "unanimous:least=4", "--keys", "auto")
    assert (stricter["rule"], stricter["keys"]) == ({"rule": "unanimous", "least": 4}, [])
    assert "all say the same label" in run("settings", ledger)


@pytest.mark.parametrize(
    "words",
    [
        ("--overlap", "0"),
        ("--again", "0.9"),
        ("--keys", "q"),
        ("--keys", "qq"),
        ("--keys", "q "),
        ("--rule", "most"),
        ("--rule", "votes:least=x"),
        ("--rule", "votes:least=1.5"),
        ("--rule", "votes:share=1/0"),
        ("--rule", "votes:share=2"),
        ("--rule", "unanimous:share=1"),
        ("--rule", "votes:least=3"),
        ("--instructions", "@nowhere"),
        ("--study", "u"),
    ],
)
def test_wrong_settings_change_nothing(ledger: str, words: tuple[str, ...]) -> None:
    before = settings(ledger)
    with pytest.raises(InputError):
        run("settings", ledger, *words)
    assert settings(ledger) == before


def test_a_study_made_before_its_audit(tmp_path: Path) -> None:
    ledger = str(tmp_path / "new.db")
    assert "0, 1, 2" in run("make", ledger, "--study", "ann", "--data", "digits", "--empty")
    run("settings", ledger, "--overlap", "3")
    known = tmp_path / "known.npz"
    np.savez(known, inputs=np.zeros((2, 1, 8, 8), np.float32), labels=[3, -1])
    assert "2 known items" in run("known", ledger, str(known))
    listed = json.loads(run("list", ledger, "--json"))
    assert [(one["study"], one["questions"]) for one in listed] == [("ann", 0)]
    np.savez(known, inputs=np.zeros((2, 1, 8, 8), np.float32))
    with pytest.raises(InputError, match="labels"):
        run("known", ledger, str(known))


def test_export_and_import(ledger: str, tmp_path: Path) -> None:
    for name in ("t.csv", "t.jsonl", "t.json"):
        assert "written" in run("export", ledger, "--out", str(tmp_path / name))
    assert (tmp_path / "t.xml").is_file()
    other = str(tmp_path / "other.db")
    assert "taken: 0 answers" in run("import", other, str(tmp_path / "t.jsonl"))
    assert "taken: 0 answers" in run("import", other, str(tmp_path / "t.csv"))
    with pytest.raises(InputError, match="does not show its format"):
        run("export", ledger, "--out", str(tmp_path / "t.txt"))
    with pytest.raises(InputError, match="there is no ledger"):
        run("export", str(tmp_path / "no.db"), "--out", str(tmp_path / "t.csv"))


def test_refusals_end_with_2_and_say_why(ledger: str, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("input,person,label\nabc,ann,a\n")
    done = preceptor(tmp_path, "study", "import", ledger, str(file))
    assert done.returncode == 2
    assert "refused: 1" in done.stdout
    assert "line 2: the study has no question" in done.stderr
    file.write_text("nonsense")
    done = preceptor(tmp_path, "study", "import", ledger, str(file))
    assert (done.returncode, done.stdout) == (2, "")
