"""How a result shows itself: a few lines of text, a table in a notebook, a data frame, a picture.

A result says what there is to see (:class:`View`); how that is set is said once, here. The HTML holds
no script, loads nothing, escapes every text, and takes its colours from the page around it, so that it
is readable on light ground and on dark.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from preceptor.core.errors import InputError
from preceptor.core.extras import install
from preceptor.core.printing import shown

WIDTH: Final = 160
"""Of a bar, in pixels; it stands for 0 to 1."""

ACCENT: Final = "#3d8bd4"
"""Readable on white and on black alike (contrast 3.5 and 5.9)."""

_CELL: Final = (
    "padding:.2em .8em .2em 0;border:0;background:none;vertical-align:middle;white-space:nowrap;"
)
_FRAME: Final = (
    "font-family:system-ui,sans-serif;font-size:14px;line-height:1.45;color:inherit;max-width:60em;"
)


@dataclass(frozen=True)
class Bar:
    """A share with its interval, drawn.

    Attributes:
        value: where the dot stands; ``None`` for none.
        low: where the line begins.
        high: where it ends.
        other: a second reading, a hollow ring; ``None`` for none.
    """

    value: float | None
    low: float
    high: float
    other: float | None = None

    def svg(self) -> str:
        """The drawing, with its numbers as text for who cannot see it."""
        x = [6 + (WIDTH - 12) * end for end in (self.low, self.high)]
        said = f"interval {100 * self.low:.1f} to {100 * self.high:.1f} %"
        parts = [
            f'<line x1="6" x2="{WIDTH - 6}" y1="9" y2="9" stroke="currentColor" '
            'stroke-opacity=".2" stroke-width="2"/>',
            f'<line x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="9" y2="9" stroke="{ACCENT}" '
            'stroke-opacity=".6" stroke-width="6" stroke-linecap="round"/>',
        ]
        if self.other is not None:
            at = 6 + (WIDTH - 12) * self.other
            parts.append(
                f'<circle cx="{at:.1f}" cy="9" r="4" fill="none" stroke="currentColor" '
                'stroke-width="1.5"/>'
            )
            said += f", conventional {100 * self.other:.1f} %"
        if self.value is not None:
            at = 6 + (WIDTH - 12) * self.value
            parts.append(f'<circle cx="{at:.1f}" cy="9" r="4.5" fill="{ACCENT}"/>')
            said = f"{100 * self.value:.1f} %, {said}"
        return (
            f'<svg width="{WIDTH}" height="18" role="img" aria-label="{said}" '
            f'style="vertical-align:middle"><title>{said}</title>{"".join(parts)}</svg>'
        )


@dataclass(frozen=True)
class NamedCell:
    """A name with something in small print beneath it, such as how the command line writes it."""

    label: str
    small: str = ""

    def html(self) -> str:
        """Both, one below the other."""
        if not self.small:
            return _safe(self.label)
        style = "opacity:.75;font:.8em ui-monospace,monospace"
        return f'{_safe(self.label)}<div style="{style}">{_safe(self.small)}</div>'


Cell = str | Bar | NamedCell


@dataclass(frozen=True)
class View:
    """What there is to see of a result.

    Attributes:
        what: which kind of result, and of what: the first line.
        headline: the sentence that says it.
        strong: the part of the headline to be set in bold.
        columns: of the table; may be empty.
        rows: a cell for each column: text, a bar, or a name.
        apart: whether the last row stands for all others.
        notes: further sentences, in small print.
        warnings: what makes the numbers doubtful; the first stands in plain text too, with how many
            there are.
    """

    what: str
    headline: str
    strong: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    apart: bool = False
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """The first line, the headline, and the first note."""
        lines = [self.what, f"  {self.headline}", *(f"  {note}" for note in self.notes[:1])]
        if self.warnings:
            more = f" ({len(self.warnings)} in .findings)" if len(self.warnings) > 1 else ""
            lines.append(f"  Warning{more}: {self.warnings[0]}")
        return "\n".join(shown(line.replace("\u00a0", " ")) for line in lines)

    def html(self) -> str:
        """A table with its headline, in one piece."""
        parts = [f'<div style="{_FRAME}">']
        parts.append(f'<div style="opacity:.75;font-size:.9em">{_safe(self.what)}</div>')
        said = _safe(self.headline)
        if self.strong:
            said = said.replace(_safe(self.strong), f"<strong>{_safe(self.strong)}</strong>", 1)
        parts.append(f'<div style="font-size:1.05em;margin:.2em 0 .5em">{said}</div>')
        if self.rows:
            parts.append(self._table())
        parts += [
            f'<div style="opacity:.75;font-size:.85em;margin-top:.3em">{_safe(note)}</div>'
            for note in (*(f"Warning: {one}" for one in self.warnings), *self.notes)
        ]
        return "".join([*parts, "</div>"])

    def _table(self) -> str:
        head = "".join(
            f'<th scope="col" style="{_CELL}text-align:left;font-weight:600;'
            f'border-bottom:1px solid currentColor">{_safe(name)}</th>'
            for name in self.columns
        )
        body = []
        for place, row in enumerate(self.rows):
            line = self.apart and place == len(self.rows) - 1
            style = f"{_CELL}text-align:left;" + ("border-top:1px solid;" if line else "")
            cells = (f'<td style="{style}">{_drawn(cell)}</td>' for cell in row)
            body.append(f'<tr style="background:none">{"".join(cells)}</tr>')
        return (
            '<table style="border-collapse:collapse;margin:0;color:inherit;font-size:inherit">'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        )


class Viewed:
    """A result that shows itself by its view."""

    @abstractmethod
    def view(self) -> View:
        """What there is to see."""

    def __repr__(self) -> str:
        return self.view().text()

    def _repr_html_(self) -> str:
        return self.view().html()


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> Any:
    """Rows as a ``pandas.DataFrame``.

    Args:
        rows: each the same keys.
        columns: the keys, needed where there may be no rows.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise InputError(
            "to_pandas() needs pandas: pip install pandas. Without it, to_dict() has the same numbers"
        ) from error
    return pandas.DataFrame(list(rows), columns=list(columns) or None)


