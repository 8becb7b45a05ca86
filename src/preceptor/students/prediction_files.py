"""A student of which only its predictions are there: a table, item by item."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, InputError, Source
from preceptor.core.content import input_key
from preceptor.core.csv_tables import CsvRow, read_csv, read_label, says_nothing
from preceptor.students.function_student import LABEL_LOGIT
from preceptor.students.logits import log_probabilities, plain_decisions

FORM: Final = "item,label; or item and a column of probabilities for each class"

_SLACK: Final = 0.01
"""Probabilities that were rounded need not add up to 1 by more than this."""

_BATCH: Final = 1024
_NUDGE: Final = 1e-5


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a file of predictions holds.

    Attributes:
        name: of the student: the file's, without its ending.
        ids: of the items, in the file's order.
        logits: ``Float[items, classes]``; rows of zeros where the student abstained.
        columns: further columns: name -> item -> cell.
    """

    name: str
    ids: tuple[str, ...]
    logits: Tensor
    columns: Mapping[str, Mapping[str, str]]


class RecordedStudent:
    """Predictions made elsewhere, as a student. It knows the items of its source and no other.

    An input is looked up by its content, so none can be moved: an attack on it is refused. Where
    no prediction was made it abstains.

    Args:
        predictions: of every item of the source; of others too.
        source: the items.

    Raises:
        InputError: an item without a prediction, or two different ones for equal inputs.
    """

    def __init__(self, predictions: Predictions, source: Source) -> None:
        self.name = predictions.name
        self.classes = predictions.logits.shape[1]
        self.differentiable = False
        self.device = torch.device("cpu")
        place = {item: row for row, item in enumerate(predictions.ids)}
        absent = [item for item in source.ids if item not in place]
        if absent:
            raise InputError(
                f"{self.name!r} holds no prediction of {len(absent)} of the {len(source)} items, "
                f"such as {absent[0]!r}. Add them (with an empty label where the student abstained), "
                "or audit only the items that have one."
            )
        rows: dict[bytes, int] = {}
        logits = predictions.logits
        for start in range(0, len(source), _BATCH):
            items = source.ids[start : start + _BATCH]
            for item, value in zip(items, source.read(start, start + len(items)), strict=True):
                row = rows.setdefault(input_key(value), place[item])
                said = self.decide(logits[[row, place[item]]])
                if said[0] != said[1]:
                    raise InputError(
                        f"items {predictions.ids[row]!r} and {item!r} are the same input, but "
                        f"{self.name!r} predicts different labels for them; drop one of the two"
                    )
        order = sorted(rows)  # so that the same table in another order is the same student
        self._rows = {key: i for i, key in enumerate(order)}
        self._logits = logits[[rows[key] for key in order]]

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """Logits from the table.

        Raises:
            InputError: an input that is not in it.
        """
        rows = [self._rows.get(input_key(value), -1) for value in inputs]
        if -1 in rows:
            raise InputError(
                f"{self.name!r} is a table of predictions and knows nothing of moved inputs. Audit "
                "it without an attack (--attack none), or give the model itself."
            )
        return self._logits[torch.tensor(rows, dtype=torch.int64)]

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class, the first of equals; ``ABSTAINED`` where no prediction was made."""
        return torch.where((logits == 0).all(1), ABSTAINED, plain_decisions(logits))

    def __repr__(self) -> str:
        return f"RecordedStudent({self.name!r}, items={len(self._rows)}, classes={self.classes})"


def read_predictions(path: str | Path, classes: int | Sequence[str]) -> Predictions:
    """Predictions from CSV: ``item,label``, or ``item`` with a column of probabilities by class.

    Where both stand, they must agree. An empty label, ``na`` and the like say that the student
    abstained. Other columns tell more of the items.

    Raises:
        InputError: no such table, a row that cannot be used, or an item that stands twice.
    """
    path = Path(path)
    header, lines = read_csv(path, ["item"], FORM)
    count = classes if isinstance(classes, int) else len(classes)
    names = list(map(str, range(count))) if isinstance(classes, int) else list(classes)
    absent = [name for name in names if name not in header]
    by_class = not absent
    if absent and "label" not in header:
        given = [name for name in header if name != "item"]
        raise InputError(
            f"{path}, line 1: there is no column label, and none of probabilities for "
            f"{', '.join(map(repr, absent[:5]))}{', ...' if len(absent) > 5 else ''}; it has "
            f"{', '.join(map(repr, given[:9])) or 'no other column'}. Expected {FORM}."
        )
    own = ["item", "label", *(names if by_class else ())]
    if not lines:
        raise InputError(f"{path}: there is no prediction in it")
    logits: dict[str, Tensor] = {}
    for line in lines:
        item = line.cells["item"]
        if not item or item in logits:
            raise InputError(
                f"{line.where}: item {item!r} "
                + ("stands twice; expected one prediction of each" if item else "is empty")
            )
        logits[item] = _row(line, classes, names if by_class else (), count)
    others = [name for name in header if name not in own]
    columns = {name: {line.cells["item"]: line.cells[name] for line in lines} for name in others}
    return Predictions(path.stem, tuple(logits), torch.stack(list(logits.values())), columns)


def _row(line: CsvRow, classes: int | Sequence[str], names: Sequence[str], count: int) -> Tensor:
    """``Float[classes]``: the logits of one row; zeros where the student abstained."""
    label = None
    if "label" in line.cells:
        label = read_label(line.cells["label"], classes, line.where)
    logits = torch.zeros(count)
    if not names or all(says_nothing(line.cells[name]) for name in names):
        if names and label is not None and label >= 0:
            raise InputError(f"{line.where}: a label, but no probability; expected both or none")
        if label is not None and label >= 0:
            logits[label] = LABEL_LOGIT
        return logits
    chances = [_chance(line.cells[name], line.where) for name in names]
    if abs(math.fsum(chances) - 1) > _SLACK:
        raise InputError(
            f"{line.where}: the probabilities add up to {math.fsum(chances):.4g}; expected 1. Give "
            "probabilities (of logits, their softmax), or a column label instead."
        )
    top = max(range(count), key=chances.__getitem__)
    if label is not None and label >= 0 and chances[label] < chances[top]:
        raise InputError(
            f"{line.where}: the label is {line.cells['label']!r}, but the most probable class is "
            f"{names[top]!r}; drop the column that does not count"
        )
    if "label" in line.cells and (label is None or label < 0):
        return logits
    logits = log_probabilities(torch.tensor(chances))
    if label is not None:
        logits[label] += _NUDGE  # of equal probabilities, the label's counts
    return logits


def _chance(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise InputError(f"{where}: probability {text!r}; expected a number from 0 to 1")
    return value
