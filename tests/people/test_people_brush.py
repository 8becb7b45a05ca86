"""Label Studio's brush code: against vectors that its SDK made, against the SDK, and by itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from preceptor.core import InputError
from preceptor.people.exchange import brush

VECTORS = json.loads((Path(__file__).parent / "label_studio_brush.json").read_text())["vectors"]
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_the_sdks_vectors(vector: dict[str, Any]) -> None:
    height, width = vector["height"], vector["width"]
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(vector["mask"]), np.uint8))
    mask = bits[: height * width].reshape(height, width).astype(bool)
    np.testing.assert_array_equal(brush.decode(vector["rle"], height, width), mask)
    if vector["name"] != "coloured pixels":
        ours = brush.encode(mask)
        assert vector["rle"] in (ours, [*ours, 0])  # the SDK adds a byte where none is open


@given(hnp.arrays(bool, SHAPES))
def test_it_comes_back(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(brush.decode(brush.encode(mask), *mask.shape), mask)


@given(st.lists(st.integers(0, 255), max_size=60))
def test_anything_is_decoded_or_refused(code: list[int]) -> None:
    head = brush.encode(np.zeros((3, 5), bool))[:7]
    for attempt in (code, head + code):
        try:
            found = brush.decode(attempt, 3, 5)
        except InputError:
            continue
        assert found.shape == (3, 5)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("abc", "list of whole numbers"),
        ([1, 2.5], "list of whole numbers"),
        ([True], "list of whole numbers"),
        ([256], "list of whole numbers"),
        ([], "ends before"),
        ([0xFF] * 40, "4294967295 values"),
        (brush.encode(np.zeros((2, 3), bool)), "24 values"),
        (brush.encode(np.zeros((3, 5), bool))[:-2], "ends before"),
        ([0, 0, 0, 60, 0, 0, 0, 0, 0], "values of 1 bits"),
    ],
)
def test_what_is_no_code(code: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        brush.decode(code, 3, 5)


def test_no_bomb_is_decoded() -> None:
    with pytest.raises(InputError, match="in all"):
        brush.decode([0] * 40, 1 << 20, 1 << 20)


def test_the_sdk_itself() -> None:
    theirs = pytest.importorskip(
        "label_studio_sdk.converter.brush",
        reason="334 MB, and wants another numpy; the vectors above were made with it",
    )
    rng = np.random.default_rng(0)
    for size in (1, 5, 28, 97):
        mask = rng.random((size, size + 3)) < 0.4
        code = theirs.mask2rle((mask * 255).astype(np.uint8))
        np.testing.assert_array_equal(brush.decode(list(map(int, code)), *mask.shape), mask)
        back = theirs.decode_rle(brush.encode(mask)).reshape(*mask.shape, 4)
        np.testing.assert_array_equal(back, np.repeat(mask[..., None] * 255, 4, 2))
