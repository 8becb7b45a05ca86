"""What an attack does, in words: for every attack of the catalogue, and for those that nobody knows."""

import pytest
import torch

from preceptor.attacks import ATTACKS, TEXT_ATTACKS, parse
from preceptor.audit.audit_plan import describe
from preceptor.audit.plain_attacks import SHARES, plain_name, plain_names
from preceptor.core import Domain, TextDomain, Texts

IMAGE, ROW = (1, 8, 8), (4,)


def told(spec: str) -> dict[str, object]:
    """What a record says of an attack."""
    return describe(parse(spec, pool=torch.rand(5, *IMAGE)))


@pytest.mark.parametrize(
    ("spec", "image", "shares"),
    [
        ("pgd:eps=0.2", "every pixel by up to 0.2", "every feature by up to 20 % of its range"),
        (
            "pgd:eps=2,norm=l2",
            "all pixels together by up to 2",
            "all features together by up to 2 (in shares of each one's range)",
        ),
        (
            "standard:eps=0.1",
            "every pixel by up to 0.1",
            "every feature by up to 10 % of its range",
        ),
        ("apgd:eps=1,norm=l1", "all pixels together, added up, by up to 1", None),
        (
            "rotate:degrees=30,shift=0.1",
            "turned by up to 30 degrees, shifted by up to 10 %",
            "two features turned by up to 30 degrees, shifted by up to 10 %",
        ),
        ("rotate:degrees=0,shift=0.1", "shifted by up to 10 %", None),
        (
            "noise:size=0.3",
            "random noise of size 0.3",
            "random noise of 30 % of each feature's range",
        ),
        ("sparse:pixels=1", "up to 1 pixel changed", "up to 1 feature changed"),
        ("keep", "towards another class, student's answer kept", None),
        (
            "keep:eps=0.4",
            "towards another class, student's answer kept (every pixel by up to 0.4)",
            None,
        ),
        (
            "pgd:eps=8/255",
            "every pixel by up to 8/255",
            "every feature by up to 3.137 % of its range",
        ),
        ("corrupt:kind=blur,severity=3", "blur, severity up to 3 of 5", None),
    ],
)
def test_an_attack_in_words(spec: str, image: str, shares: str | None) -> None:
    found = plain_name(told(spec), IMAGE)
    assert found.label.replace("\u00a0", " ") == image
    assert found.spec == told(spec)["name"]
    if shares is not None:
        row = plain_name({**told(spec), "sizes": SHARES}, ROW)
        assert row.label.replace("\u00a0", " ") == shares


@pytest.mark.parametrize("name", [name for name, one in ATTACKS.items() if not one.package])
def test_every_attack_of_ours_has_words(name: str) -> None:
    found = plain_name(told(ATTACKS[name].example), IMAGE)
    assert found.spec
    assert found.label != found.spec
    assert "eps=" not in found.label + found.clause


@pytest.mark.parametrize("name", [name for name, one in TEXT_ATTACKS.items() if not one.package])
def test_every_attack_on_texts_has_words(name: str) -> None:
    pool = Texts(("A good film.", "A bad film."))
    attack = describe(parse(TEXT_ATTACKS[name].example, pool=pool))
    facts = {"source": {"domain": TextDomain().describe()}, "plan": {"attacks": [attack]}}
    found = plain_names(facts)[str(attack["name"])]
    assert found.spec
    assert "=" not in found.label + found.clause
    assert ("student" in found.label) == (attack["goal"] == "keep")


def test_the_words_for_shares_are_the_domains() -> None:
    low, high = torch.zeros(2), torch.tensor([1.0, 50.0])
    assert Domain((2,), low=low, high=high).sizes == SHARES


@pytest.mark.parametrize(
    "attack",
    [
        {"name": "mine eps=1", "kind": "Mine", "settings": {"eps": 1}},
        {"name": "mine eps=1", "kind": "Keep", "settings": {"eps": 1.0}},  # another class Keep
        {"name": "mine eps=1", "kind": "APGD", "settings": {"eps": 1.0, "norm": "l7"}},
        {"name": "mine eps=1", "kind": "LinfPGD", "settings": {"eps": "much"}},
        {"name": "mine eps=1"},
    ],
)
def test_of_an_unknown_attack_the_specification_is_all(attack: dict[str, object]) -> None:
    found = plain_name(attack, IMAGE)
    assert (found.label, found.spec) == ("mine eps=1", "")
    assert found.clause == "inputs are moved by mine eps=1"


def test_two_that_would_read_alike_are_told_apart() -> None:
    attacks = [told("pgd:eps=0.1"), told("standard:eps=0.1"), told("pgd:eps=0.2")]
    facts = {"source": {"domain": {"shape": IMAGE}}, "plan": {"attacks": attacks}}
    found = plain_names(facts)
    labels = [found[str(one["name"])].label for one in attacks]
    assert labels[:2] == [
        "every pixel by up to 0.1 (linf-pgd eps=0.1)",
        "every pixel by up to 0.1 (standard linf eps=0.1)",
    ]
    assert labels[2] == "every pixel by up to 0.2"
    assert found["all attacks"].label == "all attacks"
