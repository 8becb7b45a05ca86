"""The loop: rounds, budgets, endings, and going on after an interruption."""

import copy
import math

import pytest
import torch
from strategy_table import counting, given, learner, pool, small

from preceptor.core import InputError, PreceptorError, TeacherError, generator
from preceptor.ledger import Ledger
from preceptor.lessons import Budget, Examples, Irrelevant, Price, load
from preceptor.outcome import Spread
from preceptor.problems import strong
from preceptor.strategies import (
    AdamFit,
    Fit,
    Passive,
    RandomSynthesis,
    Schedule,
    StrategySequence,
    TutorStrategy,
    check_convergence,
    learn,
)
from preceptor.strategies.fit_convergence import compared

DOMAIN = small().source.domain
QUICK = Schedule(rounds=3, n=10, steps=15)


def weights(student):
    return torch.cat([p.detach().flatten() for p in student.module.parameters()])


def random(teacher):
    return RandomSynthesis(DOMAIN, teacher)


def test_rounds_prices_and_the_untouched_student():
    student, teacher, seen = learner(), counting(), []
    before = copy.deepcopy(student.module.state_dict())
    learned = learn(
        student,
        random(teacher),
        given=[given()],
        schedule=QUICK,
        measure=lambda s: 0.5,
        watch=seen.append,
    )
    assert [r.number for r in learned.rounds] == [0, 1, 2, 3]
    assert [r.price.questions for r in learned.rounds] == [0, 10, 20, 30]
    assert learned.price.bits == pytest.approx(30 * math.log2(3))
    assert learned.price.cost == 15
    assert learned.ending == "rounds"
    assert tuple(seen) == learned.rounds
    assert len(learned.lessons) == 4
    assert teacher.count == 30
    assert all(torch.equal(v, before[k]) for k, v in student.module.state_dict().items())
    assert not torch.equal(weights(learned.student), weights(student))
    assert not learned.student.module.training


def test_same_seed_same_student():
    students = [
        learn(learner(), random(counting()), given=[given()], schedule=QUICK, seed=s).student
        for s in (0, 0, 1)
    ]
    assert torch.equal(weights(students[0]), weights(students[1]))
    assert not torch.equal(weights(students[0]), weights(students[2]))


@pytest.mark.parametrize(
    ("budget", "questions"),
    [
        (Budget(questions=23), 23),
        (Budget(questions=0), 0),
        (Budget(bits=12 * math.log2(3)), 12),
        (Budget(bits=1.0), 0),
        (Budget(cost=7.0), 20),
    ],
)
def test_questions_stop_at_the_budget(budget, questions):
    teacher = counting()
    learned = learn(learner(), random(teacher), budget=budget, schedule=Schedule(9, 10, 2))
    assert learned.ending == "budget"
    assert learned.price.questions == questions == teacher.count
    if budget.cost is None:
        assert learned.price.within(budget)


def test_the_ledgers_own_budget_ends_it_too():
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(counting(), budget=14)
        learned = learn(learner(), random(kept), schedule=Schedule(9, 10, 2))
    assert learned.ending == "taught out"
    assert learned.price.questions == 14


def test_a_volunteered_lesson_beyond_the_budget_is_declined():
    told = TutorStrategy(small().tutors["feature set"], "feature set")
    bits = math.log2(math.comb(8, 2))
    for budget, rounds in ((bits + 0.01, 2), (bits - 0.01, 1)):
        learned = learn(
            learner(), told, given=[given()], budget=Budget(bits=budget), schedule=QUICK
        )
        assert len(learned.rounds) == rounds
        assert learned.price.within(Budget(bits=budget))
    mixed = StrategySequence((told, random(counting())))
    learned = learn(learner(), mixed, given=[given()], budget=Budget(bits=3.9), schedule=QUICK)
    assert learned.price == Price()


def test_ends_when_there_is_nothing_left_to_learn():
    learned = learn(learner(), Passive(pool(25), counting()), schedule=Schedule(9, 10, 2))
    assert learned.ending == "taught out"
    assert [r.price.questions for r in learned.rounds] == [0, 10, 20, 25]


