"""The domain of inputs of any kind."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from preceptor.core.domain import Domain
from preceptor.core.inputs import Inputs
from preceptor.core.texts import TextDomain

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


def distances(domain: AnyDomain, moved: Inputs, clean: Inputs) -> Tensor:
    """``Float32[batch, measures]`` between pairs of a domain's inputs."""
    any_kind: Any = domain
    found: Tensor = any_kind.distances(moved, clean)
    return found
