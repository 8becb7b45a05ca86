"""Texts as people see them: in pieces, with what nobody sees and what stays as it is marked."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from preceptor.core import InputError, TextDomain
from preceptor.core.text_diff import AROUND, diff_words
from preceptor.core.unseen_signs import SeenPiece, seen_pieces
from preceptor.people import Settings
from preceptor.people.text_settings import text_domain_of
from preceptor.transforms.texts.text_transform import free_words

EXCERPT: Final = 160
"""Characters of a text that stand in a list."""

MOST_WORDS: Final = 20_000
"""The most words of a part that a page lets people mark."""


def shown_text(
    parts: Sequence[str], settings: Settings, *, words: bool = False
) -> list[dict[str, Any]]:
    """The parts of an input as pages show them.

    Each has its ``name``, whether it is ``fixed``, whether ``all`` of its signs are marked, its length
    in ``characters``, and ``pieces``: lists ``[text, sign, turns, kept, word]``. The texts of the pieces,
    joined, are the part, unchanged; ``sign`` is what nobody would see, ``turns`` what would turn the
    direction of the rest, ``kept`` what the study's domain protects, ``word`` which word it is of.

    Args:
        parts: of the input.
        settings: of the study.
        words: whether each also has ``words``, their ``[start, end]`` in code points. Else each piece is of
            word -1.

    Raises:
        InputError: more words than can be marked.
    """
    domain = domain_of_texts(settings)
    shown = []
    for place, part in enumerate(parts):
        pieces, whole = seen_pieces(part)
        kept = _merged(domain.spans(part))
        spans = [(one.start, one.end) for one in free_words(part)] if words else []
        if len(spans) > MOST_WORDS:
            raise InputError(
                f"a text of {len(spans):,} words; at most {MOST_WORDS:,} can be marked"
            )
        shown.append(
            {
                "name": domain.fields[place] if domain.fields else "",
                "fixed": place not in domain.changeable,
                "all": whole,
                "characters": len(part),
                "pieces": list(_cut(pieces, kept, spans)),
                **({"words": spans} if words else {}),
            }
        )
    return shown


def changed_pieces(
    was: Sequence[str], new: Sequence[str], around: int = AROUND
) -> list[list[list[str]]]:
    """What changed in each part, word by word: lists ``[kind, text]``, ``same``, ``gone`` or ``new``.

    Args:
        was: the parts before.
        new: the parts now.
        around: words and spaces that are shown beside a change.
    """
    return [
        [[one.kind, one.text] for one in diff_words(a, b, around)]
        for a, b in zip(was, new, strict=True)
    ]


def excerpt(parts: Sequence[str]) -> str:
    """The beginning of an input, in one line."""
    whole = " / ".join(" ".join(part[: 4 * EXCERPT].split()) for part in parts)
    short = whole[:EXCERPT]
    said = "".join(
        f"<{one.sign}>" if one.sign else one.text for one in seen_pieces(short, most=20)[0]
    )
    more = len(whole) > EXCERPT or any(len(part) > 4 * EXCERPT for part in parts)
    return f"{said} \u2026" if more else said or "(empty text)"


def domain_of_texts(settings: Settings) -> TextDomain:
    """Which texts a study is about."""
    return _domain(settings.text, settings)


@lru_cache(maxsize=64)
def _domain(_: str, settings: Settings) -> TextDomain:
    return text_domain_of(settings.domain)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters, in spans that do not meet."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _cut(
    pieces: Sequence[SeenPiece], kept: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]
) -> Iterator[list[Any]]:
    """The pieces, cut where what is protected and where words begin and end."""
    inside, worded = ([edge for span in spans for edge in span] for spans in (kept, words))
    edges = sorted({*inside, *worded})
    at = place = 0
    for piece in pieces:
        end = at + len(piece.text)
        while at < end:
            while place < len(edges) and edges[place] <= at:
                place += 1
            until = min(end, edges[place]) if place < len(edges) else end
            text = piece.text[len(piece.text) - (end - at) :][: until - at]
            here = bisect_right(inside, at) % 2 == 1
            nth = bisect_right(worded, at)
            word = nth // 2 if nth % 2 == 1 else -1
            yield [text, piece.sign, piece.turns, here, word]
            at = until
