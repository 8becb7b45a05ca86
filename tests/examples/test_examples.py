"""Every example runs as it is written, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SAYS = {
    "image_model": ("Record of plain", "Side by side: plain, robust"),
    "table_rule": ("Record of Pipeline", "false_alarms"),
    "votes_and_predictions": ("Record of predictions", "without any attack"),
    "people_at_the_desk": ("Waiting for 24 answers", "taken: 24 answers"),
    "teach_and_compare": ("Taught: Sequential", "Comparison of 3 ways"),
    "search_anywhere": ("right on 100 %", "is not strongly robust"),
    "texts": (
        "Record of Pipeline",
        "Search of Pipeline",
        "Taught: Pipeline",
        "Comparison of 3 ways",
    ),
    "notebooks/first_look": (),
    "notebooks/table_and_rule": (),
    "notebooks/votes": (),
}
"""What each prints; a notebook shows, and prints nothing."""


def test_every_example_is_run() -> None:
    files = {str(one.relative_to(EXAMPLES).with_suffix("")) for one in EXAMPLES.rglob("*.py")}
    assert files == set(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for words in SAYS[name]:
        assert words in done.stdout
