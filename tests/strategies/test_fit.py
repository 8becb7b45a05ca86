"""How a fit paces itself, averages, and weighs examples."""

import numpy as np
import pytest
import torch

from preceptor.core import InputError, generator
from preceptor.lessons import Examples
from preceptor.strategies import AdamFit
from preceptor.strategies.fit import merged
from tests.lessons.lesson_table import draws, learner, truth


def examples(n: int, origin: str = "given", seed: int = 0) -> Examples:
    inputs = draws(n=n, seed=seed)
    return Examples(inputs, truth(inputs), 2, origin)


def weights(fit: AdamFit, steps: int = 60) -> torch.Tensor:
    taught = fit(learner(), [examples(40)], steps=steps, rng=generator(0, "fit"))
    return torch.cat([one.detach().flatten() for one in taught.module.parameters()])


def test_names_say_all_that_changes_the_student_and_the_default_keeps_its_own():
    assert AdamFit().name == "adam rate=0.002 drop=0.2 late=0.6 decay=0"
    name = AdamFit(schedule="cycle", average=0.99, chosen=0.5).name
    assert name == f"{AdamFit().name} schedule=cycle average=0.99 chosen=0.5"


@pytest.mark.parametrize("fit", [AdamFit(schedule="cycle"), AdamFit(average=0.9), AdamFit()])
def test_every_pace_learns(fit: AdamFit):
    some = examples(40)
    taught = fit(learner(), [some], steps=150, rng=generator(0, "fit"))
    with torch.no_grad():
        before, after = (
            float(some.loss(one, np.random.default_rng(0))) for one in (learner(), taught)
        )
    assert after < before / 2


def test_the_drop_comes_after_its_share_of_the_steps():
    before, after = (weights(AdamFit(late=0.5, drop=drop), 20) for drop in (1.0, 1e-6))
    half = weights(AdamFit(late=1.0), 10)
    assert not torch.allclose(before, half, atol=1e-3)
    assert torch.allclose(after, half, atol=1e-4)


def test_the_average_lags_behind_the_last_weights():
    start = torch.cat([one.detach().flatten() for one in learner().module.parameters()])
    last, mean = weights(AdamFit()), weights(AdamFit(average=0.98))
    assert float((mean - start).norm()) < float((last - start).norm())
    assert float((mean - start).norm()) > 0.1 * float((last - start).norm())


def test_chosen_examples_get_their_share_however_few_they_are():
    many, few = examples(90), examples(3, "asked", 1)
    student, rng = learner(), np.random.default_rng
    parts = merged([many, few], 0.5)
    assert len(parts) == 2
    with torch.no_grad():
        loss = sum(float(part.loss(student, rng(0))) for part in parts)
        each = [float(part.loss(student, rng(0))) for part in (many, few)]
    assert loss == pytest.approx(sum(each) / 2, rel=1e-5)
    assert len(merged([many, few])) == 1
    assert len(merged([many, examples(9)], 0.5)) == 1  # nobody chose any of them


@pytest.mark.parametrize(
    "options", [{"average": -0.1}, {"average": 1.0}, {"chosen": 0.0}, {"chosen": 1.0}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]):
    with pytest.raises(InputError):
        AdamFit(**options)  # type: ignore[arg-type]
