"""A planted win is shown, a planted tie is a tie, a planted loss is neither."""

import math

import pytest
from paper_planted import ADVANTAGE, finding

from preceptor.core import InputError
from preceptor.core.plain import read_fields
from preceptor.outcome import Spread
from preceptor.paper import CLAIMS, Check, VerdictRule

PLANTED = {
    "shown": [30.0, 34.0, 28.0, 31.0, 33.0],
    "tie": [1.5, 1.6, 1.4, 1.5, 1.7],
}


def spreads(ratio: list[float], power: list[float] | None = None) -> dict[str, Spread | None]:
    return {
        "asked / told, d=4": Spread.of(ratio),
        "asked / told, d=8": Spread.of(ratio),
        "power": Spread.of(power or [1.0, 1.01, 0.99, 1.0, 1.0]),
    }


@pytest.mark.parametrize("verdict", PLANTED)
def test_a_planted_win_and_a_planted_tie(verdict: str) -> None:
    assert ADVANTAGE.verdict(spreads(PLANTED[verdict])) == verdict


@pytest.mark.parametrize(
    "ratio",
    [
        [0.1, 0.11, 0.09, 0.1, 0.1],  # asking is ten times as cheap
        [5.0, 5.1, 4.9, 5.0, 5.0],  # between a tie and a win
        [2.0, 40.0, 3.0, 25.0, 60.0],  # the mean is a win, the seeds leave it open
        [30.0],  # one seed
    ],
)
def test_neither(ratio: list[float]) -> None:
    assert ADVANTAGE.verdict(spreads(ratio)) == "not shown"


def test_a_tie_needs_all_of_its_checks() -> None:
    assert ADVANTAGE.verdict(spreads(PLANTED["tie"], [2.0, 2.0, 2.0])) == "not shown"


def test_one_size_that_misses_is_enough() -> None:
    found = spreads(PLANTED["shown"]) | {"asked / told, d=16": Spread.of([1.0, 1.0, 1.0])}
    assert ADVANTAGE.verdict(found) == "not shown"
    assert ADVANTAGE.shown[0].state(found) == "fails"


def test_what_is_missing_or_undefined_shows_nothing() -> None:
    assert ADVANTAGE.verdict({}) == "not shown"
    found: dict[str, Spread | None] = spreads(PLANTED["shown"]) | {"asked / told, d=16": None}
    assert ADVANTAGE.shown[0].state(found) == "open"
    assert ADVANTAGE.verdict(found) == "not shown"


def test_an_exact_number_may_be_asked_for() -> None:
    exact = Check("x", 1.0, 1.0)
    assert exact.words == "exactly 1"
    assert exact.one(Spread.of([1.0, 1.0, 1.0 - 1e-12])) == "holds"
    assert exact.one(Spread.of([1.0, 1.0, 0.999])) == "open"
    assert exact.one(Spread.of([0.9, 0.9])) == "fails"


def test_an_undefined_seed_makes_the_number_undefined() -> None:
    one = finding({"asked / told, d=4": [30.0, None, 31.0], "power": [1.0, 1.0, 1.0]})
    assert one.spreads["asked / told, d=4"] is None
    assert one.verdict == "not shown"


def test_rules_that_can_show_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="at least one check"):
        VerdictRule(())
    with pytest.raises(InputError, match="nothing lies between"):
        Check("x", 2.0, 1.0)


def inside(check: Check) -> float:
    if math.isinf(check.high):
        return check.low + 1
    return check.high - 1 if math.isinf(check.low) else (check.low + check.high) / 2


def beyond(check: Check) -> float:
    return check.high + 1 if math.isinf(check.low) else check.low - 1


def planted(checks: tuple[Check, ...], wrong: Check | None = None) -> dict[str, Spread | None]:
    """Numbers in the middle of their bounds, but for one."""
    return {
        check.measure.replace("*", "d=7"): Spread.of(
            [beyond(check) if check == wrong else inside(check)] * 3
        )
        for check in checks
    }


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.facts.name)
def test_the_rule_of_every_claim_can_go_all_ways(claim) -> None:
    rule = claim.facts.rule
    best = (
        "shown against the strongest asker" if rule.strongest else "shown against usual askers only"
    )
    wanted = best if rule.contested else "shown"
    checks = (*rule.shown, *rule.usual, *rule.strongest)
    assert rule.verdict(planted(checks)) == wanted
    for check in checks:
        assert rule.verdict(planted(checks, wrong=check)) != wanted, check.measure
    if rule.tie:
        assert rule.verdict(planted(rule.tie)) == "tie"
        for check in rule.tie:
            found = planted(rule.tie, wrong=check)
            assert rule.verdict(found) != "tie", check.measure
    assert claim.facts.expected != "tie" or rule.tie
    read = read_fields(VerdictRule, rule.describe())
    assert read == rule
