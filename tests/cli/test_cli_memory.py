"""Memory that really runs out: under a limit on a process's addresses."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import commands
import numpy as np
import pytest

STUDENT: Final = """
import torch

class Wide(torch.nn.Module):
    def forward(self, inputs):
        wide = inputs.flatten(1)[:, :1] * torch.linspace(0, 1, 4_000_000)  # 16 MB an input, and more
        return torch.stack([wide.sin().mean(1), wide.cos().mean(1)], 1)

net = Wide()
"""

TEACHER: Final = """
def law(inputs):
    return (inputs.flatten(1)[:, 0] > 0.5).long()
"""

LIMITED: Final = """
import resource, sys
from preceptor.cli import main, audit, lazy
import preceptor.api.auditing
import torch
torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 1000 * 2**20, resource.RLIM_INFINITY))
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("memory")
    (made / "student.py").write_text(STUDENT)
    (made / "teacher.py").write_text(TEACHER)
    np.save(made / "inputs.npy", np.random.default_rng(0).random((64, 1, 4, 4), dtype=np.float32))
    return made


def limited(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    audit = ("--student", "student.py:net", "--data", "inputs.npy", "--teacher", "teacher.py:law")
    options = ("--attack", "pgd:eps=0.1,steps=2", "--bounds", "0,1", *words)
    return subprocess.run(
        [sys.executable, "-c", LIMITED, "audit", *audit, *options],
        cwd=folder,
        env=commands.environment(200, None),
        capture_output=True,
        text=True,
        timeout=commands.SECONDS,
    )


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_batch_that_does_not_fit_ends_in_one_line_and_2_and_auto_fits(folder: Path) -> None:
    done = limited(folder, "--batch", "64")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "memory ran out with --batch 64" in done.stderr
    assert "Run it again with --batch 32" in done.stderr
    done = limited(folder)
    assert done.returncode == 0, done.stderr


def test_a_batch_that_is_no_number_is_refused(folder: Path) -> None:
    audit = ("audit", "--student", "student.py:net", "--data", "inputs.npy", "--batch")
    for batch in ("0", "-3", "many", "1.5"):
        done = commands.preceptor(folder, *audit, batch)
        assert done.returncode == 2
        assert "expected a whole number, at least 1, or auto" in done.stderr
