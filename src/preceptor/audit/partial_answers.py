"""What answers of several labels do to the rate that decides, in words: both readings, and the bounds."""

from preceptor.audit.summary import Row, Summary
from preceptor.outcome.wording import counted


def has_partial(summary: Summary) -> bool:
    """Whether any row has items at which the student is not contradicted, and no more is known."""
    return any(
        row.relative.uncontradicted or row.conventional.uncontradicted for row in summary.rows
    )


def partial_sentence(summary: Summary) -> str:
    """Both readings of the rate that decides; empty where no answer leaves it open."""
    if not summary.least.partial:
        return ""
    row = summary.headline
    if not row.relative.uncontradicted:
        return (
            "Under another attack the teacher named several labels at some inputs, the student's "
            "among them; the interval of the least rate allows for each of these labels."
        )
    return f"{_counts(row, bool(summary.attacks) and row is summary.worst)} {_readings(row)}"


def _counts(row: Row, items: bool) -> str:
    many = row.relative.uncontradicted
    what = "item" if items else "moved input" if row.goal else "input"
    verb = "is" if many == 1 else "are"
    return (
        f"{counted(many, what)} more {verb} not contradicted: the teacher named several labels there, "
        "the student's among them."
    )


def _readings(row: Row) -> str:
    given = row.relative
    low, high = (f"{100 * end:.1f}" for end in given.bounds)
    out, right = (
        "undefined" if value is None else f"{100 * value:.1f}\u00a0%"
        for value in (given.value, given.accepting)
    )
    return (
        f"Left out, as here, the rate is {out}; counted as right, {right}. Whichever of its labels "
        f"each answer stands for, that of these inputs lies between {low} and {high}\u00a0%, and the "
        "interval allows for it."
    )
