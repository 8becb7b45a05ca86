"""How a calibration says itself: its sentences, view, tables and picture."""

from typing import Any, Final

from preceptor.calibration.calibration_result import Calibration
from preceptor.calibration.following import InputShare, PeopleRate
from preceptor.calibration.stand_in_agreement import MOVED, Agreement
from preceptor.calibration.stand_ins import CLEAN
from preceptor.core import InputError
from preceptor.core.ending import Ending
from preceptor.core.view import Bar, View, frame, plot_intervals
from preceptor.outcome.wording import counted

COLUMNS = ("rate", "stand-in", "people", "", "interval", "from people alone")


THRESHOLD: Final = "threshold ="
"""By which a teacher says that its threshold can be set."""


def percent(value: float | None) -> str:
    """A share in words."""
    return "undefined" if value is None else f"{100 * value:.0f}\u00a0%"


def between(low: float, high: float) -> str:
    """An interval in words."""
    return f"{100 * low:.0f} to {100 * high:.0f}\u00a0%"


def what_of(rate: PeopleRate) -> str:
    """Which rate this is."""
    return {
        "accuracy": rate.name,
        "conventional": f"conventional, {rate.name}",
        "void share": f"void share, {rate.name}",
    }[rate.kind]


def headline(found: Calibration) -> str:
    """People's number for the rate that decides, beside the stand-in's."""
    facts, rate = found.facts, found.headline
    people, used = facts["people"]["name"], facts["questions"]["items_used"]
    if not used or rate is None:
        return (
            f"{people} has not answered yet about any item drawn: "
            f"{counted(facts['questions']['asked'], 'question')} wait. Run the same again then."
        )
    where = "without an attack" if rate.name == CLEAN else f"under {rate.name}"
    return (
        f"As {people} sees it, {facts['student']['name']} is right {where} on "
        f"{percent(rate.value)} of the inputs of which people are certain "
        f"({100 * found.level:.4g}\u00a0% interval {between(rate.low, rate.high)}); "
        f"as {facts['stand_ins'][0]['name']} sees it, on {percent(rate.stand_in)}. That is from "
        f"{counted(facts['questions']['answered'], 'answer')} on {counted(used, 'item')} of "
        f"{facts['plan']['items']:,}."
    )


def said_of(one: Agreement) -> list[str]:
    """How far one stand-in says what people say, in sentences."""
    found = []
    for of, where in ((CLEAN, "at clean inputs"), (MOVED, "at moved inputs")):
        share = one.on(of)
        if share is None and of == MOVED:
            share = next((s for s in one.agree if s.of != CLEAN), None)
        if share is not None:
            found.append(f"{where} on {_counted(share)}")
    if not found:
        return [f"{one.name}: no input of which it is certain was answered."]
    lines = [f"Where both are certain, {one.name} and people agree {' and '.join(found)}."]
    extra = []
    over, under = (_whole(shares) for shares in (one.over, one.under))
    if over[1]:
        extra.append(f"{one.name} is certain and people are not on {over[0]} of {over[1]}")
    if under[1]:
        extra.append(f"people are certain and it is not on {under[0]} of {under[1]}")
    if extra:
        lines.append(f"Of inputs asked, {'; '.join(extra)}.")
    return lines


def _whole(shares: tuple[InputShare, ...]) -> tuple[int, int]:
    """Of all sheets together: those of each attack are part of ``moved``."""
    own = [share for share in shares if share.of != MOVED]
    return sum(share.hits for share in own), sum(share.certain for share in own)


def _counted(share: InputShare) -> str:
    if not share.certain:
        return "none that both are certain of"
    return f"{share.hits} of {share.certain} ({between(share.low, share.high)})"


def saved(found: Calibration) -> str:
    """What the stand-in saved, for the rate that decides; empty if nothing."""
    rate = found.headline
    if rate is None or not rate.saved:
        return ""
    answers = round(rate.saved * found.facts["questions"]["answered"] / max(1, rate.items))
    return (
        f"Without the stand-in, the same answers would say {between(*rate.alone)}; with it, "
        f"{counted(rate.items - rate.saved, 'item')} were enough for that: about {answers} answers "
        "saved."
    )


