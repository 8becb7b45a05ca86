"""Problems of known truth: what they leave open, what their tutors say, and what that is worth."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from preceptor.core import UNCERTAIN, ArraySource, InputError, generator
from preceptor.lessons import Examples, FeatureSet, Lesson, fingerprint, load, save
from preceptor.problems import (
    agreement,
    ball,
    copies,
    decoy_digits,
    digits_rule,
    halfspace,
    needle,
    passive_error,
    plane,
    strong,
    xor,
)
from preceptor.problems.families import HELD_OUT
from preceptor.problems.hidden import ball_share
from preceptor.strategies import AdamFit
from preceptor.students import FunctionStudent, TorchStudent
from preceptor.transforms import Border
from preceptor.transforms.hypotheses import code_length

torch.set_num_threads(1)

MADE = {
    "xor": lambda seed: xor(8, seed),
    "copies": lambda seed: copies(6, seed),
    "halfspace": lambda seed: halfspace(5, seed),
    "needle": lambda seed: needle(4, seed),
    "ball": lambda seed: ball(3, seed),
    "plane": plane,
    "decoy-digits": lambda seed: decoy_digits(seed=seed),
    "digits-rule": lambda _: digits_rule(),
}
each = pytest.mark.parametrize("name", MADE)


@pytest.fixture(scope="module")
def made():
    found = {}

    def make(name):
        if name not in found:
            found[name] = MADE[name](0)
        return found[name]

    return make


def learner(problem, hidden=32):
    torch.manual_seed(0)
    shape = problem.source.domain.shape
    classes = problem.teacher.classes
    layers = [nn.Flatten(), nn.Linear(math.prod(shape), hidden), nn.ReLU()]
    return TorchStudent(nn.Sequential(*layers, nn.Linear(hidden, classes)), classes=classes)


def rng(name="tests"):
    return generator(0, name)


@each
def test_probes_are_valid_and_repeatable(name, made):
    problem = made(name)
    assert problem.probes
    for law in problem.probes.values():
        first, again = law(40, rng()), law(40, rng())
        assert torch.equal(first, again)
        assert first.shape == (40, *problem.source.domain.shape)
        assert not problem.source.domain.outside(first).any()
    found = strong(learner(problem), problem, probes=60)
    assert set(found) == set(problem.probes)
    assert all(rate.certain + rate.void == 60 for rate in found.values())
    assert all(rate.certain > 5 for rate in found.values())


@each
def test_tutors_volunteer_lessons_that_can_be_kept(name, made, tmp_path):
    problem, student = made(name), learner(made(name))
    for what, tutor in problem.tutors.items():
        lesson = tutor(student, 7, rng=rng())
        assert isinstance(lesson, Lesson), what
        assert 1 <= lesson.price.questions <= 7
        assert lesson.price.bits > 0
        assert fingerprint(tutor(student, 7, rng=rng())) == fingerprint(lesson)
        save(lesson, tmp_path / "one")
        assert fingerprint(load(tmp_path / "one", trust_code=True)) == fingerprint(lesson)
        assert torch.isfinite(lesson.loss(student, rng()))


@pytest.mark.parametrize("name", [name for name in MADE if name != "digits-rule"])
def test_another_seed_is_another_problem(name, made):
    one, other = made(name), MADE[name](1)
    assert not torch.equal(one.source.read(0, 20), other.source.read(0, 20))
    assert one.source.domain.shape == other.source.domain.shape


@pytest.mark.parametrize(
    "wrong",
    [lambda: xor(7), lambda: copies(1), lambda: halfspace(1), lambda: needle(1), lambda: ball(1)],
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(InputError, match="at least"):
        wrong()


def test_on_the_data_no_copy_is_told_from_another():
    """Certain data are not selected on the teacher's feature: every copy labels all of them alike."""
    problem = copies(9, 3)
    for feature in range(9):
        assert torch.equal((problem.train_inputs[:, feature] > 0).long(), problem.train_labels)
    product = xor(8, 3)
    for one in range(4):
        for other in range(4, 8):
            signs = product.train_inputs[:, one] * product.train_inputs[:, other]
            assert torch.equal((signs > 0).long(), product.train_labels)
            assert signs.abs().min() > 0.05


