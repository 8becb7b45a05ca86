"""A real PostgreSQL server of our own, on a Unix socket, gone when the tests are over."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres" if os.geteuid() == 0 else None
"""The server refuses to run as root, so then it runs as the user of Debian's package."""


def programs() -> Path | None:
    """Where initdb and pg_ctl are; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a fresh server; one that is durable waits for the disk, as real ones do."""
    where = programs()
    if where is None:
        raise FileNotFoundError("no PostgreSQL here; run: apt-get install -y postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if USER:
        shutil.chown(folder, USER)
    data = folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, user=USER, cwd=folder, capture_output=True)

    run(where / "initdb", "-D", data, "-U", "desk", "-A", "trust", "--no-sync", "-E", "UTF8")
    switches = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    if not durable:
        switches += " -c fsync=off"
    run(where / "pg_ctl", "-D", data, "-o", switches, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql://desk@/postgres?host={folder}"
    finally:
        run(where / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)
