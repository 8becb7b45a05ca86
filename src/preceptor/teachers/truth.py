"""Known labels as a teacher: ground truth from a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from preceptor.core import UNCERTAIN, Answers, InputError, Inputs, UnansweredError, blank
from preceptor.core.content import input_key, shape_of, values_of
from preceptor.core.csv_tables import read_csv, read_labels
from preceptor.core.label_sets import plain_sets
from preceptor.teachers.versions import version_of
from preceptor.teachers.vote_tables import item_columns


class Truth:
    """A label for each item, known for certain, or several acceptable ones. It knows no other inputs.

    An input is looked up by its content, as by :class:`RecordedVotes`.

    Args:
        labels: by item id; several acceptable ones as a tuple in rising order.
        inputs: the items themselves: ``[items, *shape]``, read as float32, or texts.
        ids: the items' ids.
        name: whose labels these are.
        classes: how many there are.
        columns: what else the table says of each item.

    Raises:
        InputError: a label that is none, or two labels for items of equal content.
    """

    def __init__(
        self,
        labels: Mapping[str, int | tuple[int, ...]],
        inputs: np.ndarray | Inputs,
        ids: Sequence[str],
        *,
        name: str,
        classes: int,
        columns: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.name = name
        self.classes = classes
        self.deterministic = True
        self.columns = columns or {}
        self.shape = shape_of(inputs)
        known: dict[bytes, tuple[str, int | tuple[int, ...]]] = {}
        for item, value in zip(ids, values_of(inputs), strict=True):
            if item not in labels:
                continue
            if not _is_answer(labels[item], classes):
                raise InputError(
                    f"item {item!r} has label {labels[item]}; expected 0 .. {classes - 1}"
                )
            before = known.setdefault(input_key(value), (item, labels[item]))
            if before[1] != labels[item]:
                raise InputError(
                    f"items {before[0]!r} and {item!r} are the same input, but {name!r} gives them "
                    f"different labels, {before[1]} and {labels[item]}; drop one, or mend it"
                )
        self._labels = {key: label for key, (_, label) in known.items()}
        self.version = version_of("truth", classes, sorted(self._labels.items()))

    @property
    def certainty(self) -> str:
        """One sentence."""
        return "Certain of every item in a table of known labels."

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch from the table.

        Raises:
            UnansweredError: some inputs are not in the table; carries the answers to the others.
            InputError: inputs of another shape than the table's.
        """
        if shape_of(inputs) != self.shape:
            raise InputError(
                f"the labels of {self.name!r} are about inputs of shape {self.shape}; asked about "
                f"inputs of shape {shape_of(inputs)}"
            )
        found = [self._labels.get(input_key(value)) for value in inputs]
        answers = blank(len(inputs))
        answered = torch.tensor([label is not None for label in found], dtype=torch.bool)
        answers.labels[answered] = torch.tensor(
            [UNCERTAIN if isinstance(one, tuple) else one for one in found if one is not None],
            dtype=torch.int64,
        )
        named = [(row, one) for row, one in enumerate(found) if isinstance(one, tuple)]
        if named:
            sets = plain_sets(answers.labels, self.classes)
            for row, labels in named:
                sets[row] = False
                sets[row, list(labels)] = True
            answers = replace(answers, sets=sets)
        absent = [row for row, label in enumerate(found) if label is None]
        if absent:
            raise UnansweredError(
                f"{self.name!r} has no label for {len(absent)} of {len(inputs)} inputs; add them to "
                "the table",
                answers,
                answered,
                dict.fromkeys(absent, "not in the table of known labels"),
            )
        return answers

    def __repr__(self) -> str:
        return f"Truth({self.name!r}, items={len(self._labels)}, version={self.version!r})"


def _is_answer(said: int | tuple[int, ...], classes: int) -> bool:
    if isinstance(said, tuple):
        return 1 < len(set(said)) < classes and all(0 <= label < classes for label in said)
    return UNCERTAIN <= said < classes


def read_truth(
    path: str | Path, classes: int | Sequence[str]
) -> tuple[dict[str, int | tuple[int, ...]], dict[str, dict[str, str]]]:
    """Known labels from CSV with the header ``item,label``; other columns tell more of the items.

    A cell may name several labels, such as ``4|9``: each of them is acceptable.

    A row without a label (see :func:`preceptor.teachers.read_vote_table`) is passed over.

    Returns:
        labels by item, and the other columns: name -> item -> cell.

    Raises:
        InputError: no such table, or an item that stands twice.
    """
    header, lines = read_csv(Path(path), ["item", "label"], "item,label")
    if "annotator" in header or "count" in header:
        raise InputError(
            f"{path}, line 1: a table of votes, not of known labels; give it as votes:{path}"
        )
    labels: dict[str, int | tuple[int, ...]] = {}
    seen: set[str] = set()
    for line in lines:
        item = line.cells["item"]
        if not item or item in seen:
            raise InputError(
                f"{line.where}: item {item!r} "
                + ("stands twice; expected one label for each item" if item else "is empty")
            )
        seen.add(item)
        label = read_labels(line.cells["label"], classes, line.where)
        if label is not None:
            labels[item] = label
    if not labels:
        raise InputError(f"{path}: there is no label in it")
    columns, _ = item_columns(lines, [name for name in header if name not in ("item", "label")])
    return labels, columns
