"""Several students' records on the same plan, side by side: whose answers are better, how surely.

Every comparison is paired by item. What a difference is, and its interval, is said in
:mod:`preceptor.outcome.paired`; that of the least rates is the main one.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.matching import Match, match
from preceptor.audit.pairwise_differences import Pair, pairs
from preceptor.audit.prefix import Prefix
from preceptor.audit.record import Record, SheetAnswers
from preceptor.audit.summary import Row, Summary, row_verdicts, summarise
from preceptor.core import InputError, Texts
from preceptor.core.view import View, Viewed


@dataclass(frozen=True, eq=False)
class StudentResult:
    """One student among several.

    Attributes:
        name: of the student, unique among the sides.
        record: what was said of the items and attacks that all sides share, in the same order for
            all. Its inputs are read by :meth:`inputs`, since the files hold the whole record's.
        whole: the record as it was saved.
        summary: of ``record``.
        rows: ``Int64[items]``, in which row of ``whole`` each item stands.
        attacks: which attack of ``whole`` each attack is.
    """

    name: str
    record: Record
    whole: Record
    summary: Summary
    rows: np.ndarray
    attacks: tuple[int, ...]

    def inputs(self, sheet: int, items: Sequence[int]) -> np.ndarray:
        """``Float32[rows, *shape]``: of the clean sheet (0) or of shared attack ``sheet - 1``."""
        return self.whole.inputs(*self._place(sheet, items))

    def texts(self, sheet: int, items: Sequence[int]) -> Texts:
        """The same where inputs are texts."""
        return self.whole.texts(*self._place(sheet, items))

    def _place(self, sheet: int, items: Sequence[int]) -> tuple[int, list[int]]:
        file = 0 if sheet == 0 else self.attacks[sheet - 1] + 1
        return file, self.rows[np.asarray(items, dtype=np.int64)].tolist()

    @property
    def verdicts(self) -> list[Tensor]:
        """``Int64[items]`` for each row of the summary."""
        return row_verdicts(self.record)

    @property
    def headline(self) -> Row:
        """The row of the student's least rate; where asking stopped, of the worst case, by which
        stopped records are compared.
        """
        return self.summary.worst if self.summary.stopped else self.summary.headline

    @property
    def interval(self) -> tuple[float, float]:
        """Of the headline: of the least rate, or of the worst case."""
        summary = self.summary
        return self.headline.relative.interval if summary.stopped else summary.least.interval


@dataclass(frozen=True, eq=False, repr=False)
class StudentComparison(Viewed):
    """Several students, lined up.

    Attributes:
        sides: the students, in the order given.
        pairs: every two of them, each once, in order.
        ids: of the items.
        items_left_out: items that some record lacks.
        attacks_left_out: attacks that some record lacks, or has with other settings.
        prefix: where some record stopped by a rule, what it shares with the others; then only the
            clean inputs and the worst case are compared, since of single attacks only a part was
            asked, chosen by what was answered.
    """

    sides: tuple[StudentResult, ...]
    pairs: tuple[Pair, ...]
    ids: tuple[str, ...]
    items_left_out: int
    attacks_left_out: tuple[str, ...]
    prefix: Prefix | None = None

    @property
    def level(self) -> float:
        """Of the intervals."""
        return self.sides[0].record.level

    @property
    def ranking(self) -> tuple[int, ...]:
        """The students by headline accuracy, best first; where unknown, by what it is at least."""

        def height(i: int) -> tuple[float, float]:
            rate = self.sides[i].headline.relative
            return rate.bounds[0] if rate.value is None else rate.value, rate.bounds[0]

        return tuple(sorted(range(len(self.sides)), key=height, reverse=True))

    def pair(self, first: int, second: int) -> Pair:
        """These two students, in this order: turned round if they stand the other way.

        Raises:
            InputError: there is no such pair.
        """
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair
            if (pair.first, pair.second) == (second, first):
                return pair.turned()
        raise InputError(
            f"no two students {first} and {second} among {len(self.sides)} (counted from 0)"
        )

    def view(self) -> View:
        """Who is better, and a row for each attack."""
        from preceptor.audit.sides_view import view_of

        return view_of(self)

    def to_dict(self, *, by: str | Sequence[str] = ()) -> dict[str, Any]:
        """Plain data: what ``preceptor report A B --json`` prints.

        Args:
            by: columns of the items by which to split the rates.

        Raises:
            InputError: no such column.
        """
        from preceptor.audit.sides_view import data_of

        return data_of(self, (by,) if isinstance(by, str) else tuple(by))

    def to_pandas(self, what: str = "rates") -> Any:
        """A ``pandas.DataFrame``.

        Args:
            what: ``"rates"``, a row for each student under each attack; or ``"differences"``, a
                row for every two students under each attack.

        Raises:
            InputError: pandas is not installed, or there is no such table.
        """
        from preceptor.audit.sides_view import frame_of

        return frame_of(self, what)

    def plot(self, axes: Any = None) -> Any:
        """Accuracy of each student under each attack, with intervals.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.audit.sides_view import plot_of

        return plot_of(self, axes)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "students": [
                {
                    "name": side.name,
                    "record": str(side.whole.folder),
                    "digest": side.whole.digest,
                    **side.summary.describe(),
                }
                for side in self.sides
            ],
            "ranking": [self.sides[i].name for i in self.ranking],
            "pairs": [
                {
                    "first": self.sides[pair.first].name,
                    "second": self.sides[pair.second].name,
                    "differences": [contrast.describe() for contrast in pair.contrasts],
                }
                for pair in self.pairs
            ],
            "items": len(self.ids),
            "items_left_out": self.items_left_out,
            "any_time": self.prefix is not None,
            "attacks_left_out": list(self.attacks_left_out),
        }


