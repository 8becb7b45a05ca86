"""The ledger: durable, append-only memory of all that teachers said."""

from preceptor.asking.keys import input_keys
from preceptor.ledger.answer_rows import AnswerRow, Conflict, ImportCounts, TeacherRow, Total
from preceptor.ledger.cached_panel import KeptPanel
from preceptor.ledger.cached_teacher import CachedTeacherBase
from preceptor.ledger.keep_answers import CachedTeacher
from preceptor.ledger.ledger import Ledger
from preceptor.ledger.merging import MergeCounts

__all__ = [
    "AnswerRow",
    "CachedTeacher",
    "CachedTeacherBase",
    "Conflict",
    "ImportCounts",
    "KeptPanel",
    "Ledger",
    "MergeCounts",
    "TeacherRow",
    "Total",
    "input_keys",
]
