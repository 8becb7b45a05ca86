"""Training and evaluation mode of a user's modules: as they were, once preceptor is done with them."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from preceptor.core import Trainable


@contextmanager
def modes_kept(*things: object) -> Iterator[None]:
    """Put every part of the modules back into the mode in which it came, whatever happens.

    Args:
        things: modules, students or teachers of modules, or anything else, which is left alone.
    """
    modules = [module for module in map(_module, things) if module is not None]
    modes = [(part, part.training) for module in modules for part in module.modules()]
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _module(thing: object) -> nn.Module | None:
    if isinstance(thing, nn.Module):
        return thing
    return thing.module if isinstance(thing, Trainable) and not isinstance(thing, type) else None
