"""Teach until proved: prove, ask the teacher where the proof fails, learn, prove again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from preceptor.asking import input_keys
from preceptor.certificates import Certificate, CertificateQuestion, ProofSettings, prove
from preceptor.certificates.proving import one_thread
from preceptor.certificates.refuter import closest, seek
from preceptor.core import UNCERTAIN, AnyTeacher, Domain, InputError, Pupil, Teacher
from preceptor.core.identity import identify_student
from preceptor.lessons import Examples, Lesson
from preceptor.strategies.pool_questions import ask
from preceptor.strategies.strategy import Kind

NEAR: Final = (0.05, 0.02, 0.005)
"""Shares of the domain's width within which more points like a witness are looked for."""

_AROUND: Final = 256
_BOXES: Final = 64


@runtime_checkable
class _Keeps(Protocol):
    """Who hands questions on to another teacher and keeps the answers."""

    @property
    def inner(self) -> AnyTeacher: ...


def bare(teacher: AnyTeacher) -> AnyTeacher:
    """The teacher behind those that keep its answers: whose conditions a proof reads."""
    while isinstance(teacher, _Keeps):
        teacher = teacher.inner
    return teacher


@dataclass(frozen=True, eq=False)
class UntilProved:
    """Questions where the student is proved wrong, until it is proved right all over the domain.

    Each round tries to prove that the student is right wherever the teacher is certain. Where that is
    refuted, the teacher is asked at the witness and at other points at which the student is wrong in
    some way, as far from one another as there are; where it is undecided, close to where it could
    be. Nothing
    is asked that was answered in a past lesson. There is no lesson left once everything is proved, and
    none where nothing new can be asked.

    The proof reads the teacher's conditions: it must be a rule, network or panel that
    :class:`preceptor.certificates.CertificateQuestion` takes. That is no question; what the student learns is,
    and each is paid for and kept like any other. After counterexample-guided inductive synthesis (Solar-Lezama
    et al. 2006), with a network in place of a program and a teacher who may be uncertain in place of a
    specification.

    Attributes:
        domain: all of it is to be proved.
        teacher: whom to ask.
        each: questions in a round, at most.
        seconds: the most time of one proof, of the processor.
        split: split boxes of inputs up to so many features; beyond, rectifiers and the exact solver.
        doubt: weight of uncertain answers in the loss.

    Raises:
        InputError: a number out of range, or a teacher that no certificate can be about.
    """

    domain: Domain
    teacher: Teacher
    each: int = 8
    seconds: float = 20.0
    split: int = 6
    doubt: float = 0.0
    _made: dict[str, Certificate] = field(default_factory=dict, init=False, repr=False)

    name: ClassVar[str] = "until proved"
    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        if self.each < 1:
            raise InputError(f"{self.name}: each={self.each}; expected at least 1 question a round")
        ProofSettings(seconds=self.seconds, split_inputs=self.split)
        check_teacher(self.teacher, self.domain)

    def certify(self, student: Pupil) -> Certificate:
        """What can be proved of a student; nobody is asked.

        The proof of the last student is kept in memory, since the round after it asks the same.

        Raises:
            InputError: a student that is not piecewise linear; says which layer.
        """
        who = identify_student(student)
        if who.digest in self._made:
            return self._made[who.digest]
        settings = ProofSettings(seconds=self.seconds, clock="cpu", split_inputs=self.split)
        made = prove(self.question(student), settings)
        if not who.unknown:
            self._made.clear()
            self._made[who.digest] = made
        return made

    def question(self, student: Pupil) -> CertificateQuestion:
        """About the whole domain."""
        return CertificateQuestion(student, bare(self.teacher), self.domain)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        made = self.certify(student)
        if made.status == "proved":
            return None
        known = {
            key
            for one in past
            if isinstance(one, Examples) and isinstance(one.inputs, Tensor)
            for key in keys_of(one.inputs)
        }
        question = self.question(student)
        found = (
            _wrong(question, made, rng) if made.status == "refuted" else _open(question, made, rng)
        )
        new = [row for row, key in enumerate(keys_of(found)) if key not in known]
        chosen = spread(found[new], n, self.domain)
        return ask(self.teacher, chosen, doubt=self.doubt) if len(chosen) else None


def check_teacher(teacher: AnyTeacher, domain: Domain) -> None:
    """See that a certificate can be about a teacher.

    Raises:
        InputError: it cannot; says what can.
    """
    from preceptor.certificates.lowered_teachers import lower_teacher

    lower_teacher(bare(teacher), domain.shape, 1)


def keys_of(inputs: Tensor) -> list[str]:
    """What makes a question the same."""
    return list(input_keys(inputs.float()))


def _wrong(question: CertificateQuestion, made: Certificate, rng: np.random.Generator) -> Tensor:
    """``Float32[points, *shape]`` at which the student is wrong, the witness first."""
    witness = made.witness
    assert witness is not None  # noqa: S101 - it is refuted
    problem, (low, high) = question.problem, question.box
    here = witness.inputs.double().flatten()
    found = []
    for share in NEAR:
        off = torch.from_numpy(rng.uniform(-share, share, (_AROUND // len(NEAR), len(low))))
        found.append(here + off * (high - low))
    ends = (low.expand(len(problem.cases), -1), high.expand(len(problem.cases), -1))
    with one_thread():
        for _, points, _ in seek(problem, problem.cases, ends, rng, starts=24, steps=30):
            found.append(points)
    inputs, wanted, said = question.both_say(torch.cat(found))
    wrong = (wanted != UNCERTAIN) & (said >= 0) & (said != wanted)
    return torch.cat([witness.inputs, inputs[wrong]])


def _open(question: CertificateQuestion, made: Certificate, rng: np.random.Generator) -> Tensor:
    """``Float32[points, *shape]`` in what is open, where the teacher is certain: those that come closest to
    an open case, at which the student is wrong or barely right, and the middles of open boxes.
    """
    boxes = made.waiting()
    if boxes is None:
        return torch.zeros(0, *question.domain.shape)
    boxes = boxes.take(boxes.mass.argsort(descending=True)[:_BOXES])
    cases = [question.problem.cases[i] for i in boxes.case.tolist()]
    with one_thread():
        near = closest(question.problem, cases, boxes.box, rng, starts=8, steps=40)
    inputs, wanted, said = question.both_say(torch.cat([near, (boxes.low + boxes.high) / 2]))
    certain = wanted != UNCERTAIN
    wrong = certain & (said >= 0) & (said != wanted)
    return torch.cat([inputs[wrong], inputs[certain & ~wrong]])


def spread(points: Tensor, n: int, domain: Domain) -> Tensor:
    """``Float[up to n, *shape]``: the first, then always the one that is farthest from those chosen."""
    if not len(points):
        return points
    low, high = (end.flatten() for end in domain.bounds())
    flat = points.flatten(1) / (high - low).clamp_min(1e-12)
    rows, away = [0], (flat - flat[0]).abs().amax(1)
    while len(rows) < n and float(away.max()) > 0:
        rows.append(int(away.argmax()))
        away = torch.minimum(away, (flat - flat[rows[-1]]).abs().amax(1))
    return points[rows]
