"""The page of a suite of claims: a verdict on each, and what it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.outcome import Spread
from preceptor.outcome.wording import MINUS, counted, number
from preceptor.paper import VERDICTS, ClaimResult, Suite, Verdict
from preceptor.report.mini_intervals import MiniInterval, deciding
from preceptor.report.paper_charts import DotRows, PlacedChart, draw, rows
from preceptor.report.paper_opponents import OpponentRow, opponent_rows
from preceptor.report.paper_scenes import PlacedScene, place
from preceptor.report.templating import fill, save

KEYS: Final[dict[Verdict, str]] = {
    "shown against the strongest asker": "shown",
    "shown against usual askers only": "usual",
    "shown": "shown",
    "tie": "tie",
    "not shown": "open",
}
"""Style of each verdict."""

PARTS: Final = {
    "shown": "shown",
    "usual": "ahead of usual askers",
    "strongest": "ahead of the strongest",
    "tie": "tie",
}
"""What a check is for, by the part of its rule."""

STATES: Final = {"holds": "holds", "fails": "fails", "open": "open: the interval crosses a bound"}


@dataclass(frozen=True)
class Number:
    """One number over the seeds, as text.

    Attributes:
        name: of what.
        value: the mean.
        interval: its ends.
        each: the value of every seed.
    """

    name: str
    value: str
    interval: str
    each: str


@dataclass(frozen=True)
class CheckRow:
    """One check, as text.

    Attributes:
        wanted_for: the verdict that needs it.
        name: of the number.
        bounds: in which it must lie.
        value: the mean.
        interval: its ends.
        state: whether it holds, in words.
        holds: whether it does.
    """

    wanted_for: str
    name: str
    bounds: str
    value: str
    interval: str
    state: str
    holds: bool


@dataclass(frozen=True)
class Section:
    """One claim.

    Attributes:
        finding: what was measured.
        key: of the verdict, for its colour.
        because: why the verdict is what it is.
        checks: that decide it.
        numbers: all that was measured.
        drawings: its charts.
        rows: its charts of names.
        settings: name and value, as text.
        seeds: as text.
        mini: the number that decides, drawn; ``None`` where it has no interval.
        found: the same number in words.
        opponents: a row for each.
        declared: where and when its rule was written down, in a sentence.
    """

    finding: ClaimResult
    key: str
    because: str
    checks: tuple[CheckRow, ...]
    numbers: tuple[Number, ...]
    drawings: tuple[PlacedChart, ...]
    rows: tuple[DotRows, ...]
    scenes: tuple[PlacedScene, ...]
    settings: tuple[tuple[str, str], ...]
    seeds: str
    mini: MiniInterval | None
    found: str
    opponents: tuple[OpponentRow, ...]
    declared: str


def render_paper(found: Suite) -> str:
    """The page of a suite: one HTML page that loads nothing from anywhere, from the numbers alone."""
    sections = [_section(one) for one in found.findings]
    counts = {v: sum(one.verdict == v for one in found.findings) for v in VERDICTS}
    return fill(
        "paper.html.j2",
        suite=found,
        sections=sections,
        lead=_lead(counts, len(sections)),
        rigged=counted(sum(bool(one.facts.constructed) for one in found.findings), "claim"),
        against=[s for s in sections if s.finding.verdict != s.finding.facts.expected],
        seconds=found.seconds,
        runs=sum(len(one.runs) for one in found.findings),
        keys=KEYS,
    )


def write_paper(found: Suite, path: str | Path) -> Path:
    """Write the page, whole or not at all; returns its path.

    Raises:
        OSError: the file cannot be written.
    """
    return save(render_paper(found), Path(path))


def _lead(counts: Mapping[Verdict, int], total: int) -> str:
    said = [
        counted(counts["tie"], "tie") if verdict == "tie" else f"{counts[verdict]} {verdict}"
        for verdict in VERDICTS
        if counts[verdict] or verdict in ("tie", "not shown")
    ]
    return f"Of {counted(total, 'claim')}: {', '.join(said[:-1])} and {said[-1]}."


def _declared(one: ClaimResult) -> str:
    """Where and when the rule was written down."""
    there = one.declared
    if there is None:
        return "What was written down beforehand is not known, or was changed since."
    if there.commit is None:
        return f"As declared (digest {there.digest[:12]}), in no commit: nothing says that it was before the runs."
    when = "before the runs" if there.before else "changed since: some runs are of an earlier state"
    return f"Declared {when}, in commit {there.commit[:12]} (digest {there.digest[:12]})."


def _section(one: ClaimResult) -> Section:
    checks = tuple(
        CheckRow(
            PARTS[part],
            name,
            check.words,
            *_spread(spread),
            STATES[state],
            state == "holds",
        )
        for part, check, name, spread, state in one.checks()
        if part != "tie" or KEYS[one.verdict] != "shown"
    )
    numbers = tuple(
        Number(name, *_spread(spread), _each(one, name)) for name, spread in one.spreads.items()
    )
    mini = deciding(one)
    return Section(
        one,
        KEYS[one.verdict],
        _because(one),
        checks,
        numbers,
        tuple(
            drawing
            for chart in one.charts
            if not chart.labels and (drawing := draw(chart, one.spreads)) is not None
        ),
        tuple(rows(chart, one.spreads) for chart in one.charts if chart.labels),
        tuple(map(place, one.scenes)),
        tuple((name, _plain(value)) for name, value in one.settings.items()),
        ", ".join(str(run.seed) for run in one.runs),
        mini,
        _told(one, mini),
        opponent_rows(one),
        _declared(one),
    )


def _told(one: ClaimResult, mini: MiniInterval | None) -> str:
    """The number that decides, and its bounds."""
    if mini is None:
        return ""
    value, ends = _spread(one.spreads[mini.name])
    return f"{value} ({ends}) / {mini.bounds}"


def _because(one: ClaimResult) -> str:
    """Why the verdict is what it is, in a sentence."""
    parts_of = one.rule.decisive(one.verdict)
    states = [state for what, *_, state in one.checks() if what in parts_of]
    if one.verdict != "not shown":
        also = {
            "tie": " Not all that would have shown the claim does.",
            "shown against usual askers only": _missing(one),
        }.get(one.verdict, "")
        return f"All {len(states)} numbers that were asked for lie in their bounds.{also}"
    failed, left = states.count("fails"), states.count("open")
    parts = []
    if failed:
        parts.append(f"{counted(failed, 'number')} of {len(states)} outside of the bounds")
    if left:
        parts.append(f"{counted(left, 'number')} of {len(states)} not settled by these seeds")
    return "Not all that was asked for holds: " + " and ".join(parts) + "."


def _missing(one: ClaimResult) -> str:
    """Why a claim is shown against usual askers only."""
    if not one.rule.strongest:
        return " No strongest asker was tried."
    behind = sum(state != "holds" for part, *_, state in one.checks() if part == "strongest")
    return f" Against the strongest askers {counted(behind, 'number')} does not show a lead."


def _spread(spread: Spread | None) -> tuple[str, str]:
    if spread is None:
        return "undefined", ""
    low, high = spread.interval
    ends = f"{_signed(low)} to {_signed(high)}" if math.isfinite(low) else "one seed: none"
    return _signed(spread.mean), ends


def _each(one: ClaimResult, name: str) -> str:
    values = [run.numbers.get(name) for run in one.runs]
    return ", ".join("none" if value is None else _signed(value) for value in values)


def _signed(value: float) -> str:
    if 0.9 < abs(value) < 1 or 1 < abs(value) < 2:
        text = f"{value:.3f}"
    elif abs(value) < 1e-12:
        text = "0"
    else:
        text = number(value)
    return text.replace("-", MINUS)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
