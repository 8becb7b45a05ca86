"""Strategies by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from strategy_table import ACTIVEML, counting, inputs, labels, learner, pool, small

from preceptor.core import Domain, InputError, generator
from preceptor.lessons import FeatureSet, Irrelevant, Masks
from preceptor.strategies import (
    STRATEGIES,
    LinfTraining,
    Setting,
    StrategySequence,
    TutorStrategy,
    names,
    parse,
)


def setting() -> Setting:
    problem = small()
    return Setting(
        inputs(),
        labels(),
        pool(),
        problem.source.domain,
        counting(),
        problem.tutors,
        problem.probes,
        lambda what, way: [FeatureSet(torch.arange(8) < 2, problem.source.domain)],
    )


@pytest.fixture
def mask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    matters = np.zeros(8, dtype=bool)
    matters[[1, 6]] = True
    np.save("matters.npy", matters)
    np.save("environments.npy", np.arange(60) % 3)
    np.save("each.npy", np.tile(matters, (5, 1)))
    return tmp_path


def test_sizes_may_be_fractions_as_those_of_attacks():
    made = parse("linf-training:eps=8/255", setting())
    assert isinstance(made, LinfTraining)
    assert made.eps == 8 / 255


IMAGES = {"guessed", "invariance", "windows", "cutmix", "random-crops", "random-erasing"}
"""Whose examples are of images."""

OTHERS = (
    IMAGES
    | {"until-proved", "test-invariances", "test-explained"}
    | (set() if ACTIVEML else {"skactiveml"})
)


@pytest.mark.parametrize("name", [n for n in STRATEGIES if n not in OTHERS])
def test_examples_work_and_give_a_lesson(name, mask):
    made = parse(STRATEGIES[name].example, setting())
    lesson = made(learner(), (), 3, rng=generator(0, "s"))
    assert lesson is not None
    assert lesson.price.questions <= 3


@pytest.mark.parametrize(
    "spec", ["guessed:noise=0.1", "invariance:noise=0.1,tolerance=0.05,search=worst"]
)
def test_declared_changes_of_vectors(spec):
    lesson = parse(spec, setting())(learner(), (), 3, rng=generator(0, "s"))
    assert lesson is not None
    assert lesson.price.bits == (
        0 if spec.startswith("guessed") else 4 + np.log2(100) + np.log2(1020)
    )
    assert torch.isfinite(lesson.loss(learner(), generator(0, "l")))


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_examples_for_images_are_read(name):
    kind = "invariance" if name == "invariance" else "guessed"
    assert parse(STRATEGIES[name].example, setting()).name.startswith(kind)


def test_regions_can_be_declared():
    images = replace(
        setting(),
        inputs=torch.ones(4, 1, 12, 12),
        labels=torch.arange(4) % 2,
        domain=Domain((1, 12, 12)),
    )
    lesson = parse("invariance:border=4,top=6", images)(learner(), (), 3, rng=generator(0, "s"))
    assert [one.name for one in lesson.transforms] == ["border width=4", "top rows=6"]
    with pytest.raises(InputError, match="whole number"):
        parse("invariance:border=1.5", images)


def test_masks_by_their_way(mask):
    forms = {"view": FeatureSet, "resample": Irrelevant, "attack": Masks}
    for way, form in forms.items():
        made = parse(f"mask:file=matters.npy,way={way}", setting())
        assert isinstance(made(learner(), (), 1, rng=generator(0, "s")), form)
    lesson = parse("mask:file=each.npy,way=gradient", setting())(
        learner(), (), 5, rng=generator(0, "s")
    )
    assert isinstance(lesson, Masks)
    assert lesson.price.questions == 5


def test_what_was_taught_at_the_desk_is_given_one_by_one():
    domain = setting().domain
    said = [FeatureSet(torch.arange(8) == i, domain) for i in range(2)]
    asked = []

    def desk(what, way):
        asked.append((what, way))
        return said

    made = parse("desk:what=mask,way=view", replace(setting(), desk=desk))
    assert asked == [("mask", "view")]
    first = made(learner(), (), 1, rng=generator(0, "s"))
    then = made(learner(), (first,), 1, rng=generator(0, "s"))
    assert [first, then] == said
    assert made(learner(), (first, then), 1, rng=generator(0, "s")) is None
    for nobody, says in ((lambda *_: [], "no lesson"), (None, "human:NAME")):
        with pytest.raises(InputError, match=says):
            parse("desk", replace(setting(), desk=nobody))


def test_a_mixture_speaks_in_turn():
    made = parse("told:feature set + random", setting())
    assert isinstance(made, StrategySequence)
    first = made(learner(), (), 4, rng=generator(0, "s"))
    then = made(learner(), (first,), 4, rng=generator(0, "s"))
    assert (first.kind, then.kind) == ("feature set", "examples")


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("boundry", "did you mean 'boundary'"),
        ("random:doubts=1", "did you mean 'doubt'"),
        ("random:doubt=much", "must be a number"),
        ("random:doubt=1/0", "must be a number"),
        ("random:doubt=1,doubt=2", "stands twice"),
        ("pool-uncertainty:by=guess", "margin, confidence, entropy"),
        ("passive:n=3", "no options"),
        ("invariance", "no change is declared"),
        ("mask", "lacks file"),
        ("mask:file=none.npy", "cannot be read"),
        ("told:masks of gold", "no tutor 'masks of gold'"),
        ("random + ", "there is no strategy"),
    ],
)
def test_bad_specifications_say_what_exists(spec, says):
    with pytest.raises(InputError, match=says):
        parse(spec, setting())


def test_masks_of_another_shape(mask):
    np.save("wide.npy", np.ones((3, 9), dtype=bool))
    with pytest.raises(InputError, match=r"expected \(8,\)"):
        parse("mask:file=wide.npy", setting())


def test_every_strategy_has_its_line():
    assert set(names()) == set(STRATEGIES)
    assert all("Example: " in line for line in names().values())
    assert isinstance(parse("told:masks", setting()), TutorStrategy)
