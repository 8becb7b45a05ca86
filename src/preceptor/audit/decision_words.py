"""The decision of a stopped audit in words."""

from collections.abc import Iterator

from preceptor.audit.decision import stopping_of, terms_of
from preceptor.audit.record import Record
from preceptor.audit.terms import Terms
from preceptor.core.saved import Facts
from preceptor.outcome.weak import NO_ATTACK, WORST_CASE


def sentence(record: Record) -> str:
    """The decision of a stopped audit in words.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    terms, said = terms_of(record), stopping_of(record)
    rule, level = terms.rule, f"{100 * terms.level:.4g} %"
    of = "on their source" if terms.population == "source" else "on these very items"
    what = f"accuracy {_where(terms, said)} {of}"
    items = f"{said['after'] or said['used']:,} of {terms.items:,} items"
    low, high = (f"{100 * end:.4g}" for end in said["interval"])
    if said["claim"] == "reached":
        start = f"Known after {items}: {what} lies between {low} and {high} % ({level} confidence)."
    elif rule.least is not None and said["claim"] != "undecided":
        side = "at least" if said["claim"] == "certified" else "less than"
        least = f"{100 * rule.least:.4g} %"
        start = f"Decided after {items}: {what} is {side} {least} ({level} confidence)."
    else:
        why = "answers are missing; run the same command again when there are more"
        if said["used"] == terms.items:
            why = "all items were asked"
            if terms.population == "source":
                why += "; with more items from the same source, beside these, the same bets go on"
        start = (
            f"Undecided after {items}: {what} lies between {low} and {high} % ({level} confidence), "
            f"and the rule was {rule}. No more was asked, since {why}."
        )
    return " ".join([start, *_decided_by(terms, said), *_tried(said)])


def _where(terms: Terms, said: Facts) -> str:
    if len(terms.names) == 1:
        return _under(terms.names[0])
    if said["claim"] == "certified":
        return "under each attack, and in the worst case over them,"
    if said["claim"] == "refuted":
        return _under(said["component"])
    return "under the attack, or in the worst case over them, where it is least,"


def _under(name: str) -> str:
    """Where a component's rate is measured."""
    words = {NO_ATTACK: "without attack", WORST_CASE: "in the worst case over the attacks"}
    return words.get(name, f"under {name}")


def _decided_by(terms: Terms, said: Facts) -> Iterator[str]:
    """Which component decided, and on what."""
    part = next(one for one in said["components"] if one["name"] == said["component"])
    share = part["void_share"]
    void = "" if share is None else f", {share:.0%} of its items void"
    most = "Least" if len(terms.names) > 1 else "Found"
    yield (
        f"{most} {_under(part['name'])}: right at {part['right']:,} of {part['certain']:,} items of "
        f"which the teacher is certain{void}."
    )


def _tried(said: Facts) -> Iterator[str]:
    """What else was tried on these items."""
    number = said["attempt"]["number"]
    if number > 1:
        yield (
            f"This is attempt {number} on these items under these attacks: {number - 1} other "
            "student(s) or versions came before, and the level is that of each attempt by itself."
        )
    if said["attempt"]["legs"] > 1:
        yield (
            "Items or proxy have changed since the attempt was begun: the bets went on with what "
            "was left of their stake."
        )
