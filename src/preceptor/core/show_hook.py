"""How the user's own function shows an input: as text, as a named row, as HTML or as a picture."""

import base64
import html
import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from preceptor.core.errors import InputError
from preceptor.core.shown_rows import row_values, written
from preceptor.core.texts import Texts

ShowHook = Callable[[Any], object]
"""Takes one input, returns how people see it. See :func:`show_input`."""

LONGEST: Final = 20_000
"""Characters of one text: a page holds some 40 of them, each twice."""

LARGEST: Final = 200_000
"""Characters of one piece of HTML, or of all rows of one input."""

MOST: Final = 4_000_000
"""Bytes of one picture."""


@runtime_checkable
class Figure(Protocol):
    """What a figure of matplotlib can do."""

    def savefig(self, to: object, **options: str) -> object: ...


@runtime_checkable
class Rich(Protocol):
    """What draws itself as HTML in a notebook."""

    def _repr_html_(self) -> object: ...


class Html:
    """A piece of HTML that a ``show`` function returns.

    It is drawn in a frame of its own where no script runs and nothing is loaded from elsewhere.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text


@dataclass(frozen=True)
class ShownInput:
    """One input as its user wants it shown; one of the fields is filled.

    Attributes:
        text: to be read as it is, lines kept.
        rows: names and values.
        frame: a whole page, for a frame without scripts.
        picture: a data URI.
        fault: why the function gave nothing that can be shown.
    """

    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    frame: str = ""
    picture: str = ""
    fault: str = ""


def show_input(hook: ShowHook, domain: Mapping[str, Any], value: np.ndarray | Texts) -> ShownInput:
    """What the user's function makes of one input. Never raises: a fault is told on the page.

    The function gets what the student gets: an array ``Float[*shape]`` in the units of the data; of a
    table a dictionary, column to value (numbers, words, ``None`` where a cell is empty); of texts a
    string, and where an input has several parts a dictionary, part to string. It returns a string; a
    dictionary, shown as rows; a picture (a ``PIL.Image``, an array ``uint8[height, width]`` or
    ``uint8[height, width, 3]``, or a figure of matplotlib); or anything with ``_repr_html_``, such as
    :class:`preceptor.Html` or a DataFrame.

    Args:
        hook: the function.
        domain: as a record describes it.
        value: one input, or one text in a batch.
    """
    try:
        return _read(hook(_given(domain, value)))
    except (Exception, SystemExit) as error:  # the user's own code may raise anything
        return ShownInput(fault=_encodable(f"show: {type(error).__name__}: {error}"))


def show_first(hook: ShowHook, domain: Mapping[str, Any], batch: Any) -> ShownInput:
    """:func:`show_input` of the first of a batch: texts, an array or a tensor ``[batch, *shape]``."""
    return show_input(hook, domain, batch if isinstance(batch, Texts) else np.asarray(batch[0]))


def try_hook(hook: ShowHook, domain: Mapping[str, Any], batch: Any) -> None:
    """Show one input before anybody is asked, so that a faulty function costs nothing.

    Raises:
        InputError: it raised, or returned something that cannot be shown.
    """
    fault = show_first(hook, domain, batch).fault
    if fault:
        raise InputError(
            f"{fault}. Tried on the first input; see 'show' in docs/how-to/own-model.md"
        )


def _given(domain: Mapping[str, Any], value: np.ndarray | Texts) -> object:
    if isinstance(value, Texts):
        parts = value.parts[0]
        return dict(zip(value.fields, parts, strict=True)) if value.fields else parts[0]
    return row_values(domain, value) if domain.get("kind") == "table" else value.copy()


def _read(made: object) -> ShownInput:
    if isinstance(made, str):
        return ShownInput(text=_cut(_visible(made)))
    if isinstance(made, Mapping):
        return ShownInput(rows=_rows(made))
    if isinstance(made, np.ndarray | Figure) or _is_picture(made):
        return ShownInput(picture=_picture(made))
    if isinstance(made, Rich):
        return ShownInput(frame=_page(made._repr_html_()))
    raise InputError(
        f"the function returned a {type(made).__name__}; expected a string, a dictionary, a picture "
        "(PIL image, uint8 array, matplotlib figure) or something with _repr_html_"
    )


def _visible(text: str) -> str:
    """The text, if there is anything to see: nobody is asked about an empty page."""
    if not text.strip():
        raise InputError("the function returned an empty text; there is nothing to see")
    return text


def _encodable(text: str) -> str:
    """Half characters (surrogates) stand in no page: one of them would stop the whole page."""
    return text.encode("utf-8", "replace").decode()


def _rows(made: Mapping[Any, object]) -> tuple[tuple[str, str], ...]:
    rows = tuple((_cut(str(name)), _cell(cell)) for name, cell in made.items())
    if not rows:
        raise InputError("the function returned an empty dictionary; there is nothing to see")
    long = sum(len(name) + len(cell) for name, cell in rows)
    if long > LARGEST:
        raise InputError(f"{long:,} characters of rows for one input; at most {LARGEST:,}")
    return rows


def _cell(value: object) -> str:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return written(float(value)) if number else _cut(str(value))  # type: ignore[arg-type]


def _cut(text: str) -> str:
    text = _encodable(text)
    return text if len(text) <= LONGEST else text[:LONGEST] + " \u2026 (cut)"


def _page(piece: object) -> str:
    """A page for a frame: no script, nothing from elsewhere."""
    if not isinstance(piece, str):
        raise InputError(f"_repr_html_ returned a {type(piece).__name__}; expected a string")
    if len(piece) > LARGEST:
        raise InputError(f"{len(piece):,} characters of HTML for one input; at most {LARGEST:,}")
    piece = _encodable(_visible(piece))
    rule = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{html.escape(rule)}"><meta name="color-scheme" content="light dark">'
        f'<body style="margin:0;font:14px/1.5 system-ui,sans-serif">{piece}'
    )


def _is_picture(made: object) -> bool:
    image = sys.modules.get("PIL.Image")  # who hands one in has imported it
    return image is not None and isinstance(made, image.Image)


def _picture(made: Any) -> str:
    from PIL import Image  # only where a picture is shown

    kept = io.BytesIO()
    if isinstance(made, Figure):
        made.savefig(kept, format="png", bbox_inches="tight")
    else:
        if isinstance(made, np.ndarray):
            flat = made.ndim == 2 or (made.ndim == 3 and made.shape[2] in (3, 4))
            if made.dtype != np.uint8 or not flat or made.size == 0:
                raise InputError(
                    f"an array {made.dtype}{list(made.shape)} is no picture; expected uint8[height, "
                    "width] or uint8[height, width, 3]"
                )
            made = Image.fromarray(made)
        made.save(kept, format="PNG")
    if kept.tell() > MOST:
        raise InputError(f"a picture of {kept.tell():,} bytes for one input; at most {MOST:,}")
    return "data:image/png;base64," + base64.b64encode(kept.getvalue()).decode()
