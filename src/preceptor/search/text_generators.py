"""Generators of texts: changed at random, moved by attacks, mixed from others, or made by a grammar."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import parse
from preceptor.attacks.predictions import logits_of, odds
from preceptor.core import AnyAttack, ItemRng, TextDomain, Texts
from preceptor.core.domains import distances
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import AppliedTransform, Generator, Proposals, SearchContext
from preceptor.search.data_generators import Plain
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
from preceptor.transforms.texts.other_meaning import SENTENCE
from preceptor.transforms.texts.text_grammar import TextGrammar

TRIES: Final = 12
"""Changes tried for one proposal."""

MIXED: Final = 8
"""Mixtures, or texts of a grammar, among which the one is taken of which the student is least sure."""

ATTACKS: Final = (
    "typos", "case", "spacing", "lookalikes", "invisible", "details", "filler", "words", "negate",
    "opposites", "splice", "drop",
)  # fmt: skip
"""The attacks that move items."""

OTHERWISE: Final[tuple[TextTransform, ...]] = (
    Negated(),
    Opposed(),
    Degrees(),
    WordsLeftOut(),
    Shortened(),
    Shuffled(),
)
"""Changes that may turn what a text says."""

FAULTS: Final[tuple[TextTransform, ...]] = (*TEXT_CHANGES, *OTHERWISE)
"""Changes that a fault may be about."""

_KIND_OF: Final = {"negate": "negation", "details": "names"}
"""The kind of change that an attack makes, where it has another name."""


def applied(change: TextTransform) -> AppliedTransform:
    """A change of texts as what was done to an item."""
    return AppliedTransform(change, torch.empty(0))


@dataclass(frozen=True)
class RandomEdits:
    """Random changes of one kind.

    Attributes:
        change: the kind.
        hold: whether the one is taken that changes most while the student's answer holds; else the
            mildest that turns it.
    """

    change: TextTransform
    hold: bool

    @property
    def name(self) -> str:
        """With the kind."""
        return f"{'hold' if self.hold else 'turn'} {self.change.kind}"

    @property
    def says(self) -> str:
        """One sentence."""
        best = (
            "the one that changes most while the student holds its answer"
            if self.hold
            else "the mildest that turns the student's answer, else the one that shakes it most"
        )
        return f"{self.change.name}: of {TRIES} random changes of an item, {best}"

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item for each proposal; none where nothing was changed."""
        del asked
        rng = ground.streams(self.name, start, many)
        parents = ground.starts[rng.integers(len(ground.starts))]
        rows = parents.repeat_interleave(TRIES)
        ids = [f"{i}-{k}" for i in range(start, start + many) for k in range(TRIES)]
        each = ItemRng.named(ground.seed, f"search {self.name} tries", ids)
        clean = ground.pool[rows]
        moved = self.change(clean, domain=ground.domain, rng=each)
        share = distances(ground.domain, moved, clean)[:, 2]
        logits = logits_of(ground.student, moved)
        said = ground.student.decide(logits)
        own = ground.own.answers[rows]
        doubted = odds(logits, ground.own.labels[rows]).nan_to_num(0.0, 0.0, 0.0)
        if self.hold:
            worth = torch.where(said == own, share, -1.0)
        else:
            turned = (said >= 0) & (said != own)
            worth = torch.where(turned, 2 - share, doubted.sigmoid() - 1)
        worth = torch.where(share > 0, worth, -2.0).reshape(many, TRIES)
        best = worth.argmax(1) + TRIES * torch.arange(many)
        best = best[worth.amax(1) > (-1.0 if self.hold else -2.0)]
        return Proposals(moved[best], rows[best], (applied(self.change),) * len(best))


@dataclass(frozen=True, eq=False)
class AttackMoves:
    """Items moved by an attack.

    Attributes:
        attack: which.
        word: its name in the catalogue.
        change: of which kind its change is, if that can be said.
    """

    attack: AnyAttack = field(repr=False)
    word: str
    change: AppliedTransform | None

    @property
    def name(self) -> str:
        """With the attack's."""
        return f"attack {self.word}"

    @property
    def says(self) -> str:
        """One sentence."""
        return f"an item moved by {self.attack.name}"

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item for each proposal; those that the attack did not move are left out."""
        del asked
        rng = ground.streams(self.name, start, many)
        rows = ground.starts[rng.integers(len(ground.starts))]
        clean = ground.pool[rows]
        moved = ground.domain.project(
            self.attack(ground.student, clean, domain=ground.domain, rng=rng), clean
        )
        there = torch.tensor(
            [i for i in range(many) if moved.rows[i] != clean.rows[i]], dtype=torch.int64
        )
        return Proposals(moved[there], rows[there], (self.change,) * len(there))


@dataclass(frozen=True)
class MixedSentences:
    """Sentences of two or three items in a random order, the mixture of which the student is least sure."""

    name: str = "mix sentences"
    says: str = (
        f"sentences of two or three items in a random order: of {MIXED} mixtures the one of which the "
        "student is least sure"
    )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One mixture for each proposal; its first item counts as what it was made from."""
        del asked
        rows: list[int] = []

        def mixed(rng: np.random.Generator) -> tuple[str, ...]:
            row = int(ground.starts[int(rng.integers(len(ground.starts)))])
            others = rng.integers(len(ground.pool), size=int(rng.integers(1, 3))).tolist()
            rows.append(row)
            parts = list(ground.pool.parts[row])
            for place in ground.domain.changeable:
                found = [
                    sentence.strip()
                    for one in (row, *others)
                    for sentence in SENTENCE.findall(ground.pool.parts[one][place])
                    if sentence.strip()
                ]
                order = rng.permutation(len(found))[: max(1, round(2 * len(found) / 3))]
                parts[place] = " ".join(found[i] for i in order.tolist())
            return tuple(parts)

        inputs = _made(ground, self.name, start, many, mixed)
        origin = torch.tensor(rows, dtype=torch.int64)
        inputs = ground.domain.project(inputs, ground.pool[origin])
        best = _least_sure(ground, inputs, many)
        return Proposals.plain(inputs[best], origin[best])


