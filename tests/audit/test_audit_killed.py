"""Cut off at any moment and run again: the same record, nothing lost, nothing asked twice."""

import multiprocessing
import os
import random
import shutil
import time
from collections import Counter
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import (
    ATTACKS,
    SQUARE,
    Jitter,
    Pupil,
    Push,
    Scripted,
    Seer,
    points,
    run,
    world,
)
from killed_audit import BATCH, run_audit
from torch import Tensor

from preceptor.audit import AuditProgress, Plan, Record
from preceptor.audit.npy_file import NpyFile
from preceptor.core import ArraySource, InputError
from preceptor.ledger import Ledger

PATIENCE = 60.0


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes forked from a clean one that has loaded torch already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preceptor.audit", "preceptor.ledger"])
    return context


def started(processes: ForkServerContext, folder: Path) -> ForkServerProcess:
    process = processes.Process(target=run_audit, args=(folder,))
    process.start()
    return process


def finished(processes: ForkServerContext, folder: Path) -> None:
    process = started(processes, folder)
    process.join(PATIENCE)
    assert process.exitcode == 0


def kept_questions(folder: Path) -> set[str]:
    """What the ledger knows, as hexadecimal digits of the inputs' bytes."""
    if not (folder / "ledger").exists():
        return set()
    with Ledger(folder / "ledger") as ledger:
        return {ledger.input(row.input).numpy().tobytes().hex() for row in ledger.answers()}


@pytest.mark.parametrize("seed", [1, 2])
def test_sigkill_in_either_stage_leaves_the_record_and_the_bill_as_they_would_be(
    processes: ForkServerContext, tmp_path: Path, seed: int
) -> None:
    calm, rough, draw = tmp_path / "calm", tmp_path / "rough", random.Random(seed)
    calm.mkdir()
    rough.mkdir()
    finished(processes, calm)
    events = Counter(lines(calm / "events"))
    moments = {
        stage: sorted(draw.sample(range(1, events[stage] - 1), 3)) for stage in ("attack", "ask")
    }
    killed, known = 0, set[str]()
    for stage, counts in moments.items():
        for count in counts:
            before = len(lines(rough / "asked"))
            process = started(processes, rough)
            give_up = time.monotonic() + PATIENCE
            while process.is_alive() and Counter(lines(rough / "events"))[stage] < count:
                assert time.monotonic() < give_up
                time.sleep(0.001)
            time.sleep(draw.uniform(0.0, 0.006))
            killed += process.is_alive()
            process.kill()
            process.join()
            asked = lines(rough / "asked")
            assert not known & set(asked[before:])
            known = kept_questions(rough)
            assert len(set(asked) - known) <= BATCH
    assert killed >= 5
    before = len(lines(rough / "asked"))
    finished(processes, rough)
    asked = lines(rough / "asked")
    assert not known & set(asked[before:])
    assert set(asked) == set(lines(calm / "asked"))
    assert len(asked) - len(set(asked)) <= killed * BATCH
    assert (rough / "digest").read_text() == (calm / "digest").read_text()
    for name in ("clean", "moved-0", "moved-1", "moved-2", "moved-3"):
        one, other = (np.load(f / "out" / "inputs" / f"{name}.npy") for f in (calm, rough))
        assert np.array_equal(one, other)
    assert not (rough / "out" / "work").exists()


PLAIN = Plan((Push((0.5, 0.0)), Jitter(0.5), Scripted(lambda inputs: 1 - inputs)), batch=16)
"""9 steps of attacks on the 40 items of the world, then the questions."""


