"""A scikit-learn estimator as a student."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Finding, InputError, Inputs, TableDomain, Texts
from preceptor.core.inputs import in_words
from preceptor.core.table_frames import frame_of
from preceptor.students.logits import (
    FLOOR,
    check_classes,
    log_probabilities,
    plain_decisions,
    put_on_top,
)
from preceptor.students.refitting import embedded, refitted
from preceptor.students.vocabulary import vocabulary


class SklearnStudent:
    """A fitted scikit-learn classifier, or anything with its methods. Not differentiable.

    Logits are the logarithms of ``predict_proba``, floored at 1e-12; without that method the
    values of ``decision_function``; without both, one for the predicted class. Decisions are always
    those of ``predict``: where it differs from the top logit, as with a threshold that was tuned or
    with ``SVC(probability=True)``, the two logits change places. Inputs are flattened and passed
    as float64; texts as a list of strings.

    Args:
        estimator: fitted.
        labels: from each of ``estimator.classes_`` to the label it stands for. Not needed if
            these are whole numbers from 0.
        classes: the number of classes, if it is more than the estimator has seen; the unseen
            ones get the least probability.
        name: as it stands in the record; the estimator's class unless given.
        names: of the labels, in their order: classes that are words are looked up there.
        columns: the names of the features of an input, if they have any.
        table: what an input means, if it is the row of a table: the estimator then gets a DataFrame
            with the columns' names and dtypes as they came.

    Raises:
        InputError: not a fitted classifier, classes that are no labels, or an estimator that was
            fitted on other columns.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        labels: Mapping[Any, int] | Sequence[Any] | None = None,
        classes: int | None = None,
        name: str | None = None,
        names: Sequence[str] = (),
        columns: Sequence[str] = (),
        table: TableDomain | None = None,
    ) -> None:
        self.name = name if name is not None else type(estimator).__name__
        seen = getattr(estimator, "classes_", None)
        if seen is None or isinstance(seen, list):
            raise InputError(
                f"student {self.name!r} has no classes_ of one output: expected a classifier "
                "that has been fitted on one column of labels"
            )
        self.estimator = estimator
        own = np.asarray(seen).tolist()
        self.columns = vocabulary(labels, names).read(own, self.name, classes)
        self.classes = check_classes(classes or max(self.columns) + 1, self.name)
        if sorted(set(self.columns)) != sorted(self.columns) or max(self.columns) >= self.classes:
            raise InputError(
                f"the classes of student {self.name!r} stand for labels {self.columns}; expected "
                f"different ones in 0 .. {self.classes - 1}"
            )
        if classes is None and len(self.columns) != self.classes:
            raise InputError(
                f"student {self.name!r} knows only the labels {self.columns}; say how many there "
                "are if there are others that it never saw (--classes; in Python, classes=)"
            )
        self.rows = None if table is None else _Rows.of(estimator, table, self.name)
        self.table = None if self.rows is not None else _Table.of(estimator, columns, self.name)
        self.remarks: tuple[Finding, ...] = () if self.table is None else self.table.remarks
        self.differentiable = False
        self.device = torch.device("cpu")

    def __call__(self, inputs: Inputs) -> Float[Tensor, "batch classes"]:
        """Logits.

        Raises:
            InputError: the estimator refuses the inputs.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes)
        if isinstance(inputs, Texts):
            return self._of_texts(inputs)
        rows = inputs.detach().cpu().flatten(1).numpy().astype(np.float64)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "X does not have valid feature names")
                handed = rows if self.table is None else self.table.of_rows(rows)
                handed = handed if self.rows is None else self.rows.read(inputs)
                return self._spread(self._logits(handed))
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"student {self.name!r} refuses inputs of shape {tuple(inputs.shape)}, flattened "
                f"to {rows.shape}: {error}"
            ) from error

    def _of_texts(self, inputs: Texts) -> Tensor:
        """The same of texts: a list of strings; a table, if it was fitted on one."""
        rows: Any = list(inputs)
        if self.table is not None:
            rows = self.table.of_texts(inputs)
        try:
            return self._spread(self._logits(rows))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"student {self.name!r} refuses {in_words(inputs)}: {type(error).__name__}: {error}. "
                "It must be fitted on texts: a pipeline that begins with a vectorizer, such as "
                "make_pipeline(TfidfVectorizer(), LogisticRegression())"
            ) from error

    def refit(
        self,
        inputs: Inputs,
        labels: Int64[Tensor, " examples"],
        weights: Float[Tensor, " examples"],
        seed: int,
    ) -> "SklearnStudent":
        """The same settings fitted to weighted texts; see :class:`preceptor.core.Refittable`.

        Raises:
            InputError: the inputs are no texts, or the estimator cannot be fitted to them.
        """
        if not isinstance(inputs, Texts) or self.table is not None or self.rows is not None:
            raise InputError(
                f"student {self.name!r} is a {type(self.estimator).__name__}, which has no weights that "
                "learn here; give a torch module. (On texts, pipelines that begin with a vectorizer learn.)"
            )
        seen = np.asarray(self.estimator.classes_).tolist()
        own = dict(zip(self.columns, seen, strict=True))
        fresh = refitted(self.estimator, inputs, labels, weights, own=own, who=self.name, seed=seed)
        said = {name: label for label, name in own.items()}
        return SklearnStudent(fresh, labels=said, classes=self.classes, name=self.name)

    def embed(self, inputs: Texts) -> Float[Tensor, "batch hidden"]:
        """What a pipeline makes of texts before its last step; see :class:`preceptor.core.Embeds`.

        Raises:
            InputError: no pipeline.
        """
        return embedded(self.estimator, inputs, self.name)

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """As ``predict`` decided; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def _logits(self, rows: Any) -> Tensor:
        """``Float32[batch, len(columns)]``, with the predicted class on top."""
        said = np.asarray(self.estimator.predict(rows))
        hits = torch.as_tensor(said[:, None] == np.asarray(self.estimator.classes_)[None, :])
        beliefs = self._beliefs(rows)
        if beliefs is None:
            return hits.float()
        return put_on_top(beliefs.float(), hits.int().argmax(1))

    def _beliefs(self, rows: Any) -> Tensor | None:
        """``[batch, len(columns)]`` by the best method that the estimator has."""
        many = len(self.columns)
        probabilities = getattr(self.estimator, "predict_proba", None)
        if probabilities is not None:
            return log_probabilities(torch.as_tensor(np.asarray(probabilities(rows))))
        scores = getattr(self.estimator, "decision_function", None)
        pairwise = getattr(self.estimator, "decision_function_shape", None) == "ovo"
        if scores is None or (pairwise and many > 2):
            return None
        values = torch.as_tensor(np.asarray(scores(rows)))
        if values.ndim == 1 and many == 2:
            return torch.stack([-values / 2, values / 2], dim=1)
        return values if values.shape == (len(rows), many) else None

    def _spread(self, logits: Tensor) -> Tensor:
        """From the estimator's columns to the labels they stand for."""
        if len(self.columns) == self.classes:
            spread = torch.empty(len(logits), self.classes)
        else:
            unseen = logits.amin(1, keepdim=True).clamp_max(float(np.log(FLOOR)))
            spread = unseen.float().repeat(1, self.classes)
        spread[:, self.columns] = logits
        return spread

    def __repr__(self) -> str:
        return f"SklearnStudent({self.name!r}, classes={self.classes})"


