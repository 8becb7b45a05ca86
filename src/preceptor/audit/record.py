"""The record: the versioned result of an audit, as JSON with arrays beside it.

A folder holds ``record.json`` (facts and a summary for readers), ``arrays.npz`` (what was said of
every input) and ``inputs/`` (the clean and the moved inputs: ``*.npy``, or
``*.utf8`` with an index). Verdicts and rates are computed
from the arrays whenever they are needed; the summary in the JSON repeats them for other programs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.input_rows import read_saved
from preceptor.audit.people import arrays_of, ballots_of
from preceptor.core import (
    AnySource,
    Ballots,
    Described,
    Domain,
    Finding,
    InputError,
    Inputs,
    Texts,
)
from preceptor.core.saved import Arrays, Facts, Format, digest_of, facts_of
from preceptor.core.view import View, Viewed
from preceptor.outcome import Outcome, Sheet

SCHEMA: Final = "preceptor/record/1"

FORMAT: Final = Format(
    what="record",
    schema=SCHEMA,
    file="record.json",
    hint="Give the folder that `preceptor audit --out` named.",
    arrays="arrays.npz",
)

_COLUMN = "columns/"
"""How the names begin under which a record's columns are saved."""


@dataclass(frozen=True, eq=False)
class SheetAnswers:
    """What was said of the clean inputs, or of the inputs that one attack moved.

    Attributes:
        sheet: the answers of both.
        sure: ``Float[items]``, the student's softmax probability of its top class.
        votes: ``Int64[items, members]`` for a panel, else ``None``; meaningless where not asked.
        distances: ``Float[items, measures]`` from the clean input: l_0, l_1, l_2, l_inf as sizes of
            the domain; of texts, characters, words and the share of words.
        failed: ``Bool[items]``, where the attack failed.
    """

    sheet: Sheet
    sure: Tensor
    votes: Tensor | None
    distances: Tensor
    failed: Tensor

    def arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays to be saved, each ``[items, ...]``; no ``votes`` or ``sets`` where there are none."""
        found = {
            "student": self.sheet.student,
            "teacher": self.sheet.teacher,
            "asked": self.sheet.asked,
            "cost": self.sheet.cost,
            "sure": self.sure,
            "votes": self.votes,
            "distances": self.distances,
            "failed": self.failed,
            "sets": self.sheet.sets,
        }
        return {name: value.numpy() for name, value in found.items() if value is not None}

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "SheetAnswers":
        """The same from the arrays that :meth:`arrays` gave."""
        t = {name: torch.from_numpy(value) for name, value in arrays.items()}
        sheet = Sheet(t["student"], t["teacher"], t["asked"], t["cost"], t.get("sets"))
        return cls(sheet, t["sure"], t.get("votes"), t["distances"], t["failed"])


@dataclass(frozen=True, eq=False, repr=False)
class Record(Viewed):
    """The result of an audit.

    Attributes:
        folder: where its files lie.
        facts: what is the same whenever the same audit is run: ``student``, ``teacher``,
            ``source``, ``plan``, ``questions``, ``findings``, ``failures``.
        run: what is not: when, how long, on what, how many of the answers were new.
        ids: of the items.
        clean: what was said of the clean inputs.
        moved: and of each attack's, in the order of ``facts["plan"]["attacks"]``.
        columns: what else is known of each item: a cell for each, by the column's name.
        ballots: what single people said of the clean inputs, where they are told apart.
    """

    folder: Path
    facts: Facts
    run: Facts
    ids: tuple[str, ...]
    clean: SheetAnswers
    moved: tuple[SheetAnswers, ...] = field(default=())
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ballots: Ballots | None = None

    @property
    def attacks(self) -> list[Facts]:
        """The attacks as the plan describes them: name, family, size, goal, settings."""
        attacks: list[Facts] = self.facts["plan"]["attacks"]
        return attacks

    @property
    def level(self) -> float:
        """Of the confidence intervals."""
        return float(self.facts["plan"]["level"])

    @property
    def findings(self) -> list[Facts]:
        """What makes the numbers doubtful, and whether the teacher was ever checked against people.

        The latter is no fact of the audit: it is what the ledger knew when it was run, or what a
        calibration has found since.
        """
        check, proofs = self.run.get("check"), self.run.get("certified", {})
        heard = self.run.get("heard", {}).get("findings", [])
        known = [*heard, *([check] if check else []), *proofs.get("findings", [])]
        return [*self.facts["findings"], *known]

    def checked(self, finding: Finding) -> "Record":
        """The same, saved, with what is known of its teacher against people.

        Raises:
            InputError: another record lies in its folder by now.
        """
        found = replace(self, run={**self.run, "check": finding.describe()})
        FORMAT.amend(self.folder, {"run": found.run}, self.digest)
        return found

    def heard(self, said: Sequence[Facts], findings: Sequence[Finding]) -> "Record":
        """The same, saved, with what services among its teachers said, beside their answers.

        Args:
            said: of each service, plain data: how often it was uncertain and why, which model answered.
            findings: what should be known of them.

        Raises:
            InputError: another record lies in its folder by now.
        """
        told = {"services": list(said), "findings": [one.describe() for one in findings]}
        found = replace(self, run={**self.run, "heard": told})
        FORMAT.amend(self.folder, {"run": found.run}, self.digest)
        return found

    @property
    def outcomes(self) -> list[Outcome]:
        """Clean and moved sheets, an outcome for each attack."""
        return [
            Outcome(attack["name"], self.clean.sheet, said.sheet)
            for attack, said in zip(self.attacks, self.moved, strict=True)
        ]

    @property
    def digest(self) -> str:
        """A hash of everything but ``run``: the same audit has the same digest."""
        return digest_of(self.facts, self._arrays(), first="\x1f".join(self.ids))

    def view(self) -> View:
        """The headline, and a row for each attack."""
        from preceptor.audit.record_view import view_of

        return view_of(self)

    def to_dict(
        self, *, fail_under: float | None = None, by: str | Sequence[str] = ()
    ) -> dict[str, Any]:
        """Plain data: what ``preceptor audit --json`` prints, with its schema.

        Args:
            fail_under: a threshold, for ``outcome``.
            by: columns of the items by which to split the rates.

        Raises:
            InputError: no such column, or a threshold that is no share.
        """
        from preceptor.audit.record_view import data_of

        return data_of(self, fail_under, (by,) if isinstance(by, str) else tuple(by))

    def to_pandas(self, what: str = "rates") -> Any:
        """A ``pandas.DataFrame``.

        Args:
            what: ``"rates"``, a row for each attack; or ``"items"``, a row for each item under each
                attack, with what student and teacher said, the verdict, and the item's columns.

        Raises:
            InputError: pandas is not installed, or there is no such table.
        """
        from preceptor.audit.record_view import frame_of

        return frame_of(self, what)

    def plot(self, axes: Any = None) -> Any:
        """Accuracy under each attack with its interval, the conventional one as a ring.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.audit.record_view import plot_of

        return plot_of(self, axes)

    def inputs(self, sheet: int, rows: list[int]) -> np.ndarray:
        """``Float32[rows, *shape]``: inputs of the clean sheet (0) or of attack ``sheet - 1``.

        Raises:
            InputError: they are texts.
        """
        found = self.batch(sheet, rows)
        if isinstance(found, Texts):
            raise InputError("the inputs of this record are texts: read them with record.texts()")
        array: np.ndarray = found.numpy()
        return array

    def texts(self, sheet: int, rows: list[int]) -> Texts:
        """Texts of the clean sheet (0) or of attack ``sheet - 1``.

        Raises:
            InputError: the inputs are no texts.
        """
        found = self.batch(sheet, rows)
        if not isinstance(found, Texts):
            raise InputError(
                "the inputs of this record are numbers: read them with record.inputs()"
            )
        return found

    def batch(self, sheet: int, rows: list[int]) -> Inputs:
        """Inputs of either kind, of the clean sheet (0) or of attack ``sheet - 1``.

        Raises:
            InputError: the audit was told not to keep them.
            FileNotFoundError: they are not beside the record.
        """
        stem = "clean" if sheet == 0 else f"moved-{sheet - 1}"
        try:
            return read_saved(self.folder, stem, rows, self.facts["source"]["domain"])
        except FileNotFoundError as error:
            if "kept_inputs" not in self.run:
                raise
            raise InputError(
                f"{self.folder} does not hold these inputs (it was made with --keep-inputs "
                f"{self.run['kept_inputs']}), and they are needed here. Run the audit again with "
                "--keep-inputs all: nothing is asked twice"
            ) from error

    @property
    def measures(self) -> tuple[str, ...]:
        """What ``distances`` holds, in order."""
        return tuple(self.facts["source"]["domain"].get("measures", Domain.measures))

    def _arrays(self) -> dict[str, np.ndarray]:
        sheets = [("clean", self.clean)] + [(f"moved-{i}", s) for i, s in enumerate(self.moved)]
        found = {
            f"{stem}/{name}": array
            for stem, said in sheets
            for name, array in said.arrays().items()
        }
        for name, cells in self.columns.items():
            found[f"{_COLUMN}{name}"] = np.array(cells, dtype=np.str_)
        return {**found, **arrays_of(self.ballots)}

    def save(self, summary: Facts) -> Path:
        """Write ``record.json`` and ``arrays.npz``, each whole or not at all.

        Returns the path of ``record.json``.
        """
        said = {"digest": self.digest, "summary": summary, **self.facts, "run": self.run}
        return FORMAT.write(self.folder, said, {"ids": np.array(self.ids), **self._arrays()})

    @classmethod
    def load(cls, path: str | Path) -> "Record":
        """Read a record from its folder or its ``record.json``.

        Raises:
            InputError: no record there, one of another schema, or one whose parts do not fit.
        """
        return FORMAT.load(path, cls._of, digest=lambda record: record.digest)

    @classmethod
    def _of(cls, folder: Path, read: Facts, arrays: Arrays) -> "Record":
        facts = facts_of(read)
        stems = ["clean", *(f"moved-{i}" for i in range(len(facts["plan"]["attacks"])))]
        said = [
            SheetAnswers.of(
                {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{stem}/")}
            )
            for stem in stems
        ]
        ids = tuple(str(item) for item in arrays["ids"])
        columns = {
            name.removeprefix(_COLUMN): tuple(str(cell) for cell in cells)
            for name, cells in arrays.items()
            if name.startswith(_COLUMN)
        }
        moved, people = tuple(said[1:]), ballots_of(arrays, facts)
        return cls(folder, facts, read["run"], ids, said[0], moved, columns, people)


def columns_of(source: AnySource, rows: Sequence[int] | None = None) -> dict[str, tuple[str, ...]]:
    """What a source knows of its items, or of some of them, besides their inputs."""
    if not isinstance(source, Described):
        return {}
    chosen = range(len(source)) if rows is None else rows
    return {name: tuple(cells[row] for row in chosen) for name, cells in source.columns.items()}
