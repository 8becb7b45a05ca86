"""What single people said of a record's clean inputs, as the record keeps it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from preceptor.core import Ballots, describe_rule, read_rule

PREFIX = "people/"


def facts_of(ballots: Ballots | None) -> dict[str, Any]:
    """Plain data for ``record.json``; nothing without ballots."""
    if ballots is None:
        return {}
    return {
        "people": {
            "name": ballots.source,
            "version": ballots.version,
            "persons": len(ballots.names),
            "ballots": len(ballots),
            "rule": describe_rule(ballots.rule),
            "certain": ballots.rule.sentence,
        }
    }


def arrays_of(ballots: Ballots | None) -> dict[str, np.ndarray]:
    """Plain arrays to be saved; none without ballots."""
    if ballots is None:
        return {}
    return {
        f"{PREFIX}names": np.array(ballots.names, dtype=np.str_),
        f"{PREFIX}person": ballots.person.numpy(),
        f"{PREFIX}item": ballots.item.numpy(),
        f"{PREFIX}label": ballots.label.numpy(),
    }


def ballots_of(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Ballots | None:
    """The ballots from what :func:`arrays_of` and :func:`facts_of` gave."""
    if f"{PREFIX}names" not in arrays:
        return None
    person, item, label = (
        torch.from_numpy(arrays[f"{PREFIX}{name}"]) for name in ("person", "item", "label")
    )
    names = tuple(str(name) for name in arrays[f"{PREFIX}names"])
    told = facts["people"]
    rule = read_rule(told["rule"])
    return Ballots(names, person, item, label, rule, told["name"], told["version"])
