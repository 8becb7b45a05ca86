"""Every attack, transformation and generator of a search keeps every row a row."""

import pytest
import torch
from table_worlds import TABLE, Watched, faults, rows, streams

from preceptor.attacks import (
    APGD,
    ATTACKS,
    PGD,
    Boundary,
    Cells,
    Corrupt,
    Keep,
    NoiseAttack,
    RotateTranslate,
    Sparse,
    Square,
    Standard,
    Structural,
    Wasserstein,
)
from preceptor.attacks.predictions import CleanPrediction
from preceptor.core import Attack, InputError, TableColumn, TableDomain
from preceptor.probes import families
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import SearchContext
from preceptor.search.data_generators import seeds
from preceptor.search.gradient_generators import climbs
from preceptor.search.random_transforms import shakes
from preceptor.transforms import LIBRARY, Patch, Resample

CLEAN = rows(16, 3)
POOL = rows(30, 4)

BALLS: dict[str, Attack] = {
    "pgd": PGD(0.2, steps=5),
    "pgd l2": PGD(0.4, "l2", steps=5),
    "apgd": APGD(0.2, steps=6),
    "apgd l1": APGD(0.8, "l1", steps=6),
    "square": Square(0.3, queries=40),
    "standard quick": Standard(0.2, effort="quick"),
    "keep in a ball": Keep(POOL, 0.3, steps=4),
    "keep l2": Keep(POOL, 0.6, "l2", steps=4),
    "noise": NoiseAttack(0.3, tries=4),
}
OTHERS: dict[str, Attack] = {
    "keep freely": Keep(POOL, steps=4),
    "boundary": Boundary(queries=60, pool=POOL),
    "boundary of noise": Boundary(queries=60),
    "sparse": Sparse(3, queries=30),
    "corrupt": Corrupt(severity=5),
    "rotate": RotateTranslate(30, 0.2, tries=4),
    "cells": Cells(2, 0.3, queries=150),
    "cells, one": Cells(1, 0.5, queries=30),
}

IMAGES: dict[str, Attack] = {"wasserstein": Wasserstein(0.3), "ssim": Structural(0.1)}
"""Refuse what is no image."""


def moved_by(attack: Attack, gradients: bool) -> tuple[Watched, torch.Tensor]:
    student = Watched(gradients)
    moved = attack(student, CLEAN.clone(), domain=TABLE, rng=streams(len(CLEAN)))
    return student, TABLE.project(moved, CLEAN)


def test_the_table_knows_every_attack_of_the_catalogue() -> None:
    """A new attack has to be tried here."""
    borrowed = {"autoattack", "foolbox"}
    here = {type(one) for one in (*BALLS.values(), *OTHERS.values(), *IMAGES.values())}
    assert {entry.make for name, entry in ATTACKS.items() if name not in borrowed} <= here


@pytest.mark.parametrize("name", IMAGES)
def test_an_attack_on_images_says_that_a_row_is_none(name: str) -> None:
    with pytest.raises(InputError, match="moves images"):
        moved_by(IMAGES[name], True)


@pytest.mark.parametrize("gradients", [True, False], ids=["gradients", "answers"])
@pytest.mark.parametrize("name", [*BALLS, *OTHERS])
def test_an_attack_asks_about_rows_and_returns_rows(name: str, gradients: bool) -> None:
    attack = {**BALLS, **OTHERS}[name]
    if getattr(type(attack), "needs_gradients", False) and not gradients:
        return
    student, moved = moved_by(attack, gradients)
    assert faults(moved, CLEAN) == []
    assert faults(torch.cat(student.seen)) == []
    assert not torch.equal(moved, CLEAN)


@pytest.mark.parametrize("name", [name for name in BALLS if not name.startswith("standard")])
def test_no_ball_holds_another_word(name: str) -> None:
    _, moved = moved_by(BALLS[name], True)
    assert torch.equal(moved[:, TABLE.still], CLEAN[:, TABLE.still])
    if "l" not in name.split()[-1] and name != "noise":
        assert float(TABLE.differences(moved, CLEAN).abs().max()) <= 0.3 + 1e-5


def test_attacks_that_are_no_balls_do_reach_other_words() -> None:
    home = TABLE.place["home"]
    far = {"impulse": Corrupt("impulse", severity=5, milder=False)}
    for name in ("keep freely", "cells", "boundary", "impulse"):
        _, moved = moved_by(OTHERS.get(name) or far[name], False)
        assert bool((moved[:, home] != CLEAN[:, home]).any()), name


