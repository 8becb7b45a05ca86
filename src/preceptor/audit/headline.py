"""The answer in a sentence, and a second one that says what lies between the two readings."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from preceptor.audit.decision import stopping_of
from preceptor.audit.partial_answers import partial_sentence
from preceptor.audit.plain_attacks import PlainAttack, plain_names
from preceptor.audit.record import Record
from preceptor.audit.summary import Row, Summary, row_verdicts
from preceptor.outcome import (
    LeastRate,
    Rate,
    Verdict,
    anchored,
    fails_conventionally,
    judge,
    right_at,
)
from preceptor.outcome.wording import counted, interval, percent, rate, rate_interval

WORTH, FEW = 0.1, 5
"""An attack is singled out for so large a share, and so many inputs, at least."""


@dataclass(frozen=True)
class Headline:
    """What stands at the top of the page.

    Attributes:
        before: the sentence up to its number.
        number: set in bold; may be empty.
        after: the rest.
        then: further sentences, each a paragraph.
    """

    before: str
    number: str
    after: str
    then: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The whole first sentence."""
        return f"{self.before}{self.number}{self.after}"


@dataclass(frozen=True)
class ReadingGap:
    """Item by item, how the conventional and the teacher-relative reading of one row differ.

    Attributes:
        failures: items that the conventional reading counts as wrong.
        alarms: of these, those on which the student was right at the clean input, and makes no
            error where the teacher is certain.
        gone: of the alarms, those that rest on moved inputs of which the teacher is uncertain.
        followed: of the alarms, those with a moved input at which the teacher changed its answer
            too, and agrees with the student.
        undone: of the failures, those that were wrong at the clean input, and at no moved one.
        missed: items that the conventional reading counts as right, though the teacher is certain
            that they are wrong.
    """

    failures: int
    alarms: int
    gone: int
    followed: int
    undone: int
    missed: int


def gap(record: Record, summary: Summary) -> ReadingGap:
    """Compare the two readings of the row that decides; of a record with an attack at least."""
    row = summary.headline
    place = summary.rows.index(row) - 1
    outcomes = record.outcomes if row is summary.worst else [record.outcomes[place]]
    verdicts = row_verdicts(record)[place + 1]
    fails = torch.zeros_like(verdicts, dtype=torch.bool)
    followed = fails.clone()
    for outcome in outcomes:
        here = fails_conventionally(outcome)
        fails = fails | here
        followed = followed | (here & (judge(outcome.moved) == Verdict.AGREE))
    calm = (verdicts == Verdict.AGREE) | (verdicts == Verdict.VOID)
    alarms = fails & calm & right_at(record.clean.sheet)
    right = anchored(record.clean.sheet) & ~fails
    return ReadingGap(
        failures=int(fails.sum()),
        alarms=int(alarms.sum()),
        gone=int((alarms & ~followed).sum()),
        followed=int((alarms & followed).sum()),
        undone=int((fails & calm & ~right_at(record.clean.sheet)).sum()),
        missed=int((right & (verdicts == Verdict.ERROR)).sum()),
    )


def under(summary: Summary, names: Mapping[str, PlainAttack]) -> str:
    """Under what the row that decides stands, in words."""
    if not summary.attacks:
        return "without any attack"
    if summary.headline is not summary.worst:
        return f"when {names[summary.headline.name].clause}"
    return f"under the worst of {len(summary.attacks)} attacks"


def answer(record: Record, summary: Summary) -> Headline:
    """The sentences at the top of the page, made from the numbers of the record."""
    row = summary.headline
    student = record.facts["student"]["name"]
    names = plain_names(record.facts)
    where = under(summary, names)
    before, number, after = _relative(row.relative, summary.least, student, where)
    if summary.stopped:
        before, number, after = _decided(record, summary.least, student, where)
    basis = " ".join(filter(None, (_basis(summary), partial_sentence(summary))))
    then = [basis, _conventional(row.conventional, bool(summary.attacks))]
    if summary.attacks:
        then.append(_explain(gap(record, summary), row))
        if len(summary.attacks) > 1:
            then.append(_single_out(summary, names))
        if summary.clean.relative.value is not None:
            then.append(
                f"Without an attack it is right on {rate(summary.clean.relative)} "
                f"({rate_interval(summary.clean.relative)})."
            )
    then.append(undecided(record, row.relative))
    return Headline(before, number, after, tuple(part for part in then if part))


