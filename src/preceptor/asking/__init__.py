"""Asking: one call to a teacher, one queue of questions, one form of what comes back.

Audit, search, explanation and strategies are policies over it; a ledger and the wrappers of
teachers hear through it. An answer that is missing is a gap with a reason, never *uncertain*.
"""

from preceptor.asking.call import Keyed, call, call_teacher, flaws, on_cpu
from preceptor.asking.keys import input_keys
from preceptor.asking.queue import (
    GIVE_UP,
    NOT_TRIED,
    TEACHER_BATCH,
    Questions,
    Queue,
    call_keyed,
    distinct,
)
from preceptor.asking.replies import ADVICE, BUDGET, Fault, Gap, Replies
from preceptor.asking.under_way import Arrival, Calls, call_at_once, check_concurrency, concurrency

__all__ = [
    "ADVICE",
    "BUDGET",
    "GIVE_UP",
    "NOT_TRIED",
    "TEACHER_BATCH",
    "Arrival",
    "Calls",
    "Fault",
    "Gap",
    "Keyed",
    "Questions",
    "Queue",
    "Replies",
    "call",
    "call_at_once",
    "call_keyed",
    "call_teacher",
    "check_concurrency",
    "concurrency",
    "distinct",
    "flaws",
    "input_keys",
    "on_cpu",
]
