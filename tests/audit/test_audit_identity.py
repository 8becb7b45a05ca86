"""Kept work is used only for the student, the attacks and the items that made it."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from audit_fakes import SQUARE, Pupil, Push, Seer, honest, points, run
from commands import preceptor
from torch import Tensor

from preceptor.audit import Plan, Record, key
from preceptor.core import Answers, ArraySource, Domain, InputError, ItemRng, Student
from preceptor.core.lock import alone
from preceptor.sequential import StoppingRule
from preceptor.students import load_student

BATCH = 16
PLAN = Plan((Push((0.0, 0.5), "up", size=0.5),), batch=BATCH)


def source(items: int = 120) -> ArraySource:
    return ArraySource(points(items), SQUARE, name="world")


class CutError(Exception):
    """The power goes."""


def interrupted(folder: Path, student: Student, plan: Plan = PLAN) -> None:
    def watch(step: Any) -> None:
        if step.stage == "ask":
            raise CutError

    with pytest.raises(CutError):
        run(folder, student=student, source=source(), plan=plan, watch=watch)


def resumed(folder: Path, student: Student, plan: Plan = PLAN) -> tuple[Record, Record]:
    """After the interruption, and in a folder of its own."""
    again = run(folder / "out", student=student, source=source(), plan=plan)
    return again, run(folder / "new", student=student, source=source(), plan=plan)


LAST = points(120)[-1]
HELPERS: dict[str, tuple[str, str, str, str]] = {
    # the student's file; a file beside it, before and after: another answer at the last item alone
    "a helper": (
        "from helper import flips\n"
        "def f(x: np.ndarray): return ((x[:, 1] > 0.5) ^ flips(x)).astype(int)\n",
        "helper.py",
        "def flips(x): return x[:, 0] > 9\n",
        "def flips(x): return (x == LAST).all(1)\n",
    ),
    "data read when loaded": (
        "import json\nfrom pathlib import Path\n"
        "AT = json.loads(Path(__file__).with_name('at.json').read_text())\n"
        "def f(x: np.ndarray): return ((x[:, 1] > 0.5) ^ (x == AT).all(1)).astype(int)\n",
        "at.json",
        "[9, 9]",
        str(LAST.tolist()),
    ),
    "data read when asked": (
        "import json\nfrom pathlib import Path\n"
        "def f(x: np.ndarray):\n"
        "    at = json.loads(Path(__file__).with_name('at.json').read_text())\n"
        "    return ((x[:, 1] > 0.5) ^ (x == at).all(1)).astype(int)\n",
        "at.json",
        "[9, 9]",
        str(LAST.tolist()),
    ),
}


@pytest.mark.parametrize("case", HELPERS)
def test_a_student_that_changed_beyond_the_first_items_starts_afresh(
    case: str, tmp_path: Path
) -> None:
    text, name, before, after = HELPERS[case]
    (tmp_path / "model.py").write_text("import numpy as np\n" + text)

    def student(content: str) -> Student:
        (tmp_path / name).write_text(content.replace("LAST", str(LAST.tolist())))
        return load_student(f"{tmp_path / 'model.py'}:f", classes=2, shape=(2,))

    interrupted(tmp_path / "out", student(before))
    again, new = resumed(tmp_path, student(after))
    assert again.digest == new.digest
    assert int(again.clean.sheet.student[-1]) == 1 - int(LAST[1] > 0.5)


def test_what_no_hash_can_see_shows_in_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def think(seen: Tensor) -> Tensor:
        cut = float(os.environ["CUT"])
        return torch.stack([cut - seen, seen - cut], 1)

    monkeypatch.setenv("CUT", "0.5")
    interrupted(tmp_path / "out", Pupil(think))
    one = key(Pupil(think), source(), PLAN)
    monkeypatch.setenv("CUT", "0.2")
    assert key(Pupil(think), source(), PLAN) == one, "the hash cannot see it"
    again, new = resumed(tmp_path, Pupil(think))
    assert again.digest == new.digest


def test_the_same_student_attacks_nothing_again(tmp_path: Path) -> None:
    push = Push((0.0, 0.5), "up", size=0.5)
    interrupted(tmp_path / "out", Pupil(), Plan((push,), batch=BATCH))
    calls = list(push.calls)
    again, new = resumed(tmp_path, Pupil(), Plan((push,), batch=BATCH))
    assert push.calls[: len(calls)] == calls
    assert len(push.calls) == 2 * len(calls), "the audit in the new folder alone"
    assert again.digest == new.digest


class Moves:
    """No dataclass: all that it holds decides."""

    name, family, size, goal = "moves", "moves", None, "flip"

    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        return inputs + self.by


def test_an_attack_is_more_than_its_name() -> None:
    def of(attack: Any) -> str:
        return key(Pupil(), source(), Plan((attack,)))

    assert of(Moves(0.1)) == of(Moves(0.1))  # type: ignore[comparison-overlap]
    assert of(Moves(0.1)) != of(Moves(0.2))


def test_all_items_make_an_audit_what_it_is() -> None:
    before, after = points(120), points(120)
    after[-1, 0] = (after[-1, 0] + 0.25) % 1
    one, other = (key(Pupil(), ArraySource(x, SQUARE), PLAN) for x in (before, after))
    assert one != other


def test_a_record_says_what_the_student_is(tmp_path: Path) -> None:
    one = run(tmp_path / "1", plan=PLAN).facts["student"]
    other = run(tmp_path / "2", student=Pupil(shy=0.1), plan=PLAN).facts["student"]
    assert one["identity"] != other["identity"]


def test_a_second_audit_in_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    seen: list[str] = []

    def second() -> None:
        try:
            run(tmp_path, plan=PLAN)
        except InputError as error:
            seen.append(str(error))

    def watch(_: object) -> None:
        if not seen:
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()

    run(tmp_path, plan=PLAN, watch=watch)
    assert len(seen) == 1
    assert "another preceptor command is at work" in seen[0]
    assert Record.load(tmp_path).digest == run(tmp_path / "new", plan=PLAN).digest


@pytest.mark.parametrize("words", [["audit"], ["search"]])
def test_the_command_line_refuses_a_folder_in_use(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("def f(x): return (x[:, 0] > 0.5).long()\n")
    more = ["--student", "s.py:f", "--data", "xor", "--out", "out", "--budget", "5"]
    with alone(tmp_path / "out"):
        done = preceptor(tmp_path, *words, *more)
    assert done.returncode == 2, done.stderr
    assert "another preceptor command is at work in out" in done.stderr


@pytest.mark.parametrize("until", [None, StoppingRule(least=0.55)])
def test_a_teacher_that_changes_while_it_is_asked_gives_no_record(
    tmp_path: Path, until: StoppingRule | None
) -> None:
    """Somebody is excluded, say: some answers would be of before and some of after."""
    teacher = Seer()

    def changed(inputs: torch.Tensor) -> Answers:
        teacher.version = "2"
        return honest(inputs)

    teacher.say = changed
    plan = Plan(PLAN.moves, batch=BATCH, until=until)
    with pytest.raises(InputError, match="seer changed while it was asked"):
        run(tmp_path, teacher=teacher, plan=plan)
    assert run(tmp_path, teacher=teacher, plan=plan).facts["teacher"]["version"] == "2"
