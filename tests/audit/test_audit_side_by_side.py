"""Several records side by side: which may be compared, how they line up, what is claimed."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from audit_fakes import ATTACKS, SQUARE, Jitter, Pupil, Push, Seer, honest, points, run, world
from torch import Tensor

from preceptor.audit import (
    MovedInputs,
    Plan,
    Record,
    StudentComparison,
    audit,
    side_by_side,
    summarise,
)
from preceptor.core import Answers, ArraySource, InputError


class Clever(Pupil):
    """Sees what the teacher sees."""

    def __call__(self, inputs: Tensor) -> Tensor:
        return self.think(inputs[:, 0])


def two(folder: Path, **more: Any) -> list[Record]:
    """The plain student and the clever one."""
    return [
        run(folder / name, student=student, **more)
        for name, student in (("plain", Pupil(name="plain")), ("clever", Clever(name="clever")))
    ]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return two(tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def found(records: list[Record]) -> StudentComparison:
    return side_by_side(records)


def test_the_better_student_is_found(found: StudentComparison) -> None:
    assert [side.name for side in found.sides] == ["plain", "clever"]
    assert found.ranking == (1, 0)
    main = found.pair(1, 0).headline
    assert main.name == "least rate"
    assert main.settled
    least = summarise(found.sides[0].record).least
    assert main.difference.value == 1 - (least.rate.value or 0)
    assert found.sides[0].headline.name == least.name
    *_, worst, _ = found.pair(1, 0).contrasts
    assert worst.name == "all attacks"
    assert main.difference.interval[0] > 0.45
    clean = found.pair(1, 0).contrasts[0]
    assert not clean.settled


def test_each_side_is_its_record(records: list[Record], found: StudentComparison) -> None:
    for record, side in zip(records, found.sides, strict=True):
        assert side.summary.describe() == summarise(record).describe()
        assert [len(v) for v in side.verdicts] == [40] * 7
        rows = [3, 0, 17]
        for sheet in range(6):
            assert np.array_equal(side.inputs(sheet, rows), record.inputs(sheet, rows))


def test_a_pair_can_be_turned(found: StudentComparison) -> None:
    there, back = found.pair(0, 1), found.pair(1, 0)
    for one, other in zip(there.contrasts, back.contrasts, strict=True):
        assert one.adjusted == other.adjusted
        assert one.difference.bounds == pytest.approx(
            tuple(-end for end in other.difference.bounds[::-1])
        )
    with pytest.raises(InputError, match="no two students"):
        found.pair(0, 2)


def test_a_record_beside_itself(records: list[Record]) -> None:
    same = side_by_side([records[0], records[0]])
    assert [side.name for side in same.sides] == ["plain (plain) #1", "plain (plain) #2"]
    for contrast in same.pairs[0].contrasts:
        low, high = contrast.difference.interval
        assert contrast.difference.value == 0
        assert low <= 0 <= high
        assert not contrast.settled


def test_claims_are_corrected_for_their_number(tmp_path: Path, records: list[Record]) -> None:
    third = run(tmp_path / "third", student=Pupil(name="third", shy=2.0))
    found = side_by_side([*records, third])
    assert [(p.first, p.second) for p in found.pairs] == [(0, 1), (0, 2), (1, 2)]
    raw = [c.difference.p for p in found.pairs for c in p.contrasts[:-1]]
    adjusted = [c.adjusted for p in found.pairs for c in p.contrasts[:-1]]
    assert len(raw) == 3 * 7
    least = int(np.argmin(raw))
    assert adjusted[least] == pytest.approx(min(1.0, 21 * raw[least]))
    assert all(a >= p for a, p in zip(adjusted, raw, strict=True))
    main = [p.headline for p in found.pairs]
    assert min(c.adjusted for c in main) == pytest.approx(3 * min(c.difference.p for c in main))


def test_items_may_come_in_another_order(tmp_path: Path, records: list[Record]) -> None:
    source = world()
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    ids = [source.ids[i] for i in order.tolist()]
    shuffled = ArraySource(points(40)[order], SQUARE, ids, "world")
    other = run(tmp_path, student=Clever(name="clever"), source=shuffled)
    straight, mixed = side_by_side(records), side_by_side([records[0], other])
    assert mixed.ids == records[0].ids
    assert mixed.describe()["pairs"] == straight.describe()["pairs"]
    assert np.array_equal(mixed.sides[1].inputs(1, [5]), straight.sides[1].inputs(1, [5]))


def test_what_they_share(tmp_path: Path, records: list[Record]) -> None:
    attacks = (ATTACKS[4], ATTACKS[0], Push((0.1, 0.1), "new"))
    source = world()
    few = ArraySource(points(40)[:25], SQUARE, source.ids[:25], "world")
    other = run(tmp_path, student=Clever(name="few"), source=few, plan=Plan(attacks))
    with pytest.raises(InputError, match="15 of 40 items of 'plain'") as error:
        side_by_side([records[0], other])
    assert "only 'plain' was put under turn, apart, both" in str(error.value)
    assert "only 'few' was put under new" in str(error.value)
    assert "--shared" in str(error.value)
    found = side_by_side([records[0], other], shared=True)
    assert len(found.ids) == 25
    assert found.items_left_out == 15
    assert found.attacks_left_out == ("turn", "apart", "both", "new")
    assert [row.name for row in found.sides[1].summary.rows] == [
        "no attack",
        "up",
        "jitter 0.75",
        "all attacks",
    ]
    # the same as if nothing else had been audited
    assert found.describe()["students"][1]["worst"]["items"] == 25
    rows = list(range(25))
    assert np.array_equal(found.sides[1].inputs(1, rows), other.inputs(2, rows))
    assert np.array_equal(found.sides[0].inputs(2, rows), records[0].inputs(5, rows))


def changed(record: Record, part: str, key: str, value: object) -> Record:
    facts = {**record.facts, part: {**record.facts[part], key: value}}
    return replace(record, facts=facts)


@pytest.mark.parametrize(
    ("part", "key", "value", "said"),
    [
        ("teacher", "name", "other", "the teacher is 'seer' for 'plain' and 'other' for 'clever'"),
        ("teacher", "version", "2", "teacher's version is '1'"),
        ("source", "name", "moon", "the source is 'world'"),
        ("source", "domain", {}, "the domain differs between"),
        ("plan", "seed", 9, "the seed is 0"),
        ("plan", "ask", "flips", r"what is asked \(ask\) is 'all'"),
        ("plan", "level", 0.9, "level of the intervals is 0.95"),
    ],
)
def test_what_must_be_the_same(
    records: list[Record], part: str, key: str, value: object, said: str
) -> None:
    for shared in (False, True):
        with pytest.raises(InputError, match=said):
            side_by_side([records[0], changed(records[1], part, key, value)], shared=shared)


def test_one_name_two_settings(tmp_path: Path, records: list[Record]) -> None:
    attacks = (Push((0.0, 0.25), "up", size=0.5), *ATTACKS[1:])
    other = run(tmp_path, student=Clever(name="clever"), plan=Plan(attacks))
    with pytest.raises(InputError, match=r"up has other settings for 'clever' .*\(by\)"):
        side_by_side([records[0], other])
    assert side_by_side([records[0], other], shared=True).attacks_left_out == ("up",)


def test_one_id_two_items(tmp_path: Path, records: list[Record]) -> None:
    inputs = points(40)
    inputs[7, 1] = 0.0625
    other = run(tmp_path, source=ArraySource(inputs, SQUARE, name="world"))
    with pytest.raises(InputError, match="item '7' is one input"):
        side_by_side([records[0], other])


def test_nothing_in_common(tmp_path: Path, records: list[Record]) -> None:
    ids = [f"other {i}" for i in range(40)]
    other = run(tmp_path, source=ArraySource(points(40), SQUARE, ids, "world"))
    with pytest.raises(InputError, match="no item in common"):
        side_by_side([records[0], other], shared=True)
    with pytest.raises(InputError, match="give two or more"):
        side_by_side([records[0]])


def test_inputs_that_are_missing(tmp_path: Path, records: list[Record]) -> None:
    shutil.copytree(records[0].folder, tmp_path / "bare", ignore=shutil.ignore_patterns("inputs"))
    with pytest.raises(InputError, match="Copy the whole folder"):
        side_by_side([records[1], Record.load(tmp_path / "bare")])


def test_moved_inputs_from_elsewhere_differ_by_student(tmp_path: Path) -> None:
    made = []
    for name, shift in (("a", 0.2), ("b", -0.2)):
        given = MovedInputs("theirs", points(40) * 0.5 + 0.25 + shift)
        made.append(run(tmp_path / name, student=Pupil(name=name), plan=Plan((), (given,))))
    found = side_by_side(made)
    assert [c.name for c in found.pairs[0].contrasts] == ["no attack", "theirs"]
    assert found.pairs[0].headline.name == "theirs"


def test_no_attack_at_all(tmp_path: Path) -> None:
    found = side_by_side(two(tmp_path, plan=Plan()))
    assert found.pairs[0].headline.name == "no attack"
    assert found.pairs[0].headline.adjusted == found.pairs[0].headline.difference.p


def test_unasked_items_leave_it_open(tmp_path: Path, records: list[Record]) -> None:
    """What lacks answers is bounded, and the bounds hold what all answers would have shown."""
    full = side_by_side(records)
    partly = [
        audit(
            student,
            Seer(lambda inputs: honest(inputs)),
            world(),
            Plan(ATTACKS, ask="flips"),
            tmp_path / student.name,
        )
        for student in (Pupil(name="plain"), Clever(name="clever"))
    ]
    open_ = side_by_side(partly)
    for some, every in zip(open_.pairs[0].contrasts, full.pairs[0].contrasts, strict=True):
        value = every.difference.value
        assert value is not None
        low, high = some.difference.bounds
        assert low - 1e-9 <= value <= high + 1e-9
        if some.difference.first.unasked or some.difference.second.unasked:
            assert some.difference.value is None
    assert any(c.difference.value is None for c in open_.pairs[0].contrasts)


def test_a_teacher_that_is_never_certain(tmp_path: Path) -> None:
    def shrug(inputs: Tensor) -> Answers:
        return Answers(torch.full((len(inputs),), -1), torch.zeros(len(inputs)))

    found = side_by_side(two(tmp_path, teacher=Seer(shrug), plan=Plan((Jitter(0.5),))))
    for contrast in found.pairs[0].contrasts:
        assert contrast.difference.value is None
        assert not contrast.settled
        assert contrast.difference.describe()["certain_for_both"] == 0
