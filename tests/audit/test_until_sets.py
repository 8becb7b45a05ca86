"""Stopping with answers that are sets: what is decided holds whichever label each stands for."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from set_worlds import LABELS, Quarters, Reader, Shift, audited, partly, plainly, source

from preceptor.audit import Plan, audit, check_decision, summarise
from preceptor.audit.terms import result_codes
from preceptor.core import UNCERTAIN, Answers
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, accuracy
from preceptor.sequential import Pool, Process, Result, StoppingRule, grid

NONCE = "00112233445566778899aabbccddeeff"


@pytest.fixture(autouse=True)
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of asking is the operating system's draw; here it is always the same one."""
    for module in ("line", "attempts"):
        monkeypatch.setattr(f"preceptor.audit.{module}.fresh_nonce", lambda: NONCE)


A, E, V, U = Verdict.AGREE, Verdict.ERROR, Verdict.VOID, Verdict.UNCONTRADICTED


@pytest.mark.parametrize("pool", [False, True])
def test_the_ends_are_those_of_the_worst_resolution_for_each(pool: bool) -> None:
    verdicts = [A, U, A, A, E, U, V, A, A, U, A]
    points = grid(0.8)

    def ends(codes: np.ndarray) -> tuple[float, float]:
        counts = np.array([len(verdicts) + 3, 0, 0])
        process = Process.start(points, Pool.of(counts, proxied=False) if pool else None)
        for code in codes:
            process = process.after(np.asarray(code))
        low, high = process.ends(0.05)
        return float(low), float(high)

    codes = result_codes([torch.tensor(verdicts)])[0]
    low, high = ends(codes)
    open_ = np.flatnonzero(codes == Result.UNKNOWN)
    found = []
    for way in product((Result.RIGHT, Result.WRONG), repeat=len(open_)):
        resolved = codes.copy()
        resolved[open_] = way
        found.append(ends(resolved))
    assert low == pytest.approx(min(one for one, _ in found))
    assert high == pytest.approx(max(one for _, one in found))


@pytest.mark.parametrize("rule", ["'>=0.5'", "'>=0.95 of items'", "'+-0.2 of items'"])
def test_an_audit_that_stops_holds_every_resolution_and_checks(tmp_path: Path, rule: str) -> None:
    plan = Plan((Shift(1 / 16),), repeats=0, until=StoppingRule.parse(rule.strip("'")))
    record = audited(partly, tmp_path, plan=plan)
    assert check_decision(record) == []
    summary = summarise(record)
    low, high = summary.least.interval
    rate = summary.headline.relative
    assert rate.uncontradicted > 0
    if rule.endswith("of items'"):  # of these items the rate is known, whatever each set stands for
        for last in (False, True):
            whole = summarise(audited(resolved(last), tmp_path / f"{last}", plan=full())).headline
            value = whole.relative.value
            assert value is not None
            assert low - 1e-9 <= value <= high + 1e-9


def full() -> Plan:
    return Plan((Shift(1 / 16),), repeats=0)


def resolved(last: bool):
    def say(inputs: torch.Tensor) -> Answers:
        sets = partly(inputs).acceptable(LABELS)
        ends = sets.long().cumsum(1).argmax(1) if last else sets.long().argmax(1)
        return Answers(torch.where(sets.all(1), UNCERTAIN, ends), torch.zeros(len(inputs)))

    return say


def test_a_proxy_may_say_sets(tmp_path: Path) -> None:
    rule = StoppingRule(least=0.5, of="items")
    plan = Plan((Shift(1 / 16),), repeats=0, until=rule)
    record = audited(plainly, tmp_path, plan=plan, proxy=Reader(partly, "proxy"))
    assert check_decision(record) == []
    assert record.facts["stopping"]["proxy"]["name"] == "proxy"


def test_few_wrong_answers_refute_whatever_is_not_contradicted() -> None:
    assert accuracy(torch.tensor([U] * 5 + [E] * 5)).bounds == (0.0, 0.5)


def test_who_comes_back_asks_nothing_anew_and_finds_the_same(tmp_path: Path) -> None:
    plan = Plan((Shift(1 / 16),), repeats=0, until=StoppingRule(least=0.5))
    path = tmp_path / "kept.db"

    def once() -> tuple[str, int]:
        reader = Reader(partly)
        with Ledger(path) as ledger:
            record = audit(Quarters(), ledger.keep(reader), source(), plan, tmp_path / "out")
        assert record.clean.sheet.sets is not None
        return record.digest, reader.asked

    first, asked = once()
    again, more = once()
    assert asked > 0
    assert (again, more) == (first, 0)
