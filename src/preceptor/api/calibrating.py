"""The calibration: what command line and front door both call."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from preceptor import report as reports
from preceptor.api.checking import keep_checks
from preceptor.api.data import Data
from preceptor.api.given_teacher import as_teacher, keep
from preceptor.api.places import Kept, file_of, is_temporary, opened
from preceptor.api.progress_bars import bars
from preceptor.api.words import names_of, share, whole_number
from preceptor.audit import Record
from preceptor.calibration import BUDGET, Calibration, Draw, calibrate, draw_for, inputs_of
from preceptor.core import (
    AnySource,
    AnyTeacher,
    ArraySource,
    Domain,
    IdSource,
    InputError,
    Inputs,
    Teacher,
    TextDomain,
    Texts,
    TextSource,
    UnansweredError,
)
from preceptor.core.atomic_write import atomic_write
from preceptor.explain.prepare import domain_of
from preceptor.teachers import RecordedVotes, Truth

Records = Record | str | Path | Sequence[Record | str | Path]
"""What ``audit(...)`` returned, an audit's folder, or several of one student."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrateOptions:
    """What is to be checked: the options of :func:`preceptor.calibrate`, not yet understood.

    Attributes:
        before: told the people, the questions and how many are known, before the first is asked.
    """

    record: Records
    people: object = None
    budget: int = BUDGET
    attacks: Sequence[str] = ()
    ledger: Kept | None = None
    classes: object = None
    level: float | None = None
    seed: int = 0
    timeout: float | None = None
    progress: bool | None = None
    before: Callable[[Teacher, int, int], None] | None = None

    def check(self) -> None:
        """See that numbers are numbers, and names names.

        Raises:
            InputError: one is not.
        """
        for name, least in (("budget", 1), ("seed", 0)):
            whole_number(name, getattr(self, name), least)
        if self.level is not None:
            share("level", self.level)
        listed = isinstance(self.attacks, list | tuple)
        if not listed or not all(isinstance(one, str) for one in self.attacks):
            raise InputError(
                f"--attack {self.attacks!r}: expected names of the audit's attacks, or all"
            )


def read_records(given: object) -> tuple[Record, ...]:
    """One record or several.

    Raises:
        InputError: none.
    """
    found = []
    for one in given if isinstance(given, list | tuple) else [given]:
        if not isinstance(one, Record | str | Path):
            raise InputError(
                f"the record is a {type(one).__name__}; expected what audit(...) returned, an "
                "audit's folder, or a list of these"
            )
        found.append(one if isinstance(one, Record) else Record.load(one))
    return tuple(found)


def run_calibration(asked: CalibrateOptions) -> tuple[Calibration, Teacher]:
    """Ask people about few inputs of an audit; keeps what they said, and tells record and report.

    Raises:
        InputError: something handed in cannot be used.
    """
    asked.check()
    records = read_records(asked.record)
    who = _people(asked, records[0])

    def before(draw: Draw, known: int) -> None:
        if asked.before is not None:
            asked.before(who, len(draw.keys), known)

    with opened(asked.ledger) as book, bars(asked.progress) as show:

        def watch(done: int, total: int) -> None:
            show("ask", f"asking {who.name}", done, total)

        purpose = f"calibrate {records[0].digest[:24]}"
        found = calibrate(
            records,
            keep(book, who, None, purpose, asked.timeout),
            budget=asked.budget,
            attacks=tuple(asked.attacks),
            covered=_coverage(who),
            level=asked.level,
            seed=asked.seed,
            journal=book.journal,
            watch=watch,
            before=before,
        )
        for record in keep_checks(book, records, found):
            if not is_temporary(record.folder):
                reports.write(record)
    return found.calibration, who


def _people(asked: CalibrateOptions, record: Record) -> Teacher:
    """Whoever was named with --people."""
    given = asked.people
    if given is None:
        raise InputError(
            "no --people given: name who says what the stand-in should have said: human:STUDY for "
            "people at the desk, or votes:FILE.csv,INPUTS.npz for votes gathered elsewhere"
        )
    if (
        isinstance(given, str | Path)
        and str(given).lower().endswith(".csv")
        and ":" not in str(given)
    ):
        given = f"votes:{given}"
    said = [str(name) for name in record.facts["source"]["classes"]]
    names = names_of(asked.classes) or said or [str(record.facts["teacher"]["classes"])]
    source = _source(record)
    data = Data(source, None, len(source), np.arange(len(source)), named=True)
    return as_teacher(given, data, names, file_of(asked.ledger))


def _source(record: Record) -> AnySource:
    """The clean items of a record."""
    if record.facts["source"].get("only_ids"):
        return IdSource(record.ids)
    inputs = inputs_of(record, 0, range(len(record.ids)))
    name = str(record.facts["source"]["name"])
    if isinstance(inputs, Texts):
        return TextSource(inputs, TextDomain(fields=inputs.fields), record.ids, name)
    domain = domain_of(record)
    assert isinstance(domain, Domain)  # noqa: S101 - its inputs are numbers
    return ArraySource(inputs, domain, record.ids, name)


def _coverage(who: AnyTeacher) -> Callable[[Inputs], Tensor] | None:
    """Which inputs a table can ever say something of; ``None`` for people who can be asked."""
    if not isinstance(who, RecordedVotes | Truth):
        return None

    def covers(inputs: Inputs) -> Tensor:
        try:
            who(inputs)
        except UnansweredError as error:
            return (
                torch.zeros(len(inputs), dtype=torch.bool)
                if error.answered is None
                else (error.answered)
            )
        return torch.ones(len(inputs), dtype=torch.bool)

    return covers


def write_questions(asked: CalibrateOptions, file: Path) -> int:
    """Write the inputs that people would be asked about, for votes elsewhere; returns how many.

    Their ids say the item, and what moved it.

    Raises:
        InputError: records that do not belong together, another suffix, or an option that makes no
            sense.
    """
    asked.check()
    records = read_records(asked.record)
    draw = draw_for(records, asked.budget, tuple(asked.attacks), asked.seed)
    found = draw.questions.fetch(np.arange(len(draw.keys)))
    suffix = ".csv" if isinstance(found, Texts) else ".npz"
    if file.suffix != suffix:
        raise InputError(f"--questions {file}: expected a {suffix} file")
    if isinstance(found, Texts):
        with atomic_write(file) as fresh, fresh.open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(["id", *(found.fields or ("text",))])
            for one, row in zip(draw.ids, found.rows, strict=True):
                lines.writerow([one, *([row] if isinstance(row, str) else row)])
        return len(draw.keys)
    inputs = found.numpy()
    with atomic_write(file) as fresh, fresh.open("wb") as open_:
        np.savez_compressed(open_, inputs=inputs, ids=np.array(draw.ids, dtype=np.str_))
    return len(draw.keys)
