"""Stand-ins: what teachers that are not people said of a record's inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preceptor.audit import Record, SheetAnswers
from preceptor.core import MISSING, UNCERTAIN, InputError, Inputs
from preceptor.core.inputs import same_rows

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
Array = NDArray[np.float64]

CLEAN = "no attack"


@dataclass(frozen=True, eq=False)
class StandIn:
    """What one stand-in said, sheet by sheet: of the clean inputs, and of each attack's.

    Attributes:
        name: of the teacher.
        version: of the teacher.
        classes: how many labels it has.
        certainty: when it is certain, in a sentence.
        labels: ``Int64[sheets, items]``, ``UNCERTAIN`` where it is uncertain.
        asked: ``Bool[sheets, items]``, where it has answered.
        top: ``Int64[sheets, items]``, the label of most of its votes, whatever its rule makes of it;
            ``None`` without votes.
        scores: ``Float[sheets, items]``, the share of its votes for that label, those of members that
            could not tell counted among all; ``None`` without votes.
        members: ``Int64[sheets, items, members]``, their own answers; ``None`` without votes.
        sets: ``Bool[sheets, items, classes]``, the acceptable labels; ``None`` where no answer is
            partial. A partial answer is not certain, and is compared with no other.
    """

    name: str
    version: str
    classes: int
    certainty: str
    labels: Codes
    asked: Mask
    top: Codes | None
    scores: Array | None
    members: Codes | None
    sets: Mask | None = None

    @classmethod
    def of(cls, record: Record) -> "StandIn":
        """The teacher of a record."""
        facts = record.facts["teacher"]
        sheets = [record.clean, *record.moved]
        labels = np.stack([one.sheet.teacher.numpy() for one in sheets])
        asked = np.stack([one.sheet.asked.numpy() for one in sheets])
        votes = _votes(sheets)
        top = scores = None
        if votes is not None:
            top, scores = _tops(votes, int(facts["classes"]))
        return cls(
            facts["name"],
            facts["version"],
            int(facts["classes"]),
            facts["certainty"],
            np.where(asked, labels, UNCERTAIN),
            asked,
            top,
            scores,
            votes,
            _sets(sheets, int(facts["classes"])),
        )

    @property
    def certain(self) -> Mask:
        """``Bool[sheets, items]``: where it gave a label."""
        found: Mask = self.asked & (self.labels != UNCERTAIN)
        return found


def _sets(sheets: Sequence[SheetAnswers], classes: int) -> Mask | None:
    if all(one.sheet.sets is None for one in sheets):
        return None
    return np.stack([one.sheet.acceptable(classes).numpy() for one in sheets])


def _votes(sheets: Sequence[SheetAnswers]) -> Codes | None:
    """``Int64[sheets, items, members]``, if every sheet has them, of as many members."""
    found = [None if one.votes is None else one.votes.numpy() for one in sheets]
    there = [votes for votes in found if votes is not None]
    if len(there) < len(found) or len({votes.shape[1] for votes in there}) != 1:
        return None
    return np.stack(there).astype(np.int64)


def _tops(votes: Codes, classes: int) -> tuple[Codes, Array]:
    """The label of most votes, and its share."""
    counts = np.stack([(votes == label).sum(-1) for label in range(classes)], -1)
    given = (votes != MISSING).sum(-1)
    return counts.argmax(-1), counts.max(-1) / np.maximum(given, 1)


def stand_ins(records: Sequence[Record]) -> tuple[StandIn, ...]:
    """The teachers of several records of the same inputs.

    Raises:
        InputError: no record, one teacher twice, or records of other items, attacks or inputs.
    """
    if not records:
        raise InputError("no record: give what audit(...) returned, or an audit's folder")
    first, found = records[0], tuple(StandIn.of(record) for record in records)
    for record in records[1:]:
        for what, one, other in (
            ("items", first.ids, record.ids),
            ("attacks", _names(first), _names(record)),
            ("student", first.facts["student"]["identity"], record.facts["student"]["identity"]),
        ):
            if one != other:
                raise InputError(
                    f"{first.folder} and {record.folder} differ in their {what}; several stand-ins "
                    "are checked at once on audits that differ in the teacher alone"
                )
        for sheet in range(1 + len(first.moved)):
            rows = range(len(first.ids))
            if not bool(
                same_rows(inputs_of(first, sheet, rows), inputs_of(record, sheet, rows)).all()
            ):
                raise InputError(
                    f"{first.folder} and {record.folder} hold other inputs under "
                    f"{sheet_names(first)[sheet]}; audit both with the same student, data and seed"
                )
    names = [(one.name, one.version) for one in found]
    if len(set(names)) < len(names):
        raise InputError(f"the same teacher in two records: {', '.join(name for name, _ in names)}")
    return found


def inputs_of(record: Record, sheet: int, rows: Sequence[int]) -> Inputs:
    """Inputs of a record: clean ones (0), or those of attack ``sheet - 1``.

    Raises:
        InputError: they are not beside it.
    """
    try:
        return record.batch(sheet, list(rows))
    except (OSError, ValueError, IndexError) as error:
        raise InputError(
            f"{record.folder} lacks inputs of its record ({error}); run the audit again: it goes on "
            "from the answers that the ledger keeps"
        ) from error


def sheet_names(record: Record) -> tuple[str, ...]:
    """``no attack``, then the attacks' names."""
    return (CLEAN, *_names(record))


def _names(record: Record) -> tuple[str, ...]:
    return tuple(str(attack["name"]) for attack in record.attacks)