def side_by_side(records: Sequence[Record], *, shared: bool = False) -> StudentComparison:
    """Line up the records of several students and compare every two of them.

    Each two students are compared under every row of their summaries. P-values are adjusted by
    Holm's method in two families: the headline (the least rates; or the only attack) over all pairs
    of students; and all other rows over all pairs. So at most once in ``1 / (1 - level)`` pages
    is a student called better at all, in either family, where none is.

    Where some record stopped by a rule, the items until the first stop are compared, by bets that
    hold at any time (:mod:`preceptor.sequential.apart`), clean and in the worst case alone.

    Args:
        records: two or more, made with the same teacher (and version), source, seed and level.
        shared: compare on the items and attacks that all records have; without it, records that
            cover different ones are refused.

    Raises:
        InputError: the records do not match; says all that differs.
    """
    names = _names(records)
    matched = match(records, names, shared=shared)
    sides = tuple(_side(record, names[i], matched, i) for i, record in enumerate(records))
    return StudentComparison(
        sides,
        pairs([s.summary for s in sides], [s.verdicts for s in sides], matched.prefix),
        matched.ids,
        matched.items_left_out,
        matched.attacks_left_out,
        matched.prefix,
    )


def _names(records: Sequence[Record]) -> list[str]:
    """The students' names; where they repeat, with the record's folder, then with a number. The name
    of a folder that ``pr.audit`` made up for the session says nothing to a reader.
    """
    names = [str(record.facts["student"]["name"]) for record in records]
    folders = [f"{name}{_place(r.folder)}" for name, r in zip(names, records, strict=True)]
    times = Counter(names)
    names = [f if times[n] > 1 else n for n, f in zip(names, folders, strict=True)]
    times = Counter(names)
    return [f"{n} #{i + 1}" if times[n] > 1 else n for i, n in enumerate(names)]


def _place(folder: Path) -> str:
    made_up = folder.name.startswith("preceptor-") and folder.parent == Path(tempfile.gettempdir())
    return "" if made_up else f" ({folder.name})"


def _side(record: Record, name: str, matched: Match, i: int) -> StudentResult:
    rows, attacks = matched.rows[i], matched.attacks[i]
    place = torch.from_numpy(rows)
    plan = {**record.facts["plan"], "attacks": [record.attacks[k] for k in attacks]}
    facts = {**record.facts, "plan": plan}
    if matched.prefix is not None:
        plan["until"] = matched.prefix.until
        facts["stopping"] = matched.prefix.stopping
    narrow = replace(
        record,
        facts=facts,
        ids=matched.ids,
        clean=take_said(record.clean, place),
        moved=tuple(take_said(record.moved[k], place) for k in attacks),
        columns={name: tuple(cells[i] for i in rows) for name, cells in record.columns.items()},
        ballots=None if record.ballots is None else record.ballots.take(place, len(record.ids)),
    )
    return StudentResult(name, narrow, record, summarise(narrow), rows, attacks)


def take_said(said: SheetAnswers, rows: Tensor) -> SheetAnswers:
    """What was said of some items, by index ``Int64[rows]``."""
    sheet = type(said.sheet)(
        said.sheet.student[rows],
        said.sheet.teacher[rows],
        said.sheet.asked[rows],
        said.sheet.cost[rows],
    )
    votes = None if said.votes is None else said.votes[rows]
    return SheetAnswers(sheet, said.sure[rows], votes, said.distances[rows], said.failed[rows])
