"""Who and what takes part in an audit: models and tables, one or several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preceptor.api.data import Data, label_names
from preceptor.api.recorded_tables import (
    is_recorded,
    parse,
    read_named,
    read_people,
    read_tables,
    sampled,
)
from preceptor.api.suite import read_attacks
from preceptor.audit import Finding, check_column
from preceptor.core import (
    AnyAttack,
    AnySource,
    AnyStudent,
    AnyTeacher,
    Ballots,
    Described,
    InputError,
)
from preceptor.students import RecordedStudent
from preceptor.teachers import RecordedVotes

if TYPE_CHECKING:
    from preceptor.api.auditing import AuditOptions


@dataclass(frozen=True, eq=False)
class Crowd:
    """Who takes part.

    Attributes:
        source: the items.
        data: what ``--data`` named, if it named anything.
        teacher: one that needs no inputs; ``None`` where ``--data`` has them.
        students: those whose predictions lie in tables; empty where they are models.
        attacks: on the items; none on those of tables.
        remarks: what is doubtful about the tables.
    """

    source: AnySource
    data: Data | None
    teacher: AnyTeacher | None
    students: tuple[RecordedStudent, ...]
    attacks: tuple[AnyAttack, ...]
    remarks: tuple[Finding, ...]

    def inputs(self) -> Data:
        """What ``--data`` named.

        Raises:
            InputError: nothing.
        """
        if self.data is None:
            raise InputError("no --data given: only predictions and votes in tables need no inputs")
        return self.data

    def check(self, by: Sequence[str], until: object) -> None:
        """See that the tables can be split, before anything is asked.

        Raises:
            InputError: they cannot.
        """
        if by and until is not None:
            raise InputError(
                "--by: an audit that stops by a rule is not split, since what was asked depends on "
                "the answers; leave --until out, or audit each group by itself"
            )
        columns = self.source.columns if isinstance(self.source, Described) else {}
        for column in by:
            check_column(columns, column)

    def labels(self, classes: Sequence[str], many: int) -> tuple[str, ...]:
        """The names of so many labels; empty to use numbers."""
        if self.data is not None:
            return label_names(classes, self.data, many)
        return () if len(classes) == 1 and classes[0].isdigit() else tuple(classes)

    def people(
        self, who: AnyTeacher, given: str | Path | Ballots | None, classes: Sequence[str]
    ) -> Ballots | None:
        """The single people whose votes were named, or are the teacher's."""
        if isinstance(given, Ballots):
            return given
        if given is not None:
            file = None if self.data is None else self.data.file
            return read_people(str(given), self.source, file, classes)
        return who.ballots(self.source) if isinstance(who, RecordedVotes) else None


def gather(asked: "AuditOptions", data: Data | None, classes: Sequence[str], drawn: int) -> Crowd:
    """Read what tables hold; models and other teachers are read by whoever needs them.

    Args:
        asked: what the audit is to do.
        data: the inputs, if there are any.
        classes: names of the labels, or their number as the only one.
        drawn: seed of the sample of items.

    Raises:
        InputError: tables beside models, an attack on a table, or no inputs where some are needed.
    """
    recorded = [str(one) for one in asked.students if is_recorded(one)]
    teacher = str(asked.teacher) if isinstance(asked.teacher, str | Path) else None
    if not recorded:
        if data is None:
            raise InputError(
                "no --data given: a model has to be asked about inputs. Name them, or a problem; "
                "only predictions.csv with votes:FILE.csv or truth:FILE.csv need none."
            )
        moved_alone = asked.moved and not asked.attacks
        attacks = () if moved_alone else read_attacks(asked.attacks, data)
        return Crowd(data.source, data, None, (), attacks, data.remarks)
    if len(recorded) < len(asked.students):
        raise InputError(
            f"{recorded[0]} is a table of predictions, and another student is a model. Audit the "
            "model by itself with --attack none, then set the two records side by side: "
            "preceptor report A B"
        )
    if asked.moved or any(attack != "none" for attack in asked.attacks):
        raise InputError(
            f"{recorded[0]} is a table of predictions, which knows nothing of moved inputs: leave "
            "--attack and --moved out, or give the model itself"
        )
    given = None if data is None else data.source
    people = None if asked.people is None else str(asked.people)
    tables = read_tables(recorded, teacher, people, classes, given)
    source = tables.source
    if data is None and asked.items is not None:
        source = sampled(source, asked.items, drawn)
    named = None if teacher is None else parse(teacher)
    who = None
    if named is not None and data is None:
        who = read_named(named, source, None, classes)
    made = tuple(RecordedStudent(one, source) for one in tables.predictions)
    return Crowd(source, data, who, made, (), tables.remarks)


def folders(out: Path, students: Sequence[AnyStudent]) -> list[Path]:
    """Where each student's record goes: into ``out``, or of several into a folder of each there."""
    if len(students) == 1:
        return [out]
    names = [re.sub(r"[^\w.+-]+", "-", one.name).strip("-.") or "student" for one in students]
    found: list[str] = []
    for name in names:
        taken = {other.lower() for other in found}
        number = next(
            n for n in range(1, len(names) + 1) if _numbered(name, n).lower() not in taken
        )
        found.append(_numbered(name, number))
    return [out / name for name in found]


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
