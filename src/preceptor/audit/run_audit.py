"""The audit: source -> attack -> teacher -> verdicts -> record."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch
from torch import Tensor

from preceptor.asking import Queue, Replies, call_at_once
from preceptor.audit.ask import Sheets
from preceptor.audit.audit_plan import Plan, decides
from preceptor.audit.audit_progress import AuditProgress, Watcher
from preceptor.audit.folder import claim, discard
from preceptor.audit.memory_told import memory_told
from preceptor.audit.notebook import Notebook
from preceptor.audit.people import facts_of
from preceptor.audit.record import Record, SheetAnswers, columns_of
from preceptor.audit.run_attacks import SheetFiles, first_predictions, move, opened, recall
from preceptor.audit.run_sequential import audit_until
from preceptor.audit.sanity import (
    PROBE,
    Finding,
    check_classes,
    check_clean,
    check_labels,
    check_moves,
    check_repeats,
    check_source,
    check_void,
    contradiction,
)
from preceptor.audit.sizes import check_relabelled, check_sizes
from preceptor.audit.summary import summarise
from preceptor.core import (
    MISSING,
    UNCERTAIN,
    AnySource,
    AnyStudent,
    AnyTeacher,
    Ballots,
    InconsistentTeacherError,
    InputError,
    Inputs,
    Journal,
    KeepsJournal,
    Repeats,
    environment,
    generator,
)
from preceptor.core.identity import Identity, identify, identify_student
from preceptor.core.inputs import feed_inputs
from preceptor.core.label_sets import kept_sets
from preceptor.core.lock import alone
from preceptor.core.passes import at_most
from preceptor.core.roles import describe_participants
from preceptor.core.saved import Facts
from preceptor.core.watching import silent
from preceptor.outcome import Outcome, Sheet


def attacks_of(plan: Plan) -> Identity:
    """What the attacks of a plan are."""
    return identify(*map(decides, plan.attacks))


def key(student: AnyStudent, source: AnySource, plan: Plan) -> str:
    """What makes two audits the same: the plan, the attacks, all items and what the student is.

    Of a student of which something cannot be hashed, its answers to all items stand for that.

    Raises:
        InputError: the student fails on these items.
        OutOfMemoryError: the batch does not fit.
    """
    with at_most(plan.batch), memory_told(student, source, plan.batch):
        return _key(student, source, plan)


def _key(student: AnyStudent, source: AnySource, plan: Plan) -> str:
    n = len(source)
    first_predictions(student, source.read(0, min(PROBE, n)).to(student.device))
    who = identify_student(student)
    digest = sha256(json.dumps(plan.describe(), sort_keys=True).encode())
    digest.update(attacks_of(plan).digest.encode())
    digest.update(json.dumps([source.name, n, source.domain.describe()]).encode())
    digest.update("\x1f".join(source.ids).encode())
    digest.update(f"{student.name} {who.digest}".encode())
    for start in range(0, n, plan.batch):
        items = source.read(start, min(start + plan.batch, n))
        feed_inputs(digest, items)
        if who.unknown:
            labels, _ = first_predictions(student, items.to(student.device))
            digest.update(labels.cpu().numpy().tobytes())
    return digest.hexdigest()[:24]


def audit(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: AnySource,
    plan: Plan,
    out: str | Path,
    *,
    proxy: AnyTeacher | None = None,
    journal: Journal | None = None,
    watch: Watcher = silent,
    before: Callable[[int, int], None] | None = None,
    classes: Sequence[str] = (),
    people: Ballots | None = None,
    remarks: Sequence[Finding] = (),
    command: str | None = None,
) -> Record:
    """Attack the student, ask the teacher at the clean and the moved inputs, and write the record.

    Run the same call again after an interruption: what lies in ``out`` is used, and a teacher
    that a ledger keeps is asked nothing twice (but for ``plan.repeats``, asked anew on purpose).
    Another student or plan in the same ``out`` starts afresh, and so does a student that answers
    any clean item otherwise than before, however it came to that.

    Args:
        student: the classifier under audit.
        teacher: usually ``ledger.keep(teacher, budget=...)``; a bare teacher forgets its answers.
        source: where inputs come from.
        plan: the attacks, what to ask, the seed.
        out: a folder for the record; made if it is not there.
        proxy: a cheap teacher that guesses what the real one would say, for a plan with a
            stopping rule: it is asked everything, and the better it guesses, the fewer real
            answers are needed. What is decided is valid however bad it is.
        journal: where an audit with a stopping rule keeps in which order items are asked and what
            came of them, so that coming back continues it: the same for all students. The ledger
            that keeps the teacher, if none is given; without one, a file in ``out``.
        watch: told how far it is.
        before: told the number of questions, repeats included, and how many of them have an
            answer already, before the first is asked; may raise to stop there. With a stopping
            rule: the most that there can be, and 0.
        classes: the labels' names, for the report.
        people: what each person said of the source's items, for error consistency
            (:func:`preceptor.audit.error_consistency`); not with a stopping rule.
        remarks: findings of the caller's own, about the data.
        command: how to run this audit again, for the report.

    Returns:
        the record, saved in ``out``.

    Raises:
        InputError: inputs, student and teacher do not fit together, ``out`` holds files by the
            names of ours that no audit made, or another audit is at work in it.
        OutOfMemoryError: the batch does not fit; says what was tried, and what to try.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    with alone(out), at_most(plan.batch), memory_told(student, source, plan.batch, teacher):
        return _audit(
            student,
            teacher,
            source,
            plan,
            Path(out),
            proxy=proxy,
            journal=journal,
            watch=watch,
            before=before,
            classes=classes,
            people=people,
            remarks=remarks,
            command=command,
        )


