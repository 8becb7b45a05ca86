"""What matters and what does not: a mask brushed on an image, or features ticked in a row."""

import math
from collections.abc import Mapping
from typing import Any

from preceptor.desk.tools.tool import Tool
from preceptor.people import Settings, Study


def _fits(settings: Settings) -> bool:
    return not (settings.is_pair or settings.is_text)


def _facts(study: Study) -> Mapping[str, Any]:
    """One bit a number for what is said of one input; of every input, which of them."""
    return {"numbers": math.prod(study.settings.shape)}


MATTERS = Tool(
    name="matters",
    title="What matters",
    line="Mark what decides your answer, or what plays no part in it.",
    kinds=("mask", "features"),
    fits=_fits,
    facts=_facts,
)
