"""Witnesses of a search as lines of a terminal: ``income 21,080 -> 30,000``, never ``feature 2``."""

from typing import Final

import torch
from torch import Tensor

from preceptor.core import Texts
from preceptor.core.show_hook import ShowHook, ShownInput, show_first
from preceptor.core.shown_rows import shown_row
from preceptor.core.text_diff import diff_line
from preceptor.outcome import wording
from preceptor.search import SearchResult, shown_texts

MOST: Final = 5
"""So many witnesses are printed; the report lists the rest."""

CELLS: Final = 6
"""So many cells of one row, those that changed most first."""


def witness_lines(result: SearchResult, show: ShowHook | None = None) -> list[str]:
    """The first witnesses, each in a line: what changed from the nearest item of the data.

    Texts, and rows; of pictures there are no lines. With ``show`` what the function makes of them: named rows and
    text; where it fails, our own line with the fault behind it.
    """
    if show is None:
        return shown_texts(result, MOST) or _rows(result)
    plain = shown_texts(result, MOST) or _rows(result)
    lines, domain = [], result.facts["source"]["domain"]
    for cluster, row in enumerate(result.firsts.tolist()[:MOST]):
        pair = (result.nearest[_at(cluster)], result.asked.inputs[_at(row)])
        old, new = (show_first(show, domain, one) for one in pair)
        fault = old.fault or new.fault
        if fault:
            lines += (
                [f"{plain[cluster]} ({fault})"] if plain else [f"{_said(result, row)}: {fault}"]
            )
        elif line := _changed(old, new):
            lines.append(f"{_said(result, row)}: {line}")
    return lines


def _at(place: int) -> Tensor:
    return torch.tensor([place])


def _said(result: SearchResult, row: int) -> str:
    classes = [str(name) for name in result.facts["source"]["classes"]]
    teacher, student = (
        wording.name_of(int(said[row]), classes)
        for said in (result.asked.teacher, result.asked.student)
    )
    return f"teacher {teacher}, student {student}"


def _changed(old: ShownInput, new: ShownInput) -> str:
    """Empty for pictures and HTML, of which a terminal shows nothing."""
    if new.rows:
        before = dict(old.rows)
        changed = [
            f"{name} {before[name]} -> {text}" if name in before else f"{name} {text}"
            for name, text in new.rows
            if before.get(name) != text
        ]
        return _few(changed) or _few([f"{name} {text}" for name, text in new.rows])
    return diff_line(old.text, new.text) if new.text else ""


def _rows(result: SearchResult) -> list[str]:
    domain, asked = result.facts["source"]["domain"], result.asked
    if isinstance(asked.inputs, Texts) or isinstance(result.nearest, Texts):
        return []
    if domain.get("kind") != "table" and len(domain["shape"]) != 1:
        return []
    lines = []
    for cluster, row in enumerate(result.firsts.tolist()[:MOST]):
        here, near = asked.inputs[row].numpy(), result.nearest[cluster].numpy()
        cells = sorted(shown_row(domain, here, near), key=lambda cell: -cell.size)
        changed = [
            f"{cell.name} {cell.before} -> {cell.text}" for cell in cells if cell.before is not None
        ]
        line = _few(changed) or _few([f"{cell.name} {cell.text}" for cell in cells])
        lines.append(f"{_said(result, row)}: {line}")
    return lines


def _few(cells: list[str]) -> str:
    more = f", and {len(cells) - CELLS} more" if len(cells) > CELLS else ""
    return ", ".join(cells[:CELLS]) + more
