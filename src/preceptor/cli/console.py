"""Where the command line writes: results to standard output, all else to standard error."""

import os
import shlex
import sys

from preceptor.api.progress_bars import err
from preceptor.core.plain_console import PlainConsole

__all__ = ["command_line", "err", "out", "say"]

out = PlainConsole()


def command_line() -> str:
    """The command as it was typed, as text that can be written anywhere.

    Words that are no UTF-8 (a terminal of another locale hands over raw bytes) are decoded as such
    where they are, and marked where they are not.
    """
    words = [os.fsencode(word).decode("utf-8", "replace") for word in sys.argv[1:]]
    return shlex.join(["preceptor", *words])


def say(words: str) -> None:
    """Something that is no result."""
    err.print(words, markup=False, highlight=False, soft_wrap=True)
