"""``preceptor distances``: which image is nearer to the first? It depends on whom you ask."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

from preceptor.cli import shared_options
from preceptor.core import InputError
from preceptor.core.plain_console import PlainConsole
from preceptor.distances import MEASURES, Distances, Measure, compare, read_input

_IMAGE = (1, 3, 4)


def distances(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="The image to measure from, then one or more images of the same size. "
            "PNG, JPEG, TIFF, WebP, or .npy arrays (vectors too).",
            show_default=False,
        ),
    ],
    low: Annotated[
        float, typer.Option(metavar="VALUE", help="Value of black in .npy arrays.")
    ] = 0.0,
    high: Annotated[
        float, typer.Option(metavar="VALUE", help="Value of white in .npy arrays.")
    ] = 1.0,
    as_json: shared_options.AsJson = False,
) -> None:
    """Measure how far images lie from the first one, by l_0, l_1, l_2, l_inf, W_1, SSIM and PSNR.

    Give a picture, a picture that people would call something else, and the first with a little
    noise added:

        preceptor distances panda.png gibbon.png panda-with-noise.png

    Most people say that the noisy one is nearer. Look at which column says so too: no one of these
    distances is what people see, which is why preceptor asks a teacher at the moved input instead
    of trusting a radius.

    Pixel values are read as 0 (black) to 1 (white), so l_inf 0.1 is a tenth of the range. W_1 is
    in pixels, PSNR in decibels; the table says what each measures.

    Exit codes: 0 done; 2 a file cannot be read, or the sizes differ.
    """
    if len(files) < 2:
        raise InputError(
            "nothing to compare with: give at least two files, the first one being measured from"
        )
    first, *others = _alike(files)
    if first.ndim == 3:
        for path, array in zip(files, (first, *others), strict=True):
            _check_range(path, array, low, high)
    found = [compare(first, other, low=low, high=high) for other in others]
    ranked = _nearest(found)
    if as_json:
        typer.echo(json.dumps(_plain(files, found, ranked), indent=1, allow_nan=False))
        return
    console = PlainConsole()
    console.print(_table(files, found, ranked))
    for line in _notes(found):
        console.print(line, style="dim")
    console.print(escape(_sentence(files, ranked)), soft_wrap=True, highlight=False)


def _alike(files: list[Path]) -> list[np.ndarray]:
    """All inputs; grey ones take three equal channels if any has three."""
    arrays = [read_input(path) for path in files]
    if any(a.ndim == 3 and a.shape[0] == 3 for a in arrays):
        arrays = [np.repeat(a, 3, axis=0) if a.ndim == 3 and a.shape[0] == 1 else a for a in arrays]
    for path, array in zip(files[1:], arrays[1:], strict=True):
        if array.shape != arrays[0].shape:
            raise InputError(
                f"{path} is {_size(array)}, {files[0]} is {_size(arrays[0])}: these distances "
                "compare pixel with pixel and need one size. Crop or resize one of them first."
            )
    return arrays


def _size(array: np.ndarray) -> str:
    if array.ndim == 3 and array.shape[0] in _IMAGE:
        channels, height, width = array.shape
        return f"{width} x {height} pixels in {channels} channel{'s' * (channels > 1)}"
    return "an array of shape (" + ", ".join(map(str, array.shape)) + ")"


def _check_range(path: Path, array: np.ndarray, low: float, high: float) -> None:
    if array.size and (array.min() < low or array.max() > high):
        raise InputError(
            f"{path} holds values from {array.min():g} to {array.max():g}, outside {low:g} (black) "
            f"to {high:g} (white). Say what black and white are, such as --low 0 --high 255."
        )


def _nearest(found: list[Distances]) -> dict[str, list[int]]:
    """By measure that applies to all: which of the others are nearest (several if tied)."""
    ranked = {}
    for measure in MEASURES:
        values = [_order(measure, one) for one in found]
        if None not in values:
            best = min(v for v in values if v is not None)
            ranked[measure.key] = [i for i, v in enumerate(values) if v == best]
    return ranked


def _order(measure: Measure, one: Distances) -> float | None:
    value = one.of(measure)
    if value is None:
        same = measure.key == "psnr" and one.ssim_window is not None and one.l0 == 0
        return -float("inf") if same else None
    return value if measure.nearer == "smaller" else -value


def _table(files: list[Path], found: list[Distances], ranked: dict[str, list[int]]) -> Table:
    table = Table(title=f"Distances from {escape(files[0].name)}", title_justify="left")
    table.add_column("", no_wrap=True)
    for path in files[1:]:
        table.add_column(escape(path.name), justify="right", overflow="fold")
    explain = len(found) <= 3
    if explain:
        table.add_column("what it measures", style="dim")
    for measure in MEASURES:
        if all(one.of(measure) is None for one in found):
            continue
        cells = []
        for i, one in enumerate(found):
            nearest = len(found) > 1 and i in ranked.get(measure.key, [])
            text = _number(one.of(measure))
            cells.append(f"[bold]{text} *[/]" if nearest else text)
        table.add_row(measure.label, *cells, *[measure.meaning] * explain)
    if len(found) > 1:
        table.caption = "* nearest by this measure"
        table.caption_justify = "left"
    return table


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == round(value) and abs(value) < 1e9:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 10 else f"{value:.4f}"


def _notes(found: list[Distances]) -> list[str]:
    block, off_by = found[0].wasserstein_block, found[0].wasserstein_off_by
    notes = []
    if block is not None and block > 1 and off_by is not None:
        notes.append(
            f"W_1 is in pixels, measured over blocks of {block} x {block} pixels; that puts it off "
            f"by at most {off_by:.1f} pixels."
        )
    if any(one.ssim_window is not None and one.l0 == 0 for one in found):
        notes.append("- under PSNR: the two are identical, there is no noise to measure.")
    return notes


def _sentence(files: list[Path], ranked: dict[str, list[int]]) -> str:
    first, others = files[0].name, [path.name for path in files[1:]]
    if len(others) < 2:
        return f"Give a third file to see which of the two is nearer to {first}."
    if len({path.name for path in files}) < len(files):
        first, others = str(files[0]), [str(path) for path in files[1:]]
    by_winner: dict[str, list[str]] = {}
    for measure in MEASURES:
        if measure.key in ranked:
            winner = " and ".join(others[i] for i in ranked[measure.key])
            by_winner.setdefault(winner, []).append(measure.label)
    if len(by_winner) == 1:
        return f"All {sum(map(len, by_winner.values()))} agree: {winner} is nearest to {first}."
    parts = [f"{', '.join(labels)} say {winner}" for winner, labels in by_winner.items()]
    parts = [p.replace(" say ", " says ") if ", " not in p else p for p in parts]
    return f"They disagree on which is nearest to {first}: {'; '.join(parts)}."


def _plain(files: list[Path], found: list[Distances], ranked: dict[str, list[int]]) -> Any:
    names = [str(path) for path in files[1:]]
    return {
        "from": str(files[0]),
        "to": [{"file": name, **one.describe()} for name, one in zip(names, found, strict=True)],
        "nearest": {key: [names[i] for i in rows] for key, rows in ranked.items()},
        "agree": len({tuple(rows) for rows in ranked.values()}) == 1,
    }
