"""What people see is what the user's own function makes of an input: text, named rows, HTML or a picture.

A picture is sent as a picture, so that it is sized and smoothed as every other. HTML is a page of its own, in a
frame where no script runs and nothing is loaded. Where the function fails on an input, that one is shown plainly and
the page says so: nobody loses an answer to it.
"""

import base64
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from starlette.responses import Response

from preceptor.core import InputError, Texts
from preceptor.core.identity import identify
from preceptor.core.show_hook import ShowHook, ShownInput, show_input
from preceptor.core.unseen_signs import seen_pieces
from preceptor.people import Studies, Study

KEPT: Final = 256
"""So many inputs are remembered as they are shown, so that each part of a page does not run the function anew."""

KEPT_BYTES: Final = 64 * 2**20
"""And no more than about so many bytes of them."""

FRAME_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin"
)
"""No script, form, link elsewhere or request; of our own origin only so that the page can measure its height."""


@dataclass(frozen=True)
class OwnHook:
    """A function that shows inputs, and which one it is.

    Attributes:
        hook: see :func:`preceptor.core.show_hook.show_input`.
        version: identity of its source and of what it uses.
        study: whose inputs it shows; every study's where it is empty.
    """

    hook: ShowHook
    version: str
    study: str = ""

    @classmethod
    def of(cls, hook: ShowHook, study: str = "") -> "OwnHook":
        """A function with its identity.

        Raises:
            InputError: it uses something whose identity cannot be known.
        """
        found = identify(hook)
        if found.unknown:
            raise InputError(
                f"--show: {found.unknown[0]}, so that no version of the function can be kept with the "
                "answers. Let the function make what it shows from the input and from values in its file"
            )
        return cls(hook, found.digest, study)


class OwnViews:
    """The inputs of a desk's studies as functions of the user show them. Safe with threads.

    Args:
        hooks: at most one for each study, and one for all others.
        say: prints a line: of inputs that a function could not show.

    Raises:
        InputError: two for one study.
    """

    def __init__(
        self, hooks: tuple[OwnHook, ...] = (), say: Callable[[str], None] | None = None
    ) -> None:
        self._hooks = {one.study: one for one in hooks}
        if len(self._hooks) < len(hooks):
            raise InputError(
                "--show: two functions for the same study; write STUDY=FILE.py:NAME for each of them"
            )
        self._say = say
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[ShownInput, ...]] = OrderedDict()
        self._bytes = 0

    def hook(self, study: Study) -> OwnHook | None:
        """The function of a study, if it has one."""
        return self._hooks.get(study.name, self._hooks.get(""))

    def try_first(self, studies: Studies) -> None:
        """Show the first question of each study, before anybody is asked.

        Raises:
            InputError: a function failed there, or is for a study that is not there.
        """
        found = studies.all()
        for name in self._hooks.keys() - {one.name for one in found} - {""}:
            raise InputError(
                f"--show {name}=...: there is no study {name!r}; there are: "
                + (", ".join(repr(one.name) for one in found) or "none")
            )
        for study in found:
            first = _first(studies, study)
            if self.hook(study) is None or first is None:
                continue
            for one in self.of(studies, study, first):
                if one.fault:
                    raise InputError(
                        f"{one.fault}. Tried on the first question of the study {study.name!r}, which "
                        "has inputs as its settings say; mend the function, or give it to another study "
                        "with --show STUDY=FILE.py:NAME"
                    )

    def of(self, studies: Studies, study: Study, question: int) -> tuple[ShownInput, ...]:
        """A question as the study's function shows it, each part of a pair; empty without a function."""
        own = self.hook(study)
        if own is None:
            return ()
        given, described = _given(studies, study, question)
        with self._lock:  # nobody wrote the function for threads
            key = (study.number, question)
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            made = tuple(show_input(own.hook, described, one) for one in given)
            for one in made:
                if one.fault and self._say is not None:
                    self._say(
                        f"question {question} of {study.name!r} is shown plainly: {one.fault}"
                    )
            self._keep(key, made)
            return made

    def _keep(self, key: tuple[int, int], made: tuple[ShownInput, ...]) -> None:
        self._kept[key] = made
        self._bytes += _size(made)
        while len(self._kept) > KEPT or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def fault_of(views: tuple[ShownInput, ...]) -> str:
    """Why a question is shown plainly; empty where it is not."""
    return next((one.fault.removeprefix("show: ") for one in views if one.fault), "")


def parts_of(views: tuple[ShownInput, ...], at: str) -> list[dict[str, Any]]:
    """What a page needs to show a question: of each part ``picture`` or ``frame`` (an address), ``rows`` (names and
    values) or ``text`` (as :func:`preceptor.desk.shown_texts.shown_text`).

    Args:
        views: of the question, without a fault.
        at: the address under which its pictures and frames lie.
    """
    parts: list[dict[str, Any]] = []
    for place, one in enumerate(views):
        if one.picture:
            parts.append({"picture": f"{at}/{place}"})
        elif one.frame:
            parts.append({"frame": f"{at}/{place}"})
        elif one.rows:
            parts.append({"rows": [list(row) for row in one.rows]})
        else:
            parts.append({"text": _text(one.text)})
    return parts


def sent(views: tuple[ShownInput, ...], part: int) -> Response | None:
    """The picture or the page in a frame of one part; ``None`` where it is neither."""
    if part not in range(len(views)):
        return None
    one = views[part]
    if one.picture:
        data = base64.b64decode(one.picture.partition(",")[2])
        return Response(data, media_type="image/png")
    if one.frame:
        headers = {"content-security-policy": FRAME_POLICY}
        return Response(one.frame, media_type="text/html", headers=headers)
    return None


def _text(text: str) -> list[dict[str, Any]]:
    pieces, whole = seen_pieces(text)
    return [
        {
            "name": "",
            "fixed": False,
            "all": whole,
            "characters": len(text),
            "pieces": [[one.text, one.sign, one.turns, False, -1] for one in pieces],
        }
    ]


def _given(
    studies: Studies, study: Study, question: int
) -> tuple[list[np.ndarray | Texts], Mapping[str, Any]]:
    """The parts of a question, each like one input, and what they mean."""
    settings = study.settings
    described = settings.domain
    if settings.is_text:
        words, fields = studies.text(study, question), tuple(described["fields"])
        return [Texts((words,) if fields else words, fields)], described
    values = studies.input(study, question)
    return (list(values) if settings.is_pair else [values]), described


def _first(studies: Studies, study: Study) -> int | None:
    with studies.database.read() as db:
        found = db.one(
            "SELECT MIN(question) FROM desk_tally WHERE study = :study", study=study.number
        )
    return None if found is None or found[0] is None else int(found[0])


def _size(views: tuple[ShownInput, ...]) -> int:
    rows = sum(len(name) + len(cell) for one in views for name, cell in one.rows)
    return rows + sum(len(one.picture) + len(one.frame) + len(one.text) for one in views) + 1000
