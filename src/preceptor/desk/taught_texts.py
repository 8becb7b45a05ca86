"""What was taught on texts, in words."""

from preceptor.core.text_diff import visible
from preceptor.desk.requests import Call
from preceptor.desk.shown_texts import changed_pieces, excerpt
from preceptor.people.declared_texts import DECLARED_TEXTS
from preceptor.people.taught_items import TaughtItem
from preceptor.people.text_forms import text_of

MOST_MARKED = 12
"""So many marked stretches are named."""


def said_on_text(call: Call, one: TaughtItem) -> str:
    """What was taught, in a line."""
    words = [*call.study.settings.classes, "can't tell"]
    body = one.body
    if one.kind == "pair":
        return f"Revised from {words[body['before']]} to {words[body['after']]}"
    if one.kind == "example":
        return f"Written as {words[body['label']]}: {excerpt(body['made'])}"
    if one.kind == "words":
        with call.desk.studies.database.read() as db:
            parts = text_of(db, call.study, body["input"])
        found = [f"\u201c{visible(parts[p][a:b])}\u201d" for p, a, b in body["spans"]]
        how = "What matters" if body["painted"] == "matters" else "What does not matter"
        more = f" and {len(found) - MOST_MARKED} more" if len(found) > MOST_MARKED else ""
        return f"{how}, in one text: {', '.join(found[:MOST_MARKED])}{more}"
    change = DECLARED_TEXTS[body["change"]]
    reach = f" up to {100 * body['range']:.0f} % {change.unit}" if change.ranged else ""
    named = "; ".join(" = ".join(group) for group in body.get("groups", ()))
    of = f" ({named})" if named else ""
    return f"{change.word}{of}{reach}: the answer stays ({len(body['confirmed'])} examples)"


def diff_of(call: Call, one: TaughtItem) -> list[list[list[str]]]:
    """What a revision changed, part by part; empty for anything else."""
    if one.kind != "pair" or not call.study.settings.is_text:
        return []
    with call.desk.studies.database.read() as db:
        was = text_of(db, call.study, one.body["input"])
    return changed_pieces(was, one.body["changed"], around=8)
