"""Texts as a batch: the verbs of inputs, keys that stay what they were, and which texts are valid."""

import hashlib

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from preceptor.asking.keys import input_keys, stored_key
from preceptor.audit.line import item_keys
from preceptor.core import ArraySource, Domain, InputError, TextDomain, Texts, TextSource
from preceptor.core.content import input_key
from preceptor.core.inputs import feed_inputs, form, join, pack, put, same_rows, unpack
from preceptor.core.text_diff import diff_line, diff_words
from preceptor.core.text_words import pieces_of, words_of

STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
BATCHES = st.lists(STRINGS, min_size=1, max_size=5).map(lambda rows: Texts(tuple(rows)))
PAIRS = st.lists(st.tuples(STRINGS, STRINGS), min_size=1, max_size=4).map(
    lambda rows: Texts(tuple(rows), ("premise", "hypothesis"))
)
NUMBERS = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 8


def test_keys_of_numbers_are_those_of_before_there_were_texts() -> None:
    """Computed by the version before: answers in old ledgers are found."""
    first = "c29ae12cea2a5cf14e150db31a5879b5b9347f1478e0a1da60e59b40acaa2dc4"
    assert input_keys(NUMBERS)[0] == first
    assert input_keys(NUMBERS.double())[1][:16] == "1d0c93dbd6d7c634"
    assert input_keys(torch.zeros(1, 2, 2))[0][:16] == "e972d941852eebeb"
    assert input_key(NUMBERS[0]).hex()[:16] == "ed0ec15da71053a4"
    lined = item_keys(ArraySource(NUMBERS, Domain((3,))))
    assert lined == ["84ea5ab65da289df406e8774", "f3556af6acf4c579d21306ba"]
    digest = hashlib.sha256()
    feed_inputs(digest, NUMBERS)
    assert digest.digest() == hashlib.sha256(NUMBERS.numpy().tobytes()).digest()


@given(st.one_of(BATCHES, PAIRS))
def test_what_is_packed_is_unpacked_and_keyed_by_it(texts: Texts) -> None:
    parts = [bytes(data) for data in pack(texts)]
    assert join([unpack(*form(texts), data) for data in parts]) == texts
    keys = input_keys(texts)
    assert keys == [stored_key(*form(texts), data) for data in parts]
    assert len(set(keys)) == len(set(texts.rows))
    assert join([texts[:1], texts[1:]]) == texts
    back = torch.arange(len(texts) - 1, -1, -1)
    assert same_rows(put(texts, back, texts[back]), texts).all()


@given(BATCHES, BATCHES)
def test_another_portioning_feeds_the_same_and_another_batch_does_not(
    one: Texts, other: Texts
) -> None:
    def fed(*batches: Texts) -> bytes:
        digest = hashlib.sha256()
        for batch in batches:
            feed_inputs(digest, batch)
        return digest.digest()

    assert fed(join([one, other])) == fed(one, other)
    assert (fed(one) == fed(other)) == (one == other)


@given(STRINGS, STRINGS)
def test_distances_and_diffs_agree_with_the_texts(clean: str, moved: str) -> None:
    assert "".join(pieces_of(clean)) == clean
    found = TextDomain().distances(Texts((moved,)), Texts((clean,)))[0].tolist()
    assert (found[0] == 0) == (moved == clean)
    assert found[0] <= max(len(clean), len(moved))
    assert 0 <= found[2] <= 1
    changed = {one.kind for one in diff_words(clean, moved)} - {"same"}
    assert bool(changed) == (clean != moved)


def test_words_in_several_scripts() -> None:
    assert words_of("It isn't e.g. 3.5!") == ["It", "isn't", "e.g", ".", "3.5", "!"]
    assert len(words_of("हिन्दी अच्छी है")) == 3
    assert words_of("好电影") == ["好", "电", "影"]
    assert words_of("te\u200bst") == ["te\u200bst"]
    assert diff_line("a good film", "a bad film") == "a [-good-]{+bad+} film"
    assert "<U+200B>" in diff_line("test", "te\u200bst")
    assert "Cyrillic" in diff_line("bad", "b\u0430d")
    assert len(diff_line("word " * 500 + "x", "word " * 500 + "y")) < 100


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("\ud800",), "half a character"),
        ((("a", "b"),), "expected a string"),
    ],
)
def test_what_is_no_text_is_refused(rows: tuple[object, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Texts(rows)


PROMPT = TextDomain(longest=30, empty=False, protected=("^Say: ", r"\[\w+\]"))


@pytest.mark.parametrize(
    ("moved", "allowed"),
    [
        ("Say: [Ann] is ill", True),
        ("Say: [Bob] is well", False),
        ("Tell: [Ann] is well", False),
        ("Say: [Ann] is well " + "x" * 20, False),
        ("Say: [Ann] is\x07 well", False),
        ("", False),
    ],
)
def test_an_invalid_text_becomes_the_clean_one(moved: str, allowed: bool) -> None:
    clean = Texts(("Say: [Ann] is well",))
    assert PROMPT.project(Texts((moved,)), clean) == (Texts((moved,)) if allowed else clean)


def test_all_that_a_pattern_matches_is_protected_not_its_groups_alone() -> None:
    domain = TextDomain(protected=(r"^(Task|Question): .*$",))
    clean = Texts(("Task: add",))
    for moved in ("Task: subtract", "Question: add"):
        assert domain.project(Texts((moved,)), clean) == clean


def test_fields_can_be_told_apart_when_they_come_back() -> None:
    """("a,b", "c") and ("a", "b,c") would be the same form, and one key."""
    for fields in (("a,b", "c"), ("", "c")):
        with pytest.raises(InputError, match="comma"):
            Texts((("x", "y"),), fields)


def test_fixed_fields_stay_and_nothing_becomes_empty() -> None:
    domain = TextDomain(fields=("premise", "hypothesis"), fixed=("premise",))
    clean = Texts((("p", "h"),), domain.fields)
    for row, allowed in ((("p", "x"), True), (("x", "h"), False), (("p", " "), False)):
        moved = Texts((row,), domain.fields)
        assert domain.project(moved, clean) == (moved if allowed else clean)
    with pytest.raises(InputError, match="fields"):
        TextSource(clean)
    with pytest.raises(InputError, match="regular expression"):
        TextDomain(protected=("(",))
