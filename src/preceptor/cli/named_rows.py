"""Rows of numbers whose names are never broken: a name with no room beside them has a line of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from preceptor.audit.plain_attacks import PlainAttack
from preceptor.cli.console import out

GAP = "  "


@dataclass(frozen=True)
class NamedRow:
    """One line of a table.

    Attributes:
        name: of the line.
        cells: a text for each column.
        apart: whether a rule comes before it.
    """

    name: PlainAttack
    cells: tuple[str, ...]
    apart: bool = False


def print_rows(heads: Sequence[str], rows: Sequence[NamedRow], gap: str = GAP) -> None:
    """Print a table: the first head is that of the names, every other column stands to the right."""
    tops = [head.split("\n") for head in heads]
    table = [row.cells for row in rows]
    widths = [
        max(len(text) for text in (*tops[k + 1], *(cells[k] for cells in table)))
        for k in range(len(heads) - 1)
    ]
    numbers = sum(widths) + len(gap) * len(widths)
    room = max(0, out.width - numbers)
    longest = max(len(_whole(row.name)) for row in rows)
    names = min(room, max(longest, *map(len, tops[0]))) if longest <= room else room
    depth = max(map(len, tops))
    for line in range(depth):
        cells = [_at(top, line - depth) for top in tops]
        start = cells[0][:names].ljust(names)
        _print(Text(start + _right(cells[1:], widths, gap), style="bold"))
    _rule(names + numbers)
    for row in rows:
        if row.apart:
            _rule(names + numbers)
        whole, right = _whole(row.name), _right(row.cells, widths, gap)
        if len(whole) <= names:
            _print(_styled(row.name, names) + Text(right))
            continue
        fits = len(whole) <= out.width
        out.print(_styled(row.name, 0) if fits else row.name.label, highlight=False, markup=False)
        spec = "" if fits else f"{GAP}{row.name.spec}"
        if len(spec) > names:
            out.print(Text(spec, style="dim"), highlight=False)
            spec = ""
        _print(Text(spec.ljust(names), style="dim") + Text(right, style="not dim"))


def _whole(name: PlainAttack) -> str:
    return f"{name.label}  {name.spec}" if name.spec else name.label


def _styled(name: PlainAttack, width: int) -> Text:
    whole = _whole(name).ljust(width)
    text = Text(whole)
    if name.spec:
        text.stylize("dim", len(name.label))
    return text


def _at(top: Sequence[str], line: int) -> str:
    """The line of a head, counted from its last."""
    return top[line] if -line <= len(top) else ""


def _right(cells: Sequence[str], widths: Sequence[int], gap: str) -> str:
    return "".join(gap + cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _rule(width: int) -> None:
    line = "\u2500" if "utf" in out.encoding.lower() else "-"
    _print(Text(line * width, style="dim"))


def _print(text: Text) -> None:
    text.rstrip()
    out.print(text, highlight=False, soft_wrap=True)
