"""A certificate checked by another path than the one by which it was made.

A witness is put to student and teacher as they are. A proof is made again for every part of the domain that the
certificate's tree names (they cover it by construction of the tree): by affine forms, linear programs on
these, and where that does not do, smaller boxes; in many dimensions by the exact solver with the bounds of
affine forms. None of the prover's bounds is used; the lowered networks and conditions are the same.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch

from preceptor.certificates.certificate import Certificate
from preceptor.certificates.certificate_question import CertificateQuestion
from preceptor.certificates.certify import described, same_question
from preceptor.certificates.float_rounding import absorbed, deviations
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.least_certainty import stated_lead
from preceptor.certificates.mixed_integer import decide_case
from preceptor.certificates.zonotopes import SLACK, impossible, jointly, tightened
from preceptor.core import InputError

AT_ONCE: Final = 32
DEEPEST: Final = 60
"""Halvings of one part before it counts as not confirmed."""

SOLVER_FROM: Final = 7
"""Features that move from which the exact solver is asked in place of halving."""

Part = tuple[int, np.ndarray, np.ndarray, int]
"""A case's number, the ends of a box, and how often it was halved."""


@dataclass(frozen=True)
class CertificateCheck:
    """What a check found.

    Attributes:
        agrees: whether the certificate stands; ``None`` if time ran out before that was known.
        why: in words.
        parts: parts of the domain, over all cases, that were proved again.
        left: that were not.
    """

    agrees: bool | None
    why: str
    parts: int = 0
    left: int = 0


def check(
    certificate: Certificate, question: CertificateQuestion | None = None, *, seconds: float = 60.0
) -> CertificateCheck:
    """Check a certificate by a simpler, independent path.

    Args:
        certificate: as it was made, or loaded.
        question: what it is about; needed for one that was loaded.
        seconds: the most time for a proof.

    Raises:
        InputError: no question.
    """
    asked = question or certificate.question
    if asked is None:
        raise InputError(
            "a certificate that was loaded holds neither student nor teacher: give the question that it is about"
        )
    differs = same_question(certificate.facts["question"], described(asked))
    if differs:
        return CertificateCheck(
            False, f"the certificate is of another question: {'; '.join(differs)}"
        )
    if certificate.status == "refuted":
        witness = certificate.witness
        assert witness is not None  # noqa: S101 - for the type checker
        found = asked.witness(witness.inputs.double().flatten(1))
        if found is None or (found.teacher, found.student) != (witness.teacher, witness.student):
            return CertificateCheck(
                False, "student and teacher, as they are, do not part at the witness"
            )
        return CertificateCheck(True, "student and teacher, as they are, part at the witness", 1)
    amiss = _lead_amiss(certificate, asked)
    if amiss:
        return CertificateCheck(False, amiss)
    if certificate.status == "undecided":
        return CertificateCheck(True, "nothing is claimed of the whole; open boxes are open")
    return _check_proof(certificate, asked, time.monotonic() + seconds)


def _lead_amiss(certificate: Certificate, asked: CertificateQuestion) -> str:
    """What is wrong with the lead that a certificate states, in words; empty for nothing."""
    added = float(certificate.facts.get("lead_added", 0.0))
    said = certificate.facts.get("least_lead")
    if said is None:
        return "" if added == 0 else "it is about another lead than the teacher's, and states none"
    given = stated_lead(asked.problem.cases)
    proved = said["proved"]
    if certificate.status == "proved" and (proved is None or not added + given <= proved + 1e-9):
        return "it states a lower lead than the one at which its proof is made"
    if said["witness"] is None:
        return "" if said["witnessed"] <= 0 else "it states a witnessed lead and no witness"
    flat = torch.tensor(said["witness"]["inputs"], dtype=torch.float32)[None].double()
    label, leads = said["witness"]["teacher"], [-float("inf")]
    for case in asked.problem.cases:
        if case.label == label:
            held = asked.problem.values(case, flat)[0, : case.teachers]
            leads.append(float(held.min()) + given)
    inside = bool(((flat >= asked.box[0]) & (flat <= asked.box[1])).all())
    with torch.no_grad():
        answer = int(asked.student.decide(asked.student(asked.points(flat)))[0])
    if inside and answer != label and max(leads) >= said["witnessed"] - 1e-6:
        return ""
    return "at the witness of its lead the student is right, or the teacher leads by less"


