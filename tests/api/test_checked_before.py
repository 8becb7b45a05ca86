"""Reports of the shipped MNIST panels say what people said beside them."""

from pathlib import Path

import pytest
import torch

import preceptor as pr
from preceptor.problems import problem
from preceptor.teachers import Panel, Votes

torch.set_num_threads(1)


def audited(teacher: object, folder: Path) -> str:
    digits = problem("mnist")
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    record = pr.audit(
        network,
        digits.source.read(0, 8),
        teacher,
        attacks=["noise:size=0.1"],
        out=folder / "run",
        ledger=folder / "ledger.db",
        classes=10,
    )
    (found,) = [one["message"] for one in record.findings if one["code"] == "unchecked-teacher"]
    assert found.split(". ")[0] in (folder / "run/report.html").read_text().replace("&#39;", "'")
    return str(found)


@pytest.mark.parametrize(("name", "contrary"), [("mnist", 16), ("mnist-contrast", 3)])
def test_the_shipped_panels_tell_their_check(name: str, contrary: int, tmp_path: Path) -> None:
    said = audited(problem(name).teacher, tmp_path)
    assert "never checked against people at inputs like these" in said
    assert "of 21 that became another digit to people it says so of 0" in said
    assert f"certain of something else on {contrary}" in said


def test_another_panel_is_told_nothing_of_it(tmp_path: Path) -> None:
    members = problem("mnist").teacher.members[:3]  # type: ignore[attr-defined]
    other = Panel(members, name="mnist-panel", rule=Votes(least=3))
    assert "became another digit" not in audited(other, tmp_path)
