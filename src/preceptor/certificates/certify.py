"""From a question to a certificate."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import torch

from preceptor.certificates.certain_volume import certain_volume
from preceptor.certificates.certificate import Certificate
from preceptor.certificates.certificate_question import CertificateQuestion
from preceptor.certificates.open_boxes import BoxBatch
from preceptor.certificates.proving import ProofProgress, ProofRun, ProofSettings, Watch, one_thread
from preceptor.core import InputError
from preceptor.core.environment import environment
from preceptor.core.identity import identify_student

KEEP_EVERY: Final = 20.0
"""Seconds between two certificates that are kept while the proof goes on."""

MOST_OPEN: Final = 50_000
"""Open boxes that a certificate keeps to go on from; with more of them it is begun anew."""


def silent(step: ProofProgress) -> None:
    """Told, and says nothing."""
    del step


def prove(
    question: CertificateQuestion,
    settings: ProofSettings = ProofSettings(),  # noqa: B008 - frozen
    *,
    resume: Certificate | None = None,
    watch: Watch = silent,
    around: str = "",
    keep: Callable[[Certificate], object] | None = None,
) -> Certificate:
    """Prove that a student is right wherever its teacher is certain, or refute it.

    Sound: ``proved`` is said only where every case is ruled out by bounds or by the exact solver, with
    rounding accounted for; ``refuted`` only with a witness at which student and teacher, asked as they
    are, part. A tie of two logits counts against the student in a proof, and is no witness. Complete up
    to rounding where all conditions are exact, if time does not run out.

    Args:
        question: what is asked.
        settings: how, and how long.
        resume: a certificate of the same question that was left undecided: go on from its open boxes.
        watch: told where the proof stands.
        around: the id of the item in the middle of the ball, for readers.
        keep: given what is proved so far, now and then while boxes are split, to be gone on with after an
            interruption.

    Raises:
        InputError: ``resume`` is of another question.
    """
    begun, clock = datetime.now(UTC), time.monotonic()
    run = ProofRun.begin(question, settings)
    spent = 0.0
    if resume is not None:
        take_up(run, resume)
        if resume.status != "undecided":
            return replace(resume, question=question)
        spent = float(resume.run["seconds"])
    kept = clock

    def told(step: ProofProgress) -> None:
        nonlocal kept
        watch(step)
        # only between two batches of boxes is every open box among those that wait
        if keep is not None and step.stage == "boxes" and time.monotonic() - kept > KEEP_EVERY:
            so_far = spent + time.monotonic() - clock
            if run.search.waiting and run.witness is None:
                keep(certificate_of(run, around, begun, so_far, hurried=True))
            kept = time.monotonic()

    run.go(told)
    seconds = spent + time.monotonic() - clock
    return certificate_of(run, around, begun, seconds)


def described(question: CertificateQuestion, around: str = "") -> dict[str, Any]:
    """Plain data: who and what a question is about; the same for the same question."""
    low, high = question.box
    student, teacher = question.student, question.teacher
    return {
        "student": {"name": student.name, "version": identify_student(student).digest},
        "teacher": {
            "name": teacher.name,
            "version": teacher.version,
            "certainty": teacher.certainty,
        },
        "classes": student.classes,
        "domain": {"shape": list(question.domain.shape)},
        "low": low.tolist(),
        "high": high.tolist(),
        "eps": question.eps,
        "around": around,
    }


def same_question(said: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """In what two descriptions differ, in words."""
    found = []
    for who in ("student", "teacher"):
        if said[who]["version"] != asked[who]["version"]:
            found.append(f"the {who} is another, or was changed")
    if said["low"] != asked["low"] or said["high"] != asked["high"]:
        found.append("the domain or ball is another")
    return found


def take_up(run: ProofRun, left: Certificate) -> None:
    """Go on where a certificate was left.

    Raises:
        InputError: it is of another question, or was made with other rounding.
    """
    differs = same_question(left.facts["question"], described(run.question))
    if left.facts["settings"]["rounding"] != run.settings.rounding:
        differs.append("the rounding is treated in another way")
    said, own = left.facts["deviation"], deviation_of(run)
    if own["absorbed"] and not all(
        math.isclose(said[who], own[who]) for who in ("student", "teacher")
    ):
        differs.append("it was made with another bound of the float32 error")
    if differs:
        raise InputError(
            f"the certificate to go on from is of another question: {'; '.join(differs)}. Begin a new one"
        )
    boxes, search = left.waiting(), run.search
    if boxes is None:  # nothing is open, or too much was
        return
    search.tree = left.tree()
    search.waiting = deque([boxes])
    kept = left.proof
    search.nowhere = torch.tensor(kept["nowhere"], dtype=torch.float64)
    search.agreeing = torch.tensor(kept["agreeing"], dtype=torch.float64)
    search.looked, search.exact = int(kept["looked"]), int(kept["exact"])


def deviation_of(run: ProofRun) -> dict[str, Any]:
    """Plain data: by how much student and teacher in float32 may be off, at most."""
    off = [float(one.max()) if len(one) else 0.0 for one in run.off]
    return {
        "student": max(off[: run.problem.students], default=0.0),
        "teacher": max(off[run.problem.students :], default=0.0),
        "absorbed": run.settings.rounding == "absorbed",
    }


def certificate_of(
    run: ProofRun, around: str, begun: datetime, seconds: float, *, hurried: bool = False
) -> Certificate:
    """What a proof came to.

    Args:
        run: the proof.
        around: the id of the item in the middle of the ball.
        begun: when.
        seconds: how long it took.
        hurried: whether to spare the second look at the teacher.
    """
    search, question = run.search, run.question
    boxes = _left(search.waiting, search.stuck)
    witness = run.witness
    status = "refuted" if witness is not None else "undecided" if boxes else "proved"
    facts = {
        "status": status,
        "why": _why(run, status, boxes),
        "question": described(question, around),
        "settings": run.settings.describe(),
        "volume": _volume(run, status, hurried=hurried),
        "cases": {
            "all": len(run.problem.cases),
            "open": len({int(one) for part in boxes for one in part.case}),
            "exact": run.problem.exact,
            "rectifiers": run.problem.hidden,
        },
        "deviation": deviation_of(run),
        "witness": None
        if witness is None
        else {
            "inputs": witness.inputs.flatten().tolist(),
            "teacher": witness.teacher,
            "student": witness.student,
        },
        "assumes": _assumptions(run),
    }
    kept = BoxBatch.join(boxes) if boxes and status == "undecided" else None
    if kept is not None and len(kept) > MOST_OPEN:
        kept = None
    proof = {
        "tree": search.tree.describe() if status != "refuted" else {"roots": 0, "whole": False},
        "waiting": None if kept is None else kept.describe(),
        "open_boxes": sum(map(len, boxes)),
        "nowhere": search.nowhere.tolist(),
        "agreeing": search.agreeing.tolist(),
        "looked": search.looked,
        "exact": search.exact,
    }
    ran = {
        "begun": begun.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "boxes": search.looked,
        "exact": search.exact,
        "environment": environment(),
    }
    return Certificate(facts, ran, proof, question)


def _left(waiting: Iterable[BoxBatch], stuck: Sequence[BoxBatch]) -> list[BoxBatch]:
    return [part for part in (*waiting, *stuck) if len(part)]


def _volume(run: ProofRun, status: str, *, hurried: bool) -> dict[str, float] | None:
    """Shares of the volume, where boxes of inputs were split or everything is proved."""
    search = run.search
    if status == "refuted" or (run.moving > run.settings.split_inputs and status != "proved"):
        return None
    groups: dict[int, float] = {}
    for number, case in enumerate(run.problem.cases):
        most = max(groups.get(case.group, 0.0), float(search.nowhere[number]))
        groups[case.group] = most
    certain = sum(max(0.0, 1.0 - share) for share in groups.values())
    certain += len(run.problem.uncontested)
    nowhere = min(1.0, max(0.0, 1.0 - certain))
    if not hurried and nowhere < 1.0 and 0 < run.moving <= run.settings.split_inputs:
        with one_thread():
            until = run.settings.now() + run.settings.volume_seconds
            seen = certain_volume(
                run.problem, run.question.box, until, run.settings.now, lead=search.lead
            )
        nowhere = max(nowhere, seen.nowhere)
    left = (1.0 - search.nowhere - search.agreeing).clamp_min(0)
    proved = 1.0 if status == "proved" else float((1.0 - left.sum()).clamp(0, 1))
    nowhere = min(nowhere, proved)
    return {"nowhere": nowhere, "agreeing": proved - nowhere, "open": 1.0 - proved}


def _why(run: ProofRun, status: str, boxes: Sequence[BoxBatch]) -> str:
    """Why it ended so."""
    search, many = run.search, sum(map(len, boxes))
    if status == "refuted":
        return "a witness was found"
    if status == "proved":
        return "every case is ruled out"
    reasons = []
    if search.stuck:
        reasons.append(
            "in boxes too small to split, student and teacher part by no more than rounding, or tie"
        )
    if search.waiting:
        what = "boxes" if run.moving <= run.settings.split_inputs else "cases"
        reasons.append(f"{many:,} {what} were open when time or boxes were spent")
    if not run.problem.exact:
        reasons.append("the teacher's certain set is only enclosed")
    return "; ".join(reasons)


def _assumptions(run: ProofRun) -> list[str]:
    """What a reader should know beside."""
    found = []
    if any(net.merged for net in run.problem.nets) and run.settings.rounding == "absorbed":
        found.append(
            "the bound of the float32 error is an estimate where layers of the module were merged, such as a "
            "convolution with its normalisation"
        )
    if run.question.domain.whole is not None:
        found.append("whole features were taken to be any number between their bounds")
    return found
