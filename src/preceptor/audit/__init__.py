"""The audit and its record. It is handed attacks, teachers and ledger; imports none."""

from preceptor.audit.audit_plan import MovedInputs, Plan
from preceptor.audit.audit_progress import AuditProgress, Watcher
from preceptor.audit.comparison_headline import lead
from preceptor.audit.decision import Decision, check_decision, decide, stopping_of
from preceptor.audit.decision_words import sentence
from preceptor.audit.error_consistency import (
    BesidePeople,
    Consistency,
    PairConsistency,
    People,
    PersonConsistency,
    consistency,
)
from preceptor.audit.forecast import Forecast, forecast
from preceptor.audit.gate import Gate, gate, told
from preceptor.audit.headline import Headline, answer
from preceptor.audit.item_groups import FEW, Group, check_column, groups
from preceptor.audit.junit import junit
from preceptor.audit.known_labels import KnownLabels, known_labels
from preceptor.audit.pairwise_differences import LEAST, Pair, PairwiseDifference
from preceptor.audit.partial_answers import has_partial, partial_sentence
from preceptor.audit.record import SCHEMA, Record, SheetAnswers
from preceptor.audit.run_audit import audit, key
from preceptor.audit.sanity import Finding
from preceptor.audit.student_comparison import StudentComparison, StudentResult, side_by_side
from preceptor.audit.summary import Row, Summary, row_verdicts, summarise
from preceptor.audit.terms import Terms
from preceptor.audit.text_checks import text_remarks
from preceptor.core import environment

__all__ = [
    "FEW",
    "LEAST",
    "SCHEMA",
    "AuditProgress",
    "BesidePeople",
    "Consistency",
    "Decision",
    "Finding",
    "Forecast",
    "Gate",
    "Group",
    "Headline",
    "KnownLabels",
    "MovedInputs",
    "Pair",
    "PairConsistency",
    "PairwiseDifference",
    "People",
    "PersonConsistency",
    "Plan",
    "Record",
    "Row",
    "SheetAnswers",
    "StudentComparison",
    "StudentResult",
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
    "has_partial",
    "junit",
    "key",
    "known_labels",
    "lead",
    "partial_sentence",
    "row_verdicts",
    "sentence",
    "side_by_side",
    "stopping_of",
    "summarise",
    "text_remarks",
    "told",
]
