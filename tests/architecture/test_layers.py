"""The picture in CONTRIBUTING.md is the table that the import test reads."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_layers_are_drawn_from_the_table() -> None:
    done = subprocess.run([sys.executable, "scripts/layers.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python scripts/layers.py"
