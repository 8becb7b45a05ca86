"""What every change of texts promises; a new one is found by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError, ItemRng, TextDomain, Texts
from preceptor.transforms.texts import (
    TEXT_CHANGES,
    Degrees,
    Negated,
    Opposed,
    Shortened,
    Shuffled,
    TextTransform,
    WordsAlike,
    WordsLeftOut,
)

ALL = {
    change.kind: change
    for change in (
        *TEXT_CHANGES,
        WordsAlike((("film", "movie"),)),
        Degrees(),
        Negated(),
        Opposed(),
        Shortened(),
        Shuffled(),
        WordsLeftOut(),
    )
}
each = pytest.mark.parametrize("change", ALL.values(), ids=ALL)

REVIEWS = Texts(
    (
        "It was a very good film, and Anna Karenina in 1997 was not bad. We saw it in Paris!",
        "The film isn't great. I loved the story in 2004; so did Ben, they said.",
        "", " ", "x", "!!!", "\u4f60\u597d\u3002\u6211", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    )
)  # fmt: skip

CHANGED = {
    "names": "Anna", "numbers": "1997", "filler": "We saw it in Paris!", "words": "movie",
    "degrees": "very", "negation": "not", "opposites": "good",
}  # fmt: skip


def streams(n: int, seed: int = 0) -> ItemRng:
    return ItemRng.named(seed, "test", [str(i) for i in range(n)])


@each
def test_has_the_form(change: TextTransform) -> None:
    assert isinstance(change, TextTransform)
    assert change.name.startswith(change.kind)


@each
def test_changes_something_and_hangs_on_the_item_alone(change: TextTransform) -> None:
    moved = change(REVIEWS, domain=TextDomain(), rng=streams(len(REVIEWS)))
    assert any(
        change(REVIEWS[:2], domain=TextDomain(), rng=streams(2, seed)).rows != REVIEWS[:2].rows
        for seed in range(5)
    )
    for row in range(len(REVIEWS)):
        rng = ItemRng.named(0, "test", [str(row)])
        assert change(REVIEWS[[row]], domain=TextDomain(), rng=rng).rows == (moved.rows[row],)
    assert moved.rows[2] in ("", *(m for m in [moved.rows[2]] if change.kind == "filler"))
    assert not any(a.strip() and not b.strip() for a, b in zip(REVIEWS, moved, strict=True))


@each
@settings(max_examples=25)
@given(text=st.text(max_size=120), seed=st.integers(0, 5))
def test_what_is_protected_or_fixed_stays(change: TextTransform, text: str, seed: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    domain = TextDomain(fields=("premise", "hypothesis"), fixed=("premise",), protected=("Paris",))
    pairs = Texts(((text, f"In Paris {text} was a very good film"),), domain.fields)
    moved = change(pairs, domain=domain, rng=streams(1, seed))
    assert moved.parts[0][0] == text
    assert moved.parts[0][1].count("Paris") == pairs.parts[0][1].count("Paris")
    limit = TextDomain(longest=max(1, len(text)))
    one = Texts((text,))
    assert not bool(limit.outside(change(one, domain=limit, rng=streams(1, seed))).any())


def test_they_change_what_they_say() -> None:
    for kind, word in CHANGED.items():
        rows = [
            ALL[kind](REVIEWS[:1], domain=TextDomain(), rng=streams(1, seed)).rows[0]
            for seed in range(8)
        ]
        if kind == "words":
            assert all("movie" in row for row in rows)
        elif kind == "filler":
            assert all(REVIEWS.rows[0] in row and row != REVIEWS.rows[0] for row in rows)
        else:
            assert any(word not in row.split() for row in rows), kind


def test_spelling_leaves_the_meaning_to_the_reader() -> None:
    for kind in ("case", "invisible"):
        moved = ALL[kind](REVIEWS[:2], domain=TextDomain(), rng=streams(2))
        seen = [
            "".join(c for c in row.lower() if c not in "\u200b\u200c\u2060\u00ad") for row in moved
        ]
        assert seen == [row.lower() for row in REVIEWS[:2]]


def test_options_are_checked() -> None:
    for make in (lambda: WordsAlike(()), lambda: WordsAlike((("a",),)), lambda: WordsLeftOut(0.0)):
        with pytest.raises(InputError):
            make()
