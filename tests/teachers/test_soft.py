"""Beliefs of models and panels: class probabilities, differentiable, and no more than offered."""

import pytest
import torch
from torch import nn

from preceptor.core import InputError, Soft
from preceptor.teachers import Model, Panel, Rule, SoftPanel, Votes, soft


def model(seed: int, cant_tell: int | None = None) -> Model:
    torch.manual_seed(seed)
    return Model(
        nn.Linear(3, 2 + (cant_tell is not None)), name=f"m{seed}", classes=2, cant_tell=cant_tell
    )


def test_a_models_beliefs_have_gradients() -> None:
    inputs = torch.rand(5, 3, requires_grad=True)
    for one in (model(0), model(1, 0)):
        assert isinstance(one, Soft)
        said = one.beliefs(inputs)
        assert said.shape == (5, 2)
        (slope,) = torch.autograd.grad(said[:, 0].sum(), inputs)
        assert (slope != 0).any()
    outputs = model(1, 0).outputs(inputs)
    torch.testing.assert_close(model(1, 0).beliefs(inputs).detach(), outputs[:, 1:])


def test_a_panel_of_models_is_soft_and_answers_as_before() -> None:
    panel = Panel([model(0), model(1)], name="p", rule=Votes(least=2))
    found = soft(panel)
    assert isinstance(found, SoftPanel)
    inputs = torch.rand(6, 3)
    assert torch.equal(found(inputs).labels, panel(inputs).labels)
    assert (found.name, found.version, found.classes) == (panel.name, panel.version, 2)
    mean = (model(0).beliefs(inputs) + model(1).beliefs(inputs)) / 2
    torch.testing.assert_close(found.beliefs(inputs), mean)


def test_others_are_not() -> None:
    rule = Rule(lambda x: x[:, 0] > 0.5, name="r", classes=2, version="1")
    mixed = Panel([model(0), rule], name="p", rule=Votes(least=2))
    assert soft(rule) is None
    assert soft(mixed) is None
    with pytest.raises(InputError, match="offer no beliefs: r"):
        SoftPanel(mixed)
