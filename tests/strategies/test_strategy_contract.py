"""What every strategy promises; a new one adds a row to the table."""

import copy
import inspect

import pytest
import torch
from strategy_table import ACTIVEML, TABLE, counting, given, learner, pool

import preceptor.strategies
from preceptor.core import UNCERTAIN, BudgetError, IncompleteError, UnansweredError, generator
from preceptor.ledger import Ledger
from preceptor.lessons import Examples, Lesson, Price, fingerprint
from preceptor.strategies import Proves, RandomSynthesis, SkActiveML, Strategy

each = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
asking = [pytest.param(row, id=name) for name, row in TABLE.items() if row.asks]
pools = [pytest.param(row, id=name) for name, row in TABLE.items() if row.from_pool]
N = 12


def rng(seed=0):
    return generator(seed, "strategy")


def test_the_table_has_every_strategy():
    public = [getattr(preceptor.strategies, name) for name in preceptor.strategies.__all__]
    made = {type(row.make(counting())) for row in TABLE.values()}
    classes = [one for one in public if inspect.isclass(one)]
    callables = {one for one in classes if "past" in inspect.signature(one.__call__).parameters}
    extras = set() if ACTIVEML else {SkActiveML}
    assert callables - made == {Strategy, Proves} | extras


@each
def test_has_the_form_of_a_strategy(row):
    strategy = row.make(counting())
    assert isinstance(strategy, Strategy)
    assert strategy.kind in ("passive", "active student", "active teacher", "mixed")
    with pytest.raises(AttributeError):
        strategy.teacher = None


def test_names_tell_the_rows_apart():
    assert len({row.make(counting()).name for row in TABLE.values()}) == len(TABLE)


@each
def test_gives_a_lesson_of_at_most_n(row):
    teacher, student = counting(), learner()
    lesson = row.make(teacher)(student, [given()], N, rng=rng())
    assert isinstance(lesson, Lesson)
    assert lesson.price.questions <= N
    if row.asks:
        assert lesson.price.questions == N == teacher.count
        assert lesson.price.cost == pytest.approx(N * 0.5)
        assert torch.equal(torch.cat(teacher.asked), lesson.inputs)
        assert torch.equal(lesson.labels, teacher.inner(lesson.inputs).labels)


@each
def test_same_stream_same_lesson(row):
    student = learner()
    first, again = (row.make(counting())(student, [given()], N, rng=rng(1)) for _ in range(2))
    assert fingerprint(first) == fingerprint(again)
    other = row.make(counting())(student, [given()], N, rng=rng(2))
    if row.draws:
        assert fingerprint(other) != fingerprint(first)


@each
@pytest.mark.parametrize("training", [True, False])
def test_leaves_the_student_as_it_was(row, training):
    student = learner()
    student.module.train(training)
    state = copy.deepcopy(student.module.state_dict())
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    row.make(counting())(student, [given()], N, rng=rng())
    assert student.module.training is training
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(p.grad is None for p in student.module.parameters())
    assert all(torch.equal(value, state[key]) for key, value in student.module.state_dict().items())


@pytest.mark.parametrize("row", pools)
def test_asks_nothing_of_a_pool_twice_and_comes_to_an_end(row):
    teacher, student = counting(), learner()
    strategy, past = row.make(teacher), [given()]
    sizes = []
    while (lesson := strategy(student, past, 25, rng=rng(len(past)))) is not None:
        sizes.append(lesson.price.questions)
        past.append(lesson)
    assert sizes == [25, 25, 10]
    asked = torch.cat(teacher.asked)
    assert len(torch.unique(asked, dim=0)) == len(asked) == len(pool())


@each
def test_what_is_said_once_is_not_said_twice(row):
    strategy, student = row.make(counting()), learner()
    lesson = strategy(student, [given()], N, rng=rng(1))
    again = strategy(student, [given(), lesson], N, rng=rng(1))
    if row.once:
        assert again is None
    else:
        assert again is None or fingerprint(again) != fingerprint(lesson) or row.asks


@pytest.mark.parametrize("row", asking)
def test_a_budget_that_ends_leaves_what_it_paid_for(row):
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(counting(), budget=7)
        lesson = row.make(kept)(learner(), [given()], N, rng=rng())
        assert lesson.price.questions == 7
        assert kept.spent == 7
        assert row.make(kept)(learner(), [given(), lesson], N, rng=rng(9)) is None


@pytest.mark.parametrize("row", asking)
def test_other_missing_answers_are_passed_on(row):
    class Away(type(counting())):
        def __call__(self, inputs):
            answers = super().__call__(inputs)
            raise UnansweredError("away", answers, torch.zeros(len(inputs), dtype=torch.bool))

    with pytest.raises(IncompleteError, match="away") as caught:
        row.make(Away(counting().inner))(learner(), [given()], N, rng=rng())
    assert not isinstance(caught.value, BudgetError)


def test_assumptions_cost_nothing():
    for name in ("linf training", "trades", "guessed"):
        teacher = counting()
        assert TABLE[name].make(teacher)(learner(), [], N, rng=rng()).price == Price()
        assert teacher.count == 0


def test_uncertain_answers_stay_in_the_lesson_and_out_of_the_loss():
    teacher = counting()
    strategy = RandomSynthesis(TABLE["random synthesis"].make(teacher).domain, teacher)
    lesson = strategy(learner(), [], 400, rng=rng())
    unsure = lesson.labels == UNCERTAIN
    assert 20 < int(unsure.sum()) < 200
    assert lesson.price.questions == 400
    alone = Examples(lesson.inputs[~unsure], lesson.labels[~unsure], 2, batch=400)
    whole = Examples(lesson.inputs, lesson.labels, 2, batch=400)
    student = learner()
    assert torch.equal(alone.loss(student, rng()), whole.loss(student, rng()))