def test_cells_changes_no_more_than_it_says_beside_what_follows() -> None:
    student, moved = moved_by(OTHERS["cells, one"], False)
    apart = TABLE.differences(moved, CLEAN) != 0
    tied = [TABLE.place[name] for name in ("wages", "rents", "total")]
    group = [TABLE.place[name] for name in ("red", "green", "blue")]
    rest = torch.ones(TABLE.shape, dtype=torch.bool)
    rest[[*tied, *group]] = False
    cells = apart[:, rest].sum(1) + apart[:, tied].any(1) + apart[:, group].any(1)
    # a loan that would exceed the income that changed is drawn back with it
    assert int(cells.max()) <= 2
    assert bool((student.decide(student(moved)) != student.decide(student(CLEAN))).any())


@pytest.mark.parametrize("size", [0.3, 0.1])
def test_cells_moves_no_whole_number_farther_than_it_says(size: float) -> None:
    """3 of 9 are a third, not 0.3: such a change is rounded towards the clean value."""
    columns = [TableColumn("a", "whole", low=0, high=9), TableColumn("b", step=0.25)]
    domain = TableDomain.of([*columns, TableColumn("c", high=4)])
    clean = torch.tensor([[4.0, 0.5, 2.0], [9.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    moved = Cells(3, size, queries=200)(Steady(), clean, domain=domain, rng=streams(3))
    apart = domain.differences(domain.project(moved, clean), clean).abs()
    assert float(apart.max()) <= size + 1e-6
    assert float(apart.max()) > 0.9 * size, "and it does move"


class Steady:
    """Never changes its mind, so that an attack goes as far as it may."""

    name, classes, differentiable = "steady", 2, False
    device = torch.device("cpu")

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        score = 99 - inputs.sum(1)
        return torch.stack([score, -score], 1)

    def decide(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.argmax(1)


@pytest.mark.parametrize("name", [*BALLS, *OTHERS])
def test_what_a_row_becomes_does_not_depend_on_the_others(name: str) -> None:
    attack = {**BALLS, **OTHERS}[name]
    both = attack(Watched(True), CLEAN[:6].clone(), domain=TABLE, rng=streams(6))
    one = attack(
        Watched(True), CLEAN[4:5].clone(), domain=TABLE, rng=streams(6).take(torch.tensor([4]))
    )
    torch.testing.assert_close(both[4:5], one, rtol=1e-5, atol=1e-3)


TRANSFORMS = [one for one in LIBRARY if not one.images_only]
CELL = torch.zeros(TABLE.shape, dtype=torch.bool)
CELL[TABLE.place["home"]] = True


@pytest.mark.parametrize("size", [-1.0, 0.4, 1.0])
@pytest.mark.parametrize(
    "row", [*TRANSFORMS, Patch(CELL, 1.0), Resample(CELL, POOL)], ids=lambda one: one.kind
)
def test_a_transformation_makes_rows(row, size: float) -> None:
    amounts = torch.full((len(CLEAN), row.dims), size)
    moved = row(CLEAN, amounts, domain=TABLE, rng=streams(len(CLEAN)))
    assert faults(moved, CLEAN) == []
    if row.kind in ("noise", "tolerance"):
        assert torch.equal(moved[:, TABLE.still], CLEAN[:, TABLE.still])


@pytest.mark.parametrize("gradients", [True, False], ids=["gradients", "answers"])
def test_a_search_proposes_rows(gradients: bool) -> None:
    student = Watched(gradients)
    own = CleanPrediction.of(student, POOL)
    ground = SearchContext(student, TABLE, POOL, own, torch.arange(12), 0.5, 0)
    asked = AskedInputs.none(POOL)
    many = 0
    for generator in [*seeds(TABLE), *shakes(ground), *climbs(ground)]:
        found = generator.propose(ground, 0, 3, asked)
        assert faults(found.inputs) == [], generator.name
        many += len(found)
    assert many > 20
    assert faults(torch.cat(student.seen)) == []


def test_regions_are_called_by_their_column() -> None:
    names = [name for name, _ in TABLE.cells()]
    assert {"age", "income", "home", "red or green or blue"} <= set(names)
    assert "income is missing" not in names


def test_probes_are_rows() -> None:
    from preceptor.core import ArraySource

    for family in families(TABLE):
        found = family.source(ArraySource(POOL, TABLE), 12, seed=0).read(0, 12)
        assert faults(found) == [], family.name
