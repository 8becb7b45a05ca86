"""Items in the order in which they are asked, attacked only as far as they are needed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.asking.keys import PackedKeys
from preceptor.audit.audit_plan import Plan
from preceptor.audit.audit_progress import Watcher
from preceptor.audit.input_rows import save_rows
from preceptor.audit.run_attacks import SheetFiles, move, recall, stems
from preceptor.audit.sanity import Finding
from preceptor.core import AnySource, AnyStudent, Inputs
from preceptor.core.domains import AnyDomain
from preceptor.core.inputs import join

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SubsetSource:
    """Some of a source's items, in an order of their own. A source.

    Attributes:
        source: where they come from.
        rows: ``Int64[items]``, which ones.
        ids: theirs.
    """

    source: AnySource
    rows: Codes
    ids: tuple[str, ...]

    @classmethod
    def of(cls, source: AnySource, rows: Codes) -> "SubsetSource":
        """The items with these numbers."""
        ids = source.ids
        return cls(source, rows, tuple(ids[row] for row in rows.tolist()))

    @property
    def name(self) -> str:
        """The source's own."""
        return self.source.name

    @property
    def domain(self) -> AnyDomain:
        """The source's own."""
        domain: AnyDomain = self.source.domain
        return domain

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, start: int, stop: int) -> Inputs:
        """Items ``start .. stop - 1`` of the chosen ones."""
        return join([self.source.read(row, row + 1) for row in self.rows[start:stop].tolist()])


class OrderedItems:
    """The items of a stopped audit. What an attack makes of one depends on no other.

    Args:
        student: the classifier under audit.
        source: all the items.
        plan: the attacks.
        rows: the items in the order in which they are attacked.
        stages: the files, rows in that order.
        watch: told how far it is.
    """

    def __init__(
        self,
        student: AnyStudent,
        source: AnySource,
        plan: Plan,
        rows: Codes,
        stages: list[SheetFiles],
        watch: Watcher,
    ) -> None:
        self.source, self.rows, self.stages = source, rows, stages
        self.place = np.arange(len(rows))
        """Where the files hold the first item to be asked, the second, ..."""
        self.findings: list[Finding] = []
        self._student, self._watch, self._moved = student, watch, 0
        given = tuple(replace(one, inputs=one.take(rows), ids=()) for one in plan.given)
        self._plan = replace(plan, given=given)

    def attack(self, items: int) -> None:
        """Have at least so many attacked; whole batches, so that a re-run finds them."""
        if items <= self._moved:
            return
        batch = self._plan.batch
        self._moved = min(len(self.rows), -(-items // batch) * batch)
        some = SubsetSource.of(self.source, self.rows[: self._moved])
        found = move(self._student, some, self._plan, self.stages, self._watch)
        self.findings = self.findings or found

    def inputs(self, sheet: int, items: Codes) -> Inputs:
        """The inputs of some items to be asked, by their place in the order."""
        return self.stages[sheet].inputs.take(self.place[items])

    def keys(self, sheet: int, items: Codes) -> list[str]:
        """Their keys as questions, see ``preceptor.asking``."""
        return list(PackedKeys(self.stages[sheet].keys.take(self.place[items])))

    def failed(self, sheet: int, items: Codes) -> NDArray[np.bool_]:
        """``[items]``, where the attack failed."""
        return self.stages[sheet].failed.take(self.place[items])

    def student(self, sheet: int, items: Codes) -> Tensor:
        """``Int64[items]``, the student's answers."""
        return torch.from_numpy(self.stages[sheet].student.take(self.place[items]))

    def save(self, folder: Path, items: int, batch: int) -> None:
        """Write the inputs of the first items, in the order in which they were asked."""
        folder.mkdir(parents=True, exist_ok=True)
        for stem, stage in zip(stems(self._plan), self.stages, strict=True):
            save_rows(folder / stem, stage.inputs, self.place[:items], batch)


@contextmanager
def queued(
    student: AnyStudent, source: AnySource, plan: Plan, rows: Codes, folder: Path, watch: Watcher
) -> Iterator[OrderedItems]:
    """A queue with its files open, closed whatever happens."""
    with ExitStack() as stack:
        stages = []
        for stem in stems(plan):
            work = folder / "work" / stem
            stage = SheetFiles.open(work, work / "inputs", source)
            stack.callback(stage.close)
            stages.append(stage)
        recall(student, SubsetSource.of(source, rows), plan, stages)
        yield OrderedItems(student, source, plan, rows, stages, watch)
