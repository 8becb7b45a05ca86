"""Characters that nobody sees: found, named, and never changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.core.unseen_signs import MOST_SIGNS, seen_pieces

TEXTS = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from("\u200b\u200d\u202e\u2069\u00ad\ufe0f\ufeff\r\n"),
    max_size=60,
)


@given(TEXTS)
def test_the_pieces_are_the_text(text: str) -> None:
    pieces, whole = seen_pieces(text)
    assert whole
    assert "".join(one.text for one in pieces) == text
    assert all(one.text for one in pieces)


@given(TEXTS)
def test_what_turns_the_direction_is_never_outside_a_sign(text: str) -> None:
    for one in seen_pieces(text)[0]:
        turning = any(
            "\u202a" <= sign <= "\u202e" or "\u2066" <= sign <= "\u2069" for sign in one.text
        )
        assert one.turns == turning
        assert not turning or one.sign


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("go\u200bod", ["ZWSP"]),
        ("\u200b\u200b\u200b", ["ZWSP \u00d73"]),
        ("a\u202eb\u2069\x07\u00ad", ["RLO", "PDI", "U+0007", "soft hyphen"]),
        ("\ufeffbegin", ["BOM"]),
        ("go\u200dod", ["ZWJ"]),  # between letters that need none
        ("x\ufe0f", ["U+FE0F"]),
        ("\u3164", ["U+3164"]),
        ("a\rb", ["U+000D"]),
        ("tab\t and lines\r\n\n", []),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", []),  # a family
        ("\u2764\ufe0f 1\ufe0f\u20e3", []),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", []),  # Persian spelling
        ("\u0915\u094d\u200d\u0937", []),  # Hindi spelling
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", []),  # a region's flag
        ("flag\U000e0067", ["U+E0067"]),
    ],
)
def test_which_are_told_and_which_belong(text: str, signs: list[str]) -> None:
    assert [one.sign for one in seen_pieces(text)[0] if one.sign] == signs


def test_a_text_of_nothing_else_does_not_hold_anybody_up() -> None:
    text = "a\u200b" * 100_000
    pieces, whole = seen_pieces(text)
    assert not whole
    assert len(pieces) == 2 * MOST_SIGNS + 1
    assert "".join(one.text for one in pieces) == text


def test_turns_behind_the_last_sign_are_kept_from_turning_the_rest() -> None:
    text = "\u202ea" * (MOST_SIGNS + 5000)
    pieces, whole = seen_pieces(text)
    assert not whole
    assert "".join(one.text for one in pieces) == text
    assert all(one.turns for one in pieces if "\u202e" in one.text)
    assert max(len(one.text) for one in pieces) == 1000
