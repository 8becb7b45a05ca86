"""From which share of its votes on people would call a stand-in certain."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from preceptor.calibration.stand_in_agreement import Heard
from preceptor.calibration.stand_ins import StandIn


@dataclass(frozen=True)
class Threshold:
    """What the stand-in would be, were it certain from this share of its votes on.

    Attributes:
        share: of the votes for the label that most give.
        agree: asked inputs of which it and people would be certain, with one label.
        differ: with different labels.
        over: of which it alone would be certain.
        under: of which people alone are.
        neither: of which neither.
    """

    share: float
    agree: int
    differ: int
    over: int
    under: int
    neither: int

    @property
    def mistakes(self) -> int:
        """Asked inputs on which it would not say what people say."""
        return self.differ + self.over + self.under

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "mistakes": self.mistakes}


def thresholds(stand_in: StandIn, heard: Heard) -> tuple[Threshold, ...]:
    """One for each share of votes that occurs among the inputs asked; none without votes.

    Counts of what was asked: those inputs are drawn more often that leave more open.
    """
    if stand_in.scores is None or stand_in.top is None:
        return ()
    sheets = list(heard.sheets)
    there = stand_in.asked[sheets][:, heard.drawn] & heard.answered
    score = stand_in.scores[sheets][:, heard.drawn][there]
    top = stand_in.top[sheets][:, heard.drawn][there]
    people, sure = heard.labels[there], heard.certain[there]
    found = []
    for share in np.unique(score[score > 0].round(6)).tolist():  # without a vote nothing is certain
        certain = score >= share - 1e-6
        both = certain & sure
        found.append(
            Threshold(
                share,
                int((both & (top == people)).sum()),
                int((both & (top != people)).sum()),
                int((certain & ~sure).sum()),
                int((~certain & sure).sum()),
                int((~certain & ~sure).sum()),
            )
        )
    return tuple(found)


def preferred(found: tuple[Threshold, ...]) -> Threshold | None:
    """The one that people would choose: with the fewest mistakes; of equal ones the highest."""
    return min(found, key=lambda one: (one.mistakes, -one.share), default=None)
