import json
from pathlib import Path

from commands import preceptor


def test_the_text_demo_says_what_attacks_are_worth(tmp_path: Path) -> None:
    done = preceptor(
        tmp_path, "demo", "--text", "--items", "12", "--out", str(tmp_path / "demo"), "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["report"]).read_text().count("<del>") > 3
    names = [row["name"] for row in told["attacks"]]
    assert any(name.startswith("standard") for name in names)
    assert "negate" in names


def test_a_problem_of_texts_is_data_and_can_be_searched(tmp_path: Path) -> None:
    student = tmp_path / "student.py"
    student.write_text(
        "def student(texts: list[str]):\n    return [int('good' in text) for text in texts]\n"
    )
    common = ("--student", f"{student}:student", "--data", "sentences")
    out = ("--out", str(tmp_path / "out"), "--ledger", str(tmp_path / "book.db"))
    done = preceptor(tmp_path, "audit", *common, "--items", "8", "--attack", "negate", *out)
    assert done.returncode == 0, done.stderr
    out = ("--out", str(tmp_path / "search"), "--ledger", str(tmp_path / "book.db"))
    found = preceptor(tmp_path, "search", *common, "--items", "30", "--budget", "30", *out)
    assert found.returncode == 0, found.stderr
    assert "teacher positive, student negative" in found.stdout
    assert (tmp_path / "search" / "search.html").exists()


def test_a_teacher_of_texts_is_checked_against_others(tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text(
        "def student(texts: list[str]):\n    return [int('good' in text) for text in texts]\n"
        "def people(texts: list[str]):\n    return [int('not' not in text) for text in texts]\n"
    )
    given = ("--student", "student.py:student", "--data", "sentences", "--items", "20")
    done = preceptor(tmp_path, "audit", *given, "--attack", "negate", "--out", "out")
    assert done.returncode == 0
    assert "never checked" in done.stdout + done.stderr
    asked = preceptor(
        tmp_path, "calibrate", "out", "--people", "student.py:people", "--budget", "20", "--json"
    )
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)