@dataclass(frozen=True, eq=False)
class _Rows:
    """How an estimator is handed the rows of a table.

    Attributes:
        table: whose rows.
        names: the columns that it was fitted on, in its order; ``None`` if it knows none.
    """

    table: TableDomain
    names: tuple[str, ...] | None

    @classmethod
    def of(cls, estimator: Any, table: TableDomain, who: str) -> "_Rows":
        """As the estimator was fitted."""
        known = _fitted_on(estimator)
        if known is None:
            return cls(table, None)
        here = tuple(name for name in known if name in table.column)
        absent = [name for name in known if name not in here and name not in _dropped_by(estimator)]
        if absent:
            raise InputError(
                f"student {who!r} was fitted on the columns {', '.join(known[:12])}; the data lack "
                f"{', '.join(absent[:12])}: they have {', '.join(list(table.column)[:12])}. (Ids, "
                "labels and ignored columns are kept from it.) Fit it without, or give a function "
                "of a DataFrame that adds them"
            )
        return cls(table, here)

    def read(self, inputs: Tensor) -> Any:
        """Vectors as the DataFrame, or the array if it knows no columns and all are numbers."""
        rows = frame_of(self.table, inputs)
        if self.names is not None:
            return rows[list(self.names)]
        return rows if bool(self.table.coded.any()) else rows.to_numpy(dtype=np.float64)


