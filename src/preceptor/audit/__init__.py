"""Layer 2: the audit and its record. It is handed attacks, teachers and ledger; imports none."""

from preceptor.audit.environment import environment
from preceptor.audit.plan import Given, Plan
from preceptor.audit.progress import Progress, Watcher
from preceptor.audit.record import SCHEMA, Record, Said
from preceptor.audit.run import audit, key
from preceptor.audit.sanity import Finding
from preceptor.audit.summary import Row, Summary, summarise

__all__ = [
    "SCHEMA",
    "Finding",
    "Given",
    "Plan",
    "Progress",
    "Record",
    "Row",
    "Said",
    "Summary",
    "Watcher",
    "audit",
    "environment",
    "key",
    "summarise",
]