def _audit(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: AnySource,
    plan: Plan,
    folder: Path,
    *,
    proxy: AnyTeacher | None,
    journal: Journal | None,
    watch: Watcher,
    before: Callable[[int, int], None] | None,
    classes: Sequence[str],
    people: Ballots | None,
    remarks: Sequence[Finding],
    command: str | None,
) -> Record:
    started, clock, version = datetime.now(UTC), time.perf_counter(), teacher.version
    check_source(source, plan)
    check_classes(student, teacher)
    mine = key(student, source, plan)
    if plan.until is not None and people is not None:
        raise InputError("what single people said is compared where everything is asked, no rule")
    if plan.until is None and proxy is not None:
        raise InputError("a proxy helps to stop early; give the plan a stopping rule (until) too")
    if plan.until is not None:
        if proxy is not None:
            check_classes(student, proxy)
        return audit_until(
            student,
            teacher,
            source,
            plan,
            folder,
            mine=mine,
            proxy=proxy,
            journal=journal or _journal(teacher, folder),
            watch=watch,
            before=before,
            classes=classes,
            remarks=remarks,
            command=command,
            repeat=_again,
        )
    once = uuid4() if attacks_of(plan).unknown else ""  # then no kept work can be known again
    claim(folder, f"{mine} {once}")
    with opened(folder, source, plan) as stages:
        recall(student, source, plan, stages)
        found = [
            *remarks,
            *check_sizes(plan, source),
            *move(student, source, plan, stages, watch),
        ]
        moving = time.perf_counter() - clock
        todo = Sheets.of(stages, plan)
        todo.relate(teacher)
        queue = Queue(teacher, plan.batch)
        there = queue.known(todo.questions)
        if before is not None:
            before(len(todo) + min(plan.repeats, len(todo)), int(there.sum()))

        def asking(done: int) -> None:
            watch(AuditProgress("ask", done, len(todo), teacher.name))

        replies = queue.put(todo.questions, there, asking)
        said = [_said(stage, todo.same_as[i], replies) for i, stage in enumerate(stages)]
        failed = {m.name: s.failures() for m, s in zip(plan.moves, stages[1:], strict=True)}
        found += check_clean(said[0].sheet, teacher, student)
        found += check_labels(replies.reasons, teacher)
        counts = [int((one.distances[:, 0] > 0).sum()) for one in said[1:]]
        found += check_moves(dict(zip(failed, counts, strict=True)), failed, len(source))
        for mover, one in zip(plan.moves, said[1:], strict=True):
            outcome = Outcome(mover.name, said[0].sheet, one.sheet)
            found += check_void(outcome, one.distances[:, 0] > 0)
            found += check_relabelled(mover, outcome, source.domain)
        found += _repeat(teacher, todo, replies, plan)
    answered = replies.answered
    facts: Facts = {
        **describe_participants(student, teacher, source, classes, version),
        **facts_of(people),
        "plan": plan.describe(source.domain),
        "questions": {
            "asked": len(todo),
            "answered": int(answered.sum()),
            "inputs": len(source) * len(stages),
            "cost": round(float(replies.answers.cost.float().double().sum()), 6),
            "unanswered": replies.reasons,
            "answered_beyond_budget": int(answered[replies.end :].sum()) if queue.ended else 0,
        },
        "findings": [finding.describe() for finding in found],
        "failures": failed,
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "seconds_attacking": round(moving, 3),
        "command": command,
        "batch": plan.batch,
        "known_before": int(there.sum()),
        "new_answers": int((answered.numpy() & ~there).sum()),
        "environment": environment(),
    }
    record = Record(
        folder, facts, run, tuple(source.ids), said[0], tuple(said[1:]), columns_of(source), people
    )
    record.save(summarise(record).describe())
    if not replies.gaps:  # else the same call, run again, need not attack again
        discard(folder / "work")
    return record