class Stop:
    """A watcher that interrupts after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __call__(self, step: AuditProgress) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return run(tmp_path_factory.mktemp("plain"), plan=PLAIN)


@pytest.mark.parametrize("steps", [1, 2, 5, 9, 10, 12, 15])
def test_an_interrupted_audit_goes_on_where_it_was(
    steps: int, tmp_path: Path, expected: Record
) -> None:
    seer, push = Seer(), Push((0.5, 0.0))
    plan = Plan((push, *PLAIN.attacks[1:]), batch=16)
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(seer, purpose="audit")
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "out", teacher=kept, plan=plan, watch=Stop(steps))
        assert len(push.calls) == min(3, (steps + 2) // 3)
        assert bool(seer.calls) == (steps > 9)
        record = run(tmp_path / "out", teacher=kept, plan=plan)
    assert push.calls == [16, 16, 8]
    assert len(seer.asked) == len(set(seer.asked)) == record.facts["questions"]["asked"]
    assert record.digest == expected.digest


def test_an_interrupt_within_an_attack_costs_its_chunk_alone(
    tmp_path: Path, expected: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = Push((0.5, 0.0))
    monkeypatch.setenv("PATIENCE", "5")

    def impatient(inputs: Tensor) -> Tensor:
        # not held by the attack, which would make it another one
        os.environ["PATIENCE"] = str(int(os.environ["PATIENCE"]) - 1)
        if os.environ["PATIENCE"] == "3":
            raise KeyboardInterrupt
        return 1 - inputs

    plan = Plan((push, Jitter(0.5), Scripted(impatient)), batch=16)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, plan=plan)
    again = run(tmp_path, plan=plan)
    assert push.calls == [16, 16, 8]
    assert torch.equal(again.moved[2].sheet.teacher, expected.moved[2].sheet.teacher)


@pytest.mark.parametrize("write", range(1, 40, 3))
def test_cut_off_between_any_two_writes(
    write: int, tmp_path: Path, expected: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = NpyFile.write, [write]

    def dies(rows: NpyFile, start: int, data: np.ndarray) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        real(rows, start, data)

    with monkeypatch.context() as patch:
        patch.setattr(NpyFile, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, plan=PLAIN)
    assert run(tmp_path, plan=PLAIN).digest == expected.digest


def interrupted(folder: Path, steps: int = 5, **more: object) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(folder, plan=more.pop("plan", PLAIN), watch=Stop(steps), **more)


OTHERS = {
    "plan": {"plan": Plan(PLAIN.attacks, seed=1, batch=16)},
    "batch": {"plan": Plan(PLAIN.attacks, batch=5)},
    "student": {"student": Pupil(lambda seen: torch.stack([0.25 - seen, seen - 0.25], 1))},
    "name of the student": {"student": Pupil(name="another")},
    "items": {"source": world(40, seed=3)},
    "ids": {"source": ArraySource(points(40), SQUARE, [f"item {i}" for i in range(40)], "world")},
    "number of items": {"source": world(33)},
}


@pytest.mark.parametrize(
    ("other", "done"), [*((name, False) for name in OTHERS), ("student", True), ("items", True)]
)
def test_another_audit_in_the_same_folder_starts_afresh(
    other: str, done: bool, tmp_path: Path
) -> None:
    run(tmp_path / "out", plan=PLAIN) if done else interrupted(tmp_path / "out", 9)
    told = {"plan": PLAIN, **OTHERS[other]}
    assert run(tmp_path / "out", **told).digest == run(tmp_path / "new", **told).digest
    assert Record.load(tmp_path / "out").digest == Record.load(tmp_path / "new").digest


def test_items_that_changed_under_the_same_ids_are_attacked_anew(tmp_path: Path) -> None:
    """Beyond the first ones, by which an audit knows itself again."""
    before = points(200)
    after = before.clone()
    after[190] = 1 - after[190]
    interrupted(tmp_path / "out", 39, source=ArraySource(before, SQUARE))
    record = run(tmp_path / "out", source=ArraySource(after, SQUARE), plan=PLAIN)
    whole = run(tmp_path / "new", source=ArraySource(after, SQUARE), plan=PLAIN)
    assert record.digest == whole.digest
    assert np.array_equal(record.inputs(1, [190]), whole.inputs(1, [190]))


FILES = ["inputs/clean.npy", "inputs/moved-1.npy"] + [
    f"work/moved-0/{name}"
    for name in ("student.npy", "sure.npy", "distances.npy", "failed.npy", "done.npy")
]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_made_anew(name: str, tmp_path: Path, expected: Record) -> None:
    interrupted(tmp_path, 12)
    (tmp_path / name).unlink()
    assert run(tmp_path, plan=PLAIN).digest == expected.digest


def test_a_reason_cut_off_by_a_kill_is_written_again(tmp_path: Path) -> None:
    def fails(inputs: Tensor) -> Tensor:
        raise ArithmeticError("no")

    plan = Plan((Scripted(fails),), batch=16)
    interrupted(tmp_path, 1, plan=plan)
    with (tmp_path / "work" / "moved-0" / "reasons.jsonl").open("a") as file:
        file.write('\n{"item": "17", "wh')
    record = run(tmp_path, plan=plan)
    assert record.facts["failures"]["scripted"] == {
        str(i): "ArithmeticError: no" for i in range(40)
    }


@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_cut_off_while_the_work_is_cleared_away(
    calls: int, tmp_path: Path, expected: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = shutil.rmtree, [calls]

    def dies(path: Path) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, plan=PLAIN)
    assert Record.load(tmp_path).digest == expected.digest
    assert run(tmp_path, plan=PLAIN).digest == expected.digest
    assert not (tmp_path / "work").exists()


def test_work_that_lost_its_reasons_while_cleared_away_is_not_taken_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(inputs: Tensor) -> Tensor:
        raise ArithmeticError("no")

    def dies(path: Path) -> None:
        if (path / "reasons.jsonl").exists():
            (path / "reasons.jsonl").unlink()
            raise KeyboardInterrupt

    plan = Plan((Scripted(fails),))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, teacher=Seer(), plan=plan)
    assert len(run(tmp_path, plan=plan).facts["failures"]["scripted"]) == 40


def test_a_stop_before_the_first_question_costs_no_second_attack(tmp_path: Path) -> None:
    push = Push((0.5, 0.0))

    def stop(questions: int, known: int) -> None:
        raise RuntimeError("too many")

    with pytest.raises(RuntimeError, match="too many"):
        run(tmp_path, plan=Plan((push,)), before=stop)
    run(tmp_path, plan=Plan((push,)))
    assert push.calls == [40]


def test_files_of_others_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    mine = ["notes.txt", "inputs/mine.npy", "inputs/clean.csv", "other/work/a", "moved-0.npy"]
    for name in mine:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    interrupted(tmp_path)
    run(tmp_path, plan=PLAIN)
    run(tmp_path, plan=Plan(ATTACKS))
    for name in mine:
        assert (tmp_path / name).read_text() == name


@pytest.mark.parametrize("name", ["inputs/clean.npy", "inputs/moved-7.npy", "work/thesis.tex"])
def test_files_by_our_names_that_no_audit_made_are_neither_taken_nor_deleted(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text("years of work")
    with pytest.raises(InputError, match=f"holds {name}, which no audit made"):
        run(tmp_path, plan=PLAIN)
    assert (tmp_path / name).read_text() == "years of work"
