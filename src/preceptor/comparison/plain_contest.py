"""Telling against asking in words that need no knowledge of strategies, with a unit to every number."""

import math
from typing import Final

from preceptor.comparison.comparison_result import Comparison, TargetPrice, Unit
from preceptor.comparison.unit_verdicts import WORDS, UnitVerdict, mean_price, times_text

WAYS: Final = {
    "passive": "taking more labels as they come",
    "random": "asking at random",
    "boundary": "asking on the student's own decision boundary",
    "pool-uncertainty": "asking where the student is least sure",
    "core-set": "asking about inputs that leave none far off",
    "badge": "asking about unsure and different inputs",
    "committee": "asking where several students disagree",
    "adversarial": "asking at attacked inputs",
    "invariance": "declaring what changes nothing",
    "mask": "saying what matters",
    "desk": "teaching at the desk",
    "corrective": "being shown examples on which the student errs",
    "linf-training": "adversarial training",
    "trades": "TRADES training",
    "guessed": "augmentation by guess",
    "revisions": "asking about texts that the student revised itself",
    "pairs": "texts that people revised",
    "marks": "saying which words matter",
    "words": "saying what words mean",
    "written": "texts that people wrote",
    "lesson": "a lesson from a file",
}
"""What the student or its teacher does, by the first word of a strategy's name."""

TOLD: Final = {"feature set": "being told once which features count"}


def plain_way(strategy: str) -> str:
    """A strategy in words; its own name where there are none."""
    return ", then ".join(_one(part.strip()) for part in strategy.split(" + "))


def _one(name: str) -> str:
    word, _, rest = name.partition(":")
    if word == "told":
        return TOLD.get(rest, f"being told ({rest})" if rest else "being told")
    return WAYS.get(word, name)


def price_text(value: float, unit: Unit) -> str:
    """A price with its unit: ``253 questions or items``."""
    text = f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"
    one = text == "1"
    return {
        "questions": f"{text} question or item" if one else f"{text} questions or items",
        "bits": f"{text} bit{'' if one else 's'} from the teacher",
        "cost": f"{text} of the teacher's unit of cost",
        "student_bits": f"{text} bit{'' if one else 's'} to the teacher",
    }[unit]


def plain_sentence(contest: UnitVerdict, found: Comparison) -> str:
    """One contest in words."""
    target = f"{100 * found.target:.4g}\u00a0% strong accuracy"
    count = len(found.design["seeds"])
    seeds = f"{count} seed{'' if count == 1 else 's'}"
    told, asked = contest.telling, contest.asking
    only = told or asked
    if only is None:
        return (
            f"No way of learning that was compared reaches {target} in every seed ({seeds}), counted "
            f"in {WORDS[contest.unit]}."
        )
    if told is None or asked is None:
        other = "asking" if told is not None else "telling"
        return (
            f"{_start(plain_way(only.strategy))}, the student reaches {target} for "
            f"{price_text(mean_price(only), contest.unit)} ({seeds}). No way of {other} that was "
            "compared gets there in every seed."
        )
    first, second, times = told, asked, contest.times
    if contest.verdict == "asking wins":
        first, second = asked, told
        times = None if times is None else (1 / times[0], 1 / times[2], 1 / times[1])
    text = (
        f"{_start(plain_way(first.strategy))}, the student reaches {target} for "
        f"{price_text(mean_price(first), contest.unit)}. {_start(plain_way(second.strategy))} takes "
        f"{price_text(mean_price(second), contest.unit)}"
    )
    if times is None:
        return f"{text} ({seeds})."
    mean, low, high = times
    ends = ""
    if not math.isinf(high) and low > 0:
        level = f"{100 * found.level:.4g}\u00a0% interval"
        ends = f", {level} {times_text(low)} to {times_text(high)}"
    unsettled = ": a tie, or not settled by these seeds" if contest.verdict == "tie" else ""
    return f"{text}, {times_text(mean)} times as much ({seeds}{ends}){unsettled}."


def named(contest: UnitVerdict) -> str:
    """The strategies of a contest as the command line writes them."""
    both: list[TargetPrice | None] = [contest.telling, contest.asking]
    return ", ".join(one.strategy for one in both if one is not None)


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]