def _basis(summary: Summary) -> str:
    """Over how many inputs the headline is, how many are void, and of how many rates it is the
    least.
    """
    row, count = summary.headline, len(summary.least.names)
    parts = []
    if row.relative.certain and summary.attacks:
        void = ""
        if row.verdicts["VOID"]:
            share = percent(row.void_share, row.asked)
            void = (
                f"; of {row.verdicts['VOID']:,} more ({share} of those asked) the teacher is "
                "uncertain, so nothing is right or wrong there"
            )
        unit = "item" if row is summary.worst else "moved input"
        parts.append(f"That is over {counted(row.relative.certain, unit)}{void}.")
    if count > 1:
        parts.append(
            f"It is the least of {count} rates, each attack's own and that of the worst case over "
            "all: a student is held to each of them."
        )
    if summary.least.undefined and row.relative.certain:
        names = " and ".join(summary.least.undefined)
        parts.append(
            f"Under {names} the teacher is certain of no input: that rate is undefined, could be "
            "anything, and so could the least."
        )
    return " ".join(parts)


def _relative(given: Rate, least: LeastRate, student: str, where: str) -> tuple[str, str, str]:
    """The first sentence: the rate that decides, with the interval of the least."""
    most = given.most
    percentage = f"{100 * given.level:.4g}\u00a0%"
    if not most:
        items = counted(given.void, "input")
        return (
            f"{_start(where)}, the accuracy of {student} is ",
            "undefined",
            f": its teacher is uncertain of all {items}, so no answer is right or wrong there.",
        )
    if not given.certain and given.uncontradicted and not given.unasked:
        return (
            f"{_start(where)}, {student} is neither right nor wrong for sure: of "
            f"{counted(given.uncontradicted, 'input')} its teacher named several labels, the "
            "student's among them, and of no other it is certain.",
            "",
            "",
        )
    if not given.certain:
        return (
            f"{_start(where)}, nothing is known yet of {student}: the teacher has given no certain "
            f"answer, and {counted(given.unasked, 'input')} of {most + given.void:,} have none at "
            "all.",
            "",
            "",
        )
    start = f"Where its teacher is certain, {student} is right on "
    if given.value is None:
        low, high = given.bounds
        return (
            start,
            f"between {percent(low, most)} and {percent(high, most)}",
            f" of {counted(most, 'input')} {where}: the teacher was asked only where an attack "
            f"reached its goal, so no one number can be given ({percentage} interval "
            f"{interval(least.interval, most)}).",
        )
    return (
        start,
        percent(given.value, most),
        f" of inputs {where} ({percentage} interval {interval(least.interval, most)}).",
    )


def _decided(record: Record, least: LeastRate, student: str, where: str) -> tuple[str, str, str]:
    """The first sentence where asking stopped by a rule."""
    said, rule = stopping_of(record), record.facts["plan"]["until"]
    items = f"{said['after'] or said['used']:,} of {record.facts['source']['items']:,} items"
    number = ends = interval(least.interval, max(1, least.rate.certain))
    after = (
        f" of inputs {where}: known after {items}, at {100 * least.level:.4g}\u00a0% confidence."
    )
    if rule["least"] is not None:
        wanted = f"{100 * rule['least']:.4g}\u00a0%"
        number = {"certified": f"at least {wanted}", "refuted": f"less than {wanted}"}.get(
            said["claim"], ends
        )
        after = after.replace("known", "decided")
    if said["claim"] == "undecided":
        after = f" of inputs {where}: undecided after {items}."
    return f"Where its teacher is certain, {student} is right on ", number, after


def _start(where: str) -> str:
    return where[0].upper() + where[1:]


