"""A stopped audit cut off at any moment and run again: the same record, nothing asked twice."""

import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import numpy as np
import pytest
from killed_until import BATCH, run_audit

from preceptor.audit import Record, check_decision
from preceptor.ledger import Ledger

PATIENCE = 60.0


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def remembered(folder: Path, teacher: str) -> set[str]:
    """What the ledger knows of a teacher, as hexadecimal digits of the inputs' bytes."""
    if not (folder / "ledger").exists():
        return set()
    with Ledger(folder / "ledger") as ledger:
        return {
            ledger.input(row.input).numpy().tobytes().hex()
            for row in ledger.answers()
            if row.teacher == teacher
        }


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes forked from a clean one that has loaded torch already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preceptor.audit", "preceptor.ledger"])
    return context


def started(processes: ForkServerContext, folder: Path, proxied: bool) -> ForkServerProcess:
    process = processes.Process(target=run_audit, args=(folder, proxied))
    process.start()
    return process


def finished(processes: ForkServerContext, folder: Path, proxied: bool) -> None:
    process = started(processes, folder, proxied)
    process.join(PATIENCE)
    assert process.exitcode == 0


@pytest.mark.slow
@pytest.mark.parametrize("proxied", [False, True], ids=["alone", "with a proxy"])
def test_sigkill_at_random_moments(
    processes: ForkServerContext, tmp_path: Path, proxied: bool
) -> None:
    calm, rough, draw = tmp_path / "calm", tmp_path / "rough", random.Random(7 + proxied)
    calm.mkdir()
    rough.mkdir()
    finished(processes, calm, proxied)
    bill, rounds = len(lines(calm / "asked")), Counter(lines(calm / "events"))["ask"]
    assert bill > 60
    assert rounds > 4, "asked in several rounds, so that there is something to be cut between"
    known, killed = set[str](), 0
    for share in sorted(draw.uniform(0.02, 0.95) for _ in range(6)):
        before = len(lines(rough / "asked"))
        process = started(processes, rough, proxied)
        give_up = time.monotonic() + PATIENCE
        while process.is_alive() and len(lines(rough / "asked")) < share * bill:
            assert time.monotonic() < give_up
            time.sleep(0.001)
        time.sleep(draw.uniform(0.0, 0.006))
        killed += process.is_alive()
        process.kill()
        process.join()
        asked = lines(rough / "asked")
        assert not known & set(asked[before:]), "what was known is asked again"
        known = remembered(rough, "logged")
        assert len(set(asked) - known) <= BATCH, "more is lost than was in flight"
    assert killed >= 4
    before = len(lines(rough / "asked"))
    finished(processes, rough, proxied)
    asked = lines(rough / "asked")
    assert not known & set(asked[before:])
    assert set(asked) == set(lines(calm / "asked"))
    assert len(asked) - len(set(asked)) <= killed * BATCH
    assert (rough / "digest").read_text() == (calm / "digest").read_text()
    records = [Record.load(folder / "out") for folder in (calm, rough)]
    assert [check_decision(record) for record in records] == [[], []]
    assert records[0].ids == records[1].ids
    rows = list(range(len(records[0].ids)))
    for sheet in range(1 + len(records[0].moved)):
        one, other = (record.inputs(sheet, rows) for record in records)
        assert np.array_equal(one, other, equal_nan=True)
