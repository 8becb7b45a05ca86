"""The forecast of a stopped audit: near what such audits take, and honest where little is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import drawing

from preceptor.attacks import NoiseAttack
from preceptor.audit import Plan, Record, audit, forecast
from preceptor.audit.forecast import _counted, _shares, _start, _stepped, continuations
from preceptor.audit.terms import Terms
from preceptor.core import Answers, ArraySource, Domain, UnansweredError, blank
from preceptor.sequential import Process, Result, StoppingRule, draw_order, grid
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
    plan = Plan((NoiseAttack(size=1e-9, tries=1),), until=StoppingRule.parse(rule))
    with drawing("a"):
        return audit(student, Patient(answers, wrong), source, plan, folder)


def test_it_is_near_what_the_audit_takes(tmp_path: Path) -> None:
    whole = waiting(tmp_path / "whole", ">=0.8", 10**6)
    after = whole.facts["stopping"]["after"]
    assert whole.facts["stopping"]["claim"] == "certified"
    assert forecast(whole).further is None
    early = waiting(tmp_path / "early", ">=0.8", 12)
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
    far = forecast(waiting(tmp_path / "far", ">=0.8", 12, wrong=0.03)).further
    near = forecast(waiting(tmp_path / "near", ">=0.8", 12, wrong=0.16)).further
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


class Luck(np.random.Generator):
    """The same numbers, however many are taken at once."""

    def __init__(self, numbers: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.numbers, self.taken = numbers, 0

    def random(self, size: tuple[int, int]) -> np.ndarray:  # type: ignore[override]
        self.taken += size[1]
        return self.numbers[:, self.taken - size[1] : self.taken]


@pytest.mark.parametrize(("least", "wrong"), [(0.9, 1), (0.8, 5), (0.97, 0)])
def test_counting_ends_where_the_process_ends(least: float, wrong: int) -> None:
    """About a source: many items at once, and item by item, from one start on the same draws."""
    terms = Terms(StoppingRule(least=least), 0.95, ("noise",), np.arange(330))
    found = np.full(20, Result.RIGHT, np.int64)
    found[10 : 10 + wrong] = Result.WRONG
    shares = _shares(found, 0 * found, 100, False, np.random.default_rng(0))
    luck, process = np.random.default_rng(1).random((100, 310)), _start(terms)
    for result in found:
        process = process.after(np.full(1, result))
    counted = _counted(terms, process, shares[:, 0], 310, Luck(luck))
    rows = process.rows(np.zeros(100, np.int64))
    stepped = _stepped(terms, rows, shares, np.zeros(310, np.int64), Luck(luck))
    assert np.array_equal(counted, stepped)
    assert len(set(counted.tolist())) > 5


@pytest.mark.parametrize("rate", [0.8, 0.9, 0.97])
def test_the_bets_at_the_rate_claimed_decide_as_all_bets_do(rate: float) -> None:
    rng, rule = np.random.default_rng(2), StoppingRule(least=0.9)
    draws = np.where(rng.random((200, 60)) < rate, Result.RIGHT, Result.WRONG).astype(np.int64)
    alone, whole = (
        Process.start(np.array([0.9]), None, (60,)),
        Process.start(grid(0.9), None, (60,)),
    )
    for results in draws:
        alone, whole = alone.after(results), whole.after(results)
        for one, other in zip(*(rule.claims(*p.ends(0.05)) for p in (alone, whole)), strict=True):
            assert np.array_equal(one, other)


def test_each_guess_of_a_proxy_is_trusted_as_far_as_it_was_right() -> None:
    guesses = np.array([Result.RIGHT] * 20 + [Result.WRONG] * 10, np.int64)
    found = guesses.copy()
    found[20:26] = Result.RIGHT
    shares = _shares(found, guesses, 4000, True, np.random.default_rng(0)).mean(0)
    assert shares[Result.RIGHT, Result.WRONG] < 0.02
    assert shares[Result.WRONG, Result.WRONG] == pytest.approx(0.38, abs=0.04)
    whole = (found == Result.WRONG).mean()
    assert shares[Result.VOID, Result.WRONG] == pytest.approx(whole, abs=0.04), "never guessed"


def test_with_a_proxy_the_range_holds_what_the_audit_takes() -> None:
    """Four in five are meant; with 20 audits 11 or fewer are one in a hundred."""
    held = 0
    for seed in range(20):
        rng = np.random.default_rng([7, seed])
        truth = np.where(rng.random(400) < 0.95, Result.RIGHT, Result.WRONG).astype(np.int64)
        guesses = np.where(rng.random(400) < 0.95, truth, 1 - truth)
        order = draw_order(guesses, 0.5, rng)
        rule = StoppingRule(least=0.9)
        terms = Terms(rule, 0.95, ("noise",), order, guesses[None], 0.5)
        process, taken = terms.first(), 400
        for number, row in enumerate(order, 1):
            process = terms.step(process, truth[row : row + 1])
            if terms.claim(process) != "undecided":
                taken = number
                break
        at = min(20, taken - 1)
        further, _ = continuations(terms, truth[order[:at]], guesses[order], 64)
        low, high = np.quantile(further, (0.1, 0.9), method="higher")
        held += int(low <= taken - at <= high)
    assert held >= 12
