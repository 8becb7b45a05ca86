"""The attacks by name: what the command line reads and what a record says of them."""

import hashlib
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from fractions import Fraction
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from torch import Tensor

from preceptor.attacks.apgd import APGD
from preceptor.attacks.auto_attack import AutoAttack
from preceptor.attacks.boundary import Boundary
from preceptor.attacks.corrupt import Corrupt
from preceptor.attacks.foolbox_attack import Foolbox
from preceptor.attacks.keep import Keep
from preceptor.attacks.noise import Noise
from preceptor.attacks.pgd import L2PGD, LinfPGD
from preceptor.attacks.rotate import RotateTranslate
from preceptor.attacks.sparse import Sparse
from preceptor.attacks.square import Square
from preceptor.attacks.standard import Standard
from preceptor.core import Attack, InputError
from preceptor.core.hints import meant


@dataclass(frozen=True)
class Entry:
    """One attack of the catalogue.

    Attributes:
        make: its class.
        help: one line for ``--help``.
        example: a specification that works.
    """

    make: Callable[..., Attack]
    help: str
    example: str


ATTACKS: Final[dict[str, Entry]] = {
    "standard": Entry(
        Standard,
        "the strong suite as one attack, norm linf, l2 or l1; works without gradients",
        "standard:eps=0.1",
    ),
    "apgd": Entry(
        APGD,
        "gradient steps that set their own length, norm linf, l2 or l1; needs gradients",
        "apgd:eps=1.5,norm=l2",
    ),
    "linf-pgd": Entry(
        LinfPGD, "gradient steps, each coordinate within eps; needs gradients", "linf-pgd:eps=0.1"
    ),
    "l2-pgd": Entry(
        L2PGD, "gradient steps within l_2 distance eps; needs gradients", "l2-pgd:eps=1.5"
    ),
    "square": Entry(
        Square, "random squares of size eps, by scores without gradients", "square:eps=0.1"
    ),
    "sparse": Entry(Sparse, "a few pixels or features, any change (l_0)", "sparse:pixels=5"),
    "boundary": Entry(
        Boundary, "the nearest other answer in l_2, by answers alone", "boundary:queries=1000"
    ),
    "corrupt": Entry(
        Corrupt,
        "blur, contrast, elastic, noise ... at severities 1 to 5",
        "corrupt:kind=blur,severity=3",
    ),
    "rotate": Entry(
        RotateTranslate, "the worst of a few random turns and shifts", "rotate:degrees=30,shift=0.1"
    ),
    "noise": Entry(Noise, "the worst of a few random noises", "noise:size=0.2"),
    "keep": Entry(
        Keep, "towards inputs of other classes while the student's answer holds", "keep:eps=0.3"
    ),
    "autoattack": Entry(
        AutoAttack,
        "the suite of Croce & Hein, norm linf or l2; needs gradients and pyautoattack",
        "autoattack:eps=0.1,attacks=apgd-ce+apgd-t",
    ),
    "foolbox": Entry(
        Foolbox, "any l_p attack of that library, if installed", "foolbox:attack=LinfPGD,eps=0.1"
    ),
}


def names() -> dict[str, str]:
    """Each attack's name with one line of help and an example."""
    return {name: f"{entry.help}. Example: {entry.example}" for name, entry in ATTACKS.items()}


def parse(spec: str, *, pool: Tensor | None) -> Attack:
    """The attack that a specification such as ``linf-pgd:eps=0.1,steps=20`` names.

    Args:
        spec: ``name`` or ``name:option=value,option=value``.
        pool: ``Float[pool, *shape]``, for attacks that walk towards other inputs.

    Raises:
        InputError: an unknown name or option, a value that cannot be read, a needed option or
            pool that is missing. Says what exists.
    """
    name, _, rest = spec.partition(":")
    name = name.strip()
    entry = ATTACKS.get(name)
    if entry is None:
        raise InputError(
            f"there is no attack {name!r}{meant(name, ATTACKS)}. There are: {', '.join(ATTACKS)}."
        )
    known = {option.name: option for option in _options(entry.make) if option.name != "pool"}
    given = _given(spec, name, rest, known)
    missing = [
        key for key, option in known.items() if option.default is MISSING and key not in given
    ]
    if missing:
        raise InputError(
            f"attack {spec!r} lacks {', '.join(missing)}; write for example {entry.example}"
        )
    if entry.make is Boundary:
        given["pool"] = pool
    if entry.make is Keep:
        if pool is None:
            raise InputError(
                f"attack {name!r} walks towards other inputs and was given none; pass a pool, for "
                "example the audited data themselves"
            )
        given["pool"] = pool
    return entry.make(**given)


def _given(spec: str, name: str, rest: str, known: dict[str, Field[Any]]) -> dict[str, Any]:
    """The options that a specification sets, read by their declared types."""
    given: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise InputError(f"{part!r} in attack {spec!r} is no option; write option=value")
        if key not in known:
            raise InputError(
                f"attack {name!r} has no option {key!r}{meant(key, known)}. "
                f"It has: {', '.join(known)}."
            )
        if key in given:
            raise InputError(f"option {key!r} stands twice in attack {spec!r}")
        given[key] = _read(value, known[key].type, f"option {key!r} of attack {name!r}")
    return given


def describe(attack: Attack) -> dict[str, Any]:
    """Plain data for a record: the attack's own words and, for a dataclass, its options.

    A tensor is described by its shape, dtype and the sha256 of its bytes.
    """
    options: tuple[Field[Any], ...] = _options(attack) if is_dataclass(attack) else ()
    return {
        "name": attack.name,
        "family": attack.family,
        "size": attack.size,
        "goal": attack.goal,
        "options": {option.name: _data(getattr(attack, option.name)) for option in options},
    }


def _options(dataclass_: Any) -> tuple[Field[Any], ...]:
    return fields(dataclass_)


def _data(value: object) -> object:
    if isinstance(value, Tensor):
        raw = value.detach().cpu().contiguous().numpy()
        return {
            "shape": list(raw.shape),
            "dtype": str(raw.dtype),
            "sha256": hashlib.sha256(raw.tobytes()).hexdigest(),
        }
    return value if isinstance(value, bool | int | float | str | None) else repr(value)


def _read(text: str, kind: Any, what: str) -> object:
    """The value that ``text`` stands for, by the option's declared type."""
    if get_origin(kind) is Literal:
        if text in get_args(kind):
            return text
        raise InputError(f"{what} must be one of {', '.join(get_args(kind))}; got {text!r}")
    kinds = get_args(kind) or (kind,)
    if bool in kinds:
        if text in _TRUTH:
            return _TRUTH[text]
        raise InputError(f"{what} must be true or false; got {text!r}")
    if NoneType in kinds and text == "none":
        return None
    if str in kinds:
        return text
    try:
        return int(text) if int in kinds else float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        number = "a whole number" if int in kinds else "a number such as 0.1 or 8/255"
        raise InputError(f"{what} must be {number}; got {text!r}") from error


_TRUTH: Final = {"true": True, "false": False}
