"""The user's own function that shows an input, as it is handed in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from preceptor.core import AnySource, InputError
from preceptor.core.running import taken
from preceptor.core.show_hook import ShowHook, try_hook


def as_hook(show: object) -> ShowHook | None:
    """The function that was meant; ``None`` for none.

    Raises:
        InputError: neither a function nor ``file.py:name``, or the file cannot be run.
    """
    if show is None:
        return None
    if isinstance(show, str):
        file, colon, name = show.rpartition(":")
        if not colon or Path(file).suffix != ".py":
            raise InputError(f"--show {show!r}: expected file.py:name, a function of one input")
        with taken(Path(file), name) as found:
            show = found
    if not callable(show) or isinstance(show, type | Mapping):
        raise InputError(
            f"--show: a {type(show).__name__}; expected a function of one input that returns a string, "
            "a dictionary, a picture or something with _repr_html_"
        )
    hook: ShowHook = show
    return hook


def tried(show: object, source: AnySource) -> ShowHook | None:
    """:func:`as_hook`, tried on the first item before anybody is asked.

    Raises:
        InputError: as there, or it fails there.
    """
    hook = as_hook(show)
    if hook is not None and len(source):
        try_hook(hook, source.domain.describe(), source.read(0, 1))
    return hook


def desk_hooks(given: Sequence[str]) -> tuple[tuple[str, ShowHook], ...]:
    """Functions for the desk: of each the study, empty for every other one, and itself.

    Args:
        given: ``file.py:name``, or ``study=file.py:name``.

    Raises:
        InputError: no such function.
    """
    found = []
    for one in given:
        study, _, spec = one.rpartition("=")
        hook = as_hook(spec)
        if hook is not None:
            found.append((study, hook))
    return tuple(found)
