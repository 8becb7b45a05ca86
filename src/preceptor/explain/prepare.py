"""What an explanation starts from: the record's domain, its items, and the factors to look at."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.audit import Record
from preceptor.core import (
    UNCERTAIN,
    Domain,
    InputError,
    Student,
    Teacher,
    generator,
    in_company,
)
from preceptor.core.company import FEW
from preceptor.explain.defaults import LEAST, default_factors, gradient_directions, principal
from preceptor.explain.factors import Factor
from preceptor.explain.measure import Items, decide

POOL: Final = 1000
"""Other items from which regions and features are taken, at most."""

SPARE: Final = 0.2
"""The part of the items on which directions are discovered; they are measured on the others."""

SPARES: Final = 200
"""At most so many items for that."""

STEP: Final = 0.05
"""Without attacks in the record a discovered direction's step is this share of the domain's
width in the root mean square over the coordinates."""

MISTAKEN: Final = 0.01
"""If a student answers more of the record's items otherwise than the record says, it is another."""


@dataclass(frozen=True, eq=False)
class Start:
    """What an explanation starts from.

    Attributes:
        items: on which factors are measured.
        pool: ``Float32[pool, *shape]``, from which regions and features are taken.
        spare: rows of the record on which directions are discovered; may be none.
    """

    items: Items
    pool: Float[Tensor, "pool ..."]
    spare: list[int]


def domain_of(record: Record) -> Domain:
    """The domain that a record describes."""
    found = record.facts["source"]["domain"]
    shape = tuple(found["shape"])

    def bound(end: str) -> float | Tensor:
        value = found[end]
        return torch.tensor(value).reshape(shape) if isinstance(value, list) else float(value)

    def mask(name: str) -> Tensor | None:
        if found[name] is None:
            return None
        flat = torch.zeros(math.prod(shape), dtype=torch.bool)
        flat[torch.tensor(found[name], dtype=torch.int64)] = True
        return flat.reshape(shape)

    names = tuple(found["names"])
    return Domain(shape, bound("low"), bound("high"), mask("fixed"), mask("whole"), names)


def start(record: Record, most: int, seed: int, batch: int, *, discover: bool) -> Start:
    """Draw the items on which to measure, and those on which to discover directions.

    Items are drawn at random among those whose clean input the teacher labelled. If directions are
    to be discovered, a fifth of the record's items is set aside for that first.

    Raises:
        InputError: the record's inputs are not beside it.
    """
    n = len(record.ids)
    order = generator(seed, "explain items").permutation(n).tolist()
    aside = min(SPARES, int(n * SPARE)) if discover else 0
    spare = order[:aside] if aside >= LEAST else []
    sheet = record.clean.sheet
    certain = (sheet.asked & (sheet.teacher != UNCERTAIN)).tolist()
    rows = sorted([row for row in order[len(spare) :] if certain[row]][:most])
    domain = domain_of(record)
    inputs = clean(record, rows)
    items = Items(
        inputs=inputs,
        ids=[record.ids[row] for row in rows],
        teacher=sheet.teacher[torch.tensor(rows, dtype=torch.int64)],
        domain=domain,
        seed=seed,
        batch=batch,
    )
    return Start(items, clean(record, sorted(order[:POOL])), sorted(spare))


def clean(record: Record, rows: list[int], sheet: int = 0) -> Float[Tensor, "rows *shape"]:
    """Some inputs of a record, ``Float32[rows, *shape]``: the clean ones, or an attack's.

    Raises:
        InputError: they are not beside the record.
    """
    try:
        return torch.from_numpy(record.inputs(sheet, rows))
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: an explanation changes the record's inputs. Copy the "
            "whole folder of the audit, inputs included, or run the audit again."
        ) from error


def discovered(record: Record, student: Student, begun: Start) -> tuple[Factor, ...]:
    """Directions taken from attacks that flipped the student, and from its gradients.

    The spare items alone are used, on which nothing is measured, so that a direction cannot owe
    its effect to having been chosen for it.
    """
    if not begun.spare:
        return ()
    inputs = clean(record, begun.spare)
    rows = torch.tensor(begun.spare, dtype=torch.int64)
    gaps = [
        (clean(record, begun.spare, i + 1) - inputs).flatten(1)[
            said.sheet.student[rows] != record.clean.sheet.student[rows]
        ]
        for i, (attack, said) in enumerate(zip(record.attacks, record.moved, strict=True))
        if attack["goal"] == "flip"
    ]
    moved = torch.cat(gaps) if gaps else torch.zeros(0, inputs[0].numel())
    lengths = moved.norm(dim=1)
    lengths = lengths[lengths > 0]
    domain = begun.items.domain
    size = STEP * domain.width * math.sqrt(math.prod(domain.shape))
    if len(lengths):
        size = float(lengths.median())
    attacks = principal(moved, domain.shape, size, "of the attacks")
    return (*attacks, *gradient_directions(student, inputs, size, begun.items.batch))


def gather(
    given: tuple[Factor, ...] | None, record: Record, student: Student, begun: Start
) -> tuple[Factor, ...]:
    """The factors given, or the default ones and those that are discovered.

    Raises:
        InputError: no factors, or names that repeat.
    """
    factors = given
    if factors is None:
        found = default_factors(begun.items.domain, begun.pool)
        factors = (*found, *discovered(record, student, begun))
    if not factors:
        raise InputError("there is no factor to look at; give at least one")
    twice = [name for name, times in Counter(f.name for f in factors).items() if times > 1]
    if twice:
        raise InputError(f"factor names must be unique; {twice[:3]} repeat")
    return tuple(factors)


def check_roles(
    student: Student, teacher: Teacher, record: Record, siblings: tuple[Student, ...]
) -> None:
    """Refuse a teacher whose answers the record does not hold, and students of other labels.

    Raises:
        InputError: says what differs.
    """
    was = record.facts["teacher"]
    if (teacher.name, teacher.version) != (was["name"], was["version"]):
        raise InputError(
            f"the record's clean answers are those of teacher {was['name']!r} version "
            f"{was['version']!r}; given was {teacher.name!r} version {teacher.version!r}. Give the "
            "teacher of the audit, or audit again with this one."
        )
    for one in (student, *siblings):
        if one.classes != teacher.classes:
            raise InputError(
                f"student {one.name!r} has {one.classes} classes, teacher {teacher.name!r} has "
                f"{teacher.classes}; their labels must mean the same."
            )


def check_student(student: Student, record: Record, batch: int) -> None:
    """Refuse a student that is not the one of the record, by its answers to some clean inputs.

    Raises:
        InputError: it answers more than one in a hundred otherwise.
    """
    rows = list(range(min(POOL, len(record.ids))))
    few = clean(record, rows[:FEW]).to(student.device)
    in_company(student, few).check(student.name)
    now = decide(student, clean(record, rows), batch)
    differ = int((now != record.clean.sheet.student[: len(rows)]).sum())
    if differ > MISTAKEN * len(rows):
        raise InputError(
            f"student {student.name!r} answers {differ} of {len(rows)} clean inputs otherwise than "
            f"the record says of {record.facts['student']['name']!r}. Give the student of the "
            "audit, or audit this one first."
        )
