"""What is known of the shipped teachers against people: facts that come with the problems.

``people_checks.json`` is written by ``benchmarks/moved_digits.py --ship`` from pictures with what
people say of them. A fact belongs to a teacher's version: of another panel it says nothing.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "people_checks.json"


@lru_cache(maxsize=1)
def _held() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def checked_before(version: str) -> str:
    """What people said of other pictures beside a teacher of this version, in sentences; empty where
    nothing is known.
    """
    held = _held()
    counts = held["teachers"].get(version)
    if counts is None:
        return ""
    parts = [_moved(held["moved"][name], one) for name, one in counts["moved"].items()]
    return (
        f"It was checked against people on other pictures ({held['source']}): {'; '.join(parts)}. As "
        f"they were, it says the dataset's digit of {counts['clean']['agrees']} of "
        f"{counts['clean']['of']} and another of {counts['clean']['contrary']}."
    )


def _moved(how: str, one: Mapping[str, Mapping[str, int]]) -> str:
    changed, kept = one["changed"], one["kept"]
    return (
        f"{how}, of {changed['of']} that became another digit to people it says so of "
        f"{changed['agrees']}, is certain of something else on {changed['contrary']} and uncertain of "
        f"{changed['void']}; of {kept['of']} that kept their digit it is contrary to people on "
        f"{kept['contrary']} and uncertain of {kept['void']}"
    )
