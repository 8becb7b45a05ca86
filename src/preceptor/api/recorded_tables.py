"""What was recorded elsewhere: votes, known labels and predictions in tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from preceptor.api.text_files import TextReading, given_texts
from preceptor.api.vote_readings import Beyond
from preceptor.audit import Finding
from preceptor.core import (
    AnySource,
    ArraySource,
    Ballots,
    Domain,
    IdSource,
    InputError,
    Inputs,
    ItemRng,
    SharedVotes,
    TextSource,
    Unanimous,
    VoteRule,
    Votes,
    id_inputs,
)
from preceptor.core.csv_tables import read_csv
from preceptor.core.specs import Option, Spec, options_of, take_apart
from preceptor.ledger import input_keys
from preceptor.students import Predictions, read_predictions
from preceptor.teachers import (
    RecordedVotes,
    Truth,
    VoteTable,
    read_inputs,
    read_truth,
    read_vote_table,
)

VOTES: Final = (
    "votes:FILE.csv[,INPUTS.npz][,least=5][,share=2/3][,abstentions=1/3][,sets=1/4][,unanimous]"
    "[,until=0.05[,of=20][,order=rows]]"
    "[,weigh=dawid-skene|one-coin[,threshold=0.95][,known=TRUTH.csv][,helper=PREDICTIONS.csv]]"
)
"""How recorded votes and their rule are written."""

_EXAMPLES: Final = {"votes": "votes:votes.csv,least=3,share=2/3", "truth": "truth:labels.csv"}

_BATCH: Final = 1024

Columns = dict[str, dict[str, str]]


def is_recorded(given: object) -> bool:
    """Whether a student is a table of predictions."""
    return isinstance(given, str | Path) and str(given).lower().endswith(".csv")


@dataclass(frozen=True)
class TableSpec:
    """A teacher in a table, as it was named.

    Attributes:
        kind: ``votes`` or ``truth``.
        table: the file.
        inputs: the file of the inputs that it is about; ``None`` for those of the data.
        rule: of votes.
        more: how else than by counting all votes they are read.
    """

    kind: str
    table: Path
    inputs: Path | None
    rule: VoteRule
    more: Beyond


def parse(spec: str) -> TableSpec | None:
    """``votes:...`` or ``truth:FILE.csv[,INPUTS.npz]``; ``None`` for anything else.

    Raises:
        InputError: a part of it that means nothing.
    """
    example = _EXAMPLES.get(spec.partition(":")[0])
    if example is None or ":" not in spec:
        return None
    said = take_apart(spec, "--teacher", example=example)
    files = [word for word in said.words if word != "unanimous"]
    if not 1 <= len(files) <= 2:
        raise said.wrong("expected one file, or two")
    if said.name == "truth" and (said.given or "unanimous" in said.words):
        raise said.wrong("known labels have no rule")
    beyond = options_of(Beyond)
    rule, found = _rule(said, beyond)
    more = Beyond(**{name: found[name] for name in beyond})
    inputs = Path(files[1]) if len(files) > 1 else None
    return TableSpec(said.name, Path(files[0]), inputs, rule, more)


def _rule(said: Spec, beyond: Mapping[str, Option]) -> tuple[VoteRule, dict[str, Any]]:
    """How votes become an answer, as it was written; and what was written of other options."""
    if "unanimous" in said.words:
        own = options_of(Unanimous)
        found = said.read({**own, **beyond})
        return Unanimous(**{name: found[name] for name in own}), found
    own = options_of(Votes)
    found = said.read({**own, "sets": Option("sets", float | None, None), **beyond})
    rule, share = Votes(**{name: found[name] for name in own}), found["sets"]
    if share is None:
        return rule, found
    if found.get("until") is not None or found.get("weigh") is not None:
        raise said.wrong("sets are made of all votes, each counted once: leave out until and weigh")
    return SharedVotes(rule, share), found


def known_classes(names: Sequence[str], what: str) -> int | list[str]:
    """The classes that ``--classes`` said.

    Raises:
        InputError: it said nothing.
    """
    if not names:
        raise InputError(f"{what} need the labels' names or count: give --classes")
    if len(names) == 1 and names[0].isdigit():
        return int(names[0])
    return list(names)


def read_named(
    named: TableSpec, source: AnySource, file: Path | None, names: Sequence[str]
) -> RecordedVotes | Truth:
    """The teacher in a table.

    Args:
        named: which.
        source: the items of the audit, should it be about these.
        file: where they come from, should it be about all that are there.
        names: of the classes.
    """
    classes = known_classes(names, f"the labels in {named.table}")
    if named.kind == "truth":
        labels, columns = read_truth(named.table, classes)
        ids, inputs = _items(named, source, file, labels)
        count = classes if isinstance(classes, int) else len(classes)
        stem = named.table.stem
        return Truth(labels, inputs, ids, name=stem, classes=count, columns=columns)
    table = read_vote_table(named.table, classes)
    ids, inputs = _items(named, source, file, {vote.item: vote.label for vote in table.votes})
    return RecordedVotes.of(
        table,
        inputs,
        ids,
        name=named.table.stem,
        classes=classes,
        rule=named.more.rule(named.rule, table),
        weighing=named.more.weighing(classes),
        as_listed=named.more.order == "rows",
    )


def _items(
    named: TableSpec, source: AnySource, file: Path | None, labels: Mapping[str, object]
) -> tuple[Sequence[str], np.ndarray | Inputs]:
    """Ids and inputs of the items that a table is about."""
    if named.inputs is not None and isinstance(source, TextSource):
        return _texts(named.inputs, source)
    if named.inputs is not None:
        return read_inputs(named.inputs)
    if isinstance(source, IdSource):
        ids = tuple(dict.fromkeys([*source.ids, *labels]))
        return ids, id_inputs(ids)
    if file is not None and file.suffix == ".npz":
        return read_inputs(file)
    if isinstance(source, ArraySource):
        return source.ids, source.inputs
    if isinstance(source, TextSource):
        return source.ids, source.texts
    raise InputError(f"which inputs {named.table} is about is not known: name them, {VOTES}")


def _texts(file: Path, source: TextSource) -> tuple[Sequence[str], Inputs]:
    """Ids and texts of a table, such as ``calibrate --questions`` writes."""
    if not file.is_file():
        raise InputError(f"there is no file at {file}")
    found = given_texts(file, TextReading(source.texts.fields or ("text",)))
    if found is None or not found.ids:
        raise InputError(
            f"{file}: expected a table of texts with ids, such as calibrate --questions FILE.csv writes"
        )
    return found.ids, found.texts


def named_people(spec: str) -> TableSpec:
    """What ``--people`` named: ``FILE.csv``, or votes as for a teacher."""
    named = parse(spec if spec.startswith("votes:") else f"votes:{spec}")
    if named is None:
        raise InputError(f"--people {spec}: write FILE.csv, or {VOTES}")
    return named


def read_people(spec: str, source: AnySource, file: Path | None, names: Sequence[str]) -> Ballots:
    """The single people behind a table of votes.

    Raises:
        InputError: it is none, or does not tell them apart.
    """
    found = read_named(named_people(spec), source, file, names)
    ballots = found.ballots(source) if isinstance(found, RecordedVotes) else None
    if ballots is None:
        raise InputError(
            f"--people {spec}: it counts votes and does not say whose they are; expected the "
            "columns item,annotator,label"
        )
    return ballots


@dataclass(frozen=True, eq=False)
class Tables:
    """Predictions and labels read from tables, and the items that they are about.

    Attributes:
        source: the items.
        predictions: one for each student.
        remarks: what is doubtful about the tables.
    """

    source: AnySource
    predictions: tuple[Predictions, ...]
    remarks: tuple[Finding, ...]


def read_tables(
    students: Sequence[str],
    teacher: str | None,
    people: str | None,
    names: Sequence[str],
    source: AnySource | None,
) -> Tables:
    """Tables of predictions, and the items: those of ``source``, or those that were predicted.

    Args:
        students: the tables.
        teacher: as it was named.
        people: the votes of single people, as they were named.
        names: of the classes.
        source: the items, where there is more than their ids.

    Raises:
        InputError: a table that cannot be used, students with different items, or a teacher that
            needs inputs where there are none.
    """
    classes = known_classes(names, f"the predictions in {students[0]}")
    read = [read_predictions(spec, classes) for spec in students]
    named = None if teacher is None else parse(teacher)
    if source is not None:
        return Tables(source, tuple(read), ())
    if named is None or named.inputs is not None:
        raise InputError(
            f"--teacher {teacher or '(none)'} is asked about inputs, and there are only the ids of "
            f"items in {students[0]}. Give the inputs with --data, or a teacher in a table: {VOTES} "
            "or truth:FILE.csv"
        )
    first = read[0]
    for one in read[1:]:
        apart = set(first.ids) ^ set(one.ids)
        if apart:
            raise InputError(
                f"{len(apart)} items are only in one of {students[0]} and {one.name}.csv, such as "
                f"{min(apart)!r}. Give students with predictions of the same items, or audit each "
                "alone and compare what they share: preceptor report A B --shared"
            )
    others = [named, *([] if people is None else [named_people(people)])]
    tables = [_told(one, classes) for one in others]
    said = [*(one.columns for one in read), *(one.columns for one in tables)]
    columns = _merged(said, first.ids)
    kept = IdSource(first.ids, named.table.stem, columns)
    remarks = [_remarks(*pair, first.ids, students[0]) for pair in zip(others, tables, strict=True)]
    return Tables(kept, tuple(read), tuple(chain.from_iterable(remarks)))


def sampled(source: AnySource, items: int, seed: int) -> IdSource:
    """A random sample of items of which only the ids are known.

    Raises:
        InputError: there are not so many.
    """
    if not isinstance(source, IdSource) or not 1 <= items <= len(source):
        raise InputError(f"--items {items}, but there are predictions of {len(source)} items")
    rows = np.sort(sample(seed, len(source), items)).tolist()
    columns = {name: tuple(cells[i] for i in rows) for name, cells in source.columns.items()}
    return IdSource(tuple(source.ids[i] for i in rows), source.name, columns)


def sample(seed: int, n: int, items: int) -> np.ndarray:
    """``Int64[items]``: rows of a random sample."""
    rng = ItemRng.named(seed, "items", ["sample"]).generators[0]
    return rng.permutation(n)[:items]


def _told(named: TableSpec, classes: int | Sequence[str]) -> VoteTable:
    """A table of votes; of known labels as if one annotator had voted."""
    if named.kind == "votes":
        return read_vote_table(named.table, classes)
    _, columns = read_truth(named.table, classes)
    return VoteTable((), columns=columns)


def _remarks(
    named: TableSpec, table: VoteTable, ids: Sequence[str], student: str
) -> tuple[Finding, ...]:
    found = []
    if table.without_label:
        found.append(
            Finding(
                "no-label",
                "note",
                f"{table.without_label} rows of {named.table.name} have no label (empty, na, nan): "
                "no vote.",
                "If it means that a person could not tell, write -1 or can't tell instead.",
            )
        )
    voted = {vote.item for vote in table.votes}
    left = voted - set(ids)
    if left:
        found.append(
            Finding(
                "not-predicted",
                "warning",
                f"{len(left)} of the {len(voted)} items with votes have no prediction in {student}, "
                f"such as {min(left)!r}: they are left out, whatever the reason.",
                "Add their predictions, with an empty label where the student abstained.",
            )
        )
    return tuple(found)


def _merged(
    tables: Sequence[Mapping[str, Mapping[str, str]]], ids: Sequence[str]
) -> Mapping[str, tuple[str, ...]]:
    """Columns of several tables as one for each name; an item of which nothing is said is empty.

    Raises:
        InputError: two tables say different things of an item.
    """
    wanted = set(ids)
    merged: Columns = {}
    for columns in tables:
        for name, cells in columns.items():
            column = merged.setdefault(name, {})
            for item, cell in cells.items():
                if item in wanted and column.setdefault(item, cell) != cell:
                    raise InputError(
                        f"column {name!r} of item {item!r} is {column[item]!r} in one table and "
                        f"{cell!r} in another; mend it, or rename one of the columns"
                    )
    return {name: tuple(cells.get(item, "") for item in ids) for name, cells in merged.items()}


def items_by_key(file: Path) -> dict[str, str]:
    """The ids of a file's items by the key under which a ledger or a study knows the input.

    Args:
        file: ``.npz`` with ``inputs`` and ``ids``, or ``.csv`` with a column ``item``.
    """
    if file.suffix.lower() == ".csv":
        _, lines = read_csv(file, ["item"], "a column item")
        ids: Sequence[str] = tuple(dict.fromkeys(line.cells["item"] for line in lines))
        source: AnySource = IdSource(ids)
    else:
        ids, inputs = read_inputs(file)
        source = ArraySource(inputs, Domain(tuple(inputs.shape[1:])), ids)
    found: dict[str, str] = {}
    for start in range(0, len(source), _BATCH):
        stop = min(start + _BATCH, len(source))
        keys = input_keys(source.read(start, stop))
        for key, item in zip(keys, ids[start:stop], strict=True):
            found[key] = f"{found[key]} {item}" if key in found else item
    return found
