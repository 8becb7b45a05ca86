"""What every probe family promises; a new family adds a row by being in ``FAMILIES``."""

from pathlib import Path

import pytest
import torch

from preceptor.core import ArraySource, Domain, InputError, Source
from preceptor.probes import FAMILIES, POOL, families, family

DOMAINS = {
    "image": Domain((1, 9, 7)),
    "colour bytes": Domain((3, 8, 8), 0.0, 255.0),
    "vector": Domain((6,), torch.linspace(-3, 0, 6), torch.linspace(1, 9, 6)),
    "fixed and whole": Domain(
        (4,),
        0.0,
        9.0,
        fixed=torch.tensor([True, False, False, False]),
        whole=torch.tensor([False, True, False, False]),
    ),
}


def data(domain: Domain, items: int = 20) -> ArraySource:
    low, high = domain.bounds()
    rng = torch.Generator().manual_seed(3)
    inputs = low + (high - low) * torch.rand((items, *domain.shape), generator=rng)
    return ArraySource(domain.project(inputs, inputs), domain)


CASES = [
    pytest.param(one, domain, id=f"{one.name}-{name}")
    for name, domain in DOMAINS.items()
    for one in families(domain)
]


@pytest.mark.parametrize(("one", "domain"), CASES)
def test_every_family_keeps_its_promises(one, domain) -> None:
    made_from = data(domain)
    drawn = one.source(made_from, 40, seed=5)
    assert isinstance(drawn, Source)
    assert (drawn.name, len(drawn), len(set(drawn.ids))) == (one.name, 40, 40)
    whole = drawn.read(0, 40)
    parts = torch.cat([drawn.read(0, 1), drawn.read(1, 34), drawn.read(34, 40)])
    assert torch.equal(whole, parts), "the same bytes, whatever is read at once"
    assert whole.shape == (40, *domain.shape)
    assert whole.dtype == torch.float32
    assert not domain.outside(whole).any()
    torch.testing.assert_close(domain.project(whole, whole), whole)
    assert torch.equal(one.source(made_from, 12, seed=5).read(0, 12), whole[:12])
    assert not torch.equal(one.source(made_from, 40, seed=6).read(0, 40), whole)
    assert drawn.read(7, 7).shape == (0, *domain.shape)
    if domain.fixed is not None:
        known = made_from.read(0, 20)[:, domain.fixed].flatten()
        assert torch.isin(whole[:, domain.fixed].flatten(), known).all()


def test_the_table_covers_every_family() -> None:
    assert {case.values[0].name for case in CASES} == {one.name for one in FAMILIES}
    assert len({one.name for one in FAMILIES}) == len(FAMILIES)


def test_one_item_is_enough_and_many_are_sampled() -> None:
    domain = Domain((1, 4, 4))
    for one in families(domain):
        assert one.source(data(domain, 1), 3).read(0, 3).isfinite().all()
    assert len(family("data").source(data(domain, POOL + 9), 3).pool) == POOL


def test_mixtures_lie_between_their_items() -> None:
    domain = Domain((2,), -1.0, 1.0)
    ends = ArraySource(torch.tensor([[0.0, 0.5], [1.0, 0.5]]), domain)
    drawn = family("blend").source(ends, 200).read(0, 200)
    torch.testing.assert_close(drawn[:, 1], torch.full((200,), 0.5))
    assert drawn[:, 0].min() < 0.1
    assert drawn[:, 0].max() > 0.9
    beyond = family("extrapolation").source(ends, 200).read(0, 200)[:, 0]
    assert ((beyond <= 0) | (beyond >= 1)).all()


def test_mistakes_are_told() -> None:
    vectors = data(DOMAINS["vector"])
    with pytest.raises(InputError, match="makes inputs of kind 'image'"):
        family("bars").source(vectors, 3)
    with pytest.raises(InputError, match="at least 1"):
        family("data").source(vectors, 0)
    with pytest.raises(InputError, match="no probe family 'bar'"):
        family("bar")


def test_the_reference_states_every_family() -> None:
    text = (Path(__file__).parents[2] / "docs/reference/probes.md").read_text()
    for one in FAMILIES:
        assert f"| `{one.name}` | {one.kind} | {one.says} |" in text
