"""Sanity checks: the mistakes that make other tools report wrong numbers without a word."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import torch
from torch import Tensor

from preceptor.audit.audit_plan import Plan
from preceptor.audit.text_checks import check_given, check_texts
from preceptor.core import (
    BROKEN,
    AnySource,
    AnyStudent,
    AnyTeacher,
    InputError,
    Inputs,
    TableDomain,
    TextDomain,
    Texts,
    check_float32,
    in_company,
)
from preceptor.core import Finding as Finding
from preceptor.core.company import FIX
from preceptor.core.domains import AnyDomain
from preceptor.core.passes import within
from preceptor.outcome import Outcome, Sheet, anchored, right_at

PROBE = 64


@runtime_checkable
class _WasTraining(Protocol):
    """A student that noticed that its module came in training mode."""

    @property
    def was_training(self) -> bool: ...


@runtime_checkable
class _Remarked(Protocol):
    """A student about which something was found while it was made."""

    @property
    def remarks(self) -> Sequence[Finding]: ...


ENOUGH: Final = 20
"""Certain clean answers from which a student near chance, or a teacher of one label, is told."""


def check_domain(inputs: Inputs, ids: list[str], domain: AnyDomain) -> None:
    """Refuse inputs that are not in the domain.

    Raises:
        InputError: names the first offender, the likeliest reason and the fix.
    """
    if isinstance(inputs, Texts) or isinstance(domain, TextDomain):
        check_texts(inputs, ids, domain)
        return
    outside = domain.outside(inputs)
    if not bool(outside.any()):
        return
    low, high = domain.bounds()
    first = int(outside.nonzero()[0, 0])
    if isinstance(domain, TableDomain):
        raise InputError(
            f"item {ids[first]!r} is no row of the table: {domain.fault(inputs[first])}"
        )
    least, most = float(inputs.nan_to_num().min()), float(inputs.nan_to_num().max())
    if not bool(torch.isfinite(inputs[first]).all()):
        why = "it holds values that are not finite. Drop or mend such items."
    elif float(high.max()) <= 1.0 and most > 4 and least >= 0:
        why = (
            f"values reach {most:g}: these look like pixels from 0 to 255. Divide by 255, or give "
            "the domain bounds 0 and 255 (sizes such as eps are in input units)."
        )
    elif least < 0 <= float(low.min()) and most < 6:
        why = (
            f"values run from {least:.3g} to {most:.3g}: these look normalised (mean and standard "
            "deviation). Give plain inputs and put the normalisation inside the student, else an "
            "eps means another size than it says."
        )
    else:
        why = f"values run from {least:.3g} to {most:.3g}. Give the domain the true bounds."
    raise InputError(
        f"item {ids[first]!r} lies outside the domain [{float(low.min()):g}, "
        f"{float(high.max()):g}]: {why}"
    )


def check_classes(student: AnyStudent, teacher: AnyTeacher) -> None:
    """Refuse a student and a teacher that name different numbers of classes.

    Raises:
        InputError: says both counts.
    """
    if student.classes != teacher.classes:
        raise InputError(
            f"student {student.name!r} has {student.classes} classes, teacher {teacher.name!r} has "
            f"{teacher.classes}; their labels must mean the same. Give the student an output for "
            "each of the teacher's classes, in the same order."
        )


def check_student(student: AnyStudent, inputs: Inputs) -> list[Finding]:
    """A few passes over a few clean inputs: randomness, company, NaN, dead gradients.

    Args:
        student: the one to be audited.
        inputs: the first few are looked at.

    Raises:
        InputError: its outputs cannot be used, or its labels depend on the rest of the batch.
    """
    probe = inputs[:PROBE].to(student.device)
    found = in_company(student, probe)
    found.check(student.name)
    findings = [*student.remarks] if isinstance(student, _Remarked) else []
    if isinstance(student, _WasTraining) and student.was_training:
        findings.append(
            Finding(
                "train-mode",
                "note",
                f"student {student.name!r} came in training mode, where dropout and batch "
                "statistics change its answers; it was audited in evaluation mode.",
                "Call .eval() before handing it in, if that is what you deploy.",
            )
        )
    if found.wavering:
        findings.append(
            Finding(
                "random-student",
                "warning",
                f"student {student.name!r} gives other logits for the same inputs when asked "
                f"twice ({found.wavering} of {len(probe)}); an attack that looks once at each point is fooled by that.",
                "Switch off dropout and other randomness (eval mode), or fix the seed inside the "
                "student; if the randomness is a defence, average several passes.",
            )
        )
    elif found.drifting:
        findings.append(
            Finding(
                "batch-dependent",
                "warning",
                f"the logits of student {student.name!r} for {found.drifting} of {len(probe)} clean "
                "inputs change with the inputs beside them in the batch (its labels do not), so "
                "that attacks and --batch see a student that is not quite one.",
                FIX,
            )
        )
    broken = int((student.decide(found.logits) == BROKEN).sum())
    if broken:
        findings.append(
            Finding(
                "nan-logits",
                "warning",
                f"student {student.name!r} gives logits that are not finite for {broken} of "
                f"{len(probe)} clean inputs; such answers count as wrong wherever the teacher is "
                "certain.",
                "Look for a division by zero or an overflow in the student.",
            )
        )
    if student.differentiable and isinstance(probe, Tensor):
        findings += _check_gradients(student, probe)
    return findings


def _check_gradients(student: AnyStudent, probe: Tensor) -> list[Finding]:
    dead = sum(_dead_gradients(student, some) for some in torch.split(probe, within(PROBE)))
    if dead * 10 < len(probe):
        return []
    return [
        Finding(
            "zero-gradients",
            "warning",
            f"the gradient of student {student.name!r} is exactly zero at {dead} of {len(probe)} "
            "clean inputs, so attacks that follow gradients cannot move there and look weak.",
            "Audit the student before any rounding, saturation or hard threshold, and add attacks "
            "that need no gradient (noise, rotate, keep).",
        )
    ]


def _dead_gradients(student: AnyStudent, some: Tensor) -> int:
    inputs = some.clone().requires_grad_(True)
    logits = student(inputs)
    if not logits.requires_grad:
        raise InputError(_detached(student))
    top = logits.topk(2, dim=1).values
    (gradient,) = torch.autograd.grad((top[:, 0] - top[:, 1]).sum(), inputs, allow_unused=True)
    if gradient is None:
        raise InputError(_detached(student))
    return int((gradient.flatten(1) == 0).all(1).sum())


def _detached(student: AnyStudent) -> str:
    return (
        f"student {student.name!r} says that it is differentiable, but no gradient flows from its "
        "logits to its inputs. Remove detach() or no_grad() inside it, or declare it not "
        "differentiable."
    )


def check_clean(clean: Sheet, teacher: AnyTeacher, student: AnyStudent) -> list[Finding]:
    """A student near chance on clean data, or a teacher that is hardly ever certain."""
    asked = int(clean.asked.sum())
    counted = anchored(clean)
    findings = []
    if asked and int(counted.sum()) * 2 < asked:
        findings.append(
            Finding(
                "uncertain-teacher",
                "warning",
                f"teacher {teacher.name!r} is uncertain of {asked - int(counted.sum())} of {asked} "
                "clean inputs; what follows speaks only of the others.",
                f"It is certain when: {teacher.certainty}. Loosen the rule, ask more members, or "
                "check that the inputs look as the teacher expects.",
            )
        )
    certain = counted & ~clean.partial
    if int(certain.sum()) >= ENOUGH and len(set(clean.teacher[certain].tolist())) == 1:
        findings.append(_one_label(clean, certain, teacher))
    if int(counted.sum()) >= ENOUGH:
        right = float(right_at(clean)[counted].float().mean())
        if right <= 1.5 / student.classes:
            findings.append(
                Finding(
                    "student-near-chance",
                    "warning",
                    f"student {student.name!r} agrees with the teacher on only {right:.0%} of "
                    f"clean inputs, with {student.classes} classes.",
                    "Check the order of the labels, the scale of the inputs (a network that was "
                    "trained behind a normalisation needs --normalise MEAN:STD, in Python "
                    "normalise=) and their layout (channels first).",
                )
            )
    return findings


def _one_label(clean: Sheet, counted: Tensor, teacher: AnyTeacher) -> Finding:
    label = int(clean.teacher[counted][0])
    return Finding(
        "one-label",
        "warning",
        f"teacher {teacher.name!r} gives label {label} to all {int(counted.sum())} clean inputs of which it is "
        f"certain. A teacher that sees nothing but label {label} makes a student that always says so "
        "perfect.",
        "Check that the function looks at the inputs, that they come in the scale it expects, and that "
        "the items are not all of one class.",
    )


def check_labels(reasons: Mapping[str, int], teacher: AnyTeacher) -> list[Finding]:
    """A teacher some of whose answers are no label: then its others may mean other classes too."""
    wrong = {why: count for why, count in reasons.items() if "which is no label" in why}
    if not wrong:
        return []
    return [
        Finding(
            "teacher-labels",
            "warning",
            f"{sum(wrong.values())} answers of teacher {teacher.name!r} are no label of "
            f"{teacher.classes} classes ({next(iter(wrong))}), and count as unanswered. Its other "
            "answers may mean other classes than they seem to, so that every rate is in doubt.",
            "Labels begin at 0: subtract 1 where they begin at 1; give student and teacher the same "
            "classes in the same order.",
        )
    ]


def check_moves(moved: dict[str, int], failed: dict[str, dict[str, str]], n: int) -> list[Finding]:
    """Attacks that moved nothing, and attacks that failed on some items."""
    findings = [
        Finding(
            "moved-nothing",
            "warning",
            f"{name} moved none of the {n} inputs.",
            "Its size may be 0, the gradient zero, every feature fixed, or (keep) no guide of "
            "another class in the pool.",
        )
        for name, count in moved.items()
        if count == 0 and len(failed.get(name, {})) < n
    ]
    for name, items in failed.items():
        if items:
            example, why = next(iter(items.items()))
            findings.append(
                Finding(
                    "attack-failed",
                    "warning",
                    f"{name} failed on {len(items)} of {n} items (item {example!r}: {why}); these "
                    "stay unasked.",
                    "The other items are not touched by it. See the record for each item's reason.",
                )
            )
    return findings


def check_void(outcome: Outcome, moved: Tensor) -> list[Finding]:
    """An attack that turns most of what it moves void.

    Args:
        outcome: what was said before and after.
        moved: ``Bool[items]``, where the attack changed the input at all.
    """
    known = anchored(outcome.clean) & outcome.moved.asked & moved
    void = int((known & outcome.moved.void).sum())
    of = int(known.sum())
    if 2 * void <= of:
        return []
    certain = int((outcome.moved.asked & ~outcome.moved.void).sum())
    return [
        Finding(
            "mostly-void",
            "warning",
            f"{outcome.attack} turned {void} of the {of} inputs void that it moved: the teacher "
            "was certain of the clean ones and is uncertain of these. The rate under it is over "
            f"{certain} of {len(outcome.moved)} inputs.",
            "Read that rate with its number of inputs. A smaller size, or an attack that keeps the "
            "inputs such that the teacher knows them, says more about the student.",
        )
    ]


def check_repeats(first: Tensor, again: Tensor, teacher: AnyTeacher) -> list[Finding]:
    """Two answers to one question, each ``Bool[batch, classes]``, true where a label is acceptable."""
    other = (first != again).any(1)
    differ = int(other.sum())
    if not differ:
        return []
    both = int((other & (first.sum(1) == 1) & (again.sum(1) == 1)).sum())
    return [
        contradiction(
            f"teacher {teacher.name!r} gave another answer to {differ} of {len(first)} questions "
            f"that were asked twice (on {both} of them certain both times)."
        )
    ]


def contradiction(message: str) -> Finding:
    """A teacher that contradicts itself."""
    return Finding(
        "inconsistent-teacher",
        "warning",
        message,
        "Where a single person or a random model contradicts itself, no label is certain: use a "
        "panel, or a teacher that says uncertain there.",
    )


def check_source(source: AnySource, plan: Plan) -> None:
    """Refuse an empty source and given pairs that do not match it.

    Raises:
        InputError: says what differs.
    """
    if len(source) == 0:
        raise InputError("the source has no items: there is nothing to audit")
    for given in plan.given:
        if isinstance(source.domain, TextDomain) or isinstance(given.inputs, Texts):
            check_given(given, source)
        elif tuple(given.inputs.shape) != (len(source), *source.domain.shape):
            raise InputError(
                f"moved inputs {given.name!r} have shape {tuple(given.inputs.shape)}; expected one "
                f"for each clean item: {(len(source), *source.domain.shape)}"
            )
        if not isinstance(given.inputs, Texts):
            check_float32(given.inputs, f"moved inputs {given.name!r}", source.domain.names)
        if given.ids and list(given.ids) != list(source.ids):
            if len(given.ids) != len(source):
                raise InputError(f"moved inputs {given.name!r} have {len(given.ids)} ids")
            first = next((a, b) for a, b in zip(given.ids, source.ids, strict=True) if a != b)
            raise InputError(
                f"moved inputs {given.name!r} and the clean items are in different order: "
                f"{first[0]!r} stands where {first[1]!r} should. Sort both by id."
            )
