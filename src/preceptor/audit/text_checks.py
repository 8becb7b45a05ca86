"""Sanity checks of texts: those that no text is, and those that look as if they had been misread."""

from preceptor.audit.audit_plan import MovedInputs, Plan
from preceptor.core import AnySource, Finding, InputError, Inputs, TextDomain, Texts
from preceptor.core.domains import AnyDomain
from preceptor.core.texts import control_characters

LONG = 100_000
"""Characters from which on a text takes an attack that asks about each word too long."""

_MISREAD = ("\ufffd", "\u00c3\u00a9", "\u00c3\u00a4", "\u00e2\u20ac\u2122", "\u00e2\u20ac\u0153")
"""The character that stands for an unreadable one, and UTF-8 read as if it were Latin-1."""


def check_texts(inputs: Inputs, ids: list[str], domain: AnyDomain) -> None:
    """Refuse texts that are not in the domain.

    Raises:
        InputError: names the first offender and why.
    """
    if not (isinstance(inputs, Texts) and isinstance(domain, TextDomain)):
        raise InputError(
            f"the inputs are {type(inputs).__name__} and the domain is a {type(domain).__name__}; "
            "texts have a TextDomain, arrays a Domain"
        )
    for item, parts in zip(ids, inputs.parts, strict=True):
        why = domain.why_outside(parts)
        if why:
            raise InputError(
                f"item {item!r} lies outside the domain: {why}. Leave such items out, or give the "
                "domain other limits (TextDomain(longest=..., empty=True))"
            )


def check_given(given: MovedInputs, source: AnySource) -> None:
    """Refuse moved texts that do not match a source, and texts for a source of numbers.

    Raises:
        InputError: says what differs.
    """
    domain, moved = source.domain, given.inputs
    if not isinstance(moved, Texts) or not isinstance(domain, TextDomain):
        raise InputError(
            f"moved inputs {given.name!r} are {type(moved).__name__}, and the items are "
            f"{'texts' if isinstance(domain, TextDomain) else 'arrays'}; give the same kind"
        )
    if len(moved) != len(source) or moved.fields != domain.fields:
        raise InputError(
            f"moved inputs {given.name!r} are {len(moved)} texts with the fields "
            f"{moved.fields or '(none)'}; expected one for each of the {len(source)} items, with "
            f"the fields {domain.fields or '(none)'}"
        )


def check_text_sizes(plan: Plan) -> list[Finding]:
    """Sizes that make another text of every text."""
    return [
        Finding(
            "size-covers-text",
            "warning",
            f"{attack.name}: it may change more than half of the words, so that little is left of "
            "what was labelled, and a failure or a false alarm there says little.",
            "Give a smaller share or fewer edits.",
        )
        for attack in plan.attacks
        if attack.goal == "flip" and getattr(attack, "share", 0.0) > 0.5
    ]


def text_remarks(texts: Texts) -> list[Finding]:
    """What is odd about the user's texts: told, and no reason to stop."""
    joined = ["\n".join(parts) for parts in texts.parts]
    found = (
        (
            "empty-texts",
            sum(not one.strip() for one in joined),
            "are empty",
            "Drop them, unless your student meets empty texts too.",
        ),
        (
            "control-characters",
            sum(control_characters(one) > 0 for one in joined),
            "hold control characters, which nobody sees",
            "Clean them as you clean what the deployed student gets.",
        ),
        (
            "misread-texts",
            sum(any(sign in one for sign in _MISREAD) for one in joined),
            "look misread: UTF-8 read in another encoding, or characters lost",
            "Read the file with its true encoding.",
        ),
        (
            "long-texts",
            sum(len(one) >= LONG for one in joined),
            f"have {LONG:,} characters or more, and attacks look at a part of their words only",
            "Cut them as the deployed student does, if it does.",
        ),
    )
    return [
        Finding(code, "note", f"{count} of {len(texts)} texts {what}.", fix)
        for code, count, what, fix in found
        if count
    ]
