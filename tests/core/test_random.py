"""Streams: an item's draws depend on seed, role and id, and on nothing else."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import ItemRng, generator

IDS = [str(i) for i in range(12)]
SEEDED = settings(deadline=None, derandomize=True, max_examples=60)
DRAWS = {
    "uniform": lambda rng: rng.uniform((2, 3), -1.0, 4.0),
    "normal": lambda rng: rng.normal((5,)),
    "integers": lambda rng: rng.integers(1000, (4,)),
    "one integer": lambda rng: rng.integers(1000),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=list(DRAWS))
@SEEDED
@given(st.permutations(IDS), st.integers(1, 12), st.integers(1, 12))
def test_draws_do_not_depend_on_the_batch(draw, order: list[str], some: int, batch: int) -> None:
    together = draw(ItemRng.named(3, "role", IDS))
    chosen = order[:some]
    parts = [
        draw(ItemRng.named(3, "role", chosen[start : start + batch]))
        for start in range(0, some, batch)
    ]
    assert torch.equal(torch.cat(parts), together[[IDS.index(item) for item in chosen]])


@SEEDED
@given(st.lists(st.integers(0, 11), max_size=12, unique=True), st.booleans())
def test_taken_rows_go_on_where_their_streams_stand(rows: list[int], as_mask: bool) -> None:
    rng, twin = ItemRng.named(0, "a", IDS), ItemRng.named(0, "a", IDS)
    rng.normal((2,))
    twin.normal((2,))
    rows = sorted(rows) if as_mask else rows
    index = torch.tensor(rows, dtype=torch.int64)
    mask = torch.zeros(12, dtype=torch.bool)
    mask[index] = True
    taken = rng.take(mask if as_mask else index)
    assert len(taken) == len(rows)
    second = twin.normal((2,))
    assert torch.equal(taken.normal((2,)), second[index])
    third = twin.normal((2,))
    after = rng.normal((2,))  # rows taken drew once more, the others did not
    expected = torch.where(mask[:, None], third, second)
    assert torch.equal(after, expected)


def test_seed_role_and_id_each_make_another_stream() -> None:
    names = [(seed, *rest) for seed in (0, 1) for rest in ((), ("a",), ("b",), ("a", "b"), ("ab",))]
    firsts = {float(generator(*name).random()) for name in names}
    assert len(firsts) == len(names)
    assert generator(1, "a").random() == generator(1, "a").random()


def test_streams_of_different_names_are_not_correlated() -> None:
    many = [str(i) for i in range(400)]
    draws = [ItemRng.named(0, role, many).normal((50,)).flatten() for role in ("a", "b")]
    draws.append(ItemRng.named(1, "a", many).normal((50,)).flatten())
    table = np.corrcoef(torch.stack(draws).numpy())
    assert np.abs(table - np.eye(3)).max() < 0.03


def test_draws_are_where_they_should_be() -> None:
    many = [str(i) for i in range(300)]
    uniform = ItemRng.named(5, "u", many).uniform((40,), 2.0, 3.0)
    normal = ItemRng.named(5, "n", many).normal((40,))
    whole = ItemRng.named(5, "i", many).integers(3, (40,))
    assert uniform.dtype == normal.dtype == torch.float32
    assert 2.0 <= uniform.min() < 2.01 < 2.99 < uniform.max() <= 3.0
    assert abs(normal.mean()) < 0.04
    assert abs(normal.std() - 1) < 0.03
    assert whole.unique().tolist() == [0, 1, 2]
    assert whole.dtype == torch.int64


@pytest.mark.parametrize("draw", DRAWS.values(), ids=list(DRAWS))
def test_an_empty_batch_has_empty_draws_of_the_same_form(draw) -> None:
    none, some = draw(ItemRng([])), draw(ItemRng.named(0, "", IDS))
    assert none.shape == (0, *some.shape[1:])
    assert none.dtype == some.dtype
