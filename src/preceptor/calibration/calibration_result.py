"""The calibration: what is known of a stand-in against people, and people's own numbers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from preceptor.calibration.following import PeopleRate
from preceptor.calibration.stand_in_agreement import Agreement
from preceptor.calibration.vote_thresholds import Threshold, preferred
from preceptor.core.plain import read_fields
from preceptor.core.saved import Arrays, Facts, Format
from preceptor.core.view import View, Viewed

SCHEMA: Final = "preceptor-calibration/1"

FORMAT: Final = Format(
    what="calibration",
    schema=SCHEMA,
    file="calibration.json",
    hint="Make one with `preceptor calibrate`.",
)


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Viewed):
    """What people say of a stand-in and of an audit.

    Attributes:
        folder: of the record, where it lies.
        facts: what is the same whenever the same calibration is made: ``record`` (its digest),
            ``student``, ``stand_ins``, ``people``, ``plan``, ``questions``, ``remarks``.
        run: what is not: when, how long, on what.
        agreements: one for each stand-in.
        rates: people's own number for each rate of the audit.
        thresholds: of the first stand-in, if it has votes.
    """

    folder: Path
    facts: Facts
    run: Facts
    agreements: tuple[Agreement, ...]
    rates: tuple[PeopleRate, ...]
    thresholds: tuple[Threshold, ...] = field(default=())

    @property
    def level(self) -> float:
        """Of each interval."""
        return float(self.facts["plan"]["level"])

    @property
    def threshold(self) -> Threshold | None:
        """From which share of its votes on people would call the stand-in certain."""
        return preferred(self.thresholds)

    @property
    def headline(self) -> PeopleRate | None:
        """People's number for the rate that decides the audit, or the lowest of those checked."""
        name = self.facts["plan"]["decides"]
        return next((r for r in self.rates if (r.name, r.kind) == (name, "accuracy")), None)

    def rate(self, name: str, kind: str = "accuracy") -> PeopleRate:
        """People's number for a row of the audit.

        Args:
            name: of an attack; ``no attack``; ``all attacks``.
            kind: ``accuracy``, ``conventional`` or ``void share``.

        Raises:
            KeyError: people were not asked about it.
        """
        for one in self.rates:
            if (one.name, one.kind) == (name, kind):
                return one
        raise KeyError(f"{kind} of {name!r}; there are {[(r.name, r.kind) for r in self.rates]}")

    def view(self) -> View:
        """What people say of the stand-in, and their number for each rate."""
        from preceptor.calibration.calibration_view import view_of

        return view_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``preceptor calibrate --json`` prints, with its schema."""
        return {"folder": str(self.folder), **self.describe()}

    def to_pandas(self, what: str = "rates") -> Any:
        """A ``pandas.DataFrame``.

        Args:
            what: ``"rates"``, people's number for each rate; ``"agreement"``, a row for each share of
                agreement; ``"thresholds"``.

        Raises:
            InputError: pandas is not installed, or there is no such table.
        """
        from preceptor.calibration.calibration_view import frame_of

        return frame_of(self, what)

    def plot(self, axes: Any = None) -> Any:
        """People's number for each accuracy beside the stand-in's.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.calibration.calibration_view import plot_of

        return plot_of(self, axes)

    def describe(self) -> dict[str, Any]:
        """Plain data: what ``calibration.json`` holds."""
        best = self.threshold
        return {
            "schema": SCHEMA,
            **self.facts,
            "agreements": [one.describe() for one in self.agreements],
            "rates": [one.describe() for one in self.rates],
            "thresholds": [one.describe() for one in self.thresholds],
            "threshold": None if best is None else best.describe(),
            "run": self.run,
        }

    def save(self) -> Path:
        """Write ``calibration.json``, whole or not at all; returns its path."""
        return FORMAT.write(self.folder, self.describe())

    @classmethod
    def load(cls, folder: str | Path) -> "Calibration":
        """Read the calibration that lies beside a record.

        Raises:
            InputError: there is none, or one that cannot be read.
        """
        return FORMAT.load(folder, cls._of)

    @classmethod
    def _of(cls, folder: Path, said: Facts, _: Arrays) -> "Calibration":
        names = ("record", "student", "stand_ins", "people", "plan", "questions", "remarks")
        return cls(
            folder,
            {name: said[name] for name in names},
            said["run"],
            tuple(read_fields(Agreement, one) for one in said["agreements"]),
            tuple(read_fields(PeopleRate, one) for one in said["rates"]),
            tuple(read_fields(Threshold, one) for one in said["thresholds"]),
        )
