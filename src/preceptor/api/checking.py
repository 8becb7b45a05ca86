"""Whether a teacher was checked against people: what the ledger knows, in every record."""

from preceptor.audit import Record
from preceptor.calibration import CheckedInputs, check_finding, checks_of
from preceptor.core import Composite, Finding, Teacher
from preceptor.ledger import Ledger
from preceptor.people import Human
from preceptor.problems.people_checks import checked_before
from preceptor.teachers import RecordedVotes


def are_people(who: Teacher) -> bool:
    """Whether a teacher is people: at the desk, by recorded votes, or a panel of such."""
    if isinstance(who, Composite):
        return all(are_people(member) for member in who.members)
    return isinstance(who, Human | RecordedVotes)


def beside_people(book: Ledger, who: Teacher, record: Record) -> Record:
    """The record with what the ledger knows of its teacher against people; saved.

    People need no check.
    """
    return record if are_people(who) else record.checked(_finding(book, record))


def keep_checks(
    book: Ledger, records: tuple[Record, ...], found: CheckedInputs
) -> tuple[Record, ...]:
    """Keep what people said beside each stand-in, and tell its record."""
    told = []
    for place, record in enumerate(records):
        facts = record.facts["teacher"]
        book.keep_checks(
            facts["name"],
            facts["version"],
            int(facts["classes"]),
            facts["certainty"],
            checks_of(found, place),
        )
        told.append(record.checked(_finding(book, record)))
    return tuple(told)


def _finding(book: Ledger, record: Record) -> Finding:
    teacher, source = record.facts["teacher"], record.facts["source"]
    return check_finding(
        teacher["name"],
        book.checks(teacher["name"], teacher["version"]),
        source["name"],
        source["domain"],
        [str(attack["name"]) for attack in record.attacks],
        checked_before(teacher["version"]),
    )
