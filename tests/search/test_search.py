"""The search finds what is planted, asks no more than it may, and is the same when run again."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from search_worlds import (
    PLAN,
    Pupil,
    Seer,
    fooled,
    half_blind,
    left_or_right,
    pictures,
    sees_all,
    vectors,
)

from preceptor.attacks.predictions import CleanPrediction
from preceptor.core import UNCERTAIN, Answers, BudgetError, InputError, UnansweredError, blank
from preceptor.ledger import Ledger
from preceptor.probes import families
from preceptor.search import (
    AskedInputs,
    SearchContext,
    SearchPlan,
    SearchResult,
    estimate,
    key,
    search,
)
from preceptor.search.bandit import Tally, allot
from preceptor.search.clusters import Clusters
from preceptor.search.teacher_gradient import TeacherGradient

CASES = {
    "images": (lambda x: sees_all(x.flip(-1)), pictures, True),
    "images without gradients": (lambda x: sees_all(x.flip(-1)).detach(), pictures, False),
    "vectors": (half_blind, vectors, True),
    "vectors without gradients": (lambda x: half_blind(x).detach(), vectors, False),
}


@pytest.mark.parametrize("case", CASES)
def test_witnesses_are_confirmed_and_the_budget_holds(case) -> None:
    think, source, differentiable = CASES[case]
    teacher, student = Seer(left_or_right), Pupil(think, differentiable=differentiable)
    result = search(student, teacher, source(), PLAN)
    assert len(teacher.asked) == len(set(teacher.asked)) == len(result.asked) <= PLAN.budget
    assert result.distinct > 0
    rows = result.asked.found >= 0
    inputs = result.asked.inputs[rows]
    assert torch.equal(left_or_right(inputs), result.asked.teacher[rows])
    assert (student.decide(student(inputs)) == result.asked.student[rows]).all()
    assert (result.asked.teacher[rows] != result.asked.student[rows]).all()
    assert not source().domain.outside(result.asked.inputs).any()
    assert result.curve[0][-1] == result.witnesses
    assert result.curve[1][-1] == result.distinct
    assert sum(one.asked for one in result.yields) <= len(result.asked)


def test_a_perfect_student_has_no_witness_and_no_fault() -> None:
    result = search(Pupil(sees_all), Seer(left_or_right), pictures(), PLAN)
    assert (result.witnesses, result.distinct, result.raised) == (0, 0, [])
    assert result.asked.certain.any()


def test_an_uncertain_teacher_refutes_nothing() -> None:
    teacher = Seer(lambda inputs: torch.full((len(inputs),), UNCERTAIN))
    result = search(Pupil(sees_all), teacher, pictures(), PLAN)
    assert not result.asked.certain.any()
    assert result.distinct == 0
    assert all(one.rate.hits == 0 for one in result.yields)


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_patch_is_raised_and_a_clean_student_does_not_raise_it(seed: int) -> None:
    plan = SearchPlan(300, seed=seed)

    def patches(think) -> list[str]:
        result = search(Pupil(think), Seer(left_or_right), pictures(), plan)
        return [
            fault["change"]
            for fault in result.raised
            if fault["kind"] == "patch" and "rows 0-1 columns 0-1 value=1" in fault["change"]
        ]

    assert patches(fooled)
    assert not patches(sees_all)


def test_run_again_it_asks_nothing_and_ends_the_same(tmp_path) -> None:
    student, source, teacher = Pupil(half_blind), vectors(), Seer(left_or_right)
    results = []
    for _ in range(2):
        with Ledger(tmp_path / "kept.db") as book:
            kept = book.keep(teacher, budget=PLAN.budget, purpose="search")
            results.append(search(student, kept, source, PLAN, out=tmp_path / "found"))
    assert len(teacher.asked) == len(results[0].asked)
    assert results[0].digest == results[1].digest
    loaded = SearchResult.load(tmp_path / "found")
    assert loaded.digest == results[0].digest
    assert loaded.summary() == results[0].summary()


def test_a_changed_file_is_refused(tmp_path) -> None:
    search(Pupil(half_blind), Seer(left_or_right), vectors(), PLAN, out=tmp_path)
    arrays = dict(np.load(tmp_path / "search.npz"))
    arrays["teacher"] = 1 - arrays["teacher"]
    np.savez(tmp_path / "search.npz", **arrays)
    with pytest.raises(InputError, match="do not belong together"):
        SearchResult.load(tmp_path)
    (tmp_path / "search.json").write_text('{"schema": "other"}')
    with pytest.raises(InputError, match="schema 'other'"):
        SearchResult.load(tmp_path)
    with pytest.raises(InputError, match="holds no search"):
        SearchResult.load(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", [BudgetError, UnansweredError])
def test_what_was_answered_is_kept_when_the_answers_end(kind) -> None:
    calls = []

    def stops(inputs) -> Answers:
        calls.append(len(inputs))
        if len(calls) < 3:
            return Answers(left_or_right(inputs), torch.zeros(len(inputs)))
        answers, there = blank(len(inputs)), torch.zeros(len(inputs), dtype=torch.bool)
        answers.labels[0], there[0] = left_or_right(inputs[:1])[0], True
        raise kind("no more", answers, there)

    teacher = Seer(left_or_right)
    teacher.__class__ = type("Stopping", (Seer,), {"__call__": lambda self, x: stops(x)})
    result = search(Pupil(half_blind), teacher, vectors(), PLAN)
    assert len(calls) == 3
    assert int(result.asked.answered.sum()) == sum(calls[:2]) + 1
    assert sum(result.facts["questions"]["unanswered"].values()) == calls[2] - 1


def test_a_teacher_that_raises_now_and_then_loses_only_that_batch() -> None:
    class Moody(Seer):
        calls = 0

        def __call__(self, inputs):
            self.calls += 1
            if self.calls == 2:
                raise RuntimeError("coffee")
            return super().__call__(inputs)

    result = search(Pupil(half_blind), Moody(left_or_right), vectors(), PLAN)
    assert any("coffee" in why for why in result.facts["questions"]["unanswered"])
    assert result.distinct > 0


def test_around_one_item_the_answer_is_held() -> None:
    source, student = vectors(), Pupil(half_blind)
    said = student.decide(student(source.read(0, 80)))
    result = search(
        student, Seer(left_or_right), source, SearchPlan(60, enough=1, round=1), around="3"
    )
    assert (result.asked.student == said[3]).all()
    assert result.distinct == 1
    assert torch.equal(result.asked.inputs[0], source.read(3, 4)[0])
    with pytest.raises(InputError, match="no item with id 'x'"):
        search(student, Seer(left_or_right), source, around="x")


def test_beliefs_are_used_only_when_given_and_recorded() -> None:
    class Soft(Seer):
        def beliefs(self, inputs):
            return sees_all(inputs).softmax(1)

    teacher, student = Soft(left_or_right), Pupil(half_blind)
    plain = search(student, teacher, vectors(), PLAN)
    assert plain.facts["beliefs"] == {"used": False, "inputs": 0}
    leaning = search(student, teacher, vectors(), PLAN, beliefs=teacher)
    assert leaning.facts["beliefs"]["inputs"] > 0
    mine = next(one for one in leaning.yields if one.name == "teacher gradient")
    assert mine.asked > 0


def test_the_teachers_gradient_leads_to_where_it_changed_and_the_student_did_not() -> None:
    class Soft(Seer):
        def beliefs(self, inputs):
            return sees_all(inputs).softmax(1)

    student, source = Pupil(half_blind), vectors()
    inputs = source.read(0, 80)
    own = CleanPrediction.of(student, inputs)
    ground = SearchContext(student, source.domain, inputs, own, torch.arange(80), 0.6, 0)
    made = TeacherGradient(Soft(left_or_right)).propose(
        ground, 0, 20, AskedInputs.none(torch.empty(0, 4))
    )
    assert torch.equal(ground.answers(made.inputs), own.answers[made.parent])
    changed = left_or_right(made.inputs) == 1 - left_or_right(inputs[made.parent])
    assert changed.double().mean() > 0.5


def test_student_and_teacher_must_have_the_same_labels() -> None:
    with pytest.raises(InputError, match="2 classes, teacher 'seer' 3"):
        search(Pupil(half_blind), Seer(left_or_right, classes=3), vectors())


def test_the_key_tells_searches_apart() -> None:
    student, source = Pupil(half_blind), vectors()
    one = key(student, source, PLAN)
    assert one == key(student, source, PLAN)
    others = {
        key(student, source, SearchPlan(121, first=10, round=10)),
        key(student, source, PLAN, around="1"),
        key(student, source, PLAN, beliefs=True),
        key(Pupil(lambda x: -half_blind(x)), source, PLAN),
        key(student, vectors(seed=1), PLAN),
    }
    assert len(others | {one}) == 6


@pytest.mark.parametrize("wrong", [{"budget": 0}, {"testing": 1.0}, {"even": 2.0}, {"enough": 0}])
def test_plans_that_make_no_sense(wrong) -> None:
    with pytest.raises(InputError):
        SearchPlan(**wrong)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=8
    ),
    st.integers(1, 30),
    st.floats(0, 1),
)
def test_every_question_is_allotted_to_a_generator_that_is_not_dry(rows, questions, even) -> None:
    tallies = [Tally(a, a, min(a, n), dry) for a, n, dry in rows]
    given_ = allot(tallies, questions, even, np.random.default_rng(0))
    assert sum(given_.values()) == (questions if any(not t.dry for t in tallies) else 0)
    assert all(not tallies[i].dry for i in given_)


def test_copies_count_once_and_clusters_never_change() -> None:
    inputs = torch.tensor([[0.0, 0.0], [0.1, 0.0], [5.0, 0.0], [0.05, 0.0]])
    teacher, student = torch.tensor([0, 0, 0, 1]), torch.tensor([1, 1, 1, 0])
    whole, numbers = Clusters.none(0.5, 2).add(inputs, teacher, student)
    assert numbers.tolist() == [0, 0, 1, 2]
    part, first = Clusters.none(0.5, 2).add(inputs[:2], teacher[:2], student[:2])
    _, rest = part.add(inputs[2:], teacher[2:], student[2:])
    assert torch.cat([first, rest]).tolist() == numbers.tolist()
    assert len(whole) == 3


def test_the_estimate_is_the_share_right_where_certain() -> None:
    source, student, teacher = vectors(), Pupil(half_blind), Seer(left_or_right)
    probes = families(source.domain)
    found = estimate(student, teacher, source, probes, 20, seed=2)
    for one in probes:
        inputs = one.source(source, 20, seed=2).read(0, 20)
        truth, said = left_or_right(inputs), student.decide(student(inputs))
        rate = found.rates[one.name]
        assert rate.certain == int((truth != UNCERTAIN).sum())
        assert rate.hits == int(((truth == said) & (truth != UNCERTAIN)).sum())
        assert rate.void == 20 - rate.certain
    assert len(teacher.asked) == found.asked
    few = estimate(student, Seer(left_or_right), source, probes, 20, seed=2, budget=50)
    assert few.answered == 50
    for name, rate in few.rates.items():
        assert rate.unasked > 0
        assert rate.interval[0] <= found.rates[name].interval[0]
        assert rate.interval[1] >= found.rates[name].interval[1]
