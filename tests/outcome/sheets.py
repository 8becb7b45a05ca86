"""Sheets and pairs of sheets, drawn at random or listed exhaustively."""

from itertools import product

import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.core import ABSTAINED, BROKEN, UNCERTAIN
from preceptor.outcome import Outcome, Sheet, Verdict

SEEDED = settings(deadline=None, derandomize=True)

STUDENT = (0, 1, 2, ABSTAINED, BROKEN)
TEACHER = (0, 1, 2, UNCERTAIN)


def sheet_of(student: list[int], teacher: list[int], asked: list[bool]) -> Sheet:
    return Sheet(
        torch.tensor(student, dtype=torch.int64),
        torch.tensor(teacher, dtype=torch.int64),
        torch.tensor(asked, dtype=torch.bool),
        torch.zeros(len(student)),
    )


def every_input() -> list[tuple[int, int, bool]]:
    """All that can be said of one input."""
    return list(product(STUDENT, TEACHER, (True, False)))


def every_pair() -> Outcome:
    """All that can be said of a clean and a moved input together, one pair for each item."""
    pairs = list(product(every_input(), every_input()))
    clean, moved = zip(*pairs, strict=True)
    sheets = [
        sheet_of([s for s, _, _ in rows], [t for _, t, _ in rows], [a for _, _, a in rows])
        for rows in (clean, moved)
    ]
    return Outcome("every pair", *sheets)


def inputs(asked: st.SearchStrategy[bool] | None = None) -> st.SearchStrategy[tuple]:
    return st.tuples(
        st.sampled_from(STUDENT),
        st.sampled_from(TEACHER),
        st.booleans() if asked is None else asked,
    )


@st.composite
def tables(draw: st.DrawFn, *, full: bool = False, sheets: int | None = None) -> list[Sheet]:
    """Several sheets of the same items, the clean one first."""
    asked = st.just(True) if full else None
    count = draw(st.integers(1, 4)) if sheets is None else sheets
    items = draw(st.integers(1, 12))
    found = []
    for _ in range(count):
        rows = draw(st.lists(inputs(asked), min_size=items, max_size=items))
        found.append(sheet_of(*(list(column) for column in zip(*rows, strict=True))))
    return found


def hidden(sheet: Sheet, keep: Tensor) -> Sheet:
    """The same with some answers not asked for; what stands in their place is nonsense."""
    teacher = torch.where(keep, sheet.teacher, 77)
    return Sheet(sheet.student, teacher, sheet.asked & keep, sheet.cost)


def verdicts() -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from([int(v) for v in Verdict]), min_size=1, max_size=8)
