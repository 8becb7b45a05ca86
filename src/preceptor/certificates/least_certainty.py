"""The least certainty of the teacher from which on the student is right everywhere, as a bracket.

For a teacher that is certain by a lead of logits: the supremum of that lead over all inputs at which the
student is wrong. From below by witnesses, from above by a proof at a lead a little higher than the best of
them: as a better witness is met, the lead that is to be proved rises, and what was ruled out at a lower one
stays ruled out. No other tool was found that returns it.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.branching import BATCH, BoxSearch
from preceptor.certificates.certificate import Certificate
from preceptor.certificates.certificate_question import CertificateQuestion, CertificateWitness
from preceptor.certificates.certify import certificate_of, silent
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.open_boxes import BoxBatch
from preceptor.certificates.proving import (
    ProofProgress,
    ProofRun,
    ProofSettings,
    Watch,
    one_thread,
    proved_share,
)
from preceptor.certificates.refuter import seek
from preceptor.core import InputError, generator

FLOOR: Final = 1e-3
"""The least lead that is told from 0."""

ROUNDS: Final = 12
"""Times the search for a witness goes on from the best so far."""


@dataclass(eq=False)
class LeadRun(ProofRun):
    """A search for the least lead.

    Attributes:
        given: the lead at which the teacher was given.
        tolerance: relative width of the bracket.
        best: the greatest lead at which a witness stands.
    """

    given: float = 0.0
    tolerance: float = 0.01
    best: float = 0.0
    real: JointProblem | None = field(default=None)

    def confirm(self, case: int, points: Tensor) -> bool:
        """Ask at points; a better witness raises what is to be proved. Never the end."""
        found = self.led(case, points)
        if found is not None and found[0] > self.best:
            self.best, self.witness = found
            self.search.lead = self.cut - self.given
        return False

    @property
    def cut(self) -> float:
        """The lead from which on it is to be proved."""
        return max(self.best * (1 + 0.95 * self.tolerance), FLOOR)

    def led(self, case: int, points: Tensor) -> tuple[float, CertificateWitness] | None:
        """By how much the teacher leads where the student, as it is, is wrong: the best of some points."""
        inputs = self.question.points(points)
        flat = inputs.double().flatten(1)
        real = self.question.problem
        one = real.cases[case]
        values = real.values(one, flat)[:, : one.teachers][:, one.lead[: one.teachers]]
        leads = values.amin(1) + self.given
        with torch.no_grad():
            said = self.question.student.decide(self.question.student(inputs)).cpu()
        wrong = (said >= 0) & (said != one.label)
        if not bool(wrong.any()):
            return None
        row = int(torch.where(wrong, leads, -torch.inf).argmax())
        seen = CertificateWitness(inputs[row : row + 1], one.label, int(said[row]))
        return float(leads[row]), seen


def least_certainty(
    question: CertificateQuestion,
    settings: ProofSettings = ProofSettings(),  # noqa: B008 - frozen
    *,
    tolerance: float = 0.01,
    watch: Watch = silent,
) -> Certificate:
    """The least lead of the teacher's logits from which on the student is right everywhere asked about.

    Args:
        question: its teacher is a model with :class:`preceptor.teachers.LogitMargin`, or a panel of
            these with one lead; which lead does not matter.
        settings: how, and how long.
        tolerance: the bracket's width, relative to the lead.
        watch: told where it stands.

    Returns:
        a certificate whose :attr:`Certificate.least_lead` is the bracket ``(witnessed, proved)``;
        ``proved`` relative to the upper end, with the witness at the lower one.

    Raises:
        InputError: another teacher, or few inputs are not all that moves.
    """
    given = stated_lead(question.problem.cases)
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance={tolerance}: expected a share above 0 and below 1")
    begun, clock = datetime.now(UTC), time.monotonic()
    until = settings.now() + settings.seconds
    run = LeadRun.begin(question, settings, FLOOR - given)
    assert isinstance(run, LeadRun)  # noqa: S101 - for the type checker
    run.given, run.tolerance = given, tolerance
    if run.moving > settings.split_inputs:
        raise InputError(
            f"{run.moving} features move; the least certainty is found by splitting boxes of inputs, up to "
            f"{settings.split_inputs} of them (split_inputs)"
        )
    with one_thread():
        run.search.run_once(until)
        _climb(run, until)

        def told(now: BoxSearch) -> None:
            watch(ProofProgress("boxes", proved_share(now), now.open, now.looked))

        run.search.run(until, settings.boxes, told)
    return _bracket(run, begun, time.monotonic() - clock)


def stated_lead(cases: tuple[WrongCase, ...]) -> float:
    """The one lead by which a teacher is certain.

    Raises:
        InputError: it is certain in another way, or by several leads.
    """
    leads = {
        round(-float(offset), 9)
        for case in cases
        for offset, counted in zip(case.offsets, case.lead, strict=True)
        if bool(counted)
    }
    plain = all(bool(case.lead[: case.teachers].all()) and case.teachers > 0 for case in cases)
    if len(leads) != 1 or not plain:
        raise InputError(
            "the least certainty is that of a teacher which is certain by a lead of logits: a Model with "
            "rule=LogitMargin(...), or a Panel of such, all with the same lead"
        )
    return leads.pop()


def _climb(run: LeadRun, until: float) -> None:
    """Better and better witnesses by gradient ascent, until none is found."""
    for number in range(ROUNDS):
        boxes = run.search.everything()
        if boxes is None or run.settings.now() > until:
            return
        before = run.best
        lead = run.search.lead
        cases = [
            replace(case, offsets=case.offsets - lead * case.lead)
            for case in (run.problem.cases[i] for i in boxes.case.tolist())
        ]
        rng = generator(run.settings.seed, "least certainty", str(number))
        found = seek(
            run.problem,
            cases,
            boxes.box,
            rng,
            starts=run.settings.starts,
            steps=run.settings.ascent,
        )
        for place, points, _ in found:
            run.confirm(int(boxes.case[place]), points[:32])
        if run.best <= before:
            return


def _bracket(run: LeadRun, begun: datetime, seconds: float) -> Certificate:
    """The certificate with its bracket."""
    witness = run.witness
    run.witness = None
    made = certificate_of(run, "", begun, seconds)
    proved: float | None = run.search.lead + run.given
    if made.status != "proved":
        proved = _greatest(run)
    said = {
        "witnessed": run.best,
        "proved": proved,
        "tolerance": run.tolerance,
        "witness": None
        if witness is None
        else {
            "inputs": witness.inputs.flatten().tolist(),
            "teacher": witness.teacher,
            "student": witness.student,
        },
    }
    added = run.search.lead
    return replace(made, facts={**made.facts, "least_lead": said, "lead_added": added})


def _greatest(run: LeadRun) -> float | None:
    """A bound from above on the lead over all open boxes; ``None`` where there is none."""
    boxes = run.search.everything()
    if boxes is None or run.search.stuck:
        return None
    most = run.search.lead + run.given
    for start in range(0, len(boxes), BATCH):
        part: BoxBatch = boxes.take(slice(start, start + BATCH))
        most = max(most, float(run.search.lead_bounds(part).max()) + run.given)
    return most


__all__ = ["LeadRun", "least_certainty", "stated_lead"]
