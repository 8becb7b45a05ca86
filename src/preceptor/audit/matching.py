"""Whether several records can be set side by side, and how their items and attacks line up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from preceptor.audit.audit_plan import GIVEN
from preceptor.audit.prefix import Prefix, order_faults, prefix
from preceptor.audit.record import Record
from preceptor.core import InputError
from preceptor.core.inputs import same_rows
from preceptor.core.saved import Facts

_SAME: Final = (
    ("teacher", ("teacher", "name")),
    ("teacher's version", ("teacher", "version")),
    ("source", ("source", "name")),
    ("domain", ("source", "domain")),
    ("names of the classes", ("source", "classes")),
    ("seed", ("plan", "seed")),
    ("rule of what is asked (ask)", ("plan", "ask")),
    ("level of the intervals", ("plan", "level")),
)
"""What every record must have in common: words, and where it stands among the facts."""

_OF_THE_STUDENT: Final = ("inputs", "ids")
"""Settings of moved inputs made elsewhere: these are made for each student anew."""

_ROWS: Final = 256


@dataclass(frozen=True, eq=False)
class Match:
    """How several records line up.

    Attributes:
        ids: of the items that all have, in the first record's order.
        rows: for each record ``Int64[items]``, in which of its rows each item stands.
        attacks: for each record, which of its attacks each shared one is.
        items_left_out: items that some record lacks.
        attacks_left_out: names of attacks that some record lacks or has with other settings.
        prefix: the first items of the order in which all were asked, where some record stopped by
            a rule; then ``ids`` are its ids.
    """

    ids: tuple[str, ...]
    rows: tuple[np.ndarray, ...]
    attacks: tuple[tuple[int, ...], ...]
    items_left_out: int
    attacks_left_out: tuple[str, ...]
    prefix: Prefix | None = None


def match(records: Sequence[Record], names: Sequence[str], *, shared: bool = False) -> Match:
    """Line up records by item ids and attack names.

    Where some of them stopped by a rule, only the items that all were asked about until the first
    of them stopped count; see :mod:`preceptor.audit.prefix`.

    Args:
        records: two or more.
        names: what to call each in messages.
        shared: leave out items and attacks that not every record has, rather than refuse.

    Raises:
        InputError: says everything that differs and must not.
    """
    if len(records) < 2:
        raise InputError(
            f"{len(records)} record(s) cannot be set side by side; give two or more, one for each "
            "student, all made with the same teacher, items, attacks and seed."
        )
    faults = list(_faults(records, names))
    if faults:
        raise InputError(
            f"these records cannot be set side by side: {'; '.join(faults)}. Audit the students "
            "with the same teacher, source and seed (no question is asked twice)."
        )
    first = prefix(records)
    loose = [*(_items(records, names) if first is None else ()), *_attacks(records, names)]
    if loose and not shared:
        raise InputError(
            f"these records differ in what they cover: {'; '.join(loose)}. Audit the students with "
            "the same items and attacks, or keep to what all have: --shared."
        )
    everywhere = set.intersection(*(set(record.ids) for record in records))
    if first is not None:
        _check_order(records, names, first)
        everywhere &= set(first.ids)
    if not everywhere:
        raise InputError("these records have no item in common; audit the students on the same")
    order = records[0].ids if first is None else first.ids
    ids = tuple(item for item in order if item in everywhere)
    rows = tuple(_rows(record, ids) for record in records)
    _check_inputs(records, names, ids, rows)
    kept = [a["name"] for a in records[0].attacks if _everywhere(a, records[1:])]
    all_names = dict.fromkeys(a["name"] for record in records for a in record.attacks)
    return Match(
        ids,
        rows,
        tuple(_places(record, kept) for record in records),
        len(set.union(*(set(record.ids) for record in records)) - everywhere),
        tuple(name for name in all_names if name not in kept),
        first,
    )


def _faults(records: Sequence[Record], names: Sequence[str]) -> Iterator[str]:
    yield from order_faults(records, names)
    first = records[0].facts
    for words, (part, key) in _SAME:
        for record, name in zip(records[1:], names[1:], strict=True):
            ours, theirs = first[part][key], record.facts[part][key]
            if ours != theirs:
                yield f"the {words} {_both(ours, theirs, names[0], name)}"
                break


def _check_order(records: Sequence[Record], names: Sequence[str], first: Prefix) -> None:
    """Refuse records that do not begin with the shared items."""
    used = len(first.ids)
    for record, name in zip(records, names, strict=True):
        begins = record.ids[:used] if "stopping" in record.facts else first.ids
        lacking = set(first.ids) - set(record.ids)
        if begins != first.ids or lacking:
            raise InputError(
                f"{name!r} was not asked about the {used} items that come first in the order of "
                "the others: equal ids stand in other places of its source, or some are missing. "
                "Audit the students on one source, whole."
            )


def _both(ours: Any, theirs: Any, first: str, second: str) -> str:
    if isinstance(ours, dict | list):
        return f"differs between {first!r} and {second!r}"
    return f"is {ours!r} for {first!r} and {theirs!r} for {second!r}"


def _items(records: Sequence[Record], names: Sequence[str]) -> Iterator[str]:
    first = set(records[0].ids)
    for record, name in zip(records[1:], names[1:], strict=True):
        for a, b, here, there in (
            (first, set(record.ids), names[0], name),
            (set(record.ids), first, name, names[0]),
        ):
            lacking = a - b
            if lacking:
                yield (
                    f"{len(lacking)} of {len(a)} items of {here!r} are not among those of "
                    f"{there!r} ({min(lacking)!r} is one)"
                )


def _attacks(records: Sequence[Record], names: Sequence[str]) -> Iterator[str]:
    first = {attack["name"]: attack for attack in records[0].attacks}
    for record, name in zip(records[1:], names[1:], strict=True):
        other = {attack["name"]: attack for attack in record.attacks}
        for a, b, here, there in ((first, other, names[0], name), (other, first, name, names[0])):
            lacking = [attack for attack in a if attack not in b]
            if lacking:
                yield f"only {here!r} was put under {', '.join(lacking)} (not {there!r})"
        for attack in first:
            if attack in other:
                differing = _settings_differ(first[attack], other[attack])
                if differing:
                    yield (
                        f"{attack} has other settings for {name!r} than for {names[0]!r} "
                        f"({', '.join(differing)})"
                    )


def _settings_differ(one: Facts, other: Facts) -> list[str]:
    found = [key for key in ("kind", "family", "size", "goal") if one[key] != other[key]]
    ours, theirs = dict(one["settings"]), dict(other["settings"])
    if one["kind"] == other["kind"] == GIVEN:
        for key in _OF_THE_STUDENT:
            ours.pop(key, None)
            theirs.pop(key, None)
    keys = sorted(ours.keys() | theirs.keys())
    return found + [k for k in keys if ours.get(k) != theirs.get(k) and k not in found]


def _everywhere(attack: Facts, others: Sequence[Record]) -> bool:
    return all(
        any(
            attack["name"] == other["name"] and not _settings_differ(attack, other)
            for other in record.attacks
        )
        for record in others
    )


def _places(record: Record, kept: list[str]) -> tuple[int, ...]:
    place = {attack["name"]: i for i, attack in enumerate(record.attacks)}
    return tuple(place[name] for name in kept)


def _rows(record: Record, ids: Sequence[str]) -> np.ndarray:
    place = {item: i for i, item in enumerate(record.ids)}
    return np.array([place[item] for item in ids], dtype=np.int64)


def _check_inputs(
    records: Sequence[Record],
    names: Sequence[str],
    ids: Sequence[str],
    rows: Sequence[np.ndarray],
) -> None:
    """Refuse items that have the same id and are not the same."""
    try:
        for start in range(0, len(ids), _ROWS):
            part = slice(start, start + _ROWS)
            ours = records[0].batch(0, rows[0][part].tolist())
            for record, name, where in zip(records[1:], names[1:], rows[1:], strict=True):
                same = same_rows(ours, record.batch(0, where[part].tolist()))
                if not bool(same.all()):
                    item = ids[start + int((~same).nonzero()[0])]
                    raise InputError(
                        f"item {item!r} is one input for {names[0]!r} and another for {name!r}: "
                        "the same id stands for different items. Audit the students on one source."
                    )
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing: that the items are the same is read off the records' "
            "inputs. Copy the whole folder of each audit, inputs included, or run it again."
        ) from error
