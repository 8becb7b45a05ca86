"""Many calls at once: faster, and nothing else."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from asking_worlds import BATCH, ENGINES, Pupil, Push, Seer, drawn, honest, odd, world
from torch import Tensor

from preceptor.asking import Calls
from preceptor.audit import Plan, Record, audit
from preceptor.core import Answers, InputError, Teacher
from preceptor.ledger import Ledger
from preceptor.search import SearchPlan, SearchResult, search
from preceptor.sequential import StoppingRule
from preceptor.teachers import AtOnce, Panel, Rule, Unanimous, concurrent, with_retries

MANY = (1, 3, 20)


def uneven(inputs: Tensor) -> Answers:
    """Later questions come back first, now and then."""
    time.sleep(0.004 * float((inputs[0, 0] * 31) % 1))
    return honest(inputs)


def run(out: Path, teacher: Teacher, *, until: bool = False, items: int = 60) -> Record:
    plan = Plan((Push(),), batch=BATCH, until=StoppingRule(least=0.5) if until else None)
    return audit(Pupil(), teacher, world(items), plan, out)


def content(path: Path) -> dict[str, list[object]]:
    """What a ledger holds, but for times and the order in which answers came."""
    with closing(sqlite3.connect(path)) as db:
        answers = db.execute(
            "SELECT t.name, i.key, a.repeat, a.label, a.cost, a.purpose, a.votes FROM answers a "
            "JOIN teachers t ON t.id = a.teacher JOIN inputs i ON i.id = a.input"
        ).fetchall()
        inputs = db.execute("SELECT id, key FROM inputs").fetchall()
        runs = db.execute("SELECT teacher, purpose, round, first, last FROM questions").fetchall()
        calls = db.execute("SELECT token FROM calls").fetchall()
    asked = [(*row[:3], n) for row in runs for n in range(row[3], row[4] + 1)]
    return {"answers": sorted(answers), "inputs": inputs, "asked": sorted(asked), "calls": calls}


@pytest.mark.parametrize("budget", [None, 37])
@pytest.mark.parametrize("fails", [False, True])
def test_an_audits_record_and_ledger_are_the_same(
    fails: bool, budget: int | None, tmp_path: Path
) -> None:
    def say(inputs: Tensor) -> Answers:
        if fails and bool(odd(inputs).any()):
            raise ValueError("no")
        return uneven(inputs)

    digests, contents = set(), []
    for many in MANY:
        file = tmp_path / f"{many}.db"
        with Ledger(file) as ledger:
            teacher = with_retries(Seer(say, concurrency=many), pause=0)
            kept = ledger.keep(teacher, budget=budget, purpose="audit")
            digests.add(run(tmp_path / str(many), kept).digest)
        contents.append(content(file))
    assert len(digests) == 1
    assert contents[0] == contents[1] == contents[2]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_hears_the_same(engine: str, tmp_path: Path) -> None:
    found = []
    for many in MANY:
        folder = tmp_path / str(many)
        folder.mkdir()
        found.append(ENGINES[engine](Seer(uneven, concurrency=many), folder))
    for one in found[1:]:
        assert (one.asked, one.answered, one.reasons) == (
            found[0].asked,
            found[0].answered,
            found[0].reasons,
        )


@pytest.mark.parametrize("budget", [None, 60])
def test_a_stopped_audit_decides_the_same_and_uses_nothing_beyond(
    budget: int | None, tmp_path: Path
) -> None:
    digests, ahead = set(), []
    for many in MANY:
        seer = Seer(uneven, concurrency=many)
        folder = tmp_path / str(many)
        folder.mkdir()
        with Ledger(tmp_path / f"{many}.db") as ledger, drawn():
            kept = ledger.keep(seer, budget=budget, purpose="audit")
            record = run(folder, kept, until=True, items=150)
        digests.add(record.digest)
        asked = record.facts["questions"]["asked"]
        ahead.append(record.run["asked_ahead"])
        if budget is None:
            assert len(set(seer.asked)) == len(seer.asked) == asked + ahead[-1]
        assert ahead[-1] < 2 * many, "less than two rounds of calls"
    assert len(digests) == 1
    assert ahead[0] == 0


def test_a_search_is_the_same(tmp_path: Path) -> None:
    found: list[SearchResult] = [
        search(Pupil(), Seer(uneven, concurrency=many), world(), SearchPlan(80, first=10))
        for many in MANY
    ]
    assert len({one.digest for one in found}) == 1


@pytest.mark.parametrize("kept", [False, True])
def test_so_many_calls_are_under_way_and_no_more(kept: bool, tmp_path: Path) -> None:
    gate, now, most = threading.Lock(), 0, 0
    sizes: set[int] = set()

    def count(inputs: Tensor) -> Answers:
        nonlocal now, most
        with gate:
            now += 1
            most = max(most, now)
            sizes.add(len(inputs))
        time.sleep(0.02)
        with gate:
            now -= 1
        return honest(inputs)

    teacher: Teacher = concurrent(Seer(count), 6, per_call=2)
    if not kept:
        run(tmp_path / "out", teacher)
    else:
        with Ledger(tmp_path / "book") as ledger:
            run(tmp_path / "out", ledger.keep(teacher))
    assert most == 6
    assert sizes <= {1, 2}
    assert 2 in sizes


def test_members_of_a_panel_are_called_at_once(tmp_path: Path) -> None:
    names: set[str] = set()

    def say(inputs: Tensor) -> Answers:
        names.add(threading.current_thread().name)
        time.sleep(0.01)
        return honest(inputs)

    members = [Seer(say, name="a"), Seer(say, name="b")]
    panel = concurrent(Panel(members, "panel", Unanimous(2)), 4)
    with Ledger(tmp_path / "book") as ledger:
        record = run(tmp_path / "out", ledger.keep(panel))
    assert record.facts["questions"]["unanswered"] == {}
    assert len(names) == 8, "four threads for each member"


def test_an_interrupt_keeps_what_has_arrived(tmp_path: Path) -> None:
    """Ctrl-C in the foreground: only what is in flight is lost, and the run ends at once."""
    process = started(tmp_path)
    wait_for(lambda: kept_in(tmp_path) >= 25)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    check_loss(tmp_path)


def test_who_stops_early_has_all_that_arrived_and_no_further_call_begins() -> None:
    gate, begun = threading.Semaphore(2), []

    def say(inputs: Tensor) -> Answers:
        begun.append(float(inputs[0, 0]))
        gate.acquire()
        return honest(inputs)

    inputs = world(20).inputs
    with Calls(Seer(say, concurrency=2), inputs) as calls:
        taken = calls.arrived()
        found = calls.finished()  # as after Ctrl-C, before what has arrived is written
        assert {int(one.rows[0]) for one in taken} <= {int(one.rows[0]) for one in found}
        under_way = len(begun)
        for _ in inputs:
            gate.release()
        time.sleep(0.2)
        assert len(begun) <= under_way + 2  # each thread may have been about to begin


def test_sigkill_loses_at_most_what_is_in_flight(tmp_path: Path) -> None:
    process = started(tmp_path)
    wait_for(lambda: kept_in(tmp_path) >= 25)
    process.kill()
    process.wait(60)
    check_loss(tmp_path)
    again = started(tmp_path)
    assert again.wait(120) == 0
    asked = (tmp_path / "asked").read_text().split()
    twice = len(asked) - len(set(asked))
    assert twice <= 8 + 8, "what was in flight, or arrived during the last write, and nothing else"
    with Ledger(tmp_path / "book") as ledger:
        calm = run(tmp_path / "calm", ledger.keep(Seer(concurrency=8), purpose="audit"))
    assert (tmp_path / "digest").read_text() == calm.digest


def check_loss(folder: Path) -> None:
    """Whatever has ended is kept; of calls that had begun, at most eight are not."""
    ended = len((folder / "ended").read_text().split())
    begun = len((folder / "asked").read_text().split())
    kept = kept_in(folder)
    assert begun - kept <= 8 + 8, "in flight, and arrived while the last was being written"
    assert ended - kept <= 8, "arrived during the last write"


def kept_in(folder: Path) -> int:
    if not (folder / "book").exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{folder / 'book'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT COUNT(*) FROM answers").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def wait_for(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 120
    while not there():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def started(folder: Path) -> subprocess.Popen[bytes]:
    here = Path(__file__)
    words = [sys.executable, str(here.with_name("slow_audit.py")), str(folder)]
    source = str(here.parents[2] / "src")
    return subprocess.Popen(words, env={**os.environ, "PYTHONPATH": f"{source}:{here.parent}"})


@pytest.mark.parametrize("bad", [{"concurrency": 0}, {"concurrency": -1}, {"per_call": 0}])
def test_numbers_out_of_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected a whole number from 1"):
        Rule(lambda x: x, name="r", classes=2, version="1", **bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a whole number from 1"):
        AtOnce(Seer(), **{"concurrency": 2, **bad})  # type: ignore[arg-type]


def test_a_kept_teacher_cannot_be_made_concurrent() -> None:
    with Ledger(":memory:") as ledger, pytest.raises(InputError, match="make it concurrent first"):
        concurrent(ledger.keep(Seer()), 20)
