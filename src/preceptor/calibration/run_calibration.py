"""The calibration of a stand-in: draw inputs of its audit, ask people, and say what they say."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from preceptor.asking import Queue, Replies
from preceptor.audit import Record, environment
from preceptor.calibration.calibration_result import Calibration
from preceptor.calibration.calibration_start import CalibrationStart, start
from preceptor.calibration.drawing import Draw, check_budget
from preceptor.calibration.following import PeopleRate, people_rate
from preceptor.calibration.measures import measures
from preceptor.calibration.stand_in_agreement import Heard, agreement
from preceptor.calibration.stand_ins import StandIn, sheet_names, stand_ins
from preceptor.calibration.vote_thresholds import thresholds
from preceptor.core import Finding, InputError, Inputs, Journal, Teacher
from preceptor.core.lock import alone
from preceptor.core.saved import Facts

BUDGET: Final = 60

Codes = NDArray[np.int64]

Watcher = Callable[[int, int], None]
"""Told how many questions are done, and of how many."""


@dataclass(frozen=True, eq=False)
class CheckedInputs:
    """A calibration, and what was said of each input: what a ledger keeps of it.

    Attributes:
        calibration: the result.
        stand_ins: in the order of the records.
        draw: the questions.
        heard: what people said of the items that count.
        replies: what came of each question.
    """

    calibration: Calibration
    stand_ins: tuple[StandIn, ...]
    draw: Draw
    heard: Heard
    replies: Replies


def calibrate(
    records: Sequence[Record],
    people: Teacher,
    *,
    budget: int = BUDGET,
    attacks: Sequence[str] = (),
    covered: Callable[[Inputs], torch.Tensor] | None = None,
    level: float | None = None,
    seed: int = 0,
    journal: Journal | None = None,
    watch: Watcher = lambda done, total: None,  # noqa: ARG005 - told to nobody
    before: Callable[[Draw, int], None] | None = None,
) -> CheckedInputs:
    """Ask people about few inputs of an audit, and save what they say beside its record.

    Items are drawn at random, in an order fixed before the first question; of each its clean input
    and its inputs under the attacks that are checked are put. Intervals are about the audit's own
    items, hold at any stopping time, and allow for what people failed to answer. An item that waits
    for an answer ends the count there: run the same again when there are more.

    Args:
        records: of one audit; or of several that differ in the teacher alone.
        people: who is asked; usually kept by a ledger.
        budget: the most questions, those that have an answer already included.
        attacks: names of the attacks to check; ``all`` for every one. Not given: as many as leave
            answers on 20 items, those with the lowest rate first.
        covered: ``Bool[batch]``, which inputs these people can ever answer, where that is not all:
            the calibration is then about the items of which they can.
        level: of each interval; the record's unless given.
        seed: of the draw. The first seed with which this record was checked by these people counts.
        journal: where that is kept.
        watch: told how far it is.
        before: told the questions and how many have an answer already, before the first is asked;
            may raise to stop there.

    Returns:
        the calibration, saved beside the first record, with the answers.

    Raises:
        InputError: records and people do not belong together, or an option makes no sense.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    found, record = stand_ins(records), records[0]
    level = record.level if level is None else level
    check_budget(budget)
    _check(record, people, found, level)
    kept = _kept_seed(journal, record, people)
    begun = start(records, found, budget, attacks, seed if kept is None else kept, covered)
    remarks = _remarks(begun, record, people, seed, kept)
    asking, queue = begun.draw, Queue(people)
    there = queue.known(asking.questions)
    if before is not None:
        before(asking, int(there.sum()))
    if kept is None:
        _keep_seed(journal, record, people, seed)
    replies = queue.put(asking.questions, there, lambda done: watch(done, len(asking.keys)))
    heard = _heard(asking, replies)
    # numbers of items among those that the calibration is about
    inside = replace(heard, drawn=np.searchsorted(begun.rows, heard.drawn))
    names = [sheet_names(record)[sheet] for sheet in asking.sheets]
    classes = [str(name) for name in record.facts["source"]["classes"]]
    parts = [_rows(one, begun.rows) for one in found]
    facts: Facts = {
        "record": record.digest,
        "student": {"name": record.facts["student"]["name"]},
        "stand_ins": [
            {"name": one.name, "version": one.version, "certainty": one.certainty} for one in found
        ],
        "people": {
            "name": people.name,
            "version": people.version,
            "certainty": people.certainty,
        },
        "plan": {
            "seed": seed if kept is None else kept,
            "level": level,
            "budget": budget,
            "checked": names,
            "decides": begun.lead.measures[0].name,
            "source": record.facts["source"]["name"],
            "items": len(begun.rows),
            "of_items": len(record.ids),
        },
        "questions": _questions(asking, heard, replies),
        "remarks": [one.describe() for one in remarks],
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "known_before": int(there.sum()),
        "environment": environment(),
    }
    result = Calibration(
        record.folder,
        facts,
        run,
        tuple(agreement(one, inside, begun.weights, names, classes, level) for one in parts),
        _rates(record, heard, begun, inside.drawn, level),
        thresholds(parts[0], inside),
    )
    with alone(record.folder):
        result.save()
    return CheckedInputs(result, found, asking, heard, replies)


