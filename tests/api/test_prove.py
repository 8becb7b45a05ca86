"""``preceptor.prove`` and ``preceptor prove``: the same, from whatever people have."""

import json
from pathlib import Path

import commands
import pytest
import torch
from torch import nn

import preceptor as pr
from preceptor.teachers import LogitMargin


def second_sign(slope: float = 0.0) -> nn.Module:
    """The sign of the second feature, and of some of the first."""
    net = nn.Linear(2, 2)
    net.weight.data = torch.tensor([[-slope, -1.0], [slope, 1.0]])
    net.bias.data = torch.zeros(2)
    return net


STUDENT = """
import torch

net = torch.nn.Linear(2, 2)
net.weight.data = torch.tensor([[-{slope}, -1.0], [{slope}, 1.0]])
net.bias.data = torch.zeros(2)
"""


def test_of_a_problem() -> None:
    right = pr.prove(second_sign(), "plane")
    assert right.status == "proved"
    assert right.volume is not None
    assert right.volume.nowhere == pytest.approx(0.025, abs=1e-3)
    wrong = pr.prove(second_sign(0.2), "plane")
    assert wrong.status == "refuted"
    assert pr.check_certificate(right).agrees
    assert pr.check_certificate(wrong).agrees


def test_of_a_ball() -> None:
    item = pr.prove(second_sign(0.2), "plane", around="1003", eps=0.01)
    assert item.status == "proved"
    assert item.facts["question"]["around"] == "1003"
    with pytest.raises(pr.InputError, match="no item has this id"):
        pr.prove(second_sign(), "plane", around="none", eps=0.1)
    with pytest.raises(pr.InputError, match="go together"):
        pr.prove(second_sign(), "plane", eps=0.1)


def test_of_two_networks(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    who = pr.Model(net, name="net", classes=2, rule=LogitMargin(0.1))
    made = pr.prove(net, "plane", who, out=tmp_path)
    assert made.status == "proved"
    assert pr.check_certificate(tmp_path, net, "plane", who).agrees
    made = pr.prove(second_sign(), "plane", who, least_certainty=True)
    assert made.least_lead is not None


def test_what_is_not_piecewise_linear_is_named() -> None:
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    with pytest.raises(pr.InputError, match="Tanh"):
        pr.prove(net, "plane")
    with pytest.raises(pr.InputError, match="says its cases"):
        pr.prove(second_sign(), "plane", lambda x: (x[:, 0] > 0).long(), classes=2)


def test_of_the_command_line(tmp_path: Path) -> None:
    for name, slope, code in (("right", 0.0, 0), ("wrong", 0.2, 1)):
        file = tmp_path / f"{name}.py"
        file.write_text(STUDENT.format(slope=slope))
        words = [
            "prove",
            "--student",
            f"{file}:net",
            "--data",
            "plane",
            "--out",
            str(tmp_path / name),
        ]
        done = commands.preceptor(tmp_path, *words, "--json")
        assert done.returncode == code, done.stderr
        said = json.loads(done.stdout)
        assert said["status"] == ("proved" if code == 0 else "refuted")
        assert said["outcome"]["exit_code"] == code
        checked = commands.preceptor(tmp_path, *words, "--check")
        assert checked.returncode == 0
        assert "stands" in checked.stdout
        again = commands.preceptor(tmp_path, *words)
        assert again.returncode == code
    other = ["prove", "--student", f"{tmp_path / 'wrong.py'}:net", "--data", "plane"]
    refused = commands.preceptor(tmp_path, *other, "--out", str(tmp_path / "right"))
    assert refused.returncode == 2
    assert "another question" in refused.stderr
    assert "Traceback" not in refused.stderr
