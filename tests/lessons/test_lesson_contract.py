"""What every lesson promises; a new one adds a row to the table."""

import copy
from dataclasses import fields, replace

import pytest
import torch
from lesson_table import BOX, TABLE, D, draws, learner, truth

from preceptor.core import UNCERTAIN, InputError, Trainable, generator
from preceptor.lessons import (
    Examples,
    Front,
    FrontStudent,
    Lesson,
    Price,
    fingerprint,
    load,
    save,
    seen_through,
    total,
)
from preceptor.lessons.lesson_files import KINDS

each = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)


def loss(lesson, student, seed=0):
    return lesson.loss(student, generator(seed, "loss"))


def value_of(scalar):
    return float(scalar.detach())


def test_the_table_has_every_type():
    assert {type(row.make()).__name__ for row in TABLE.values()} == set(KINDS)


@each
def test_has_the_form_of_a_lesson(row):
    lesson = row.make()
    assert isinstance(lesson, Lesson)
    assert lesson.kind == type(lesson).kind
    with pytest.raises(AttributeError):
        lesson.cost = 3.0
    assert isinstance(row.learner(), Trainable)


@each
def test_price_is_the_stated_formula(row):
    price = row.make().price
    assert price.questions == row.questions
    assert price.bits == pytest.approx(row.bits, abs=1e-6)
    assert price.student_bits == row.sent
    assert price.cost == 0
    assert total([row.make(), row.make()]).bits == pytest.approx(2 * row.bits)


@each
def test_cost_is_passed_on(row):
    lesson = row.make()
    if price_is_assumed(lesson):
        assert dearer(lesson).price == Price()
    else:
        assert dearer(lesson).price.cost == 2.5


def dearer(lesson):
    """At another cost; what is assumed and has no cost, with another weight."""
    costly = "cost" in {field.name for field in fields(lesson)}
    return replace(lesson, cost=2.5) if costly else replace(lesson, weight=2.5)


def price_is_assumed(lesson):
    return getattr(lesson, "assumed", False)


@each
def test_loss_is_finite_scalar_and_reaches_the_weights(row):
    lesson, student = row.make(), row.learner()
    value = loss(lesson, student)
    assert value.shape == ()
    assert torch.isfinite(value)
    assert value >= 0
    value.backward()
    reached = [p.grad for p in student.module.parameters() if p.grad is not None]
    assert reached
    assert all(torch.isfinite(grad).all() for grad in reached)
    assert any(bool((grad != 0).any()) for grad in reached) == row.learns


@each
def test_loss_is_nothing_where_the_student_obeys(row):
    assert 0 <= value_of(loss(row.make(), row.obeys())) <= row.least


@each
def test_training_lowers_the_loss(row):
    if not row.learns:
        pytest.skip("a front is obeyed by construction")
    lesson, student = row.make(), row.learner()
    optimiser = torch.optim.Adam(student.module.parameters(), lr=5e-3)
    before = sum(value_of(loss(lesson, student, seed)) for seed in range(5))
    for step in range(60):
        optimiser.zero_grad()
        loss(lesson, student, 100 + step).backward()
        optimiser.step()
    after = sum(value_of(loss(lesson, student, seed)) for seed in range(5))
    assert after < 0.9 * before


@each
def test_same_draws_same_loss_and_nothing_changes(row):
    lesson, student = row.make(), row.learner()
    state = copy.deepcopy(student.module.state_dict())
    print_before = fingerprint(lesson)
    first, again = (value_of(loss(lesson, student, 3)) for _ in range(2))
    assert first == again
    assert fingerprint(lesson) == print_before
    assert all(torch.equal(value, state[key]) for key, value in student.module.state_dict().items())
    assert all(p.grad is None for p in student.module.parameters())


