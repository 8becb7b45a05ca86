"""Strategies as they are written on the command line: ``name:option=value,option=value``."""

from preceptor.core import InputError, Texts
from preceptor.core.specs import choose, take_apart
from preceptor.strategies.catalogue_types import WORD, ParsedEntry, Setting
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.strategy_catalogue import STRATEGIES
from preceptor.strategies.text_catalogue import TEXT_STRATEGIES


def parse(spec: str, setting: Setting) -> Strategy:
    """The strategy that a specification such as ``adversarial:eps=0.2`` names.

    Args:
        spec: ``name``, ``name:option=value,option=value`` or ``told:NAME``; several joined by
            `` + `` speak one after the other.
        setting: what there is to make it of.

    Raises:
        InputError: an unknown name or option, or a value that cannot be read. Says what exists.
    """
    texts = isinstance(setting.inputs, Texts)
    made = tuple(chosen(part, texts=texts).make(setting) for part in split(spec))
    return made[0] if len(made) == 1 else StrategySequence(made)


def split(spec: str) -> list[str]:
    """The specifications that are joined by a plus."""
    return [part.strip() for part in spec.split(" + ")]


def chosen(spec: str, *, texts: bool = False) -> ParsedEntry:
    """The entry that one specification names, and what it says of its options.

    Args:
        spec: one specification.
        texts: whether it is for texts.

    Raises:
        InputError: see :func:`parse`.
    """
    name = spec.partition(":")[0].strip()
    known, others = (TEXT_STRATEGIES, STRATEGIES) if texts else (STRATEGIES, TEXT_STRATEGIES)
    if name in others and name not in known:
        kinds = ("arrays of numbers", "texts")
        takes, have = kinds[::-1] if others is TEXT_STRATEGIES else kinds
        raise InputError(
            f"strategy {name!r} takes {takes}, and these inputs are {have}. There are: "
            f"{', '.join(known)}."
        )
    entry = choose(name, known, "strategy")
    said = take_apart(spec, "strategy", example=entry.example)
    if WORD not in entry.given:
        said = said.no_words()
    elif len(said.words) != 1:
        raise said.wrong("it lacks a name" if not said.words else f"{said.words[1]!r} is no option")
    return ParsedEntry(entry, said.read(entry.options, others=entry.names is None), *said.words)
