"""The joint question for other verifiers: the same function, the same box, the same cases, both ways."""

import itertools
import json
import time

import commands
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

import preceptor as pr
from preceptor.certificates import (
    CertificateQuestion,
    ProofSettings,
    export_question,
    import_question,
    prove,
)
from preceptor.certificates.branching import BoxSearch
from preceptor.core import Domain, InputError, Unanimous
from preceptor.students import TorchStudent
from preceptor.teachers import LogitMargin, Model, NearestPrototypes, Panel, Polyhedra, Rule

BOX = Domain((3,), -1.0, 2.0)


def net(seed: int, *widths: int) -> nn.Sequential:
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for i, (one, other) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(one, other)] + [nn.ReLU()] * (i < len(widths) - 2)
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """A sum around a rectifier, so that some outputs of a layer are handed on unrectified."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first, self.inner, self.last = nn.Linear(3, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        here = self.first(x)
        return self.last(here + torch.relu(self.inner(here)))


def question(kind: str, seed: int = 0) -> CertificateQuestion:
    if kind == "rule":
        points = torch.rand(4, 3, generator=torch.Generator().manual_seed(seed))
        law = NearestPrototypes(points, torch.tensor([0, 1, 2, 0]), 0.05)
        who: object = Rule(law, name="rule", classes=3)
    elif kind == "panel":
        members = []
        for i in range(3):
            member = net(seed + i, 3, 6 + i, *([4] * i), 3)
            with torch.no_grad():
                member[-1].bias[0] += 1  # so that they are of one mind at many points
            members.append(Model(member, name=f"m{i}", classes=3, rule=LogitMargin(0.01)))
        who = Panel(members, "panel", Unanimous(3))
    else:
        who = Model(net(seed + 9, 3, 8, 8, 3), name="one", classes=3, rule=LogitMargin(0.1))
    module = Residual() if kind == "residual" else net(seed + 50, 3, 7, 3)
    return CertificateQuestion(TorchStudent(module, classes=3), who, BOX)


def holds(asked: CertificateQuestion, inputs: torch.Tensor) -> torch.Tensor:
    problem = asked.problem
    each = [(problem.values(case, inputs) >= 0).all(1) for case in problem.cases]
    return torch.stack(each).any(0)


@pytest.mark.parametrize("kind", ["rule", "network", "panel", "residual"])
def test_what_is_read_back_is_the_same_question(kind, tmp_path):
    asked = question(kind)
    back = import_question(export_question(asked, tmp_path))
    assert all(torch.equal(*pair) for pair in zip(back.box, asked.box, strict=True))
    assert len(back.problem.cases) == len(asked.problem.cases)
    low, high = asked.box
    inputs = low + torch.rand(4000, 3, dtype=torch.float64) * (high - low)
    for one, other in zip(asked.problem.cases, back.problem.cases, strict=True):
        mine, its = asked.problem.values(one, inputs), back.problem.values(other, inputs)
        assert torch.allclose(mine, its, rtol=0, atol=1e-12)
    assert 0 < int(holds(asked, inputs).sum()) < 4000
    assert torch.equal(back.holds(inputs), holds(asked, inputs))


@pytest.mark.parametrize("kind", ["rule", "panel"])
def test_another_runtime_computes_the_same_from_the_file(kind, tmp_path):
    asked = question(kind)
    export_question(asked, tmp_path)
    said = json.loads((tmp_path / "question.json").read_text())
    assert said["numbers"] == "float64"
    session = onnxruntime.InferenceSession(tmp_path / "joint.onnx")
    back = import_question(tmp_path)
    point = torch.rand(1, 3, dtype=torch.float64)
    (found,) = session.run(None, {"X": point.numpy()})
    assert torch.allclose(torch.from_numpy(found), back.problem.nets[0](point), atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_decided_as_the_question_itself(seed, tmp_path):
    asked = question("network", seed)
    made = prove(asked, ProofSettings(seconds=20, rounding="real"))
    assert made.status != "undecided"
    back = import_question(export_question(asked, tmp_path))
    found = []

    def confirm(case: int, points: torch.Tensor) -> bool:
        found.append(bool(back.holds(points).any()))
        return found[-1]

    search = BoxSearch(back.problem, back.box, confirm, steps=4, exact_at=12)
    search.run(time.monotonic() + 20, 10**6, lambda _: None)
    assert (made.status == "refuted") == any(found)
    assert any(found) or not search.open


def test_float32_is_written_where_asked_for_and_says_what_was_rounded(tmp_path):
    asked = question("rule")
    export_question(asked, tmp_path, single=True)
    said = json.loads((tmp_path / "question.json").read_text())
    assert (said["numbers"], said["rounded"]) == ("float32", True)
    session = onnxruntime.InferenceSession(tmp_path / "joint.onnx")
    assert session.get_inputs()[0].type == "tensor(float)"


def test_other_properties_of_this_form_are_read(tmp_path):
    export_question(question("network"), tmp_path)
    back = import_question(tmp_path)
    head = [f"(assert (>= X_{i} -0.5)) (assert (<= X_{i} 1e-1)) ; a bound" for i in range(3)]
    (tmp_path / "joint.vnnlib").write_text(
        "\n".join([*head, "(assert (or (and (<= Y_0 Y_1) (>= 2.5 Y_2)) (>= Y_1 1.0)))"])
    )
    other = import_question(tmp_path)
    assert [end.tolist() for end in other.box] == [[-0.5] * 3, [0.1] * 3]
    inputs = torch.rand(50, 3, dtype=torch.float64)
    out = back.problem.nets[0](inputs)
    wanted = ((out[:, 0] <= out[:, 1]) & (out[:, 2] <= 2.5)) | (out[:, 1] >= 1)
    assert torch.equal(other.holds(inputs), wanted)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(assert (>= X_0 0.0)", "not closed"),
        ("(assert (>= X_0 0.0)))", "too many"),
        ("(assert (or (and (>= Y_0 0.0))))", "has no bound"),
        ("(assert (>= Y_0 0.0))", "neither a bound"),
    ],
)
def test_a_damaged_property_says_what_is_wrong(text, says, tmp_path):
    export_question(question("rule"), tmp_path)
    (tmp_path / "joint.vnnlib").write_text(text)
    with pytest.raises(InputError, match=says):
        import_question(tmp_path)


def test_what_is_no_such_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"joint\.onnx is missing"):
        import_question(tmp_path)
    export_question(question("network"), tmp_path)
    good = (tmp_path / "joint.onnx").read_bytes()
    (tmp_path / "joint.onnx").write_bytes(b"no graph")
    with pytest.raises(InputError, match="no ONNX file"):
        import_question(tmp_path)
    made = onnx.load_from_string(good)
    made.graph.node[1].op_type = "Sigmoid"
    onnx.save(made, tmp_path / "joint.onnx")
    with pytest.raises(InputError, match="Sigmoid is not part of a chain"):
        import_question(tmp_path)
    nobody = Rule(Polyhedra([]), name="nobody", classes=3)
    asked = CertificateQuestion(TorchStudent(net(0, 3, 4, 3), classes=3), nobody, BOX)
    with pytest.raises(InputError, match="certain of nothing"):
        export_question(asked, tmp_path)


def test_prove_writes_it_beside_the_certificate(tmp_path):
    (tmp_path / "model.py").write_text(
        "import torch\nnet = torch.nn.Linear(2, 2)\n"
        "net.weight.data = torch.tensor([[0., -1.], [0., 1.]])\nnet.bias.data.zero_()\n"
    )
    ran = commands.preceptor(
        tmp_path, "prove", "--student", "model.py:net", "--data", "plane", "--export", "joint"
    )
    assert ran.returncode == 0, ran.stderr
    assert "Question for other verifiers: joint" in ran.stderr
    back = import_question(tmp_path / "joint")
    assert len(back.problem.cases) == 2
    torch.manual_seed(0)
    module = nn.Linear(2, 2)
    with pytest.warns(UserWarning, match="other verifiers"):
        pr.prove(module, "plane", export=tmp_path / "py")
    assert (tmp_path / "py/joint.vnnlib").exists()
