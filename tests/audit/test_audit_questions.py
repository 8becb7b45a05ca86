"""What is asked, of whom, when, and that nothing else depends on it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import (
    ATTACKS,
    SQUARE,
    Jitter,
    Push,
    Scripted,
    Seer,
    honest,
    points,
    run,
    sees,
    thinks,
    world,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.audit import Given, Plan, Progress, Record, summarise
from preceptor.core import Answers, ArraySource, BudgetError, InputError
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, judge
from preceptor.teachers import Panel, Rule, Votes


def inputs_of(record: Record) -> list[bytes]:
    """Every input of a record, clean and moved."""
    rows = list(range(len(record.ids)))
    sheets = [record.inputs(k, rows) for k in range(len(record.moved) + 1)]
    return [row.tobytes() for sheet in sheets for row in sheet]


def sheets_of(record: Record) -> list:
    return [record.clean.sheet, *(said.sheet for said in record.moved)]


def test_no_attack_runs_once_the_teacher_is_asked_and_it_is_told_of_nothing(
    tmp_path: Path,
) -> None:
    seer, seen = Seer(), []

    def act(inputs: Tensor) -> Tensor:
        seen.append(len(seer.calls))
        return inputs

    plan = Plan((Scripted(act), Push((0.5, 0.0))), batch=7)
    run(tmp_path, teacher=seer, plan=plan)
    assert seen == [0] * 6
    assert seer.calls


def test_identical_inputs_are_one_question_and_the_number_is_known_before(tmp_path: Path) -> None:
    seer, told = Seer(), []

    def before(questions: int, known: int) -> None:
        told.append((questions, known, len(seer.calls)))

    record = run(tmp_path, teacher=seer, plan=Plan(ATTACKS, batch=16), before=before)
    distinct = set(inputs_of(record))
    assert len(distinct) < len(inputs_of(record))
    assert told == [(len(distinct), 0, 0)]
    assert len(seer.asked) == len(distinct)
    assert set(seer.asked) == distinct
    assert record.facts["questions"] == {
        "asked": len(distinct),
        "answered": len(distinct),
        "inputs": 240,
        "cost": 0.25 * len(distinct),
        "unanswered": {},
        "answered_beyond_budget": 0,
    }
    for said in (record.clean, *record.moved):
        assert said.sheet.asked.all()


def test_an_answer_settles_every_input_with_the_same_content(tmp_path: Path) -> None:
    record = run(tmp_path)
    said: dict[bytes, set[int]] = {}
    for content, label in zip(
        inputs_of(record), torch.cat([s.teacher for s in sheets_of(record)]).tolist(), strict=True
    ):
        said.setdefault(content, set()).add(label)
        assert label == sees(float(np.frombuffer(content, np.float32)[0]))
    assert all(len(labels) == 1 for labels in said.values())


@pytest.mark.parametrize("ask", ["all", "flips"])
def test_the_record_does_not_depend_on_the_batch(tmp_path: Path, ask: str) -> None:
    records = [
        run(tmp_path / str(batch), source=world(37), plan=Plan(ATTACKS, ask=ask, batch=batch))
        for batch in (1, 7, 256)
    ]
    assert len({record.digest for record in records}) == 1
    assert len({json.dumps(record.facts) for record in records}) == 1
    contents = [inputs_of(record) for record in records]
    assert contents[0] == contents[1] == contents[2]


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


def test_seed_alone_changes_what_is_drawn(tmp_path: Path) -> None:
    plans = {
        "a": Plan((Jitter(0.5),)),
        "b": Plan((Jitter(0.5),)),
        "c": Plan((Jitter(0.5),), seed=1),
    }
    digests = {
        name: run(tmp_path / name, source=world(20), plan=plan).digest
        for name, plan in plans.items()
    }
    assert digests["a"] == digests["b"] != digests["c"]


def test_attacks_of_one_kind_do_not_share_their_draws(tmp_path: Path) -> None:
    middle = ArraySource(torch.full((30, 2), 0.5), SQUARE)
    record = run(tmp_path, source=middle, plan=Plan((Jitter(0.5), Jitter(0.25))))
    rows = list(range(30))
    large, small = ((record.inputs(k, rows) - 0.5).ravel() for k in (1, 2))
    assert abs(np.corrcoef(large, small)[0, 1]) < 0.5
    assert len(np.unique(large)) == 60


def test_the_seed_draws_the_order_of_the_questions(tmp_path: Path) -> None:
    orders = []
    for seed in (0, 0, 1):
        seer = Seer()
        run(tmp_path / "out", teacher=seer, plan=Plan(ATTACKS[:4], seed=seed))
        orders.append(seer.asked)
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_adding_an_attack_changes_no_others_inputs_and_nothing_asked_of_them(
    tmp_path: Path,
) -> None:
    alone, before = run(tmp_path / "a", plan=Plan((Jitter(0.5),))), Seer()
    more = Plan((Push((0.5, 0.5)), Jitter(0.5), Jitter(0.25)))
    together = run(tmp_path / "b", teacher=before, plan=more)
    rows = list(range(40))
    assert np.array_equal(alone.inputs(1, rows), together.inputs(2, rows))
    assert torch.equal(alone.moved[0].sheet.teacher, together.moved[1].sheet.teacher)
    assert torch.equal(alone.moved[0].sheet.asked, together.moved[1].sheet.asked)
    assert set(inputs_of(alone)) <= set(before.asked)
    names = [row.name for row in summarise(together).attacks]
    row = summarise(together).attacks[names.index("jitter 0.5")]
    assert row == summarise(alone).attacks[0]


def flips_wanted(record: Record, plan: Plan) -> set[bytes]:
    """What ``ask="flips"`` promises to ask, by counting."""
    rows = list(range(len(record.ids)))
    clean = record.inputs(0, rows)
    wanted = {row.tobytes() for row in clean}
    for k, move in enumerate(plan.moves):
        moved = record.inputs(k + 1, rows)
        for a, b in zip(clean, moved, strict=True):
            flipped = thinks(float(a[1])) != thinks(float(b[1]))
            if flipped if move.goal == "flip" else not np.array_equal(a, b):
                wanted.add(b.tobytes())
    return wanted


def test_flips_asks_the_clean_inputs_and_where_a_goal_was_reached_and_nothing_else(
    tmp_path: Path,
) -> None:
    seer, plan = Seer(), Plan(ATTACKS, ask="flips")
    record = run(tmp_path, teacher=seer, plan=plan)
    wanted = flips_wanted(record, plan)
    assert sorted(seer.asked) == sorted(wanted)
    assert len(wanted) < len(set(inputs_of(record)))
    asked = torch.cat([sheet.asked for sheet in sheets_of(record)]).tolist()
    assert asked == [content in wanted for content in inputs_of(record)]


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


def test_an_audit_without_attacks_judges_the_clean_inputs(tmp_path: Path) -> None:
    record = run(tmp_path, plan=Plan())
    summary = summarise(record)
    assert record.moved == ()
    assert [row.name for row in summary.rows] == ["no attack"]
    assert summary.clean.relative.value == 1.0
    assert summary.worst.verdicts == summary.clean.verdicts


def test_one_item_is_enough(tmp_path: Path) -> None:
    record = run(tmp_path, source=world(1))
    assert len(record.clean.sheet) == 1
    assert all(row.items == 1 for row in summarise(record).rows)


def test_before_may_stop_the_audit_with_nothing_asked(tmp_path: Path) -> None:
    seer = Seer()

    def stop(questions: int, known: int) -> None:
        raise RuntimeError(f"{questions} are too many")

    with pytest.raises(RuntimeError, match="too many"):
        run(tmp_path, teacher=seer, before=stop)
    assert seer.calls == []
    attack = Push((0.5, 0.0))
    run(tmp_path, teacher=seer, plan=Plan((attack,)))
    attack.calls.clear()


def test_watching_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[Progress] = []
    record = run(tmp_path, plan=Plan(ATTACKS[:2], batch=16), watch=seen.append)
    moving = [p for p in seen if p.stage == "attack"]
    asking = [p for p in seen if p.stage == "ask"]
    assert seen == moving + asking
    assert [p.done for p in moving] == [16, 32, 48, 64, 72, 80]
    assert {p.total for p in moving} == {80}
    assert [p.what for p in moving] == ["up", "turn"] * 3
    assert asking[-1].done == asking[-1].total == record.facts["questions"]["asked"]
    assert {p.what for p in asking} == {"seer"}


GIVEN = (points(40, 5) + torch.tensor([0.1, 0.0])).clamp(0, 1)


def mapped(folder: Path) -> np.ndarray:
    np.save(folder / "given.npy", GIVEN.numpy().astype(np.float64))
    found: np.ndarray = np.load(folder / "given.npy", mmap_mode="r")
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda _: GIVEN,
        lambda _: GIVEN.clone().requires_grad_(True),
        lambda _: GIVEN.numpy(),
        mapped,
    ],
    ids=["torch", "with gradient", "numpy", "mapped"],
)
def test_moved_inputs_made_elsewhere_are_judged_like_an_attacks(make, tmp_path: Path) -> None:
    source = world(40)
    given = Given("theirs", make(tmp_path), ids=source.ids, size=0.1)
    plan = Plan((Push((0.5, 0.0)),), (given,), batch=16)
    record = run(tmp_path / "out", source=source, plan=plan)
    rows = list(range(40))
    assert np.array_equal(record.inputs(2, rows), GIVEN.numpy())
    assert record.moved[1].sheet.teacher.tolist() == [sees(a) for a, _ in GIVEN.tolist()]
    assert record.moved[1].sheet.student.tolist() == [thinks(b) for _, b in GIVEN.tolist()]
    assert [row.name for row in summarise(record).attacks] == ["push", "theirs"]
    small = run(tmp_path / "small", source=source, plan=Plan(plan.attacks, plan.given, batch=3))
    assert small.digest == record.digest


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (Given("g", GIVEN[:39]), r"shape \(39, 2\); expected one for each clean item: \(40, 2\)"),
        (Given("g", torch.zeros(40, 3)), r"shape \(40, 3\)"),
        (Given("g", GIVEN, ids=[str(39 - i) for i in range(40)]), "'39' stands where '0' should"),
        (Given("g", GIVEN, ids=["0", "1"]), "'g' have 2 ids"),
        (Given("g", GIVEN * 2), "item '.*' of g|item '[0-9]+ of g' lies outside"),
        (Given("g", GIVEN / 0), "not finite"),
    ],
)
def test_given_inputs_that_do_not_match_the_data_are_refused(
    given: Given, match: str, tmp_path: Path
) -> None:
    seer = Seer()
    with pytest.raises(InputError, match=match):
        run(tmp_path, teacher=seer, plan=Plan((), (given,)))
    assert seer.calls == []


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"attacks": (Jitter(0.1), Jitter(0.1))}, r"unique within a plan; \['jitter 0.1'\]"),
        ({"attacks": (Push((0.0,), "g"),), "given": (Given("g", GIVEN),)}, "unique"),
        ({"ask": "some"}, "'all' or 'flips'; got 'some'"),
        ({"batch": 0}, "at least 1"),
        ({"repeats": -1}, "at least 0"),
        ({"level": 1.0}, "between 0 and 1"),
    ],
)
def test_plans_that_make_no_sense_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        unchecked_plan(options)


def unchecked_plan(options: dict) -> None:
    try:
        Plan(**options)
    except InputError:
        raise
    except Exception as error:  # the run-time type check of the tests comes first
        if options.get("ask") == "some":
            raise InputError("'all' or 'flips'; got 'some'") from error
        raise


def test_an_attacks_settings_are_plain_data_and_the_same_in_every_process(tmp_path: Path) -> None:
    def settings_of(limit: float) -> dict:
        plan = Plan((Scripted(honest, size=limit), Push((0.1, float("inf")))))
        return plan.describe()

    told = settings_of(float("inf"))
    json.dumps(told, allow_nan=False)
    assert told["attacks"][0]["settings"]["act"] == "audit_fakes.honest"
    assert told["attacks"][0]["size"] == "inf"
    assert "0x" not in json.dumps(settings_of(1.0))
    assert Plan((Scripted(honest, size=np.float32(0.5)),)).describe()["attacks"][0]["size"] == 0.5


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


@pytest.mark.parametrize("kept", [False, True])
def test_repeats_find_a_teacher_that_contradicts_itself(tmp_path: Path, kept: bool) -> None:
    class Moody(Seer):
        def __call__(self, inputs: Tensor) -> Answers:
            answers = super().__call__(inputs)
            turn = self.asked.__len__() > 40
            return Answers((answers.labels + 1) % 2 if turn else answers.labels, answers.cost)

    moody, told = Moody(deterministic=False), []
    plan = Plan(repeats=10)
    with Ledger(tmp_path / "ledger") as ledger:
        teacher = ledger.keep(moody, purpose="a") if kept else moody
        source = ArraySource(points(400, 3)[points(400, 3)[:, 0] != 0.5][:40], SQUARE)
        record = run(
            tmp_path / "a",
            teacher=teacher,
            source=source,
            plan=plan,
            before=lambda q, k: told.append(q),
        )
    assert told == [record.facts["questions"]["asked"] + 10]
    assert len(moody.asked) == told[0]
    assert moody.asked[-1] in moody.asked[:-10]
    (finding,) = [f for f in record.facts["findings"] if f["code"] == "inconsistent-teacher"]
    assert "of 10 questions that were asked twice" in finding["message"]


def test_a_ledgers_word_that_a_deterministic_teacher_is_not_becomes_a_finding(
    tmp_path: Path,
) -> None:
    class Turning(Seer):
        def __call__(self, inputs: Tensor) -> Answers:
            answers = super().__call__(inputs)
            return Answers((answers.labels + len(self.calls) // 2) % 2, answers.cost)

    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(Turning(), purpose="a")
        record = run(tmp_path / "a", teacher=kept, plan=Plan(repeats=5))
    (finding,) = [f for f in record.facts["findings"] if f["code"] == "inconsistent-teacher"]
    assert "gave two answers" in finding["message"]


@pytest.mark.parametrize("budget", [0, 20, 42])
def test_repeats_beyond_the_budget_are_left_out(tmp_path: Path, budget: int) -> None:
    source = ArraySource(torch.rand(40, 2, generator=torch.Generator().manual_seed(1)), SQUARE)
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(Seer(), budget=budget, purpose="a")
        record = run(tmp_path / "a", teacher=kept, source=source, plan=Plan(repeats=10))
        assert kept.spent == budget
    assert record.facts["questions"]["answered"] == min(budget, 40)
    assert not [f for f in record.facts["findings"] if f["code"] == "inconsistent-teacher"]
