"""Audits that stop: no question too many, whatever interrupts, and a decision that can be checked."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import SQUARE, Jitter, Pupil, Push, Scripted, Seer, honest, inputs_of, run, world
from torch import Tensor

from preceptor.audit import (
    AuditProgress,
    Plan,
    Record,
    check_decision,
    decide,
    sentence,
    summarise,
)
from preceptor.audit.decision import found_in, terms_of
from preceptor.core import Answers, ArraySource, InputError, UnansweredError
from preceptor.ledger import Ledger
from preceptor.sequential import Result, StoppingRule

ATTACKS = (Push((0.0, 0.125), "up"), Jitter(0.25))
RULE = StoppingRule(least=0.55)


def plan(rule: StoppingRule = RULE, **more: object) -> Plan:
    return Plan(ATTACKS, until=rule, **more)  # type: ignore[arg-type]


def said(record: Record) -> dict:
    return record.facts["stopping"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return run(tmp_path_factory.mktemp("plain"), source=world(150), plan=plan())


def test_it_stops_early_and_asks_nothing_of_the_rest(plain: Record, tmp_path: Path) -> None:
    seer = Seer()
    record = run(tmp_path, teacher=seer, source=world(150), plan=plan())
    assert record.digest == plain.digest
    assert said(record)["claim"] == "certified"
    n = len(record.ids)
    assert said(record)["after"] <= n < 110
    assert n <= said(record)["after"] * 1.05 + 1, "hardly an item too many"
    assert len(seer.asked) == len(set(seer.asked)) == record.facts["questions"]["asked"]
    assert set(seer.asked) <= set(inputs_of(record))


def test_every_input_of_an_item_is_asked_wrong_or_not(plain: Record) -> None:
    """What one attack showed saves no question: the other attacks have rates of their own."""
    assert Result.WRONG in found_in(plain)
    assert all(bool(s.asked.all()) for s in (plain.clean.sheet, *(m.sheet for m in plain.moved)))


@pytest.mark.parametrize("proxied", [False, True])
def test_the_record_does_not_depend_on_the_batch(tmp_path: Path, proxied: bool) -> None:
    digests = set()
    for batch in (1, 7, 256):
        more = {"proxy": Seer(name="guess")} if proxied else {}
        folder = tmp_path / str(batch)
        digests.add(run(folder, source=world(60), plan=plan(batch=batch), **more).digest)
    assert len(digests) == 1


def test_attacks_run_only_as_far_as_needed_and_give_what_they_would(
    plain: Record, tmp_path: Path
) -> None:
    push = Push((0.0, 0.125), "up")
    run(tmp_path / "a", source=world(150), plan=Plan((push, ATTACKS[1]), until=RULE, batch=8))
    assert sum(push.calls) < 150
    full = run(tmp_path / "b", source=world(150), plan=Plan(ATTACKS))
    rows = [int(item) for item in plain.ids]
    for sheet in range(3):
        got = plain.inputs(sheet, list(range(len(rows))))
        assert np.array_equal(got, full.inputs(sheet, rows))


def test_a_rule_about_these_items_is_exact_when_all_are_asked(tmp_path: Path) -> None:
    full = run(tmp_path / "full", source=world(30), plan=Plan(ATTACKS))
    rate = summarise(full).worst.relative.value
    assert rate is not None
    for least, claim in ((rate - 0.001, "certified"), (rate + 0.001, "refuted")):
        rule = StoppingRule(least=least, of="items")
        record = run(tmp_path / claim, source=world(30), plan=plan(rule))
        assert said(record)["claim"] == claim


def test_a_rule_about_the_source_may_stay_open_when_items_run_out(tmp_path: Path) -> None:
    record = run(tmp_path, source=world(12), plan=plan(StoppingRule(least=0.6)))
    assert said(record)["claim"] == "undecided"
    assert said(record)["used"] == 12
    assert "more items from the same source" in sentence(record)


def test_the_interval_rule_ends_as_narrow_as_wanted(tmp_path: Path) -> None:
    record = run(tmp_path, source=world(300), plan=plan(StoppingRule(within=0.15)))
    low, high = said(record)["interval"]
    assert said(record)["claim"] == "reached"
    assert high - low <= 0.3 + 1e-9
    least = summarise(record).least
    assert least.interval == (low, high)
    assert low == min(rate.interval[0] for rate in least.rates)
    assert high >= min(rate.interval[1] for rate in least.rates), "the upper ends are corrected"
    lows, highs = (np.array(said(record)["process"][name]) for name in ("low", "high"))
    assert (np.diff(lows) >= 0).all()
    assert (np.diff(highs) <= 0).all()


def test_every_rate_of_a_stopped_audit_has_an_interval_that_holds_at_any_time(
    plain: Record,
) -> None:
    for row in summarise(plain).rows:
        for rate in (row.relative, row.conventional):
            assert rate.stopped is not None
            assert rate.describe()["any_time"]
        assert row.items == sum(row.verdicts.values()) == 150
    attack = summarise(plain).attacks[1].relative
    assert attack.value is not None, "every item used was asked about under each attack"


def test_a_proxy_saves_answers_and_is_asked_everything(tmp_path: Path) -> None:
    rule = StoppingRule(least=0.55, of="items")
    alone = run(tmp_path / "a", source=world(400), plan=plan(rule))
    guess, seer = Seer(name="guess"), Seer()
    helped = run(tmp_path / "b", teacher=seer, proxy=guess, source=world(400), plan=plan(rule))
    assert said(alone)["claim"] == said(helped)["claim"] == "certified"
    assert said(helped)["after"] < said(alone)["after"]
    assert said(helped)["proxy"]["agreed"] == said(helped)["proxy"]["compared"]
    assert len(guess.asked) > 400 > len(seer.asked)
    assert said(helped)["population"] == "items"


def test_a_proxy_that_is_always_wrong_leads_to_no_other_claim(tmp_path: Path) -> None:
    def contrary(inputs: Tensor) -> Answers:
        answers = honest(inputs)
        return Answers(torch.where(answers.certain, 1 - answers.labels, 0), answers.cost)

    record = run(tmp_path, proxy=Seer(contrary, name="liar"), source=world(100), plan=plan())
    assert said(record)["claim"] == "certified"
    assert said(record)["proxy"]["agreed"] < said(record)["proxy"]["compared"]
    assert check_decision(record) == []


def test_a_proxy_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    def lazy(inputs: Tensor) -> Answers:
        raise RuntimeError("no")

    with pytest.raises(InputError, match="has to guess at everything"):
        run(tmp_path, proxy=Seer(lazy, name="lazy"), source=world(10), plan=plan())
    with pytest.raises(InputError, match="stopping rule"):
        run(tmp_path, proxy=Seer(), plan=Plan(ATTACKS))


class Person(Seer):
    """Answers so many new questions at a sitting; the rest waits."""

    def __init__(self, sitting: int) -> None:
        super().__init__()
        self.sitting = self.left = sitting

    def __call__(self, inputs: Tensor) -> Answers:
        n = min(self.left, len(inputs))
        self.left -= n
        answers = super().__call__(inputs[:n])
        if n == len(inputs):
            return answers
        there = torch.arange(len(inputs)) < n
        labels, cost = torch.full((len(inputs),), -1), torch.zeros(len(inputs))
        labels[:n], cost[:n] = answers.labels, answers.cost
        raise UnansweredError("she has not answered yet", Answers(labels, cost), there)


def test_a_person_answers_in_instalments(plain: Record, tmp_path: Path) -> None:
    person = Person(23)
    with Ledger(tmp_path / "ledger") as book:
        kept = book.keep(person, purpose="a", batch=1000)
        sittings = 0
        while sittings < 50:
            sittings += 1
            record = run(tmp_path / "out", teacher=kept, source=world(150), plan=plan())
            assert check_decision(record) == []
            if said(record)["claim"] != "undecided":
                break
            assert "answers are missing" in sentence(record)
            person.left = person.sitting
    assert sittings > 2
    assert record.digest == plain.digest
    assert len(person.asked) == len(set(person.asked)) == plain.facts["questions"]["asked"]


def test_a_budget_ends_it_undecided_and_a_larger_one_goes_on(plain: Record, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as book:
        short = run(
            tmp_path / "out", teacher=book.keep(Seer(), 30, "a"), source=world(150), plan=plan()
        )
        assert said(short)["claim"] == "undecided"
        assert short.facts["questions"]["answered"] == 30
        seer = Seer()
        teacher = book.keep(seer, 500, "a")
        long = run(tmp_path / "out", teacher=teacher, source=world(150), plan=plan())
    assert long.digest == plain.digest
    assert len(seer.asked) == plain.facts["questions"]["asked"] - 30


@pytest.mark.parametrize("steps", [1, 3, 6, 9])
def test_cut_off_and_run_again(plain: Record, tmp_path: Path, steps: int) -> None:
    left = [steps]

    def stop(step: AuditProgress) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    seer = Seer()
    with Ledger(tmp_path / "ledger") as book:
        kept = book.keep(seer, purpose="a")
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "out", teacher=kept, source=world(150), plan=plan(batch=16), watch=stop)
        record = run(tmp_path / "out", teacher=kept, source=world(150), plan=plan(batch=16))
    assert record.digest == plain.digest
    assert len(seer.asked) == len(set(seer.asked)) == plain.facts["questions"]["asked"]


def test_items_that_a_teacher_fails_on_count_against_either_claim(tmp_path: Path) -> None:
    def fails(inputs: Tensor) -> Answers:
        if bool((inputs[:, 1] > 0.9).any()):
            raise RuntimeError("too bright")
        return honest(inputs)

    record = run(tmp_path, teacher=Seer(fails), source=world(60), plan=plan(batch=1))
    found = found_in(record)
    assert Result.UNKNOWN in found
    better = np.where(found == Result.UNKNOWN, Result.RIGHT, found)
    assert decide(terms_of(record), better).interval[0] > said(record)["interval"][0]
    assert check_decision(record) == []


def test_an_attack_that_fails_leaves_its_items_unknown(tmp_path: Path) -> None:
    def act(inputs: Tensor) -> Tensor:
        raise ArithmeticError("no")

    record = run(tmp_path, source=world(20), plan=Plan((Scripted(act),), until=RULE))
    assert said(record)["claim"] == "undecided"
    assert len(record.facts["failures"]["scripted"]) == 20


def changed(record: Record, **facts: object) -> Record:
    return replace(record, facts={**record.facts, "stopping": {**said(record), **facts}})


def test_a_decision_that_was_tampered_with_is_found_out(plain: Record) -> None:
    assert check_decision(plain) == []
    process = said(plain)["process"]
    order = said(plain)["order"].split()
    swapped = " ".join([order[1], order[0], *order[2:]])
    for facts, word in (
        ({"claim": "refuted"}, "claim"),
        ({"after": 3}, "after"),
        ({"interval": [0.7, 0.9]}, "interval"),
        ({"process": {**process, "for": [2 * v for v in process["for"]]}}, "'for'"),
        ({"order": swapped}, "order"),
        ({"used": 3}, "claim"),
        ({"used": 10_000}, "items"),
        ({"population": "items"}, "rate of the items"),
    ):
        assert any(word in problem for problem in check_decision(changed(plain, **facts))), facts
    sheet = plain.moved[0].sheet
    better = replace(sheet, teacher=torch.where(sheet.asked, sheet.student, -1))
    moved = (replace(plain.moved[0], sheet=better), *plain.moved[1:])
    assert check_decision(replace(plain, moved=moved))


def test_a_record_can_be_saved_loaded_and_checked(plain: Record) -> None:
    loaded = Record.load(plain.folder)
    assert check_decision(loaded) == []
    assert summarise(loaded) == summarise(plain)
    whole = json.loads((plain.folder / "record.json").read_text())
    assert whole["stopping"]["claim"] == "certified"
    assert whole["summary"]["worst"]["teacher_relative_accuracy"]["any_time"]
    assert not (plain.folder / "work").exists()


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ask"):
        Plan(ATTACKS, ask="flips", until=RULE)
    with pytest.raises(InputError, match="mix"):
        Plan(ATTACKS, until=RULE, mix=0.0)
    record = run(tmp_path, source=world(5), plan=Plan(ATTACKS))
    with pytest.raises(InputError, match="--until"):
        check_decision(record)


def test_a_student_that_abstains_is_wrong(tmp_path: Path) -> None:
    source = ArraySource(torch.full((40, 2), 0.75), SQUARE)
    record = run(tmp_path, student=Pupil(shy=9.0), source=source, plan=plan(StoppingRule(0.5)))
    assert said(record)["claim"] == "refuted"
    used = len(record.ids)
    assert record.facts["questions"]["asked"] == 2 + used, "identical inputs are one question"
    assert summarise(record).worst.verdicts["ABSTAIN"] == len(record.ids)


def test_questions_are_asked_twice_on_purpose_only(tmp_path: Path) -> None:
    seer = Seer()
    record = run(tmp_path, teacher=seer, source=world(40), plan=plan(repeats=5))
    assert len(seer.asked) == record.facts["questions"]["asked"] + 5
