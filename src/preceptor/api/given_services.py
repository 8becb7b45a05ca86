"""Teachers that are services: as they are named, what they would cost, and what came of them."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from preceptor.api.data import Data
from preceptor.audit import Record
from preceptor.core import AnySource, AnyTeacher, IdSource, InputError, Inputs, Teacher
from preceptor.teachers.services import (
    LLM,
    ExpectedPrice,
    HTTPTeacher,
    LookBack,
    Show,
    about_domain,
    look_back,
    services_in,
)

ADDRESSES: Final = ("http://", "https://")

SERVICES: Final[dict[str, Callable[[str], Teacher]]] = {"llm:": LLM.read, "http:": HTTPTeacher.read}
"""How teachers that are services are named."""

_SAMPLE: Final = 64
"""Items from which a price is estimated."""

_PART: Final = 256
"""Inputs at a time of which is read what was said."""


def read_service(spec: str) -> Teacher:
    """``llm:judge.toml`` or ``http:service.toml``.

    Raises:
        InputError: no such file, or something in it that means nothing.
    """
    if spec.startswith(ADDRESSES):
        raise InputError(
            "--teacher got an address; write it as url into a file, which also says what is sent and "
            "what comes back: llm:judge.toml for a language model, http:service.toml for others"
        )
    start = next(one for one in SERVICES if spec.startswith(one))
    return SERVICES[start](spec.removeprefix(start))


def for_services(who: AnyTeacher, data: Data, names: Sequence[str]) -> AnyTeacher:
    """The same, whose services know what inputs are, and which label is which.

    Raises:
        InputError: they can be shown no such inputs, or the labels' names are not known.
    """
    if isinstance(data.source, IdSource):
        raise InputError(
            f"{who.name} is a service, which has to be shown inputs, and only the ids of the items are "
            "known; give --data"
        )
    known = names or (data.classes if data.problem is None else data.problem.classes)
    if not known:
        raise InputError(
            f"{who.name} is known by words, and nothing says which label of the student is which: give "
            "their names in the student's order with --classes, such as --classes negative,positive"
        )
    return about_domain(who, Show.of(data.source), tuple(known))


def expected_price(who: AnyTeacher, source: AnySource, questions: int) -> ExpectedPrice | None:
    """What so many questions would cost, from the first items; ``None`` for what is no service."""
    services = services_in(who)
    if not services or not len(source):
        return None
    few = source.read(0, min(_SAMPLE, len(source)))
    found = [one.expected(few).times(questions / len(few)) for one in services]
    return ExpectedPrice(
        sum(one.calls for one in found),
        _together([one.tokens for one in found]),
        None if any(one.cost is None for one in found) else sum(one.cost or 0 for one in found),
        found[0].unit,
    )


def missing_keys(who: AnyTeacher) -> list[str]:
    """The environment variables of keys that are not set."""
    return [one.missing for one in services_in(who) if one.missing]


def told_of_services(who: AnyTeacher, record: Record) -> Record:
    """The record with what its services said, counted apart; saved. Asks nothing.

    Args:
        who: the teacher, whose services keep what they send.
        record: of an audit by it.
    """
    services = services_in(who)
    if not services:
        return record
    batches = list(_asked(record))
    told: list[LookBack] = [look_back(one, batches) for one in services]
    return record.heard(
        [one.describe() for one in told], [finding for one in told for finding in one.findings()]
    )


def _asked(record: Record) -> list[Inputs]:
    """The inputs of which the teacher said something, in parts."""
    found = []
    for sheet, said in enumerate([record.clean, *record.moved]):
        rows = np.flatnonzero(said.sheet.asked.numpy())
        for start in range(0, len(rows), _PART):
            found.append(record.batch(sheet, rows[start : start + _PART].tolist()))
    return found


def _together(tokens: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [one for one in tokens if one is not None]
    if len(known) < len(tokens):
        return None
    return sum(read for read, _ in known), sum(written for _, written in known)
