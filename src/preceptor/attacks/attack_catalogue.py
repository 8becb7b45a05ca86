"""The attacks by name: what the command line reads."""

from dataclasses import dataclass
from typing import Any, Final

from preceptor.attacks.apgd import APGD
from preceptor.attacks.auto_attack import AutoAttack
from preceptor.attacks.boundary import Boundary
from preceptor.attacks.change_cells import Cells
from preceptor.attacks.corrupt import Corrupt
from preceptor.attacks.foolbox_attack import Foolbox
from preceptor.attacks.keep import Keep
from preceptor.attacks.noise import NoiseAttack
from preceptor.attacks.pgd import PGD
from preceptor.attacks.rotate import RotateTranslate
from preceptor.attacks.sparse import Sparse
from preceptor.attacks.square import Square
from preceptor.attacks.standard import Standard
from preceptor.attacks.structural import Structural
from preceptor.attacks.texts import (
    Details,
    DropWords,
    Filler,
    Invisible,
    LetterCase,
    Lookalikes,
    Negate,
    Opposites,
    Spacing,
    Splice,
    TextSuite,
    Typos,
    WordExchange,
)
from preceptor.attacks.wasserstein import Wasserstein
from preceptor.core import AnyAttack, InputError, Inputs, Texts
from preceptor.core.specs import NEEDED, choose, options_of, take_apart


@dataclass(frozen=True)
class AttackEntry:
    """One attack of the catalogue; its options are its class's fields, but for a ``pool``.

    Attributes:
        make: its class, which says as ``needs_gradients`` whether it does.
        about: one line for ``--help``, without what it needs.
        example: a specification that works.
        package: that must be installed for it; empty for none.
    """

    make: Any
    about: str
    example: str
    package: str = ""

    @property
    def help(self) -> str:
        """One line: what it is about, and what it needs."""
        gradients = "gradients" if self.make.needs_gradients else ""
        needs = " and ".join(filter(None, (gradients, self.package)))
        return f"{self.about}; needs {needs}" if needs else self.about


ATTACKS: Final[dict[str, AttackEntry]] = {
    "standard": AttackEntry(
        Standard,
        "the strong suite as one attack, norm linf, l2 or l1; works without gradients",
        "standard:eps=0.1",
    ),
    "apgd": AttackEntry(
        APGD,
        "gradient steps that set their own length, norm linf, l2 or l1",
        "apgd:eps=1.5,norm=l2",
    ),
    "pgd": AttackEntry(
        PGD,
        "gradient steps of fixed length, norm linf or l2",
        "pgd:eps=0.1,norm=linf",
    ),
    "square": AttackEntry(
        Square, "random squares of size eps, by scores without gradients", "square:eps=0.1"
    ),
    "sparse": AttackEntry(Sparse, "a few pixels or features, any change (l_0)", "sparse:pixels=5"),
    "cells": AttackEntry(
        Cells,
        "a few cells of a table's row, words too, to whatever they may hold",
        "cells:count=2,size=0.3",
    ),
    "wasserstein": AttackEntry(
        Wasserstein,
        "the grey of images moved by eps pixels on average, no more (Wasserstein-1)",
        "wasserstein:eps=0.3",
    ),
    "ssim": AttackEntry(
        Structural,
        "images whose structural similarity (SSIM) stays at 1 - eps or above",
        "ssim:eps=0.1",
    ),
    "boundary": AttackEntry(
        Boundary, "the nearest other answer in l_2, by answers alone", "boundary:queries=1000"
    ),
    "corrupt": AttackEntry(
        Corrupt,
        "blur, contrast, elastic, noise ... at severities 1 to 5",
        "corrupt:kind=blur,severity=3",
    ),
    "rotate": AttackEntry(
        RotateTranslate, "the worst of a few random turns and shifts", "rotate:degrees=30,shift=0.1"
    ),
    "noise": AttackEntry(NoiseAttack, "the worst of a few random noises", "noise:size=0.2"),
    "keep": AttackEntry(
        Keep, "towards inputs of other classes while the student's answer holds", "keep:eps=0.3"
    ),
    "autoattack": AttackEntry(
        AutoAttack,
        "the suite of Croce & Hein, norm linf or l2",
        "autoattack:eps=0.1,attacks=apgd-ce+apgd-t",
        "pyautoattack",
    ),
    "foolbox": AttackEntry(
        Foolbox,
        "any l_p attack of that library, most of them by gradients",
        "foolbox:attack=LinfPGD,eps=0.1",
        "foolbox",
    ),
}