def _questions(asking: Draw, heard: Heard, replies: Replies) -> Facts:
    return {
        "asked": len(asking.keys),
        "answered": int(replies.answered.sum()),
        "items": len(asking.items),
        "items_used": len(heard.drawn),
        "cost": round(float(replies.answers.cost.double().sum()), 6),
        "unanswered": replies.reasons,
    }


def _check(record: Record, people: Teacher, found: Sequence[StandIn], level: float) -> None:
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, such as 0.95; got {level}")
    for one in found:
        if people.classes != one.classes:
            raise InputError(
                f"people know {people.classes} labels ({people.name}), the stand-in {one.name!r} "
                f"{one.classes}: they cannot be compared. Give the same labels with --classes"
            )
        if (people.name, people.version) == (one.name, one.version):
            raise InputError(
                f"{people.name!r} is the teacher of this audit; a stand-in is checked against "
                "somebody else, such as human:STUDY or votes:FILE.csv"
            )
    if not record.ids:
        raise InputError(f"{record.folder} holds no item, so nothing can be drawn")


def _remarks(
    begun: CalibrationStart, record: Record, people: Teacher, seed: int, kept: int | None
) -> list[Finding]:
    """What should be known of the draw."""
    found = []
    if kept is not None and kept != seed:
        found.append(
            Finding(
                "first-seed",
                "note",
                f"This record was checked by {people.name} with seed {kept} before: its order counts, "
                f"and seed {seed} does not.",
                "Nothing: with another order for each try, one of them would please by chance.",
            )
        )
    if len(begun.rows) < len(record.ids):
        found.append(
            Finding(
                "part-of-the-items",
                "warning",
                f"{people.name} can say something of {len(begun.rows)} of the {len(record.ids)} items: "
                f"the numbers are about these {len(begun.rows)} alone.",
                "Gather votes on inputs drawn at random (--questions writes them to a file), or ask "
                "people at the desk with --people human:STUDY.",
            )
        )
    return found


def _topic(record: Record, people: Teacher) -> str:
    return f"calibration {record.digest} {people.name}"


def _kept_seed(journal: Journal | None, record: Record, people: Teacher) -> int | None:
    """The seed of the first check of this record by these people: whoever draws anew until the
    numbers please finds nothing.
    """
    notes = [] if journal is None else journal.notes(_topic(record, people))
    return int(json.loads(notes[0])["seed"]) if notes else None


def _keep_seed(journal: Journal | None, record: Record, people: Teacher, seed: int) -> None:
    """Keep it, before the first question.

    Raises:
        InputError: somebody else began meanwhile, with another one.
    """
    if journal is None or journal.note(_topic(record, people), json.dumps({"seed": seed}), 0):
        return
    if _kept_seed(journal, record, people) != seed:
        raise InputError(
            f"another run began to check this record by {people.name} with another seed while this one "
            "started; run the same command again"
        )


def _rows(one: StandIn, rows: Codes) -> StandIn:
    """What it said of some items."""
    return replace(
        one,
        labels=one.labels[:, rows],
        asked=one.asked[:, rows],
        top=None if one.top is None else one.top[:, rows],
        scores=None if one.scores is None else one.scores[:, rows],
        members=None if one.members is None else one.members[:, rows],
        sets=None if one.sets is None else one.sets[:, rows],
    )


def _heard(asking: Draw, replies: Replies) -> Heard:
    """The items before the first that waits."""
    waits = torch.zeros(len(replies), dtype=torch.bool)
    waits[[row for row, gap in replies.gaps.items() if gap.waits]] = True
    open_ = waits.numpy()[asking.place].any(1)
    used = int(open_.argmax()) if open_.any() else len(asking.items)
    place = asking.place[:used].T
    labels, there = replies.answers.labels.numpy(), replies.answered.numpy()
    sets = replies.answers.sets
    among = None if sets is None else sets.numpy()[place]
    return Heard(asking.items[:used], asking.sheets, labels[place], there[place], among)


def _rates(
    record: Record,
    heard: Heard,
    begun: CalibrationStart,
    local: Codes,
    level: float,
) -> tuple[PeopleRate, ...]:
    """People's number for every measure."""
    many = 1 + len(record.moved)
    labels = np.full((many, len(heard.drawn)), -1, np.int64)
    asked = np.zeros((many, len(heard.drawn)), np.bool_)
    labels[list(heard.sheets)], asked[list(heard.sheets)] = heard.labels, heard.answered
    sets = None
    if heard.sets is not None:
        sets = np.ones((*labels.shape, heard.sets.shape[-1]), np.bool_)
        sets[list(heard.sheets)] = heard.sets
    said = measures(record, labels, asked, heard.sheets, begun.rows[local], sets)
    return tuple(
        people_rate(guess, found, local, begun.weights, level)
        for guess, found in zip(begun.guesses, said, strict=True)
    )
