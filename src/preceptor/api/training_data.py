"""What a student is taught on, and audited by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from preceptor.api.data import Data
from preceptor.api.suite import Attacks, read_attacks
from preceptor.audit import MovedInputs, Plan
from preceptor.core import (
    UNCERTAIN,
    AnySource,
    AnyTeacher,
    ArraySource,
    InputError,
    Inputs,
    Remembers,
    Texts,
    TextSource,
    generator,
    nonsense,
)
from preceptor.core.domains import AnyDomain
from preceptor.lessons import Budget, Tutor
from preceptor.problems import TextProblem
from preceptor.strategies.catalogue_types import Draw


@dataclass(frozen=True, eq=False)
class Material:
    """What there is to learn on, and what is set apart for the audits.

    Attributes:
        inputs: ``Float[examples, *shape]`` or texts, with labels; the pool where there are none.
        labels: ``Int64[examples]``, all uncertain where there are none.
        labelled: whether the labels are known.
        pool: ``Float[pool, *shape]`` or texts, inputs without labels.
        source: items of the audits; nothing is learned on them.
        tutors: what the teacher can volunteer.
        probes: laws of strong accuracy.
        origin: where the labels are from, in words.
    """

    inputs: Inputs
    labels: Tensor
    labelled: bool
    pool: Inputs
    source: AnySource
    origin: str
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    probes: Mapping[str, Draw] = field(default_factory=dict)

    @property
    def domain(self) -> AnyDomain:
        """Of the inputs."""
        found: AnyDomain = self.source.domain
        return found


def material(data: Data, teacher: AnyTeacher, *, items: int, given: int, seed: int) -> Material:
    """Split the data into labelled examples, a pool and the audits' items.

    Of a problem its own training set is learned on. Of other data ``items``, at most half, are set
    apart at random; labels are the file's, or what the ledger has.

    Raises:
        InputError: too few data, or labels that are none.
    """
    problem = data.problem
    if problem is not None:
        training = problem.train_texts if isinstance(problem, TextProblem) else problem.train_inputs
        known = min(given, len(training))
        return _material(
            training,
            problem.train_labels,
            torch.arange(len(training)) < known,
            problem.take(min(items, len(problem.source))),
            f"{known:,} labels of {problem.name}'s own training set",
            problem.tutors,
            problem.probes,
        )
    whole = data.source
    if len(whole) < 2:
        raise InputError(
            f"{data.what} holds {len(whole)} item; teaching and audit need two or more"
        )
    order = generator(seed, "apart").permutation(len(whole))
    apart, rest = (
        np.sort(order[: min(items, len(whole) // 2)]),
        order[min(items, len(whole) // 2) :],
    )
    everything = whole.read(0, len(whole))
    held = whole.inputs if isinstance(whole, ArraySource) else everything
    ids = tuple(whole.ids[i] for i in apart)
    source: AnySource
    if isinstance(held, Texts):
        source = TextSource(held[apart], whole.domain, ids, whole.name)
    else:
        source = ArraySource(held[apart], whole.domain, ids, whole.name)
    inputs = everything[torch.from_numpy(rest)]
    labels = _labels(data, teacher.classes)
    if labels is not None:
        first = torch.arange(len(rest)) < given
        origin = f"{int(first.sum()):,} labels of {data.what}"
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
    inputs: Inputs,
    labels: Tensor,
    known: Tensor,
    source: AnySource,
    origin: str,
    tutors: Mapping[str, Tutor] | None = None,
    probes: Mapping[str, Draw] | None = None,
) -> Material:
    labelled = bool(known.any())
    pool = inputs[~known] if bool((~known).any()) else inputs
    examples = inputs[known] if labelled else pool
    said = labels[known] if labelled else torch.full((len(pool),), UNCERTAIN)
    return Material(examples, said, labelled, pool, source, origin, tutors or {}, probes or {})


def _labels(data: Data, classes: int) -> Tensor | None:
    """The labels that came with the data, or ``None`` if there are none."""
    labels, items, what = data.labels, data.whole, data.what
    if labels is None:
        return None
    if labels.shape != (items,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"{what} holds labels of dtype {labels.dtype} and shape {labels.shape}; expected whole "
            f"numbers of shape ({items},), {UNCERTAIN} for can't tell"
        )
    read = torch.from_numpy(labels.astype(np.int64))
    wrong = nonsense(read, classes)
    if bool(wrong.any()):
        raise InputError(
            f"{what} holds the label {int(read[wrong][0])}; the teacher's are 0 .. {classes - 1}, or "
            f"{UNCERTAIN} for can't tell"
        )
    return read


Spend = int | str | Mapping[str, float] | Sequence[str] | Budget
"""The most that may be spent: questions, ``{"questions": 200, "bits": 300}``, or the command line's
words ``"questions=200"``."""


def budget_of(given: Spend) -> Budget:
    """A budget from a number of questions, numbers by unit, or ``questions=200`` and the like.

    Raises:
        InputError: a number without its unit, an unknown unit, or one that stands twice.
    """
    if isinstance(given, Budget):
        return given
    if isinstance(given, int):
        return Budget(given)
    if isinstance(given, Mapping):
        specs = [f"{unit}={number}" for unit, number in given.items()]
    else:
        specs = [given] if isinstance(given, str) else list(given)
    found: dict[str, float] = {}
    for spec in specs:
        unit, equals, text = (part.strip() for part in str(spec).partition("="))
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


def plan_for(data: Data, have: Material, attacks: Attacks | None, seed: int) -> Plan:
    """The audits' plan: the attacks, and for a problem draws of its laws, the same for both."""
    drawn = tuple(
        MovedInputs(
            f"probe {name}",
            law(len(have.source), generator(seed, "probe", name)),
            family="probe",
        )
        for name, law in have.probes.items()
    )
    return Plan(read_attacks(attacks, data), drawn, seed=seed)
