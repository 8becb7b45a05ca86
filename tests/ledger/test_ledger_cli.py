"""``preceptor ledger``: what people and programs see."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from ledger_fakes import Fake, numbered, panel_of
from typer.testing import CliRunner, Result

from preceptor.cli.ledger_command import app
from preceptor.core import InputError, LedgerError
from preceptor.ledger import Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "some.ledger"
    with Ledger(made) as ledger:
        ann, bob = Fake(name="ann"), Fake(name="bob", version="7b")
        ledger.keep(panel_of(ann, bob), purpose="audit")(numbered(0, 1, 2))
        ledger.keep(Fake(name="idle"))
    return made


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})


def test_list(path: Path) -> None:
    result = run("list", path)
    assert result.exit_code == 0
    blocks = dict(re.findall(r"^(\S+)  version (.+(?:\n .+)*)", result.stdout, re.M))
    assert list(blocks) == ["panel", "ann", "bob", "idle"]
    assert blocks["ann"].split()[1:7] == [
        "purpose",
        "questions",
        "answers",
        "cost",
        "seconds",
        "last",
    ]
    line = blocks["ann"].split("\n")[2].split()
    assert line[:4] == ["audit", "3", "3", "0.75"]
    assert re.fullmatch(r"\d+\.\d", line[4])  # seconds waited for: more on a busy machine
    assert blocks["bob"].startswith("7b\n")
    assert blocks["panel"].split("\n")[2].split()[:3] == ["audit", "3", "3"]
    assert blocks["idle"] == "1\n  never asked"


def test_list_fits_into_80_columns(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.keep(Fake(name="n" * 70, version="v" * 16), purpose="audit " + "0123456789ab" * 2)(
            numbered(*range(30))
        )
        ledger.keep(Fake(name="short"), purpose="p" * 60)(numbered(1))
        ledger.keep(Fake(name="bare"))(numbered(1, 2))
    lines = CliRunner().invoke(app, ["list", str(tmp_path / "l")], env={"COLUMNS": "80"}).stdout
    tables = [line for line in lines.splitlines() if "  version " not in line]
    assert max(map(len, tables)) <= 80
    [row] = [line for line in tables if "audit" in line]
    assert row.startswith("  audit 0123456789ab0123456789ab ")  # on one line
    assert re.fullmatch(r".* 30 +30 +7.5 +0.0 \d{4}-\d\d-\d\d \d\d:\d\d", row)
    starts = {line.index("questions") for line in tables if "questions" in line}
    assert len(starts) == 1
    assert "n" * 70 in lines
    assert re.sub(r"\D", "", "".join(line[-16:] for line in tables if "pppp" in line))


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    Ledger(tmp_path / "l").close()
    assert "knows no teacher yet" in run("list", tmp_path / "l").stdout


def test_list_as_json(path: Path) -> None:
    read = json.loads(run("list", path, "--json").stdout)
    assert [row["name"] for row in read["teachers"]] == ["panel", "ann", "bob", "idle"]
    assert [(row["teacher"], row["answers"]) for row in read["totals"]] == [
        ("panel", 3),
        ("ann", 3),
        ("bob", 3),
    ]


def test_a_panels_answers_are_counted_and_shown(path: Path) -> None:
    result = run("show", path, "--teacher", "panel")
    assert "panel: 3 of 3 answers" in result.stdout
    with Ledger(path) as ledger:
        again = ledger.keep(panel_of(Fake(name="ann"), Fake(name="bob", version="7b")))
        said = again(numbered(0, 1, 2, 0))
        rows = list(ledger.answers("panel"))
    assert len(rows) == 3, "said again is not written again"
    assert [row.label for row in rows] == said.labels[:3].tolist()


def test_show(path: Path) -> None:
    result = run("show", path, "--teacher", "bob", "--limit", 2)
    assert result.exit_code == 0
    assert "bob: 2 of 3 answers" in result.stdout
    assert "uncertain" in result.stdout
    assert "--limit 3" in result.stdout
    read = json.loads(run("show", path, "--teacher", "bob", "--json").stdout)
    assert [(row["version"], row["label"]) for row in read] == [("7b", -1), ("7b", 0), ("7b", 1)]


def test_show_names_the_teachers_there_are(path: Path) -> None:
    result = run("show", path, "--teacher", "bop")
    assert isinstance(result.exception, InputError)
    assert "'ann', 'bob'" in str(result.exception)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_export(path: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    result = run("export", path, out)
    assert "9 answers written" in result.stdout
    assert len(out.read_text().splitlines()) == 9 + (suffix == "csv")


def test_check(path: Path) -> None:
    sound = run("check", path)
    assert (sound.exit_code, "is sound" in sound.stdout) == (0, True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TRIGGER answers_no_delete")
    broken = run("check", path)
    assert (broken.exit_code, "is not sound" in broken.stdout) == (1, True)
    read = run("check", path, "--json")
    assert read.exit_code == 1
    assert json.loads(read.stdout)["sound"] is False
    assert "answers_no_delete" in json.loads(read.stdout)["problems"][0]


@pytest.mark.parametrize("words", [["list"], ["show", "--teacher", "a"], ["check"]])
def test_a_missing_file_is_not_made(tmp_path: Path, words: list[str]) -> None:
    result = run(words[0], tmp_path / "none", *words[1:])
    assert isinstance(result.exception, LedgerError)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", ["list", "show", "export", "check"])
def test_help_teaches(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.split()) > 30


def test_merge(path: Path, tmp_path: Path) -> None:
    into = tmp_path / "all.db"
    result = run("merge", into, path)
    assert result.exit_code == 0, result.output
    assert re.search(r"\d+ answers, \d+ questions", result.stdout)
    again = run("merge", into, path, "--json")
    told = json.loads(again.stdout)[str(path)]
    assert (told["answers"], told["questions"], told["conflicts"]) == (0, 0, 0)
    assert run("check", into).exit_code == 0
    missing = run("merge", tmp_path / "new.db", "nowhere.db")
    assert missing.exit_code != 0
    assert not (tmp_path / "new.db").exists()
