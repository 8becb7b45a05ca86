"""An audit that stops when enough is known.

The teacher is asked item by item, in an order drawn before the first question; of an item its
clean and all its moved inputs, since each attack's own rate counts as well. Rounds are
as long as the rule needs at least, or a twentieth of what was asked: they depend on the answers
alone, never on how many questions are put at once.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from preceptor.asking import NOT_TRIED
from preceptor.audit import decision
from preceptor.audit.attempt_subject import AttemptSubject
from preceptor.audit.audit_plan import Plan
from preceptor.audit.audit_progress import AuditProgress, Watcher
from preceptor.audit.folder import claim, discard
from preceptor.audit.near_copies import check_alike
from preceptor.audit.ordered_items import Codes, OrderedItems, queued
from preceptor.audit.record import Record, SheetAnswers, columns_of
from preceptor.audit.returning import check_disputed
from preceptor.audit.sanity import Finding, check_clean, check_labels, check_moves, check_void
from preceptor.audit.sequential_asking import SequentialAsking, there
from preceptor.audit.sizes import check_relabelled, check_sizes
from preceptor.audit.summary import summarise
from preceptor.audit.terms import Terms, component_codes, sheet_codes
from preceptor.core import (
    AnySource,
    AnyStudent,
    AnyTeacher,
    InputError,
    Inputs,
    Journal,
    environment,
    generator,
)
from preceptor.core.inputs import join
from preceptor.core.roles import describe_participants
from preceptor.core.saved import Facts
from preceptor.outcome import Outcome
from preceptor.sequential import Process, Result

LOOK_AHEAD = 64
"""A round is at most so many items, or a twentieth of those asked."""


def audit_until(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: AnySource,
    plan: Plan,
    folder: Path,
    *,
    mine: str,
    proxy: AnyTeacher | None,
    journal: Journal,
    watch: Watcher,
    before: Callable[[int, int], None] | None,
    classes: Sequence[str],
    remarks: Sequence[Finding],
    command: str | None,
    repeat: Callable[[AnyTeacher, Inputs, torch.Tensor], list[Finding]],
) -> Record:
    """The same as ``audit`` for a plan with a stopping rule; ``mine`` is the audit's key.

    Raises:
        InputError: the plan has no rule, the proxy does not answer everything, or the data lack
            items that were asked about.
    """
    started, clock, version = datetime.now(UTC), time.perf_counter(), teacher.version
    if plan.until is None:
        raise InputError("the plan has no stopping rule")
    if before is not None:
        before(len(source) * (1 + len(plan.moves)), 0)
    tried = AttemptSubject.of(journal, student, teacher, source, plan, proxied=proxy is not None)
    given, plan, source = source, tried.plan, tried.source
    n, sheets = len(source), 1 + len(plan.moves)
    rows = np.arange(n)
    if proxy is None:
        tried = tried.alone()
        rows = tried.terms.order
    who = "" if proxy is None else f" {proxy.name} {proxy.version}"
    arranged = sha256(rows.tobytes()).hexdigest()[:16]
    claim(folder, f"{mine}{who} {plan.seed} {arranged}")
    with queued(student, source, plan, rows, folder, watch) as queue:
        if proxy is not None:
            tried = tried.guessed(proxy, _guesses(proxy, queue, plan.batch))
            queue.place = tried.terms.order
        interview = SequentialAsking(teacher, queue, plan.batch)
        with interview.asking:
            asking = _rounds(tried, interview, watch)
        asked = np.arange(asking.codes.shape[1])
        order = rows[queue.place[: len(asked)]]
        said = [_said(interview, sheet, asked) for sheet in range(sheets)]
        failed = _failed(queue, plan, [source.ids[row] for row in order.tolist()])
        findings = [*remarks, *check_sizes(plan, source), *check_alike(source)]
        findings += [*tried.findings, *queue.findings]
        findings += check_clean(said[0].sheet, teacher, student)
        findings += check_labels(interview.reasons, teacher)
        counts = [int((one.distances[:, 0] > 0).sum()) for one in said[1:]]
        findings += check_moves(dict(zip(failed, counts, strict=True)), failed, len(asked))
        for mover, one in zip(plan.moves, said[1:], strict=True):
            outcome = Outcome(mover.name, said[0].sheet, one.sheet)
            findings += check_void(outcome, one.distances[:, 0] > 0)
            findings += check_relabelled(mover, outcome, source.domain)
        findings += _repeats(interview, plan, repeat)
        findings += check_disputed([source.ids[order[place]] for place in asking.disputed])
        queue.save(folder / "inputs", len(asked), plan.batch)
    terms = replace(tried.terms, order=order, pool=n)
    found = component_codes(asking.codes[:, : asking.used])
    stopping = decision.facts(terms, found, tried.attempt, tried.numbers, asking.disputed)
    told = None if proxy is None else decision.compared(terms, found, _told(proxy))
    facts: Facts = {
        **describe_participants(student, teacher, source, classes, version),
        "plan": plan.describe(source.domain),
        "questions": {
            "asked": len(interview.heard),
            "answered": interview.answered,
            "inputs": n * sheets,
            "cost": round(sum(one.cost for one in interview.heard.values() if one.gap is None), 6),
            "unanswered": dict(Counter(interview.reasons) + Counter(asking.reasons)),
            "answered_beyond_budget": 0,
        },
        "findings": [finding.describe() for finding in findings],
        "failures": failed,
        "stopping": {**stopping, "proxy": told},
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "seconds_attacking": None,
        "command": command,
        "known_before": interview.known,
        "asked_ahead": len(interview.asking.unused),
        "new_answers": interview.answered - interview.known,
        "attempt_begun": tried.attempt.facts["begun"],
        "environment": environment(),
    }
    ids = tuple(source.ids[row] for row in order.tolist())
    columns = columns_of(given, order.tolist())
    record = Record(folder, facts, run, ids, said[0], tuple(said[1:]), columns)
    record.save(summarise(record).describe())
    if interview.answered == len(interview.heard):
        discard(folder / "work")
    return record


@dataclass(frozen=True, eq=False)
class SequentialResult:
    """What asking came to.

    Attributes:
        codes: ``Int64[sheets, items]``, what the inputs of the items asked about are.
        used: how many items come before the first that waits.
        reasons: why the rest was not tried.
        disputed: places of items that came out otherwise before.
    """

    codes: Codes
    used: int
    reasons: dict[str, int]
    disputed: tuple[int, ...]


def _rounds(tried: AttemptSubject, interview: SequentialAsking, watch: Watcher) -> SequentialResult:
    """Ask until it is decided, the items have run out, or an answer has to be waited for."""
    terms, queue, sheets = tried.terms, interview.queue, len(interview.queue.stages)
    process, asked, total = terms.first(), 0, len(terms.order)
    codes = np.zeros((sheets, 0), np.int64)
    disputed: list[int] = []
    while asked < total and terms.claim(process) == "undecided":
        size = max(_needed(process, terms), math.ceil(asked / 20))
        items = np.arange(asked, min(asked + size, total))
        tried.reach(items)
        queue.attack(asked + len(items))
        _look_ahead(tried, interview, items)
        interview.ask(items)
        new = sheet_codes([interview.sheet(k, items) for k in range(sheets)])
        differ = tried.differ(items, new)
        disputed += items[differ].tolist()
        waits = np.flatnonzero(interview.waits[items])
        done = int(waits[0]) if len(waits) else len(items)
        tried.keep(items[:done], new[:, :done])
        tried.check_alone(asked + done)
        new[:, differ] = Result.UNKNOWN
        codes = np.concatenate([codes, new], 1)
        for results in component_codes(new[:, :done]).T:
            process = terms.step(process, results)
        asked += len(items)
        watch(AuditProgress("ask", len(interview.heard), total * sheets, interview.teacher.name))
        if len(waits):
            used = int(items[waits[0]])
            return SequentialResult(codes, used, {}, tuple(p for p in disputed if p < used))
        if interview.asking.gave_up:
            left = total - asked
            reasons = {NOT_TRIED: left * sheets} if left else {}
            return SequentialResult(codes, asked, reasons, tuple(disputed))
    return SequentialResult(codes, asked, {}, tuple(disputed))


def _look_ahead(tried: AttemptSubject, interview: SequentialAsking, items: Codes) -> None:
    """Where a teacher takes many calls at once, keep them under way, also while it is decided.

    Of the items that come next so many inputs are asked about as there are calls for them, and as
    many again, less one. What is decided goes item by item as ever, and an answer behind the decision is not used.
    But the places of these items are taken before anybody is asked, as those of all others: nobody
    who looks at the answers can have them drawn anew. Near the end of a budget only the items whose
    turn it is are asked about, so that the budget ends at the same question.
    """
    queue, asking = interview.queue, interview.asking
    end, sheets, most = int(items[-1]) + 1, len(queue.stages), 2 * asking.many
    if asking.many == 1 or asking.ended:
        return
    furthest = most + len(items) + max(LOOK_AHEAD, math.ceil((end + most) / 20))
    if not asking.covers(furthest * sheets):
        return
    more = np.arange(end, min(end + most, len(tried.terms.order)))
    queue.attack(end + len(more))
    interview.look_ahead(items, more, tried.reach)


def _needed(process: Process, terms: Terms) -> int:
    """How many more items it takes at least, were the student right on all or wrong on all.

    Asking so many at once is never a question too many. Where it takes more than ``LOOK_AHEAD``
    nobody counts on.
    """
    least = min(LOOK_AHEAD, len(terms.order) - process.items)
    for result in (Result.RIGHT, Result.WRONG):
        tried, results = process, np.full(len(terms.names), result, np.int64)
        for step in range(1, least):
            tried = terms.step(tried, results)
            if terms.claim(tried) != "undecided":
                least = step
                break
    return least


def _guesses(proxy: AnyTeacher, queue: OrderedItems, batch: int) -> Codes:
    """``Int64[components, items]``, what the proxy makes of each item: it is asked about every
    input.

    Raises:
        InputError: it did not answer everything; then the order would depend on that.
    """
    queue.attack(len(queue.rows))
    items = np.arange(len(queue.rows))
    interview = SequentialAsking(proxy, queue, batch)
    interview.put_all(items)
    left = interview.reasons
    if left:
        why, times = next(iter(left.items()))
        raise InputError(
            f"proxy {proxy.name!r} left {sum(left.values())} of {len(interview.heard)} questions "
            f"without an answer ({times} x {why}). A proxy has to guess at everything: take one "
            "that does, or let it say uncertain."
        )
    codes = component_codes(
        sheet_codes([interview.sheet(k, items) for k in range(len(queue.stages))])
    )
    # what it does not contradict is no guess that the student is right there, nor that it is wrong
    return np.where(codes == Result.UNKNOWN, Result.VOID, codes)


def _told(proxy: AnyTeacher) -> Facts:
    return {"name": proxy.name, "version": proxy.version, "certainty": proxy.certainty}


def _said(interview: SequentialAsking, sheet: int, items: Codes) -> SheetAnswers:
    stage, place = interview.queue.stages[sheet], interview.queue.place[items]

    def taken(array: NDArray[np.float32] | NDArray[np.bool_]) -> torch.Tensor:
        return torch.from_numpy(array)

    return SheetAnswers(
        interview.sheet(sheet, items),
        taken(stage.sure.take(place)),
        interview.votes(sheet, items),
        taken(stage.distances.take(place)),
        taken(stage.failed.take(place)),
    )


def _failed(queue: OrderedItems, plan: Plan, ids: list[str]) -> dict[str, dict[str, str]]:
    """Why attacks failed, of the items asked about, in their order."""
    found = {}
    for mover, stage in zip(plan.moves, queue.stages[1:], strict=True):
        why = stage.failures()
        found[mover.name] = {item: why[item] for item in ids if item in why}
    return found


def _repeats(
    interview: SequentialAsking,
    plan: Plan,
    repeat: Callable[[AnyTeacher, Inputs, torch.Tensor], list[Finding]],
) -> list[Finding]:
    """Ask a few answered questions again."""
    places = there(interview)
    if not plan.repeats or not len(places):
        return []
    rng = generator(plan.seed, "repeats")
    some = places[rng.choice(len(places), size=min(plan.repeats, len(places)), replace=False)]
    inputs = [interview.queue.inputs(sheet, np.array([item])) for sheet, item in some.tolist()]
    first = [interview.acceptable(sheet, item) for sheet, item in some.tolist()]
    return repeat(interview.teacher, join(inputs), torch.stack(first))
