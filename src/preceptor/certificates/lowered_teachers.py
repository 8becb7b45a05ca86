"""When a teacher is certain, as linear inequalities on networks and inputs.

Taken: models of rectifiers with ``LogitMargin`` exactly, and with ``Confidence`` and ``Margin`` exactly for
two outputs; for more outputs these enclose the certain set in half-spaces, so that a proof holds and a
refutation still needs its witness. Rules that are :class:`preceptor.teachers.LinearLaw`. Panels of these
with ``Votes`` or ``Unanimous``, as one case for each way to win the vote.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

import torch
from torch import nn

from preceptor.certificates.joint_problem import INPUTS, CertainWay, Conditions, Inequality
from preceptor.certificates.lowered_students import (
    LoweredClassifier,
    lower_sklearn,
    lower_torch,
    lower_torch_student,
)
from preceptor.certificates.module_scrutiny import SCALES, check_own_methods
from preceptor.certificates.piecewise import PiecewiseNet
from preceptor.core import AnyTeacher, Composite, InputError, Unanimous, VoteRule, Votes
from preceptor.students import SklearnStudent, TorchStudent
from preceptor.teachers import (
    Belief,
    Confidence,
    LinearLaw,
    LogitMargin,
    Margin,
    Model,
    Rule,
)
from preceptor.teachers.linear_rules import tree_cases
from preceptor.teachers.wrapper import Wrapper

SOFTMAX_ERROR: Final = 1e-5
"""By which a lead of logits, computed from float32 probabilities, may be off; the certain set is taken to be
so much larger. A probability is off by less than a tenth of that."""

_TAKEN: Final = (
    "a Model of a feed-forward network of rectifiers (LogitMargin, Confidence or Margin), a Rule whose function "
    "says its cases (half_spaces, NearestPrototypes, tree_rule, Polyhedra, or your own with a method cases), a "
    "scikit-learn tree, or a Panel of these"
)
_MOST_WAYS: Final = 20_000


class TeacherForm:
    """What is gathered while a teacher is read.

    Attributes:
        nets: of its members, in order.
        single: of each, whether it runs in float32.
        exact: whether all conditions are its certain set, and do not only enclose it.
    """

    def __init__(self, shape: tuple[int, ...], first: int) -> None:
        self.shape = shape
        self.first = first
        self.nets: list[PiecewiseNet] = []
        self.single: list[bool] = []
        self.exact = True

    def ways(self, teacher: AnyTeacher) -> list[CertainWay]:
        """Every way in which a teacher is certain of a label.

        Raises:
            InputError: a teacher that is not piecewise linear, or not known to be.
        """
        if isinstance(teacher, Wrapper):
            return self.ways(teacher.teacher)
        if isinstance(teacher, Model):
            return self._of_model(teacher)
        if isinstance(teacher, Rule) and isinstance(teacher.function, LinearLaw):
            check_own_methods(teacher, Rule, ("__call__",), f"teacher {teacher.name!r}")
            features = int(torch.Size(self.shape).numel())
            found = []
            for part in teacher.function.cases(features):
                held = zip(part.rows, part.offsets.tolist(), strict=True)
                found.append(
                    CertainWay(
                        part.label, tuple(Inequality(INPUTS, row, edge) for row, edge in held)
                    )
                )
            return found
        if isinstance(teacher, Composite):
            rule = getattr(teacher, "rule", None)
            if isinstance(rule, Votes | Unanimous):
                return self._of_panel(teacher, rule)
        raise InputError(
            f"teacher {teacher.name!r} is a {type(teacher).__name__}, of which it is not known where it is "
            f"certain. A certificate takes {_TAKEN}"
        )

    def _of_model(self, teacher: Model) -> list[CertainWay]:
        who = f"teacher {teacher.name!r}"
        check_own_methods(teacher, Model, ("__call__", "outputs"), who)
        for kind in (LogitMargin, Confidence, Margin):
            if isinstance(teacher.rule, kind):
                check_own_methods(teacher.rule, kind, ("certain",), who)
        outputs = teacher.classes + (teacher.cant_tell is not None)
        model, features = teacher.model, int(torch.Size(self.shape).numel())
        if isinstance(model, TorchStudent):
            probabilities = model.kind == "probabilities"
            lowered = lower_torch_student(model, self.shape, outputs, who, softmax=probabilities)
        elif isinstance(model, SklearnStudent):
            lowered = lower_sklearn(model, features, who)
            if lowered.net is None:
                return _of_tree(model, teacher.rule, who)
            check_beliefs(model, lowered.net, self.shape, who)
        elif isinstance(model, nn.Module):
            lowered = lower_torch(model, self.shape, outputs, who, softmax=False)
        else:
            raise InputError(
                f"{who}: its model is a {type(model).__name__}; a certificate takes {_TAKEN}"
            )
        return self._by_belief(lowered, teacher, who)

    def _by_belief(self, lowered: LoweredClassifier, teacher: Model, who: str) -> list[CertainWay]:
        assert lowered.net is not None  # noqa: S101 - for the type checker
        number = self.first + len(self.nets)
        self.nets.append(lowered.net)
        self.single.append(lowered.single)
        outputs = lowered.net.outputs
        lead, mean, counted = lead_of(teacher.rule, outputs, who)
        self.exact &= outputs == 2 or counted
        found = []
        classes = [one for one in range(outputs) if one != teacher.cant_tell]
        for label, output in enumerate(classes):
            conditions = []
            for rival in range(outputs):
                if rival != output:
                    row = torch.zeros(outputs, dtype=torch.float64)
                    row[output], row[rival] = 1.0, -1.0
                    conditions.append(Inequality(number, row, -lead, counted))
            if mean is not None:
                row = torch.full((outputs,), -1.0 / (outputs - 1), dtype=torch.float64)
                row[output] = 1.0
                conditions.append(Inequality(number, row, -mean))
            found.append(CertainWay(label, tuple(conditions)))
        return found

    def _of_panel(self, panel: Composite, rule: Votes | Unanimous) -> list[CertainWay]:
        kind = Votes if isinstance(rule, Votes) else Unanimous
        check_own_methods(rule, kind, ("decide",), f"panel {panel.name!r}")
        ways: list[dict[int, list[Conditions]]] = []
        for member in panel.members:
            by_label: dict[int, list[Conditions]] = {}
            for way in self.ways(member):
                by_label.setdefault(way.label, []).append(way.conditions)
            ways.append(by_label)
        found: list[CertainWay] = []
        for label in range(panel.classes):
            for votes in winning(rule, len(ways), label, panel.classes):
                said = [ways[member].get(vote, []) for member, vote in votes.items()]
                for chosen in itertools.product(*said):
                    found.append(CertainWay(label, tuple(itertools.chain(*chosen))))
                    if len(found) > _MOST_WAYS:
                        raise InputError(
                            f"panel {panel.name!r} can be certain in more than {_MOST_WAYS:,} ways; let it "
                            "be unanimous: rule=Unanimous(least=...)"
                        )
        return found


def check_beliefs(
    model: SklearnStudent, net: PiecewiseNet, shape: tuple[int, ...], who: str
) -> None:
    """Compare an estimator's beliefs at drawn inputs with the softmax of what was read of it.

    Raises:
        InputError: they differ, as Platt's scaling of a support vector machine makes them.
    """
    draws = torch.Generator().manual_seed(0)
    scales = torch.tensor(SCALES, dtype=torch.float64).repeat_interleave(100)[:, None]
    flat = torch.randn(len(scales), net.features, generator=draws, dtype=torch.float64) * scales
    inputs = flat.float()
    said = model(inputs.reshape(-1, *shape)).softmax(1)
    if not torch.allclose(said.double(), net(inputs.double()).softmax(1), atol=1e-5):
        raise InputError(
            f"{who}: the probabilities of this estimator are no softmax of linear values, so that it is not "
            f"known where it is certain. A certificate takes {_TAKEN}"
        )


def winning(rule: VoteRule, members: int, label: int, classes: int) -> Iterator[dict[int, int]]:
    """The least sets of votes with which a label wins, as ``{member: vote}``; who is not named may say
    anything.

    Raises:
        InputError: a rule by which fewer than half can decide.
    """
    if isinstance(rule, Unanimous):
        if members >= rule.least:
            yield dict.fromkeys(range(members), label)
        return
    if not isinstance(rule, Votes):
        raise InputError(
            f"a certificate takes panels with Votes or Unanimous; got {type(rule).__name__}"
        )
    share, limit = (
        Fraction(one).limit_denominator(10_000) for one in (rule.share, rule.abstentions)
    )
    needed = max(1, math.ceil(members * share))
    if 2 * needed <= members:
        raise InputError(
            f"by the rule {rule} {needed} of {members} can decide, so that two labels can meet; a certificate "
            "takes panels in which more than half must agree"
        )
    if members < rule.least:
        return
    most = max(count for count in range(members + 1) if count < members * limit)
    free = min(most, members - needed)
    for sure in itertools.combinations(range(members), needed):
        rest = [one for one in range(members) if one not in sure]
        for silent in itertools.combinations(rest, free):
            speaking = [one for one in rest if one not in silent]
            for said in itertools.product(range(classes), repeat=len(speaking)):
                yield {**dict.fromkeys(sure, label), **dict(zip(speaking, said, strict=True))}


def lead_of(rule: Belief, outputs: int, who: str) -> tuple[float, float | None, bool]:
    """By how much a certain logit leads each other one, and their mean; and if that is a stated lead.

    From ``p_t >= c`` follows ``p_u <= 1 - c``, so ``z_t - z_u >= log(c / (1 - c))``; and, the exponential
    being convex, ``z_t - mean z_u >= log((n - 1) c / (1 - c))``. From ``p_t - p_u >= m`` follows
    ``z_t - z_u >= log((1 + m) / (1 - m))``. With two outputs the first and last are equivalences.

    Raises:
        InputError: another rule.
    """
    if isinstance(rule, LogitMargin):
        return rule.least - SOFTMAX_ERROR, None, True
    if isinstance(rule, Confidence):
        least = min(max(rule.least - 1e-6, 1e-12), 1 - 1e-6)
        odds = math.log(least / (1 - least))
        mean = odds + math.log(outputs - 1) - SOFTMAX_ERROR if outputs > 2 else None
        return max(0.0, odds - SOFTMAX_ERROR), mean, False
    if isinstance(rule, Margin):
        least = min(max(rule.least - 1e-6, 0.0), 1 - 1e-6)
        return max(0.0, math.log((1 + least) / (1 - least)) - SOFTMAX_ERROR), None, False
    raise InputError(
        f"{who} is certain by {type(rule).__name__}; a certificate takes LogitMargin, Confidence and Margin"
    )


def _of_tree(student: SklearnStudent, rule: Belief, who: str) -> list[CertainWay]:
    """A decision tree whose leaves' shares are its probabilities: its certain leaves."""
    if not isinstance(rule, Confidence):
        raise InputError(f"{who}: a tree is certain by Confidence; got {type(rule).__name__}")
    if len(getattr(student.estimator, "steps", [0])) > 1:
        raise InputError(f"{who}: a tree behind other steps is taken as a student only")
    leaves = tree_cases(student.estimator.tree_, student.columns, rule.least - 1e-6)
    return [
        CertainWay(
            leaf.label,
            tuple(
                Inequality(INPUTS, row, edge)
                for row, edge in zip(leaf.rows, leaf.offsets.tolist(), strict=True)
            ),
        )
        for leaf in leaves
    ]


def lower_teacher(
    teacher: AnyTeacher, shape: tuple[int, ...], first: int
) -> tuple[TeacherForm, Sequence[CertainWay]]:
    """A teacher's networks, and every way in which it is certain.

    Args:
        teacher: which.
        shape: of one input.
        first: the number that its first network gets.

    Raises:
        InputError: a teacher that is not piecewise linear, or not known to be.
    """
    form = TeacherForm(shape, first)
    return form, form.ways(teacher)


__all__ = ["SOFTMAX_ERROR", "TeacherForm", "lead_of", "lower_teacher", "winning"]
