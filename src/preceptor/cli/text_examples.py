"""A few telling texts in the terminal, with what changed in them."""

from typing import Final

from preceptor.audit import Record
from preceptor.cli.console import out
from preceptor.core.domains import is_text
from preceptor.core.text_diff import diff_line
from preceptor.report import telling

FEW: Final = 6


def print_texts(record: Record) -> None:
    """The most telling texts of a record; nothing where inputs are numbers."""
    if not is_text(record.facts["source"]["domain"]):
        return
    kinds: set[tuple[str, int | None]] = set()
    for example in telling(record):
        kind = example.kind.value, example.attack
        if kind in kinds or len(kinds) == FEW:
            continue
        kinds.add(kind)
        attack = "no attack"
        sheet = 0
        if example.attack is not None:
            attack, sheet = record.attacks[example.attack]["name"], example.attack + 1
        clean, moved = (record.texts(k, [example.item]).parts[0] for k in (0, sheet))
        lines = [diff_line(old, new) for old, new in zip(clean, moved, strict=True)]
        out.print(
            f"{example.kind.value}, {record.ids[example.item]}, {attack}: {' | '.join(lines)}",
            markup=False,
            highlight=False,
        )
