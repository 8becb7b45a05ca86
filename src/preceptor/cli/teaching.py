"""What ``preceptor teach`` learns on, audits by, and says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.audit import Contrast, Given, Plan, SideBySide
from preceptor.cli.specs import Data, read_attacks
from preceptor.core import (
    UNCERTAIN,
    ArraySource,
    Domain,
    InputError,
    Remembers,
    Teacher,
    generator,
    nonsense,
)
from preceptor.lessons import Budget, Price, Tutor
from preceptor.problems import Probe
from preceptor.report import lead
from preceptor.strategies import Learned


@dataclass(frozen=True, eq=False)
class Material:
    """What there is to learn on, and what is set apart for the audits.

    Attributes:
        inputs: ``Float[examples, *shape]``, with labels; the pool where there are none.
        labels: ``Int64[examples]``, all uncertain where there are none.
        labelled: whether the labels are known.
        pool: ``Float[pool, *shape]``, inputs without labels.
        source: items of the audits; nothing is learned on them.
        tutors: what the teacher can volunteer.
        probes: laws of strong accuracy.
        origin: where the labels are from, in words.
    """

    inputs: Tensor
    labels: Tensor
    labelled: bool
    pool: Tensor
    source: ArraySource
    origin: str
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)

    @property
    def domain(self) -> Domain:
        """Of the inputs."""
        return self.source.domain


def material(
    spec: str, data: Data, teacher: Teacher, *, items: int, given: int, seed: int
) -> Material:
    """Split the data into labelled examples, a pool and the audits' items.

    Of a problem its own training set is learned on. Of other data ``items``, at most half, are set
    apart at random; labels are the file's, or what the ledger has.

    Raises:
        InputError: too few data, or labels that are none.
    """
    problem = data.problem
    if problem is not None:
        source = problem.take(min(items, len(problem.source)))
        known = min(given, len(problem.train_inputs))
        return _material(
            problem.train_inputs,
            problem.train_labels,
            torch.arange(len(problem.train_inputs)) < known,
            source,
            f"{known:,} labels of {problem.name}'s own training set",
            problem.tutors,
            problem.probes,
        )
    whole = data.source
    if len(whole) < 2:
        raise InputError(f"{spec} holds {len(whole)} item; teaching and audit need two or more")
    order = generator(seed, "apart").permutation(len(whole))
    apart, rest = (
        np.sort(order[: min(items, len(whole) // 2)]),
        order[min(items, len(whole) // 2) :],
    )
    source = ArraySource(
        whole.inputs[apart], whole.domain, tuple(whole.ids[i] for i in apart), whole.name
    )
    everything = whole.read(0, len(whole))
    inputs = everything[torch.from_numpy(rest)]
    labels = _labels(Path(spec), len(whole), teacher.classes)
    if labels is not None:
        first = torch.arange(len(rest)) < given
        origin = f"{int(first.sum()):,} labels of {spec}"
        return _material(inputs, labels[torch.from_numpy(rest)], first, source, origin)
    known_ = torch.zeros(len(rest), dtype=torch.bool)
    if isinstance(teacher, Remembers):
        known_ = teacher.known(inputs)
        known_ &= known_.cumsum(0) <= given
    answers = torch.full((len(rest),), UNCERTAIN)
    if bool(known_.any()):
        answers[known_] = teacher(inputs[known_]).labels
    return _material(
        inputs, answers, known_, source, f"{int(known_.sum()):,} answers that the ledger had"
    )


def _material(
    inputs: Tensor,
    labels: Tensor,
    known: Tensor,
    source: ArraySource,
    origin: str,
    tutors: Mapping[str, Tutor] | None = None,
    probes: Mapping[str, Probe] | None = None,
) -> Material:
    labelled = bool(known.any())
    pool = inputs[~known] if bool((~known).any()) else inputs
    examples = inputs[known] if labelled else pool
    said = labels[known] if labelled else torch.full((len(pool),), UNCERTAIN)
    return Material(examples, said, labelled, pool, source, origin, tutors or {}, probes or {})


def _labels(path: Path, items: int, classes: int) -> Tensor | None:
    """The file's labels, or ``None`` if it has none."""
    if path.suffix == ".npy":
        return None
    with np.load(path, allow_pickle=False) as found:
        if "labels" not in found:
            return None
        labels = np.asarray(found["labels"])
    if labels.shape != (items,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"{path} holds labels of dtype {labels.dtype} and shape {labels.shape}; expected whole "
            f"numbers of shape ({items},), {UNCERTAIN} for can't tell"
        )
    read = torch.from_numpy(labels.astype(np.int64))
    wrong = nonsense(read, classes)
    if bool(wrong.any()):
        raise InputError(
            f"{path} holds the label {int(read[wrong][0])}; the teacher's are 0 .. {classes - 1}, or "
            f"{UNCERTAIN} for can't tell"
        )
    return read


