"""How a stopped audit came to its decision: the interval and the bets, item by item."""

import math
from dataclasses import dataclass
from typing import Any, Final

from preceptor.audit import Record, sentence, stopping_of
from preceptor.outcome.wording import counted, interval
from preceptor.report.plotting import SMALL, band, path

_MOST_POINTS: Final = 240
_FLOOR: Final = -2.0
"""Of the logarithm to base 10: wealth below a hundredth is drawn there."""


@dataclass(frozen=True)
class Polyline:
    """A polyline: ``key`` is its style."""

    key: str
    points: str


@dataclass(frozen=True)
class Trail:
    """One chart over the number of items: grid lines, a band or lines, and what was to be met."""

    heading: str
    grid: tuple[tuple[str, float], ...]
    ticks: tuple[tuple[str, float], ...]
    band: str
    lines: tuple[Polyline, ...]
    wanted: tuple[str, float] | None
    end: float | None
    described: str


@dataclass(frozen=True)
class Stopping:
    """The section on the stopping rule; ``used`` items were asked about."""

    used: int
    sentence: str
    population: str
    attempt: str
    proxy: str
    components: tuple[tuple[str, ...], ...]
    trails: tuple[Trail, ...]
    rows: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...]


def stopping(record: Record) -> Stopping | None:
    """What the page says of the stopping rule; ``None`` if there was none."""
    if "stopping" not in record.facts:
        return None
    said = stopping_of(record)
    process = said["process"]
    trails = []
    if said["used"]:
        trails.append(_ends(record, said))
        if "for" in process:
            trails.append(_wealth(record, said))
    names = [name for name in ("low", "high", "for", "against") if name in process]
    words = {"low": "Least", "high": "Most", "for": "Bets for", "against": "Bets against"}
    steps = range(len(process["low"]))
    rows = tuple(
        (str(i + 1), record.ids[i], *(_cell(name, process[name][i]) for name in names))
        for i in steps
    )
    return Stopping(
        int(said["used"]),
        sentence(record).replace(" %", "\u00a0%"),
        _population(record, said),
        _attempt(record, said),
        _proxy(said),
        tuple(_component(part, said["component"]) for part in said["components"]),
        tuple(trails),
        rows,
        ("Items", "Last item", *(words[name] for name in names)),
    )


def _population(record: Record, said: dict[str, Any]) -> str:
    items = counted(int(record.facts["source"]["items"]), "item")
    if said["population"] == "source":
        return (
            f"The claim is about the source: it takes the {items} to be an independent random "
            "sample of it, and asks in random order."
        )
    return f"The claim is about these {items} alone, of which a random part was asked."


def _attempt(record: Record, said: dict[str, Any]) -> str:
    """Whose order it is, and what was tried before."""
    begun = str(record.run.get("attempt_begun", ""))[:10]
    number = said["attempt"]["number"]
    words = (
        "The order was drawn when the items were first audited with a stopping rule, from random "
        "bytes that nobody could know before; the ledger keeps it, for all students. This attempt "
        f"was begun on {begun} with the rule {said['attempt']['rule']}: coming back, with more "
        "items, another seed or another rule, continues it."
    )
    if number > 1:
        words += (
            f" It is attempt {number} under these attacks: the level is that of each by itself, and "
            "of many students one passes by luck."
        )
    if said["disputed"]:
        items = counted(len(said["disputed"]), "item")
        words += f" {items} came out otherwise before and count as unknown."
    return words


def _component(part: dict[str, Any], deciding: str) -> tuple[str, ...]:
    """A line of the table of components."""
    share = part["void_share"]
    low, high = part["ends"]
    return (
        part["name"] + (" (decides)" if part["name"] == deciding else ""),
        f"{part['right']:,} of {part['certain']:,}",
        "\u2013" if share is None else f"{100 * share:.0f}\u00a0%",
        f"{part['unknown']:,}",
        f"{100 * low:.4g} to {100 * high:.4g}\u00a0%",
    )


def _proxy(said: dict[str, Any]) -> str:
    proxy = said["proxy"]
    if proxy is None:
        return ""
    drawn = "All items were equally likely to be drawn."
    if said["mix"] < 1:
        drawn = (
            f"Of the draws {100 * said['mix']:.4g}\u00a0% were uniform; the others went more often "
            "where it guessed at an error, and the bets allow for that."
        )
    return (
        f"A proxy, {proxy['name']}, guessed beforehand what the teacher would say: right on "
        f"{proxy['agreed']:,} of the {counted(proxy['compared'], 'item')} that were compared. A bad "
        f"guess costs answers, not validity. {drawn}"
    )


def _cell(name: str, value: float) -> str:
    if name in ("low", "high"):
        return f"{100 * value:.4g}\u00a0%"
    return f"{math.exp(min(value, 690.0)):.3g}"


def _place(items: int) -> list[int]:
    """Which steps are drawn: all, or evenly many of them with the last."""
    step = max(1, -(-items // _MOST_POINTS))
    return [*range(step - 1, items - 1, step), items - 1]


def _ticks(items: int) -> tuple[tuple[str, float], ...]:
    wanted = sorted({0, items // 2, items})
    return tuple((f"{item:,}", SMALL.across(item / items)) for item in wanted)


def _ends(record: Record, said: dict[str, Any]) -> Trail:
    process, items = said["process"], said["used"]
    some = _place(items)
    xs = [SMALL.across((i + 1) / items) for i in some]
    low, high = ([SMALL.up(process[name][i]) for i in some] for name in ("low", "high"))
    least = record.facts["plan"]["until"]["least"]
    ends = interval((process["low"][-1], process["high"][-1]), items)
    return Trail(
        heading="Between which rates the truth lies",
        grid=tuple(SMALL.percents()),
        ticks=_ticks(items),
        band=band(xs, low, high),
        lines=tuple(Polyline("relative", path(zip(xs, ys, strict=True))) for ys in (low, high)),
        wanted=None if least is None else (f"{100 * least:.4g}\u00a0%", SMALL.up(least)),
        end=None if said["after"] is None else SMALL.across(said["after"] / items),
        described=f"The interval over the number of items; after {items} it is {ends}.",
    )


def _wealth(record: Record, said: dict[str, Any]) -> Trail:
    process, items = said["process"], said["used"]
    needed = -math.log10(1 - record.level)
    logs = {name: [v / math.log(10) for v in process[name]] for name in ("for", "against")}
    most = max(needed * 1.15, min(max(map(max, logs.values())), 3 * needed))

    def height(log: float) -> float:
        return SMALL.up((min(max(log, _FLOOR), most) - _FLOOR) / (most - _FLOOR))

    some = _place(items)
    lines = tuple(
        Polyline(key, path((SMALL.across((i + 1) / items), height(logs[name][i])) for i in some))
        for key, name in (("relative", "for"), ("conventional", "against"))
    )
    grid = [(f"{10.0**k:g}", height(float(k))) for k in range(int(_FLOOR), math.floor(most) + 1)]
    last = {name: 10.0 ** min(values[-1], 300.0) for name, values in logs.items()}
    return Trail(
        heading="What a stake of 1 has become",
        grid=tuple(grid),
        ticks=_ticks(items),
        band="",
        lines=lines,
        wanted=(f"{10**needed:.4g}", height(needed)),
        end=None if said["after"] is None else SMALL.across(said["after"] / items),
        described=(
            f"Wealth of two gamblers over the number of items, on a logarithmic scale. The one who "
            f"bets that the rate is at least as wanted has {last['for']:.3g} in the end, the one "
            f"who bets that it is not {last['against']:.3g}; {10**needed:.4g} decides."
        ),
    )
