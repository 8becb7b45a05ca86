"""What paths tell is told before the imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from preceptor.cli.app import app
from preceptor.cli.early_checks import _CHECKS, FLAGS, fault
from preceptor.cli.lazy import everything


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("model.py", "data.npz", "notes.txt", "votes.csv", "a.png", "pictures/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit/record.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("audit", "--student gone.py:net", "there is no file at gone.py"),
        ("audit", "--student gone.onnx:output=y", "there is no file at gone.onnx"),
        ("audit", "--student=notes.txt", "notes.txt is of no known form"),
        ("audit", "--json --data gone.npz", "there is no file 'gone.npz'"),
        ("audit", "--data notes.txt", "which is no form of data"),
        ("audit", "--data nowhere/pictures", "there is no file 'nowhere/pictures'"),
        ("audit", "--teacher votes:gone.csv,least=3", "there is no file at gone.csv"),
        ("audit", "--teacher gone.py:law", "there is no file at gone.py"),
        ("audit", "--moved rain=gone.npz", "no file of moved inputs (--moved rain=gone.npz)"),
        ("search", "--data gone.npy", "there is no file 'gone.npy'"),
        ("teach", "--student gone.pt", "there is no file at gone.pt"),
        ("explain", "--budget 3 pictures", "pictures holds no record"),
        ("report", "--shared audit gone", "gone holds no record"),
        ("distances", "--low 0 a.png \x1b[31mb.png", "there is no file \\x1b[31mb.png"),
    ],
)
def test_a_wrong_path_is_named(command: str, words: str, said: str) -> None:
    found = fault(command, words.split(" "))
    assert found is not None
    assert said in found


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("audit", "--student model.py:net:kind=logits,batch=1 --data data.npz --trust-pickle"),
        ("audit", "--student model.py:net:normalise=0.5:0.25 --data mnist --moved data.npz"),
        ("audit", "--student model.py:net --data pictures --teacher votes:votes.csv,unanimous"),
        ("audit", "--data gone.npz --help"),
        ("report", "audit audit/record.json --out gone.html --by site --json"),
        ("explain", "audit --student model.py:net --sibling model.py:other"),
        ("distances", "a.png a.png"),
        ("ledger", "gone.db"),
    ],
)
def test_what_may_be_right_is_left_to_the_command(command: str, words: str) -> None:
    assert fault(command, words.split(" ")) is None


def test_the_flags_are_those_of_the_commands() -> None:
    top = everything(app)
    flags = {
        name
        for command in _CHECKS
        for one in top.commands[command].params
        if getattr(one, "is_flag", False)
        for name in (*one.opts, *one.secondary_opts)
    }
    assert flags | {"--help"} == set(FLAGS)


def test_nothing_slow_is_imported_for_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['p', 'audit', '--data', 'gone.npz']\n"
        "from preceptor.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert done.code == 2\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("preceptor: there is no file 'gone.npz'")