@pytest.mark.parametrize(("features", "error"), [(2, 0.200), (5, 0.311), (10, 0.366), (50, 0.441)])
def test_the_passive_error_in_closed_form(features, error):
    """Against numbers found by another route, and against a simulation."""
    assert passive_error(features) == pytest.approx(error, abs=0.01)
    draws = np.random.default_rng(0).uniform(-1, 1, (200_000, features))
    certain = np.abs(draws[:, 0]) > 0.2
    wrong = (draws[certain].sum(1) > 0) != (draws[certain, 0] > 0)
    assert passive_error(features) == pytest.approx(wrong.mean(), abs=0.004)


@pytest.mark.parametrize("features", [5, 40])
def test_a_passive_linear_student_errs_as_predicted_and_a_told_one_does_not(features):
    problem = copies(features, 0)
    student = TorchStudent(nn.Linear(features, 2), classes=2)
    with torch.no_grad():
        student.module.weight.zero_()
        student.module.bias.zero_()
    given = Examples(problem.train_inputs[:100], problem.train_labels[:100], 2, "given")
    plain = AdamFit(rate=1e-2)(student, [given], steps=200, rng=rng())
    error = 1 - strong(plain, problem, probes=20_000)["uniform"].value
    assert error == pytest.approx(passive_error(features), abs=0.03)
    told = problem.tutors["feature set"](student, 1, rng=rng())
    taught = AdamFit(rate=1e-2)(student, [given, told], steps=200, rng=rng())
    assert strong(taught, problem)["uniform"].value > 0.995
    assert told.price.bits == pytest.approx(math.log2(features))


def test_two_students_of_the_plane_are_robust_in_opposite_senses():
    """Exact on a grid of every ball: one by the assumed label, the other by the teacher's."""
    problem = plane()
    inputs, labels = problem.source.read(0, 200), problem.labels[:200]
    steps = torch.linspace(-0.5, 0.5, 41)
    grid = torch.cartesian_prod(steps, steps)
    around = inputs[:, None] + grid
    said = problem.teacher(around.reshape(-1, 2)).labels.reshape(200, -1)
    for feature, assumed, weak in ((0, 1.0, 0.0), (1, 0.0, 1.0)):
        student = (around[..., feature] > 0).long()
        conventional = (student == labels[:, None]).all(1).float().mean()
        relative = ((student == said) | (said == UNCERTAIN)).all(1).float().mean()
        assert (float(conventional), float(relative)) == (assumed, weak)
    second = FunctionStudent(
        lambda x: (x[:, 1] > 0).long(), kind="labels", classes=2, name="second sign"
    )
    assert strong(second, problem)["square"].value == 1.0


def test_a_needle_is_met_after_half_the_patterns_on_average():
    """By trying patterns in random order; one volunteered example says where it is."""
    tries = []
    for seed in range(60):
        problem = needle(5, seed)
        pattern = problem.teacher.function.pattern
        order = generator(seed, "search").permutation(32)
        rows = ((order[:, None] >> np.arange(5)) & 1) * 2.0 - 1.0
        rows = torch.cat([torch.from_numpy(rows).float(), torch.ones(32, 1)], 1)
        met = (problem.teacher(rows).labels == 0).nonzero()[:, 0]
        assert len(met) == 1
        assert torch.equal(rows[met[0], :5], pattern)
        tries.append(int(met[0]) + 1)
    assert np.mean(tries) == pytest.approx(33 / 2, abs=4)
    told = problem.tutors["where"](learner(problem), 1, rng=rng())
    assert told.price.bits == pytest.approx(5 + math.log2(3))
    assert told.labels.tolist() == [0]


def test_no_example_meets_what_is_hidden():
    problem = needle(4, 2)
    pattern = problem.teacher.function.pattern
    for rows in (problem.train_inputs, problem.source.read(0, len(problem.source))):
        assert not (rows[:, :-1].sign() == pattern).all(1).any()
    assert set(ball(3).train_labels.tolist()) == {0}


