"""The inputs on which siblings are compared: the record's, and what lies beyond the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.audit import Record
from preceptor.core import AnySource, AnyStudent, InputError, Inputs, TextDomain, generator
from preceptor.core.domains import AnyDomain
from preceptor.core.inputs import join
from preceptor.explain.explain_progress import ExplainProgress, Watcher
from preceptor.explain.measure import decide
from preceptor.explain.prepare import clean
from preceptor.explain.siblings import SiblingAnswers, spread


@dataclass(frozen=True, eq=False)
class AnsweredInputs:
    """Inputs with what the teacher says of them.

    Attributes:
        name: of the set.
        chosen: whether attacks on the student made them.
        inputs: ``Float32[inputs, *shape]``, or texts.
        items: of which item each is a version.
        teacher: ``Int64[inputs]``.
        asked: ``Bool[inputs]``.
    """

    name: str
    chosen: bool
    inputs: Inputs
    items: list[str]
    teacher: Int64[Tensor, " inputs"]
    asked: Bool[Tensor, " inputs"]


def recorded(record: Record) -> list[AnsweredInputs]:
    """The record's clean inputs, and all its moved ones together."""
    rows = list(range(len(record.ids)))
    sheet = record.clean.sheet
    sets = [
        AnsweredInputs(
            "the clean inputs",
            False,
            clean(record, rows),
            list(record.ids),
            sheet.teacher,
            sheet.asked,
        )
    ]
    if record.moved:
        sheets = [said.sheet for said in record.moved]
        sets.append(
            AnsweredInputs(
                "the moved inputs",
                True,
                join([clean(record, rows, i + 1) for i in range(len(sheets))]),
                list(record.ids) * len(sheets),
                torch.cat([sheet.teacher for sheet in sheets]),
                torch.cat([sheet.asked for sheet in sheets]),
            )
        )
    return sets


def draw(
    beyond: Sequence[AnySource], budget: int, domain: AnyDomain, seed: int
) -> list[AnsweredInputs]:
    """A random sample of each source, as large as an even share of the budget; not asked yet.

    Raises:
        InputError: inputs of another shape, or outside the domain, or names that repeat.
    """
    if len({source.name for source in beyond}) < len(beyond):
        raise InputError("the sources beyond the data need different names")
    sets = []
    for source in beyond:
        if _form(source.domain) != _form(domain):
            raise InputError(
                f"source {source.name!r} has inputs of shape {_form(source.domain)}; the record's "
                f"have {_form(domain)}"
            )
        order = generator(seed, "explain beyond", source.name).permutation(len(source))
        rows = sorted(order[: budget // len(beyond)].tolist())
        parts = [source.read(row, row + 1) for row in rows]
        inputs: Inputs = join([source.read(0, 0), *parts])
        anywhere: Any = domain
        if bool(anywhere.outside(inputs).any()):
            raise InputError(
                f"source {source.name!r} has inputs outside the record's domain; give valid inputs"
            )
        nothing = torch.zeros(len(rows), dtype=torch.int64)
        ids = [source.ids[row] for row in rows]
        sets.append(AnsweredInputs(source.name, False, inputs, ids, nothing, nothing.bool()))
    return sets


def _form(domain: AnyDomain) -> tuple[object, ...]:
    """What makes two domains hold inputs of one form."""
    return ("texts", *domain.fields) if isinstance(domain, TextDomain) else domain.shape


def compare(
    student: AnyStudent,
    siblings: tuple[AnyStudent, ...],
    sets: list[AnsweredInputs],
    *,
    level: float,
    seed: int,
    batch: int,
    watch: Watcher,
) -> tuple[SiblingAnswers, ...]:
    """Split the student's errors on each set. All intervals hold together at ``level``."""
    each = 1 - (1 - level) / max(1, 3 * len(sets))
    said: list[list[Tensor]] = [[] for _ in sets]
    for i, one in enumerate((student, *siblings)):
        for found, inputs in zip(said, sets, strict=True):
            found.append(decide(one, inputs.inputs, batch))
        watch(ExplainProgress("siblings", i, len(siblings), one.name))
    return tuple(
        spread(
            inputs.name,
            found[0],
            torch.stack(found[1:]),
            inputs.teacher,
            inputs.asked,
            inputs.items,
            chosen=inputs.chosen,
            level=each,
            seed=seed,
        )
        for inputs, found in zip(sets, said, strict=True)
    )
