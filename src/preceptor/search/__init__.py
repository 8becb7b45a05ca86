"""Search, which refutes strong robustness. It is handed a teacher; imports none."""

from preceptor.search.estimate import Estimate, estimate
from preceptor.search.faults import Fault
from preceptor.search.ground import Change, Generator, Ground, Proposals
from preceptor.search.plan import Plan
from preceptor.search.progress import Progress, Watcher
from preceptor.search.questions import Questions
from preceptor.search.result import SCHEMA, SearchResult, Yield
from preceptor.search.run import key, search
from preceptor.search.search_view import answer

__all__ = [
    "SCHEMA",
    "Change",
    "Estimate",
    "Fault",
    "Generator",
    "Ground",
    "Plan",
    "Progress",
    "Proposals",
    "Questions",
    "SearchResult",
    "Watcher",
    "Yield",
    "answer",
    "estimate",
    "key",
    "search",
]
