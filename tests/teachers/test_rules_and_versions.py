"""Rules: what a function may return; and versions: what changes them."""

import functools
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from preceptor.core import InputError
from preceptor.teachers import Confidence, Rule, Votes, version_of

INPUTS = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))


def rule(said: object, **more: Any) -> Rule:
    return Rule(lambda _: said, name="r", classes=5, version="1", **more)


@pytest.mark.parametrize(
    "said",
    [
        torch.tensor([2, -1, 0]),
        torch.tensor([2, -1, 0], dtype=torch.int32),
        torch.tensor([2.0, -1.0, 0.0]),
        np.array([2, -1, 0]),
        np.array([2, None, 0]),
        [2, None, 0],
        (2, -1, 0),
        [torch.tensor(2), torch.tensor(-1), torch.tensor(0)],
        [np.int64(2), None, np.int8(0)],
    ],
    ids=str,
)
def test_labels_in_any_form(said: object) -> None:
    assert rule(said)(INPUTS).labels.tolist() == [2, -1, 0]


def test_truth_values_are_two_classes() -> None:
    assert rule(torch.tensor([True, False, True]))(INPUTS).labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize("said", [3, None, np.int64(3), torch.tensor(3), np.array([3]), [3], True])
def test_one_input_at_a_time(said: object) -> None:
    expected = -1 if said is None else int(np.asarray(said).reshape(-1)[0])
    answers = rule(said, batched=False)(INPUTS)
    assert answers.labels.tolist() == [expected] * 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([1, 2], r"shape \(2,\)"),
        (torch.zeros(3, 5), r"shape \(3, 5\)"),
        ([0.5, 1, 2], "no whole numbers"),
        ([float("nan"), 1, 2], "no whole numbers"),
        (["a", "b", "c"], "words as labels; expected class numbers"),
        ([[1], [1, 2], 3], "no array|no whole"),
        (7, r"shape \(1,\)"),
    ],
)
def test_what_is_no_label(said: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rule(said)(INPUTS)


def test_several_labels_for_one_input() -> None:
    with pytest.raises(InputError, match="for one input"):
        rule(torch.tensor([1, 2]), batched=False)(INPUTS)


def test_a_function_may_change_its_argument() -> None:
    def careless(x: Tensor) -> Tensor:
        x[:] = 0
        return x.sum(1).long()

    before = INPUTS.clone()
    Rule(careless, name="r", classes=2)(INPUTS)
    assert torch.equal(INPUTS, before)


def test_labels_out_of_range_are_left_to_who_asks() -> None:
    assert rule([9, 1, 1])(INPUTS).labels.tolist() == [9, 1, 1]


@pytest.mark.parametrize("bad", [{"classes": 1}, {"cost": -1.0}, {"cost": float("nan")}])
def test_rules_out_of_range(bad: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Rule(len, **{"name": "r", "classes": 2, **bad})  # type: ignore[arg-type]


def closing_over(value: object) -> Callable[[Tensor], object]:
    return lambda _: value


def from_source(source: str, name: str = "f", **names: object) -> Callable[..., object]:
    """A function without a file, as in a notebook."""
    space: dict[str, object] = {"torch": torch, **names}
    exec(compile(textwrap.dedent(source), "<cell>", "exec"), space)
    return space[name]  # type: ignore[return-value]


class Threshold:
    def __init__(self, level: float) -> None:
        self.level = level

    def __call__(self, inputs: Tensor) -> Tensor:
        return (inputs.mean(1) > self.level).long()

    def other(self, inputs: Tensor) -> Tensor:
        return (inputs.mean(1) < self.level).long()


def compare(inputs: Tensor, level: float = 0.5) -> Tensor:
    return (inputs.mean(1) > level).long()


class Scaled(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))


def two_lambdas() -> list[Callable[[Tensor], object]]:
    return [lambda x: x.mean(1) > 0.5, lambda x: x.mean(1) > 0.6]


def torch_modules(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU())


DIFFERENT: dict[str, tuple[object, object]] = {
    "closure": (closing_over(0.5), closing_over(0.6)),
    "closure, number type": (closing_over(1), closing_over(1.0)),
    "closure, tensor": (closing_over(torch.zeros(2)), closing_over(torch.ones(2))),
    "closure, shape": (closing_over(torch.zeros(2, 1)), closing_over(torch.zeros(1, 2))),
    "closure, array": (closing_over(np.zeros(2)), closing_over(np.zeros(2, np.float32))),
    "closure, set": (closing_over({1, 2}), closing_over({1, 3})),
    "closure, dict": (closing_over({1: 2}), closing_over({1: 3})),
    "closure, lists": (closing_over([[1], [2]]), closing_over([[1, 2], []])),
    "partial": (functools.partial(compare, level=0.4), functools.partial(compare, level=0.5)),
    "object": (Threshold(0.4), Threshold(0.5)),
    "method": (Threshold(0.4).other, Threshold(0.5).other),
    "object or method": (Threshold(0.4).other, Threshold(0.4)),
    "lambdas in one file": tuple(two_lambdas()),  # type: ignore[dict-item]
    "weights": (torch_modules(0), torch_modules(1)),
    "buffers": (Scaled(1.0), Scaled(2.0)),
    "activation": (nn.Sequential(nn.ReLU()), nn.Sequential(nn.GELU())),
    "no file, constant": (from_source("f = lambda x: x > 1"), from_source("f = lambda x: x > 2")),
    "no file, operator": (from_source("f = lambda x: x > 1"), from_source("f = lambda x: x < 1")),
    "no file, global": (
        from_source("def f(x): return x > level", level=1),
        from_source("def f(x): return x > level", level=2),
    ),
    "no file, helper": (
        from_source("def g(x): return x > 1\ndef f(x): return g(x)"),
        from_source("def g(x): return x > 2\ndef f(x): return g(x)"),
    ),
    "rules": (Confidence(0.8), Confidence(0.9)),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_answers_otherwise_has_another_version(pair: tuple[object, object]) -> None:
    assert version_of(pair[0]) != version_of(pair[1])
    assert version_of(pair[0]) == version_of(pair[0])


def test_a_version_follows_the_file(tmp_path: Path) -> None:
    def version(source: str) -> str:
        path = tmp_path / "rule.py"
        path.write_text(source)
        space: dict[str, object] = {}
        exec(compile(source, str(path), "exec"), space)
        return version_of(space["f"])

    one = "LEVEL = 1\ndef f(x):\n    return x > LEVEL\n"
    assert version(one) == version(one)
    assert version(one) != version(one.replace("= 1", "= 2"))


def test_a_global_array_counts(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text("def f(x):\n    return table[x]\n")

    def version(table: Tensor) -> str:
        space: dict[str, object] = {"table": table}
        exec(compile(path.read_text(), str(path), "exec"), space)
        return version_of(space["f"])

    assert version(torch.zeros(2)) == version(torch.zeros(2))
    assert version(torch.zeros(2)) != version(torch.ones(2))


def test_versions_outlive_the_process() -> None:
    value = "{'b', 'a', 'c'}, {'x': 1, 'y': [2.5, None]}, Votes()"
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from preceptor.teachers import version_of, Votes\nprint(version_of({value}))",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"},
    ).stdout
    assert said.strip() == version_of({"b", "a", "c"}, {"x": 1, "y": [2.5, None]}, Votes())


@pytest.mark.parametrize(
    "held", [object(), iter([1]), np.array([None, object()])], ids=["object", "iterator", "array"]
)
def test_what_cannot_be_hashed_is_refused(held: object) -> None:
    with pytest.raises(InputError, match="Give version="):
        Rule(closing_over(held), name="r", classes=2)
    assert Rule(closing_over(held), name="r", classes=2, version="1").version == "1"


def test_what_holds_itself_is_refused() -> None:
    held: list[object] = []
    held.append(held)
    with pytest.raises(InputError, match="holds itself"):
        version_of(closing_over(held))