@dataclass(frozen=True, eq=False)
class GrammarTexts:
    """Texts of a grammar, as they come or those of which the student is least sure.

    Attributes:
        grammar: by which they are made.
        unsure: whether of several the one is taken of which the student is least sure.
    """

    grammar: TextGrammar = field(repr=False)
    unsure: bool

    @property
    def name(self) -> str:
        """Of the generator."""
        return "grammar unsure" if self.unsure else "grammar"

    @property
    def says(self) -> str:
        """One sentence."""
        how = (
            f"of {MIXED} the one of which the student is least sure"
            if self.unsure
            else "as they come"
        )
        return (
            f"texts of the grammar {self.grammar.digest} ({len(self.grammar.rules)} rules), {how}"
        )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One text for each proposal; texts that are not valid are left out."""
        del asked

        def drawn(rng: np.random.Generator) -> tuple[str, ...]:
            return tuple(self.grammar.draw(rng) for _ in range(max(1, len(ground.domain.fields))))

        inputs = _made(ground, self.name, start, many, drawn)
        best = (
            _least_sure(ground, inputs, many)
            if self.unsure
            else torch.arange(0, len(inputs), MIXED)
        )
        chosen = inputs[best]
        valid = (~ground.domain.outside(chosen)).nonzero()[:, 0]
        return Proposals.plain(chosen[valid])


def _made(
    ground: SearchContext,
    role: str,
    start: int,
    many: int,
    make: Callable[[np.random.Generator], tuple[str, ...]],
) -> Texts:
    """``MIXED`` texts for each proposal, from its own stream."""
    streams = ground.streams(role, start, many).generators
    parts = [make(rng) for rng in streams for _ in range(MIXED)]
    found: Texts = ground.pool[:0].with_parts(parts)
    return found


def _least_sure(ground: SearchContext, inputs: Texts, many: int) -> Tensor:
    """``Int64[many]``: of each proposal's texts, the row of which the student is least sure."""
    top = logits_of(ground.student, inputs).softmax(1).topk(2, 1).values
    margin = (top[:, 0] - top[:, 1]).nan_to_num(1.0).reshape(many, MIXED)
    return margin.argmin(1) + MIXED * torch.arange(many)


def text_generators(ground: SearchContext, grammar: TextGrammar | None) -> list[Generator]:
    """All generators of texts; the plain data first."""
    kinds = {change.kind: applied(change) for change in FAULTS}
    moves = [
        AttackMoves(parse(word, pool=ground.pool[:1000]), word, kinds.get(_KIND_OF.get(word, word)))
        for word in ATTACKS
    ]
    turned = ("punctuation", "numbers", "degrees", "shorter", "order")
    found: list[Generator] = [
        Plain(),
        *moves,
        *(RandomEdits(one, False) for one in FAULTS if one.kind in turned),
        *(RandomEdits(one, True) for one in OTHERWISE),
        MixedSentences(),
    ]
    if grammar is not None:
        found += [GrammarTexts(grammar, False), GrammarTexts(grammar, True)]
    return found


GUIDED: Final = 24
"""Runs of each attack that holds the student's answer, around one item."""


@dataclass(frozen=True, eq=False)
class TextTurns:
    """What one item may be turned into while the student's answer holds, what changes most first.

    Attributes:
        ends: the texts, in the order of asking.
        row: of the item in the pool.
    """

    ends: Texts
    row: int
    name: str = "turn"
    says: str = (
        "the item with a negation, opposites, sentences of texts that the student answers otherwise, or "
        f"words left out ({GUIDED} runs each), the student's answer held; those that change most first"
    )

    @classmethod
    def plan(cls, ground: SearchContext) -> "TextTurns":
        """Run every attack that holds the answer; the teacher is not asked."""
        row = int(ground.starts[0])
        clean = ground.pool[torch.full((GUIDED,), row)]
        found: dict[object, None] = {}
        for word in ("splice", "negate", "opposites", "drop"):
            attack = parse(word, pool=ground.pool[:1000])
            ids = [f"{word}-{i}" for i in range(GUIDED)]
            rng = ItemRng.named(ground.seed, "search turns", ids)
            ends = attack(ground.student, clean, domain=ground.domain, rng=rng)
            ends = ground.domain.project(ends, clean)
            found |= dict.fromkeys(one for one in ends.rows if one != clean.rows[0])
        ends = Texts(tuple(found), clean.fields)  # type: ignore[arg-type]
        item = ground.pool[torch.full((len(ends),), row)]
        share = distances(ground.domain, ends, item)[:, 2]
        return cls(ends[share.argsort(descending=True, stable=True)], row)

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """The next of them."""
        del ground, asked
        ends = self.ends[start : start + many]
        return Proposals.plain(ends, torch.full((len(ends),), self.row))


def turns(ground: SearchContext) -> list[Generator]:
    """Generators around one item; the item itself first."""
    assert isinstance(ground.domain, TextDomain)  # noqa: S101 - of texts
    return [Plain(), TextTurns.plan(ground), *(RandomEdits(one, True) for one in FAULTS)]
