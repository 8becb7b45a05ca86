"""The real command line: in a fresh process, with or without the seconds that its imports take."""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

PROGRAM: Final = (sys.executable, "-c", "from preceptor.cli import main; main()")
SERVER: Final = Path(__file__).with_name("command_server.py")
SECONDS: Final = 300
"""A command may take so long."""


def preceptor(
    folder: Path, *words: str, columns: int = 80, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``preceptor WORDS``, run in a folder. Whatever it says, it is no traceback.

    It runs in a fork of a process that has imported everything and done nothing (see
    ``command_server.py``). Where the start of the interpreter matters (locale, what is imported), or
    something is done to the process while it runs, use ``process``.

    Args:
        folder: to run it in.
        words: of the command.
        columns: of the terminal.
        env: on top of this process's environment.
    """
    given = {"words": words, "folder": str(folder), "env": environment(columns, env)}
    message = json.dumps({**given, "seconds": SECONDS}).encode() + b"\n"
    with (
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        link, _ = _server()
        socket.send_fds(link, [message], [nothing.fileno(), out.fileno(), err.fileno()])
        code = link.recv(64)
        assert code, "the process that runs commands has ended"
        out.seek(0)
        err.seek(0)
        done = subprocess.CompletedProcess(
            ["preceptor", *words], int(code), out.read().decode(), err.read().decode()
        )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def process(
    folder: Path, *words: str, columns: int = 80, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same in a process that is started for it, which takes seconds for its imports."""
    done = subprocess.run(
        [*PROGRAM, *words],
        cwd=folder,
        env=environment(columns, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def environment(columns: int = 80, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a command: one thread, since tests share the machine, and a width."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": str(columns), **(env or {})}


@cache
def _server() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """The server of this process, started when it is first needed; it ends when this end is closed."""
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS + 60)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, str(SERVER), str(theirs.fileno())],
            env=environment(),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours, server