@each
def test_goes_to_a_file_and_comes_back(row, tmp_path):
    lesson, student = row.make(), row.learner()
    file = tmp_path / "folder" / "lesson.safetensors"
    save(lesson, file)
    back = load(file, trust_code=True)
    assert type(back) is type(lesson)
    assert fingerprint(back) == fingerprint(lesson)
    assert back.price == lesson.price
    assert value_of(loss(back, student)) == value_of(loss(lesson, student))
    assert [p.name for p in file.parent.iterdir()] == ["lesson.safetensors"]


@each
def test_fingerprints_tell_lessons_apart(row):
    lesson = row.make()
    assert fingerprint(lesson) == fingerprint(row.make())
    assert fingerprint(lesson) != fingerprint(dearer(lesson))


@each
def test_fronts_are_seen_through(row):
    lesson, student = row.make(), row.learner()
    if not isinstance(lesson, Front):
        assert seen_through(student, [lesson]) is student
        return
    seen = seen_through(student, [lesson])
    inputs = draws()
    assert isinstance(seen, Trainable)
    assert torch.equal(seen(inputs), student(lesson.view(inputs)))
    assert torch.equal(seen.module(inputs), seen(inputs))
    assert seen_through(seen, [lesson]) is seen
    copied = copy.deepcopy(seen)
    assert seen_through(copied, [lesson]) is copied
    assert {id(p) for p in copied.module.parameters()} == {
        id(p) for p in copied.inner.module.parameters()
    }
    assert isinstance(seen, FrontStudent)
    other = seen_through(seen, [replace(lesson)])
    assert isinstance(other, FrontStudent)
    assert other.inner is seen


def labelled():
    """The rows whose lesson holds labels, with the names of the fields."""
    for name, row in TABLE.items():
        lesson = row.make()
        marks = [f.name for f in fields(lesson) if f.name.endswith("labels")]
        marks = [mark for mark in marks if getattr(lesson, mark) is not None]
        if marks:
            yield pytest.param(row, marks, id=name)


@pytest.mark.parametrize(("row", "marks"), list(labelled()))
def test_uncertain_never_counts(row, marks):
    """With every label uncertain, what the labels said is gone; no class is chosen for them."""
    lesson = row.make()
    unsure = {mark: torch.full_like(getattr(lesson, mark), UNCERTAIN) for mark in marks}
    silent = replace(lesson, **unsure)
    student = row.learner()
    value = loss(silent, student)
    assert torch.isfinite(value)
    value.backward()
    if getattr(lesson, "doubt", 0) == 0:
        assert value_of(value) == 0
        return
    # only the divergence from uniform beliefs is left, which knows no class
    flipped = copy.deepcopy(student)
    last = flipped.module[-1]
    with torch.no_grad():
        last.weight.copy_(last.weight.flip(0))
        last.bias.copy_(last.bias.flip(0))
    assert value_of(loss(silent, flipped)) == pytest.approx(value_of(value), rel=1e-5)


def test_one_uncertain_row_changes_nothing_of_the_others():
    inputs = draws()
    labels = truth(inputs)
    labels[7] = UNCERTAIN
    student = learner()
    certain = labels != UNCERTAIN
    alone = Examples(inputs[certain], labels[certain], 2)
    assert value_of(loss(Examples(inputs, labels, 2), student)) == pytest.approx(
        value_of(loss(alone, student))
    )


def test_the_domain_survives_a_file(tmp_path):
    row = TABLE["feature set"]
    fixed = torch.zeros(D, dtype=torch.bool)
    fixed[1] = True
    domain = replace(BOX, low=-torch.arange(1.0, D + 1), fixed=fixed, names=tuple("abcdef"))
    save(replace(row.make(), domain=domain), tmp_path / "one")
    back = load(tmp_path / "one").domain
    assert back.describe() == domain.describe()
    assert back.shape == (D,)


def test_programs_are_not_loaded_untrusted(tmp_path):
    save(TABLE["program"].make(), tmp_path / "one")
    with pytest.raises(InputError, match="trust_code=True"):
        load(tmp_path / "one")
