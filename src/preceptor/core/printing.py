"""Characters that a terminal obeys instead of showing, and how to show them all the same."""

import re
from typing import Final

_OBEYED: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
"""Control characters (Unicode's Cc), line and paragraph separators, those that turn the direction
of writing (UAX 9), and halves of surrogate pairs."""

_ANY: Final = re.compile(f"[{_OBEYED}]")
_BUT_LINES: Final = re.compile(f"(?![\\n\\t])[{_OBEYED}]")


def obeyed(text: str) -> str | None:
    """The first character of a text that a terminal would obey; ``None`` if there is none."""
    found = _ANY.search(text)
    return None if found is None else found[0]


def shown(text: str) -> str:
    r"""A text with such characters written out (``\x1b``), but for line ends and tabs."""
    return _BUT_LINES.sub(lambda found: repr(found[0])[1:-1], text)