def _check_proof(
    certificate: Certificate, asked: CertificateQuestion, until: float
) -> CertificateCheck:
    """Every part of the domain again, over all cases."""
    problem = _eased(certificate, asked)
    waiting = _parts(certificate, asked, len(problem.cases))
    moving = int((asked.box[1] > asked.box[0]).sum())
    done = 0
    while waiting:
        if time.monotonic() > until:
            why = f"time ran out with {len(waiting):,} parts not yet proved again"
            return CertificateCheck(None, why, done, len(waiting))
        taken = [waiting.pop()]
        while waiting and len(taken) < AT_ONCE and waiting[-1][0] == taken[0][0]:
            taken.append(waiting.pop())
        left = _bounded(problem, taken)
        done += len(taken) - len(left)
        for one in left:
            said: bool | None = False
            if moving >= SOLVER_FROM:
                said = _solved(problem, one, until - time.monotonic())
                if said is None:
                    return CertificateCheck(
                        None, "the exact solver gave no answer in time", done, 1
                    )
                done += int(said)
            elif one[3] < DEEPEST:
                waiting += _halved(one)
                continue
            if not said:
                return CertificateCheck(
                    False, "a part of the domain cannot be proved again", done, 1
                )
    return CertificateCheck(True, "every part of the domain was proved again", done, 0)


def _eased(certificate: Certificate, asked: CertificateQuestion) -> JointProblem:
    """The problem with its conditions as the certificate means them."""
    problem = asked.problem
    if certificate.facts["settings"]["rounding"] == "absorbed":
        problem = absorbed(problem, deviations(problem, asked.box))
    lead = float(certificate.facts.get("lead_added", 0.0))
    eased = [replace(one, offsets=one.offsets - lead * one.lead) for one in problem.cases]
    return replace(problem, cases=tuple(eased))


def _parts(certificate: Certificate, asked: CertificateQuestion, cases: int) -> list[Part]:
    """The parts that the certificate's tree names; the whole domain where it keeps none."""
    tree = certificate.tree()
    if not tree.whole or tree.roots != cases:
        low, high = (end.numpy() for end in asked.box)
        return [(number, low, high, 0) for number in range(cases)]
    return [
        (number, low, high, 0)
        for number in range(cases)
        for _, low, high in tree.leaves(number, asked.box)
    ]


def _conditions(
    case: WrongCase, problem: JointProblem, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Affine forms of a case's conditions over boxes, eased by :data:`SLACK`."""
    joint, _ = jointly(problem, low, high)
    rows, offsets = case.rows.numpy(), case.offsets.numpy()
    centre = joint.centre @ rows.T + offsets
    generators = joint.generators @ rows.T
    sizes = np.abs(joint.centre) @ np.abs(rows).T + np.abs(joint.generators @ rows.T).sum(1)
    return centre + SLACK * (sizes + np.abs(offsets) + 1.0), generators


def _bounded(problem: JointProblem, parts: list[Part]) -> list[Part]:
    """Parts of one case that affine forms do not rule out, cut down to where it may hold."""
    number = parts[0][0]
    case = problem.cases[number]
    low, high = (np.stack([one[end] for one in parts]) for end in (1, 2))
    alive = np.arange(len(parts))
    for _ in range(2):
        centre, generators = _conditions(case, problem, low, high)
        low, high, empty = tightened(centre, generators, low, high)
        keep = ~empty
        low, high, alive = low[keep], high[keep], alive[keep]
        if not len(alive):
            return []
    centre, generators = _conditions(case, problem, low, high)
    return [
        (number, low[i], high[i], parts[int(alive[i])][3])
        for i in range(len(alive))
        if not impossible(centre[i], generators[i])
    ]


def _halved(one: Part) -> list[Part]:
    """Both halves along the widest input."""
    number, low, high, depth = one
    feature = int((high - low).argmax())
    cut = (low[feature] + high[feature]) / 2
    under, over = high.copy(), low.copy()
    under[feature], over[feature] = cut, cut
    return [(number, low, under, depth + 1), (number, over, high, depth + 1)]


def _solved(problem: JointProblem, one: Part, seconds: float) -> bool | None:
    """Whether the exact solver rules a part out, with the bounds of affine forms; ``None`` for no answer."""
    number, low, high, _ = one
    _, hidden = jointly(problem, low[None], high[None])
    ends = [
        [(torch.from_numpy(below), torch.from_numpy(above)) for below, above in net]
        for net in hidden
    ]
    box = (torch.from_numpy(low), torch.from_numpy(high))
    answer = decide_case(problem, problem.cases[number], box, ends, seconds=max(seconds, 0.01))
    if answer.said == "found" and answer.point is not None:
        least = problem.values(problem.cases[number], torch.from_numpy(answer.point)[None]).min()
        return None if float(least) < 0 else False
    return True if answer.said == "closed" else None
