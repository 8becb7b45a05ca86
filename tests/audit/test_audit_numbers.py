"""Every number of an audit against plain counting, on planted truth and on real digits."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from audit_fakes import ATTACKS, Pupil, Push, run, sees, thinks, world
from torch import nn

from preceptor.attacks import PGD, Keep, NoiseAttack
from preceptor.audit import Plan, Record, audit, summarise
from preceptor.core import ABSTAINED, UNCERTAIN
from preceptor.problems import digits, train
from preceptor.students import TorchStudent


def verdict(student: int, teacher: int) -> str:
    if teacher == UNCERTAIN:
        return "VOID"
    if student == ABSTAINED:
        return "ABSTAIN"
    return "AGREE" if student == teacher else "ERROR"


def part(clean: tuple[int, int], moved: tuple[int, int]) -> str:
    """Which split, from (student, teacher) at the clean and the moved input."""
    found = verdict(*moved)
    if found == "ERROR" and clean[1] == UNCERTAIN:
        return "FROM_VOID"
    if found == "ERROR":
        return {
            (True, False): "SENSITIVITY",
            (False, True): "INVARIANCE",
            (True, True): "BOTH",
            (False, False): "STANDING",
        }[clean[0] != moved[0], clean[1] != moved[1]]
    if found == "ABSTAIN" or clean[1] == UNCERTAIN:
        return "NONE"
    if clean[0] != clean[1]:
        return "UNDONE"
    return "FALSE_ALARM" if moved[0] != clean[1] else "NONE"


Said = list[tuple[int, int]]


def check_rows(record: Record, clean: Said, moved: list[Said]) -> None:
    """Each row of the summary against counting what was said."""
    summary = summarise(record)
    for row, said in zip(summary.attacks, moved, strict=True):
        counted = Counter(verdict(*one) for one in said)
        assert {k: v for k, v in row.verdicts.items() if v} == counted
        parts = Counter(part(*pair) for pair in zip(clean, said, strict=True))
        del parts["NONE"]
        assert {k: v for k, v in row.splits.items() if v} == parts
        certain = sum(counted.values()) - counted["VOID"]
        assert row.relative.value == (counted["AGREE"] / certain if certain else None)
        assert row.relative.void == counted["VOID"]
        anchored = [(c, m) for c, m in zip(clean, said, strict=True) if c[1] != UNCERTAIN]
        right = sum(c[0] == c[1] and m[0] == c[1] for c, m in anchored)
        assert row.conventional.value == right / len(anchored)
        assert row.conventional_failures == len(anchored) - right
        both = [(c[1], m[1]) for c, m in anchored]
        assert row.changes is not None
        assert row.changes.doubted == sum(m == UNCERTAIN for _, m in both)
        assert row.changes.relabelled == sum(m not in (UNCERTAIN, c) for c, m in both)
        assert row.changes.of == len(both)
    assert summary.clean.relative.hits == sum(s == t for s, t in clean if t != UNCERTAIN)
    worst = []
    for item in range(len(clean)):
        found = {verdict(*said[item]) for said in moved}
        worst.append(next(v for v in ("ERROR", "ABSTAIN", "AGREE", "VOID") if v in found))
    counts = Counter(worst)
    assert {k: v for k, v in summary.worst.verdicts.items() if v} == counts
    assert summary.worst.relative.value == counts["AGREE"] / (len(clean) - counts["VOID"])
    rates = [row.relative.value for row in (*summary.attacks, summary.worst)]
    assert summary.least.rate.value == min(rate for rate in rates if rate is not None)
    assert summary.headline.relative.value == summary.least.rate.value
    survived = 0
    for item in range(len(clean)):
        found = {verdict(*clean[item]), *(verdict(*said[item]) for said in moved)}
        survived += found <= {"AGREE", "VOID"} and "AGREE" in found
    assert summary.never_wrong.hits == survived
    alarms = [
        item
        for item, one in enumerate(clean)
        if one[0] == one[1]
        and any(said[item][0] != one[1] for said in moved)
        and worst[item] in ("AGREE", "VOID")
    ]
    assert summary.worst.splits["FALSE_ALARM"] == len(alarms)
    held = [
        i
        for i, one in enumerate(clean)
        if one[0] == one[1] and all(said[i][0] == one[1] for said in moved)
    ]
    assert summary.worst.conventional.hits == len(held)


@pytest.mark.parametrize("shy", [0.0, 2.5])
def test_planted_truth_is_found_to_the_last_item(tmp_path: Path, shy: float) -> None:
    source = world(60, seed=1)
    record = run(tmp_path, student=Pupil(shy=shy), source=source)

    def said(inputs: torch.Tensor) -> Said:
        rows = inputs.tolist()
        gaps = [abs(1 - 2 * b) * 8 for _, b in rows]
        answers = [
            ABSTAINED if gap < shy else thinks(b) for gap, (_, b) in zip(gaps, rows, strict=True)
        ]
        return [(s, sees(a)) for s, (a, _) in zip(answers, rows, strict=True)]

    moved = []
    for index, attack in enumerate(ATTACKS):
        here = torch.from_numpy(record.inputs(index + 1, list(range(60))))
        if isinstance(attack, Push):
            expected = (source.inputs + torch.tensor(attack.by)).clamp(0, 1)
            assert torch.equal(here, expected)
        moved.append(said(here))
    clean = said(torch.from_numpy(record.inputs(0, list(range(60)))))
    check_rows(record, clean, moved)
    splits = [{k for k, v in row.splits.items() if v} for row in summarise(record).attacks]
    assert "SENSITIVITY" in splits[0]
    assert "INVARIANCE" in splits[1]
    assert "BOTH" in splits[2]
    assert "FALSE_ALARM" in splits[3]
    assert summarise(record).attacks[1].verdicts["VOID"] > 0


def test_distances_and_confidence_are_those_of_the_pairs(tmp_path: Path) -> None:
    source = world(20)
    record = run(tmp_path, source=source, plan=Plan((Push((0.25, -0.125)),)))
    for item, (clean, row) in enumerate(
        zip(record.inputs(0, list(range(20))), record.moved[0].distances, strict=True)
    ):
        gaps = [abs(float(d)) for d in record.inputs(1, [item])[0] - clean]
        wanted = [sum(g > 0 for g in gaps), sum(gaps), sum(g * g for g in gaps) ** 0.5, max(gaps)]
        assert row.tolist() == pytest.approx(wanted)
    assert (record.clean.distances == 0).all()
    logits = Pupil()(torch.from_numpy(record.inputs(1, list(range(20)))))
    assert torch.allclose(record.moved[0].sure, logits.softmax(1).amax(1))


@pytest.fixture(scope="module")
def small_digits() -> tuple[TorchStudent, object]:
    problem = digits()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    train(network, problem.train_inputs, problem.train_labels, epochs=4)
    return TorchStudent(network, classes=10, name="mlp"), problem


def test_real_attacks_on_real_digits_give_what_asking_one_by_one_gives(
    small_digits, tmp_path: Path
) -> None:
    student, problem = small_digits
    source = problem.take(48)
    pool = problem.train_inputs[:100]
    attacks = (PGD(0.2, steps=10), NoiseAttack(0.25, tries=3), Keep(pool, eps=0.3))
    record = audit(student, problem.teacher, source, Plan(attacks), tmp_path)
    sheets: list[Said] = []
    for sheet in range(len(attacks) + 1):
        inputs = torch.from_numpy(record.inputs(sheet, list(range(48))))
        assert not source.domain.outside(inputs, tolerance=0.0).any()
        with torch.no_grad():
            thought = [int(student.decide(student(one[None]))[0]) for one in inputs]
        told = [int(problem.teacher(one[None]).labels[0]) for one in inputs]
        sheets.append(list(zip(thought, told, strict=True)))
    check_rows(record, sheets[0], sheets[1:])
    assert torch.equal(torch.from_numpy(record.inputs(0, list(range(48)))), source.read(0, 48))
    gap = (record.inputs(1, list(range(48))) - record.inputs(0, list(range(48)))).__abs__().max()
    assert 0.1 < gap <= 0.2 + 1e-6
    assert summarise(record).attacks[0].splits["SENSITIVITY"] > 0


def test_the_batch_does_not_change_what_a_real_network_is_said_to_do(
    small_digits, tmp_path: Path
) -> None:
    student, problem = small_digits
    records = [
        audit(
            student,
            problem.teacher,
            problem.take(40),
            Plan((PGD(0.15, steps=8), NoiseAttack(0.2, tries=2)), batch=batch),
            tmp_path / str(batch),
        )
        for batch in (1, 7, 256)
    ]
    for other in records[1:]:
        first = records[0]
        for a, b in zip((first.clean, *first.moved), (other.clean, *other.moved), strict=True):
            assert torch.equal(a.sheet.student, b.sheet.student)
            assert torch.equal(a.sheet.teacher, b.sheet.teacher)
            assert torch.allclose(a.distances[:, 2:], b.distances[:, 2:], atol=1e-3)
        assert summarise(first).describe() == summarise(other).describe()