def test_target_and_patience():
    scores = iter([0.1, 0.4, 0.8, 0.9])
    learned = learn(
        learner(),
        random(counting()),
        given=[given()],
        schedule=Schedule(9, 5, 2, target=0.7),
        measure=lambda s: next(scores),
    )
    assert (learned.ending, len(learned.rounds)) == ("target", 3)
    scores = iter([0.1, 0.4, 0.3, 0.4, 0.9])
    learned = learn(
        learner(),
        random(counting()),
        given=[given()],
        schedule=Schedule(9, 5, 2, patience=2),
        measure=lambda s: next(scores),
    )
    assert (learned.ending, len(learned.rounds)) == ("patience", 4)
    scores = iter([0.1, 0.9])
    last = learn(
        learner(),
        random(counting()),
        schedule=Schedule(1, 5, 2, target=0.7),
        measure=lambda s: next(scores),
    )
    assert last.ending == "target"


class PowerCutError(Exception):
    """The power goes."""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_run_again_after_an_interruption(tmp_path, at):
    whole = learn(learner(), random(counting()), given=[given()], schedule=QUICK)

    def cut(done):
        if done.number == at:
            raise PowerCutError

    with Ledger(tmp_path / "ledger.db") as ledger:
        teacher = counting()
        kept = ledger.keep(teacher)
        course = {"given": [given()], "schedule": QUICK, "out": tmp_path / "out"}
        with pytest.raises(PowerCutError):
            learn(learner(), random(kept), watch=cut, **course)
        assert teacher.count == 10 * at
        again = learn(learner(), random(kept), **course)
        assert teacher.count == 30
    assert [r.resumed for r in again.rounds] == [n <= at for n in range(4)]
    assert torch.equal(weights(again.student), weights(whole.student))
    assert again.price == whole.price
    lesson = load(tmp_path / "out" / "lesson-002.safetensors")
    assert torch.equal(lesson.inputs, again.rounds[2].lesson.inputs)


@pytest.mark.parametrize("what", ["student", "network", "fit", "steps", "given", "seed", "damage"])
def test_a_checkpoint_of_another_course_is_not_used(tmp_path, what):
    course = {"given": [given()], "schedule": QUICK, "out": tmp_path, "seed": 0, "fit": AdamFit()}
    learn(learner(), random(counting()), **course)
    student = learner(1) if what == "student" else learner()
    if what == "network":  # of the same weights
        student.module[1] = torch.nn.Tanh()
    change = {
        "fit": {"fit": AdamFit(rate=1e-3)},
        "steps": {"schedule": Schedule(3, 10, 16)},
        "given": {"given": [given(99)]},
        "seed": {"seed": 1},
    }
    if what == "damage":
        for file in tmp_path.glob("student-*"):
            file.write_bytes(file.read_bytes()[:-7])
    again = learn(student, random(counting()), **(course | change.get(what, {})))
    assert not any(r.resumed for r in again.rounds)


def test_fronts_and_warm_starts_resume_too(tmp_path):
    mixed = StrategySequence(
        (TutorStrategy(small().tutors["feature set"], "feature set"), random(counting()))
    )
    schedule = Schedule(3, 10, 15, warm=True)
    course = {"given": [given()], "schedule": schedule, "out": tmp_path}
    first = learn(learner(), mixed, **course)
    again = learn(learner(), mixed, **course)
    assert all(r.resumed for r in again.rounds)
    inputs = pool()
    assert torch.equal(first.student(inputs), again.student(inputs))
    assert len(list(first.student.module.parameters())) == 6


def test_answers_that_fail_leave_the_rest_in_the_ledger(tmp_path):
    class Fails(type(counting())):
        def __call__(self, inputs):
            answers = super().__call__(inputs)
            if self.count > 15:
                raise TeacherError("down", answers, torch.zeros(len(inputs), dtype=torch.bool))
            return answers

    with Ledger(tmp_path / "ledger.db") as ledger:
        with pytest.raises(TeacherError):
            learn(learner(), random(ledger.keep(Fails(counting().inner))), schedule=QUICK)
        teacher = counting()
        learn(learner(), random(ledger.keep(teacher)), schedule=QUICK)
        assert teacher.count == 20


