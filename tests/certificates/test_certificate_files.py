"""What a certificate says, keeps, and lets go on."""

import json
from pathlib import Path

import pytest
import torch
from oracles import network
from torch import nn

from preceptor.certificates import (
    Certificate,
    CertificateQuestion,
    ProofProgress,
    ProofSettings,
    check,
    least_certainty,
    prove,
    sampled_certificate,
)
from preceptor.certificates.sampled_certificate import upper_limit
from preceptor.core import Domain, InputError
from preceptor.students import TorchStudent
from preceptor.teachers import LogitMargin, Model, Rule, half_spaces


def pair() -> tuple[nn.Module, nn.Module]:
    """A teacher in three dimensions and a student near it."""
    torch.manual_seed(2)
    teacher, student = network(3, 16, 16, 3, scale=1.5), network(3, 12, 3)
    optimiser = torch.optim.Adam(student.parameters(), 1e-2)
    for _ in range(300):
        inputs = torch.rand(256, 3) * 2 - 1
        loss = (student(inputs) - teacher(inputs).detach()).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return student.eval(), teacher.eval()


STUDENT, TEACHER = pair()


def question(gamma: float, student: nn.Module = STUDENT) -> CertificateQuestion:
    who = Model(TEACHER, name="teacher", classes=3, rule=LogitMargin(gamma))
    return CertificateQuestion(TorchStudent(student, classes=3), who, Domain((3,), -1.0, 1.0))


def samples() -> float:
    """The greatest lead at which 200,000 samples show the student wrong."""
    inputs = torch.rand(200_000, 3) * 2 - 1
    with torch.no_grad():
        logits = TEACHER(inputs)
        first, second = logits.topk(2, 1).values.unbind(1)
        wrong = STUDENT(inputs).argmax(1) != logits.argmax(1)
    return float((first - second)[wrong].max())


SEEN = samples()


def test_least_certainty_is_bracketed() -> None:
    made = least_certainty(question(0.3), ProofSettings(seconds=60))
    assert made.status == "proved"
    assert made.least_lead is not None
    witnessed, proved = made.least_lead
    assert proved is not None
    assert witnessed * 1.01 >= SEEN
    assert witnessed < proved <= witnessed * 1.01 + 1e-3
    assert prove(question(proved + 1e-4)).status == "proved"
    assert prove(question(witnessed - 1e-3)).status == "refuted"
    assert check(made).agrees
    assert f"{witnessed:.6g}" in repr(made)


def test_least_certainty_needs_a_stated_lead() -> None:
    rule = Rule(half_spaces(torch.eye(3)[:1], torch.zeros(1), [(0, 1)]), name="r", classes=3)
    asked = CertificateQuestion(TorchStudent(STUDENT, classes=3), rule, Domain((3,), -1.0, 1.0))
    with pytest.raises(InputError, match="lead of logits"):
        least_certainty(asked)


def test_an_undecided_one_is_gone_on_with(tmp_path: Path) -> None:
    asked = question(SEEN + 0.05)
    whole = prove(asked, ProofSettings(seconds=60))
    first = prove(asked, ProofSettings(boxes=10))
    assert first.status == "undecided"
    assert first.ending().code == 3
    first.save(tmp_path)
    left = Certificate.load(tmp_path)
    assert left.volume == first.volume
    second = prove(asked, ProofSettings(seconds=60), resume=left)
    assert second.status == "proved"
    assert second.run["boxes"] > first.run["boxes"]
    assert second.run["boxes"] < 1.5 * whole.run["boxes"] + 20
    assert check(second).agrees
    again = prove(asked, resume=second)
    assert again.status == "proved"
    assert again.run == second.run


