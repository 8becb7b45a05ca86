"""Strategies ask what they are meant to ask."""

from dataclasses import replace

import pytest
import torch
from strategy_table import TABLE, D, counting, given, learner, small
from torch import nn

from preceptor.attacks import PGD
from preceptor.core import UNCERTAIN, InputError, ItemRng, generator
from preceptor.lessons import FeatureSet, Invariances
from preceptor.strategies import (
    AdamFit,
    AdversarialQueries,
    Badge,
    BoundarySynthesis,
    CoreSet,
    Corrective,
    Mistakes,
    PoolUncertainty,
    RandomSynthesis,
    Remedy,
    StrategySequence,
    TutorStrategy,
)
from preceptor.strategies.embedding import embeddings
from preceptor.students import TorchStudent
from preceptor.transforms import Tolerance

DOMAIN = small().source.domain


def rng(seed=0):
    return generator(seed, "strategy")


def taught(steps=150):
    return AdamFit()(learner(), [given()], steps=steps, rng=rng(3))


def margins(student, inputs):
    top = student(inputs).detach().softmax(1).topk(2, 1).values
    return top[:, 0] - top[:, 1]


def test_uncertainty_asks_where_the_student_is_least_sure():
    student, pool = taught(), small().probes["uniform"](300, rng(1))
    lesson = PoolUncertainty(pool, counting())(student, [], 30, rng=rng())
    gaps = margins(student, pool)
    assert margins(student, lesson.inputs).max() <= gaps.sort().values[29] + 1e-6


def test_the_ways_of_being_unsure_agree_for_two_classes():
    student, pool = taught(), small().probes["uniform"](300, rng(1))
    asked = [
        PoolUncertainty(pool, counting(), by)(student, [], 30, rng=rng()).inputs
        for by in ("margin", "confidence", "entropy")
    ]
    found = [{row.numpy().tobytes() for row in rows} for rows in asked]
    assert found[0] == found[1] == found[2]


def test_boundary_questions_lie_on_the_boundary():
    student = taught()
    lesson = BoundarySynthesis(DOMAIN, counting())(student, [], 60, rng=rng())
    drawn = margins(student, RandomSynthesis(DOMAIN, counting())(student, [], 60, rng=rng()).inputs)
    assert margins(student, lesson.inputs).max() < 0.05 < drawn.median()


def test_boundary_synthesis_with_a_student_that_always_says_the_same():
    flat = nn.Linear(D, 2)
    with torch.no_grad():
        flat.weight.zero_()
        flat.bias.copy_(torch.tensor([1.0, 0.0]))
    lesson = BoundarySynthesis(DOMAIN, counting())(TorchStudent(flat, classes=2), [], 20, rng=rng())
    assert lesson.price.questions == 20


def test_core_set_and_badge_cover_two_far_clusters():
    near = torch.zeros(50, D) + 0.3 + 0.001 * torch.randn(50, D, generator=seeded())
    far = torch.zeros(2, D) - 0.9
    far[1] += 0.01
    pool, student = torch.cat([near, far]), taught()
    for strategy in (CoreSet(pool, counting()), Badge(pool, counting())):
        asked = strategy(student, [], 2, rng=rng()).inputs
        assert {bool(row[0] > 0) for row in asked} == {True, False}, strategy.name


def seeded():
    return torch.Generator().manual_seed(0)


def test_core_set_leaves_nothing_far_off_in_the_students_eyes():
    pool, student = small().probes["uniform"](200, rng(2)), taught()

    def farthest(asked):
        known, _ = embeddings(student, torch.cat([given().inputs, asked]))
        there, _ = embeddings(student, pool)
        return float(torch.cdist(there, known).amin(1).max())

    asked = CoreSet(pool, counting())(student, [given()], 15, rng=rng()).inputs
    assert farthest(asked) < 0.9 * farthest(pool[:15])


def test_embeddings_need_a_linear_layer():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))

        def forward(self, inputs):
            return inputs[:, :2] * self.weight

    student = TorchStudent(Plain(), classes=2)
    with pytest.raises(InputError, match="no linear layer"):
        CoreSet(given().inputs, counting())(student, [], 3, rng=rng())


def test_adversarial_queries_ask_where_the_student_flips():
    student = taught()
    strategy = AdversarialQueries(given().inputs, DOMAIN, (PGD(0.6, steps=10),), counting())
    lesson = strategy(student, [], 40, rng=rng())
    said = student.decide(student(lesson.inputs))
    assert not DOMAIN.outside(lesson.inputs).any()
    certain = lesson.labels != UNCERTAIN
    clean = student.decide(student(given().inputs)) != given().labels
    assert (
        float((said != lesson.labels)[certain].float().mean()) > 0.05 > float(clean.float().mean())
    )
    assert lesson.doubt > 0


def test_corrective_mends_the_worst_fault_first_and_stops_when_there_is_none():
    problem, teacher = small(), counting()
    uniform = problem.probes["uniform"]
    feature_set = problem.tutors["feature set"]
    remedies = (
        Remedy("on the data", lambda n, r: problem.train_inputs[:n], problem.tutors["curated"]),
        Remedy("off the data", uniform, feature_set),
    )
    strategy = Corrective(remedies, teacher, probes=300)
    student = taught(300)
    errors, cost = strategy.examine(student, rng())
    assert errors["off the data"] > 0.2 > 0.05 > errors["on the data"]
    assert cost == 600 * 0.5
    lesson = strategy(student, [given()], 5, rng=rng())
    assert isinstance(lesson, FeatureSet)
    assert lesson.price.cost == cost
    mended = AdamFit()(student, [given(), lesson], steps=600, rng=rng(1))
    assert strategy.examine(mended, rng())[0]["off the data"] < 0.02
    assert strategy(mended, [given(), lesson], 5, rng=rng()) is None


def test_mistakes_are_mistakes():
    problem, student = small(), taught()
    lesson = Mistakes(problem.probes["uniform"], counting())(student, 20, rng=rng())
    assert (student.decide(student(lesson.inputs)) != lesson.labels).all()
    assert (lesson.labels != UNCERTAIN).all()
    assert lesson.price.questions == 20
    assert lesson.price.cost == 200 * 0.5


def test_mixed_goes_on_to_questions_when_all_is_told():
    teacher = counting()
    first = TutorStrategy(small().tutors["feature set"], "feature set")
    strategy = StrategySequence((first, RandomSynthesis(DOMAIN, teacher)))
    one = strategy(learner(), [], 10, rng=rng())
    two = strategy(learner(), [one], 10, rng=rng())
    assert isinstance(one, FeatureSet)
    assert two.price.questions == 10 == teacher.count
    with pytest.raises(InputError, match="at least two"):
        StrategySequence((first,))


@pytest.mark.parametrize("name", ["linf training", "trades"])
def test_adversarial_training_holds_in_its_ball(name):
    problem, attack = small(), PGD(0.3, steps=10, step=0.2)
    inputs, labels = problem.train_inputs[100:300], problem.train_labels[100:300]

    def kept(student):
        streams = ItemRng.named(0, "attack", [str(i) for i in range(len(inputs))])
        moved = attack(student, inputs, domain=DOMAIN, rng=streams)
        return float((student.decide(student(moved)) == labels).float().mean())

    plain = taught(300)
    lesson = TABLE[name].make(counting())(plain, [], 1, rng=rng())
    wider = replace(lesson, transforms=(Tolerance(0.15),))
    assert isinstance(wider, Invariances)
    trained = AdamFit()(learner(), [given(), wider], steps=300, rng=rng(3))
    assert kept(trained) > kept(plain)
