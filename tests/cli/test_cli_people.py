"""People and studies from the command line: who may come in, and nothing made by a run that failed."""

import json
import re
import sys
from pathlib import Path

import pytest
from commands import preceptor
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "people"))
import old_store

from preceptor.cli.study_people import app
from preceptor.core import InputError
from preceptor.people import Settings, Studies, access, persons

STUDENT = """
from preceptor.students import FunctionStudent

def labels(inputs):
    return (inputs.flatten(1).mean(1) * 9.99).long()

net = FunctionStudent(labels, name="mean", classes=10)
"""


def audit(folder: Path, *more: str, student: str = "model.py:net") -> tuple[int, str]:
    (folder / "model.py").write_text(STUDENT)
    done = preceptor(
        folder,
        *("audit", "--student", student, "--data", "digits", "--items", "2"),
        *("--attack", "noise:size=0.2", "--teacher", "human:team", "--ledger", "l.db", *more),
    )
    return done.returncode, done.stderr


def study(*words: str) -> str:
    """What ``preceptor study`` prints; its error is raised."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def studies_in(folder: Path) -> list[str]:
    if not (folder / "l.db").exists():
        return []
    with Studies(folder / "l.db") as studies:
        return [one.name for one in studies.all()]


def test_a_run_that_fails_and_a_dry_run_make_no_study(tmp_path: Path) -> None:
    code, said = audit(tmp_path, student="missing.py:net")
    assert (code, studies_in(tmp_path)) == (2, []), said
    code, said = audit(tmp_path, "--classes", "a,b")  # a mistake: the data have ten
    assert (code, studies_in(tmp_path)) == (2, []), said
    code, said = audit(tmp_path, "--dry-run")
    assert (code, studies_in(tmp_path)) == (0, []), said
    code, said = audit(tmp_path, "--budget", "0")
    assert (code, studies_in(tmp_path)) == (3, []), said
    code, said = audit(tmp_path)
    assert (code, studies_in(tmp_path)) == (3, ["team"]), said


def test_a_study_with_misspelt_labels_is_deleted_and_made_anew(tmp_path: Path) -> None:
    ledger = str(tmp_path / "l.db")
    make = ("make", ledger, "--study", "team", "--empty", "--data", "digits", "--classes")
    ten = "zero,one,two,three,four,five,six,seven,eight,nine"
    study(*make, ten.replace("nine", "nien"))
    with pytest.raises(InputError, match="another study"):
        study(*make, ten)
    assert "human:old" in study("rename", ledger, "old", "--study", "team")
    assert studies_in(tmp_path) == ["old"]
    study("delete", ledger, "--study", "old")
    study(*make, ten)
    assert studies_in(tmp_path) == ["team"]


def test_people_are_shown_and_shown_the_door(tmp_path: Path) -> None:
    with Studies(tmp_path / "l.db") as studies:
        for name in ("one", "two"):
            studies.make(name, Settings(("a", "b"), (2,)))
        with studies.database.write() as db:
            persons.enroll(db, "olga", "owner")
            ann = persons.enroll(db, "ann")
            access.join(db, 1, ann)
            entered = persons.sign_in(db, persons.invite(db, ann))
            persons.invite(db, ann)
    assert entered is not None

    def people(*words: str) -> list[str]:
        return study("people", str(tmp_path / "l.db"), *words).splitlines()

    assert people()[0] == "olga: owner, sees every study; 0 sessions, 0 unused links; 0 answers"
    assert people()[1].startswith("ann: member of one; 1 sessions (last used 20")
    assert people("--end", "ann")[0] == "ann: 1 sessions ended, 1 links cancelled"
    people("--join", "ann", "--study", "two")
    people("--leave", "ann", "--study", "one")
    assert "ann: member of two; 0 sessions, 0 unused links; 0 answers" in people()
    people("--owner", "ann")
    people("--member", "olga")
    people("--remove", "olga")
    found = json.loads("".join(people("--json")))
    assert [(one["name"], one["role"], one["removed"] is None) for one in found] == [
        ("olga", "member", False),
        ("ann", "owner", True),
    ]
    people("--restore", "olga")
    for words, said in (
        (("--remove", "ann"), "only owner"),
        (("--end", "ben"), "'olga', 'ann'"),
        (("--end", "ann", "--remove", "ann"), "one of them at a time"),
        (("--join", "olga"), "--study"),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            people(*words)


def test_an_older_store_is_shown_and_exported(tmp_path: Path) -> None:
    ledger = str(tmp_path / "l.db")
    old_store.make(ledger)
    shown = study("show", ledger, "--study", "trio")
    assert "3 answers count for nothing" in shown
    assert "eve, question 1, label number 9" in shown
    listed = study("people", ledger)
    assert "ann: member of trio*, other*" in listed
    assert "since before there was membership" in listed
    for name in ("t.csv", "t.jsonl", "t.json"):
        assert "written" in study(
            "export", ledger, "--study", "trio", "--out", str(tmp_path / name)
        )


def test_nothing_in_a_store_commands_the_terminal(tmp_path: Path) -> None:
    ledger = str(tmp_path / "l.db")
    old_store.make(ledger)
    for words in (("list", ledger), ("settings", ledger, "--study", "other")):
        said = study(*words)
        assert "\x1b" not in said
    assert r"x\x1b[31m" in said


def test_nothing_that_was_given_commands_the_terminal(tmp_path: Path) -> None:
    code, said = audit(tmp_path, student="x\x1b[31m.py:net")
    assert code == 2
    assert "\x1b" not in said
    assert r"x\x1b[31m.py" in said
    named = STUDENT.replace('name="mean"', 'name="m\\x1b[31mn"')
    (tmp_path / "evil.py").write_text(named)
    done = preceptor(
        tmp_path,
        *("audit", "--student", "evil.py:net", "--data", "digits", "--items", "2"),
        *("--attack", "noise:size=0.2"),
    )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
