"""The tools with which people teach on texts: mark words, revise, try changes, write."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from preceptor.core import InputError, Texts
from preceptor.core.unseen_signs import seen_pieces
from preceptor.desk.requests import Call
from preceptor.desk.shortcuts import keys_of
from preceptor.desk.shown_texts import changed_pieces, domain_of_texts
from preceptor.desk.tools.tool import Tool
from preceptor.people import Settings, Study
from preceptor.people.declared_texts import (
    DECLARED_TEXTS,
    WORDS,
    Groups,
    need_groups,
    text_change_of,
    tries_of,
)
from preceptor.people.form_checks import LEAST_EXAMPLES
from preceptor.people.text_forms import need_parts, why_not
from preceptor.people.text_lessons import declaration_bits, example_bits, pair_bits


def _fits(settings: Settings) -> bool:
    return settings.is_text


def _labels(study: Study) -> Mapping[str, Any]:
    """Which key gives which label; which parts may change."""
    keys = keys_of(study.settings.classes)
    domain = domain_of_texts(study.settings)
    return {
        "keys": {"labels": keys.labels, "cannotTell": keys.cannot_tell},
        "fields": list(domain.fields),
        "changeable": list(domain.changeable),
    }


def revised(call: Call) -> Response:
    """What a revision changes, what it would cost to say, and why it may not be, if so. Nothing is kept.

    Raises:
        InputError: no such text.
        NotFoundError: this person may not teach on it.
    """
    settings = call.study.settings
    was = call.teachable_text(call.whole("question"))
    new = need_parts(call.body.get("changed"), settings, "changed")
    domain = domain_of_texts(settings)
    moved, clean = (
        Texts((parts if domain.fields else parts[0],), domain.fields) for parts in (new, was)
    )
    characters, words, share = domain.distances(moved, clean)[0].tolist()
    with call.desk.studies.database.read() as db:
        bits = pair_bits(db, call.study, was, new)
    return JSONResponse(
        {
            "diff": changed_pieces(was, new),
            "characters": round(characters),
            "words": round(words),
            "share": share,
            "bits": bits,
            "problem": why_not(new, was, settings) if new != was else "",
        }
    )


def composed(call: Call) -> Response:
    """What a text that somebody wrote would cost to say, what nobody sees in it, and why it is none.

    Raises:
        InputError: no such text.
    """
    settings = call.study.settings
    made = need_parts(call.body.get("made"), settings, "made")
    signs = [one.sign for part in made for one in seen_pieces(part, most=20)[0] if one.sign]
    return JSONResponse(
        {
            "bits": example_bits(call.study, made),
            "characters": sum(map(len, made)),
            "signs": signs,
            "problem": domain_of_texts(settings).why_outside(made),
        }
    )


def alike(call: Call) -> Response:
    """A text under a change, by some draws, each with what it changes; nothing is kept.

    Raises:
        InputError: no such change, range or words.
        NotFoundError: this person may not teach on it.
    """
    kind, amount = call.text("change", 40), call.number("range")
    groups: Groups = need_groups(call.body.get("groups")) if kind == WORDS else ()
    change = text_change_of(kind, amount, groups)
    question = call.whole("question")
    parts = call.teachable_text(question)
    with call.desk.studies.database.read() as db:
        found = db.all("SELECT input FROM desk_questions WHERE id = :question", question=question)
    tried = tries_of(parts, call.study.settings, change, found[0][0])
    return JSONResponse(
        {
            "tries": [changed_pieces(parts, one) for one in tried],
            "bits": declaration_bits(call.study, change),
        }
    )


def _changes(study: Study) -> Mapping[str, Any]:
    del study
    return {
        "least": LEAST_EXAMPLES,
        "changes": [
            {
                "kind": kind,
                "word": change.word,
                "unit": change.unit,
                "least": change.least,
                "most": change.most,
                "usual": change.usual,
                "step": change.step,
                "ranged": change.ranged,
                "named": kind == WORDS,
            }
            for kind, change in DECLARED_TEXTS.items()
        ],
    }


def need_effect(call: Call, kind: str, body: Mapping[str, Any]) -> None:
    """See that the examples on which a change was confirmed are changed by it at all.

    Raises:
        InputError: one is not.
    """
    if kind != "invariance":
        return
    study, confirmed = call.study, body.get("confirmed")
    groups = need_groups(body.get("groups")) if body.get("change") == WORDS else ()
    change = text_change_of(str(body.get("change")), _amount(body), groups)
    keys = [one.get("input") for one in confirmed or () if isinstance(one, dict)]
    with call.desk.studies.database.read() as db:
        for key in keys[:100]:
            row = db.one(
                "SELECT id FROM desk_questions WHERE study = :study AND input = :key",
                study=study.number,
                key=str(key),
            )
            if row is None:
                continue  # refused where its form is checked
            if not tries_of(
                call.desk.studies.text(study, row[0]), study.settings, change, str(key)
            ):
                raise InputError(
                    "confirmed: in one of these texts there is nothing to change so; it says nothing"
                )


def _amount(body: Mapping[str, Any]) -> float:
    amount = body.get("range")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise InputError("range: expected a number")
    return float(amount)


MARK = Tool(
    name="words",
    title="What matters",
    line="Mark the words on which your answer hangs, or those that play no part in it.",
    kinds=("words",),
    fits=_fits,
)

ALIKE = Tool(
    name="alike",
    title="What does not change the answer",
    line="Try a change on a few texts, and say whether your answer stays the same.",
    kinds=("invariance",),
    fits=_fits,
    facts=_changes,
    asks={"try": alike},
    refuse=need_effect,
)

REVISE = Tool(
    name="revise",
    title="Revise it",
    line="Change a text by the least that turns its class.",
    kinds=("pair",),
    fits=_fits,
    facts=_labels,
    asks={"try": revised},
)

COMPOSE = Tool(
    name="compose",
    title="Write your own",
    line="Write a text, and say what it is.",
    kinds=("example",),
    fits=_fits,
    facts=lambda study: {**_labels(study), "examples": []},
    asks={"try": composed},
)