def test_the_default_fit_learns_and_leaves_its_student():
    student, fit = learner(), AdamFit()
    assert isinstance(fit, Fit)
    taught = fit(student, [given()], steps=200, rng=generator(0, "fit"))
    problem = small()
    right = taught.decide(taught(problem.train_inputs[:500])) == problem.train_labels[:500]
    assert right.float().mean() > 0.97
    assert torch.equal(weights(student), weights(learner()))


def test_examples_of_many_rounds_count_alike():
    """Ten lessons of ten examples teach what one of a hundred does."""
    whole = given(100)
    parts = [
        Examples(whole.inputs[i : i + 10], whole.labels[i : i + 10], 2) for i in range(0, 100, 10)
    ]
    one, many = (
        AdamFit()(learner(), lessons, steps=20, rng=generator(0, "fit"))
        for lessons in ([whole], parts)
    )
    assert torch.equal(weights(one), weights(many))


def test_what_cannot_be_fitted_is_said():
    with pytest.raises(InputError, match="nothing to learn"):
        AdamFit()(learner(), [], steps=5, rng=generator(0, "fit"))
    with pytest.raises(PreceptorError, match="Lower the learning rate"):
        AdamFit(rate=1e30)(learner(), [given()], steps=50, rng=generator(0, "fit"))
    with pytest.raises(InputError, match="late <= 1"):
        AdamFit(late=2.0)
    frozen = learner()
    for parameter in frozen.module.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(InputError, match="no parameters to train"):
        AdamFit()(frozen, [given()], steps=5, rng=generator(0, "fit"))
    with pytest.raises(InputError, match="at least 1"):
        Schedule(rounds=0)


def test_a_feature_set_teaches_what_labels_of_the_data_cannot():
    """The claim in small: the same network, the same labels, with and without ten bits."""
    problem = small()
    passive = learn(
        learner(),
        Passive(problem.train_inputs[100:], problem.teacher),
        given=[given()],
        schedule=Schedule(1, 900, 400),
    )
    told = learn(
        learner(),
        TutorStrategy(problem.tutors["feature set"], "feature set"),
        given=[given()],
        schedule=Schedule(1, 1, 400),
    )
    assert strong(passive.student, problem)["uniform"].value < 0.7
    assert strong(told.student, problem)["uniform"].value > 0.98
    assert told.price.bits < 5 < 1000 < passive.price.bits


def test_convergence_sees_a_ranking_that_reverses():
    problem = small()

    def knows(seed):
        relevant = problem.tutors["feature set"].lesson.features
        return [given(), Irrelevant(relevant, DOMAIN, given().inputs, weight=3.0)]

    found = check_convergence(
        learner,
        {"plain": lambda seed: [given()], "told": knows},
        lambda student, seed: strong(student, problem, probes=500)["uniform"].value,
        steps=40,
        seeds=(0, 1),
    )
    assert set(found.short) == set(found.long) == {"plain", "told"}
    assert found.steps == 40
    with pytest.raises(InputError, match="two arms and two seeds"):
        check_convergence(learner, {"one": knows}, lambda s, n: 0.0, steps=5)


def test_what_becomes_of_a_ranking():
    def arm(middle):
        return Spread.of([middle - 0.01, middle, middle + 0.01])

    low, high = Spread.of([0.5, 0.51, 0.52]), Spread.of([0.7, 0.72, 0.71])
    reversed_ = compared(10, {"a": high, "b": low}, {"a": low, "b": high})
    assert reversed_.reversed == (("a", "b"),)
    assert not reversed_.holds
    assert set(reversed_.unsettled) == {"a", "b"}
    faded = compared(10, {"a": low, "b": high}, {"a": high, "b": high})
    assert faded.holds
    assert faded.faded == (("b", "a"),)
    emerged = compared(10, {"a": low, "b": low}, {"a": low, "b": high})
    assert emerged.emerged == (("b", "a"),)
    same = compared(10, {"a": low, "b": high}, {"a": low, "b": high})
    assert same.holds
    assert (same.faded, same.emerged, same.unsettled) == ((), (), ())
