"""Every error that preceptor raises on purpose, in one tree.

A message says what was given, what was expected and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from preceptor.core.answers import Answers


class PreceptorError(Exception):
    """The root: catch it to catch everything that preceptor raises on purpose."""


class InputError(PreceptorError, ValueError):
    """Something handed in cannot be used as it is: an input, an option, a file, a student."""


class ServiceError(InputError):
    """A service refuses every question (a wrong key, address or model): nothing more is put to it.

    Unlike other failures of a teacher, which leave single questions unanswered, it ends the asking at
    once. What was answered until then is kept.
    """


class OutOfMemoryError(PreceptorError):
    """Memory ran out: something smaller must be tried. What was answered until then is kept."""


class LedgerError(PreceptorError):
    """The ledger cannot be read, written or trusted."""


class InconsistentTeacherError(PreceptorError):
    """A teacher that declared itself deterministic gave two answers to one question."""


class IncompleteError(PreceptorError):
    """Some questions of a batch have no answer. What *was* answered travels with the error.

    Args:
        message: what happened and what to do.
        answers: the whole batch, ``UNCERTAIN`` at cost 0 where there is no answer.
        answered: ``Bool[batch]``, true where ``answers`` holds a real answer.
        reasons: for each unanswered row, why (row number -> words).
    """

    def __init__(
        self,
        message: str,
        answers: Answers,
        answered: Tensor,
        reasons: dict[int, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.answers = answers
        self.answered = answered
        self.reasons = reasons or {}


class BudgetError(IncompleteError):
    """The budget does not cover all the questions; the ones it covers were asked."""


class UnansweredError(IncompleteError):
    """The questions wait for a person, or for votes that were never gathered."""


class TeacherError(IncompleteError):
    """The teacher raised, ran out of time, or gave an answer that is no answer.

    Attributes:
        kind: the class of the exception by which all of the batch failed; empty if they differ.
    """

    kind: str = ""


class HopelessError(TeacherError):
    """A whole batch failed, and each of its questions alone, all alike: others would fail too."""
