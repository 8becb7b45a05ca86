"""The second stage of an audit: the questions, all known beforehand, are put to the teacher.

Questions with the same content are one question. They are asked in a random order, so that what
is asked when the budget ends, or somebody interrupts, is a random sample. Answers that were known
before are used also where the budget does not reach; then it is no such sample, and the record says
so.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from preceptor.asking import Questions
from preceptor.asking.keys import PackedKeys
from preceptor.audit.audit_plan import Plan
from preceptor.audit.run_attacks import SheetFiles
from preceptor.core import AnyTeacher, Inputs, Relates, generator
from preceptor.core.inputs import join


@dataclass(frozen=True, eq=False)
class Sheets:
    """Which inputs the teacher is to be asked about, and in which order.

    Attributes:
        stages: the sheets.
        sheet: ``[questions]``, 0 for the clean sheet, ``k`` for the ``k``-th attack's.
        row: ``[questions]``, the item.
        same_as: ``[sheets, items]``, the question that settles each input; -1 if none does.
        questions: the same, to be put.
    """

    stages: list[SheetFiles]
    sheet: np.ndarray
    row: np.ndarray
    same_as: np.ndarray
    questions: Questions

    def __len__(self) -> int:
        return len(self.row)

    def relate(self, teacher: AnyTeacher) -> None:
        """Tell a teacher whom it concerns which questions are versions of one item."""
        if isinstance(teacher, Relates):
            clean = PackedKeys(self.stages[0].keys.all())
            teacher.relate(list(self.questions.keys), [clean[row] for row in self.row.tolist()])

    @classmethod
    def of(cls, stages: list[SheetFiles], plan: Plan) -> "Sheets":
        """All the questions of a plan, before the first is asked."""
        n = stages[0].student.shape[0]
        packed = np.concatenate([stage.keys.all() for stage in stages])
        flat = packed.view("S32").reshape(-1)
        wanted = np.concatenate([_wanted(stages, sheet, plan) for sheet in range(len(stages))])
        asked = np.flatnonzero(wanted)
        unique, first = np.unique(flat[asked], return_index=True)
        # the order hangs on where a question came up, not on how it is hashed
        came = np.argsort(np.argsort(first))
        order = generator(plan.seed, "ask").permutation(len(unique))
        rank = np.empty(len(unique), dtype=np.int64)
        rank[order] = np.arange(len(unique))
        place = np.searchsorted(unique, flat).clip(max=len(unique) - 1)  # clean ones are in it
        same_as = np.where(unique[place] == flat, rank[came[place]], -1)
        same_as[
            np.concatenate([stage.failed.all() for stage in stages])
        ] = -1  # clean ones stand in
        where = asked[np.sort(first)][order]
        sheet, row = where // n, where % n

        def fetch(rows: NDArray[np.int64]) -> Inputs:
            return _fetch(stages, sheet[rows], row[rows])

        todo = Questions(PackedKeys(packed[where]), fetch)
        return cls(stages, sheet, row, same_as.reshape(len(stages), n), todo)


def _wanted(stages: list[SheetFiles], sheet: int, plan: Plan) -> NDArray[np.bool_]:
    stage = stages[sheet]
    wanted: NDArray[np.bool_] = np.logical_not(stage.failed.all())
    # where nothing moved, the clean input is the same question anyhow
    if sheet and plan.ask == "flips" and plan.moves[sheet - 1].goal == "flip":
        wanted &= stage.student.all() != stages[0].student.all()
    return wanted


def _fetch(stages: list[SheetFiles], sheets: np.ndarray, rows: np.ndarray) -> Inputs:
    """The inputs of some questions, at least one, in their order."""
    groups = [np.flatnonzero(sheets == sheet) for sheet in np.unique(sheets)]
    together = join([stages[sheets[some[0]]].inputs.take(rows[some]) for some in groups])
    return together[torch.from_numpy(np.argsort(np.concatenate(groups)))]
