"""The domain of inputs of any kind."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

import torch
from torch import Tensor

from preceptor.core.domain import Domain
from preceptor.core.inputs import Inputs
from preceptor.core.text_words import words_of
from preceptor.core.texts import TextDomain, Texts

AnyDomain = Domain | TextDomain
"""Every domain says whether inputs are valid, how far they were moved, and describes itself."""


def is_text(described: Mapping[str, Any]) -> bool:
    """Whether a domain, as a record describes it, is one of texts."""
    return described.get("kind") == "texts"


def project(domain: AnyDomain, moved: Inputs, clean: Inputs) -> Inputs:
    """What a domain makes of moved inputs: valid ones, of the kind that they are."""
    any_kind: Any = domain
    found: Inputs = any_kind.project(moved, clean)
    return found


def measured(domain: AnyDomain, inputs: Inputs) -> Tensor:
    """``Float[batch, ...]``: inputs as points whose l_2 distance says how far apart they are.

    Numbers in the domain's units; of texts how often each word stands there, the words hashed to
    ``WORDS`` places, so that two texts lie as far apart as the root of the words that differ.
    """
    if isinstance(inputs, Texts):
        return word_counts(inputs)
    any_kind: Any = domain
    found: Tensor = any_kind.measured(inputs)
    return found


WORDS: Final = 1024
"""Places of hashed words."""


def word_counts(texts: Texts) -> Tensor:
    """``Float32[batch, WORDS]``: how often each word stands in a text, in small letters."""
    found = torch.zeros(len(texts), WORDS)
    for row, parts in enumerate(texts.parts):
        for place, part in enumerate(parts):
            for word in words_of(part):
                found[row, crc32(f"{place} {word.casefold()}".encode()) % WORDS] += 1
    return found


def distances(domain: AnyDomain, moved: Inputs, clean: Inputs) -> Tensor:
    """``Float32[batch, measures]`` between pairs of a domain's inputs."""
    any_kind: Any = domain
    found: Tensor = any_kind.distances(moved, clean)
    return found
