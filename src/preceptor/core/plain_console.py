"""A console that shows what it is given and obeys none of it."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from preceptor.core.printing import shown


class PlainConsole(Console):
    r"""Names and texts may come from files that somebody else wrote: no character of theirs moves
    the cursor, changes colours or sets a title; it is written out instead (``\x1b``).
    """

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece; rich's own control codes stay."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else shown(text), style, control)
