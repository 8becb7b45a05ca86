"""An audit that stops when enough is known.

The teacher is asked item by item, in an order drawn before the first question; of an item its
clean and its moved inputs one after another, and no further once the student is wrong. Rounds are
as long as the rule needs at least, or a twentieth of what was asked: they depend on the answers
alone, never on how many questions are put at once.
"""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from preceptor.audit import decision
from preceptor.audit.decision import Terms
from preceptor.audit.folder import claim, discard
from preceptor.audit.interview import Interview, there
from preceptor.audit.plan import Plan
from preceptor.audit.progress import Progress, Watcher
from preceptor.audit.queue import Codes, Queue, queued
from preceptor.audit.record import Facts, Record, Said, columns_of
from preceptor.audit.sanity import Finding, check_clean, check_moves, check_void
from preceptor.audit.sizes import check_sizes
from preceptor.audit.summary import summarise
from preceptor.core import InputError, Source, Student, Teacher, environment, generator
from preceptor.core.roles import roles
from preceptor.outcome import Outcome
from preceptor.sequential import Process, Result, StoppingRule

LOOK_AHEAD = 64
"""A round is at most so many items, or a twentieth of those asked."""

NO_ANSWER = "not tried, after a whole round without an answer"


def audit_until(
    student: Student,
    teacher: Teacher,
    source: Source,
    plan: Plan,
    folder: Path,
    *,
    mine: str,
    proxy: Teacher | None,
    watch: Watcher,
    before: Callable[[int, int], None] | None,
    classes: Sequence[str],
    remarks: Sequence[Finding],
    command: str | None,
    repeat: Callable[[Teacher, torch.Tensor, torch.Tensor], list[Finding]],
) -> Record:
    """The same as ``audit`` for a plan with a stopping rule; ``mine`` is the audit's key.

    Raises:
        InputError: the plan has no rule, or the proxy does not answer everything.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    if plan.until is None:
        raise InputError("the plan has no stopping rule")
    who = "" if proxy is None else f" {proxy.name} {proxy.version}"
    claim(folder, f"{mine} {plan.batch}{who}")
    n, sheets = len(source), 1 + len(plan.moves)
    rows = np.arange(n)
    if proxy is None:
        terms = Terms(plan.until, plan.level, n, plan.seed)
        rows = terms.order()
    with queued(student, source, plan, rows, folder, watch) as queue:
        if proxy is not None:
            guesses = _guesses(proxy, queue, plan.batch)
            terms = Terms(plan.until, plan.level, n, plan.seed, guesses, plan.mix)
            queue.place = terms.order()
        if before is not None:
            before(n * sheets, 0)
        interview = Interview(teacher, queue, plan.batch)
        found, used, reasons = _rounds(terms, interview, watch)
        asked = np.arange(len(found))
        order = rows[queue.place[: len(found)]]
        said = [_said(interview, sheet, asked) for sheet in range(sheets)]
        failed = _failed(queue, plan, [source.ids[row] for row in order.tolist()])
        findings = [*remarks, *check_sizes(plan, source), *queue.findings]
        findings += check_clean(said[0].sheet, teacher, student)
        counts = [int((one.distances[:, 0] > 0).sum()) for one in said[1:]]
        findings += check_moves(dict(zip(failed, counts, strict=True)), failed, len(found))
        for name, one in zip(failed, said[1:], strict=True):
            outcome = Outcome(name, said[0].sheet, one.sheet)
            findings += check_void(outcome, one.distances[:, 0] > 0)
        findings += _repeats(interview, plan, repeat)
        queue.save(folder / "inputs", len(found), plan.batch)
    facts: Facts = {
        **roles(student, teacher, source, classes),
        "plan": plan.describe(source.domain),
        "questions": {
            "asked": len(interview.heard),
            "answered": interview.answered,
            "inputs": n * sheets,
            "cost": round(
                sum(one.cost for one in interview.heard.values() if one.reason is None), 6
            ),
            "unanswered": {**interview.reasons, **reasons},
            "answered_beyond_budget": 0,
        },
        "findings": [finding.describe() for finding in findings],
        "failures": failed,
        "stopping": decision.facts(terms, found, order, used, _told(proxy)),
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "seconds_attacking": None,
        "command": command,
        "known_before": interview.known,
        "new_answers": interview.answered - interview.known,
        "environment": environment(),
    }
    ids = tuple(source.ids[row] for row in order.tolist())
    columns = columns_of(source, order.tolist())
    record = Record(folder, facts, run, ids, said[0], tuple(said[1:]), columns)
    record.save(summarise(record).describe())
    if not any(one.reason is not None for one in interview.heard.values()):
        discard(folder / "work")
    return record


def _rounds(
    terms: Terms, interview: Interview, watch: Watcher
) -> tuple[Codes, int, dict[str, int]]:
    """Ask until it is decided, the items have run out, or an answer has to be waited for.

    Returns the results of the items asked about, how many come before the first that waits, and
    why the rest was not tried.
    """
    process, tail = terms.start(), terms.rule.tail(terms.level)
    guesses = np.zeros(terms.items, np.int64)
    if terms.guesses is not None:
        guesses = terms.guesses[interview.queue.place]
    found = np.zeros(0, np.int64)
    while len(found) < terms.items and terms.claim(process) == "undecided":
        size = max(_needed(process, terms.rule, tail, guesses), math.ceil(len(found) / 20))
        items = np.arange(len(found), min(len(found) + size, terms.items))
        interview.queue.attack(len(found) + len(items))
        answers = interview.answered
        interview.ask(items)
        sheets = [interview.sheet(k, items) for k in range(len(interview.queue.stages))]
        new = decision.results(sheets)
        found = np.concatenate([found, new])
        total = terms.items * len(sheets)
        watch(Progress("ask", len(interview.heard), total, interview.teacher.name))
        waits = np.flatnonzero(interview.waits[items])
        for row in range(int(waits[0]) if len(waits) else len(items)):
            process = process.after(np.asarray(new[row]), np.asarray(guesses[items[row]]))
        if len(waits):
            return found, int(items[waits[0]]), {}
        if interview.answered == answers and bool((new == Result.UNKNOWN).all()):
            left = terms.items - len(found)
            return found, len(found), {NO_ANSWER: left * len(sheets)} if left else {}
    return found, len(found), {}


def _needed(process: Process, rule: StoppingRule, tail: float, guesses: Codes) -> int:
    """How many more items it takes at least, were the student right on all or wrong on all.

    Asking so many at once is never a question too many. Where it takes more than ``LOOK_AHEAD``
    nobody counts on.
    """
    ahead = min(LOOK_AHEAD, len(guesses) - process.items)
    least = ahead
    for result in (Result.RIGHT, Result.WRONG):
        tried = process
        for step in range(1, least):
            tried = tried.after(np.asarray(result), np.asarray(guesses[tried.items]))
            low, high = tried.ends(tail)
            if rule.claim(float(low), float(high)) != "undecided":
                least = step
                break
    return least


def _guesses(proxy: Teacher, queue: Queue, batch: int) -> Codes:
    """``Int64[items]``, what the proxy makes of each item: it is asked about every input.

    Raises:
        InputError: it did not answer everything; then the order would depend on that.
    """
    queue.attack(len(queue.rows))
    items = np.arange(len(queue.rows))
    interview = Interview(proxy, queue, batch)
    interview.put_all(items)
    left = interview.reasons
    if left:
        why, times = next(iter(left.items()))
        raise InputError(
            f"proxy {proxy.name!r} left {sum(left.values())} of {len(interview.heard)} questions "
            f"without an answer ({times} x {why}). A proxy has to guess at everything: take one "
            "that does, or let it say uncertain."
        )
    return decision.results([interview.sheet(k, items) for k in range(len(queue.stages))])


def _told(proxy: Teacher | None) -> Facts | None:
    if proxy is None:
        return None
    return {"name": proxy.name, "version": proxy.version, "certainty": proxy.certainty}


def _said(interview: Interview, sheet: int, items: Codes) -> Said:
    stage, place = interview.queue.stages[sheet], interview.queue.place[items]

    def taken(array: NDArray[np.float32] | NDArray[np.bool_]) -> torch.Tensor:
        return torch.from_numpy(array)

    return Said(
        interview.sheet(sheet, items),
        taken(stage.sure.take(place)),
        interview.votes(sheet, items),
        taken(stage.distances.take(place)),
        taken(stage.failed.take(place)),
    )


def _failed(queue: Queue, plan: Plan, ids: list[str]) -> dict[str, dict[str, str]]:
    """Why attacks failed, of the items asked about, in their order."""
    found = {}
    for mover, stage in zip(plan.moves, queue.stages[1:], strict=True):
        why = stage.failures()
        found[mover.name] = {item: why[item] for item in ids if item in why}
    return found


def _repeats(
    interview: Interview,
    plan: Plan,
    repeat: Callable[[Teacher, torch.Tensor, torch.Tensor], list[Finding]],
) -> list[Finding]:
    """Ask a few answered questions again."""
    places = there(interview)
    if not plan.repeats or not len(places):
        return []
    rng = generator(plan.seed, "repeats")
    some = places[rng.choice(len(places), size=min(plan.repeats, len(places)), replace=False)]
    inputs = [interview.queue.inputs(sheet, np.array([item])) for sheet, item in some.tolist()]
    first = torch.from_numpy(interview.labels[some[:, 0], some[:, 1]])
    return repeat(interview.teacher, torch.from_numpy(np.concatenate(inputs)), first)
