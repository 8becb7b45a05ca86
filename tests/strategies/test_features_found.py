"""Strategies that test, or assume, that few features matter find those that do."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from strategy_table import D, counting, given, learner, small
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain, InputError, generator
from preceptor.lessons import (
    AcrossEnvironments,
    Examples,
    FrontStudent,
    SparseFeatures,
    TestedFeatures,
    fingerprint,
)
from preceptor.problems import copies, xor
from preceptor.strategies import AdamFit, EnvironmentTraining, GroupLasso, Junta, RandomSynthesis
from preceptor.strategies.feature_evidence import FeatureEvidence, units_of
from preceptor.teachers import Rule

BOX = Domain((12,), -1.0, 1.0)
NONE = torch.zeros(0, 12)


def rng(seed=0):
    return generator(seed, "strategy")


def found_by(teacher, domain=BOX, data=NONE, n=256, seed=0, past=(), **options):
    asker = Junta(domain, teacher, data, rest="nothing", **options)
    return asker(learner(), list(past), n, rng=rng(seed))


@dataclass(frozen=True)
class Unsure:
    """A product of two features that is uncertain wherever a third one lies in a range.

    Attributes:
        most: of the third feature.
    """

    most: float = 0.2

    def __call__(self, inputs: Tensor) -> Tensor:
        said = (inputs[:, 3] * inputs[:, 7] > 0).long()
        return torch.where(inputs[:, 5] < self.most, UNCERTAIN, said)


@pytest.mark.parametrize("features", [10, 40])
def test_both_factors_of_an_exclusive_or_are_found_in_few_questions(features):
    for seed in range(5):
        problem = xor(features, seed)
        data = problem.train_inputs[:300]
        lesson = found_by(problem.teacher, problem.source.domain, data, seed=seed)
        told = problem.tutors["feature set"](learner(), 1, rng=rng())
        assert torch.equal(lesson.features, told.features)
        assert lesson.price.questions < 45
        assert lesson.price.bits == pytest.approx(lesson.price.questions * np.log2(3))


def test_questions_grow_as_the_logarithm_of_the_features():
    asked = {
        d: np.mean([len(found_by(p.teacher, p.source.domain).labels) for p in problems])
        for d, problems in {d: [copies(d, s) for s in range(4)] for d in (8, 256)}.items()
    }
    assert asked[256] - asked[8] < 15


def test_half_of_the_answers_uncertain_only_cost_questions():
    teacher = Rule(Unsure(), name="unsure", classes=2)
    for seed in range(5):
        lesson = found_by(teacher, seed=seed)
        assert int((lesson.labels == UNCERTAIN).sum()) > 5
        assert set(lesson.features.nonzero()[:, 0].tolist()) >= {3, 7}
        assert lesson.features.sum() <= 3


def test_rare_labels_are_tested_too():
    """Yes needs four features at once: inputs of the other label change their answer seldom."""
    teacher = Rule(lambda x: (x[:, :4] > -0.3).all(1).long(), name="all four", classes=2)
    found = [found_by(teacher, seed=seed, checks=16).features for seed in range(8)]
    assert all(bool(mask[:4].all()) and int(mask.sum()) == 4 for mask in found)


def test_a_test_that_was_broken_off_goes_on_where_it_was():
    whole = found_by(xor(12, 3).teacher)
    past, questions = [], 0
    while not past or not isinstance(past[-1], TestedFeatures):
        past.append(found_by(xor(12, 3).teacher, past=past, n=5, seed=len(past)))
        questions += past[-1].price.questions
    assert torch.equal(past[-1].features, whole.features)
    assert questions < 60


def test_after_the_tests_come_random_questions():
    asker = Junta(small().source.domain, counting(), small().train_inputs[:50])
    first = asker(learner(), [given()], 80, rng=rng())
    assert isinstance(first, TestedFeatures)
    assert first.price.questions == 80
    then = asker(learner(), [given(), first], 80, rng=rng(1))
    assert type(then) is Examples
    assert then.price.questions == 80


def test_where_many_features_matter_no_set_is_assumed():
    teacher = Rule(lambda x: (x.sum(1) > 0).long(), name="all", classes=2)
    lesson = found_by(teacher, most=3)
    assert type(lesson) is Examples
    assert lesson.price.questions < 256


def test_where_all_answers_are_alike_no_set_is_assumed():
    same = Rule(lambda x: torch.ones(len(x), dtype=torch.int64), name="same", classes=2)
    assert type(found_by(same, n=60)) is Examples


def test_what_cannot_be_changed_is_kept_and_never_redrawn():
    fixed = torch.arange(12) == 0
    domain = Domain((12,), -1.0, 1.0, fixed=fixed)
    data = torch.rand(40, 12, generator=torch.Generator().manual_seed(0)) * 2 - 1
    data[:, 0] = 0.25
    teacher = Rule(lambda x: (x[:, 4] > 0).long(), name="one", classes=2)
    lesson = found_by(teacher, domain, data, draws="data")
    assert lesson.features.nonzero()[:, 0].tolist() == [0, 4]
    assert bool((lesson.inputs[:, 0] == 0.25).all())


def test_pixels_are_redrawn_with_all_their_channels():
    domain = Domain((3, 5, 5))
    assert sorted(c for unit in units_of(domain, 2) for c in unit) == list(range(75))
    teacher = Rule(lambda x: (x[:, :, 2, 3].sum(1) > 1.5).long(), name="pixel", classes=2)
    lesson = found_by(teacher, domain, torch.zeros(0, 3, 5, 5))
    assert lesson.features.nonzero()[:, 1:].unique(dim=0).tolist() == [[2, 3]]
    assert int(lesson.features.sum()) == 3


def test_uncertain_answers_prove_nothing():
    evidence = FeatureEvidence([[i] for i in range(3)], np.zeros(3, bool))
    zero = torch.zeros(3)
    evidence.add(zero, 0)
    evidence.add(torch.tensor([1.0, 0.0, 0.0]), UNCERTAIN)
    assert not evidence.found.any()
    evidence.add(torch.tensor([0.0, 1.0, 0.0]), 1)
    assert evidence.found.tolist() == [False, True, False]
    assert not list(evidence.pairs())


def test_a_student_sees_through_what_it_tested():
    lesson = found_by(xor(D, 0).teacher, small().source.domain)
    taught = AdamFit()(learner(), [given(), lesson], steps=3, rng=rng())
    assert isinstance(taught, FrontStudent)
    here = small().probes["uniform"](50, rng())
    there = torch.where(lesson.features, here, -here)
    assert torch.equal(taught(here), taught(there))
    told = lesson.weighted(rng())
    sure = int((lesson.labels != UNCERTAIN).sum())
    assert len(told.labels) == 5 * sure
    assert float(told.weights.sum()) == pytest.approx(2 * sure)


def test_draws_of_data_need_data():
    with pytest.raises(InputError, match="draws=domain"):
        Junta(BOX, small().teacher, NONE, draws="data")


def asked(n, seed=1):
    ask = RandomSynthesis(small().source.domain, small().teacher)
    return ask(learner(), (), n, rng=rng(seed))


def accuracy(student):
    probes = small().probes["uniform"](4000, rng(7))
    truth = small().teacher(probes).labels
    return float((student(probes).argmax(1) == truth)[truth >= 0].float().mean())


@pytest.mark.slow
def test_the_group_lasso_chosen_by_answers_beats_the_same_student_without():
    past = [given(), asked(60)]
    penalty = GroupLasso()(learner(), past, 1, rng=rng())
    plain, sparse = (
        accuracy(AdamFit()(learner(), [*past, *more], steps=600, rng=rng()))
        for more in ([], [penalty])
    )
    assert sparse > plain + 0.05
    assert GroupLasso()(learner(), [*past, penalty], 1, rng=rng()) is None


def test_the_group_lasso_has_its_strength_or_chooses_one_again_alike():
    assert GroupLasso(0.5)(learner(), [given()], 1, rng=rng()).weight == 0.5
    chosen = [GroupLasso(steps=20)(learner(), [given()], 1, rng=rng(4)) for _ in range(2)]
    assert fingerprint(chosen[0]) == fingerprint(chosen[1])
    assert GroupLasso()(learner(), [], 1, rng=rng()).weight == 0.01


def test_a_convolution_first_has_no_weights_of_one_feature():
    from preceptor.students import TorchStudent

    student = TorchStudent(
        torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(18, 2)),
        classes=2,
    )
    with pytest.raises(InputError, match="Conv2d"):
        SparseFeatures(0.1).loss(student, rng())


@pytest.mark.slow
def test_invariant_risk_and_the_worst_environment_leave_what_changes_between_environments():
    """Feature 0 is right in three of four, feature 1 in 95 and 60 of 100: pooled, it predicts better."""
    draws = generator(5, "environments")
    n = 4000
    labels = torch.from_numpy(draws.integers(2, size=n))
    environments = torch.arange(n) % 2
    inputs = torch.from_numpy(draws.normal(0, 0.1, (n, D)).astype(np.float32))
    right = torch.from_numpy(draws.random((n, 2)))
    shares = torch.where(environments == 0, 0.95, 0.6)
    for feature, share in ((0, torch.full((n,), 0.75)), (1, shares)):
        sign = torch.where(right[:, feature] < share, 2 * labels - 1, 1 - 2 * labels)
        inputs[:, feature] += sign
    known = Examples(inputs, labels, 2, "given")

    def leans(lessons):
        """How often feature 1 decides, where the two disagree."""
        taught = AdamFit()(learner(), [known, *lessons], steps=300, rng=rng())
        apart = inputs[(inputs[:, 0] > 0) != (inputs[:, 1] > 0)]
        return float((taught(apart).argmax(1) == (apart[:, 1] > 0)).float().mean())

    plain = leans([])
    for way, weight in (("irm", 10.0), ("dro", 10.0)):
        strategy = EnvironmentTraining(inputs, labels, environments, way, weight)
        assert leans([strategy(learner(), [known], 1, rng=rng())]) < plain - 0.3


def test_one_environment_is_none():
    known = given()
    with pytest.raises(InputError, match="two at least"):
        AcrossEnvironments(known.inputs, known.labels, torch.zeros(100, dtype=torch.int64))