def _conventional(given: Rate, attacked: bool) -> str:
    if not attacked:
        return "No attack was run, so this says nothing about robustness."
    if given.value is None and given.stopped is not None:
        return (
            "The conventional reading, which takes the label of the clean input for granted, says "
            f"{rate_interval(given)}."
        )
    if given.value is None:
        return (
            "The conventional reading, which takes the label of the clean input for granted, is "
            "undefined here: the teacher is certain of no clean input."
        )
    return (
        "The conventional reading, which takes the label of the clean input for granted, says "
        f"{rate(given)} ({rate_interval(given)})."
    )


def _explain(found: ReadingGap, row: Row) -> str:
    parts = []
    if found.alarms:
        verb = "is a false alarm" if found.alarms == 1 else "are false alarms"
        gone = "the teacher is no longer certain"
        followed = "changed its mind too and agrees with the student"
        if not found.followed:
            why = f"{gone} there"
        elif not found.gone:
            why = f"the teacher {followed}"
        else:
            why = f"on {found.gone:,} {gone}, on {found.followed:,} it {followed}"
        parts.append(
            f"Of the {counted(found.failures, 'conventional failure')}, {found.alarms:,} {verb}: "
            f"{why}."
        )
    if found.undone:
        parts.append(
            f"{'Another ' if found.alarms else 'Of the failures, '}{found.undone:,} "
            f"{'was' if found.undone == 1 else 'were'} wrong before any attack, and "
            f"{'is' if found.undone == 1 else 'are'} no error where the teacher is certain now."
        )
    if found.missed:
        verb = "is" if found.missed == 1 else "are"
        start = "Against that, " if found.alarms else ""
        parts.append(
            f"{start}{counted(found.missed, 'input')} that it counts as right {verb} wrong: the "
            "teacher now says something else and the student did not notice (invariance "
            f"error{'' if found.missed == 1 else 's'})."
        )
    open_ = row.splits["OPEN_ALARM"]
    if open_:
        parts.append(
            f"{counted(open_, 'conventional failure')} {'is' if open_ == 1 else 'are'} not "
            "contradicted: the teacher names the student's label among several, so that nobody can say "
            "whether it is a failure."
        )
    if not parts and found.failures and not row.relative.unasked:
        parts.append(
            "Every conventional failure is a real one here: the teacher is certain there and "
            "the student says something else."
            if row.goal
            else "Every input that fails conventionally is wrong as the teacher sees it too, under "
            "one attack or another."
        )
    return " ".join(parts)


def _single_out(summary: Summary, names: Mapping[str, PlainAttack]) -> str:
    """The attacks under which the two readings differ most, where that is worth a sentence."""
    parts = []
    alarms = max(summary.attacks, key=lambda row: row.splits["FALSE_ALARM"])
    share = alarms.false_alarm_share
    if share is not None and share >= WORTH and alarms.splits["FALSE_ALARM"] >= FEW:
        parts.append(
            f"When {names[alarms.name].clause}, {alarms.splits['FALSE_ALARM']:,} of "
            f"{counted(alarms.conventional_failures, 'conventional failure')} are false alarms."
        )
    missed = max(summary.attacks, key=lambda row: row.splits["INVARIANCE"])
    errors = missed.splits["INVARIANCE"]
    if errors >= FEW and errors >= WORTH * missed.items:
        parts.append(
            f"When {names[missed.name].clause}, there are {errors:,} invariance errors: the teacher "
            "changed its answer and the student did not notice."
        )
    return " ".join(parts)


def undecided(record: Record, given: Rate) -> str:
    """How many inputs have no answer, where the rate has a value all the same; empty for none."""
    if not given.unasked or given.value is None or given.stopped is not None:
        return ""
    plan_asks_all = record.facts["plan"]["ask"] == "all"
    return (
        f"{counted(given.unasked, 'input')} of {given.certain + given.void + given.unasked:,} "
        f"{'is' if given.unasked == 1 else 'are'} undecided, since not every question has an answer"
        f"{' yet' if plan_asks_all else ''}; the interval allows for whatever the answers will be."
    )
