"""Attacks by name, and their options."""

import pytest
import torch

from preceptor.attacks import (
    ATTACKS,
    PGD,
    Keep,
    NoiseAttack,
    RotateTranslate,
    names,
    parse,
)
from preceptor.core import InputError

POOL = torch.rand(4, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("spec", "attack"),
    [
        ("pgd:eps=0.1,steps=20", PGD(0.1, steps=20)),
        (" pgd : eps = 8/255 , random_start=false ", PGD(8 / 255, random_start=False)),
        ("pgd:eps=1.5,norm=l2", PGD(1.5, "l2")),
        ("rotate", RotateTranslate()),
        ("rotate:degrees=10,shift=0", RotateTranslate(10, 0)),
        ("rotate:grid=31", RotateTranslate(grid=31)),
        ("noise:size=0.2,kind=uniform", NoiseAttack(0.2, "uniform")),
    ],
)
def test_reads_a_specification(spec, attack):
    assert parse(spec, pool=None) == attack


def test_keep_takes_the_pool():
    attack = parse("keep:eps=0.3,norm=l2", pool=POOL)
    assert isinstance(attack, Keep)
    assert attack.pool is POOL
    assert (attack.eps, attack.norm) == (0.3, "l2")
    assert parse("keep:eps=none", pool=POOL).eps is None
    with pytest.raises(InputError, match="pool"):
        parse("keep", pool=None)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("pdg:eps=1", r"no attack 'pdg' \(did you mean 'pgd'\?\).*rotate, noise"),
        ("linf-pgd:eps=1,steps=9", "write pgd:eps=1,steps=9,norm=linf$"),
        ("l2-pgd", "'l2-pgd' is now 'pgd' with a norm; write pgd:norm=l2"),
        ("zzz", r"no attack 'zzz'\. There are: standard, apgd, pgd"),
        ("pgd:esp=1", r"no option 'esp' \(did you mean 'eps'\?\).*eps, norm, steps, step"),
        ("keep:pool=3", "no option 'pool'"),
        ("pgd", "lacks eps; write for example pgd:eps=0.1,norm=linf"),
        ("pgd:eps", "write option=value"),
        ("pgd:eps=1,eps=2", "stands twice"),
        ("pgd:eps=much", "must be a number such as 0.1 or 8/255; got 'much'"),
        ("pgd:eps=1/0", "must be a number"),
        ("pgd:eps=0.1,steps=2.5", "must be a whole number"),
        ("pgd:eps=0.1,random_start=maybe", "true or false"),
        ("pgd:eps=-1", "eps must be a finite number above 0; got -1"),
        ("pgd:eps=0.1,steps=0", "steps must be at least 1"),
        ("noise:size=1,kind=pink", "one of gaussian, uniform; got 'pink'"),
        ("rotate:degrees=0,shift=0", "nothing would move"),
        ("rotate:grid=1", "grid must be at least 2; got 1"),
        ("keep:norm=l1", "one of linf, l2"),
    ],
)
def test_says_what_is_wrong_and_what_exists(spec, message):
    with pytest.raises(InputError, match=message):
        parse(spec, pool=POOL)


def test_every_name_has_its_line_and_an_example_that_works():
    assert list(names()) == list(ATTACKS)
    for name, entry in ATTACKS.items():
        attack = parse(entry.example, pool=POOL)
        assert isinstance(attack, entry.make)
        assert entry.example in names()[name]
        assert "\n" not in names()[name]


@pytest.mark.parametrize(
    ("attack", "name", "family", "size"),
    [
        (PGD(0.1), "linf-pgd eps=0.1", "linf-pgd", 0.1),
        (PGD(0.1, steps=9), "linf-pgd eps=0.1 steps=9", "linf-pgd", 0.1),
        (PGD(2.0, "l2"), "l2-pgd eps=2", "l2-pgd", 2.0),
        (PGD(2.0, "l2", 50, 0.025), "l2-pgd eps=2", "l2-pgd", 2.0),
        (PGD(2.0, "l2", 40, restarts=2), "l2-pgd eps=2 steps=40 restarts=2", "l2-pgd", 2.0),
        (RotateTranslate(), "rotate degrees=30 shift=0.1", "rotate", 30.0),
        (NoiseAttack(0.2), "noise size=0.2", "noise", 0.2),
        (NoiseAttack(0.2, "uniform"), "noise size=0.2 kind=uniform", "noise-uniform", 0.2),
        (Keep(POOL, 0.3), "keep linf eps=0.3", "keep-linf", 0.3),
        (Keep(POOL, 2, "l2", guides=1), "keep l2 eps=2 guides=1", "keep-l2", 2),
        (Keep(POOL), "keep freely", "keep-freely", None),
    ],
)
def test_names(attack, name, family, size):
    assert (attack.name, attack.family, attack.size) == (name, family, size)


@pytest.mark.parametrize("pool", [torch.zeros(0, 3), torch.zeros(3)])
def test_an_empty_pool_is_refused(pool):
    with pytest.raises(InputError, match="the pool has shape"):
        Keep(pool)
