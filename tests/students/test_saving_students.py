"""Taught students on disk."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from preceptor.core import Domain
from preceptor.lessons import FeatureSet, FrontStudent
from preceptor.students import TorchStudent, load_student, save_export, save_weights


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


def test_weights_come_back(tmp_path: Path):
    student = TorchStudent(network(), classes=3)
    file = save_weights(student, tmp_path / "deep" / "student.safetensors")
    other = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    other.load_state_dict(load_file(file))
    inputs = torch.randn(5, 4)
    assert torch.equal(student(inputs), other.eval()(inputs))
    assert not list(tmp_path.rglob("new.*"))


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_a_program_gives_the_same_logits_through_a_view_too(tmp_path: Path, batch: int):
    mask = torch.tensor([True, False, True, False])
    student = FrontStudent(
        TorchStudent(network(), classes=3), FeatureSet(mask, Domain((4,), -1.0, 1.0))
    )
    assert save_export(student, tmp_path / "student.pt2", (4,)) is None
    again = load_student(tmp_path / "student.pt2", classes=3, trust_pickle=True, shape=(4,))
    inputs = torch.rand(batch, 4)
    assert torch.allclose(again(inputs), student(inputs), atol=1e-6)


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        made: Tensor = self.inner(inputs)
        return made if float(inputs.sum()) > 0 else -made


def test_what_cannot_be_exported_says_why_and_leaves_no_file(tmp_path: Path):
    why = save_export(TorchStudent(Branches(), classes=3), tmp_path / "student.pt2", (4,))
    assert why
    assert "\n" not in why
    assert not list(tmp_path.iterdir())
