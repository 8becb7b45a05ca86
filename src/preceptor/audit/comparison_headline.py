"""Which student is better, in sentences made from the numbers."""

from preceptor.audit.headline import Headline, under
from preceptor.audit.pairwise_differences import PairwiseDifference
from preceptor.audit.plain_attacks import plain_names
from preceptor.audit.student_comparison import StudentComparison, StudentResult
from preceptor.outcome import Difference
from preceptor.outcome.wording import (
    interval,
    percent,
    points,
    points_between,
    points_interval,
    rate,
)

FAR, FEW = 0.1, 5
"""A difference in void shares is worth a sentence from here on, and from so many items on."""


def lead(found: StudentComparison) -> Headline:
    """The sentences at the top of the page of several students."""
    best, second, *others = found.ranking
    sides, contrast = found.sides, found.pair(best, second).headline
    where = by(found)
    before, number, after = _first(contrast, sides[best].name, sides[second].name, where)
    then = [_unasked(found), _attacks(found, best, second)]
    then += [_against(found, best, other) for other in others]
    then += [_rates(found, where), _void(found, best, second), _conventional(found)]
    return Headline(before, number, after, tuple(part for part in then if part))


def by(found: StudentComparison) -> str:
    """By which rate the students are compared, in words."""
    first = found.sides[0].summary
    count, attacks = len(first.least.names), len(first.attacks)
    if found.prefix is not None and attacks > 1:
        return f"under the worst of {attacks} attacks"
    alone = under(first, plain_names(found.sides[0].record.facts))
    return alone if count == 1 else f"by the least of their {count} rates"


def size(difference: Difference) -> int:
    """How many items a difference rests on, for the number of decimals."""
    rates = (difference.first, difference.second)
    return min(rate.most for rate in rates)


def _first(
    contrast: PairwiseDifference, best: str, second: str, where: str
) -> tuple[str, str, str]:
    d = contrast.difference
    level = f"{100 * d.first.level:.4g}\u00a0%"
    nothing = [name for name, given in ((best, d.first), (second, d.second)) if not given.most]
    start = where[0].upper() + where[1:]
    if nothing:
        whose = " and ".join(nothing)
        text = (
            f"{start}, the students cannot be compared: the teacher is uncertain of every input of "
        )
        return f"{text}{whose}.", "", ""
    of = size(d)
    spread = points_interval(d.interval, of)
    ahead = f"{start}, {best} is more accurate than {second} by "
    if d.value is None and d.stopped is not None:
        return _any_time(contrast, best, second, where)
    if d.value is None:
        low, high = d.bounds
        if contrast.settled:
            text = f"between {points_between((low, high), of)}"
            return (ahead, text, f": {_open_questions(level, spread)}")
        return (
            f"Which student is better is not known yet: {where}, the accuracy of {best} less that "
            f"of {second} lies between ",
            points_between((low, high), of),
            f": {_open_questions(level, spread)}",
        )
    if contrast.settled:
        return (
            ahead,
            points(d.value, of),
            f" where the teacher is certain ({level} interval {spread}).",
        )
    if d.value == 0:
        return (
            f"Which student is better is not settled: {where}, {best} and {second} are right ",
            "equally often",
            f" where the teacher is certain ({level} interval of the difference {spread} points).",
        )
    return (
        f"Which student is better is not settled: {where}, the accuracy of {best} is above that of "
        f"{second} by ",
        points(d.value, of),
        f" where the teacher is certain ({level} interval {spread}).",
    )


def _any_time(
    contrast: PairwiseDifference, best: str, second: str, where: str
) -> tuple[str, str, str]:
    """Where the interval alone can be given, since answers are missing among what was asked."""
    d = contrast.difference
    spread = points_interval(d.interval, size(d))
    if contrast.settled:
        return (
            f"{where[0].upper() + where[1:]}, {best} is more accurate than {second} by ",
            f"{spread}\u00a0points",
            ", whenever one stops asking.",
        )
    return (
        f"Which student is better is not known yet: {where}, the accuracy of {best} less that of "
        f"{second} lies in the interval ",
        spread,
        ".",
    )


def _open_questions(level: str, spread: str) -> str:
    return (
        "not every question has an answer, so no one number can be given "
        f"({level} interval {spread})."
    )


def _against(found: StudentComparison, best: int, other: int) -> str:
    contrast, name = found.pair(best, other).headline, found.sides[other].name
    d = contrast.difference
    if d.value is None:
        return ""
    of = size(d)
    text = f"{name} by {points(d.value, of)} ({points_interval(d.interval, of)})"
    unsettled = "" if contrast.settled else ", which is not settled"
    return f"{found.sides[best].name} is more accurate than {text}{unsettled}."


