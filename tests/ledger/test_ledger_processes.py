"""Real processes on one ledger: at once, and killed at any moment."""

import json
import multiprocessing
import random
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest
from ledger_fakes import Fake, label_of, numbered
from ledger_worker import ask, open_only

from preceptor.ledger import Ledger
from preceptor.ledger.claims import QuestionClaim, calling, start_of, this_host

PATIENCE = 60.0


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes forked from a clean one that has loaded torch already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preceptor.ledger"])
    return context


def finish(running: list[ForkServerProcess]) -> None:
    for process in running:
        process.join(PATIENCE)
        assert process.exitcode == 0


def logged(folder: Path) -> list[str]:
    log = folder / "log.txt"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("panel", [False, True])
def test_four_processes_ask_each_question_once(
    processes: ForkServerContext, tmp_path: Path, panel: bool
) -> None:
    questions = 60 if panel else 200
    running = [
        processes.Process(
            target=ask, args=(tmp_path, str(i), questions, 0.002), kwargs={"panel": panel}
        )
        for i in range(4)
    ]
    for process in running:
        process.start()
    finish(running)
    names = ("slow", "other") if panel else ("slow",)
    expected = Counter(f"{name} {n}" for name in names for n in range(questions))
    assert Counter(logged(tmp_path)) == expected
    for i in range(4):
        done = json.loads((tmp_path / f"{i}.json").read_text())
        assert done["labels"] == [label_of(n) for n in range(questions)]
        assert done["spent"] == questions
    with closing(sqlite3.connect(tmp_path / "shared.ledger")) as db:
        assert db.execute("SELECT COUNT(*) FROM calls").fetchone() == (0,)


def test_many_processes_make_the_file_at_once(processes: ForkServerContext, tmp_path: Path) -> None:
    running = [processes.Process(target=open_only, args=(tmp_path,)) for _ in range(6)]
    for process in running:
        process.start()
    finish(running)
    with Ledger(tmp_path / "shared.ledger") as ledger:
        assert len(ledger.teachers()) == 6
        assert ledger.check() == []


def wait_for_a_question(folder: Path, process: ForkServerProcess, seen: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while process.is_alive() and len(logged(folder)) == seen:
        assert time.monotonic() < give_up
        time.sleep(0.002)


def test_sigkill_at_any_moment_loses_at_most_what_is_in_flight(
    processes: ForkServerContext, tmp_path: Path
) -> None:
    questions, batch, draw = 240, 8, random.Random(7)
    killed = 0
    kept: dict[str, int] = {}
    for _ in range(7):
        before = logged(tmp_path)
        process = processes.Process(target=ask, args=(tmp_path, "last", questions, 0.001))
        process.start()
        wait_for_a_question(tmp_path, process, len(before))
        time.sleep(draw.uniform(0.0, 0.08))
        killed += process.is_alive()
        process.kill()
        process.join()
        asked = logged(tmp_path)
        assert not {f"slow {n}" for n in kept.values()} & set(asked[len(before) :])
        with Ledger(tmp_path / "shared.ledger") as ledger:
            rows = list(ledger.answers())
            kept = {row.input: int(ledger.input(row.input).flatten()[0]) for row in rows}
            assert all(row.label == label_of(kept[row.input]) for row in rows)
            assert len(kept) == len(rows)
            assert len(set(asked)) - len(kept) <= batch
            assert ledger.check() == []
    assert killed >= 4
    final = processes.Process(target=ask, args=(tmp_path, "last", questions, 0.0))
    final.start()
    finish([final])
    done = json.loads((tmp_path / "last.json").read_text())
    assert done == {"labels": [label_of(n) for n in range(questions)], "spent": questions}
    assert len(logged(tmp_path)) <= questions + killed * batch


def claim_row(path: Path, **changes: object) -> None:
    """A claim on input 1 as another process would have made it."""
    with calling(0.0) as mine:
        values = {"token": "theirs", "host": mine.host, "pid": mine.pid, "started": mine.started}
    values |= {"until": 0.0} | changes
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM calls")
        db.execute(
            "INSERT INTO calls SELECT :token, t.id, :host, :pid, :started, :until, '[' || i.id || ']' "
            "FROM teachers t, inputs i WHERE t.name = 'fake'",
            values,
        )


def waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a question waits for another's claim before it is answered."""
    slept: list[float] = []
    real = time.sleep

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        real(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    with Ledger(path) as ledger:
        assert ledger.keep(Fake())(numbered(1)).labels.tolist() == [label_of(1)]
    return len(slept)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger that knows the teacher and the input but no answer of the one to the other."""
    made = tmp_path / "l"
    with Ledger(made) as ledger:
        ledger.keep(Fake())
        ledger.keep(Fake(name="somebody else"))(numbered(1))
    return made


@pytest.mark.parametrize(
    "changes",
    [
        {"pid": 2**22 + 1},
        {"started": "1"},
        {"token": "a call of this very process that has ended"},
        {"host": "elsewhere", "until": 1.0},
    ],
    ids=["dead", "number used again", "ended", "lease over"],
)
def test_a_dead_owners_claim_is_taken_over_at_once(
    path: Path, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim_row(path, **({"until": time.time() + 99} | changes))
    assert waits(path, monkeypatch) == 0


def test_another_hosts_claim_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim_row(path, host="elsewhere", until=time.time() + 3)
    assert waits(path, monkeypatch) > 0


def test_a_living_owner_keeps_its_claim_past_the_lease(path: Path) -> None:
    claim = QuestionClaim("token", this_host(), 1, start_of(1), 0.0)
    assert claim.started
    assert claim.alive
    with calling(-1.0) as mine:
        assert mine.alive
    assert not mine.alive


def test_a_dead_process_that_nobody_buried_is_dead() -> None:
    process = subprocess.Popen(["sleep", "60"])
    try:
        started = start_of(process.pid)
        assert started
        process.kill()
        give_up = time.monotonic() + PATIENCE
        while start_of(process.pid):
            assert time.monotonic() < give_up
            time.sleep(0.002)
        assert not QuestionClaim("token", this_host(), process.pid, started, 0.0).alive
    finally:
        process.wait()
