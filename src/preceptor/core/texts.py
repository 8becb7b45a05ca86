"""Texts as inputs: a batch of strings, or of pairs of strings, and which of them are valid."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core.errors import InputError
from preceptor.core.sources import check_items
from preceptor.core.text_distances import text_distances

TextRow = str | tuple[str, ...]
"""One input: a string; or, where there are fields, one string for each."""

Rows = slice | Tensor | np.ndarray | Sequence[int]
"""Some of a batch, by number, ``Int64[rows]``, or by mask, ``Bool[batch]``."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Texts:
    """A batch of texts. A value of its own: nothing is padded and nothing normalised.

    Attributes:
        rows: the texts, in order; tuples with a string for each field, if there are fields.
        fields: what the parts of each input are called, such as ``("premise", "hypothesis")``;
            empty where an input is one text.

    Raises:
        InputError: a row that is no text, has another number of parts, or that UTF-8 cannot hold;
            a field's name that is empty or holds a comma.
    """

    rows: tuple[TextRow, ...]
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any("," in name or not name for name in self.fields):  # they are kept joined by commas
            raise InputError(f"the fields {self.fields}: a name is not empty and holds no comma")
        for number, row in enumerate(self.rows):
            parts: Sequence[object] = row if isinstance(row, tuple) else (row,)
            if isinstance(row, tuple) != bool(self.fields) or (
                self.fields and len(parts) != len(self.fields)
            ):
                raise InputError(
                    f"text {number} is {_short(row)}; expected "
                    + (f"a tuple of {', '.join(self.fields)}" if self.fields else "a string")
                )
            for part in parts:
                _check_part(part, number)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[TextRow]:
        return iter(self.rows)

    def __getitem__(self, rows: Rows) -> "Texts":
        if isinstance(rows, slice):
            return Texts(self.rows[rows], self.fields)
        numbers = np.asarray(rows)
        if numbers.dtype == np.bool_:
            numbers = np.flatnonzero(numbers)
        return Texts(tuple(self.rows[number] for number in numbers.tolist()), self.fields)

    @property
    def device(self) -> torch.device:
        """Texts lie in memory."""
        return torch.device("cpu")

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """Each input as a tuple of its parts: of one, where there are no fields."""
        return [row if isinstance(row, tuple) else (row,) for row in self.rows]

    def with_parts(self, parts: Sequence[tuple[str, ...]]) -> "Texts":
        """Other inputs with the same fields."""
        return Texts(tuple(parts) if self.fields else tuple(one for (one,) in parts), self.fields)

    def to(self, *_: object, **__: object) -> "Texts":
        """Itself: no device holds strings."""
        return self

    def cpu(self) -> "Texts":
        """Itself."""
        return self

    def detach(self) -> "Texts":
        """Itself: a text has no gradient."""
        return self

    def clone(self) -> "Texts":
        """Itself, which nobody can change."""
        return self

    def __repr__(self) -> str:
        few = ", ".join(_short(row) for row in self.rows[:3])
        return f"Texts({len(self)}: {few}{', ...' if len(self) > 3 else ''})"


def _check_part(part: object, number: int) -> None:
    if not isinstance(part, str):
        raise InputError(
            f"text {number} holds a {type(part).__name__}, {_short(part)}; expected a string. An "
            "empty cell is an empty string"
        )
    try:
        part.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"text {number}, {_short(part)}, holds half a character (a lone surrogate, at place "
            f"{error.start}), which UTF-8 cannot write. Read the file with its true encoding"
        ) from error


def _short(value: object) -> str:
    words = ascii(value)
    return words if len(words) <= 60 else f"{words[:57]}..."


