"""The front door: all that the command line does, for whatever people have at hand.

``import preceptor as pr`` gives these names. The command line reads its words and calls the same
functions.
"""

from preceptor.api.audit_verb import audit
from preceptor.api.calibrate_verb import calibrate
from preceptor.api.desk_lessons import NothingTaughtError
from preceptor.api.prove_verb import check_certificate, prove
from preceptor.api.search_verb import explain, search
from preceptor.api.teach_result import TeachResult
from preceptor.api.teach_verb import compare, side_by_side, teach

__all__ = [
    "NothingTaughtError",
    "TeachResult",
    "audit",
    "calibrate",
    "check_certificate",
    "compare",
    "explain",
    "prove",
    "search",
    "side_by_side",
    "teach",
]
