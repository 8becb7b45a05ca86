"""A process with everything imported, which forks one child for each command that is run.

A command in such a child starts as it does in a process of its own, but for the seconds that the
imports take: nothing that an earlier command or a test did has left a trace in it, since the server
itself runs no command. ``preceptor.cli`` is imported in the child, as its consoles look at the terminal
when they are made.

Started by ``commands.py`` with a socket's number as its only argument. Each message on the socket is the
JSON of ``words``, ``folder``, ``env`` and ``seconds`` on a line, with three open files for the command's
standard streams; the answer is the exit code, negative for a signal as in ``subprocess``.
"""

import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import signal
import socket
import sys
from typing import Any, NoReturn

LATER = ("sklearn.linear_model", "sklearn.pipeline", "skimage.metrics", "ot", "joblib", "PIL.Image")
"""What commands import when they need it, and what many of the tests' commands need."""


def serve(link: socket.socket) -> None:
    """Run commands until the other end is closed."""
    _import_all()
    gc.freeze()  # children would copy what a collection touches
    while True:
        data, files, _, _ = socket.recv_fds(link, 1 << 16, 3)
        if not data:
            return
        while not data.endswith(b"\n"):
            data += link.recv(1 << 16)
        child = os.fork()
        if not child:
            _run(json.loads(data), files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        link.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _import_all() -> None:
    import preceptor

    for one in pkgutil.walk_packages(preceptor.__path__, "preceptor."):
        if not one.name.startswith("preceptor.cli"):
            importlib.import_module(one.name)
    for name in LATER:
        importlib.import_module(name)


def _run(command: dict[str, Any], files: list[int]) -> NoReturn:
    """Be the command, and end."""
    code = 1
    try:
        for stream, file in enumerate(files):
            os.dup2(file, stream)
            os.close(file)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
        signal.alarm(command["seconds"])
        os.chdir(command["folder"])
        os.environ.clear()
        os.environ.update(command["env"])
        _draw_anew()
        sys.argv = ["preceptor", *command["words"]]
        from preceptor.cli import main

        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # as the interpreter would
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        sys.stderr.flush()
    finally:
        os._exit(code)


def _draw_anew() -> None:
    """Global streams of random numbers start elsewhere in every process; Python's own does by itself."""
    import numpy as np
    import torch

    np.random.seed()
    torch.seed()


if __name__ == "__main__":
    sys.path[0] = ""  # as of ``python -c``: user files lie in the folder of the command
    serve(socket.socket(fileno=int(sys.argv[1])))
