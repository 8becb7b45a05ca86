"""The audit and its record. It is handed attacks, teachers and ledger; imports none."""

from preceptor.audit.comparison_headline import lead
from preceptor.audit.consistency import (
    BesidePeople,
    Between,
    Consistency,
    People,
    Person,
    consistency,
)
from preceptor.audit.contrasts import LEAST, Contrast, Pair
from preceptor.audit.decision import Decision, check_decision, decide, stopping_of
from preceptor.audit.decision_words import sentence
from preceptor.audit.forecast import Forecast, forecast
from preceptor.audit.gate import Gate, gate, told
from preceptor.audit.groups import FEW, Group, check_column, groups
from preceptor.audit.headline import Answer, answer
from preceptor.audit.plan import Given, Plan
from preceptor.audit.progress import Progress, Watcher
from preceptor.audit.record import SCHEMA, Record, Said
from preceptor.audit.run import audit, key
from preceptor.audit.sanity import Finding
from preceptor.audit.sides import Side, SideBySide, side_by_side
from preceptor.audit.summary import Row, Summary, row_verdicts, summarise
from preceptor.audit.terms import Terms
from preceptor.core import environment

__all__ = [
    "FEW",
    "LEAST",
    "SCHEMA",
    "Answer",
    "BesidePeople",
    "Between",
    "Consistency",
    "Contrast",
    "Decision",
    "Finding",
    "Forecast",
    "Gate",
    "Given",
    "Group",
    "Pair",
    "People",
    "Person",
    "Plan",
    "Progress",
    "Record",
    "Row",
    "Said",
    "Side",
    "SideBySide",
    "Summary",
    "Terms",
    "Watcher",
    "answer",
    "audit",
    "check_column",
    "check_decision",
    "consistency",
    "decide",
    "environment",
    "forecast",
    "gate",
    "groups",
    "key",
    "lead",
    "row_verdicts",
    "sentence",
    "side_by_side",
    "stopping_of",
    "summarise",
    "told",
]