TEXT_ATTACKS: Final[dict[str, AttackEntry]] = {
    "standard": AttackEntry(
        TextSuite,
        "the strong suite for texts as one attack, the mildest change first",
        "standard:share=0.2",
    ),
    "typos": AttackEntry(
        Typos, "typing errors: keys, swap, drop, double", "typos:edits=2,kinds=keys/swap"
    ),
    "case": AttackEntry(LetterCase, "words in capitals or small letters", "case:edits=4"),
    "spacing": AttackEntry(Spacing, "words taken apart by spaces or hyphens", "spacing:edits=2"),
    "lookalikes": AttackEntry(
        Lookalikes, "letters of another script that look the same", "lookalikes:edits=2"
    ),
    "invisible": AttackEntry(
        Invisible, "characters without width inside words", "invisible:edits=2"
    ),
    "words": AttackEntry(
        WordExchange,
        "words exchanged for neighbours learned from your texts, or by a list (words=FILE)",
        "words:share=0.2",
    ),
    "details": AttackEntry(Details, "names and numbers exchanged", "details:edits=3"),
    "filler": AttackEntry(Filler, "a sentence added that says nothing", "filler"),
    "negate": AttackEntry(Negate, "keep: a negation put in or taken out, in English", "negate"),
    "opposites": AttackEntry(
        Opposites,
        "keep: words exchanged for their opposites, in English or by a list (words=FILE)",
        "opposites:edits=3",
    ),
    "splice": AttackEntry(
        Splice, "keep: sentences of texts of other classes put in", "splice:share=0.75"
    ),
    "drop": AttackEntry(
        DropWords, "keep: words dropped that the student does not need", "drop:stay=1"
    ),
}
"""The attacks on texts."""

RENAMED: Final = {"linf-pgd": ("pgd", "linf"), "l2-pgd": ("pgd", "l2")}
"""Names that attacks had, each with the attack and the norm that it means now."""


def names() -> dict[str, str]:
    """Each attack's name with one line of help and an example."""
    return {name: f"{entry.help}. Example: {entry.example}" for name, entry in ATTACKS.items()}


def gradient_free() -> list[str]:
    """The names of those that need no gradients and are there without another package."""
    free = (name for name, entry in ATTACKS.items() if not entry.make.needs_gradients)
    return [name for name in free if not ATTACKS[name].package]


def parse(spec: str, *, pool: Inputs | None) -> AnyAttack:
    """The attack that a specification such as ``pgd:eps=0.1,norm=l2`` names.

    Args:
        spec: ``name`` or ``name:option=value,option=value``.
        pool: for attacks that walk towards other inputs, or learn from them: ``Float[pool, *shape]``;
            texts for an attack on texts.

    Raises:
        InputError: an unknown name or option, a value that cannot be read, a needed option or
            pool that is missing. Says what exists.
    """
    said = take_apart(spec, "attack")
    if said.name in RENAMED:
        name, norm = RENAMED[said.name]
        new = ",".join(f"{key}={value}" for key, value in {**said.given, "norm": norm}.items())
        raise InputError(f"attack {said.name!r} is now {name!r} with a norm; write {name}:{new}")
    known, others = (TEXT_ATTACKS, ATTACKS) if isinstance(pool, Texts) else (ATTACKS, TEXT_ATTACKS)
    if said.name in others and said.name not in known:
        kinds = ("arrays of numbers", "texts")
        moves, have = kinds if known is TEXT_ATTACKS else kinds[::-1]
        raise InputError(
            f"attack {said.name!r} moves {moves}, and these inputs are {have}. There are: "
            f"{', '.join(known)}."
        )
    entry = choose(said.name, known, "attack")
    said = take_apart(spec, "attack", example=entry.example).no_words()
    options = options_of(entry.make)
    walks = options.pop("pool", None)
    given = said.read(options)
    if walks is not None:
        if pool is None and walks.default is NEEDED:
            raise InputError(
                f"attack {said.name!r} walks towards other inputs and was given none; pass a pool, "
                "for example the audited data themselves"
            )
        given["pool"] = pool
    made: AnyAttack = entry.make(**given)
    return made
