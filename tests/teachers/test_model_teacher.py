"""Models as teachers: thresholds, can't tell, broken logits, and independence of later training."""

import pytest
import torch
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, InputError, TeacherError
from preceptor.teachers import Confidence, Margin, Model


def gives(*rows: list[float]) -> Model | object:
    """A function that gives these probabilities (as logits), by the input's number."""
    table = torch.tensor(rows).log()
    return lambda x: table[x[:, 0].long()]


def ask(model: Model, count: int) -> list[int]:
    return model(torch.arange(count, dtype=torch.float32)[:, None]).labels.tolist()


def test_confidence() -> None:
    function = gives([0.05, 0.95], [0.2, 0.8], [0.91, 0.09])
    model = Model(function, name="m", classes=2, rule=Confidence(0.9))
    assert ask(model, 3) == [1, UNCERTAIN, 0]


def test_margin() -> None:
    function = gives([0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1])
    model = Model(function, name="m", classes=3, rule=Margin(0.45))
    assert ask(model, 3) == [0, UNCERTAIN, 0]


@pytest.mark.parametrize(
    ("cant_tell", "labels"), [(0, [UNCERTAIN, 0, 1]), (1, [0, UNCERTAIN, 1]), (2, [0, 1, -1])]
)
def test_cant_tell_is_no_class(cant_tell: int, labels: list[int]) -> None:
    function = gives([0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.01, 0.01, 0.98])
    model = Model(function, name="m", classes=2, cant_tell=cant_tell)
    assert ask(model, 3) == labels
    assert "can't tell" in model.certainty


def test_beliefs_are_probabilities_of_all_outputs() -> None:
    rows = [[0.25, 0.25, 0.5], [0.1, 0.6, 0.3]]
    model = Model(gives(*rows), name="m", classes=2, cant_tell=2, batch=1)
    assert torch.allclose(model.outputs(torch.tensor([[0.0], [1.0]])), torch.tensor(rows))
    assert model.outputs(torch.empty(0, 1)).shape == (0, 3)


def test_broken_logits_are_unanswered_and_the_others_survive() -> None:
    nan, inf = float("nan"), float("inf")
    table = torch.tensor([[9.0, 0.0], [nan, 0.0], [0.0, inf], [0.0, 9.0]])
    model = Model(lambda x: table[x[:, 0].long()], name="m", classes=2, cost=2.0)
    with pytest.raises(TeacherError, match="2 of 4 inputs") as caught:
        ask(model, 4)
    assert caught.value.answered.tolist() == [True, False, False, True]
    assert caught.value.answers.labels.tolist() == [0, UNCERTAIN, UNCERTAIN, 1]
    assert caught.value.answers.cost.tolist() == [2, 0, 0, 2]
    assert set(caught.value.reasons) == {1, 2}


def test_training_the_original_changes_nothing() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.9))
    model = Model(module, name="m", classes=3, rule=Confidence(0.0))
    inputs = torch.rand(20, 2)
    before = model.beliefs(inputs)
    with torch.no_grad():
        module[0].weight.mul_(-5)
    assert module.training, "the original is not put into evaluation mode"
    assert torch.equal(model.beliefs(inputs), before)
    assert (
        Model(module, name="m", classes=3).version
        != Model(nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.9)), name="m", classes=3).version
    )


def test_version_follows_weights_and_rule() -> None:
    module = nn.Linear(2, 3)
    versions = {
        Model(module, name="m", classes=3).version,
        Model(module, name="m", classes=3, rule=Confidence(0.8)).version,
        Model(module, name="m", classes=3, rule=Margin(0.8)).version,
        Model(module, name="m", classes=2, cant_tell=0).version,
        Model(module, name="m", classes=2, cant_tell=2).version,
        Model(nn.Linear(2, 3), name="m", classes=3).version,
    }
    assert len(versions) == 6
    assert Model(module, name="n", classes=3, cost=1.0, batch=2).version in versions


def wrong_shape(x: Tensor) -> Tensor:
    return torch.zeros(len(x), 4)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected logits of shape \(2, 3\)"):
        Model(wrong_shape, name="m", classes=3)(torch.zeros(2, 1))
    for bad in ({"classes": 1}, {"cant_tell": 4}, {"cost": -1.0}, {"batch": 0}):
        with pytest.raises(InputError):
            Model(wrong_shape, **{"name": "m", "classes": 3, **bad})  # type: ignore[arg-type]
    for rule in (Confidence, Margin):
        with pytest.raises(InputError, match="expected a probability"):
            rule(90)
