"""A finished suite: what all runs say together."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.core.plain import read_fields
from preceptor.core.saved import Arrays, Format
from preceptor.outcome import Spread
from preceptor.paper.claim import Chart, Facts, Picture, Scale
from preceptor.paper.declaration import Declared
from preceptor.paper.opponent import Opponent, entered
from preceptor.paper.scene import Scene
from preceptor.paper.verdict_rule import Check, Part, State, Verdict, VerdictRule

SCHEMA: Final = "preceptor-paper/1"

FORMAT: Final = Format(
    what="suite of claims",
    schema=SCHEMA,
    file="",
    hint="Give a file that `preceptor paper` wrote.",
    nan=True,
)
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Run:
    """One seed of one claim.

    Attributes:
        seed: of everything drawn.
        numbers: by name.
        seconds: of the processor.
        environment: commit and versions with which it was run, see
            :func:`preceptor.core.environment`.
    """

    seed: int
    numbers: Mapping[str, float | None]
    seconds: float
    environment: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class ClaimResult:
    """All seeds of one claim. Verdict and intervals are computed from the runs.

    Attributes:
        facts: of the claim.
        settings: of every run.
        runs: in the order of the seeds.
        charts: what to draw.
        pictures: what to look at.
        scenes: the same, of two features.
        entered: opponents whom a user entered.
        declared: where rule, settings, seeds and opponents stood written before the runs; ``None``
            if they did not.
    """

    facts: Facts
    settings: Mapping[str, Any]
    runs: tuple[Run, ...]
    charts: tuple[Chart, ...]
    pictures: tuple[Picture, ...]
    scenes: tuple[Scene, ...] = ()
    entered: tuple[Opponent, ...] = ()
    declared: Declared | None = None

    @property
    def rule(self) -> VerdictRule:
        """The claim's, with the opponents that were entered. One of which there is no number to
        compare, since it never reached the target, does not count.
        """
        rule, duel = self.facts.rule, self.facts.duel
        if duel is None or not self.entered:
            return rule
        spreads = self.spreads
        reached = [one.name for one in self.entered if duel.ahead(one.name).names(spreads)]
        return entered(rule, duel, reached)

    @property
    def opponents(self) -> tuple[Opponent, ...]:
        """The claim's, and those that were entered."""
        return (*self.facts.opponents, *self.entered)

    @property
    def spreads(self) -> dict[str, Spread | None]:
        """Every number over the seeds; ``None`` where one seed has none."""
        found: dict[str, Spread | None] = {}
        for name in dict.fromkeys(name for run in self.runs for name in run.numbers):
            values = [run.numbers.get(name) for run in self.runs]
            known = [value for value in values if value is not None]
            found[name] = Spread.of(known, LEVEL) if len(known) == len(values) else None
        return found

    @property
    def verdict(self) -> Verdict:
        """By the rule."""
        return self.rule.verdict(self.spreads)

    def checks(self) -> list[tuple[Part, Check, str, Spread | None, State]]:
        """Of which part of the rule, the check, a number that it speaks of, the number, its state."""
        spreads = self.spreads
        return [
            (what, check, name, spreads.get(name), check.one(spreads.get(name)))
            for what, checks in self.rule.parts.items()
            for check in checks
            for name in check.names(spreads) or [check.measure]
        ]

    def describe(self) -> dict[str, Any]:
        """Plain data. Verdict and spreads stand there for the reader; they are computed anew."""
        return {
            "facts": self.facts.describe(),
            "verdict": self.verdict,
            "settings": dict(self.settings),
            "spreads": {
                name: None if one is None else one.describe() for name, one in self.spreads.items()
            },
            "runs": [asdict(run) for run in self.runs],
            "charts": [asdict(chart) for chart in self.charts],
            "pictures": [asdict(picture) for picture in self.pictures],
            "scenes": [asdict(scene) for scene in self.scenes],
            "entered": [asdict(one) for one in self.entered],
            "declared": None if self.declared is None else asdict(self.declared),
        }


@dataclass(frozen=True, eq=False)
class Suite:
    """All claims that were tried.

    Attributes:
        scale: how much was run.
        findings: one for each claim.
        environment: where the last of it was run.
        remarks: on the machine's load and the like, by whoever ran it.
    """

    scale: Scale
    findings: tuple[ClaimResult, ...]
    environment: Mapping[str, Any]
    remarks: str = ""

    @property
    def commits(self) -> list[str]:
        """With which the runs were made, each once."""
        said = [run.environment.get("commit") for one in self.findings for run in one.runs]
        return list(dict.fromkeys(str(commit) for commit in said if commit))

    @property
    def seconds(self) -> float:
        """Of the processor, over all runs."""
        return sum(run.seconds for one in self.findings for run in one.runs)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "schema": SCHEMA,
            "scale": self.scale,
            "remarks": self.remarks,
            "environment": dict(self.environment),
            "commits": self.commits,
            "level": LEVEL,
            "claims": [one.describe() for one in self.findings],
        }

    def save(self, path: str | Path) -> Path:
        """Write it as JSON, whole or not at all; returns the path."""
        return FORMAT.write(path, self.describe())

    @classmethod
    def load(cls, path: str | Path) -> "Suite":
        """From JSON.

        Raises:
            InputError: no such file, or no suite in it.
        """
        return FORMAT.load(path, cls._of)

    @classmethod
    def _of(cls, _: Path, said: dict[str, Any], __: Arrays) -> "Suite":
        findings = tuple(read_fields(ClaimResult, one) for one in said["claims"])
        return cls(said["scale"], findings, said["environment"], said["remarks"])