@dataclass(frozen=True)
class TextDomain:
    """Which texts exist at all, and what of them an attack may change.

    Attributes:
        longest: the most characters of one part; ``None`` for no limit.
        empty: whether a part may be empty.
        fields: what the parts of an input are called; empty where it is one text.
        fixed: the fields that an attack may not change, such as ``("premise",)``.
        protected: regular expressions. What they match in a text, such as a prompt at its
            beginning (``"^Answer briefly: "``) or names in brackets, stays as it is, in the same order.

    Raises:
        InputError: a limit below 1, a fixed field that is none, or an expression that is none.
    """

    longest: int | None = None
    empty: bool = True
    fields: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()

    measures: ClassVar[tuple[str, ...]] = ("characters", "words", "share")
    is_image: ClassVar[bool] = False
    plain: ClassVar[bool] = True
    sizes: ClassVar[str] = "characters and words changed, and the share of words"

    def __post_init__(self) -> None:
        if self.longest is not None and self.longest < 1:
            raise InputError(f"the longest text has at least 1 character; got {self.longest}")
        unknown = set(self.fixed) - set(self.fields)
        if unknown or len(set(self.fields)) != len(self.fields):
            raise InputError(
                f"the fields are {', '.join(self.fields) or '(none)'}, each once; fixed: "
                f"{', '.join(self.fixed)}"
            )
        for one in self.protected:
            try:
                re.compile(one)
            except re.error as error:
                raise InputError(f"protected: {one!r} is no regular expression: {error}") from error

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.fields

    @cached_property
    def changeable(self) -> tuple[int, ...]:
        """Which parts of an input may change."""
        many = max(1, len(self.fields))
        return tuple(i for i in range(many) if not self.fields or self.fields[i] not in self.fixed)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(one) for one in self.protected)

    def spans(self, part: str) -> list[tuple[int, int]]:
        """Where in a part of an input nothing may change: first and end, in order."""
        found = [
            match.span()
            for pattern in self._patterns
            for match in pattern.finditer(part)
            if match.end() > match.start()
        ]
        return sorted(found)

    def outside(self, inputs: Texts) -> Bool[Tensor, " batch"]:
        """``Bool[batch]``: which texts are too long, or empty where they must not be."""
        return torch.tensor([self.why_outside(row) != "" for row in inputs.parts], dtype=torch.bool)

    def why_outside(self, parts: tuple[str, ...]) -> str:
        """Why an input is not valid, in words; empty if it is."""
        most = max(map(len, parts))
        if self.longest is not None and most > self.longest:
            return f"it has {most} characters, and at most {self.longest} are valid"
        if not self.empty and not all(part.strip() for part in parts):
            return "it is empty"
        return ""

    def project(self, moved: Texts, clean: Texts) -> Texts:
        """The moved texts where they are valid, and the clean ones elsewhere: no text is nearest.

        A text is not valid that is too long, empty where that is not allowed or nothing was
        before, holds control characters that the clean one lacks, or other text where that is
        fixed or protected.
        """
        pairs = zip(moved.parts, clean.parts, strict=True)
        return moved.with_parts([m if self.allows(m, c) else c for m, c in pairs])

    def allows(self, moved: tuple[str, ...], clean: tuple[str, ...]) -> bool:
        """Whether an input may be moved there."""
        if moved == clean:
            return True
        if self.why_outside(moved):
            return False
        for place, (new, old) in enumerate(zip(moved, clean, strict=True)):
            if new == old:
                continue
            if place not in self.changeable or (old.strip() and not new.strip()):
                return False
            if not set(_CONTROL.findall(new)) <= set(_CONTROL.findall(old)):
                return False
            if self._patterns and self._kept(new) != self._kept(old):
                return False
        return True

    def _kept(self, part: str) -> list[list[str]]:
        # the whole match: findall would give groups alone, where a pattern has any
        return [[match.group() for match in one.finditer(part)] for one in self._patterns]

    def distances(self, moved: Texts, clean: Texts) -> Float[Tensor, "batch measures"]:
        """``Float32[batch, 3]``: characters and words that changed, and the share of words."""
        pairs = zip(moved.parts, clean.parts, strict=True)
        found = [text_distances(m, c) for m, c in pairs]
        return torch.tensor(found, dtype=torch.float32).reshape(len(clean), len(self.measures))

    def describe(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            "kind": "texts",
            "measures": list(self.measures),
            "longest": self.longest,
            "empty": self.empty,
            "fields": list(self.fields),
            "fixed": list(self.fixed),
            "protected": list(self.protected),
        }


@dataclass(frozen=True, eq=False)
class TextSource:
    """Items that are texts. A source.

    Attributes:
        texts: the items.
        domain: which texts are valid; with the same fields.
        ids: one unique id for each item; the row numbers unless given.
        name: as it stands in the record.
        columns: what else is known of each item, by name.

    Raises:
        InputError: no items, other fields than the domain's, ids that repeat, or a column of
            another length.
    """

    texts: Texts
    domain: TextDomain = TextDomain()
    ids: Sequence[str] = field(default=())
    name: str = "texts"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.texts):
            raise InputError("there are no texts: there is nothing to audit")
        if self.texts.fields != self.domain.fields:
            raise InputError(
                f"the texts have the fields {self.texts.fields}, the domain {self.domain.fields}"
            )
        if not self.ids:
            object.__setattr__(self, "ids", tuple(str(i) for i in range(len(self.texts))))
        if len(self.ids) != len(self.texts):
            raise InputError(f"{len(self.ids)} ids for {len(self.texts)} texts")
        check_items(self.ids, self.columns)

    def __len__(self) -> int:
        return len(self.texts)

    def read(self, start: int, stop: int) -> Texts:
        """Items ``start .. stop - 1``."""
        return self.texts[start:stop]


def control_characters(part: str) -> int:
    """How many control characters a text holds, but for tabs and ends of lines."""
    return len(_CONTROL.findall(part))
