"""Lessons whose answers are sets: the loss, the price, files, pools, and strategies that ask."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from lesson_table import learner
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, Answers, InputError, generator
from preceptor.core.label_sets import plain_sets
from preceptor.lessons import Examples, fingerprint, load, save
from preceptor.lessons.examples import pooled
from preceptor.lessons.losses import among
from preceptor.strategies.corrective import judged
from preceptor.strategies.pool_questions import ask
from preceptor.teachers import Rule

SETS = torch.tensor([[1, 1, 0], [0, 0, 1], [1, 1, 1], [0, 1, 1]], dtype=torch.bool)
INPUTS = torch.rand(4, 1, 3, 3, generator=torch.Generator().manual_seed(0))


def lesson(**more: object) -> Examples:
    answers = Answers.of_sets(SETS, torch.zeros(4))
    return Examples.of(INPUTS, answers, 3, **more)  # type: ignore[arg-type]


def test_the_loss_is_the_belief_in_all_acceptable_labels_together() -> None:
    student = learner((1, 3, 3), 3)
    found = lesson().loss(student, generator(0, "loss"))
    beliefs = student(INPUTS).softmax(1)
    told = torch.tensor([0, 1, 3])
    expected = -(beliefs * SETS).sum(1)[told].log().mean()
    assert float(found.detach()) == pytest.approx(float(expected.detach()), abs=1e-6)
    found.backward()
    assert any(p.grad is not None and bool(p.grad.any()) for p in student.module.parameters())


def test_of_sets_of_one_it_is_the_cross_entropy_and_of_all_nothing() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([0, 1, 2, 1, 0])
    one = among(logits, plain_sets(labels, 3))
    assert float(one) == pytest.approx(float(F.cross_entropy(logits, labels)), abs=1e-6)
    assert float(among(logits, torch.ones(5, 3, dtype=torch.bool))) == pytest.approx(0, abs=1e-6)
    assert float(among(logits[:0], SETS[:0])) == 0.0


def test_doubt_is_for_what_is_uncertain_and_not_for_sets() -> None:
    student = learner((1, 3, 3), 3)
    plain, doubtful = lesson(), lesson(doubt=0.5)
    rest = Examples(INPUTS[2:3], torch.tensor([UNCERTAIN]), 3, doubt=1.0)
    both = doubtful.loss(student, generator(0, "loss"))
    parts = 0.75 * plain.loss(student, generator(0, "loss")) + 0.125 * rest.loss(
        student, generator(0, "loss")
    )
    assert float(both.detach()) == pytest.approx(float(parts.detach()), abs=1e-6)


def test_a_student_learns_to_stay_within_the_sets() -> None:
    student = learner((1, 3, 3), 3)
    optimiser = torch.optim.Adam(student.module.parameters(), 0.05)
    for step in range(200):
        optimiser.zero_grad()
        lesson().loss(student, generator(step, "loss")).backward()
        optimiser.step()
    said = student(INPUTS).argmax(1)
    assert bool(SETS.gather(1, said[:, None]).all())


def test_the_price_is_of_all_ways_to_answer() -> None:
    assert lesson().price.bits == pytest.approx(4 * math.log2(2**3 - 1))
    plain = Examples(INPUTS, torch.tensor([0, 1, 2, UNCERTAIN]), 3)
    assert plain.price.bits == pytest.approx(4 * math.log2(4))


def test_it_is_kept_in_a_file_and_a_lesson_of_labels_has_its_old_fingerprint(
    tmp_path: Path,
) -> None:
    save(lesson(), tmp_path / "sets.safetensors")
    again = load(tmp_path / "sets.safetensors")
    assert isinstance(again, Examples)
    assert again.sets is not None
    assert torch.equal(again.sets, SETS)
    assert fingerprint(again) == fingerprint(lesson())
    plain = Examples(torch.zeros(2, 3), torch.tensor([0, UNCERTAIN]), 3)
    assert fingerprint(plain) == BEFORE
    assert fingerprint(plain) != fingerprint(lesson())


BEFORE = "8e02c7ecd391cce30b0092f7c0ea4f26a8fb83f5422cab32b9fb0260e069cb7b"


def test_lessons_of_sets_and_of_labels_are_pooled() -> None:
    plain = Examples(INPUTS[:2], torch.tensor([2, UNCERTAIN]), 3)
    both = pooled([plain, lesson()])
    assert both.sets is not None
    assert both.labels.tolist() == [2, UNCERTAIN, 2, UNCERTAIN]
    assert both.sets.tolist() == [[False, False, True], *SETS[[0, 1, 3]].tolist()]
    assert pooled([plain, plain]).sets is None


@pytest.mark.parametrize(
    "sets",
    [torch.ones(4, 2, dtype=torch.bool), ~SETS, torch.zeros(4, 3, dtype=torch.bool)],
)
def test_sets_that_do_not_fit_are_refused(sets: torch.Tensor) -> None:
    with pytest.raises(InputError, match="sets of acceptable labels"):
        Examples(INPUTS, torch.tensor([UNCERTAIN, 2, UNCERTAIN, UNCERTAIN]), 3, sets=sets)


def test_what_is_asked_becomes_a_lesson_of_sets() -> None:
    rule = Rule(lambda x: [{0, 1}] * len(x), name="both", classes=3, version="1")
    found = ask(rule, INPUTS)
    assert found is not None
    assert found.sets is not None
    assert found.told.all()


def test_a_tutor_counts_what_lies_outside_a_set_as_wrong() -> None:
    answers = Answers.of_sets(SETS, torch.zeros(4))
    certain, wrong = judged(answers, torch.tensor([2, 2, 0, 1]))
    assert certain.tolist() == [True, True, False, False]
    assert wrong.tolist() == [True, False, False, False]
    assert np.array_equal(judged(answers, torch.tensor([0, 0, 0, 0]))[1].numpy(), [0, 1, 0, 1])
