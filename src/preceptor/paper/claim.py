"""A claim: what is said, what is built in its favour, how it is tried, and by what rule judged."""

import inspect
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

import torch

import preceptor
from preceptor.core import InputError
from preceptor.core.plain import read_fields
from preceptor.paper.contest import Contest
from preceptor.paper.contest import Numbers as Numbers
from preceptor.paper.contest import Settings as Settings
from preceptor.paper.opponent import Duel, Opponent
from preceptor.paper.scene import Scene
from preceptor.paper.verdict_rule import Verdict, VerdictRule

Scale = Literal["quick", "full"]
"""How much is run: a first look in minutes, or all of it."""


@dataclass(frozen=True)
class Facts:
    """What can be read of a claim before anything is run.

    Attributes:
        name: one word or two with a hyphen.
        title: a few words.
        says: the claim, in plain words.
        constructed: what is built in its favour; empty if nothing is.
        limits: what it does not show, whatever the verdict.
        expected: the verdict that was expected before the first run.
        rule: from numbers to a verdict, declared before the seeds that count were run; of a claim
            with opponents made by :func:`preceptor.paper.opponent.contested`.
        opponents: who takes part beside the teller, if the claim compares telling with asking.
        teller: what the teller knows beforehand, and what it is charged; empty without opponents.
        duel: on what they are compared.

    Raises:
        InputError: opponents without a duel, or without a word on the teller.
    """

    name: str
    title: str
    says: str
    constructed: str
    limits: str
    expected: Verdict
    rule: VerdictRule
    opponents: tuple[Opponent, ...] = ()
    teller: str = ""
    duel: Duel | None = None

    def __post_init__(self) -> None:
        if self.opponents and (self.duel is None or not self.teller):
            raise InputError(
                f"claim {self.name!r} has opponents: give the duel, and say what the teller knows"
            )

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"rule": self.rule.describe()}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Facts":
        """From plain data; an older word for *not shown* is understood."""
        old = said["expected"] == "not shown here"
        return read_fields(cls, {**said, "expected": "not shown"} if old else said)


Role = Literal["asks", "told", "passive", "theory"]
"""Whose a number is: of the student that asks, of the teacher that tells, of one whom nobody tells
anything, or what theory says.
"""


@dataclass(frozen=True)
class Series:
    """A curve: a number's name for each place of its chart's axis.

    Attributes:
        label: in the legend.
        names: one for each ``x`` of the chart; ``None`` where there is nothing to show.
        role: whose it is.
    """

    label: str
    names: tuple[str | None, ...]
    role: Role = "asks"


@dataclass(frozen=True)
class Chart:
    """Numbers over an axis.

    Attributes:
        title: what stands above it.
        across: what the axis across means.
        up: what the axis up means.
        x: places on the axis across; unused where there are labels.
        series: the curves.
        log: whether both axes are logarithmic.
        share: whether the axis up goes from 0 to 1.
        note: a line below it.
        labels: names in place of an axis across: a row for each, not joined by lines. Only for
            shares.
    """

    title: str
    across: str
    up: str
    x: tuple[float, ...]
    series: tuple[Series, ...]
    log: bool = False
    share: bool = False
    note: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """An image for the page.

    Attributes:
        label: what stands below it.
        png: the file, in base64.
    """

    label: str
    png: str


@dataclass(frozen=True)
class ClaimPlan:
    """How a claim is tried at one scale.

    Attributes:
        settings: of every seed.
        seeds: one run each.
    """

    settings: Settings
    seeds: tuple[int, ...]


def no_charts(_: Settings) -> tuple[Chart, ...]:
    """Nothing to draw."""
    return ()


def no_scenes(_: Settings) -> tuple[Scene, ...]:
    """No plane to look at."""
    return ()


def no_pictures() -> tuple[Picture, ...]:
    """Nothing to look at."""
    return ()


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim and the experiment that tries it.

    Attributes:
        facts: what can be read beforehand.
        measure: runs one seed, in one process on one thread; its result depends on settings and
            seed alone. A function of a module, since it is sent to other processes.
        quick: a first look.
        full: all of it.
        charts: what to draw of the numbers.
        pictures: what to look at.
        scenes: the same, of two features.
        contest: where a user's opponent enters; ``None`` if the claim takes none.
    """

    facts: Facts
    measure: Callable[[Settings, int], Numbers]
    quick: ClaimPlan
    full: ClaimPlan
    charts: Callable[[Settings], tuple[Chart, ...]] = no_charts
    pictures: Callable[[], tuple[Picture, ...]] = no_pictures
    scenes: Callable[[Settings], tuple[Scene, ...]] = no_scenes
    contest: Contest | None = None

    def plan(self, scale: Scale) -> ClaimPlan:
        """Of a scale."""
        return self.quick if scale == "quick" else self.full

    def key(self, scale: Scale, seed: int) -> str:
        """What makes two runs the same: settings, seed, versions and the text of the claim's module.

        The text of what the module *uses* is not in it: after a change elsewhere in the package, run
        with a fresh folder.
        """
        module = inspect.getmodule(self.measure)
        said = {
            "claim": self.facts.name,
            "measure": self.measure.__qualname__,
            "settings": self.plan(scale).settings,
            "seed": seed,
            "module": "" if module is None else inspect.getsource(module),
            "preceptor": preceptor.__version__,
            "torch": torch.__version__,
        }
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def checked(numbers: Numbers, claim: str) -> dict[str, float | None]:
    """Numbers that JSON can hold.

    Raises:
        InputError: no numbers, or one that is not finite.
    """
    if not numbers:
        raise InputError(f"claim {claim!r} gave no numbers")
    for name, value in numbers.items():
        if value is not None and not math.isfinite(value):
            raise InputError(f"claim {claim!r} gave {value} for {name!r}; say None instead")
    return {name: None if value is None else float(value) for name, value in numbers.items()}
