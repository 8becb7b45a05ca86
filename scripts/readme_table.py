"""The README's first table, and what is said beneath it, from the demo's committed numbers."""

from collections.abc import Callable
from typing import Any

from committed import TRAINED, result

SHOWN = {
    "no attack": "none",
    "linf-pgd eps=0.2": "l_inf 0.2",
    "linf-pgd eps=0.3": "l_inf 0.3",
    "linf-pgd eps=0.4": "l_inf 0.4",
    "keep l2 eps=5": "*keep*, within l_2 5",
    "all attacks": "worst case over all ten",
}
"""Which rows stand in the README, and what they are called there."""

HEADS = (
    "attack",
    "conventional accuracy",
    "teacher-relative [95 %]",
    "void",
    "false alarms among conventional failures",
    "invariance errors",
    "teacher's answer changed: other label, uncertain",
)


def readme() -> str:
    """The adversarially trained student row by row; then both students in sentences."""
    found = result("readme")
    students = found["students"]
    rows = {row["name"]: row for row in students[TRAINED]["rows"]}
    lines = [
        HEADS,
        ["---"] * len(HEADS),
        *(_line(rows[name], says) for name, says in SHOWN.items()),
    ]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n{_sentences(found)}"


def _line(row: dict[str, Any], says: str) -> list[str]:
    relative, failures = row["teacher_relative_accuracy"], row["conventional_failures"]
    low, high = (f"{100 * end:.0f}" for end in relative["interval"])
    changed = row["teacher_changed"]
    return [
        says,
        _percent(row["conventional_accuracy"]["value"]),
        f"{_percent(relative['value'])} [{low}-{high}] of {relative['certain']}",
        f"{row['void_share']:.0%}".replace("%", " %"),
        f"{row['splits']['FALSE_ALARM']} of {failures}" if failures else "none",
        str(row["splits"].get("INVARIANCE", "")),
        ""
        if changed is None
        else f"{changed['relabelled']}, {changed['doubted']} of {changed['of']}",
    ]


def _percent(value: float) -> str:
    return "100 %" if value == 1 else f"{100 * value:.1f} %"


def _sentences(found: dict[str, Any]) -> str:
    """What the numbers show. Words that hang on them are chosen by them."""
    trained, ordinary = (found["students"][name] for name in (TRAINED, "ordinary"))
    rows, plain = ({row["name"]: row for row in one["rows"]} for one in (trained, ordinary))
    middle, keep = rows["linf-pgd eps=0.3"], rows["keep l2 eps=5"]
    alarms, failures = middle["splits"]["FALSE_ALARM"], middle["conventional_failures"]
    last = plain["linf-pgd eps=0.4"]
    least = trained["least"]
    low, high = (f"{100 * end:.0f}" for end in least["interval"])
    return (
        f"At 0.3, {alarms} of the {failures} failures that the conventional reading counts are none: the "
        "panel is\nuncertain of that picture, or agrees with the network. Where the network's answer "
        f"never changes, the digit\ndoes: {keep['splits']['INVARIANCE']} times it became another digit to "
        "the panel, and the network did not notice. Of the ordinarily\ntrained network's "
        f"{last['conventional_failures']} failures at 0.4, {last['splits']['FALSE_ALARM']} are false "
        "alarms. The headline is the least of the ten attacks'\nrates and of the worst case over all: "
        f"{_percent(least['value'])} [{low}-{high}], {_where(least['decided_by'])}, over "
        f"{least['certain']} items. (Seed {found['seed']}, {_threads(found['threads'])}.)\n"
    )


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _where(name: str) -> str:
    return "in the worst case" if name == "all attacks" else f"under {name}"


TABLES: dict[str, Callable[[], str]] = {"readme": readme}
