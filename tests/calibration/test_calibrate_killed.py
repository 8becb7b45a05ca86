"""Cut off and run again: the same calibration, nothing lost, nothing asked twice."""

import multiprocessing
import signal
from pathlib import Path

import pytest
from calibration_worlds import audited
from killed_calibration import run_killed

from preceptor.calibration import Calibration

BATCH = 4


@pytest.mark.parametrize("moments", [(2, 5)])
def test_sigkill_loses_only_what_is_in_flight(tmp_path: Path, moments: tuple[int, int]) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preceptor.calibration", "preceptor.ledger"])
    audited(tmp_path / "audit", attacks=["noise:size=0.1"])
    for last in moments:
        process = context.Process(target=run_killed, args=(tmp_path, last))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
    process = context.Process(target=run_killed, args=(tmp_path, -1))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    asked = (tmp_path / "asked").read_text().split()
    assert len(set(asked)) == 40
    assert len(asked) <= 40 + BATCH * len(moments)
    found = Calibration.load(tmp_path / "audit")
    assert found.facts["questions"]["answered"] == 40
    assert found.facts["questions"]["unanswered"] == {}
