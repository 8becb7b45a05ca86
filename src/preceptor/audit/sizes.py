"""Sanity checks of sizes: an eps in other units than the inputs', or one for an age and an income."""

from dataclasses import replace

import torch
from torch import Tensor

from preceptor.audit.audit_plan import MovedInputs, Plan, describe
from preceptor.audit.sanity import Finding
from preceptor.audit.text_checks import check_text_sizes
from preceptor.core import AnyAttack, AnySource, Domain, TextDomain
from preceptor.core.domains import AnyDomain
from preceptor.outcome import Outcome, changes

READ = 4096
"""Items read at a time to see what each feature spans."""

MOST = 0.5
"""The share of what a feature spans from which on a size covers most of it."""

FEW = 0.1
"""Where no more than this share of the features is covered, a note is enough: rare features, such
as the pixels at the edge of pictures that were made rows, span little.
"""


def check_sizes(plan: Plan, source: AnySource) -> list[Finding]:
    """Sizes in other units than the inputs', and moves that no table can have."""
    domain = source.domain
    if isinstance(domain, TextDomain):
        return check_text_sizes(plan)
    spans = _spans(source)
    findings = [] if spans is None else _check_features(plan, domain, spans)
    for attack in plan.attacks:
        alike = domain.width <= 1.001 * domain.narrowest  # else _check_features says more
        noise = attack.family.startswith("noise") and alike
        by_value = attack.family.startswith("linf") or noise
        if not by_value or not attack.size:
            continue
        share, most = attack.size / domain.width, attack.size / domain.narrowest
        if share < 0.001 or most > 0.75:
            findings.append(
                Finding(
                    "odd-size",
                    "warning",
                    f"{attack.name}: its size is {share:.3%} of the widest range of a value "
                    f"({domain.width:g}), {most:.3%} of the narrowest ({domain.narrowest:g}).",
                    "Sizes are in the units of the inputs: for pixels from 0 to 255, eps 0.1 of "
                    "the range is 25.5."
                    if domain.plain
                    else f"Sizes are {domain.sizes}: 0.1 is a tenth.",
                )
            )
    return findings


def _spans(source: AnySource) -> Tensor | None:
    """``Float[*shape]``: the range that each feature spans in the data, its bounds' where it has
    one value only; ``None`` for images, whose values have one unit.
    """
    if source.domain.is_image:
        return None
    parts = [
        source.read(start, min(start + READ, len(source))) for start in range(0, len(source), READ)
    ]
    least = torch.stack([part.amin(0) for part in parts]).amin(0)
    most = torch.stack([part.amax(0) for part in parts]).amax(0)
    low, high = source.domain.bounds()
    return torch.where(most > least, most - least, high - low)


def _check_features(plan: Plan, domain: Domain, spans: Tensor) -> list[Finding]:
    """Sizes that are most of what a feature spans, and turns of features without a common unit."""
    findings = []
    free = torch.ones(domain.shape, dtype=torch.bool) if domain.fixed is None else ~domain.fixed
    if domain.still is not None:  # no size reaches another word
        free = free & ~domain.still
    count = int(free.sum())
    for attack in plan.attacks:
        if attack.family == "rotate" and not replace(domain, scale=None).plain:
            findings.append(
                Finding(
                    "turned-table",
                    "warning",
                    f"{attack.name} turns two features into each other, and the features here have "
                    "no unit in common.",
                    "Leave rotate out for tables.",
                )
            )
        reach = _reach(attack, count) if count else None
        if reach is None:
            continue
        shares = torch.where(free, reach * domain.unit / spans, 0.0).flatten()
        over = int((shares > MOST).sum())
        if over:
            place = int(shares.argmax())
            name = domain.feature(place)
            findings.append(
                Finding(
                    "size-covers-feature",
                    "warning" if over > FEW * count else "note",
                    f"{attack.name}: its size (sizes are {domain.sizes}) covers more than half of "
                    f"what {over} of {count} features span in the data; {name}, which spans "
                    f"{float(spans.flatten()[place]):.4g}, {float(shares[place]):.3g} times over. "
                    "What is moved so far may be another input altogether, and a failure or a false "
                    "alarm there says little.",
                    "Count sizes feature by feature (--scale data on the command line, scale= of "
                    "the Domain in Python), or give a smaller size.",
                )
            )
    return findings


def check_relabelled(
    attack: AnyAttack | MovedInputs, outcome: Outcome, domain: AnyDomain
) -> list[Finding]:
    """An attack on a table that turns most rows into others by the teacher's own word.

    Only of rows: pictures that became another class are shown in the report, and a size suits them
    all or none.
    """
    if not isinstance(domain, Domain):
        return []
    said = changes(outcome)
    named = bool(domain.names) and not domain.is_image
    if not named or attack.goal != "flip" or 2 * said.relabelled <= said.of:
        return []
    return [
        Finding(
            "mostly-relabelled",
            "warning",
            f"{outcome.attack} turned {said.relabelled} of {said.of} rows into rows to which the "
            "teacher gives another label. So far moved, they are other cases, and conventional "
            "failures there say next to nothing about the student.",
            f"Sizes are {domain.sizes}: give a smaller one, declare what is fixed or tied together "
            "(--columns 'age:fixed', --relation 'loan <= income'), and read the teacher-relative rate.",
        )
    ]


def _reach(attack: AnyAttack, count: int) -> float | None:
    """How far an attack goes in each of ``count`` features if it spreads over all of them.

    ``None`` where its size is no length, such as pixels or degrees.
    """
    options = describe(attack)["settings"]
    family = attack.family.lower()
    length = options.get("eps")
    if length is None and family.startswith(("linf", "l2", "l1", "noise", "keep-l")):
        length = attack.size
    if length is None:
        return None
    words = f"{family} {options.get('norm', '')}"
    power = 1.0 if "l1" in words else 0.5 if "l2" in words or family == "boundary" else 0.0
    return float(length) / float(count**power)
