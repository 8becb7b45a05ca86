"""People at once at the real command, which is killed and started again: no answer is lost.

The large version, with its latencies, is ``benchmarks/desk.py``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/people"))

import people_postgres  # noqa: E402


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "study.db")
        return
    if people_postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed; run: apt-get install -y postgresql")
    with people_postgres.server() as url:
        yield url


@pytest.mark.slow
def test_no_acknowledged_answer_is_lost_and_none_is_doubled(where: str, tmp_path: Path) -> None:
    """More people than questions at a time, so that they meet at the overlap."""
    out = tmp_path / "result.json"
    command = [sys.executable, str(ROOT / "benchmarks/desk_crowd.py"), where, "--out", str(out)]
    few = ["--people", "8", "--kills", "2", "--seconds", "10", "--items", "60"]
    ended = subprocess.run(
        [*command, *few, "--think", "0.05", "0.3"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(out.read_text())
    assert found["kills"] == 2
    assert found["acknowledged"] == found["in_the_database"] >= 40
    assert found["questions_with_all_answers"] > 0
    assert found["requests_that_died_with_the_server"]
    for name in ("lost", "changed", "doubled", "questions_beyond_overlap", "tally_wrong"):
        assert found[name] == 0, name
    assert found["server_errors"] == found["refused"] == 0, found["examples"]
    assert found["said_by_the_desk"] == []
