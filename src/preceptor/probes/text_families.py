"""Probe families of texts: the data as they are, and each change of texts done to them."""

from dataclasses import dataclass
from typing import Final

from preceptor.core import AnySource, InputError, ItemRng, TextDomain, Texts, TextSource
from preceptor.core.inputs import join
from preceptor.transforms.texts import (
    TEXT_CHANGES,
    Degrees,
    Negated,
    Opposed,
    Shortened,
    Shuffled,
    TextTransform,
    WordsLeftOut,
)
from preceptor.transforms.texts.text_grammar import TextGrammar

POOL: Final = 2000
"""Items of the data that probes are made from, the first ones."""


@dataclass(frozen=True, eq=False)
class TextFamily:
    """A named distribution of texts, made from items of the data or by a grammar.

    Attributes:
        name: fixed for good: results are compared by it.
        says: what it draws, in one sentence.
        change: done to each item; ``None`` for none.
        grammar: by which texts are made, from no item.
    """

    name: str
    says: str
    change: TextTransform | None = None
    grammar: TextGrammar | None = None

    def source(self, data: AnySource, n: int, *, seed: int = 0) -> TextSource:
        """``n`` probes made from ``data``; the first of ``n`` are the first of any more.

        Raises:
            InputError: fewer than one, or data that are no texts.
        """
        if n < 1:
            raise InputError(f"probe family {self.name!r}: n={n}; expected at least 1")
        if not isinstance(data.domain, TextDomain):
            raise InputError(f"probe family {self.name!r} makes texts; {data.name} holds numbers")
        ids = tuple(f"{self.name}-{i}" for i in range(n))
        rng = ItemRng.named(seed, f"probes {self.name}", ids)
        made: Texts
        if self.grammar is not None:
            many = max(1, len(data.domain.fields))
            parts = [tuple(self.grammar.draw(g) for _ in range(many)) for g in rng.generators]
            made = Texts((), data.domain.fields).with_parts(parts)
        else:
            pool = join([data.read(0, min(POOL, len(data)))])
            assert isinstance(pool, Texts)  # noqa: S101 - by its domain
            made = pool[rng.integers(len(pool))]
            if self.change is not None:
                made = self.change(made, domain=data.domain, rng=rng)
        return TextSource(made, data.domain, ids, self.name)


_OTHERS: Final = (Negated(), Opposed(), Degrees(), WordsLeftOut(), Shortened(), Shuffled())

TEXT_FAMILIES: Final = (
    TextFamily("data", "An item of the data as it is."),
    *(
        TextFamily(one.kind, f"An item changed at random: {one.name}.", one)
        for one in (*TEXT_CHANGES, *_OTHERS)
    ),
)
"""The families of texts. A text in which there is nothing to change stays in them as it is."""


def text_families(grammar: TextGrammar | None = None) -> tuple[TextFamily, ...]:
    """All of them, and the texts of a grammar if there is one."""
    if grammar is None:
        return TEXT_FAMILIES
    made = TextFamily("grammar", f"A text of the grammar {grammar.digest}.", grammar=grammar)
    return (*TEXT_FAMILIES, made)
