"""The search: anywhere in the domain, within a budget, for points that refute strong robustness."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from preceptor.attacks.predictions import CleanPrediction, logits_of
from preceptor.core import (
    AnySource,
    AnyStudent,
    AnyTeacher,
    InputError,
    Soft,
    TextDomain,
    Texts,
    environment,
    generator,
    in_company,
)
from preceptor.core.company import FEW
from preceptor.core.domains import measured
from preceptor.core.identity import identify_student
from preceptor.core.inputs import feed_inputs, join, need_tensors
from preceptor.core.lock import alone
from preceptor.core.roles import describe_participants
from preceptor.core.saved import Facts
from preceptor.core.watching import silent
from preceptor.search.around_item import WalkTurn
from preceptor.search.asking import SearchQueue
from preceptor.search.clusters import neighbour_scale
from preceptor.search.context import Generator, SearchContext
from preceptor.search.data_generators import Plain, seeds
from preceptor.search.estimate import Estimate
from preceptor.search.faults import Fault, test_faults
from preceptor.search.gradient_generators import Cross, Walk, climbs
from preceptor.search.random_transforms import Regions, shakes
from preceptor.search.rounds import look
from preceptor.search.search_plan import SearchPlan
from preceptor.search.search_progress import Watcher
from preceptor.search.search_result import SearchResult
from preceptor.search.teacher_gradient import TeacherGradient
from preceptor.search.text_generators import text_generators, turns
from preceptor.transforms.texts.text_grammar import TextGrammar

POOL: Final = 2000
"""Items of the data that a search starts from, a random sample of them."""


def key(
    student: AnyStudent,
    source: AnySource,
    plan: SearchPlan,
    *,
    around: str | None = None,
    beliefs: bool = False,
    grammar: TextGrammar | None = None,
) -> str:
    """What makes two searches the same: the plan, the items and what the student is.

    Of a student of which something cannot be hashed, its answers to all items that the search may
    start from stand for that.

    Returns:
        24 hexadecimal digits.

    Raises:
        InputError: as of :func:`search`.
    """
    ground, ids = _ground(student, source, plan, around)
    said = [plan.describe(), source.domain.describe(), around, beliefs]
    digest = sha256(json.dumps(said).encode())
    digest.update("\x1f".join([student.name, source.name, *ids]).encode())
    if isinstance(ground.pool, Texts):
        feed_inputs(digest, ground.pool)
        digest.update(b"" if grammar is None else grammar.digest.encode())
    else:
        digest.update(ground.pool.contiguous().numpy().tobytes())
    who = identify_student(student)
    digest.update(who.digest.encode())
    if who.unknown:
        digest.update(student.decide(logits_of(student, ground.pool)).numpy().tobytes())
    return digest.hexdigest()[:24]


def search(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: AnySource,
    plan: SearchPlan | None = None,
    *,
    around: str | None = None,
    beliefs: Soft | None = None,
    strong: Estimate | None = None,
    grammar: TextGrammar | None = None,
    out: str | Path | None = None,
    watch: Watcher = silent,
    classes: Sequence[str] = (),
    command: str | None = None,
) -> SearchResult:
    """Look anywhere in the domain for inputs at which the teacher is certain and the student wrong.

    Run the same call again after an interruption, or once more answers are there: the same seed
    asks the same questions, and a teacher that a ledger keeps is asked nothing twice. Finding
    nothing proves nothing.

    Args:
        student: the classifier under search.
        teacher: usually ``ledger.keep(teacher, budget=...)``; a bare teacher forgets its answers.
        source: data to start from; also gives the domain.
        plan: how much may be asked, and how it is spent; ``SearchPlan()`` unless given.
        around: the id of one item of the source. Then only inputs are asked about to which the
            student gives the answer that it gives to that item: the search is for invariance
            errors of that item. No faults are tested.
        beliefs: the same teacher, offering class probabilities with gradients, if the search may
            use them. That is more than its answers: how often it was done stands in the result.
        strong: an estimate to be kept with the result.
        grammar: by which texts are made up beside those of the data; for texts alone.
        out: a folder for the result; not saved if ``None``.
        watch: told how far it is.
        classes: the labels' names, for the report.
        command: how to run this search again, for the report.

    Returns:
        the result, saved in ``out``.

    Raises:
        InputError: student, teacher and data do not fit together, or no item of that id.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    plan = plan or SearchPlan()
    _check(student, teacher, source)
    if beliefs is not None:
        need_tensors(source.domain, "a search by the teacher's gradients", "Leave them out.")
    if grammar is not None and (around is not None or not isinstance(source.domain, TextDomain)):
        raise InputError(
            "--grammar makes texts up, for a search anywhere: leave it out "
            + ("around an item" if around is not None else "where the inputs are numbers")
        )
    version = teacher.version
    ground, ids = _ground(student, source, plan, around)
    asking = SearchQueue.nothing_yet(ground, teacher, plan.budget)
    generators = _generators(ground, beliefs, around, grammar)
    faults: tuple[Fault, ...] = ()
    with asking.queue:
        last = look(asking, generators, plan, around is not None, watch)
        if plan.testing and plan.enough is None and around is None:
            scans = [one for one in generators if isinstance(one, Regions)]
            faults = test_faults(asking, scans, plan.level, watch, last)
        else:
            asking.hear(last)
    who = describe_participants(student, teacher, source, classes, version)
    who["student"]["differentiable"] = student.differentiable
    facts: Facts = {
        **who,
        "plan": plan.describe(),
        "around": around,
        **({} if grammar is None else {"grammar": grammar.digest}),
        "generators": [{"name": one.name, "says": one.says} for one in generators],
        "reach": round(ground.scale, 6),
        "questions": {
            "asked": len(asking.asked),
            "answered": int(asking.asked.answered.sum()),
            "cost": round(float(asking.asked.cost.double().sum()), 6),
            "unanswered": dict(asking.reasons),
        },
        "beliefs": {
            "used": beliefs is not None,
            "inputs": sum(sum(one.used) for one in generators if isinstance(one, TeacherGradient)),
        },
        "faults": [fault.describe() for fault in faults],
        "estimate": None if strong is None else strong.describe(),
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "asked_ahead": len(asking.queue.unused),
        "command": command,
        "environment": environment(),
    }
    rows = _nearest(ground, asking)
    nearest_ids = tuple(ids[row] for row in rows.tolist())
    folder = None if out is None else Path(out)
    result = SearchResult(facts, run, asking.asked, ground.pool[rows], nearest_ids, folder)
    if folder is not None:
        with alone(folder):
            result.save(folder)
    return result


