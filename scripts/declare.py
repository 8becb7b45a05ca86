"""Write down rule, settings, seeds, opponents and prices of every claim, before its seeds are run.

Run it after a claim was changed, and commit the file before the seeds that count are run. With
``--check`` nothing is written: it says which claims differ from the file, and ends with 1 if one does.
"""

import json
import sys

from preceptor.paper import CLAIMS, declarations
from preceptor.paper.declaration import FILE


def main() -> int:
    """The exit code."""
    now = declarations(CLAIMS)
    before = json.loads(FILE.read_text()) if FILE.is_file() else {}
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    print("changed: " + ", ".join(changed) if changed else "as declared")
    if "--check" in sys.argv[1:]:
        return int(bool(changed))
    FILE.write_text(json.dumps(now, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
