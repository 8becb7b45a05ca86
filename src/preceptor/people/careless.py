"""Signs that somebody answers without looking: times, streaks, known items, and what others say.

Each sign is a test of its own: a person who looks, and errs no more often than is allowed for, shows it
with a chance of at most ``LEVEL`` (times are no chance but a bound). ``benchmarks/crowd_rules.py`` measures
how often careful people are flagged all the same, and how soon clickers are. A flag is a reason to look, and
no proof.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from math import exp, lgamma, log, log1p
from typing import Final

from preceptor.people.study_questions import StudyVote

LEVEL: Final = 0.005
"""The chance of a sign, for somebody who looks."""

FAST_SECONDS: Final = 0.3
"""Nobody looks at a picture, decides and presses a key in less."""
MOST_FAST: Final = 2
FAST_SHARE: Final = 0.02
"""So many fast answers, or this share of all, are a slip of the finger."""

SHORTEST_STREAK: Final = 10
PLAIN_STREAK: Final = 20
"""A streak that is looked at where nobody knows how common its answer is."""
FEW: Final = 20
"""With fewer answers of others their shares are not known."""

MISSED: Final = 0.15
"""Somebody who looks misses so many known items at most."""
CONTRADICTED: Final = 1 - (1 - MISSED) ** 2
"""And answers so many otherwise when asked again: they may err on either occasion."""

APART: Final = 0.15
"""So much less often than the others with each other somebody may agree with them and still look."""

Answer = tuple[int, int, str, int | None, float]
"""Question, person, kind, label and seconds of an answer."""


def flags(
    mine: Sequence[Answer],
    consistent: tuple[int, int],
    checks: tuple[int, int],
    person: int,
    by_question: Mapping[int, Sequence[StudyVote]],
) -> list[str]:
    """What is odd about a person's answers, in words; none for most people.

    Args:
        mine: theirs, in their order.
        consistent: questions answered the same when asked again, and how many were.
        checks: known items that were right, and how many were shown.
        person: their number.
        by_question: everybody's votes that count, theirs among them.
    """
    found = []
    for (good, asked), most, words in (
        (consistent, CONTRADICTED, "contradicted themselves in {} of {} asked again"),
        (checks, MISSED, "{} of {} known items wrong"),
    ):
        wrong = asked - good
        if wrong >= 2 and at_least(wrong, asked, most) <= LEVEL:
            found.append(words.format(wrong, asked))
    given = [row for row in mine if row[3] is not None]
    fast = sum(0 < row[4] < FAST_SECONDS for row in given)  # a table from elsewhere may say 0
    if fast > max(MOST_FAST, FAST_SHARE * len(given)):
        found.append(f"{fast} of {len(given)} answers in less than {FAST_SECONDS} s")
    found += _streaks([row[3] for row in given], person, by_question)
    found += _apart(person, by_question)
    return found


def at_least(times: int, of: int, chance: float) -> float:
    """The chance of ``times`` or more among ``of``, each with a chance of its own."""
    if times <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    odds, rest, all_ = (
        log(chance),
        log1p(-chance),
        lgamma(of + 1),
    )  # of thousands, no float holds them
    return min(
        1.0,
        sum(
            exp(all_ - lgamma(k + 1) - lgamma(of - k + 1) + k * odds + (of - k) * rest)
            for k in range(times, of + 1)
        ),
    )


def streak_chance(length: int, of: int, share: float) -> float:
    """A bound on the chance of a streak so long among ``of`` answers of which this share are alike."""
    return min(1.0, float(share**length * (1 + (of - length) * (1 - share))))


def _streaks(
    labels: Sequence[int | None], person: int, by_question: Mapping[int, Sequence[StudyVote]]
) -> list[str]:
    """The longest streak, if so many equal answers in a row are odd here."""
    runs = [(label, len(list(run))) for label, run in groupby(labels)]
    label, longest = max(runs, key=lambda one: one[1], default=(None, 0))
    if longest < SHORTEST_STREAK:
        return []
    others: Counter[int | None] = Counter(
        vote.label for votes in by_question.values() for vote in votes if vote.person != person
    )
    outside: Counter[int | None] = Counter(labels)
    outside[label] -= longest
    for counts in (others, outside):
        if counts.total() >= FEW:
            share = (counts[label] + 1) / (counts.total() + 2)
            odd = streak_chance(longest, len(labels), share) <= LEVEL
            return [f"{longest} equal answers in a row"] if odd else []
    return [f"{longest} equal answers in a row"] if longest >= PLAIN_STREAK else []


def _apart(person: int, by_question: Mapping[int, Sequence[StudyVote]]) -> list[str]:
    """Whether somebody agrees with the others far less than these agree with each other."""
    mine, same, among, pairs = 0, 0, 0, 0
    for votes in by_question.values():
        counts = Counter(vote.label for vote in votes if vote.person != person)
        n = counts.total()
        among += sum(k * (k - 1) for k in counts.values())
        pairs += n * (n - 1)
        own = next((vote.label for vote in votes if vote.person == person), None)
        if own is None or not n:
            continue
        mine += 1
        same += counts[own] > 0 and 2 * counts[own] >= n
    if pairs < FEW or not mine:
        return []
    usual = among / pairs
    if at_least(mine - same, mine, min(1.0, 1 - usual + APART)) <= LEVEL:
        return [
            f"fewer than half of the others say the same in {mine - same} of {mine} questions "
            f"(any two others agree in {usual:.0%})"
        ]
    return []