def chosen(found: Calibration) -> str:
    """The threshold that people would choose; empty without votes."""
    best = found.threshold
    if best is None:
        return ""
    now = sum(_whole(found.agreements[0].over)[:1]) + sum(_whole(found.agreements[0].under)[:1])
    agree = [s for s in found.agreements[0].agree if s.of != MOVED]
    now += sum(s.certain - s.hits for s in agree)
    words = (
        f"People would call the stand-in certain from {percent(best.share)} of its votes on: it "
        f"would then say what they do not on {best.mistakes} of the inputs asked, now on {now} "
        "(counted on the very answers by which it is chosen)."
    )
    if THRESHOLD not in found.facts["stand_ins"][0].get("certainty", ""):
        return words
    return (
        f"{words} To have it so, write {THRESHOLD} {best.share:g} into its file and audit again: what it "
        "sent is kept, so that nothing is asked anew."
    )


def view_of(found: Calibration) -> View:
    """The sentences, and a row for each rate."""
    facts = found.facts
    names = " and ".join(one["name"] for one in facts["stand_ins"])
    what = (
        f"Calibration of {names} against {facts['people']['name']} on {facts['plan']['source']}, "
        f"{facts['questions']['answered']} of {counted(facts['questions']['asked'], 'question')} answered"
    )
    rows = [
        (
            what_of(rate),
            percent(rate.stand_in),
            percent(rate.value),
            Bar(rate.value, rate.low, rate.high, rate.stand_in),
            between(rate.low, rate.high),
            between(*rate.alone),
        )
        for rate in found.rates
        if rate.items
    ]
    notes = [line for one in found.agreements for line in said_of(one)]
    notes += [line for line in (saved(found), chosen(found)) if line]
    notes += [f"{one['level'].capitalize()}: {one['message']}" for one in facts["remarks"]]
    notes.append(
        f"Intervals are about the {facts['plan']['items']} items of the audit and hold whenever one "
        "stops, each by itself. Dot: people; ring: the stand-in."
    )
    return View(what, headline(found), "", COLUMNS, tuple(rows), notes=tuple(notes))


def frame_of(found: Calibration, what: str) -> Any:
    """A table of rates, of agreement, or of thresholds."""
    if what == "rates":
        rows = [rate.describe() for rate in found.rates]
        flat = [
            {**row, "alone_low": row["alone"][0], "alone_high": row["alone"][1]} for row in rows
        ]
        return frame([{k: v for k, v in row.items() if k != "alone"} for row in flat])
    if what == "agreement":
        return frame(
            [
                {"stand_in": one.name, "share": name, **share.describe()}
                for one in found.agreements
                for name in ("agree", "by_class", "over", "under")
                for share in getattr(one, name)
            ],
            ("stand_in", "share", "of", "hits", "certain", "low", "high", "value"),
        )
    if what == "thresholds":
        columns = ("share", "agree", "differ", "over", "under", "neither", "mistakes")
        return frame([one.describe() for one in found.thresholds], columns)
    raise InputError(f"to_pandas({what!r}): expected 'rates', 'agreement' or 'thresholds'")


def plot_of(found: Calibration, axes: Any) -> Any:
    """Each accuracy as people see it; a ring for the stand-in's."""
    rates = [rate for rate in found.rates if rate.kind == "accuracy"]
    bars = [Bar(rate.value, rate.low, rate.high, rate.stand_in) for rate in rates]
    label = "accuracy as people see it, % (ring: as the stand-in does)"
    return plot_intervals(axes, [rate.name for rate in rates], {"people": bars}, label)


def ending(found: Calibration) -> Ending:
    """How it ends: with every answer, or with questions that have none."""
    unanswered = found.facts["questions"]["unanswered"]
    if not unanswered:
        return Ending("done", 0)
    reasons = "; ".join(f"{count} x {why}" for why, count in unanswered.items())
    return Ending("open", 3, (f"Some questions have no answer: {reasons}",))
