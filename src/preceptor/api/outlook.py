"""What is still to come of an audit: answers that people owe, and how many more would decide it."""

from preceptor.api.recorded_tables import VOTES
from preceptor.audit import Record, forecast
from preceptor.audit.audit_ending import unanswered
from preceptor.core import AnyTeacher
from preceptor.people import Human, goals
from preceptor.sequential import StoppingRule
from preceptor.teachers import RecordedVotes


def where_to_answer(who: AnyTeacher) -> str | None:
    """Where the questions wait, if people are the teacher."""
    if not isinstance(who, Human):
        return None
    return (
        f"To answer: preceptor desk {who.studies.database.name}\n"
        "Then run the same command again: nothing is asked twice."
    )


def rule_of(who: AnyTeacher) -> str | None:
    """How the rule of recorded votes is set, if these are the teacher."""
    if not isinstance(who, RecordedVotes):
        return None
    if who.weighing is not None:
        return who.certainty
    saved = f" {who.saving}" if who.saving else ""
    return (
        f"It is certain where {who.rule.sentence}.{saved} The rule is set behind the file: "
        f"--teacher {VOTES}"
    )


def outlook(who: AnyTeacher, purpose: str, record: Record) -> list[str]:
    """How many more items an undecided audit is likely to take; noted for the desk, too."""
    stopping = record.facts.get("stopping")
    if stopping is None:
        return []
    found, lines = forecast(record), []
    items, used = record.facts["source"]["items"], stopping["used"]
    if found.further is not None:
        low, middle, high = found.further
        lines.append(
            f"If the rate so far holds, about {middle} more items decide it (four in five simulated "
            f"continuations: {low} to {high}), at {found.questions:.1f} questions an item."
        )
        if found.undecided >= 0.1:
            lines.append(
                f"{found.undecided:.0%} of the continuations ran out of the {items} items."
            )
    if isinstance(who, Human):
        rule = str(StoppingRule(**record.facts["plan"]["until"]))
        body = {
            "rule": rule,
            "claim": stopping["claim"],
            "used": used,
            "items": items,
            **found.describe(),
        }
        study = who.study if who.study.number else who.studies.find(who.study.name)
        if study is not None:  # else nothing was ever filed
            with who.studies.database.write() as db:
                goals.note(db, study.number, purpose, body)
    return lines


def waiting(who: AnyTeacher) -> list[str]:
    """What to do about questions without an answer."""
    return [one for one in (where_to_answer(who), rule_of(who)) if one is not None]


def left_to_say(who: AnyTeacher, purpose: str, record: Record) -> list[str]:
    """All of it, of one record."""
    return outlook(who, purpose, record) + (waiting(who) if unanswered(record) else [])
