"""Texts as people see them: in pieces, with what nobody sees and what stays as it is marked."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from preceptor.core import TextDomain
from preceptor.core.unseen_signs import SeenPiece, seen_pieces
from preceptor.people import Settings
from preceptor.people.text_settings import text_domain_of

EXCERPT: Final = 160
"""Characters of a text that stand in a list."""


def shown_text(parts: Sequence[str], settings: Settings) -> list[dict[str, Any]]:
    """The parts of an input as pages show them.

    Each has its ``name``, whether it is ``fixed``, whether ``all`` of its signs are marked, its length
    in ``characters``, and ``pieces``: lists ``[text, sign, turns, kept]``. The texts of the pieces, joined,
    are the part, unchanged; ``sign`` is what nobody would see, ``turns`` what would turn the
    direction of the rest, ``kept`` what the study's domain protects.
    """
    domain = domain_of_texts(settings)
    shown = []
    for place, part in enumerate(parts):
        pieces, whole = seen_pieces(part)
        kept = _merged(domain.spans(part))
        shown.append(
            {
                "name": domain.fields[place] if domain.fields else "",
                "fixed": place not in domain.changeable,
                "all": whole,
                "characters": len(part),
                "pieces": [
                    [one.text, one.sign, one.turns, inside] for one, inside in _cut(pieces, kept)
                ],
            }
        )
    return shown


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
    pieces: Sequence[SeenPiece], kept: Sequence[tuple[int, int]]
) -> Iterator[tuple[SeenPiece, bool]]:
    """The pieces, cut where what is protected begins and ends."""
    edges = [edge for span in kept for edge in span]
    at = place = 0
    for piece in pieces:
        end = at + len(piece.text)
        while at < end:
            while place < len(edges) and edges[place] <= at:
                place += 1
            until = min(end, edges[place]) if place < len(edges) else end
            text = piece.text[len(piece.text) - (end - at) :][: until - at]
            yield SeenPiece(text, piece.sign, piece.turns), place % 2 == 1
            at = until
