"""What an attack does to an input, in words that need no knowledge of attacks.

The words are made from what a record says of the attack: its kind, its settings, and what its sizes
are counted in. Of an attack that this module does not know, the specification is all there is.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from preceptor.audit.plain_edits import EDITS
from preceptor.core.saved import Facts
from preceptor.outcome import NO_ATTACK, WORST_CASE

SHARES: Final = "shares of each feature's range"
"""What a domain says of sizes that count feature by feature."""

GREYS: Final = 255
"""Steps between black and white in a file: sizes of pictures are commonly told as ``8/255``."""


@dataclass(frozen=True)
class PlainAttack:
    """One attack in words.

    Attributes:
        label: stands alone: ``every pixel by up to 0.2``.
        clause: stands behind *when*: ``every pixel may change by up to 0.2``.
        spec: the attack's own name; empty where the label says as much.
    """

    label: str
    clause: str
    spec: str


@dataclass(frozen=True)
class _Words:
    """What the inputs are, and how a size is said of them."""

    image: bool
    shares: bool

    @property
    def one(self) -> str:
        return "pixel" if self.image else "feature"

    @property
    def every(self) -> str:
        return f"every {self.one}"

    @property
    def together(self) -> str:
        return f"all {self.one}s together"

    def size(self, value: Any, whose: str = "its") -> str:
        """A size, such as ``0.2`` or ``20 % of its range``."""
        if self.shares:
            return f"{100 * value:.4g}\u00a0% of {whose} range"
        levels = round(value * GREYS, 6)
        if self.image and levels.is_integer() and round(value, 3) != value:
            return f"{levels:.0f}/{GREYS}"
        return f"{value:.4g}"

    def within(self, norm: str, value: Any) -> tuple[str, str]:
        """A ball of a norm: who moves, and by how much."""
        if norm == "linf":
            return self.every, f"by up to {self.size(value)}"
        added = ", added up," if norm == "l1" else ""
        whole = f"by up to {value:.4g}"
        if self.shares:
            whole += " (in shares of each one's range)"
        return f"{self.together}{added}", whole


def plain_name(attack: Mapping[str, Any], shape: Sequence[int] = ()) -> PlainAttack:
    """An attack in words.

    Args:
        attack: what a record says of it (``record.attacks``).
        shape: of one input; three numbers, the first 1, 3 or 4, are an image.
    """
    name = str(attack["name"])
    image = len(shape) == 3 and shape[0] in (1, 3, 4)
    words = _Words(image, attack.get("sizes") == SHARES)
    kind = str(attack.get("kind"))
    say, edit = _KINDS.get(kind), EDITS.get(kind)
    settings = attack.get("settings") or {}
    try:
        found = say(settings, words) if say is not None else edit and edit(settings)
    except (KeyError, TypeError, ValueError):  # another attack of the same class name
        found = None
    if found is None:
        return PlainAttack(name, f"inputs are moved by {name}", "")
    label, clause = found
    return PlainAttack(label, clause, name)


def plain_names(facts: Facts) -> dict[str, PlainAttack]:
    """Every attack of a record in words, by its own name, and the two rows that are none.

    Where two would read alike, the specification is part of the label.

    Args:
        facts: of the record.
    """
    shape = facts["source"]["domain"].get("shape", ())  # texts have none
    told = {one["name"]: plain_name(one, shape) for one in facts["plan"]["attacks"]}
    alike = Counter(one.label for one in told.values())
    found = {
        name: one if alike[one.label] == 1 else _apart(one, name) for name, one in told.items()
    }
    found.setdefault(NO_ATTACK, PlainAttack(NO_ATTACK, "nothing is changed", ""))
    found.setdefault(WORST_CASE, PlainAttack(WORST_CASE, "the worst of all attacks is taken", ""))
    return found


def plain_family(one: PlainAttack, family: str) -> str:
    """A family of attacks in words, without any size; its own name where there are none."""
    return re.split(r" \(| by up to| of size", one.label)[0] if one.spec else family


def _apart(one: PlainAttack, name: str) -> PlainAttack:
    if not one.spec:
        return one
    return replace(one, label=f"{one.label} ({name})", clause=f"{one.clause} ({name})", spec="")


_Said = tuple[str, str]
_Say = Callable[[Mapping[str, Any], _Words], _Said | None]


def _ball(norm: str | None) -> _Say:
    """Of attacks within a ball; without a norm it is one of the settings."""

    def say(settings: Mapping[str, Any], words: _Words) -> _Said | None:
        which = settings["norm"] if norm is None else norm
        if which not in ("linf", "l2", "l1"):
            return None
        who, how = words.within(which, float(settings["eps"]))
        return f"{who} {how}", f"{who} may change {how}"

    return say


def _keep(settings: Mapping[str, Any], words: _Words) -> _Said:
    label = "towards another class, student's answer kept"
    unnoticed = "towards another class, unnoticed by the student"
    if settings["eps"] is None:
        return label, f"inputs move {unnoticed}"
    who, how = words.within(settings["norm"], float(settings["eps"]))
    return f"{label} ({who} {how})", f"{who} may move {how} {unnoticed}"


def _rotate(settings: Mapping[str, Any], words: _Words) -> _Said:
    degrees, shift = float(settings["degrees"]), float(settings["shift"])
    parts = [f"turned by up to {degrees:.4g} degrees"] if degrees else []
    parts += [f"shifted by up to {100 * shift:.4g}\u00a0%"] if shift else []
    who = "" if words.image else "two features "
    return who + ", ".join(parts), f"{who or 'inputs '}are {' and '.join(parts)}"


def _noise(settings: Mapping[str, Any], words: _Words) -> _Said:
    size = words.size(float(settings["size"]), "each feature's")
    even = "even " if settings["kind"] == "uniform" else ""
    label = f"random {even}noise of {'' if words.shares else 'size '}{size}"
    return label, f"{label} is added"


def _sparse(settings: Mapping[str, Any], words: _Words) -> _Said:
    count = int(settings["pixels"])
    who = words.one if count == 1 else f"{words.one}s"
    return f"up to {count} {who} changed", f"up to {count} {who} may change"


def _wasserstein(settings: Mapping[str, Any], words: _Words) -> _Said:
    del words
    how = f"moved by up to {float(settings['eps']):.4g} pixels on average"
    return f"grey {how}", f"grey is {how}"


def _structural(settings: Mapping[str, Any], words: _Words) -> _Said:
    del words
    least = f"{1 - float(settings['eps']):.4g}"
    return f"structural similarity {least} or more", f"pictures stay {least} alike by SSIM"


def _boundary(settings: Mapping[str, Any], words: _Words) -> _Said:
    label = "moved to the nearest other answer"
    if settings["eps"] is not None:
        who, how = words.within("l2", float(settings["eps"]))
        label += f"; {who} {how}"
    return label, f"inputs are {label}"


def _corrupt(settings: Mapping[str, Any], words: _Words) -> _Said:
    what = "any corruption" if settings["kind"] == "any" else str(settings["kind"])
    what = what if words.image else f"{what} of features"
    label = f"{what}, severity up to {int(settings['severity'])} of 5"
    return label, f"inputs are corrupted ({label})"


_KINDS: Final[Mapping[str, _Say]] = {
    "LinfPGD": _ball("linf"),
    "L2PGD": _ball("l2"),
    "APGD": _ball(None),
    "Standard": _ball(None),
    "Square": _ball("linf"),
    "AutoAttack": _ball(None),
    "Keep": _keep,
    "RotateTranslate": _rotate,
    "Noise": _noise,
    "Sparse": _sparse,
    "Wasserstein": _wasserstein,
    "Structural": _structural,
    "Boundary": _boundary,
    "Corrupt": _corrupt,
}
"""By the kind that records name."""