def budget_of(specs: list[str]) -> Budget:
    """A budget from ``questions=200`` and the like.

    Raises:
        InputError: a number without its unit, an unknown unit, or one that stands twice.
    """
    found: dict[str, float] = {}
    for spec in specs:
        unit, equals, text = (part.strip() for part in spec.partition("="))
        if not equals or unit not in ("questions", "bits", "cost"):
            raise InputError(
                f"--budget {spec!r}: write the unit too, questions=200, bits=300 or cost=12.5"
            )
        if unit in found:
            raise InputError(f"--budget {unit} stands twice")
        try:
            found[unit] = float(text) if unit != "questions" else int(text)
        except ValueError as error:
            raise InputError(f"--budget {spec!r}: {text!r} is no number of {unit}") from error
    questions = found.get("questions")
    return Budget(
        None if questions is None else int(questions), found.get("bits"), found.get("cost")
    )


def plan_for(data: Data, have: Material, specs: list[str], seed: int) -> Plan:
    """The audits' plan: the attacks, and for a problem draws of its laws, the same for both."""
    drawn = tuple(
        Given(
            f"probe {name}",
            law(len(have.source), generator(seed, "probe", name)),
            family="probe",
        )
        for name, law in have.probes.items()
    )
    return Plan(read_attacks(specs, data), drawn, seed=seed)


@dataclass(frozen=True)
class Answer:
    """What teaching cost and changed.

    Attributes:
        price: of all lessons.
        rounds: prices and lessons round by round.
        ending: why it ended.
        given: where the labels are from.
        contrasts: after less before, by row of the audits, the worst case last.
        hurt: whether the worst case, or the one row there is, is settled to be worse.
        lines: all of it in words, the answer first.
        files: what was written.
    """

    price: Price
    rounds: tuple[dict[str, Any], ...]
    ending: str
    given: str
    contrasts: tuple[Contrast, ...]
    hurt: bool
    lines: tuple[str, ...]
    files: dict[str, str]

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "schema": "preceptor-teach/1",
            "price": self.price.describe(),
            "rounds": list(self.rounds),
            "ending": self.ending,
            "given": self.given,
            "differences": [one.describe() for one in self.contrasts],
            "hurt": self.hurt,
            "answer": list(self.lines),
            "files": self.files,
        }


def told(
    learned: Learned,
    teacher: Teacher,
    have: Material,
    sides: SideBySide | None,
    folder: Path,
    why_not: str | None,
    weights: Path,
) -> Answer:
    """The answer, and where everything lies."""
    price = learned.price
    contrasts = () if sides is None else sides.pair(1, 0).contrasts
    files = {"weights": str(weights)}
    lines = [
        f"Cost: {price.questions:,} questions or items, {price.bits:,.1f} bits from the teacher, "
        f"{price.cost:,.4g} of {teacher.name}'s own unit; {price.student_bits:,.0f} bits to it. "
        f"Ended: {learned.ending}. Given besides: {have.origin}."
    ]
    worse = [one for one in contrasts if _sign(one) < 0]
    hurt = bool(contrasts) and _sign(contrasts[-1]) < 0
    if sides is None:
        lines.append("No audit was made, so whether teaching helped is not known.")
    else:
        lines += _changed(contrasts, worse, hurt=hurt)
        asked = [side.whole.run.get("new_answers", 0) for side in sides.sides]
        lines.append(
            f"The audits put {asked[0]:,} and {asked[1]:,} new questions, which are no part of the cost."
        )
        lines.append(lead(sides).sentence)
        files["page"] = str(folder / "before-and-after.html")
    if why_not is None:
        files["program"] = str(folder / "student.pt2")
    lines += [f"{what.capitalize()}: {path}" for what, path in files.items()]
    if why_not is not None:
        lines.append(f"No student.pt2: torch.export cannot export this module. {why_not}")
    rounds = tuple(
        {
            "number": one.number,
            "lesson": None if one.lesson is None else one.lesson.kind,
            "price": one.price.describe(),
            "resumed": one.resumed,
        }
        for one in learned.rounds
    )
    return Answer(price, rounds, learned.ending, have.origin, contrasts, hurt, tuple(lines), files)


def _changed(contrasts: tuple[Contrast, ...], worse: list[Contrast], *, hurt: bool) -> list[str]:
    last = contrasts[-1]
    words = {
        1: "Teaching helped",
        0: "Not settled whether teaching helped or hurt",
        -1: "TEACHING HURT",
    }
    lines = [f"{words[_sign(last)]}: {_points(last)} (after less before, paired by item)."]
    if worse and not hurt:
        lines.append("But surely worse under: " + "; ".join(_points(one) for one in worse) + ".")
    lines += [f"  {_points(one)}{' *' if one.settled else ''}" for one in contrasts[:-1]]
    if len(contrasts) > 1:
        lines.append("  * settled, after Holm's correction over these lines")
    return lines


def _sign(one: Contrast) -> int:
    """1 if surely better after teaching, -1 if surely worse, else 0."""
    value = one.difference.value
    if not one.settled or value is None:
        return 0
    return 1 if value > 0 else -1 if value < 0 else 0


def _points(one: Contrast) -> str:
    low, high = (100 * end for end in one.difference.interval)
    value = one.difference.value
    text = "undefined" if value is None else f"{100 * value:+.1f} points"
    return f"{one.name}: {text} [{low:+.1f} to {high:+.1f}]"