def test_what_is_kept_on_the_way_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each batch: every part of the domain that is not closed waits, so that going on is sound."""
    monkeypatch.setattr("preceptor.certificates.certify.KEEP_EVERY", 0.0)
    monkeypatch.setattr("preceptor.certificates.branching.BATCH", 8)
    asked = question(0.98 * SEEN)  # refuted, were it not for the few starts
    kept: list[Certificate] = []
    settings = ProofSettings(seconds=60, starts=1, ascent=0)
    first = prove(asked, settings, keep=kept.append)
    assert first.status == "refuted"
    assert kept
    for one in kept:
        assert one.status == "undecided"
        assert one.proof["waiting"] is not None
        volume = one.volume
        assert volume is not None
        assert volume.open > 0
    assert prove(asked, settings, resume=kept[len(kept) // 2]).status == "refuted"


def test_not_with_another_question(tmp_path: Path) -> None:
    first = prove(question(SEEN + 0.05), ProofSettings(boxes=10))
    other = network(3, 12, 3)
    for asked in (question(SEEN + 0.5), question(SEEN + 0.05, other)):
        with pytest.raises(InputError, match="another question"):
            prove(asked, resume=first)
    assert check(first, question(SEEN + 0.05, other)).agrees is False


def test_saved_whole_and_checked_from_the_file(tmp_path: Path) -> None:
    for gamma in (SEEN + 0.3, 0.5 * SEEN):
        made = prove(question(gamma)).save(tmp_path / "one.json")
        back = Certificate.load(tmp_path / "one.json")
        assert back.facts == made.facts
        assert repr(back) == repr(made)
        assert "<div" in back._repr_html_()
        json.dumps(back.to_dict())
        with pytest.raises(InputError, match="neither student nor teacher"):
            check(back)
        assert check(back, question(gamma)).agrees


def test_a_false_certificate_does_not_stand(tmp_path: Path) -> None:
    """Turned from refuted or undecided into proved by hand, it is found out."""
    file = tmp_path / "certificate.json"
    prove(question(SEEN + 0.3)).save(tmp_path)
    said = json.loads(file.read_text())
    low = question(0.5 * SEEN)
    said["question"]["teacher"]["version"] = low.teacher.version
    file.write_text(json.dumps(said))
    assert check(Certificate.load(tmp_path), low, seconds=20).agrees is not True
    made = prove(low)
    made.save(tmp_path)
    said = json.loads(file.read_text())
    said["witness"]["inputs"] = [0.0, 0.0, 0.0]
    file.write_text(json.dumps(said))
    assert check(Certificate.load(tmp_path), low).agrees is False


def test_the_volume_adds_up() -> None:
    made = prove(question(SEEN + 0.3))
    volume = made.volume
    assert volume is not None
    assert volume.proved == pytest.approx(1.0)
    assert volume.open == 0.0
    never = prove(question(80.0)).volume
    assert never is not None
    assert never.nowhere == pytest.approx(1.0)
    certain = _share_certain(SEEN + 0.3)
    assert 0.5 * (1 - certain) <= volume.nowhere <= 1 - certain + 0.01


def _share_certain(gamma: float) -> float:
    inputs = torch.rand(100_000, 3) * 2 - 1
    with torch.no_grad():
        first, second = TEACHER(inputs).topk(2, 1).values.unbind(1)
    return float((first - second >= gamma).float().mean())


def test_progress_is_told() -> None:
    steps: list[ProofProgress] = []
    prove(question(SEEN + 0.05), ProofSettings(seconds=30), watch=steps.append)
    assert {step.stage for step in steps} >= {"bounds", "witness", "boxes"}
    shares = [step.proved for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_samples_bound_what_is_left() -> None:
    asked = question(SEEN + 0.05)
    alone = sampled_certificate(asked, 5000, delta=0.01)
    assert alone.violations == 0
    assert alone.epsilon == pytest.approx(1 - 0.01 ** (1 / 5000), rel=1e-6)
    left = prove(asked, ProofSettings(boxes=10))
    assert left.status == "undecided"
    both = sampled_certificate(asked, 5000, delta=0.01, proof=left)
    assert both.epsilon == pytest.approx(min(1.0, both.open * alone.epsilon))
    wrong = sampled_certificate(question(0.0), 5000)
    assert wrong.violations > 0
    assert wrong.witness is not None
    assert wrong.violations / 5000 < wrong.epsilon
    done = sampled_certificate(asked, 10, proof=prove(asked, ProofSettings(seconds=60)))
    assert done.epsilon == 0.0


def test_the_upper_limit_is_exact() -> None:
    """The probability of so few violations at the limit is the risk."""
    from scipy.stats import binom

    for hits, draws in ((0, 10), (3, 50), (49, 50)):
        assert binom.cdf(hits, draws, upper_limit(hits, draws, 0.05)) == pytest.approx(0.05)
    assert upper_limit(5, 5, 0.05) == 1.0
