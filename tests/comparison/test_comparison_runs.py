"""Runs of a comparison: the same wherever they run, kept on disk, and honest about bad designs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from comparison_cells import SMALL

from preceptor.comparison import BASE, Cell, Comparison, ComparisonProgress, compare, strategies_for
from preceptor.comparison.cell import ground, measured, run
from preceptor.comparison.run_comparison import cells_of
from preceptor.core import InputError
from preceptor.strategies import AdamFit


def numbers(cells: tuple[Cell, ...]) -> list[dict[str, object]]:
    return [{k: v for k, v in one.describe().items() if k != "seconds"} for one in cells]


@pytest.mark.slow
def test_two_processes_give_the_same_numbers_as_one(finished):
    few = replace(SMALL, strategies=("random", "told:feature set"), budgets=(20,))
    spread = compare(few, n_jobs=2).cells
    alone = {(one.strategy, one.budget, one.seed): one for one in finished[0].cells}
    assert len(spread) == 6
    same = tuple(alone[one.strategy, one.budget, one.seed] for one in spread)
    assert numbers(spread) == numbers(same)


def test_every_cell_is_there_once_and_what_is_said_once_has_one_budget(finished):
    found, _ = finished
    keys = [(one.strategy, one.budget, one.seed) for one in found.cells]
    assert len(set(keys)) == len(keys) == 2 * (1 + 3 * 2 + 1)
    assert {b for s, b, _ in keys if s == "told:feature set"} == {20}
    assert {b for s, b, _ in keys if s == BASE} == {0}


def test_a_cell_does_not_depend_on_its_company(finished):
    alone = compare(replace(SMALL, strategies=("boundary",), budgets=(20,), seeds=(1,)))
    wanted = [
        c for c in finished[0].cells if c.seed == 1 and c.budget == 20 and c.strategy == "boundary"
    ]
    assert numbers(tuple(c for c in alone.cells if c.strategy == "boundary")) == numbers(
        tuple(wanted)
    )


def test_another_fit_makes_another_student_at_the_same_price(finished):
    cells = {(c.strategy, c.budget, c.seed): c for c in finished[0].cells}
    for strategy in ("random", "boundary"):  # fitted once at the end, and in every round
        usual = cells[strategy, 20, 1]
        other = run(SMALL, strategy, 20, 1, AdamFit(rate=0.1))
        assert other.price == usual.price
        assert other.measures != usual.measures


def test_budgets_are_kept_and_told_lessons_come_on_top(finished):
    for one in finished[0].cells:
        extra = 1 if one.strategy.startswith("told:feature set +") else 0
        most = one.budget + extra if one.strategy != "told:feature set" else 1
        assert one.price.questions == most, one
        assert one.price.cost == 0


def test_what_is_measured_of_attacked_items_and_draws(finished):
    attack = "standard linf eps=0.2"  # a tenth of [-1, 1]
    law = next(name for name in finished[0].cells[0].measures if name.startswith("strong "))
    for one in finished[0].cells:
        rates = one.measures
        assert set(rates) == {
            "clean",
            f"conventional {attack}",
            f"weak {attack}",
            f"pushed {attack}",
            law,
        }
        for name in ("conventional", "weak", "pushed"):
            rate = rates[f"{name} {attack}"]
            assert rate.certain + rate.void == SMALL.items
    # where the teacher's answer changes or vanishes within the ball, nothing conventional says so
    assert any(
        one.measures[f"conventional {attack}"] != one.measures[f"weak {attack}"]
        for one in finished[0].cells
    )


def test_draws_that_are_pushed_only_lose():
    at = ground(SMALL.problem, 0, SMALL.given, SMALL.probes, SMALL.items)
    student = SMALL.learner(at.problem, 0)
    ((law, (drawn, answers)),) = [one for one in at.sheets.items() if one[0].startswith("strong ")]
    rows = (answers.labels >= 0).nonzero()[: SMALL.items, 0]
    right = int((student.decide(student(drawn[rows])) == answers.labels[rows]).sum())
    found = measured(student, at, SMALL, 0)
    pushed = next(rate for name, rate in found.items() if name.startswith("pushed "))
    assert pushed.hits < right < SMALL.items
    assert pushed.misses > SMALL.items - right
    assert found[law].value is not None


def test_finished_cells_are_used_again_and_broken_ones_are_not(finished, tmp_path: Path):
    found, folder = finished
    files = sorted((folder / "cells").glob("*.json"))
    assert len(files) == len(found.cells)
    (tmp_path / "cells").mkdir()
    for file in files[2:]:
        (tmp_path / "cells" / file.name).write_text(file.read_text())
    (tmp_path / "cells" / files[0].name).write_text(files[0].read_text()[:50])
    seen: list[ComparisonProgress] = []
    again = compare(SMALL, tmp_path, watch=seen.append)
    assert numbers(again.cells) == numbers(found.cells)
    assert sum(not told.resumed for told in seen) == 2
    assert [told.done for told in seen] == list(range(1, len(files) + 1))


@pytest.mark.parametrize("change", [{"steps": 31}, {"given": 59}, {"attack": "noise:size=0.1"}])
def test_another_design_uses_no_old_cell(change):
    other = replace(SMALL, **change)
    assert other.key("random", 6, 0) != SMALL.key("random", 6, 0)
    fewer = replace(SMALL, strategies=("random",), budgets=(6,), seeds=(0,), level=0.9)
    assert fewer.key("random", 6, 0) == SMALL.key("random", 6, 0)


def test_it_survives_the_disk(finished, tmp_path: Path):
    found, folder = finished
    again = Comparison.load(folder)
    assert (
        again.describe() == found.describe() == json.loads((folder / "comparison.json").read_text())
    )
    (tmp_path / "comparison.json").write_text('{"schema": "something else"}')
    with pytest.raises(InputError, match="preceptor-comparison/1"):
        Comparison.load(tmp_path)
    with pytest.raises(InputError, match="holds no comparison"):
        Comparison.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"problem": "nothing"}, "there is no problem"),
        ({"problem": "xor:fetures=10"}, "features"),
        ({"problem": "digits"}, "no law"),
        ({"strategies": ("randon",)}, "did you mean 'random'"),
        ({"strategies": ("told:featureset",)}, "feature set"),
        ({"strategies": ()}, "at least one strategy"),
        ({"seeds": (0, 0)}, "must differ"),
        ({"steps": 0}, "at least 1"),
        ({"given": 10_001}, "10000 training examples"),
    ],
)
def test_designs_that_cannot_be_carried_out(change, says):
    with pytest.raises(InputError, match=says):
        compare(replace(SMALL, **change))


@pytest.mark.parametrize("problem", ["xor:features=6", "two-rules", "blocks"])
def test_the_default_strategies_can_be_made(problem):
    told = strategies_for(problem)
    assert len(told) > 5
    design = replace(SMALL, problem=problem, strategies=told, probes=5, items=5)
    assert len(cells_of(design)) > 2 * len(told)


@pytest.mark.slow
def test_telling_the_features_is_worth_what_hundreds_of_questions_are():
    design = replace(
        SMALL,
        problem="xor:features=10",
        strategies=("passive", "random", "told:feature set"),
        budgets=(300,),
        given=300,
        steps=250,
        probes=500,
        attack="noise:size=0.1",
    )
    found = compare(design)
    strong = {n: found.points(n)[0].measures["strong"] for n in found.strategies}
    assert min(strong["told:feature set"].values) > 0.97
    assert min(strong["random"].values) > 0.85
    assert max(strong["passive"].values) < 0.7
    bits = {n: found.points(n)[0].price["bits"].mean for n in found.strategies}
    assert bits["told:feature set"] < 6 < 400 < bits["random"]
