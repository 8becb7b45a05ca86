"""Search witnesses: counted alike for all ways, kept, read again, and claimed for what they are."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from comparison_cells import SMALL, cell
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import preceptor
from preceptor.comparison import (
    BASE,
    Cell,
    Comparison,
    Witnesses,
    WitnessSearches,
    compare,
    sought,
    witnessed,
)
from preceptor.comparison.design import MEASURES
from preceptor.core import InputError
from preceptor.core.plain import read_fields
from preceptor.lessons import Price
from preceptor.problems import Problem, problem
from preceptor.report import render_comparison
from preceptor.students import FunctionStudent

ROOT = Path(__file__).parents[2]
SEARCHED = replace(
    SMALL,
    strategies=("random", "told:feature set"),
    budgets=(6,),
    search=40,
    attack="noise:size=0.1",
)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    folder = tmp_path_factory.mktemp("searched")
    return compare(SEARCHED, folder), folder


def knowing(at: Problem, turned: int = 0) -> FunctionStudent:
    """A student that says what the teacher says, turned round by so many labels."""

    def say(inputs: Tensor) -> Tensor:
        return (at.teacher(inputs).labels.clamp_min(0) + turned) % at.teacher.classes

    return FunctionStudent(say, classes=at.teacher.classes)


SLOW_BLOCKS = pytest.param("blocks", marks=pytest.mark.slow)
CHEAP = ("xor", "two-rules", SLOW_BLOCKS, "copies", "halfspace", "needle", "plane", "bistable")


@pytest.mark.parametrize("name", CHEAP)
def test_who_knows_has_none_and_who_always_errs_has_one_at_each_certain_answer(name):
    at = problem(name)
    assert at.probes, "a problem that compare can run"
    right = sought(knowing(at), at, 30, 0)
    assert right.witnesses == right.distinct == 0
    assert right.value == 0
    assert 0 < right.certain <= right.answered == right.questions <= 30
    wrong = sought(knowing(at, 1), at, 30, 0)
    assert wrong.witnesses == wrong.certain > 10
    assert 1 < wrong.distinct <= wrong.witnesses


def test_the_same_for_the_same_seed_and_at_most_the_budget():
    at = problem("xor")
    student = SMALL.learner(at, 0)
    assert sought(student, at, 50, 3) == sought(student, at, 50, 3)
    for questions in (1, 7, 50):
        assert sought(student, at, questions, 0).questions == questions
    with pytest.raises(InputError):
        sought(student, at, 0, 0)


def test_no_other_number_changes_and_none_is_paid_for(searched):
    without = compare(replace(SEARCHED, search=0))
    for one, bare in zip(searched[0].cells, without.cells, strict=True):
        assert one.witnesses is not None
        assert bare.witnesses is None
        assert 0 < one.witnesses.questions <= 40
        assert replace(one, witnesses=None, seconds=0) == replace(bare, seconds=0)


@pytest.mark.slow
def test_two_processes_count_as_one_does(searched):
    again = compare(SEARCHED, n_jobs=2)
    assert [one.witnesses for one in again.cells] == [one.witnesses for one in searched[0].cells]


def test_finished_cells_keep_their_counts(searched):
    found, folder = searched
    seen = []
    again = compare(SEARCHED, folder, watch=lambda told: seen.append(told.resumed))
    assert all(seen)
    assert again.describe() == found.describe() == Comparison.load(folder).describe()


def test_the_budget_of_the_search_is_in_the_key_and_none_is_what_it_was_before():
    keys = {replace(SMALL, search=n).key("random", 6, 0) for n in (0, 40, 41)}
    assert len(keys) == 3
    before = {
        **{k: SMALL.describe()[k] for k in ("problem", "given", "steps", "rounds", "probes")},
        **{k: SMALL.describe()[k] for k in ("attack", "items", "learner")},
        "strategy": "random",
        "budget": 6,
        "seed": 0,
        "measures": MEASURES,
        "preceptor": preceptor.__version__,
        "torch": torch.__version__,
    }
    hashed = sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()[:24]
    assert SMALL.key("random", 6, 0) == hashed
    with pytest.raises(InputError, match="no search"):
        replace(SMALL, search=-1)


def test_comparisons_from_before_there_were_searches_are_read(tmp_path: Path):
    kept = json.loads((ROOT / "benchmarks/results/compare.json").read_text())["cases"]["blocks"]
    for part in (kept, *kept["cells"], kept["design"]):  # whoever runs the benchmark again
        part.pop("witnesses", None)
        part.pop("search", None)
    file = tmp_path / "comparison.json"
    file.write_text(json.dumps(kept))
    old = Comparison.load(file)
    assert old.search == 0
    assert witnessed(old) == []
    points = [point for name in old.strategies for point in old.points(name)]
    assert len(points) > 5
    assert all(point.searched is None for point in points)
    assert old.describe()["cells"] == kept["cells"]
    page = render_comparison(old)
    assert "witnesses" not in page.split("</style>")[1]


def test_a_cell_without_a_search_is_written_as_before():
    bare = cell("asks", 1, 0, 0.5, Price())
    assert "witnesses" not in bare.describe()
    assert Cell.read(json.loads(json.dumps(bare.describe()))) == bare
    counted = replace(bare, witnesses=Witnesses(2, 5, 40, 40, 30))
    assert counted.describe()["witnesses"]["void"] == 10
    assert Cell.read(json.loads(json.dumps(counted.describe()))) == counted


@given(st.lists(st.integers(0, 500), min_size=5, max_size=5))
def test_counts_that_cannot_be_are_refused(counts):
    distinct, witnesses, questions, answered, certain = counts
    fits = distinct <= witnesses <= certain <= answered <= questions
    if fits and (distinct > 0) == (witnesses > 0):
        one = Witnesses(*counts)
        assert read_fields(Witnesses, one.describe()) == one
        assert 0 <= one.void_share <= 1
        assert (one.value is None) == (certain == 0)
    else:
        with pytest.raises(InputError):
            Witnesses(*counts)


def test_nothing_certain_leaves_the_count_undefined():
    some, none = Witnesses(2, 5, 40, 40, 30), Witnesses(0, 0, 40, 40, 0)
    assert WitnessSearches.of([some, some], 0.95).distinct.mean == 2
    both = WitnessSearches.of([some, none], 0.95)
    assert both.distinct is None
    assert both.void == pytest.approx((0.25 + 1) / 2)
    assert both.describe()["distinct"] is None


def counted(ways: dict[str, tuple[list[float], list[int]]]) -> Comparison:
    """Strong accuracy and distinct witnesses by seed."""
    cells = []
    for name, (shares, counts) in ways.items():
        for seed, (share, count) in enumerate(zip(shares, counts, strict=True)):
            one = cell(name, 0 if name == BASE else 1, seed, share, Price(1, 1.0))
            cells.append(replace(one, witnesses=Witnesses(count, count, 50, 50, 45)))
    design = {**SEARCHED.describe(), "seeds": [0, 1, 2], "strategies": list(ways), "search": 50}
    about = {"problem": "made up", "teacher": "nobody", "certainty": "always"}
    return Comparison(design, about, tuple(cells), 0.9, {"preceptor": "0", "torch": "0"})


def test_the_page_has_counts_beside_their_voids(searched):
    found, _ = searched
    page = render_comparison(found).split("</style>")[1]
    assert '<h2 id="h-search">What a search finds</h2>' in page
    assert page.count('<th scope="col">witnesses</th>') == 1
    assert "none proves nothing" in page
    for name in found.strategies:
        one = found.points(name)[0].searched
        assert f"<td><b>{one.distinct.mean:.1f}</b>" in page
        assert f"void {100 * one.void:.0f}&nbsp;%<br>{one.witnesses.mean:.1f} in" in page
    assert not [word for word in ("nan", "None", "inf]") if word in page]


def test_a_page_of_undefined_counts_says_so():
    none = Witnesses(0, 0, 50, 50, 0)
    found = counted({BASE: ([0.5, 0.5, 0.5], [1, 1, 1]), "asks": ([0.6, 0.6, 0.6], [1, 1, 1])})
    cells = tuple(replace(one, witnesses=none) for one in found.cells)
    page = render_comparison(replace(found, cells=cells))
    assert "its count is undefined" in page
    assert '<b>undefined</b><br><span class="soft">void 100' in page


def test_what_is_said_of_the_counts():
    base = ([0.5, 0.52, 0.51], [20, 22, 21])
    lines = witnessed(
        counted(
            {
                BASE: base,
                "good": ([0.9, 0.91, 0.92], [0, 0, 0]),
                "odd": ([0.7, 0.71, 0.72], [30, 31, 33]),
            }
        )
    )
    assert "search of 50 questions finds 21.0 [18.5 to 23.5]" in lines[0]
    assert "fewest with good, 0.0; most with odd, 31.3 [27.5 to 35.1]." in lines[0]
    assert lines[1].startswith("No witness in any seed with good:")
    assert "proves nothing" in lines[1]
    assert lines[2:] == [
        "Strong accuracy and search disagree: odd has the higher strong accuracy than labels alone, "
        "and more distinct witnesses (31.3 [27.5 to 35.1] in 45 certain answers, against 21.0 [18.5 to "
        "23.5] in 45)."
    ]


def test_orders_that_are_not_settled_disagree_with_nothing():
    unclear = counted(
        {BASE: ([0.5, 0.52, 0.51], [20, 22, 21]), "odd": ([0.7, 0.71, 0.72], [10, 40, 30])}
    )
    assert len(witnessed(unclear)) == 1
    assert witnessed(replace(unclear, design={**unclear.design, "search": 0})) == []
