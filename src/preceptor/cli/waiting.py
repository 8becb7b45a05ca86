"""What is said, and written down, where people still have to answer."""

from preceptor.api.recorded_tables import VOTES
from preceptor.audit import Record, forecast
from preceptor.cli.console import err
from preceptor.core import Teacher
from preceptor.core.ending import Ending
from preceptor.people import Human, goals
from preceptor.sequential import StoppingRule
from preceptor.teachers import RecordedVotes


def say_desk(who: Teacher) -> None:
    """Where the questions wait, if people are the teacher."""
    if isinstance(who, Human):
        err.print(
            f"To answer: preceptor desk {who.studies.database.name}\n"
            "Then run the same command again: nothing is asked twice.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def say_why(end: Ending) -> None:
    """Why it ended as it did, on standard error."""
    for words in end.why:
        err.print(words, highlight=False, markup=False)


def say_rule(who: Teacher) -> None:
    """How the rule of recorded votes is set, if these are the teacher."""
    if isinstance(who, RecordedVotes):
        err.print(
            f"It is certain where {who.rule.sentence}. The rule is set behind the file: "
            f"--teacher {VOTES}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def foretell(who: Teacher, purpose: str, record: Record) -> None:
    """How many more items an undecided audit is likely to take: said, and noted for the desk."""
    stopping = record.facts.get("stopping")
    if stopping is None:
        return
    found = forecast(record)
    items, used = record.facts["source"]["items"], stopping["used"]
    if found.further is not None:
        low, middle, high = found.further
        err.print(
            f"If the rate so far holds, about {middle} more items decide it (four in five simulated "
            f"continuations: {low} to {high}), at {found.questions:.1f} questions an item.",
            highlight=False,
        )
        if found.undecided >= 0.1:
            err.print(
                f"{found.undecided:.0%} of the continuations ran out of the {items} items.",
                highlight=False,
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
        if study is None:  # nothing was ever filed
            return
        with who.studies.database.write() as db:
            goals.note(db, study.number, purpose, body)
