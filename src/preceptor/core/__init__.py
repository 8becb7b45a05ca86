"""Layer 0: the words everyone speaks. Imports nothing of ours."""

from preceptor.core.answers import (
    ABSTAINED,
    BROKEN,
    MISSING,
    UNCERTAIN,
    Answers,
    blank,
    check_answers,
    nonsense,
)
from preceptor.core.company import in_company
from preceptor.core.domain import Domain
from preceptor.core.environment import environment
from preceptor.core.errors import (
    BudgetError,
    HopelessError,
    IncompleteError,
    InconsistentTeacherError,
    InputError,
    LedgerError,
    PreceptorError,
    TeacherError,
    UnansweredError,
)
from preceptor.core.finding import Finding
from preceptor.core.precision import check_float32
from preceptor.core.protocols import (
    Attack,
    Composite,
    Goal,
    Remembers,
    Repeats,
    Soft,
    Source,
    Student,
    Teacher,
    Trainable,
)
from preceptor.core.random import ItemRng, generator
from preceptor.core.sources import ArraySource

__all__ = [
    "ABSTAINED",
    "BROKEN",
    "MISSING",
    "UNCERTAIN",
    "Answers",
    "ArraySource",
    "Attack",
    "BudgetError",
    "Composite",
    "Domain",
    "Finding",
    "Goal",
    "HopelessError",
    "IncompleteError",
    "InconsistentTeacherError",
    "InputError",
    "ItemRng",
    "LedgerError",
    "PreceptorError",
    "Remembers",
    "Repeats",
    "Soft",
    "Source",
    "Student",
    "Teacher",
    "TeacherError",
    "Trainable",
    "UnansweredError",
    "blank",
    "check_answers",
    "check_float32",
    "environment",
    "generator",
    "in_company",
    "nonsense",
]
