"""The result of a search, as JSON with arrays beside it.

A folder holds ``search.json`` (facts for readers) and ``search.npz`` (every input that was asked
about and what was said of it). Rates are computed from the arrays whenever they are needed; the
summary in the JSON repeats them for other programs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import Inputs
from preceptor.core.ending import Ending
from preceptor.core.inputs import as_arrays, of_arrays
from preceptor.core.saved import Arrays, Facts, Format, digest_of, facts_of
from preceptor.core.view import View, Viewed
from preceptor.outcome import Rate
from preceptor.search.asked_inputs import AskedInputs

SCHEMA: Final = "preceptor-search/1"

FORMAT: Final = Format(
    what="search",
    schema=SCHEMA,
    file="search.json",
    hint="Give the folder that `preceptor search --out` named.",
    arrays="search.npz",
)


@dataclass(frozen=True)
class Yield:
    """What one generator brought.

    Attributes:
        name: of the generator.
        says: what it does.
        asked: its questions, answered or not.
        certain: of which the teacher was certain.
        distinct: witnesses that were the first of their cluster.
        rate: the share of its answered questions that are witnesses. The interval is that of
            independent draws; a generator that learns from answers changes as it goes on.
    """

    name: str
    says: str
    asked: int
    certain: int
    distinct: int
    rate: Rate

    def describe(self) -> Facts:
        """Plain data."""
        return {
            "name": self.name,
            "says": self.says,
            "asked": self.asked,
            "certain": self.certain,
            "witnesses": self.rate.hits,
            "distinct": self.distinct,
            "witness_rate": self.rate.describe(),
        }


@dataclass(frozen=True, eq=False, repr=False)
class SearchResult(Viewed):
    """What a search found, and what it asked.

    Attributes:
        facts: what is the same whenever the same search is run: ``student``, ``teacher``,
            ``source``, ``plan``, ``generators``, ``questions``, ``faults``, ``estimate``,
            ``beliefs``.
        run: what is not: when, how long, on what, how to run it again.
        asked: every question, in order.
        nearest: ``Float[clusters, *shape]`` or texts, the item of the data nearest to each cluster's first
            witness.
        nearest_ids: the ids of these items.
        folder: where it was saved; ``None`` if nowhere.
    """

    facts: Facts
    run: Facts
    asked: AskedInputs
    nearest: Inputs
    nearest_ids: tuple[str, ...]
    folder: Path | None = None

    @property
    def level(self) -> float:
        """Of the confidence intervals."""
        return float(self.facts["plan"]["level"])

    @property
    def witnesses(self) -> int:
        """Inputs at which the teacher was certain and the student gave another label."""
        return int((self.asked.found >= 0).sum())

    @property
    def distinct(self) -> int:
        """Clusters of witnesses."""
        return len(self.firsts)

    @property
    def firsts(self) -> Int64[Tensor, " clusters"]:
        """The question that founded each cluster, in order."""
        found = self.asked.found
        first: dict[int, int] = {}
        for row in (found >= 0).nonzero()[:, 0].tolist():
            first.setdefault(int(found[row]), row)
        rows = [first[number] for number in sorted(first)]
        return torch.tensor(rows, dtype=torch.int64)

    @property
    def curve(self) -> tuple[Int64[Tensor, " questions"], Int64[Tensor, " questions"]]:
        """After each question, how many witnesses and how many distinct ones there were."""
        found = self.asked.found
        new = torch.zeros(len(found), dtype=torch.int64)
        new[self.firsts] = 1
        return (found >= 0).long().cumsum(0), new.cumsum(0)

    @property
    def yields(self) -> tuple[Yield, ...]:
        """By generator, in order; the tests of faults are not among them."""
        firsts = torch.zeros(len(self.asked), dtype=torch.bool)
        firsts[self.firsts] = True
        found = []
        for number, described in enumerate(self.facts["generators"]):
            mine = self.asked.generator == number
            said, hits = mine & self.asked.answered, int((mine & (self.asked.found >= 0)).sum())
            rate = Rate(hits, int(said.sum()) - hits, level=self.level)
            found.append(
                Yield(
                    described["name"],
                    described["says"],
                    int(mine.sum()),
                    int((mine & self.asked.certain).sum()),
                    int((mine & firsts).sum()),
                    rate,
                )
            )
        return tuple(found)

    @property
    def raised(self) -> list[Facts]:
        """The faults that a test with fresh questions confirmed."""
        return [fault for fault in self.facts["faults"] if fault["raised"]]

    def summary(self) -> Facts:
        """The numbers, for other programs."""
        return {
            "witnesses": self.witnesses,
            "distinct_witnesses": self.distinct,
            "questions": len(self.asked),
            "answered": int(self.asked.answered.sum()),
            "unanswered": len(self.asked) - int(self.asked.answered.sum()),
            "certain": int(self.asked.certain.sum()),
            "faults_raised": len(self.raised),
            "generators": [one.describe() for one in self.yields],
        }

    def view(self) -> View:
        """The answer, and a row for each generator that found something."""
        from preceptor.search.search_view import view_of

        return view_of(self)

    def ending(self, fail_if_found: bool = False) -> Ending:
        """How it ends: badly if a witness is no way to end, and there is one."""
        from preceptor.search.search_view import ending

        return ending(self, fail_if_found)

    def to_dict(self, *, fail_if_found: bool = False) -> Facts:
        """Plain data: what ``preceptor search --json`` prints, with its schema.

        Args:
            fail_if_found: for ``outcome``, whether a witness is a failure.
        """
        from preceptor.search.search_view import data_of

        return data_of(self, fail_if_found)

    def to_pandas(self, what: str = "generators") -> Any:
        """A ``pandas.DataFrame``.

        Args:
            what: ``"generators"``, a row for each; or ``"questions"``, a row for each in order.

        Raises:
            InputError: pandas is not installed, or there is no such table.
        """
        from preceptor.search.search_view import frame_of

        return frame_of(self, what)

    def plot(self, axes: Any = None) -> Any:
        """Witnesses after each question.

        Args:
            axes: of matplotlib, to draw on; new ones unless given.

        Returns:
            the axes.

        Raises:
            InputError: matplotlib is not installed.
        """
        from preceptor.search.search_view import plot_of

        return plot_of(self, axes)

    @property
    def digest(self) -> str:
        """A hash of everything but ``run``: the same search has the same digest."""
        return digest_of(self.facts, self._arrays())

    def _arrays(self) -> dict[str, np.ndarray]:
        nearest = {
            **as_arrays(self.nearest, "nearest"),
            "nearest_ids": np.array(self.nearest_ids, str),
        }
        return {**self.asked.arrays(), **nearest}

    def save(self, folder: str | Path) -> Path:
        """Write ``search.json`` and ``search.npz``, each whole or not at all.

        Returns the path of ``search.json``.
        """
        said = {"digest": self.digest, "summary": self.summary(), **self.facts, "run": self.run}
        return FORMAT.write(folder, said, self._arrays())

    @classmethod
    def load(cls, path: str | Path) -> "SearchResult":
        """Read a result from its folder or its ``search.json``.

        Raises:
            InputError: no result there, one of another schema, or one whose parts do not fit.
        """
        return FORMAT.load(path, cls._of, digest=lambda result: result.digest)

    @classmethod
    def _of(cls, folder: Path, said: Facts, arrays: Arrays) -> "SearchResult":
        nearest = of_arrays(arrays, "nearest")
        ids = tuple(str(item) for item in arrays["nearest_ids"])
        arrays = {name: one for name, one in arrays.items() if not name.startswith("nearest")}
        return cls(facts_of(said), said["run"], AskedInputs.of(arrays), nearest, ids, folder)
