"""Kept cells belong to the network that learned, not to the name of its file."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from comparison_cells import SMALL

from preceptor.api.comparing import Made
from preceptor.comparison import ComparisonProgress, compare
from preceptor.comparison.design import load
from preceptor.core import InputError
from preceptor.core.lock import alone

NET = """
import torch
from nets import WIDTH
def net():
    return torch.nn.Sequential(
        torch.nn.Linear(6, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, 2)
    )
"""


def design(folder: Path, name: str = "net") -> object:
    learner = Made(f"{folder / 'net.py'}:{name}")
    small = replace(SMALL, strategies=("random",), budgets=(6,), seeds=(0, 1), learner=learner)
    return replace(small, steps=5, probes=40, items=5, attack="noise:size=0.1")


def kept(folder: Path, name: str = "net", jobs: int = 1) -> list[bool]:
    seen: list[ComparisonProgress] = []
    compare(design(folder, name), folder / "out", n_jobs=jobs, watch=seen.append)
    return [told.resumed for told in seen]


@pytest.mark.slow
def test_cells_of_a_network_that_changed_are_learned_anew(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "nets.py").write_text("WIDTH = 32\n")
    assert kept(tmp_path) == [False] * 4
    assert kept(tmp_path) == [True] * 4
    (tmp_path / "nets.py").write_text("WIDTH = 16\n")
    assert kept(tmp_path) == [False] * 4
    (tmp_path / "net.py").write_text(NET.replace("ReLU", "Tanh"))
    assert kept(tmp_path, jobs=2) == [False] * 4
    assert kept(tmp_path) == [True] * 4


def test_weights_that_a_network_starts_from_count(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import json, torch\nfrom pathlib import Path\ndef net():\n"
        "    made = torch.nn.Sequential(torch.nn.Linear(6, 2))\n"
        "    made[0].bias.data += json.loads(Path(__file__).with_name('b.json').read_text())\n"
        "    return made\n"
    )
    (tmp_path / "b.json").write_text("1")
    one = design(tmp_path).untaught(0)  # type: ignore[attr-defined]
    assert design(tmp_path).untaught(0) == one  # type: ignore[attr-defined]
    (tmp_path / "b.json").write_text("2")
    assert design(tmp_path).untaught(0) != one  # type: ignore[attr-defined]


def test_a_network_that_is_another_every_time_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import os, torch\ndef net():\n    made = torch.nn.Sequential(torch.nn.Linear(6, 2))\n"
        "    made[0].bias.data += os.urandom(1)[0]\n    return made\n"
    )
    with pytest.raises(InputError, match="another untaught student for seed 0"):
        kept(tmp_path)


def test_all_streams_start_from_the_seed_and_stay(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import random, numpy as np, torch\ndef net():\n"
        "    made = torch.nn.Sequential(torch.nn.Linear(6, 2))\n"
        "    made[0].bias.data += random.random() + np.random.rand()\n    return made\n"
    )
    problem, learner = load("xor:features=6", 0), Made(f"{tmp_path / 'net.py'}:net")
    before = random.getstate(), np.random.get_state()[1].tolist()
    learner(problem, 0)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert kept(tmp_path) == [False] * 4
    assert kept(tmp_path) == [True] * 4


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    import threading

    seen: list[str] = []

    def second() -> None:
        try:
            compare(SMALL, tmp_path)
        except InputError as error:
            seen.append(str(error))

    with alone(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "another preceptor command" in seen[0]