@pytest.mark.parametrize("features", [2, 3])
def test_the_ball_fills_the_share_that_is_said(features):
    problem = ball(features)
    draws = torch.rand(50_000, features, generator=torch.Generator().manual_seed(0)) * 2 - 1
    inside = (draws.norm(dim=1) < 0.5).double().mean()
    assert float(inside) == pytest.approx(ball_share(features), rel=0.05)
    assert (problem.teacher(draws * 0).labels == 1).all()


def test_the_normal_of_a_half_space_at_four_bits_is_enough():
    problem = halfspace(20, 0)
    lesson = problem.tutors["normal"](learner(problem), 1, rng=rng())
    assert lesson.price.bits == 4 * 19
    drawn = problem.probes["gaussian"](4000, rng())
    height = lesson.view(drawn) @ problem.teacher.function.normal
    student = FunctionStudent(
        lambda x: (lesson.view(x) @ problem.teacher.function.normal > 0).long(),
        kind="labels",
        classes=2,
        name="told",
    )
    assert height.shape == (4000,)
    assert agreement(student, problem.teacher, drawn).value > 0.99


def test_the_teacher_of_decoys_does_not_see_the_swatch(made):
    problem = made("decoy-digits")
    inputs = problem.source.read(0, 200)
    blank = inputs.clone()
    blank[:, :, 0], blank[:, :, -1], blank[..., 0], blank[..., -1] = 0, 0, 0, 0
    assert torch.equal(problem.teacher(inputs).labels, problem.teacher(blank).labels)
    faint = blank * 0.6
    assert torch.equal(problem.teacher(faint).labels, problem.teacher(blank).labels)
    noise = torch.rand(
        200, *problem.source.domain.shape, generator=torch.Generator().manual_seed(0)
    )
    assert (problem.teacher(noise).labels == UNCERTAIN).float().mean() > 0.98
    assert (problem.teacher(torch.zeros(3, 1, 10, 10)).labels == UNCERTAIN).all()


def test_a_swatch_codes_the_class_in_training_alone(made):
    problem = made("decoy-digits")
    border = ~problem.tutors["global mask"].lesson.features
    marks = problem.train_inputs[:, border]
    for label in range(10):
        assert len(torch.unique(marks[problem.train_labels == label], dim=0)) == 1
    held = problem.source.read(0, len(problem.source))[:, border]
    assert len(torch.unique(held[problem.labels == 3], dim=0)) > 5
    shade = decoy_digits("shade")
    assert not torch.equal(shade.train_inputs, problem.train_inputs)


def test_one_invariance_undoes_a_decoy_that_labels_cannot(made):
    problem = made("decoy-digits")
    given = Examples(problem.train_inputs[:400], problem.train_labels[:400], 10, "given")
    fit, student = AdamFit(rate=3e-3), learner(problem, 64)
    plain = fit(student, [given], steps=150, rng=rng())
    told = problem.tutors["one invariance"](student, 1, rng=rng())
    assert told.price.bits == code_length(Border(1), problem.source.domain)
    taught = fit(student, [given, told], steps=150, rng=rng())
    wrong = problem.tutors["wrong: only the border"](student, 1, rng=rng())
    misled = fit(student, [given, wrong], steps=150, rng=rng())
    before, after, hurt = (
        strong(one, problem, probes=300)["swatch moved"].value for one in (plain, taught, misled)
    )
    assert after > 0.85 > 0.5 > before > hurt
    assert isinstance(wrong, FeatureSet)


def test_held_out_families_are_in_no_lesson(made):
    kinds = {one.kind for one in HELD_OUT}
    for tutor in made("decoy-digits").tutors.values():
        declared = getattr(tutor, "transforms", ())
        assert not kinds & {one.kind for one in declared}


def test_agreement_counts_what_is_void():
    problem = plane()
    inputs = torch.tensor([[1.0, 0.3], [1.0, 0.01], [1.0, -0.3]])
    first = FunctionStudent(lambda x: (x[:, 0] > 0).long(), kind="labels", classes=2, name="first")
    rate = agreement(first, problem.teacher, inputs)
    assert (rate.hits, rate.misses, rate.void) == (1, 1, 1)
    assert isinstance(problem.source, ArraySource)
