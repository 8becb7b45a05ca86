"""The columns of a table: what each may hold, and how a row becomes numbers.

A row is a float32 vector. A number, a whole number and a boolean are themselves. A category is the
code of its word, which depends on the word alone, so that one more word, another order or another
file changes no row that was asked about. What is missing stands in a second coordinate.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any, Final, Literal, get_args

from preceptor.core.errors import InputError

Kind = Literal["number", "whole", "boolean", "category"]
Missing = Literal["none", "kept", "free"]
Change = Literal["free", "up", "down", "fixed"]
Word = str | int | float | bool

CODES: Final = 2.0**24
"""Codes of words lie below; float32 holds every whole number up to here."""

GAP: Final = int(CODES)
"""The code of a category that is missing: no word's."""

FILL: Final = 0.0
"""Where a value is missing, its coordinate holds this, so that equal rows have equal bytes."""


@dataclass(frozen=True)
class TableColumn:
    """One column, as people have it.

    Attributes:
        name: its own.
        kind: ``number``, ``whole`` numbers, ``boolean`` (0 and 1) or ``category``.
        low: the least number.
        high: the greatest.
        step: numbers lie so far apart, counted from 0; ``None`` for any.
        words: of a category, in an order of their own.
        exchanges: of a category, which words may become which; ``None`` for all of them.
        missing: ``none`` where a cell always has a value. ``kept``: some have none, and nothing
            makes or fills a gap. ``free``: attacks may do both.
        change: ``free``, ``up`` only, ``down`` only, or ``fixed``.
        dtype: of the column as it came, for who gets it back so.

    Raises:
        InputError: something is out of range, or does not fit the kind.
    """

    name: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = 1.0
    step: float | None = None
    words: tuple[Word, ...] = ()
    exchanges: tuple[tuple[Word, Word], ...] | None = None
    missing: Missing = "none"
    change: Change = "free"
    dtype: str = ""

    def __post_init__(self) -> None:
        for option, kinds in (("kind", Kind), ("missing", Missing), ("change", Change)):
            if getattr(self, option) not in get_args(kinds):
                raise self.wrong(
                    f"{option} is {getattr(self, option)!r}; expected {' or '.join(get_args(kinds))}"
                )
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise self.wrong(f"low {self.low:g} must be below high {self.high:g}, both finite")
        if self.step is not None and (self.kind != "number" or not 0 < self.step < math.inf):
            raise self.wrong("step is for numbers, and above 0")
        if (self.kind == "category") != bool(self.words):
            raise self.wrong("a category has words, and nothing else has any")
        if self.exchanges is not None and not set().union(*self.exchanges) <= set(self.words):
            raise self.wrong(f"exchanges names words that are none of {self._some()}")
        if self.kind == "category" and self.change in ("up", "down"):
            raise self.wrong("a category has no up or down; say its exchanges, or fixed")
        self._check_codes()

    def _check_codes(self) -> None:
        seen: dict[int, Word] = {}
        for word in self.words:
            other = seen.setdefault(code_of(word), word)
            if other is not word:
                raise self.wrong(f"{word!r} and {other!r} have the same code; rename one of them")

    def wrong(self, why: str) -> InputError:
        """What to raise."""
        return InputError(f"column {self.name!r}: {why}")

    def _some(self) -> str:
        return ", ".join(map(str, self.words[:9])) + (", ..." if len(self.words) > 9 else "")

    @property
    def gaps(self) -> bool:
        """Whether a second coordinate says where the value is missing."""
        return self.missing != "none" and self.kind != "category"

    @property
    def codes(self) -> tuple[int, ...]:
        """Of a category's words, then of what is missing if anything may be."""
        words = tuple(code_of(word) for word in self.words)
        return words if self.missing == "none" else (*words, GAP)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The names of its coordinates: one, or two."""
        return (self.name, f"{self.name} is missing") if self.gaps else (self.name,)

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value of its first coordinate."""
        if self.kind == "boolean":
            return 0.0, 1.0
        if self.kind == "category":
            return float(min(self.codes)), float(max(*self.codes, min(self.codes) + 1))
        return self.low, self.high

    @property
    def spacing(self) -> float | None:
        """How far apart its values lie; ``None`` for any."""
        return self.step if self.kind == "number" else 1.0

    @property
    def says(self) -> str:
        """In a few words: ``whole 18 to 90``."""
        if self.kind == "category":
            what = f"category of {len(self.words)}: {self._some()}"
        elif self.kind == "boolean":
            what = "boolean"
        else:
            what = f"{self.kind} {self.low:g} to {self.high:g}"
            what += "" if self.step is None else f" by {self.step:g}"
        extra = [] if self.missing == "none" else ["with gaps"]
        extra += [] if self.change == "free" else [
            self.change if self.change == "fixed" else f"{self.change} only"
        ]  # fmt: skip
        return ", ".join([what, *extra])

    def describe(self) -> dict[str, Any]:
        """Plain data: what is not the default."""
        found: dict[str, Any] = {}
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name in ("name", "kind") or value != option.default:
                found[option.name] = value
        for name in ("words", "exchanges"):
            if name in found:
                found[name] = [list(x) if isinstance(x, tuple) else x for x in found[name]]
        return found

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "TableColumn":
        """From plain data.

        Raises:
            InputError: an option that there is not, or one that makes no sense.
        """
        known = {option.name for option in fields(cls)}
        more = [key for key in found if key not in known]
        if more:
            raise InputError(
                f"column {found.get('name')!r}: there is no option {more[0]!r}. It has: "
                f"{', '.join(sorted(known - {'name', 'dtype'}))}"
            )
        values = dict(found)
        if "words" in values:
            values["words"] = tuple(values["words"])
        if values.get("exchanges") is not None:
            values["exchanges"] = tuple(tuple(pair) for pair in values["exchanges"])
        try:
            return cls(**values)
        except TypeError as error:  # a word where a number belongs
            raise InputError(f"column {found.get('name')!r}: {error}") from error


def code_of(word: Word) -> int:
    """The code of a word: a whole number stands for itself, any other word for a hash of it.

    Whole numbers below 8,388,608; hashes lie from there to 16,777,215.
    """
    half = int(CODES) // 2
    number = isinstance(word, int | float) and not isinstance(word, bool)
    if number and float(word).is_integer() and -half < float(word) < half:
        return int(word)
    return half + int.from_bytes(sha256(str(word).encode()).digest()[:4], "little") % half
