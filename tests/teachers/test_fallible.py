"""Teachers that err on purpose: how often, how, and whether again."""

import pytest
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Answers, InputError, UnansweredError
from preceptor.teachers import Fallible, Rule

COUNT = 2000
INPUTS = torch.rand(COUNT, 3, generator=torch.Generator().manual_seed(5))


def truth() -> Rule:
    """Certain of one of four classes on most inputs."""
    return Rule(
        lambda x: torch.where(x[:, 0] < 0.2, UNCERTAIN, (x[:, 1] * 4).long()),
        name="truth",
        classes=4,
        cost=0.5,
    )


def test_rates_and_kinds_of_mistakes() -> None:
    right = truth()(INPUTS)
    said = Fallible(truth(), error_rate=0.2, uncertain_rate=0.1, seed=0)(INPUTS)
    certain = right.certain
    wrong = certain & said.certain & (said.labels != right.labels)
    lost = certain & ~said.certain
    invented = ~certain & said.certain
    assert abs(float(wrong.sum() / certain.sum()) - 0.2) < 0.04
    assert abs(float(lost.sum() / certain.sum()) - 0.1) < 0.03
    assert abs(float(invented.sum() / (~certain).sum()) - 0.2) < 0.06
    shift = (said.labels[wrong] - right.labels[wrong]) % 4
    counts = torch.bincount(shift, minlength=4)
    assert counts[0] == 0
    assert counts[1:].min() > 0.25 * counts.sum(), "every other label is as likely"
    assert torch.equal(said.cost, right.cost)


def test_no_mistakes_at_rate_zero_and_nothing_else_at_rate_one() -> None:
    right = truth()(INPUTS).labels
    assert torch.equal(Fallible(truth(), error_rate=0, seed=0)(INPUTS).labels, right)
    assert (Fallible(truth(), error_rate=1, seed=0)(INPUTS).labels != right).all()


def test_mistakes_are_a_function_of_the_input() -> None:
    teacher = Fallible(truth(), error_rate=0.5, seed=0)
    once = teacher(INPUTS[:100]).labels
    assert teacher.deterministic
    assert torch.equal(teacher(INPUTS[:100]).labels, once)
    assert torch.equal(teacher(INPUTS[:100].flip(0)).labels.flip(0), once)
    other = Fallible(truth(), error_rate=0.5, seed=1)
    assert not torch.equal(other(INPUTS[:100]).labels, once)
    assert other.version != teacher.version


def test_who_contradicts_himself_differs_from_ask_to_ask() -> None:
    def asks(size: int) -> list[Tensor]:
        teacher = Fallible(truth(), error_rate=0.5, seed=0, contradicts=True)
        assert not teacher.deterministic
        return [
            torch.cat([teacher(part).labels for part in torch.split(INPUTS[:100], size)])
            for _ in range(2)
        ]

    first, second = asks(100)
    assert 0.3 < float((first != second).float().mean()) < 0.9
    for whole, single in zip(asks(100), asks(1), strict=True):
        assert torch.equal(whole, single)


def test_partial_answers_have_mistakes_too() -> None:
    class Half:
        name, version, classes, deterministic, certainty = "half", "1", 4, True, "Always."

        def __call__(self, inputs: Tensor) -> Answers:
            answers = truth()(inputs)
            answered = torch.arange(len(inputs)) % 2 == 0
            answers.labels[~answered] = UNCERTAIN
            raise UnansweredError("half", answers, answered, {1: "odd"})

    with pytest.raises(UnansweredError, match="half") as caught:
        Fallible(Half(), error_rate=1.0, seed=0)(INPUTS[:10])
    error = caught.value
    assert (error.answers.labels[::2] != truth()(INPUTS[:10]).labels[::2]).all()
    assert (error.answers.labels[1::2] == UNCERTAIN).all()
    assert error.reasons == {1: "odd"}


@pytest.mark.parametrize("rates", [(-0.1, 0), (0, -0.1), (0.6, 0.6), (float("nan"), 0)])
def test_rates_out_of_range(rates: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="at most 1"):
        Fallible(truth(), error_rate=rates[0], uncertain_rate=rates[1], seed=0)
