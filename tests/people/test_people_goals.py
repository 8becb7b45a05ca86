"""What audits still need, as it is kept; on both databases."""

import pytest

from preceptor.core import LedgerError
from preceptor.people import Studies, Study, goals


def body(claim: str, further: list[int] | None) -> dict[str, object]:
    return {
        "rule": ">=0.9",
        "claim": claim,
        "used": 7,
        "items": 50,
        "further": further,
        "questions": 2.5,
        "undecided": 0.25,
    }


def test_the_last_of_each_audit_counts(studies: Studies, study: Study) -> None:
    with studies.database.write() as db:
        for purpose, claim, further in (
            *(("a", "undecided", [1, 2, 30]), ("b", "undecided", None)),
            ("a", "certified", None),
        ):
            goals.note(db, study.number, purpose, body(claim, further))
        goals.note(db, study.number, "c", body("undecided", [3, 4, 5]))
    with studies.database.read() as db:
        found = goals.goals(db, study.number)
    assert [(one.purpose, one.claim) for one in found] == [
        *(("c", "undecided"), ("a", "certified"), ("b", "undecided")),
    ]
    assert found[0].answers(overlap=2) == (15, 20, 25)
    assert found[1].answers(overlap=2) is None
    with pytest.raises(LedgerError, match="append-only"), studies.database.write() as db:
        db.run("DELETE FROM desk_goals")
