"""Phases of rectifiers split, where many inputs move."""

import pytest
import torch
from oracles import greatest_violation, network
from test_soundness import NEAR, asked, teacher_of

from preceptor.certificates import CertificateQuestion, ProofSettings, check, prove
from preceptor.core import Domain
from preceptor.students import TorchStudent


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("exact_at", [0, 6])
def test_agrees_with_the_program(seed: int, exact_at: int) -> None:
    torch.manual_seed(50 + seed)
    members = [network(4, 6, 3) for _ in range(1 + seed % 2)]
    student = network(4, 6, 3)
    gamma = (0.2, 0.8, 1.5)[seed % 3]
    truth = greatest_violation(student, members, gamma, [-1.0] * 4, [1.0] * 4, 3)
    if not abs(truth) >= NEAR:
        pytest.skip("too near to say")
    settings = ProofSettings(60.0, split_inputs=0, exact_at=exact_at, starts=1, ascent=0)
    made = prove(asked(student, members, gamma, Domain((4,), -1.0, 1.0), 3), settings)
    assert made.status == ("refuted" if truth > 0 else "proved")
    assert check(made).agrees


def test_balls_in_many_dimensions() -> None:
    """Every ball is decided, in one way if samples show a violation; larger balls hold smaller ones."""
    torch.manual_seed(3)
    teacher, student = network(30, 16, 16, 3), network(30, 12, 3)
    optimiser = torch.optim.Adam(student.parameters(), 5e-3)
    for _ in range(400):
        inputs = torch.rand(256, 30)
        loss = (student(inputs) - teacher(inputs).detach()).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    who, pupil = teacher_of([teacher], 0.3, 3), TorchStudent(student.eval(), classes=3)
    statuses = []
    for _ in range(4):
        centre = torch.rand(30)
        before = "proved"
        for eps in (0.02, 0.1, 0.3):
            question = CertificateQuestion(pupil, who, Domain((30,), 0.0, 1.0), centre, eps)
            made = prove(question, ProofSettings(seconds=30))
            statuses.append(made.status)
            draws = (centre + (torch.rand(5000, 30) * 2 - 1) * eps).clamp(0, 1)
            said, wanted = pupil(draws).argmax(1), who(draws).labels
            if bool(((wanted >= 0) & (said != wanted)).any()):
                assert made.status == "refuted"
            if before == "refuted":
                assert made.status != "proved"
            before = made.status
    assert "undecided" not in statuses
    assert len(set(statuses)) == 2
