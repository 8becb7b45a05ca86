"""Votes as they come from a table: by item and annotator, with what they cost."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import MISSING, UNCERTAIN, InputError, Inputs, UntilDecided
from preceptor.core.content import input_key, values_of
from preceptor.teachers.vote_tables import Vote


def gather(
    votes: Sequence[Vote],
    keys: Mapping[str, bytes],
    rows: Mapping[bytes, int],
    classes: int,
    name: str,
    *,
    by_name: bool = True,
) -> tuple[list[dict[str, int]], list[dict[str, float]]]:
    """Each row's votes by annotator, by their names or as they are listed, and what they cost.

    Raises:
        InputError: a vote on an item that is not there, or for a label that is none.
    """
    said: list[dict[str, int]] = [{} for _ in rows]
    priced = any(vote.cost is not None for vote in votes)
    cost: list[dict[str, float]] = [{} for _ in rows]
    for vote in votes:
        if vote.item not in keys:
            raise InputError(
                f"{vote.annotator!r} voted on item {vote.item!r}, which is not among the "
                f"{len(keys)} items of {name!r}, such as {next(iter(keys), '')!r}"
            )
        if not UNCERTAIN <= vote.label < classes:
            raise InputError(
                f"{vote.annotator!r} said {vote.label} of item {vote.item!r}; expected "
                f"0 .. {classes - 1}, or {UNCERTAIN} for could not tell"
            )
        row = rows[keys[vote.item]]
        before = said[row].setdefault(vote.annotator, vote.label)
        if before != vote.label:
            said[row][vote.annotator] = UNCERTAIN
        more = (vote.cost if priced else vote.seconds) or 0.0
        cost[row][vote.annotator] = cost[row].get(vote.annotator, 0.0) + more
    return [dict(sorted(one.items())) for one in said] if by_name else said, cost


def decisive(said: Mapping[str, int], rule: UntilDecided, key: bytes | None) -> dict[str, int]:
    """The first votes that decide, in an order by chance; all of them where they do not.

    The chance hangs on the item's key; without it the order is that in which they stand.
    """
    order = list(said)
    if key is not None:
        order.sort(key=lambda who: sha256(key + who.encode()).digest())
    labels = torch.tensor([[said[who] for who in order]], dtype=torch.int64)
    used = int(rule.settle(labels).used[0])
    return {who: said[who] for who in order[: used or rule.of]}


def padded(said: Sequence[Mapping[str, int]], name: str) -> Int64[Tensor, "items voters"]:
    """The votes as a table, padded with ``MISSING``."""
    width = max((len(voters) for voters in said), default=0)
    if width == 0:
        raise InputError(f"there are no votes for {name!r}: nothing can be answered")
    table = torch.full((len(said), width), MISSING)
    for row, voters in enumerate(said):
        labels = list(voters.values())
        table[row, : len(labels)] = torch.tensor(labels, dtype=torch.int64)
    return table


def keys_of(inputs: np.ndarray | Inputs, ids: Sequence[str], name: str) -> dict[str, bytes]:
    """The key of each item by its id.

    Raises:
        InputError: ids that do not fit, or inputs that are no numbers.
    """
    if len(ids) != len(inputs) or len(set(ids)) != len(ids):
        raise InputError(
            f"{len(set(ids))} different ids among {len(ids)} for the {len(inputs)} inputs of "
            f"{name!r}; expected one id for each, all different"
        )
    try:
        values = values_of(inputs)
    except (TypeError, ValueError) as error:
        raise InputError(f"the inputs of {name!r} are no numbers: {error}") from error
    return {item: input_key(value) for item, value in zip(ids, values, strict=True)}
