"""The strategies for texts by name: what the command line reads where the data are texts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from preceptor import attacks
from preceptor.core import InputError, Texts
from preceptor.lessons import Lesson, TextInvariances, load
from preceptor.lessons.invariances import Hold, Search
from preceptor.lessons.texts.relevant_words import MarkWay
from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.catalogue_types import Setting, StrategyEntry
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.strategy_catalogue import STRATEGIES
from preceptor.strategies.told_in_files import marks_told, pairs_told, words_told, written_told
from preceptor.strategies.volunteered import Says, TutorStrategy
from preceptor.transforms.texts import (
    Mistyped,
    OtherNames,
    OtherNumbers,
    Padded,
    Recased,
    Repunctuated,
    Resembling,
    Respaced,
    TextTransform,
    Unseen,
)

REVISED_BY: Final = ("words", "negate", "opposites", "splice")
"""The attacks by which a student revises texts itself unless others are named."""

DECLARABLE_TEXTS: Final[Mapping[str, Callable[[float], TextTransform]]] = {
    "names": lambda _: OtherNames(),
    "numbers": lambda _: OtherNumbers(),
    "typos": Mistyped,
    "case": Recased,
    "spacing": Respaced,
    "lookalikes": Resembling,
    "invisible": Unseen,
    "punctuation": lambda _: Repunctuated(),
    "filler": lambda _: Padded(),
}
"""Changes of texts by what is declared of them: a share of the words, or 1 where there is none."""


def declared_texts(ranges: Mapping[str, float | None]) -> tuple[TextTransform, ...]:
    """The changes whose range is given.

    Raises:
        InputError: none is given.
    """
    given = {kind: size for kind, size in ranges.items() if size is not None}
    if not given:
        raise InputError(
            f"no change is declared; give at least one of {', '.join(DECLARABLE_TEXTS)} with the share of "
            "the words, for example typos=0.2, or names=1"
        )
    return tuple(make(given[kind]) for kind, make in DECLARABLE_TEXTS.items() if kind in given)


def _invariance(
    at: Setting, hold: Hold = "label", search: Search = "random", **ranges: float | None
) -> Strategy:
    texts, domain = at.texts, at.domain
    changes = declared_texts(ranges)
    lesson = TextInvariances(texts, domain, changes, at.labels, hold, search)
    return TutorStrategy(Says(lesson), "invariance " + ", ".join(one.name for one in changes))


def _guessed(at: Setting, **ranges: float | None) -> Strategy:
    texts, domain = at.texts, at.domain
    changes = declared_texts(ranges)
    lesson = TextInvariances(texts, domain, changes, at.labels, assumed=True)
    return TutorStrategy(Says(lesson), "guessed " + ", ".join(one.kind for one in changes))


def _revisions(at: Setting, by: tuple[str, ...] = REVISED_BY, doubt: float = 0.1) -> Strategy:
    texts, domain = at.texts, at.domain
    made = tuple(attacks.parse(name, pool=texts) for name in by)
    return AdversarialQueries(texts, domain, made, at.teacher, doubt)


def _pairs(at: Setting, file: str, cost: float = 0.0) -> Strategy:
    return _says(at, pairs_told(file, at.teacher.classes, at.names, cost), "pairs", file)


def _marks(at: Setting, file: str, way: MarkWay = "exchange", cost: float = 0.0) -> Strategy:
    return _says(at, marks_told(file, at.teacher.classes, at.names, way, cost), "marks", file)


def _words(at: Setting, file: str, raters: int = 1, bag: int = 1, cost: float = 0.0) -> Strategy:
    lesson = words_told(file, at.teacher.classes, at.names, raters, bag, cost)
    return _says(at, lesson, "words", file)


def _written(at: Setting, file: str, cost: float = 0.0) -> Strategy:
    return _says(at, written_told(file, at.teacher.classes, at.names, cost), "written", file)


def _says(at: Setting, lesson: Lesson, what: str, file: str) -> Strategy:
    texts = at.texts
    if texts.fields:
        raise InputError(
            f"{what}: such a table holds one text a row, and the inputs have the fields "
            f"{', '.join(texts.fields)}; make the lesson in Python, save it with "
            "preceptor.lessons.save, and name it as lesson:file=..."
        )
    return TutorStrategy(Says(lesson), f"{what} {Path(file).name}")


def lesson_in(at: Setting, file: str) -> Strategy:
    """A lesson that was saved; a program in a file is not run."""
    lesson = load(file)
    told = [value for value in vars(lesson).values() if isinstance(value, Texts)]
    if any(one.fields != at.inputs.fields for one in told if isinstance(at.inputs, Texts)):
        raise InputError(f"the lesson in {file} is about texts with other fields than the data's")
    if bool(told) != isinstance(at.inputs, Texts):
        raise InputError(
            f"the lesson in {file} is about {'texts' if told else 'numbers'}, and the data are "
            f"{'numbers' if told else 'texts'}"
        )
    return TutorStrategy(Says(lesson), f"lesson {Path(file).name}")


_SAME: Final = ("passive", "pool-uncertainty", "core-set", "badge", "committee", "told", "desk")

TEXT_STRATEGIES: Final[dict[str, StrategyEntry]] = {
    **{name: STRATEGIES[name] for name in _SAME},
    "corrective": STRATEGIES["corrective"],
    "revisions": StrategyEntry(
        _revisions,
        "texts that the student revised itself: turned for itself, or held while they turn",
        "revisions:by=words/negate/opposites",
        adaptive=True,
    ),
    "invariance": StrategyEntry(
        _invariance,
        "you, for the teacher, declare that these changes leave its answer alone; shares of the words",
        "invariance:names=1,numbers=1,typos=0.2",
        names=tuple(DECLARABLE_TEXTS),
        once=True,
    ),
    "guessed": StrategyEntry(
        _guessed,
        "the same changes, believed harmless; asks nobody",
        "guessed:names=1,case=0.5",
        names=tuple(DECLARABLE_TEXTS),
        once=True,
    ),
    "pairs": StrategyEntry(
        _pairs,
        "texts and their revisions by people: columns text, label, revised, revised_label",
        "pairs:file=pairs.csv",
        once=True,
    ),
    "marks": StrategyEntry(
        _marks,
        "words that people marked as what matters: columns text, spans (4-9 17-24), label",
        "marks:file=marks.csv,way=drop",
        once=True,
    ),
    "words": StrategyEntry(
        _words,
        "words with the side on which people put them: columns word, label",
        "words:file=words.csv,raters=10",
        once=True,
    ),
    "written": StrategyEntry(
        _written,
        "texts that people wrote or picked out: columns text, label",
        "written:file=written.csv",
        once=True,
    ),
    "lesson": StrategyEntry(
        lesson_in,
        "a lesson that preceptor.lessons.save wrote",
        "lesson:file=lesson.safetensors",
        once=True,
    ),
}
"""Those that take texts."""
