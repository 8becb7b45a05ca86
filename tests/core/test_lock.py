"""Locks of folders: they keep others out, and die with their process."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from preceptor.core import InputError
from preceptor.core.lock import alone

HOLD = """
import sys
from preceptor.core.lock import alone
with alone(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_is_refused_until_it_is_gone_even_killed(tmp_path: Path) -> None:
    process = holder(tmp_path / "out")
    with (
        pytest.raises(InputError, match=r"another preceptor command is at work.*--out"),
        alone(tmp_path / "out"),
    ):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with alone(tmp_path / "out"):
        pass


def test_the_same_thread_may_hold_it_twice_and_another_may_not(tmp_path: Path) -> None:
    seen: list[str] = []

    def other() -> None:
        try:
            with alone(tmp_path):
                seen.append("in")
        except InputError:
            seen.append("refused")

    with alone(tmp_path):
        with alone(tmp_path / "."):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == ["refused"]
    other()
    assert seen == ["refused", "in"]


def test_a_failure_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyError), alone(tmp_path):
        raise KeyError
    with alone(tmp_path):
        pass


def test_file_systems_without_locks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(FileLock, "acquire", fails)
    with pytest.raises(InputError, match=r"cannot lock files.*local disk"), alone(tmp_path):
        pass