def _journal(teacher: AnyTeacher, folder: Path) -> Journal:
    if isinstance(teacher, KeepsJournal):
        return teacher.journal
    return Notebook(folder / "attempts.jsonl")


def _said(stage: SheetFiles, same_as: np.ndarray, replies: Replies) -> SheetAnswers:
    """Spread the answers to the questions over the inputs that they settle."""
    place = torch.from_numpy(same_as.clip(min=0))
    there = torch.from_numpy(same_as >= 0) & replies.answered[place]
    answers = replies.answers.take(place)
    labels = torch.where(there, answers.labels, UNCERTAIN)
    cost = torch.where(there, answers.cost.float(), 0.0)
    votes = answers.votes
    if votes is not None:
        votes = torch.where(there[:, None], votes, MISSING)
    sets = answers.sets
    if sets is not None:  # all labels where there is no answer, as where the teacher is uncertain
        sets = kept_sets(sets | ~there[:, None])
    sheet = Sheet(torch.from_numpy(stage.student.all()), labels, there, cost, sets)
    return SheetAnswers(
        sheet,
        torch.from_numpy(stage.sure.all()),
        votes,
        torch.from_numpy(stage.distances.all()),
        torch.from_numpy(stage.failed.all()),
    )


def _repeat(teacher: AnyTeacher, todo: Sheets, replies: Replies, plan: Plan) -> list[Finding]:
    """Ask a few answered questions again, to see whether the teacher contradicts itself."""
    there = replies.answered.nonzero()[:, 0].numpy()
    if not plan.repeats or not len(there):
        return []
    rng = generator(plan.seed, "repeats")
    rows = rng.choice(there, size=min(plan.repeats, len(there)), replace=False)
    first = replies.answers.take(torch.from_numpy(rows))
    said = first.acceptable(teacher.classes)
    return _again(teacher, todo.questions.fetch(rows), said)


def _again(teacher: AnyTeacher, inputs: Inputs, first: Tensor) -> list[Finding]:
    """Ask again, and compare with the first answers ``Bool[batch, classes]``."""
    try:
        again = call_at_once(
            teacher, inputs, teacher.again if isinstance(teacher, Repeats) else None
        )
    except InconsistentTeacherError as error:
        return [contradiction(str(error))]
    there = again.answered
    return check_repeats(first[there], again.answers.acceptable(teacher.classes)[there], teacher)