def _check(student: AnyStudent, teacher: AnyTeacher, source: AnySource) -> None:
    if student.classes != teacher.classes:
        raise InputError(
            f"student {student.name!r} has {student.classes} classes, teacher {teacher.name!r} "
            f"{teacher.classes}: their labels would not mean the same. Give a student and a teacher "
            "of the same labels, in the same order."
        )
    if len(source) == 0:
        raise InputError(f"{source.name} holds no items: a search needs some to start from")
    in_company(student, source.read(0, min(FEW, len(source))).to(student.device)).check(
        student.name
    )


def _ground(
    student: AnyStudent, source: AnySource, plan: SearchPlan, around: str | None
) -> tuple[SearchContext, tuple[str, ...]]:
    """The student and a sample of the data, with the ids of its items."""
    ids = list(source.ids)
    if around is not None and around not in ids:
        raise InputError(
            f"{source.name} has no item with id {around!r}; its ids are such as "
            f"{', '.join(map(repr, ids[:3]))}"
        )
    rows = list(range(len(source)))
    if len(source) > POOL:
        rows = sorted(
            generator(plan.seed, "search", "pool").permutation(len(source))[:POOL].tolist()
        )
        if around is not None and ids.index(around) not in rows:
            rows = sorted([*rows[1:], ids.index(around)])
        pool = join([source.read(row, row + 1) for row in rows])
    else:
        pool = source.read(0, len(source))
    if bool(source.domain.outside(pool).any()):
        raise InputError(
            f"{source.name} holds items outside its domain's bounds, or not finite; mend the data "
            "or give wider --bounds"
        )
    names = tuple(ids[row] for row in rows)
    starts = torch.arange(len(pool)) if around is None else torch.tensor([names.index(around)])
    scale = neighbour_scale(measured(source.domain, pool), plan.seed)
    own = CleanPrediction.of(student, pool)
    return SearchContext(student, source.domain, pool, own, starts, scale, plan.seed), names


def _generators(
    ground: SearchContext,
    beliefs: Soft | None,
    around: str | None,
    grammar: TextGrammar | None,
) -> list[Generator]:
    """All that suit the domain and the student; the plain data first."""
    if isinstance(ground.pool, Texts):
        return text_generators(ground, grammar) if around is None else turns(ground)
    leaning: list[Generator] = [] if beliefs is None else [TeacherGradient(beliefs)]
    if around is not None:
        return [Plain(), WalkTurn.plan(ground), Walk(), Cross(), *leaning]
    return [*seeds(ground.domain), *shakes(ground), *climbs(ground), *leaning]


def _nearest(ground: SearchContext, asking: SearchQueue) -> Tensor:
    """The row of the pool that is nearest to the first witness of each cluster."""
    leaders = asking.clusters.leaders
    if len(leaders) == 0:
        return torch.empty(0, dtype=torch.int64)
    return torch.cdist(leaders, ground.measured(ground.pool)).argmin(1)
