"""A study's overview as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from preceptor.core.plain_console import PlainConsole
from preceptor.people import Study
from preceptor.people.agreement import Item, Overview
from preceptor.people.coefficients import in_words
from preceptor.people.goals import Goal
from preceptor.people.person_rows import PersonRow


def print_overview(
    study: Study, found: Overview, aims: Sequence[Goal], model: Mapping[str, Any] | None
) -> None:
    """Everything that the overview page shows, but for the pictures."""
    out = PlainConsole()
    lines = [
        f"{study.name}: {found.complete} of {found.questions} questions have all their answers; "
        f"{found.needed} more answers are needed; {found.seconds:.0f} s spent",
        f"certain {found.certain}, uncertain {len(found.uncertain)}, by the rule: "
        f"{study.settings.rule.sentence}",
        f"equal {_share(found.raw)}, Fleiss' kappa {_number(found.fleiss)}, Krippendorff's alpha "
        f"{_number(found.alpha)} ({in_words(found.alpha, found.compared)})",
        *(goal_line(aim, study.settings.overlap) for aim in aims),
    ]
    if found.saved:
        lines.append(
            f"{found.saved} answers were not needed: {found.complete} questions were decided before "
            f"all of {study.settings.overlap} people were asked"
        )
    if found.refused:
        some = "; ".join(
            f"{one.by}, question {one.question}, label number {one.label}"
            for one in found.refused[:12]
        )
        lines.append(
            f"{len(found.refused)} answers count for nothing, since their label is none of this study "
            f"(an older desk took them in by mistake); the questions are asked again: {some}"
        )
    if found.decided:
        lines.append(f"{found.decided} questions were decided by an owner, whatever the votes")
    lines += [f"{row.name} is {row.state} {row.since}" for row in found.people if row.since]
    lines += [f"look at {row.name}: {'; '.join(row.flags)}" for row in found.people if row.flags]
    if model is not None:
        lines.append(
            f"the model of the votes calls {model['uncertain']} of {model['complete']} complete "
            f"questions uncertain, the rule {model['uncertain_by_rule']}; certain only by the model "
            f"{model['certain_only_here']}, only by the rule {model['certain_only_by_rule']}; "
            f"another label {model['other_label']}"
        )
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if found.people:
        out.print(_people(found.people))
    for title, items in (("most disagreed on", found.disputed), ("uncertain", found.uncertain)):
        for item in items[:12]:
            out.print(f"{title}: {_item(item)}", markup=False, highlight=False, soft_wrap=True)


def goal_line(aim: Goal, overlap: int) -> str:
    """Where an audit with a stopping rule stands, and how much more it takes."""
    start = f"audit until {aim.rule}: {aim.claim} after {aim.used} of {aim.items} items"
    more = aim.answers(overlap)
    if more is None:
        return start
    return (
        f"{start}; if the rate so far holds, about {more[1]} more answers decide it (four in five "
        f"simulated continuations: {more[0]} to {more[2]}); as of {aim.at[:16]}"
    )


def _people(people: Sequence[PersonRow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("person", overflow="fold")
    for heading in (
        *("answers", "can't\ntell", "median\ntime", "equal to\nothers", "Cohen's\nkappa"),
        *("same\nagain", "known\nright"),
    ):
        table.add_column(heading, justify="right")
    for row in people:
        table.add_row(
            escape(row.name),
            str(row.answers),
            str(row.uncertain),
            "-" if row.seconds is None else f"{row.seconds:.1f} s",
            _share(row.agreement),
            _number(row.kappa),
            "{}/{}".format(*row.consistent),
            "{}/{}".format(*row.checks),
        )
    return table


def _item(item: Item) -> str:
    said = ", ".join(f"{word} {times} x" for word, times in item.said)
    return f"question {item.question}: {said}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
