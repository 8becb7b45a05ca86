"""Few answers: a budget, or only where an attack reached its goal; what may be said then."""

from pathlib import Path

import pytest
import torch
from audit_fakes import (
    ATTACKS,
    SQUARE,
    Jitter,
    Push,
    Seer,
    honest,
    inputs_of,
    points,
    run,
    sheets_of,
    world,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.audit import Plan, Record, summarise
from preceptor.core import Answers, ArraySource, BudgetError
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, judge
from preceptor.teachers import Panel, Rule, Votes


def voters() -> Panel:
    members = [
        Rule(lambda x, at=at: (x[:, 0] > at).long(), name=f"at {at}", classes=2, version="1")
        for at in (0.4, 0.5, 0.6)
    ]
    return Panel(members, name="panel", rule=Votes(least=3))


@pytest.mark.parametrize("panel", [False, True])
@pytest.mark.parametrize("known", [0, 25])
def test_a_budgets_record_does_not_depend_on_the_batch(
    tmp_path: Path, panel: bool, known: int
) -> None:
    """Also where some answers are known from elsewhere, within the budget's reach and beyond."""
    digests = set()
    for batch in (1, 7, 256):
        teacher = voters() if panel else Seer()
        with Ledger(tmp_path / f"{batch}.db") as ledger:
            if known:
                ledger.keep(teacher, purpose="before")(points(40)[:known])
            kept = ledger.keep(teacher, budget=50, purpose="audit", batch=32)
            record = run(tmp_path / str(batch), teacher=kept, plan=Plan(ATTACKS, batch=batch))
            assert kept.spent == 50
        assert record.facts["questions"]["answered"] >= 50
        digests.add(record.digest)
    assert len(digests) == 1


@settings(deadline=None, derandomize=True, max_examples=8)
@given(st.integers(0, 1000), st.integers(3, 30))
def test_a_cheap_audits_interval_contains_the_full_audits_rate(
    tmp_path_factory: pytest.TempPathFactory, seed: int, items: int
) -> None:
    folder, source = tmp_path_factory.mktemp("cheap"), world(items, seed)
    full = run(folder / "full", source=source, plan=Plan(ATTACKS))
    cheap = run(folder / "cheap", source=source, plan=Plan(ATTACKS, ask="flips"))
    with Ledger(folder / "ledger") as ledger:
        kept = ledger.keep(Seer(), budget=seed % 40, purpose="audit")
        short = run(folder / "short", source=source, teacher=kept, plan=Plan(ATTACKS))
    for part in (cheap, short):
        for whole, row in zip(summarise(full).rows, summarise(part).rows, strict=True):
            for one, other in (
                (whole.relative, row.relative),
                (whole.conventional, row.conventional),
            ):
                assert other.interval[0] <= one.interval[0] + 1e-12
                assert one.interval[1] <= other.interval[1] + 1e-12
                if one.value is not None:
                    assert other.bounds[0] - 1e-12 <= one.value <= other.bounds[1] + 1e-12


def test_what_was_chosen_has_no_rate_but_the_clean_row_has_one(tmp_path: Path) -> None:
    summary = summarise(run(tmp_path, plan=Plan(ATTACKS, ask="flips")))
    assert summary.attacks[0].relative.unasked > 0
    assert summary.attacks[0].relative.value is None
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(Seer(), budget=30, purpose="a")
        short = run(tmp_path / "b", teacher=kept, plan=Plan(ATTACKS, ask="flips"))
    assert summarise(short).clean.relative.unasked > 0
    assert summarise(short).clean.relative.value is not None


def test_a_budget_asks_the_beginning_of_a_random_order(tmp_path: Path) -> None:
    full, part = Seer(), Seer()
    run(tmp_path / "full", teacher=full, plan=Plan(ATTACKS))
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(part, budget=50, purpose="audit")
        record = run(tmp_path / "part", teacher=kept, plan=Plan(ATTACKS))
        assert part.asked == full.asked[:50]
        assert kept.spent == 50
        left = len(full.asked) - 50
        assert record.facts["questions"]["answered"] == 50
        assert record.facts["questions"]["unanswered"] == {
            "the budget of questions is used up": left
        }
        assert Record.load(tmp_path / "part").digest == record.digest
        first = set(full.asked[:50])
        asked = torch.cat([sheet.asked for sheet in sheets_of(record)]).tolist()
        assert asked == [content in first for content in inputs_of(record)]
        unasked = judge(record.moved[0].sheet) == Verdict.UNASKED
        assert torch.equal(unasked, ~record.moved[0].sheet.asked)

        again = run(tmp_path / "part", teacher=kept, plan=Plan(ATTACKS))
        assert again.digest == record.digest
        assert len(part.asked) == 50
        assert again.run["known_before"] == 50
        assert again.run["new_answers"] == 0

        more = ledger.keep(part, budget=80, purpose="audit")
        larger = run(tmp_path / "part", teacher=more, plan=Plan(ATTACKS))
        assert part.asked == full.asked[:80]
        assert larger.run["new_answers"] == 30
        for small, big in zip(sheets_of(record), sheets_of(larger), strict=True):
            assert (big.asked | ~small.asked).all()
            assert torch.equal(small.teacher[small.asked], big.teacher[small.asked])
        whole = ledger.keep(part, purpose="audit")
        done = run(tmp_path / "part", teacher=whole, plan=Plan(ATTACKS))
    assert part.asked == full.asked
    assert done.digest == run(tmp_path / "plain", plan=Plan(ATTACKS)).digest


def even(items: int) -> Tensor:
    """Uniform inputs, no two the same, at which student and teacher agree."""
    raw = torch.rand(items, 2, generator=torch.Generator().manual_seed(0))
    raw[:, 1] = torch.where((raw[:, 0] > 0.5) == (raw[:, 1] > 0.5), raw[:, 1], 1 - raw[:, 1])
    return raw


def test_what_is_asked_within_a_budget_is_a_fair_sample(tmp_path: Path) -> None:
    """Not the first items, and not one sheet."""
    source, plan = ArraySource(even(300), SQUARE), Plan((Push((0.0, 0.5)), Jitter(0.1)))
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(Seer(), budget=180, purpose="audit")
        record = run(tmp_path / "out", teacher=kept, source=source, plan=plan)
    places = torch.cat([sheet.asked.nonzero()[:, 0] for sheet in sheets_of(record)]).float()
    assert abs(places.mean() - 150) < 40
    full = run(tmp_path / "full", source=source, plan=plan)
    for row, whole in zip(summarise(record).attacks, summarise(full).attacks, strict=True):
        assert row.relative.unasked > 100
        assert abs(row.relative.value - whole.relative.value) < 0.15


def test_answers_known_beyond_the_budget_are_used_but_are_no_sample(tmp_path: Path) -> None:
    raw = even(300)
    source, plan = ArraySource(raw, SQUARE), Plan((Push((0.0, 0.5)), Jitter(0.1)))
    errors = raw[raw[:, 1] <= 0.5] + torch.tensor([0.0, 0.5])
    seer = Seer()
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.keep(seer, purpose="before")(errors)
        kept = ledger.keep(seer, budget=80, purpose="audit")
        record = run(tmp_path / "out", teacher=kept, source=source, plan=plan)
        assert kept.spent == 80
    questions = record.facts["questions"]
    assert questions["answered"] == len(errors) + 80
    assert questions["answered_beyond_budget"] > 0
    assert record.run["new_answers"] == 80
    full = summarise(run(tmp_path / "full", source=source, plan=plan)).attacks[0].relative
    rate = summarise(record).attacks[0].relative
    assert abs(rate.hits / rate.certain - full.value) > 0.3  # what a plain count would say
    assert rate.value is None
    assert rate.bounds[0] <= full.value <= rate.bounds[1]


@pytest.mark.parametrize("ask", ["all", "flips"])
def test_without_any_budget_all_that_is_known_is_used(tmp_path: Path, ask: str) -> None:
    """As in CI: the student is new, the clean inputs are answered, nobody is to be asked."""
    seer = Seer()
    with Ledger(tmp_path / "ledger") as ledger:
        run(tmp_path / "old", teacher=ledger.keep(seer, purpose="old"), plan=Plan())
        asked = list(seer.asked)
        kept = ledger.keep(seer, budget=0, purpose="new")
        plan = Plan((Jitter(0.5),), ask=ask, batch=8)
        record = run(tmp_path / "new", teacher=kept, plan=plan)
    assert seer.asked == asked
    assert record.clean.sheet.asked.all()
    assert summarise(record).clean.relative.value == 1.0
    assert summarise(record).attacks[0].relative.value is None
    left = record.facts["questions"]["asked"] - record.facts["questions"]["answered"]
    assert record.facts["questions"]["unanswered"] == {"the budget of questions is used up": left}


def test_a_teacher_of_its_own_budget_is_asked_no_more_once_it_is_spent(tmp_path: Path) -> None:
    def say(inputs: Tensor) -> Answers:
        if len(seer.calls) < 3:
            return honest(inputs)
        answered = torch.arange(len(inputs)) < 2
        raise BudgetError("quota", honest(inputs), answered)

    seer = Seer(say)
    record = run(tmp_path, teacher=seer, plan=Plan((Jitter(0.5),), batch=8))
    assert len(seer.calls) == 3
    assert record.facts["questions"]["answered"] == 18
    assert summarise(record).clean.relative.value is not None


@pytest.mark.parametrize(("ask", "budget"), [("all", 30), ("flips", None), ("flips", 30)])
def test_a_panel_brings_its_votes_into_the_record(
    tmp_path: Path, ask: str, budget: int | None
) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(voters(), budget=budget, purpose="audit", batch=4)
        record = run(tmp_path / "a", teacher=kept, plan=Plan(ATTACKS, ask=ask))
    votes, asked = record.moved[0].votes, record.moved[0].sheet.asked
    assert votes is not None
    assert asked.any()
    assert not asked.all()
    rows = record.inputs(1, list(range(40)))
    for row, said, there in zip(rows, votes.tolist(), asked.tolist(), strict=True):
        assert said == ([int(row[0] > at) for at in (0.4, 0.5, 0.6)] if there else [-4] * 3)


@pytest.mark.parametrize("budget", [0, 20, 42])
def test_repeats_beyond_the_budget_are_left_out(tmp_path: Path, budget: int) -> None:
    source = ArraySource(torch.rand(40, 2, generator=torch.Generator().manual_seed(1)), SQUARE)
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(Seer(), budget=budget, purpose="a")
        record = run(tmp_path / "a", teacher=kept, source=source, plan=Plan(repeats=10))
        assert kept.spent == budget
    assert record.facts["questions"]["answered"] == min(budget, 40)
    assert not [f for f in record.facts["findings"] if f["code"] == "inconsistent-teacher"]
