"""Attempts to make it say *proved* where that is false, or *refuted* without a witness."""

from dataclasses import replace

import pytest
import torch
from oracles import greatest_violation, grid_violations, network
from torch import Tensor, nn

from preceptor.certificates import CertificateQuestion, ProofSettings, check, prove
from preceptor.core import Domain, InputError, Unanimous
from preceptor.students import TorchStudent
from preceptor.teachers import LogitMargin, Model, Panel, Polyhedra, Rule

NEAR = 1e-4
"""Violations smaller than this, either way, are a matter of rounding."""

FEW = ProofSettings(seconds=60.0, starts=8, ascent=15)


def teacher_of(members: list[nn.Sequential], gamma: float, classes: int) -> Model | Panel:
    rule = LogitMargin(gamma)
    models = [Model(m, name=f"m{i}", classes=classes, rule=rule) for i, m in enumerate(members)]
    return models[0] if len(models) == 1 else Panel(models, "panel", Unanimous(len(models)))


def asked(
    student: nn.Sequential, members: list[nn.Sequential], gamma: float, domain: Domain, classes: int
) -> CertificateQuestion:
    pupil = TorchStudent(student, classes=classes)
    return CertificateQuestion(pupil, teacher_of(members, gamma, classes), domain)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("split", [True, False])
def test_against_a_mixed_integer_program_of_its_own(seed: int, split: bool) -> None:
    torch.manual_seed(seed)
    features, classes = 2 + seed % 2, 2 + seed % 3
    members = [network(features, 5, classes) for _ in range(1 + seed % 2)]
    student = network(features, 4, classes)
    gamma = (0.0, 0.3, 0.6, 1.2)[seed % 4]
    low, high = [-1.0] * features, [1.0] * features
    truth = greatest_violation(student, members, gamma, low, high, classes)
    if not abs(truth) >= NEAR:
        pytest.skip("too near to say")
    settings = ProofSettings(60.0, starts=8, ascent=15, split_inputs=6 if split else 0)
    question = asked(student, members, gamma, Domain((features,), -1.0, 1.0), classes)
    made = prove(question, settings)
    assert made.status == ("refuted" if truth > 0 else "proved")
    assert check(made).agrees


@pytest.mark.parametrize("seed", range(12))
def test_against_a_grid(seed: int) -> None:
    torch.manual_seed(1000 + seed)
    teacher = network(2, 16, 16, 2, scale=1.5)
    student = network(2, 8, 2, scale=1.5)
    student = teacher if seed % 3 == 0 else student
    gamma = (0.05, 0.5, 2.0, 4.0)[seed % 4]
    wrong = grid_violations(student, [teacher], gamma, -3.0, 3.0)
    made = prove(asked(student, [teacher], gamma, Domain((2,), -3.0, 3.0), 2), FEW)
    assert made.status != "undecided"
    if wrong:
        assert made.status == "refuted"


def line_net(weight: float, bias: float) -> nn.Sequential:
    """Of one input: logits 0 and ``weight * x + bias``."""
    linear = nn.Linear(1, 2)
    linear.weight.data = torch.tensor([[0.0], [weight]])
    linear.bias.data = torch.tensor([0.0, bias])
    return nn.Sequential(linear)


@pytest.mark.parametrize("gap", [1e-2, 1e-3, 1e-4])
def test_tiny_margins(gap: float) -> None:
    """The teacher is certain of 1 from ``x = 0.25`` on; the student says 1 from just before or behind."""
    teacher = line_net(1.0, 0.0)
    domain = Domain((1,), -0.2, 1.0)
    early, late = line_net(1.0, -0.25 + gap), line_net(1.0, -0.25 - gap)
    assert prove(asked(early, [teacher], 0.25, domain, 2), FEW).status == "proved"
    made = prove(asked(late, [teacher], 0.25, domain, 2), FEW)
    assert made.status == "refuted"
    witness = made.witness
    assert witness is not None
    assert 0.25 - 1e-4 <= float(witness.inputs) <= 0.25 + 2 * gap


def test_within_rounding_nothing_is_said() -> None:
    teacher, student = line_net(1.0, 0.0), line_net(1.0, -0.25 + 2e-6)
    made = prove(asked(student, [teacher], 0.25, Domain((1,), -0.2, 1.0), 2), FEW)
    assert made.status == "undecided"
    assert "rounding" in made.facts["why"]
    assert made.volume is not None
    assert 0.99 < made.volume.proved < 1.0


