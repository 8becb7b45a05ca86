"""Rules about the rows of a table: they are asked about a DataFrame, not about vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
from torch import Tensor

from preceptor.core import Composite, InputError, TableDomain, Teacher
from preceptor.core.said_words import labels_of
from preceptor.core.signatures import takes_arrays, takes_tensors
from preceptor.core.table_frames import frame_of
from preceptor.teachers.rule import Rule

INDEXING: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError)
"""What a function for arrays raises when it is handed a DataFrame."""


@dataclass(frozen=True, eq=False)
class RowFunction:
    """A user's function of rows, as a function of vectors.

    It is handed a DataFrame with the columns' names and dtypes as they came, or with ``batched``
    false one row of it at a time. It may say class numbers, names of classes, and where it cannot
    tell -1, ``None``, NaN, ``pandas.NA`` or "cannot tell". On a table of nothing but numbers a
    function that was written for tensors or arrays, and fails on a DataFrame, gets these.

    Attributes:
        function: the user's.
        table: what the vectors mean.
        names: of the classes; may be empty.
        batched: whether it takes all rows at once.
    """

    function: Callable[[Any], object]
    table: TableDomain
    names: tuple[str, ...] = ()
    batched: bool = True

    def __call__(self, questions: Tensor) -> object:
        """Labels for ``Float[batch, coordinates]``.

        Raises:
            InputError: a word that is the name of no class.
        """
        rows = frame_of(self.table, questions)
        if self.batched:
            return self._read(self._say(rows, questions))
        said = [self._say(rows.iloc[i], questions[i]) for i in range(len(questions))]
        return self._read(
            [one.item() if isinstance(one, np.generic | Tensor) else one for one in said]
        )

    def _say(self, rows: Any, questions: Tensor) -> object:
        try:
            return self.function(rows)
        except Exception as error:
            wrong = isinstance(error, INDEXING) or type(error).__name__ == "InvalidIndexError"
            if not wrong or bool(self.table.still.any()):
                raise
            try:
                return self._say_vectors(questions)
            except Exception:  # it is about rows, then, and what it said of them counts
                raise error from None

    def _say_vectors(self, questions: Tensor) -> object:
        try:
            return self.function(questions.clone())
        except AttributeError as error:  # it asks a tensor for what arrays alone have?
            if not isinstance(error.obj, Tensor) or str(error.name) not in dir(np.ndarray):
                raise
        return self.function(questions.cpu().numpy())

    def _read(self, said: object) -> object:
        labels = labels_of(said, self.names)
        words = [one for one in labels if isinstance(one, str)] if isinstance(labels, list) else []
        if words:
            known = ", ".join(self.names[:12]) or "not known: give them with --classes"
            raise InputError(
                f"the teacher says {words[0]!r}; the names of the classes are {known}. It may also "
                "say their numbers from 0, and 'cannot tell', None or -1"
            )
        return labels


def about_rows(teacher: Teacher, table: TableDomain, names: Sequence[str]) -> Teacher:
    """The same teacher, whose rules are handed the rows that vectors mean.

    A rule whose parameter is annotated as a tensor or an array stays as it is. What numbers mean is
    part of the version: with other columns the same vector is another row. So are the classes' names
    and their order: where a rule says names, they make the label.

    Args:
        teacher: a rule, or made of others.
        table: what the vectors mean.
        names: of the classes; may be empty.
    """
    if isinstance(teacher, Composite):
        members = [about_rows(one, table, names) for one in teacher.members]
        same = all(one is other for one, other in zip(members, teacher.members, strict=True))
        return teacher if same else teacher.with_members(members)
    if not isinstance(teacher, Rule) or isinstance(teacher.function, RowFunction):
        return teacher
    if takes_arrays(teacher.function) or takes_tensors(teacher.function):
        return teacher
    said = "\x1f".join([teacher.version, table.layout, *names])
    version = sha256(said.encode()).hexdigest()
    return Rule(
        RowFunction(teacher.function, table, tuple(names), teacher.batched),
        name=teacher.name,
        classes=teacher.classes,
        version=version[: len(teacher.version)]
        if teacher.hashed
        else f"{teacher.version} {version[:8]}",
        cost=teacher.cost,
        deterministic=teacher.deterministic,
        certainty=teacher.certainty,
        concurrency=teacher.concurrency,
        per_call=teacher.per_call,
        rate=teacher.rate,
    )
