"""Findings about what an audit with a stopping rule finds kept from before."""

from collections.abc import Sequence

from preceptor.audit.sanity import Finding


def check_seed(asked: int, kept: int, begun: str) -> list[Finding]:
    """Another seed than that with which the attempt was begun."""
    if asked == kept:
        return []
    return [
        Finding(
            "seed-kept",
            "note",
            f"the seed {asked} was asked for; this attempt was begun on {begun} with seed {kept}, "
            f"and goes on with {kept}: to try seeds until one passes would make false claims "
            "likely.",
            "Give the attempt's seed, or none. To see what other seeds give, audit without a "
            "stopping rule.",
        )
    ]


def check_renamed(given: Sequence[str], kept: Sequence[str]) -> list[Finding]:
    """Items that have other ids now than when the line first held them."""
    pairs = [(new, old) for new, old in zip(given, kept, strict=True) if new != old]
    if not pairs:
        return []
    new, old = pairs[0]
    return [
        Finding(
            "items-renamed",
            "note",
            f"{len(pairs)} of {len(kept)} items had another id when they were first audited with a "
            f"stopping rule (such as {old!r}, now {new!r}); the record calls them by their first "
            "ids, from which the attacks' random numbers are drawn.",
            "Keep ids the same from file to file: give them as the array 'ids'.",
        )
    ]


def check_disputed(ids: Sequence[str]) -> list[Finding]:
    """Items that came out otherwise when they were first asked about."""
    if not ids:
        return []
    return [
        Finding(
            "came-out-otherwise",
            "warning",
            f"{len(ids)} items (such as {ids[0]!r}) came out otherwise when this attempt asked about "
            "them first; they count as unknown, against either claim.",
            "An attack that draws its own random numbers, or that depends on the other items (keep "
            "without inputs of its own to walk towards), does this; so does a teacher without a "
            "ledger that contradicts itself.",
        )
    ]
