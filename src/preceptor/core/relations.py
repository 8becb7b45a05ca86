"""Relations between the columns of a table: ``a <= b``, sums, and groups of which one is 1."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor

from preceptor.core.errors import InputError

Sign = Literal["<=", "<", "==", "one of"]

_SIGNS: Final = re.compile(r"\s*(<=|>=|==|<|>|=)\s*")
_TURNED: Final = {">=": "<=", ">": "<", "=": "=="}

CLOSE: Final = 1e-6
"""A sum may differ from its total by this share of what is added: float32 has no more digits."""

_INSIDE: Final = 1 - 1e-6
"""How far of the way to a border a row may go: rounding must not take it over."""


@dataclass(frozen=True)
class Relation:
    """What holds between some columns of every row.

    A row in which one of them is missing breaks no relation.

    Attributes:
        sign: ``<=``, ``<`` or ``==`` between two sums; or ``one of``, exactly one of them is 1.
        left: the columns that are added on the left, or the group.
        right: those on the right; none for a group.

    Raises:
        InputError: a column stands twice, or a side is empty.
    """

    sign: Sign
    left: tuple[str, ...]
    right: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = self.columns
        group = self.sign == "one of"
        if len(set(names)) != len(names) or not self.left or group == bool(self.right):
            raise InputError(
                f"relation {self.text!r}: write 'a <= b', 'a < b', 'a + b == c' or 'one of a, b, c', "
                "each with the names of columns, none of them twice"
            )
        if group and len(self.left) < 2:
            raise InputError(f"relation {self.text!r}: a group has at least two columns")

    @property
    def columns(self) -> tuple[str, ...]:
        """All that take part."""
        return (*self.left, *self.right)

    @property
    def text(self) -> str:
        """As it is written."""
        if self.sign == "one of":
            return f"one of {', '.join(self.left)}"
        return f"{' + '.join(self.left)} {self.sign} {' + '.join(self.right)}"

    @classmethod
    def parse(cls, text: str) -> "Relation":
        """From ``a <= b``, ``a < b``, ``a + b == c`` (or turned round) or ``one of a, b, c``.

        Raises:
            InputError: none of these.
        """
        if text.startswith("one of "):
            return cls("one of", _split(text.removeprefix("one of "), ","))
        parts = _SIGNS.split(text)
        if len(parts) != 3:
            raise InputError(
                f"relation {text!r}: write 'a <= b', 'a < b', 'a + b == c' or 'one of a, b, c'"
            )
        left, sign, right = _split(parts[0], "+"), parts[1], _split(parts[2], "+")
        if sign in (">=", ">"):
            left, right = right, left
        return cls(_TURNED.get(sign, sign), left, right)  # type: ignore[arg-type]

    def holds(self, values: Tensor, signs: Tensor) -> Tensor:
        """``Bool[batch]``: where it holds.

        Args:
            values: ``Float64[batch, k]``, of its columns in order.
            signs: ``Float64[k]``: 1 on the left, -1 on the right.
        """
        if self.sign == "one of":
            return ((values == 0) | (values == 1)).all(1) & (values.sum(1) == 1)
        excess = (values * signs).sum(1)
        if self.sign == "==":
            return excess.abs() <= CLOSE * values.abs().sum(1)
        return excess < 0 if self.sign == "<" else excess <= 0

    def mended(self, values: Tensor, clean: Tensor, signs: Tensor) -> Tensor:
        """Values that keep it, each between its clean value and what it had become.

        What breaks the relation is drawn back towards the clean row, in equal parts: a shift that
        lies in a ball around the clean row stays in it. A group becomes the clean one.

        Args:
            values: ``Float64[batch, k]``.
            clean: ``Float64[batch, k]``, for which it holds.
            signs: ``Float64[k]``.
        """
        broken = ~self.holds(values, signs)
        if self.sign == "one of":
            return torch.where(broken[:, None], clean, values)
        pull = (values - clean) * signs
        up, down = pull.clamp_min(0).sum(1), -pull.clamp_max(0).sum(1)
        room = down if self.sign == "==" else down - (clean * signs).sum(1)
        back = (room / up.clamp_min(1e-300)).clamp(0, 1)
        if self.sign != "==":
            back = back * _INSIDE
        shares = torch.where(pull > 0, back[:, None], 1.0)
        if self.sign == "==":
            rest = (up / down.clamp_min(1e-300)).clamp(0, 1)
            shares = torch.where(pull < 0, rest[:, None], shares)
        return torch.where(broken[:, None], clean + shares * (values - clean), values)


def _split(text: str, mark: str) -> tuple[str, ...]:
    pattern = r"\s\+\s" if mark == "+" else mark
    return tuple(part.strip() for part in re.split(pattern, text))


def tied(relations: Sequence[Relation]) -> list[tuple[str, ...]]:
    """Columns that hang together through relations, each set once."""
    sets: list[set[str]] = []
    for relation in relations:
        mine = set(relation.columns)
        apart = []
        for other in sets:
            if other & mine:
                mine |= other
            else:
                apart.append(other)
        sets = [*apart, mine]
    return [tuple(sorted(one)) for one in sets]


def check_columns(relations: Iterable[Relation], kinds: Mapping[str, str]) -> None:
    """See that relations name columns of numbers, and groups booleans.

    Raises:
        InputError: they do not.
    """
    for relation in relations:
        for name in relation.columns:
            if name not in kinds:
                raise InputError(
                    f"relation {relation.text!r}: there is no column {name!r}; the columns are "
                    f"{', '.join(list(kinds)[:20])}"
                )
            wanted = ("boolean",) if relation.sign == "one of" else ("number", "whole", "boolean")
            if kinds[name] not in wanted:
                raise InputError(
                    f"relation {relation.text!r}: {name!r} is a {kinds[name]}; expected "
                    f"{' or '.join(wanted)}"
                )
