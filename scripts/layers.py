"""Draw the layers in CONTRIBUTING.md from the table that the import test reads.

python scripts/layers.py          write them
python scripts/layers.py --check  end in 1 where they differ
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tests/architecture/test_imports.py"
PAGE = ROOT / "CONTRIBUTING.md"
BLOCK = re.compile(r"(<!-- layers -->\n```\n).*?(```\n<!-- end of layers -->)", re.DOTALL)


def allowed(source: str) -> dict[str, set[str]]:
    """The table: of each package, what it may import."""
    for one in ast.parse(source).body:
        if isinstance(one, ast.AnnAssign) and getattr(one.target, "id", "") == "ALLOWED":
            return {
                key.value: set() if isinstance(value, ast.Call) else ast.literal_eval(value)
                for key, value in zip(one.value.keys, one.value.values, strict=True)
            }
    raise SystemExit(f"{TABLE} has no table ALLOWED")


def floors(table: dict[str, set[str]]) -> list[list[str]]:
    """Packages by how many others stand below them in the longest chain, lowest first."""
    heights: dict[str, int] = {}
    while len(heights) < len(table):
        ready = [one for one in table if one not in heights and table[one] <= heights.keys()]
        if not ready:
            raise SystemExit(f"imports run in a circle among {sorted(set(table) - set(heights))}")
        heights.update({one: 1 + max(map(heights.get, table[one]), default=-1) for one in ready})
    return [
        sorted(one for one in table if heights[one] == height)
        for height in range(max(heights.values()) + 1)
    ]


def drawn(table: dict[str, set[str]]) -> str:
    """One line for each floor, the highest first."""
    rows = [f"{height}  {'  '.join(names)}" for height, names in enumerate(floors(table))]
    return "\n".join(reversed(rows)) + "\n"


def main() -> int:
    """Write the page, or compare it."""
    page = PAGE.read_text()
    text = drawn(allowed(TABLE.read_text()))
    wanted = BLOCK.sub(lambda found: found[1] + text + found[2], page)
    if "--check" in sys.argv:
        return int(wanted != page or not BLOCK.search(page))
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
