"""The real command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = (sys.executable, "-c", "from preceptor.cli import main; main()")


def preceptor(folder: Path, *words: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    """``preceptor WORDS``, run in a folder. Whatever it says, it is no traceback."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": str(columns)}
    done = subprocess.run(
        [*PROGRAM, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=300
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done