def test_a_teacher_that_is_never_certain() -> None:
    """Nothing can be wrong then, and all of the volume is where it is nowhere certain."""
    pupil = TorchStudent(line_net(1.0, 0.0), classes=2)
    who = Rule(Polyhedra([]), name="silent", classes=2)
    made = prove(CertificateQuestion(pupil, who, Domain((1,), -1.0, 1.0)), FEW)
    assert made.status == "proved"
    assert made.volume is not None
    assert made.volume.nowhere == 1.0
    assert check(made).agrees


def test_weights_that_are_not_finite_are_refused() -> None:
    broken = line_net(float("nan"), 0.0)
    with pytest.raises(InputError, match="not finite"):
        prove(asked(broken, [line_net(1.0, 0.0)], 0.1, Domain((1,), -1.0, 1.0), 2), FEW)


def test_a_tie_is_not_proved() -> None:
    """A student of two equal logits says 0 by the order of classes; that is no lead."""
    teacher, tied = line_net(1.0, 0.0), line_net(0.0, 0.0)
    domain = Domain((1,), -1.0, -0.5)  # the teacher says 0 here
    short = replace(FEW, seconds=3)
    assert prove(asked(tied, [teacher], 0.2, domain, 2), short).status == "undecided"
    wrong = prove(asked(tied, [teacher], 0.2, Domain((1,), 0.5, 1.0), 2), FEW)
    assert wrong.status == "refuted"


def test_degenerate_boxes() -> None:
    torch.manual_seed(5)
    teacher, student = network(3, 8, 3), network(3, 6, 3)
    domain = Domain((3,), -1.0, 1.0)
    points = torch.rand(40, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
    said = student(points).argmax(1)
    pupil, who = TorchStudent(student, classes=3), teacher_of([teacher], 0.05, 3)
    wanted = who(points).labels
    seen = set()
    for row in range(40):
        made = prove(CertificateQuestion(pupil, who, domain, points[row], 0.0), FEW)
        wrong = int(wanted[row]) >= 0 and said[row] != wanted[row]
        assert made.status == ("refuted" if wrong else "proved")
        seen.add(made.status)
    assert seen == {"refuted", "proved"}


def test_fixed_features_stay() -> None:
    """The student errs only where the second feature moves, and it may not."""
    teacher = Rule(_first_sign, name="first", classes=2)
    linear = nn.Linear(2, 2)
    linear.weight.data = torch.tensor([[0.0, 0.0], [1.0, 0.5]])
    linear.bias.data = torch.zeros(2)
    pupil = TorchStudent(nn.Sequential(linear), classes=2)
    centre = torch.tensor([0.5, 0.0])
    still = Domain((2,), -1.0, 1.0, fixed=torch.tensor([False, True]))
    free = Domain((2,), -1.0, 1.0)
    assert prove(CertificateQuestion(pupil, teacher, still, centre, 0.9), FEW).status == "proved"
    assert prove(CertificateQuestion(pupil, teacher, free, centre, 0.9), FEW).status == "refuted"


class FirstSign:
    """The sign of the first feature, uncertain within 0.1 of 0."""

    def __call__(self, inputs: Tensor) -> Tensor:
        first = inputs[:, 0]
        return torch.where(first.abs() < 0.1, -1, (first > 0).long())

    def cases(self, features: int) -> list:
        from preceptor.teachers import half_spaces

        way = torch.eye(features)[:1]
        return list(half_spaces(way, torch.zeros(1), [(0, 1)], 0.1).cases(features))


_first_sign = FirstSign()


def test_samples_do_not_break_a_proof() -> None:
    torch.manual_seed(8)
    teacher = network(4, 20, 20, 3, scale=1.3)
    student = network(4, 12, 3)
    optimiser = torch.optim.Adam(student.parameters(), 1e-2)
    for _ in range(400):
        inputs = torch.rand(256, 4) * 2 - 1
        loss = (student(inputs) - teacher(inputs).detach()).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    student.eval()
    inputs = torch.rand(100_000, 4) * 2 - 1
    with torch.no_grad():
        logits = teacher(inputs)
        first, second = logits.topk(2, 1).values.unbind(1)
        wrong = student(inputs).argmax(1) != logits.argmax(1)
    lead = float((first - second)[wrong].max())
    domain = Domain((4,), -1.0, 1.0)
    below = prove(asked(student, [teacher], 0.9 * lead, domain, 3), FEW)
    assert below.status == "refuted"
    above = prove(asked(student, [teacher], lead + 0.5, domain, 3), FEW)
    assert above.status == "proved"