def _fitted_on(estimator: Any) -> tuple[str, ...] | None:
    """The names of the columns that an estimator was fitted on, if it knows any."""
    try:
        known = getattr(estimator, "feature_names_in_", None)
    except (AttributeError, ValueError):  # a pipeline asks its first step
        known = None
    return None if known is None else tuple(map(str, known))


def _dropped_by(estimator: Any) -> set[str]:
    """Columns that it was fitted on and never looks at: a first ``ColumnTransformer`` drops them."""
    first = estimator
    while getattr(first, "steps", None):
        first = first.steps[0][1]
    known, parts = _fitted_on(first), getattr(first, "transformers_", None)
    if known is None or parts is None:
        return set()
    return set(known) - {
        name for _, part, chosen in parts if part != "drop" for name in _chosen(known, chosen)
    }


def _chosen(known: tuple[str, ...], chosen: Any) -> Sequence[str]:
    """The columns that a part of a ``ColumnTransformer`` was given by name, place, slice or mask."""
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, slice):
        ends = [known.index(e) if isinstance(e, str) else e for e in (chosen.start, chosen.stop)]
        last = isinstance(chosen.stop, str)  # a slice of names holds its last one
        return known[slice(ends[0], ends[1] + 1 if last else ends[1], chosen.step)]
    if all(isinstance(one, str) for one in chosen):
        return list(chosen)
    picked: list[str] = np.asarray(known, dtype=object)[np.asarray(chosen)].tolist()
    return picked


@dataclass(frozen=True, eq=False)
class _Table:
    """The table on which an estimator was fitted.

    Attributes:
        names: of its columns, in its order.
        order: ``Int64[columns]``, where each of them stands in an input.
        features: how many an input must have.
        make: makes a table of an array and its columns' names.
        remarks: what had to be assumed.
    """

    names: tuple[str, ...]
    order: np.ndarray
    features: int
    make: Callable[..., Any]
    remarks: tuple[Finding, ...]

    @classmethod
    def of(cls, estimator: Any, columns: Sequence[str], who: str) -> "_Table | None":
        """The table that an estimator remembers; ``None`` if it was fitted on an array."""
        names = _fitted_on(estimator)
        if names is None:
            return None
        if columns and set(names) - set(columns):
            raise InputError(
                f"student {who!r} was fitted on the columns {', '.join(names[:12])}; the data have "
                f"{', '.join(columns[:12])}. Name the data's columns as the student does, in the "
                "array 'names' of the .npz file"
            )
        try:
            import pandas
        except ImportError as error:
            raise InputError(
                f"student {who!r} was fitted on a table with named columns, which needs pandas: "
                "pip install pandas"
            ) from error
        place = {name: i for i, name in enumerate(columns or names)}
        order = np.array([place[name] for name in names])
        remarks = () if columns else (_unnamed(who, names),)
        return cls(names, order, len(place), pandas.DataFrame, remarks)

    def of_rows(self, rows: np.ndarray) -> Any:
        """``Float64[batch, features]`` as that table.

        Raises:
            ValueError: another number of features than the data's names, or its columns.
        """
        if rows.shape[1] != self.features:
            raise ValueError(f"it was fitted on the columns {', '.join(self.names)}")
        return self.make(rows[:, self.order], columns=list(self.names))

    def of_texts(self, inputs: Texts) -> Any:
        """Texts as that table: its columns are their fields, or the one column of strings."""
        columns = list(inputs.fields) if set(self.names) <= set(inputs.fields) else list(self.names)
        return self.make(inputs.parts, columns=columns)[list(self.names)]


def _unnamed(who: str, names: Sequence[str]) -> Finding:
    return Finding(
        "unnamed-columns",
        "note",
        f"student {who!r} was fitted on a table with the columns {', '.join(names[:12])}; the data "
        "do not name theirs, so they are taken to stand in this order.",
        "Name the data's columns in an array 'names' of the .npz file; then they are found by name.",
    )
