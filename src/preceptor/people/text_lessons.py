"""What people taught on texts, as lessons: losses with a price. Seconds at the page are the cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Texts
from preceptor.lessons import Examples, RelevantWords, TextInvariances, TextPairs
from preceptor.lessons.invariances import Hold
from preceptor.lessons.texts.relevant_words import MarkWay, WordSpan
from preceptor.people.database import Session
from preceptor.people.declared_texts import text_change_of
from preceptor.people.form_checks import many_questions
from preceptor.people.studies import Studies, Study
from preceptor.people.taught_items import TaughtItem
from preceptor.people.text_forms import text_of
from preceptor.people.text_settings import text_domain_of
from preceptor.transforms.texts import TextTransform
from preceptor.transforms.texts.text_transform import free_words

USUAL = "resample"
"""The way of lessons on numbers unless another is given; on texts it means the usual one too."""


@dataclass(frozen=True, eq=False)
class TextMaking:
    """Lessons on texts under way.

    Attributes:
        studies: where the study is kept.
        study: the study.
        inputs: the texts on which what holds for every text is obeyed.
        labels: ``Int64[texts]``, uncertain ones among them; ``None`` where there are none.
        way: what is done to the words that were not marked.
    """

    studies: Studies
    study: Study
    inputs: Texts
    labels: Int64[Tensor, " texts"] | None
    way: str = USUAL

    def all(self, found: Sequence[TaughtItem]) -> list[Any]:
        """Lessons of what was taught: one of all marked words, of all pairs and of all texts that
        people wrote, and one of each change that they declared.

        Raises:
            InputError: a way that texts do not have.
        """
        lessons: list[Any] = [self._invariance(one) for one in found if one.kind == "invariance"]
        by_kind = {
            kind: [one for one in found if one.kind == kind]
            for kind in ("words", "pair", "example")
        }
        with self.studies.database.read() as db:
            if by_kind["words"]:
                lessons += self._words(db, by_kind["words"])
            if by_kind["pair"]:
                lessons.append(self._pairs(db, by_kind["pair"]))
        if by_kind["example"]:
            lessons.append(self._examples(by_kind["example"]))
        return lessons

    @property
    def _classes(self) -> int:
        return len(self.study.settings.classes)

    def _texts(self, parts: Sequence[tuple[str, ...]]) -> Texts:
        fields = tuple(self.study.settings.domain["fields"])
        return Texts(tuple(parts) if fields else tuple(one for (one,) in parts), fields)

    def _words(self, db: Session, found: Sequence[TaughtItem]) -> list[RelevantWords]:
        """With the answer that the person gave to the text where they gave one; else to hold the
        student to its own.
        """
        if self.way != USUAL and self.way not in get_args(MarkWay):
            raise InputError(
                f"way={self.way}: words that matter are taught on texts by "
                f"{' or '.join(get_args(MarkWay))}"
            )
        way: MarkWay = "drop" if self.way == "drop" else "exchange"
        said = [_answer(db, self.study, one) for one in found]
        lessons = []
        for labelled in (True, False):
            some = [i for i, label in enumerate(said) if (label is not None) == labelled]
            if not some:
                continue
            parts = [text_of(db, self.study, found[i].body["input"]) for i in some]
            marks = [spans_that_matter(found[i].body, p) for i, p in zip(some, parts, strict=True)]
            labels = torch.tensor([said[i] for i in some]) if labelled else None
            cost = sum(found[i].seconds for i in some)
            made = RelevantWords(
                self._texts(parts), tuple(marks), labels, self._classes, way, cost=cost
            )
            lessons.append(made)
        return lessons

    def _pairs(self, db: Session, found: Sequence[TaughtItem]) -> TextPairs:
        first = self._texts([text_of(db, self.study, one.body["input"]) for one in found])
        second = self._texts([tuple(one.body["changed"]) for one in found])
        before, after = (
            torch.tensor([one.body[name] for one in found]) for name in ("before", "after")
        )
        pool = many_questions(db, self.study)
        cost = sum(one.seconds for one in found)
        return TextPairs(first, second, before, after, self._classes, pool, cost)

    def _examples(self, found: Sequence[TaughtItem]) -> Examples:
        made = self._texts([tuple(one.body["made"]) for one in found])
        labels = torch.tensor([one.body["label"] for one in found])
        return Examples(made, labels, self._classes, "volunteered", sum(o.seconds for o in found))

    def _invariance(self, one: TaughtItem) -> TextInvariances:
        groups = tuple(tuple(group) for group in one.body.get("groups", ()))
        change = text_change_of(one.body["change"], one.body["range"], groups)
        hold: Hold = "answer" if self.labels is None else "label"
        domain = text_domain_of(self.study.settings.domain)
        return TextInvariances(self.inputs, domain, (change,), self.labels, hold, cost=one.seconds)


def pair_bits(db: Session, study: Study, was: tuple[str, ...], new: tuple[str, ...]) -> float:
    """What a revision costs in bits; see :class:`preceptor.lessons.TextPairs`."""
    fields = tuple(study.settings.domain["fields"])
    first, second = (Texts((parts if fields else parts[0],), fields) for parts in (was, new))
    label = torch.zeros(1, dtype=torch.long)
    pool = many_questions(db, study)
    return TextPairs(first, second, label, label, len(study.settings.classes), pool).price.bits


def example_bits(study: Study, made: tuple[str, ...]) -> float:
    """What a text of somebody's own costs in bits; see :class:`preceptor.lessons.Examples`."""
    fields = tuple(study.settings.domain["fields"])
    text = Texts((made if fields else made[0],), fields)
    label = torch.zeros(1, dtype=torch.long)
    return Examples(text, label, len(study.settings.classes), "volunteered").price.bits


def declaration_bits(study: Study, change: TextTransform) -> float:
    """What a declared change costs in bits; see :class:`preceptor.lessons.TextInvariances`."""
    domain = text_domain_of(study.settings.domain)
    empty = Texts((("",) * len(domain.fields) if domain.fields else "",), domain.fields)
    return TextInvariances(empty, domain, (change,), hold="answer").price.bits


def spans_that_matter(body: dict[str, Any], parts: Sequence[str]) -> tuple[WordSpan, ...]:
    """The marked words, or, where those were marked that do not matter, all others."""
    spans = [(part, start, end) for part, start, end in body["spans"]]
    if body["painted"] == "matters":
        return tuple(spans)
    others = []
    for place, text in enumerate(parts):
        here = [(a, b) for part, a, b in spans if part == place]
        others += [
            (place, word.start, word.end)
            for word in free_words(text)
            if not any(a < word.end and word.start < b for a, b in here)
        ]
    return tuple(others)


def _answer(db: Session, study: Study, one: TaughtItem) -> int | None:
    """What a person said of the input on which they taught; ``None`` if they did not, or took it back."""
    row = db.one(
        "SELECT a.label FROM desk_answers a JOIN desk_questions q ON q.id = a.question "
        "WHERE q.study = :study AND q.input = :key AND a.person = :person AND a.kind = 'ask' "
        "AND (a.label IS NULL OR a.label < :classes) ORDER BY a.id DESC LIMIT 1",
        study=study.number,
        key=one.body["input"],
        person=one.person,
        classes=len(study.settings.classes),
    )
    label = None if row is None else row[0]
    return None if label is None or label == UNCERTAIN else int(label)
