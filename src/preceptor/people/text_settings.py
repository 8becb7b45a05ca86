"""What a study of texts knows of them: their parts, and what of them stays as it is."""

from collections.abc import Mapping
from typing import Any, Final

from preceptor.core import InputError, TextDomain, Texts
from preceptor.core.inputs import in_words

LONGEST_SHOWN: Final = 2**18
"""The most characters of one input that people are shown: nobody reads more, and browsers take half a
second for so many and ten seconds for a million."""


def text_domain_of(described: Mapping[str, Any]) -> TextDomain:
    """The domain that was described.

    Args:
        described: what :meth:`preceptor.core.TextDomain.describe` gave.

    Raises:
        InputError: it describes none.
    """
    fields, fixed, protected = (described.get(name) for name in ("fields", "fixed", "protected"))
    lists = (fields, fixed, protected)
    if described.get("kind") != "texts" or not all(
        isinstance(one, list) and all(isinstance(word, str) for word in one) for one in lists
    ):
        raise InputError("text: expected what TextDomain.describe() gives")
    longest, empty = described.get("longest"), described.get("empty")
    whole = isinstance(longest, int) and not isinstance(longest, bool)
    if not (longest is None or whole) or not isinstance(empty, bool):
        raise InputError("text: longest is a whole number or null, empty is true or false")
    fields, fixed, protected = (tuple(one or ()) for one in lists)
    return TextDomain(longest, empty, fields, fixed, protected)


def wider_texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A description with what another of the same parts allows or protects besides."""
    made = dict(old)
    for name in ("fixed", "protected"):
        made[name] = [*old[name], *(one for one in new[name] if one not in old[name])]
    longest = (old["longest"], new["longest"])
    made["longest"] = None if None in longest else max(longest)
    made["empty"] = old["empty"] or new["empty"]
    return made


def need_readable(inputs: Texts, fields: tuple[str, ...], study: str) -> None:
    """See that people can be shown these texts.

    Raises:
        InputError: other parts than the study's, or more characters than anybody reads.
    """
    if inputs.fields != fields:
        raise InputError(
            f"the study {study!r} is about texts with the parts {_named(fields)}; got "
            f"{_named(inputs.fields)}. Give other inputs another study: human:ANOTHER-NAME"
        )
    longest = max((sum(map(len, parts)) for parts in inputs.parts), default=0)
    if longest > LONGEST_SHOWN:
        raise InputError(
            f"people can be shown texts of at most {LONGEST_SHOWN:,} characters; got "
            f"{in_words(inputs)}. Shorten them, or say TextDomain(longest=...)"
        )


def _named(fields: tuple[str, ...]) -> str:
    return ", ".join(fields) or "(one text)"
