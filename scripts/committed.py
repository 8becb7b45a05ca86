"""Results of benchmarks that are committed, and tables of them in Markdown."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

TRAINED = "adversarially-trained"
"""What the student of an adversarial training is called."""

_FORMERLY = ("hardened", "l_inf-trained", "linf-trained")
"""What older results call it."""


def result(name: str) -> dict[str, Any]:
    """A benchmark's result, in today's words."""
    text = (ROOT / f"benchmarks/results/{name}.json").read_text()
    for word in _FORMERLY:
        text = text.replace(f'"{word}"', f'"{TRAINED}"')
    found: dict[str, Any] = json.loads(text)
    return found


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """In Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
