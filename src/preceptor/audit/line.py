"""The order in which items are asked about: drawn once, extended when there are more.

A *line* holds items in that order, for all students audited on them. An item is known by its
content. The draw uses random bytes that nobody knows before the items are written down, so whoever
prepares a file, and knows this code and every seed, cannot arrange it. When a file has grown, what
anybody was asked about keeps its place; new items are put among the others, each at a place drawn
uniformly, and the others keep their order: nothing is drawn anew.
"""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from preceptor.core import AnySource, Inputs, Journal, Texts, generator
from preceptor.core.inputs import pack

Codes = NDArray[np.int64]

_LINES: Final = "lines"
_ROWS: Final = 256

SHARED: Final = 0.01
"""Below this share, items that two files have in common, such as an empty one, tie them to no line."""


@dataclass(frozen=True)
class OrderDraw:
    """One draw of places.

    Attributes:
        nonce: what it was drawn from.
        items: how many the line has since.
        kept: how many first places it left as they were.
    """

    nonce: str
    items: int
    kept: int

    def describe(self) -> list[Any]:
        """Plain data."""
        return [self.nonce, self.items, self.kept]


def drawn(drawings: Sequence[OrderDraw]) -> Codes:
    """``Int64[items]``: the number of the first item, of the second, ...

    Behind the places that are kept, each draw gives every order in which the others could come the
    same probability, if those before it did.
    """
    order = np.zeros(0, np.int64)
    for drawing in drawings:
        rng = generator(0, "line", drawing.nonce)
        new = rng.permutation(np.arange(len(order), drawing.items))
        rest = order[drawing.kept :]
        places = rng.permutation(len(rest) + len(new))[: len(new)]
        mixed = np.zeros(len(rest) + len(new), np.int64)
        fresh = np.zeros(len(mixed), np.bool_)
        fresh[places] = True
        mixed[fresh], mixed[~fresh] = new, rest
        order = np.concatenate([order[: drawing.kept], mixed])
    return order


def fresh_nonce() -> str:
    """Random digits of the operating system's, which nobody can know beforehand."""
    return secrets.token_hex(16)


@dataclass(frozen=True, eq=False)
class Line:
    """Items in the order in which they are asked about.

    Attributes:
        name: of the line.
        keys: by number, what each item is: a hash of its content.
        ids: by number, what it was called when it came into the line; unique.
        drawings: how the order came about.
        reach: so many first places are taken.
        asked: the numbers of items that somebody was asked about, answered or not.
    """

    name: str
    keys: tuple[str, ...]
    ids: tuple[str, ...]
    drawings: tuple[OrderDraw, ...]
    reach: int
    asked: frozenset[int] = frozenset()

    @cached_property
    def order(self) -> Codes:
        """``Int64[items]``: their numbers in order."""
        return drawn(self.drawings)

    def numbers(self, keys: Sequence[str]) -> Codes:
        """``Int64[rows]``: the number of the item in each row of a source."""
        place = {key: number for number, key in enumerate(self.keys)}
        return np.array([place[key] for key in keys], np.int64)


def item_keys(source: AnySource) -> list[str]:
    """What each item of a source is: a hash of its content.

    Of items that are the same, the second, the third, ... are told apart by their number.
    """
    seen: Counter[str] = Counter()
    found = []
    for start in range(0, len(source), _ROWS):
        inputs = source.read(start, min(start + _ROWS, len(source)))
        head = _head(inputs)
        for data in pack(inputs):
            key = sha256(head + data).hexdigest()[:24]
            seen[key] += 1
            found.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return found


def _head(inputs: Inputs) -> bytes:
    if isinstance(inputs, Texts):
        return f"text{list(inputs.fields)}".encode()
    return f"{inputs.dtype}{list(inputs.shape[1:])}".encode()


def read_line(journal: Journal, name: str) -> tuple[Line, int]:
    """A line, and how many notes there are on it."""
    notes = journal.notes(f"line {name}")
    keys, ids, drawings, reach = list[str](), list[str](), list[OrderDraw](), 0
    asked = set[int]()
    for note in map(json.loads, notes):
        if "reach" in note:
            reach = max(reach, int(note["reach"]))
            asked.update(note.get("asked", ()))
            continue
        keys += [key for key, _ in note["items"]]
        ids += [item for _, item in note["items"]]
        drawings.append(OrderDraw(note["nonce"], len(keys), int(note["kept"])))
    return Line(name, tuple(keys), tuple(ids), tuple(drawings), reach, frozenset(asked)), len(notes)


def join(journal: Journal, keys: Sequence[str], ids: Sequence[str]) -> Line:
    """The line with these items, which are put into it as far as they are not there.

    That is the line with which they share most. A new one, if they share hardly any with each: fewer
    than :data:`SHARED` of the items, or of the line's where these are fewer.
    """
    while True:
        names = journal.notes(_LINES)
        lines = [read_line(journal, name) for name in names]
        shares = [_shared(line, keys) for line, _ in lines]
        if not any(shares):
            name = fresh_nonce()
            if journal.note(_LINES, name, len(names)):
                names, lines = [*names, name], [*lines, read_line(journal, name)]
                shares = [*shares, 0]
            else:
                continue
            best = len(lines) - 1
        else:
            best = int(np.argmax(shares))
        line, count = lines[best]
        known = set(line.keys)
        new = [row for row, key in enumerate(keys) if key not in known]
        if not new:
            return line
        note = {
            "items": _named([(keys[row], ids[row]) for row in new], line.ids),
            "nonce": fresh_nonce(),
            "kept": line.reach,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if journal.note(f"line {line.name}", json.dumps(note), count):
            return read_line(journal, line.name)[0]


def reach(journal: Journal, name: str, numbers: Codes, *, elsewhere: bool = False) -> None:
    """Note, before anybody is asked about them, that these items are, and that their places are taken.

    Args:
        journal: keeps the line.
        name: of the line.
        numbers: of the items.
        elsewhere: they are asked in another order than the line's, so that no place is taken.
    """
    while True:
        line, count = read_line(journal, name)
        places = np.flatnonzero(np.isin(line.order, numbers))
        furthest = 0 if elsewhere or not len(places) else int(places[-1]) + 1
        new = sorted(set(numbers.tolist()) - line.asked)
        if line.reach >= furthest and not new:
            return
        told = {"reach": max(line.reach, furthest), "asked": new}
        if journal.note(f"line {name}", json.dumps(told), count):
            return


def _shared(line: Line, keys: Sequence[str]) -> int:
    """How many of these items a line holds; 0 if that is hardly any."""
    shared = len(set(line.keys).intersection(keys))
    return shared if shared >= SHARED * min(len(keys), len(line.keys)) else 0


def _named(items: Sequence[tuple[str, str]], taken: Sequence[str]) -> list[list[str]]:
    """Key and name of each new item; one whose name is taken gets its key's beginning behind it."""
    names = set(taken)
    found = []
    for key, item in items:
        name = item if item not in names else f"{item} ({key[:8]}{key[24:]})"
        names.add(name)
        found.append([key, name])
    return found
