"""Strategies as they are written on the command line: ``name:option=value,option=value``."""

from preceptor.core.specs import choose, take_apart
from preceptor.strategies.catalogue_types import WORD, ParsedEntry, Setting
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.strategy_catalogue import STRATEGIES


def parse(spec: str, setting: Setting) -> Strategy:
    """The strategy that a specification such as ``adversarial:eps=0.2`` names.

    Args:
        spec: ``name``, ``name:option=value,option=value`` or ``told:NAME``; several joined by
            `` + `` speak one after the other.
        setting: what there is to make it of.

    Raises:
        InputError: an unknown name or option, or a value that cannot be read. Says what exists.
    """
    made = tuple(chosen(part).make(setting) for part in split(spec))
    return made[0] if len(made) == 1 else StrategySequence(made)


def split(spec: str) -> list[str]:
    """The specifications that are joined by a plus."""
    return [part.strip() for part in spec.split(" + ")]


def chosen(spec: str) -> ParsedEntry:
    """The entry that one specification names, and what it says of its options.

    Raises:
        InputError: see :func:`parse`.
    """
    name = spec.partition(":")[0].strip()
    entry = choose(name, STRATEGIES, "strategy")
    said = take_apart(spec, "strategy", example=entry.example)
    if WORD not in entry.given:
        said = said.no_words()
    elif len(said.words) != 1:
        raise said.wrong("it lacks a name" if not said.words else f"{said.words[1]!r} is no option")
    return ParsedEntry(entry, said.read(entry.options, others=entry.names is None), *said.words)
