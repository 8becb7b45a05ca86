"""Search, which refutes strong robustness. It is handed a teacher; imports none."""

from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import AppliedTransform, Generator, Proposals, SearchContext
from preceptor.search.estimate import Estimate, estimate
from preceptor.search.faults import Fault
from preceptor.search.run_search import key, search
from preceptor.search.search_plan import SearchPlan
from preceptor.search.search_progress import SearchProgress, Watcher
from preceptor.search.search_result import SCHEMA, SearchResult, Yield
from preceptor.search.search_view import answer, said_of_fault, shown_texts

__all__ = [
    "SCHEMA",
    "AppliedTransform",
    "AskedInputs",
    "Estimate",
    "Fault",
    "Generator",
    "Proposals",
    "SearchContext",
    "SearchPlan",
    "SearchProgress",
    "SearchResult",
    "Watcher",
    "Yield",
    "answer",
    "estimate",
    "key",
    "said_of_fault",
    "search",
    "shown_texts",
]
