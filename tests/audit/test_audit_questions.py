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
    inputs_of,
    points,
    run,
    sees,
    sheets_of,
    thinks,
    world,
)
from torch import Tensor

from preceptor.audit import AuditProgress, Plan, Record, summarise
from preceptor.core import Answers, ArraySource
from preceptor.ledger import Ledger


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


def test_watching_tells_how_far_it_is(tmp_path: Path) -> None:
    seen: list[AuditProgress] = []
    record = run(tmp_path, plan=Plan(ATTACKS[:2], batch=16), watch=seen.append)
    moving = [p for p in seen if p.stage == "attack"]
    asking = [p for p in seen if p.stage == "ask"]
    assert seen == moving + asking
    assert [p.done for p in moving] == [16, 32, 48, 64, 72, 80]
    assert {p.total for p in moving} == {80}
    assert [p.what for p in moving] == ["up", "turn"] * 3
    assert asking[-1].done == asking[-1].total == record.facts["questions"]["asked"]
    assert {p.what for p in asking} == {"seer"}


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
