"""The question that a certificate answers: is the student right wherever its teacher is certain?"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem, assemble
from preceptor.certificates.lowered_students import lower_student, wrong_ways
from preceptor.certificates.lowered_teachers import lower_teacher
from preceptor.core import UNCERTAIN, AnyStudent, AnyTeacher, Domain, InputError, TableDomain


@dataclass(frozen=True, eq=False)
class CertificateWitness:
    """An input at which the teacher is certain and the student gives another label.

    Both were asked as they are, in the precision in which they run.

    Attributes:
        inputs: ``Float32[1, *shape]``.
        teacher: its label.
        student: the student's.
    """

    inputs: Tensor
    teacher: int
    student: int


@dataclass(frozen=True, eq=False)
class CertificateQuestion:
    """For all ``x`` in a box: the teacher is certain of ``t`` at ``x`` implies that the student says ``t``.

    Attributes:
        student: a torch module or scikit-learn classifier as a student.
        teacher: a model, panel or rule.
        domain: its bounds are the box; the whole of it is asked about, for *strong* robustness.
        centre: ``Float32[*shape]``: only the l_inf ball around it, for *weak* robustness.
        eps: radius of the ball, as a size (:attr:`preceptor.core.Domain.unit`).

    Raises:
        InputError: student or teacher are not piecewise linear, or do not fit one another or the domain.
    """

    student: AnyStudent
    teacher: AnyTeacher
    domain: Domain
    centre: Tensor | None = None
    eps: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.domain, TableDomain) or not isinstance(self.domain, Domain):
            raise InputError(
                f"a certificate is about vectors or images in a box; got a {type(self.domain).__name__}"
            )
        if (self.centre is None) != (self.eps is None):
            raise InputError("a ball needs both its centre and eps; the whole domain neither")
        if self.eps is not None and not 0 <= self.eps < float("inf"):
            raise InputError(f"eps={self.eps}: expected a number of at least 0")
        if self.centre is not None and tuple(self.centre.shape) != self.domain.shape:
            raise InputError(
                f"the ball's centre has shape {tuple(self.centre.shape)}; the inputs {self.domain.shape}"
            )
        if self.student.classes != self.teacher.classes:
            raise InputError(
                f"student {self.student.name!r} has {self.student.classes} classes, teacher "
                f"{self.teacher.name!r} {self.teacher.classes}"
            )

    @cached_property
    def box(self) -> Ends:
        """Ends ``Float64[features]`` of the box that is asked about.

        Raises:
            InputError: the ball does not meet the domain.
        """
        low, high = (end.double().flatten().clone() for end in self.domain.bounds())
        if self.centre is None or self.eps is None:
            return low, high
        middle = self.centre.double().flatten()
        reach = self.eps * self.domain.unit.double().flatten()
        if self.domain.fixed is not None:
            reach = torch.where(self.domain.fixed.flatten(), 0.0, reach)
        low, high = torch.maximum(low, middle - reach), torch.minimum(high, middle + reach)
        if bool((low > high).any()):
            raise InputError("the ball around this input does not meet the domain")
        return low, high

    @cached_property
    def problem(self) -> JointProblem:
        """Student and teacher in one piecewise-linear form, in real numbers."""
        shape = self.domain.shape
        lowered = lower_student(self.student, shape)
        own = [] if lowered.net is None else [lowered.net]
        form, certain = lower_teacher(self.teacher, shape, len(own))
        return assemble(
            int(torch.Size(shape).numel()),
            [*own, *form.nets],
            certain,
            wrong_ways(lowered, 0, self.student.classes),
            exact=form.exact,
            single=[*([lowered.single] if own else []), *form.single],
            students=len(own),
        )

    def points(self, found: Tensor) -> Tensor:
        """Points ``Float64[n, features]`` as inputs ``Float32[n, *shape]`` that are valid and in the box."""
        low, high = self.box
        inputs = found.clamp(low, high).float()
        low32, high32 = _inner(low, up=True), _inner(high, up=False)
        inputs = torch.minimum(torch.maximum(inputs, low32), high32)
        inputs = inputs.reshape(-1, *self.domain.shape)
        steps = self.domain.steps
        if steps is not None:
            gap = torch.where(steps > 0, steps, 1.0)
            inputs = torch.where(steps > 0, (inputs / gap).round() * gap, inputs)
        return inputs

    def both_say(self, found: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points as valid inputs, with what teacher and student, as they are, say there.

        Args:
            found: ``Float64[n, features]``.

        Returns:
            ``Float32[m, *shape]``, those of the points that are in the box; ``Int64[m]`` each.
        """
        inputs = self.points(found)
        flat = inputs.double().flatten(1)
        inputs = inputs[((flat >= self.box[0]) & (flat <= self.box[1])).all(1)]
        with torch.no_grad():
            said = self.student.decide(self.student(inputs)).cpu()
            wanted = self.teacher(inputs).labels
        return inputs, wanted, said

    def witness(self, found: Tensor) -> CertificateWitness | None:
        """The first of some points at which student and teacher, as they are, part.

        Args:
            found: ``Float64[n, features]``.
        """
        inputs, wanted, said = self.both_say(found)
        wrong = (wanted != UNCERTAIN) & (said >= 0) & (said != wanted)
        rows = wrong.nonzero()[:, 0]
        if not len(rows):
            return None
        row = int(rows[0])
        return CertificateWitness(inputs[row : row + 1], int(wanted[row]), int(said[row]))


def _inner(ends: Tensor, *, up: bool) -> Tensor:
    """The nearest float32 numbers not below (``up``) or not above these."""
    near = ends.float()
    toward = torch.full_like(near, torch.inf if up else -torch.inf)
    off = near.double() < ends if up else near.double() > ends
    return torch.where(off, torch.nextafter(near, toward), near)