def _rates(found: StudentComparison, where: str) -> str:
    sides = [found.sides[i] for i in found.ranking]
    parts = [_of(side) for side in sides]
    return f"{where[0].upper() + where[1:]}, as the teacher sees it: {_listed(parts)}."


def _of(side: StudentResult) -> str:
    given = side.headline.relative
    most = given.most
    ends = interval(side.interval, most) if most else ""
    several = len(side.summary.least.names) > 1 and not side.summary.stopped
    names = plain_names(side.record.facts)
    which = f", {under(side.summary, names)}" if several else ""
    inside = f" ({ends}{which})" if ends else which
    return f"{side.name} {rate(given)}{inside}"


def _conventional(found: StudentComparison) -> str:
    if not found.sides[0].summary.attacks:
        return "No attack was run, so this says nothing about robustness."
    parts = [
        f"{found.sides[i].name} {rate(found.sides[i].summary.worst.conventional)}"
        for i in found.ranking
    ]
    of_all = " of all attacks together" if len(found.sides[0].summary.attacks) > 1 else ""
    return (
        "The conventional reading, which takes the label of the clean input for granted, says"
        f"{of_all} {_listed(parts)}."
    )


def _attacks(found: StudentComparison, best: int, second: int) -> str:
    """Attack by attack, since the better one by the least rate need not be better everywhere."""
    names = plain_names(found.sides[best].record.facts)
    attacks = [row.name for row in found.sides[best].summary.attacks]
    rows = [one for one in found.pair(best, second).contrasts if one.name in attacks]
    if len(rows) < 2:
        return ""
    one, other = found.sides[best].name, found.sides[second].name
    for_it = [c for c in rows if c.settled and c.difference.ahead > 0]
    against = [c for c in rows if c.settled and c.difference.ahead < 0]
    left = len(rows) - len(for_it) - len(against)
    parts = []
    if for_it:
        parts.append(f"{one} is surely better than {other} under {_some(len(for_it), len(rows))}")
    if against:
        which = _listed([names[c.name].label for c in against])
        parts.append(f"{other} is surely better under {len(against)} ({which})")
    if left and parts:
        parts.append("the rest is not settled")
    text = f"Attack by attack, {_listed(parts)}." if parts else _all_open(one, other)
    most = max(rows, key=lambda c: abs(c.difference.value or 0.0))
    value = most.difference.value
    if value is not None and most.settled:
        ahead = one if value > 0 else other
        text += (
            f" The difference is largest when {names[most.name].clause}: {points(abs(value), size(most.difference))} "
            f"in favour of {ahead}."
        )
    return text


def _some(n: int, of: int) -> str:
    return f"all {of}" if n == of else f"{n} of {of}"


def _all_open(one: str, other: str) -> str:
    return f"Under no single attack is it settled which of {one} and {other} is better."


def _void(found: StudentComparison, best: int, second: int) -> str:
    """Where the teacher is uncertain of far more of one student's moved inputs."""
    pairs = zip(found.sides[best].summary.attacks, found.sides[second].summary.attacks, strict=True)
    shares = [
        (one.void_share, other.void_share, one.name)
        for one, other in pairs
        if one.void_share is not None and other.void_share is not None
    ]
    if not shares:
        return ""
    ours, theirs, name = max(shares, key=lambda s: abs((s[0] or 0.0) - (s[1] or 0.0)))
    items, apart = len(found.ids), abs((ours or 0.0) - (theirs or 0.0))
    if apart < FAR or apart * items < FEW:
        return ""
    clause = plain_names(found.sides[best].record.facts)[name].clause
    return (
        f"The attacks lead them to different places: when {clause}, the teacher is uncertain of "
        f"{percent(ours, items)} of the inputs asked about for {found.sides[best].name} and of "
        f"{percent(theirs, items)} for {found.sides[second].name}. Each student is scored where "
        "the teacher is certain of the student's own inputs."
    )


def _unasked(found: StudentComparison) -> str:
    if found.prefix is not None:
        return (
            f"Asking stopped by a rule. Compared are the {len(found.ids):,} items of "
            f"{found.prefix.pool:,} that every student was asked about until the first of them "
            "stopped; the intervals hold whenever one stops."
        )
    open_ = [
        f"{side.name} {side.headline.relative.unasked:,}"
        for side in found.sides
        if side.headline.relative.unasked
    ]
    if not open_:
        return ""
    return (
        f"Undecided inputs, since not every question has an answer: {_listed(open_)}. The "
        "intervals allow for whatever the answers will be."
    )


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
