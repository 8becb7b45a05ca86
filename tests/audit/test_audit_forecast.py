"""The forecast of a stopped audit: near what such audits take, and honest where little is known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.attacks import Noise
from preceptor.audit import Plan, Record, audit, forecast
from preceptor.core import Answers, ArraySource, Domain, UnansweredError, blank
from preceptor.sequential import StoppingRule
from preceptor.students import FunctionStudent


class Patient:
    """Answers the first questions that it is put and leaves the rest open."""

    name, version, classes, deterministic = "patient", "1", 2, False
    certainty = "Certain everywhere."

    def __init__(self, most: int, wrong: float) -> None:
        self.most, self.wrong = most, wrong

    def __call__(self, inputs: torch.Tensor) -> Answers:
        count = min(len(inputs), self.most)
        self.most -= count
        made = blank(len(inputs))
        made.labels[:] = (inputs[:, 0] < self.wrong).long()
        if count == len(inputs):
            return made
        answered = torch.arange(len(inputs)) < count
        made.labels[~answered] = -1
        reasons = dict.fromkeys(range(count, len(inputs)), "waits")
        raise UnansweredError("some wait", made, answered, reasons)


def waiting(folder: Path, rule: str, answers: int, wrong: float = 0.05, items: int = 400) -> Record:
    rng = np.random.default_rng(3)
    source = ArraySource(torch.from_numpy(rng.random((items, 3)).astype(np.float32)), Domain((3,)))
    student = FunctionStudent(
        lambda inputs: torch.zeros(len(inputs), dtype=torch.int64), name="none", classes=2
    )
    plan = Plan((Noise(size=1e-9, tries=1),), until=StoppingRule.parse(rule))
    return audit(student, Patient(answers, wrong), source, plan, folder)


def test_it_is_near_what_the_audit_takes(tmp_path: Path) -> None:
    whole = waiting(tmp_path / "whole", ">=0.8", 10**6)
    after = whole.facts["stopping"]["after"]
    assert whole.facts["stopping"]["claim"] == "certified"
    assert forecast(whole).further is None
    early = waiting(tmp_path / "early", ">=0.8", 30)
    used = early.facts["stopping"]["used"]
    assert 0 < used < after
    found = forecast(early)
    assert found.further is not None
    low, middle, high = found.further
    assert low <= middle <= high
    assert low <= after - used <= high
    assert found.undecided < 0.5
    assert found == forecast(early)


def test_the_nearer_the_threshold_the_longer(tmp_path: Path) -> None:
    far = forecast(waiting(tmp_path / "far", ">=0.8", 30, wrong=0.03)).further
    near = forecast(waiting(tmp_path / "near", ">=0.8", 30, wrong=0.16)).further
    assert far is not None
    assert near is not None
    assert near[1] > 2 * far[1]


def test_of_little_nothing_is_foretold(tmp_path: Path) -> None:
    assert forecast(waiting(tmp_path, ">=0.8", 3)).further is None


@pytest.mark.parametrize("rule", ["+-0.1", ">=0.8 of items"])
def test_other_rules(tmp_path: Path, rule: str) -> None:
    found = forecast(waiting(tmp_path, rule, 12))
    assert found.further is not None
    assert 0 < found.further[0] <= found.further[2] <= 400
