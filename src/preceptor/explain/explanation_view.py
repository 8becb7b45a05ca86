"""How an explanation shows itself: its view, table and picture."""

from typing import Any

from preceptor.core.view import Bar, View, frame, plot_intervals
from preceptor.explain.effects import Effect, Side, ranked
from preceptor.explain.explanation import Explanation
from preceptor.explain.recommend import standing_out

SHOWN = 8
"""Factors shown of each side, unless more stand out."""

ALONE: dict[Side, str] = {"student": "the student alone", "teacher": "the teacher alone"}


def view_of(found: Explanation) -> View:
    """What would help, and the factors that move one of the two alone."""
    facts = found.facts
    first, *others = found.recommendations
    what = (
        f"Explanation of {facts['student']['name']}, teacher {facts['teacher']['name']}: "
        f"{len(found.effects)} factors on {facts['plan']['items']} items, "
        f"{facts['questions']['asked']} questions"
    )
    rows = []
    for side in ALONE:
        standing = standing_out(found.effects, found.bar, side)
        for effect in _shown(found, side):
            share = effect.share(side)
            star = "*" if effect in standing else ""
            cell = f"{100 * share.low:.0f} to {100 * share.high:.0f}\u00a0%{star}"
            rows.append((effect.name, ALONE[side], _bar(effect, side), cell))
    notes = [f"Evidence: {first.evidence}"]
    notes += [f"{one.lesson.capitalize()}: {one.advice}" for one in others]
    notes.append(
        f"* stands out: the lower end lies above {100 * found.bar:.1f}\u00a0%. Not shown by this: "
        f"{first.limits}"
    )
    return View(
        what,
        f"{first.lesson}: {first.advice}",
        f"{first.lesson}:",
        ("factor", "moves", "share of items", "interval"),
        tuple(rows),
        notes=tuple(notes),
    )


def _shown(found: Explanation, side: Side) -> tuple[Effect, ...]:
    standing = standing_out(found.effects, found.bar, side)
    order = [e for e in ranked(found.effects, side) if e.share(side).value or e in standing]
    return tuple(order[: max(SHOWN, len(standing))])


def _bar(effect: Effect, side: Side) -> Bar:
    share = effect.share(side)
    return Bar(share.value, share.low, share.high)


def frame_of(found: Explanation) -> Any:
    """A row for each factor and side."""
    rows = []
    for side in ALONE:
        standing = standing_out(found.effects, found.bar, side)
        for effect in found.effects:
            share = effect.share(side)
            asked = effect.flipped if side == "student" else effect.held
            rows.append(
                {
                    "factor": effect.name,
                    "family": effect.family,
                    "moves": side,
                    "share": share.value,
                    "low": share.low,
                    "high": share.high,
                    "stands_out": effect in standing,
                    "student_changes": effect.flips,
                    "items": effect.items,
                    "asked": asked.answered,
                    "teacher_keeps": asked.same,
                    "teacher_changes": asked.other,
                    "uncertain": asked.uncertain,
                }
            )
    return frame(rows)


def plot_of(found: Explanation, axes: Any) -> Any:
    """The factors that move one of the two alone, with the bar that they have to exceed."""
    effects = list(dict.fromkeys([*_shown(found, "student"), *_shown(found, "teacher")]))
    series = {words: [_bar(one, side) for one in effects] for side, words in ALONE.items()}
    names = [one.name for one in effects]
    axes = plot_intervals(axes, names, series, "share of items that it moves, %")
    axes.axvline(100 * found.bar, color="0.5", linestyle=":")
    return axes
