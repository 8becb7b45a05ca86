"""The explanation: what was found, saved beside the record as JSON with arrays."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from preceptor.core.plain import read_fields
from preceptor.core.saved import Arrays, Facts, Format
from preceptor.core.view import View, Viewed
from preceptor.explain.effects import Effect, Levels
from preceptor.explain.recommend import Recommendation
from preceptor.explain.siblings import SiblingAnswers
from preceptor.outcome import Rate

SCHEMA: Final = "preceptor-explanation/1"

FORMAT: Final = Format(
    what="explanation",
    schema=SCHEMA,
    file="explanation.json",
    hint="Make one with `preceptor explain`.",
    arrays="explanation.npz",
)


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Viewed):
    """Why a student and its teacher part, as far as was measured.

    Attributes:
        folder: of the record, where the files lie.
        facts: what is the same whenever the same explanation is made: ``record`` (its digest),
            ``student``, ``teacher``, ``plan`` and ``questions``.
        run: what is not: when, how long, on what.
        error: the share of the record's clean items on which the student is not right.
        bar: what the lower end of a share must exceed for its factor to stand out.
        effects: one for each factor, in the order in which they were given.
        spreads: one for each set of inputs on which siblings were compared; may be empty.
        siblings: their names.
        recommendations: at least one.
        masks: ``Bool[factors, *shape]``, where each factor lies; false everywhere for those
            without a place.
        mean: ``Float32[*shape]``, the mean of the items: what the map is drawn over.
    """

    folder: Path
    facts: Facts
    run: Facts
    error: Rate
    bar: float
    effects: tuple[Effect, ...]
    spreads: tuple[SiblingAnswers, ...]
    siblings: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]
    masks: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)

    def view(self) -> View:
        """What would help, and the factors that stand out."""
        from preceptor.explain.explanation_view import view_of

        return view_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``preceptor explain --json`` prints, with its schema."""
        page = self.folder / "report.html"
        return {"report": str(page) if page.exists() else None, **self.describe()}

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame``, a row for each factor and each of the two whom it may move.

        Raises:
            InputError: pandas is not installed.
        """
        from preceptor.explain.explanation_view import frame_of

        return frame_of(self)

    def plot(self, axes: Any = None) -> Any:
        """The factors that move student or teacher alone, with intervals.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.explain.explanation_view import plot_of

        return plot_of(self, axes)

    def describe(self) -> dict[str, Any]:
        """Plain data: what ``explanation.json`` holds."""
        return {
            "schema": SCHEMA,
            **self.facts,
            "error": self.error.describe(),
            "bar": self.bar,
            "factors": [effect.describe() for effect in self.effects],
            "siblings": {
                "names": list(self.siblings),
                "spreads": [spread.describe() for spread in self.spreads],
            },
            "recommendations": [one.describe() for one in self.recommendations],
            "run": self.run,
        }

    def save(self) -> Path:
        """Write ``explanation.json`` and ``explanation.npz``, each whole or not at all.

        Returns the path of ``explanation.json``.
        """
        arrays = {"masks": self.masks, "mean": self.mean}
        return FORMAT.write(self.folder, self.describe(), arrays)

    @classmethod
    def load(cls, folder: str | Path) -> "Explanation":
        """Read the explanation that lies beside a record.

        Raises:
            InputError: there is none, or one that cannot be read.
        """
        return FORMAT.load(folder, cls._of)

    @classmethod
    def _of(cls, folder: Path, said: Facts, arrays: Arrays) -> "Explanation":
        plan = said["plan"]
        levels = Levels(plan["level"], len(said["factors"]), plan["shares_asked"])
        return cls(
            folder=folder,
            facts={
                name: said[name] for name in ("record", "student", "teacher", "plan", "questions")
            },
            run=said["run"],
            error=Rate.read(said["error"]),
            bar=said["bar"],
            effects=tuple(Effect.read(one, levels) for one in said["factors"]),
            spreads=tuple(SiblingAnswers.read(one) for one in said["siblings"]["spreads"]),
            siblings=tuple(said["siblings"]["names"]),
            recommendations=tuple(
                read_fields(Recommendation, one) for one in said["recommendations"]
            ),
            masks=arrays["masks"],
            mean=arrays["mean"],
        )
