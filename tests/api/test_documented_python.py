"""The Python that the pages show runs as it stands, with what a reader has."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib import pyplot

ROOT = Path(__file__).parents[2]


def blocks(page: str, heading: str) -> list[str]:
    """The Python under a heading, but for blocks that need more than a model, data and a teacher."""
    text = (ROOT / page).read_text().split(heading)[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", text, re.S)


def reader(folder: Path) -> dict[str, Any]:
    """What a reader of the pages has: a model, inputs, and a rule."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    other = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    rng = np.random.default_rng(0)

    def law(points: torch.Tensor) -> torch.Tensor:
        return (points.sum(1) > 1).long()

    inputs = {
        name: rng.uniform(size=(n, 2)).astype("float32")
        for name, n in (("X", 40), ("X_test", 40), ("X_train", 300))
    }
    return {"net": net, "other": other, "law": law, **inputs}


def run(page: str, heading: str, space: dict[str, Any], count: int) -> None:
    found = blocks(page, heading)[:count]
    assert len(found) == count
    for block in found:
        exec(compile(block, page, "exec"), space)
    pyplot.close("all")


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    return reader(tmp_path)


def test_own_model(space: dict[str, Any]) -> None:
    run("docs/how-to/own-model.md", "## From Python", space, 2)
    assert space["taught"].after is not None
    assert not list(Path.cwd().iterdir()), "nothing is left behind unless a folder is named"


def test_readme(space: dict[str, Any]) -> None:
    run("README.md", "## Five lines of Python", space, 1)
    assert space["record"].facts["questions"]["answered"]


def test_teach(space: dict[str, Any]) -> None:
    run("docs/how-to/teach.md", "## From Python", space, 1)
    assert space["taught"].answer.price.questions <= 200


def test_calibrate(space: dict[str, Any]) -> None:
    run("docs/how-to/calibrate.md", "## From Python", space, 1)
    assert space["found"].headline.saved >= 0


def test_explain_and_compare_students(space: dict[str, Any]) -> None:
    import preceptor as pr

    for name, student in (("ordinary", space["net"]), ("robust", space["other"])):
        pr.audit(student, space["X"], space["law"], "noise:size=0.1", out=f"runs/{name}", seed=1)
    pr.audit(space["net"], space["X"], space["law"], "none", out="my-audit")
    run("docs/how-to/explain.md", "## From Python", space, 1)
    run("docs/how-to/compare-students.md", "# Compare students", space, 1)
    assert Path("side-by-side.html").exists()
