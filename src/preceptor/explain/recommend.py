"""From what stands out to the lesson that would help, with the evidence and what it leaves open."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from preceptor.explain.effects import Effect, Side, ranked
from preceptor.explain.siblings import SiblingAnswers

Help = Literal["mask", "invariance", "counterfactual pairs", "more labels", "nothing stood out"]

NAMED: Final = 3
"""So many factors are named as evidence; the table has the rest."""

HALF: Final = 0.5
"""More labels are recommended if surely more than this share of the errors are open."""

_LIMITS: Final[dict[str, str]] = {
    "mask": "It shows what this student does on inputs changed in this one way, not that nothing "
    "else misleads it, nor that a student taught to ignore the place will be right.",
    "invariance": "It shows that the student is not invariant where the teacher is, over this "
    "range and on these items; not that invariance holds for every input (where the teacher was "
    "not asked it may well change its answer), nor that other students need the lesson.",
    "counterfactual pairs": "It shows that the student overlooks changes that decide for the "
    "teacher; not which of the changed values decides.",
    "more labels": "It shows that chance in training decides these errors, for siblings of this "
    "architecture; not how many labels would settle them, nor that labels alone will.",
}


@dataclass(frozen=True)
class Recommendation:
    """A lesson that would help.

    Attributes:
        lesson: which.
        advice: one sentence: what to do.
        evidence: the numbers it rests on.
        test: the statistical test behind it.
        limits: what the evidence does not show.
        factors: the names of the factors that it rests on, strongest first.
    """

    lesson: Help
    advice: str
    evidence: str
    test: str
    limits: str
    factors: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "factors": list(self.factors)}


def recommend(
    effects: tuple[Effect, ...], bar: float, spreads: tuple[SiblingAnswers, ...], level: float
) -> tuple[Recommendation, ...]:
    """Every lesson for which there is evidence, or the statement that nothing stood out."""
    found = [
        _of_factors("mask", _standing(effects, bar, "student", _PLACED), bar, "student"),
        _of_factors("invariance", _standing(effects, bar, "student", _SMOOTH), bar, "student"),
        _of_factors("counterfactual pairs", _standing(effects, bar, "teacher"), bar, "teacher"),
        *(_of_errors(spread) for spread in spreads),
    ]
    kept = tuple(one for one in found if one is not None)
    return kept or (_nothing(effects, bar, spreads, level),)


_PLACED: Final = frozenset(("region", "feature", "word", "word class"))
_SMOOTH: Final = frozenset(("frequency", "transformation", "direction", "form", "detail", "length"))


def standing_out(effects: tuple[Effect, ...], bar: float, side: Side) -> tuple[Effect, ...]:
    """The factors whose share surely exceeds ``bar``, strongest first."""
    return tuple(e for e in ranked(effects, side) if e.share(side).low > bar)


def _standing(
    effects: tuple[Effect, ...],
    bar: float,
    side: Side,
    families: frozenset[str] = _PLACED | _SMOOTH,
) -> tuple[Effect, ...]:
    return tuple(e for e in standing_out(effects, bar, side) if e.family in families)


_ADVICE: Final[dict[str, str]] = {
    "mask": "Tell the student with relevance masks what does not matter, first of all: {names}.",
    "invariance": "Teach the student that the answer stays the same under: {names}.",
    "counterfactual pairs": "Show the student pairs in which the teacher's answer changes, made by "
    "changing: {names}.",
}


def _of_factors(
    lesson: Help, effects: tuple[Effect, ...], bar: float, side: Side
) -> Recommendation | None:
    if not effects:
        return None
    named = effects[:NAMED]
    more = len(effects) - len(named)
    names = "; ".join(effect.name for effect in named) + (f"; and {more} more" if more else "")
    parts = []
    for effect in named:
        share = effect.share(side)
        asked = effect.flipped if side == "student" else effect.held
        hits = asked.same if side == "student" else asked.other
        parts.append(
            f"{effect.name}: on {share.value or 0.0:.0%} of items, surely at least {share.low:.0%} "
            f"(the student changes on {effect.flips} of {effect.items}; the teacher "
            f"{'keeps its label' if side == 'student' else 'changes its label'} on {hits} of "
            f"{asked.answered} asked where the student "
            f"{'changes' if side == 'student' else 'keeps its answer'})"
        )
    moves = "the student moves alone" if side == "student" else "the teacher moves alone"
    first = effects[0]
    return Recommendation(
        lesson=lesson,
        advice=_ADVICE[lesson].format(names=names),
        evidence=f"How often {moves}. " + ". ".join(parts) + ".",
        test=f"lower end of the share above {bar:.1%}, by products of Clopper-Pearson intervals "
        f"that hold together at {first.levels.level:.4g} over {first.levels.factors} factors and "
        f"{first.levels.asked} shares of the teacher's (Bonferroni); null hypothesis: the student "
        "is as often right on the changed inputs as on the data",
        limits=_LIMITS[lesson],
        factors=tuple(effect.name for effect in effects),
    )


def _of_errors(spread: SiblingAnswers) -> Recommendation | None:
    low, high = spread.open.interval
    if low <= HALF:
        return None
    return Recommendation(
        lesson="more labels",
        advice=f"Ask for labels where students trained alike disagree, here on {spread.name}.",
        evidence=f"{spread.name}: of {spread.errors} items on which the student errs, a sibling is "
        f"right on {spread.open.hits} ({low:.0%} to {high:.0%} of such items).",
        test=f"lower end of the share of open errors above {HALF:.0%}, Clopper-Pearson, one error "
        f"for each item, at level {spread.open.level:.4g}",
        limits=_LIMITS["more labels"]
        + (
            " The attacks aimed at this student, which makes siblings look better than they are."
            if spread.chosen
            else ""
        ),
    )


def _nothing(
    effects: tuple[Effect, ...], bar: float, spreads: tuple[SiblingAnswers, ...], level: float
) -> Recommendation:
    n = len(effects)
    items = effects[0].items if effects else 0
    words = f"No factor stood out at the {100 * level:.4g} % level over {n} factors"
    if not items:
        words += ", since the teacher is certain of no clean input that was asked"
    elif bar >= 1:
        words += (
            f", and none could: with {items} items the student's error on the data is known so "
            "poorly that no share could exceed twice its upper limit. Audit more items"
        )
    if spreads:
        words += f", and surely more than {HALF:.0%} of the errors were open in no set of inputs"
    asked = effects[0].levels.asked if effects else 0
    return Recommendation(
        lesson="nothing stood out",
        advice=words + ".",
        evidence=f"{n} factors on {items} items; the share that a factor had to exceed was "
        f"{bar:.1%}.",
        test="products of Clopper-Pearson intervals, together at the level over "
        f"{n} factors and {asked} shares of the teacher's (Bonferroni)",
        limits="It does not show that the student is sound: a factor that was not in the list, or "
        "that moves fewer items than the bar, would not be seen. More items, a larger budget or "
        "other factors may show more.",
    )
