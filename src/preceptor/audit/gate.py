"""Whether a student is surely right often enough: what ``--fail-under`` decides by."""

from dataclasses import dataclass
from typing import Literal

import torch

from preceptor.audit.record import Record, SheetAnswers
from preceptor.audit.summary import Summary, summarise
from preceptor.core import UNCERTAIN, InputError
from preceptor.core.label_sets import plain_sets
from preceptor.core.saved import Facts
from preceptor.outcome import LeastRate, Outcome, Sheet, components, unattacked


@dataclass(frozen=True)
class Gate:
    """What is known of a threshold.

    Attributes:
        threshold: that each rate is to reach.
        standing: ``passed``: each rate surely does, whatever the answers that are missing.
            ``waiting``: not surely, but it still could with these answers. ``refuted``: one rate
            surely does not. ``open``: neither, though nothing is missing that could change it.
        why: in words, from the numbers of the rate that decides.
    """

    threshold: float
    standing: Literal["passed", "waiting", "refuted", "open"]
    why: str


def gate(record: Record, threshold: float) -> Gate:
    """Whether the least of the record's rates is surely at least the threshold.

    See :class:`preceptor.outcome.LeastRate`: to pass, the lower end of every rate's interval must reach
    the threshold; an attack under which nothing is certain has no rate, and is never passed.

    Raises:
        InputError: the threshold is no share.
    """
    if not 0 <= threshold <= 1:
        raise InputError(f"the threshold is a share between 0 and 1, such as 0.9; got {threshold}")
    summary = summarise(record)
    standing = summary.least.standing(threshold)
    if standing != "passed" and _could(record, summary, threshold):
        return Gate(threshold, "waiting", _why(summary, threshold, "waiting"))
    return Gate(threshold, standing, _why(summary, threshold, standing))


def _could(record: Record, summary: Summary, threshold: float) -> bool:
    """Whether it would pass if all missing answers turned out well for the student."""
    questions = record.facts["questions"]
    if questions["answered"] == questions["asked"]:
        return False
    if summary.stopped:
        return summary.least.standing(threshold) == "open"
    clean = _best(record, record.clean, None)
    outcomes = [
        Outcome(attack["name"], clean, _best(record, said, attack))
        for attack, said in zip(record.attacks, record.moved, strict=True)
    ]
    best = LeastRate.of(components(outcomes or [unattacked(clean)]), record.level)
    return best.standing(threshold) == "passed"


def _best(record: Record, said: SheetAnswers, attack: Facts | None) -> Sheet:
    """The sheet as it would be if each answer that is still to come were the student's own.

    Where the student gives no label the teacher would best be uncertain. What the plan does not
    ask stays unasked.
    """
    sheet = said.sheet
    coming = ~sheet.asked & ~said.failed
    if attack is not None and attack["goal"] == "flip" and record.facts["plan"]["ask"] == "flips":
        here = said.distances[:, 0] == 0  # the same question as the clean input
        coming &= here | (sheet.student != record.clean.sheet.student)
    best = torch.where(sheet.student >= 0, sheet.student, UNCERTAIN)
    sets = sheet.sets
    if sets is not None:
        sets = torch.where(coming[:, None], plain_sets(best, sets.shape[1]), sets)
    return Sheet(
        sheet.student,
        torch.where(coming, best, sheet.teacher),
        sheet.asked | coming,
        sheet.cost,
        sets,
    )


def _why(summary: Summary, threshold: float, standing: str) -> str:
    """One sentence, or two."""
    least = summary.least
    low, high = (f"{100 * end:.1f}" for end in least.interval)
    wanted = f"{100 * threshold:.4g} %"
    start = {
        "passed": f"Surely at least {wanted}",
        "waiting": f"Not known yet whether at least {wanted}, since answers are missing",
        "refuted": f"Surely less than {wanted}",
        "open": f"Not surely at least {wanted}",
    }[standing]
    of = f"the least of {len(least.names)} rates" if len(least.names) > 1 else "the rate"
    text = f"{start}: {of} lies between {low} and {high} % ({told(summary)})."
    if least.undefined:
        names = " and ".join(repr(name) for name in least.undefined)
        text += (
            f" Under {names} the teacher is certain of no input, so there is no rate, and no "
            "threshold is passed: use a smaller size, or leave it out."
        )
    return text


def told(summary: Summary) -> str:
    """Which rate decides, over how many inputs, and how many more are void."""
    row = summary.headline
    where = f"under {row.name}"
    if row is summary.clean:
        where = "without any attack"
    elif row is summary.worst:
        where = "in the worst case over all attacks"
    rate = row.relative
    text = f"{where} right on {rate.hits} of {rate.certain} certain"
    if row.void_share is not None:
        text += f", {row.void_share:.0%} of {row.asked} void"
    if rate.uncontradicted:
        text += f", {rate.uncontradicted} not contradicted by an answer of several labels"
    return text + (f", {rate.unasked} unasked" if rate.unasked else "")
