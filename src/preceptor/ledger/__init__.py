"""The ledger: durable, append-only memory of all that teachers said."""

from preceptor.asking.keys import input_keys
from preceptor.ledger.keeper import Kept
from preceptor.ledger.kept import KeptTeacher
from preceptor.ledger.ledger import Ledger
from preceptor.ledger.panel import KeptPanel
from preceptor.ledger.rows import Added, AnswerRow, Conflict, TeacherRow, Total

__all__ = [
    "Added",
    "AnswerRow",
    "Conflict",
    "Kept",
    "KeptPanel",
    "KeptTeacher",
    "Ledger",
    "TeacherRow",
    "Total",
    "input_keys",
]