def axes_for(axes: Any, height: float) -> Any:
    """Axes of matplotlib to draw on: those given, or new ones.

    Args:
        axes: what the caller wants to draw on, or ``None``.
        height: of a new figure, in inches.

    Raises:
        InputError: matplotlib is not installed, or ``axes`` are none.
    """
    try:
        import matplotlib.axes
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise InputError(
            f"plot() needs matplotlib: {install('plot')}. The HTML report has its own "
            "pictures and needs nothing"
        ) from error
    if axes is None:
        _, axes = plt.subplots(figsize=(7, height), layout="constrained")
    if not isinstance(axes, matplotlib.axes.Axes):
        raise InputError(f"axes is a {type(axes).__name__}; expected matplotlib Axes, or none")
    return axes


def plot_intervals(
    axes: Any, names: Sequence[str], series: Mapping[str, Sequence[Bar]], label: str
) -> Any:
    """Shares with their intervals, a line for each name, from top to bottom; returns the axes."""
    axes = axes_for(axes, 1.2 + 0.4 * len(names) * len(series))
    step = 0.7 / max(1, len(series))
    for number, (who, bars) in enumerate(series.items()):
        colour = f"C{number}"
        for place, bar in enumerate(bars):
            y = place + step * (number - (len(series) - 1) / 2)
            ends, label_ = [100 * bar.low, 100 * bar.high], None if place else who
            axes.plot(ends, [y, y], color=colour, alpha=0.5, linewidth=4, label=label_)
            if bar.value is not None:
                axes.plot(100 * bar.value, y, "o", color=colour)
            if bar.other is not None:
                axes.plot(100 * bar.other, y, "o", color="0.5", markerfacecolor="none")
    axes.set(xlim=(-2, 102), xlabel=label, yticks=range(len(names)), yticklabels=list(names))
    axes.invert_yaxis()
    if len(series) > 1 and names:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    return axes


def _drawn(cell: Cell) -> str:
    if isinstance(cell, Bar):
        return cell.svg()
    return cell.html() if isinstance(cell, NamedCell) else _safe(cell)


def _safe(text: str) -> str:
    return escape(shown(text))
