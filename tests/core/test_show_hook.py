"""The user's own function that shows an input."""

import base64
from typing import Any

import numpy as np
import pytest

from preceptor.core import Html, InputError, Texts
from preceptor.core.show_hook import LARGEST, MOST, show_input, try_hook

VECTOR = {"kind": "numbers", "shape": [3]}
INPUT = np.array([0.5, 1.0, 2.0], np.float32)


def returns(made: object) -> Any:
    return lambda value: made


def test_a_string_is_text_as_it_is() -> None:
    assert show_input(returns("a\n<b>"), VECTOR, INPUT).text == "a\n<b>"


def test_a_dictionary_is_rows_with_numbers_as_people_write_them() -> None:
    shown = show_input(returns({"income": 21080.0, "home": "rent", "owns": True}), VECTOR, INPUT)
    assert shown.rows == (("income", "21,080"), ("home", "rent"), ("owns", "True"))


def test_html_stands_in_a_page_of_its_own_that_loads_nothing() -> None:
    frame = show_input(returns(Html("<p>hello</p>")), VECTOR, INPUT).frame
    assert "<p>hello</p>" in frame
    assert "default-src &#x27;none&#x27;" in frame


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_an_array_of_bytes_is_a_picture(shape: tuple[int, ...]) -> None:
    uri = show_input(returns(np.zeros(shape, np.uint8)), VECTOR, INPUT).picture
    assert base64.b64decode(uri.partition(",")[2]).startswith(b"\x89PNG")


def test_the_function_cannot_change_what_is_kept() -> None:
    def change(value: np.ndarray) -> str:
        value[:] = 9
        return "changed"

    show_input(change, VECTOR, INPUT)
    assert INPUT.tolist() == [0.5, 1.0, 2.0]


def test_a_text_is_given_as_a_string_and_parts_by_name() -> None:
    kind = {"kind": "texts"}
    assert show_input(lambda text: text.upper(), kind, Texts(("a b",))).text == "A B"
    pair = Texts((("a", "b"),), ("premise", "hypothesis"))
    assert show_input(lambda parts: parts, kind, pair).rows == (
        ("premise", "a"),
        ("hypothesis", "b"),
    )


def _fails(value: object) -> str:
    raise KeyError("nothing")


class _NoString:
    def _repr_html_(self) -> int:
        return 3


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (_fails, "KeyError: 'nothing'"),
        (returns(None), "NoneType"),
        (returns(3.0), "float"),
        (returns(np.zeros((2, 2))), "float64"),
        (returns(np.zeros((0, 2), np.uint8)), "no picture"),
        (returns(np.zeros((2, 2, 2), np.uint8)), "no picture"),
        (returns(_NoString()), "expected a string"),
        (returns(Html("x" * (LARGEST + 1))), "characters of HTML"),
    ],
)
def test_what_cannot_be_shown_is_told_and_never_raised(hook: Any, words: str) -> None:
    assert words in show_input(hook, VECTOR, INPUT).fault
    with pytest.raises(InputError, match="first input"):
        try_hook(hook, VECTOR, INPUT[None])


def test_a_huge_picture_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1200, 3), np.uint8)
    assert f"{MOST:,}" in show_input(returns(noise), VECTOR, INPUT).fault


@pytest.mark.parametrize("made", ["", " \n", {}, Html("")])
def test_what_shows_nothing_is_a_fault(made: object) -> None:
    assert "empty" in show_input(returns(made), VECTOR, INPUT).fault


@pytest.mark.parametrize("made", ["a\ud800", {"a\ud800": "\udfff"}, Html("<p>\ud800</p>")])
def test_half_characters_do_not_stop_a_page(made: object) -> None:
    shown = show_input(returns(made), VECTOR, INPUT)
    assert not shown.fault
    said = [shown.text, shown.frame, *(word for row in shown.rows for word in row)]
    assert "?" in "".join(said)
    "".join(said).encode()


def test_rows_have_a_limit_all_together() -> None:
    made = {str(row): "x" * 1000 for row in range(LARGEST // 1000)}
    assert "at most 200,000" in show_input(returns(made), VECTOR, INPUT).fault


def test_a_function_that_ends_the_program_is_a_fault() -> None:
    def leave(value: object) -> object:
        raise SystemExit(3)

    assert show_input(leave, VECTOR, INPUT).fault == "show: SystemExit: 3"
