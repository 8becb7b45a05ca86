"""The words everyone speaks. Imports nothing of ours."""

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
from preceptor.core.ballots import Ballots
from preceptor.core.columns import TableColumn
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
    OutOfMemoryError,
    PreceptorError,
    ServiceError,
    TeacherError,
    UnansweredError,
)
from preceptor.core.finding import Finding
from preceptor.core.inputs import Inputs
from preceptor.core.journal import Journal, KeepsJournal
from preceptor.core.precision import check_float32
from preceptor.core.protocols import (
    AnyAttack,
    AnySource,
    AnyStudent,
    AnyTeacher,
    AnyTrainable,
    Attack,
    Budgeted,
    Composite,
    Concurrent,
    Described,
    Embeds,
    Goal,
    LearnsUnseen,
    Pupil,
    Refittable,
    Relates,
    Remembers,
    Repeats,
    Soft,
    Source,
    Student,
    Teacher,
    Trainable,
    Viewer,
)
from preceptor.core.random import ItemRng, generator
from preceptor.core.relations import Relation
from preceptor.core.rule_words import (
    asked_further,
    describe_rule,
    enough,
    for_people,
    read_rule,
)
from preceptor.core.set_votes import VotedAnswers, decide_answers
from preceptor.core.show_hook import Html
from preceptor.core.sources import ArraySource, IdSource, id_inputs
from preceptor.core.table_domain import TableDomain
from preceptor.core.teacher_check import TeacherCheck
from preceptor.core.texts import TextDomain, Texts, TextSource
from preceptor.core.until_decided import UntilDecided
from preceptor.core.votes import SharedVotes, Unanimous, VoteRule, Votes

__all__ = [
    "ABSTAINED",
    "BROKEN",
    "MISSING",
    "UNCERTAIN",
    "Answers",
    "AnyAttack",
    "AnySource",
    "AnyStudent",
    "AnyTeacher",
    "AnyTrainable",
    "ArraySource",
    "Attack",
    "Ballots",
    "BudgetError",
    "Budgeted",
    "Composite",
    "Concurrent",
    "Described",
    "Domain",
    "Embeds",
    "Finding",
    "Goal",
    "HopelessError",
    "Html",
    "IdSource",
    "IncompleteError",
    "InconsistentTeacherError",
    "InputError",
    "Inputs",
    "ItemRng",
    "Journal",
    "KeepsJournal",
    "LearnsUnseen",
    "LedgerError",
    "OutOfMemoryError",
    "PreceptorError",
    "Pupil",
    "Refittable",
    "Relates",
    "Relation",
    "Remembers",
    "Repeats",
    "ServiceError",
    "SharedVotes",
    "Soft",
    "Source",
    "Student",
    "TableColumn",
    "TableDomain",
    "Teacher",
    "TeacherCheck",
    "TeacherError",
    "TextDomain",
    "TextSource",
    "Texts",
    "Trainable",
    "Unanimous",
    "UnansweredError",
    "UntilDecided",
    "Viewer",
    "VoteRule",
    "VotedAnswers",
    "Votes",
    "asked_further",
    "blank",
    "check_answers",
    "check_float32",
    "decide_answers",
    "describe_rule",
    "enough",
    "environment",
    "for_people",
    "generator",
    "id_inputs",
    "in_company",
    "nonsense",
    "read_rule",
]
