"""The grammar of specifications, and that all who read some speak with one voice."""

from collections.abc import Callable
from typing import Literal

import pytest
import torch

from preceptor.api.recorded_tables import parse as parse_teacher
from preceptor.attacks import parse as parse_attack
from preceptor.comparison.design import load
from preceptor.core import Domain, InputError
from preceptor.core.specs import options_of, read_value, take_apart
from preceptor.problems import xor
from preceptor.strategies import Setting
from preceptor.strategies import parse as parse_strategy
from preceptor.students.reading_options import split as split_student
from preceptor.teachers import Rule

X = torch.zeros(2, 3)
SETTING = Setting(
    X,
    torch.zeros(2, dtype=torch.int64),
    X,
    Domain((3,)),
    Rule(lambda inputs: [0] * len(inputs), name="r", classes=2, version="1"),
)

READERS: dict[str, tuple[Callable[[str], object], str]] = {
    "attack": (lambda said: parse_attack(f"pgd:eps=1,{said}", pool=None), "steps"),
    "strategy": (lambda said: parse_strategy(f"committee:{said}", SETTING), "members"),
    "problem": (lambda said: load(f"xor:{said}", 0), "features"),
    "student": (lambda said: split_student(f"model.py:net:{said}"), "batch"),
    "--teacher": (lambda said: parse_teacher(f"votes:votes.csv,{said}"), "least"),
}


@pytest.mark.parametrize("what", READERS)
def test_all_complain_alike(what: str) -> None:
    read, option = READERS[what]
    read(f"{option}=6")
    for said, why in {
        f"{option}=6,{option}=7": f"{option}= stands twice",
        f"{option}=": f"{option}= has no value",
        f"{option}=many": f"{option} must be a whole number; got 'many'",
    }.items():
        with pytest.raises(InputError, match=f"^{what} '.*{said}': {why}"):
            read(said)
    if what != "student":  # what looks like no option there may be part of a file's name
        with pytest.raises(InputError, match=rf"no option '{option}s' \(did you mean '{option}'"):
            read(f"{option}s=6")


@pytest.mark.parametrize("what", ["attack", "strategy", "problem"])
def test_what_has_no_equals_sign_is_no_option(what: str) -> None:
    with pytest.raises(InputError, match="'much' is no option; write option=value"):
        READERS[what][0]("much")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("3", int, 3),
        ("8/255", float, 8 / 255),
        ("1e-3", float, 0.001),
        ("none", float | None, None),
        ("none", str, "none"),
        ("true", bool, True),
        ("b", Literal["a", "b"], "b"),
        ("b", Literal["a", "b"] | None, "b"),
        ("cat / dog", tuple[str, ...], ("cat", "dog")),
    ],
)
def test_values_by_their_types(text: str, kind: object, value: object) -> None:
    found = read_value(text, kind)
    assert found == value
    assert type(found) is type(value)


def test_options_are_the_parameters() -> None:
    found = options_of(xor)
    assert list(found) == ["features", "seed"]
    assert take_apart("xor: seed = 2 ", "problem").read(found) == {"features": 40, "seed": 2}


def test_a_problem_s_own_seed_holds() -> None:
    assert not torch.equal(load("xor", 0).train_inputs, load("xor", 1).train_inputs)
    assert torch.equal(load("xor:seed=1", 0).train_inputs, load("xor", 1).train_inputs)
