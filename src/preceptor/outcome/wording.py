"""Numbers and labels as a reader wants them."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from preceptor.core import ABSTAINED, BROKEN, UNCERTAIN
from preceptor.core.label_sets import acceptable_of, set_words
from preceptor.outcome import Rate, Sheet

MINUS = "\u2212"

MANY = 200
"""From so many items on a percentage has one decimal."""

COLUMNS = 72
"""A command that is longer is set on several lines."""


def percent(share: float | None, of: int) -> str:
    """A share of ``of`` items. 100 % and 0 % stand only for all and for none."""
    if share is None:
        return "undefined"
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}\u00a0%"
    for decimals in range(1 if of >= MANY else 0, 6):
        text = f"{100 * share:.{decimals}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text}\u00a0%"
    return f"{100 * share:.3g}\u00a0%"


def interval(bounds: tuple[float, float], of: int) -> str:
    """``57.1 to 65.2 %``."""
    decimals = 1 if of >= MANY else 0
    low, high = (f"{100 * end:.{0 if end in (0.0, 1.0) else decimals}f}" for end in bounds)
    return f"{low} to {high}\u00a0%"


def decimals(rates: Sequence[Rate]) -> int:
    """How many decimals a column of percentages of these rates has: of the most precise of them."""
    return int(any(given.most >= MANY for given in rates))


def fixed(share: float, places: int) -> str:
    """A share in a column of so many decimals; all and none stand for all and none only."""
    text = f"{100 * share:.{places}f}"
    if share not in (0.0, 1.0) and float(text) in (0.0, 100.0):
        least = 10.0**-places
        text = f"> {100 - least:.{places}f}" if share > 0.5 else f"< {least:.{places}f}"
    return f"{text}\u00a0%".replace(" ", "\u00a0")


def fixed_rate(given: Rate, places: int) -> str:
    """As :func:`rate`, in a column of so many decimals."""
    return rate(given) if given.value is None else fixed(given.value, places)


def fixed_interval(given: Rate, places: int) -> str:
    """As :func:`rate_interval`, in a column of so many decimals."""
    if not given.most:
        return ""
    low, high = (f"{100 * end:.{places}f}" for end in given.interval)
    return f"{low} to {high}\u00a0%"


def points(difference: float, of: int) -> str:
    """A difference of two shares of ``of`` items, in percentage points: ``12 points``."""
    text = _points(difference, of)
    return f"{text}\u00a0{'point' if text in ('1', f'{MINUS}1') else 'points'}"


def points_interval(ends: tuple[float, float], of: int) -> str:
    """``\u22123 to 16``, in percentage points."""
    low, high = (_points(end, of) for end in ends)
    return f"{low} to {high}"


def points_between(ends: tuple[float, float], of: int) -> str:
    """``\u22123 and 16 points``, after the word between."""
    low, high = (_points(end, of) for end in ends)
    return f"{low} and {high}\u00a0points"


def _points(difference: float, of: int) -> str:
    """Zero stands only for none at all."""
    value = 100 * abs(difference)
    decimals = 1 if of >= MANY and value not in (0.0, 100.0) else 0
    while value and decimals < 4 and float(f"{value:.{decimals}f}") == 0:
        decimals += 1
    text = f"{value:.{decimals}f}"
    return f"{MINUS}{text}" if difference < 0 and float(text) else text


def p_value(value: float) -> str:
    """Two digits, but never a zero."""
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def rate(given: Rate) -> str:
    """Its value; failing that, the bounds; failing these, that it is undefined.

    A dash where asking stopped early and no one number can be given: the interval says it all.
    """
    most = given.most
    if given.value is not None:
        return percent(given.value, most)
    if given.stopped is not None:
        return "\u2013"
    if given.loose:
        return "between " + interval(given.bounds, most).replace(" to ", " and ")
    return "undefined"


def rate_interval(given: Rate) -> str:
    """Its confidence interval, or nothing where there is none to give."""
    most = given.most
    return interval(given.interval, most) if most else ""


def count(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 input``, ``12 inputs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def number(value: float | None) -> str:
    """About three digits."""
    if value is None:
        return "\u2013"
    if value == round(value) and abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


def stretch(times: float) -> str:
    """``1.2``, ``12``, ``1,200``."""
    return f"{times:.1f}" if times < 10 else f"{times:,.0f}"


def seconds(value: float) -> str:
    """``0.8 s``, ``12 s``, ``3 min 20 s``."""
    if value < 0.1:
        return "less than 0.1\u00a0s"
    if value < 60:
        return f"{value:.1f}\u00a0s" if value < 10 else f"{value:.0f}\u00a0s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}\u00a0min {rest}\u00a0s"


def name_of(label: int, classes: Sequence[str]) -> str:
    """What a label is called."""
    words = {UNCERTAIN: "uncertain", ABSTAINED: "abstains", BROKEN: "no finite answer"}
    if label in words:
        return words[label]
    return classes[label] if 0 <= label < len(classes) else str(label)


def said_by(sheet: Sheet, place: int, classes: Sequence[str]) -> str:
    """What the teacher said of one item: a label, several (``4 or 9``), or that it is uncertain."""
    if sheet.sets is not None and bool(sheet.partial[place]):
        return set_words(acceptable_of(sheet.sets[place].tolist()), classes)
    return name_of(int(sheet.teacher[place]), classes)


def breakable(name: str) -> Markup:
    """A name that a narrow column may break behind a colon, a slash or an equals sign, and not within a word."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[:/=])(?=\w)", name))


def command(text: str) -> str:
    """A long command with a line for each option, to be copied as it is."""
    if len(text) <= COLUMNS:
        return text
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    lines: list[list[str]] = [[]]
    for word in words:
        if word.startswith("--"):
            lines.append([])
        lines[-1].append(word)
    return " \\\n    ".join(shlex.join(line) for line in lines)


def setting(value: Any) -> str:
    """One option of an attack, in short."""
    if isinstance(value, dict) and "sha256" in value:
        size = " \u00d7 ".join(map(str, value.get("shape", [])))
        return f"array {size}, sha256 {str(value['sha256'])[:12]}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list) and len(value) > 6:
        return f"{len(value)} values"
    return str(value)
