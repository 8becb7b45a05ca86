"""An audit with proofs: counts, the planted contradiction, coming back, and what cannot be proved."""

import json
from dataclasses import dataclass

import commands
import pytest
import torch
from torch import Tensor, nn

import preceptor as pr
from preceptor.audit.certified import certified
from preceptor.core import InputError
from preceptor.teachers import LinearCase, Rule, half_spaces

EPS = 0.1
POINTS = torch.tensor([[x, y] for x in (0.1, 0.4, 0.62, 0.9) for y in (0.2, 0.8)])
LAW = half_spaces(torch.tensor([[1.0, 0.0]]), torch.tensor([0.5]), [(0, 1)], 0.05)
ATTACK = f"pgd:eps={EPS}"


def student(at: float = 0.5) -> nn.Module:
    """Says 1 where the first feature is above ``at``."""
    net = nn.Linear(2, 2)
    net.weight.data = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    net.bias.data = torch.tensor([at, -at])
    return net


def teacher(law: object = LAW) -> Rule:
    return Rule(law, name="half", classes=2)


def audited(net: nn.Module, who: Rule, tmp_path, **more: object):
    options = {"attacks": [ATTACK], "bounds": (0, 1), "out": tmp_path / "audit", "certify": 20}
    return pr.audit(net, POINTS, who, **{**options, **more})


def test_every_item_is_proved_where_the_student_keeps_within_the_band(tmp_path):
    record = audited(student(), teacher(), tmp_path)
    (balls,) = certified(record)
    assert balls.eps == EPS
    assert balls.statuses == ("proved",) * 8
    assert balls.attacks == (record.attacks[0]["name"],)
    assert balls.sure_and_proved == 8
    assert balls.share == 1
    assert certified(pr.Record.load(tmp_path / "audit")) == (balls,)
    assert record.view().columns[-1] == "certified"
    assert "8/0/0" in {row[-1] for row in record.view().rows}
    assert record.to_dict()["certified"][0]["proved"] == 8
    page = (tmp_path / "audit/report.html").read_text()
    assert "What is proved" in page
    assert "100.0&nbsp;%" in page
    assert "Contradicted" not in page


def test_a_student_that_errs_in_some_balls_is_refuted_in_just_these(tmp_path):
    """It says 0 up to .6: wrong from .55 on, which balls of .1 reach from .62, not from .4 or .9."""
    record = audited(
        student(0.6), teacher(), tmp_path, attacks=["noise:size=0.001"], certify="20,eps=0.1"
    )
    (balls,) = certified(record)
    wanted = ["refuted" if x == pytest.approx(0.62) else "proved" for x in POINTS[:, 0].tolist()]
    assert list(balls.statuses) == wanted
    assert balls.unseen == 2  # noise of .001 finds nothing there
    assert "2 refuted, at 2 of which no attack found an error" in balls.sentence
    sharper = audited(student(0.6), teacher(), tmp_path / "pgd")
    assert certified(sharper)[0].unseen == 0
    assert not [one for one in sharper.findings if one["code"] == "proof-contradicted"]


@dataclass(frozen=True)
class Lying:
    """Says its cases begin at .9, and is certain from .55 on: every proof from its cases is worthless."""

    def __call__(self, inputs: Tensor) -> Tensor:
        return LAW(inputs)

    def cases(self, features: int) -> list[LinearCase]:
        row = torch.zeros(1, features, dtype=torch.float64)
        row[0, 0] = 1.0
        return [LinearCase(1, row, torch.tensor([-0.9], dtype=torch.float64))]


def test_a_planted_contradiction_is_told_loudly_and_counts_as_no_proof(tmp_path):
    record = audited(student(0.75), teacher(Lying()), tmp_path)
    (balls,) = certified(record)
    told = [one for one in record.findings if one["code"] == "proof-contradicted"]
    assert balls.faults == len(told) == balls.count("contradicted") == 2
    assert {one.item for one in balls.contradictions} == {record.ids[4], record.ids[5]}
    assert told[0]["level"] == "warning"
    assert "CONTRADICTED" in balls.sentence
    assert balls.cell.endswith("!2")
    assert any("proved within l_inf" in words for words in record.view().warnings)
    assert "A defect" in (tmp_path / "audit/report.html").read_text()


def test_run_again_nothing_is_proved_twice(tmp_path, monkeypatch):
    first = audited(student(0.6), teacher(), tmp_path)
    lines = (tmp_path / "audit/certified.jsonl").read_text().splitlines()
    assert {json.loads(line)["status"] for line in lines} == {"proved", "refuted"}
    cut = "\n".join([*lines[:-1], lines[-1][:20]])  # as a crash leaves it
    (tmp_path / "audit/certified.jsonl").write_text(cut + "\n")
    import preceptor.api.certified_audit as module

    proved = []
    inner = module.prove
    monkeypatch.setattr(module, "prove", lambda *a, **k: proved.append(1) or inner(*a, **k))
    again = audited(student(0.6), teacher(), tmp_path)
    assert len(proved) == 1
    assert again.digest == first.digest
    assert certified(again) == certified(first)
    audited(student(0.61), teacher(), tmp_path)
    assert len(proved) == 9  # another student


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"certify": "much"}, "the most seconds for each item"),
        ({"certify": 0}, "the most seconds for each item"),
        ({"certify": "5,size=1"}, "the most seconds for each item"),
        ({"attacks": ["pgd:eps=0.1,norm=l2"]}, "no attack of this audit has an eps"),
    ],
)
def test_what_cannot_be_understood_is_refused_before_anything_is_asked(more, says, tmp_path):
    with pytest.raises(InputError, match=says):
        audited(student(), teacher(), tmp_path, **more)
    assert not (tmp_path / "audit/record.json").exists()


def test_a_teacher_or_student_of_another_form_is_refused_before_anything_is_asked(tmp_path):
    asked = []

    def law(points: Tensor) -> Tensor:
        asked.append(len(points))
        return LAW(points)

    with pytest.raises(InputError, match="not known where it is certain"):
        audited(student(), teacher(law), tmp_path)
    with pytest.raises(InputError, match="Sigmoid"):
        audited(nn.Sequential(nn.Sigmoid(), student()), teacher(), tmp_path)
    assert asked == []


def test_the_command_prints_the_column(tmp_path):
    (tmp_path / "model.py").write_text(
        "import torch\nnet = torch.nn.Linear(2, 2)\n"
        "net.weight.data = torch.tensor([[0., -1.], [0., 1.]])\nnet.bias.data.zero_()\n"
    )
    ran = commands.preceptor(
        tmp_path, "audit", "--student", "model.py:net", "--data", "plane", "--items", "4", "--attack",
        "pgd:eps=0.2", "--certify", "10", columns=200,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "4/0/0" in ran.stdout
    assert "Certified within l_inf 0.2: 4 of 4 items are proved" in ran.stdout
