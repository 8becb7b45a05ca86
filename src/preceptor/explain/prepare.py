"""What an explanation starts from: the record's domain, its items, and the factors to look at."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from preceptor.audit import Record
from preceptor.core import (
    UNCERTAIN,
    AnyStudent,
    AnyTeacher,
    Domain,
    InputError,
    Inputs,
    TextDomain,
    Texts,
    generator,
    in_company,
)
from preceptor.core.company import FEW
from preceptor.core.domains import AnyDomain, is_text
from preceptor.core.identity import identify_student
from preceptor.core.plain import read_fields
from preceptor.core.table_domain import TableDomain
from preceptor.explain.defaults import LEAST, default_factors, gradient_directions, principal
from preceptor.explain.factors import Factor
from preceptor.explain.measure import Items, decide
from preceptor.explain.text_factors import given_factors, word_factors

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
"""The same student may answer so many of the record's items otherwise, on another device."""


@dataclass(frozen=True, eq=False)
class Start:
    """What an explanation starts from.

    Attributes:
        items: on which factors are measured.
        pool: ``Float32[pool, *shape]`` or texts, from which regions and features are taken.
        spare: rows of the record on which directions are discovered; may be none.
    """

    items: Items
    pool: Inputs
    spare: list[int]


def domain_of(record: Record) -> AnyDomain:
    """The domain that a record describes."""
    found = record.facts["source"]["domain"]
    if found.get("kind") == "table":
        return TableDomain.read(found)
    if is_text(found):
        return read_fields(TextDomain, found)
    shape = tuple(found["shape"])

    def bound(name: str) -> float | Tensor:
        value = found[name]
        return torch.tensor(value).reshape(shape) if isinstance(value, list) else float(value)

    def mask(name: str) -> Tensor | None:
        if found[name] is None:
            return None
        flat = torch.zeros(math.prod(shape), dtype=torch.bool)
        flat[torch.tensor(found[name], dtype=torch.int64)] = True
        return flat.reshape(shape)

    names = tuple(found["names"])
    return Domain(
        shape,
        bound("low"),
        bound("high"),
        mask("fixed"),
        mask("whole"),
        names,
        bound("scale") if "scale" in found else 1.0,  # records name it where sizes are not plain
        bound("spacing") if "spacing" in found else 1.0,
    )


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


def clean(record: Record, rows: list[int], sheet: int = 0) -> Any:
    """Some inputs of a record, ``Float32[rows, *shape]`` or texts: the clean ones, or an attack's.

    Raises:
        InputError: they are not beside the record.
    """
    try:
        return record.batch(sheet, rows)
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: an explanation changes the record's inputs. Copy the "
            "whole folder of the audit, inputs included, or run the audit again."
        ) from error


def discovered(record: Record, student: AnyStudent, begun: Start) -> tuple[Factor, ...]:
    """Directions taken from attacks that flipped the student, and from its gradients.

    The spare items alone are used, on which nothing is measured, so that a direction cannot owe
    its effect to having been chosen for it.
    """
    if not begun.spare:
        return ()
    domain = begun.items.domain
    inputs = clean(record, begun.spare)
    rows = torch.tensor(begun.spare, dtype=torch.int64)
    gaps = [
        _moves(domain, clean(record, begun.spare, i + 1), inputs)[
            said.sheet.student[rows] != record.clean.sheet.student[rows]
        ]
        for i, (attack, said) in enumerate(zip(record.attacks, record.moved, strict=True))
        if attack["goal"] == "flip"
    ]
    moved = torch.cat(gaps) if gaps else torch.zeros(0, inputs[0].numel())
    lengths = moved.norm(dim=1)
    lengths = lengths[lengths > 0]
    size = STEP * domain.width * math.sqrt(math.prod(domain.shape))
    if len(lengths):
        size = float(lengths.median())
    attacks = principal(moved, domain.shape, size, "of the attacks")
    unit, batch = domain.unit, begun.items.batch
    return (*attacks, *gradient_directions(student, inputs, size, batch, unit=unit))


def _moves(domain: Domain, moved: Tensor, inputs: Tensor) -> Tensor:
    """``Float32[batch, values]``: how far each coordinate moved; no direction leads to another word."""
    apart = domain.differences(moved, inputs).to(inputs.dtype)
    return (apart if domain.still is None else apart.masked_fill(domain.still, 0.0)).flatten(1)


def gather(
    given: tuple[Factor, ...] | None, record: Record, student: AnyStudent, begun: Start
) -> tuple[Factor, ...]:
    """The factors given, or the default ones and those that are discovered.

    Raises:
        InputError: no factors, or names that repeat.
    """
    factors = given
    if factors is None:
        if isinstance(begun.pool, Texts):
            spare = clean(record, begun.spare)
            words = word_factors(student, spare, begun.pool, begun.items.batch)
            factors = (*given_factors(), *words)
        else:
            found = default_factors(begun.items.domain, begun.pool)
            factors = (*found, *discovered(record, student, begun))
    if not factors:
        raise InputError("there is no factor to look at; give at least one")
    twice = [name for name, times in Counter(f.name for f in factors).items() if times > 1]
    if twice:
        raise InputError(f"factor names must be unique; {twice[:3]} repeat")
    return tuple(factors)


def check_roles(
    student: AnyStudent, teacher: AnyTeacher, record: Record, siblings: tuple[AnyStudent, ...]
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


def check_student(student: AnyStudent, record: Record, batch: int) -> None:
    """Refuse a student that is not the one of the record.

    It is that one if it is the same by all that decides its answers, and gives the record's; a few
    may differ then, as where another device rounds otherwise. Else (a record of before students
    were known so, a student that cannot be hashed, other files) it must give every answer of the
    record, to clean and to moved inputs.

    Raises:
        InputError: it does not.
    """
    few = clean(record, list(range(min(FEW, len(record.ids))))).to(student.device)
    in_company(student, few).check(student.name)
    who = identify_student(student)
    same = not who.unknown and record.facts["student"].get("identity") == who.digest
    n, differ = len(record.ids), 0
    sheets = (record.clean,) if same else (record.clean, *record.moved)
    for sheet, said in enumerate(sheets):
        for start in range(0, n, POOL):
            rows = list(range(start, min(start + POOL, n)))
            now = decide(student, clean(record, rows, sheet), batch)
            differ += int((now != said.sheet.student[rows[0] : rows[-1] + 1]).sum())
    if differ > (MISTAKEN * n if same else 0):
        raise InputError(
            f"student {student.name!r} answers {differ} of {n * len(sheets)} inputs otherwise than "
            f"the record says of {record.facts['student']['name']!r}. Give the student of the "
            "audit, or audit this one first."
        )
