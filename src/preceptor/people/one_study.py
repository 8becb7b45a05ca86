"""A study, and inputs as it files them."""

from dataclasses import dataclass

import torch

from preceptor.core import InputError, Inputs, Texts
from preceptor.core.inputs import form, pack
from preceptor.ledger import input_keys
from preceptor.people.settings import Settings
from preceptor.people.study_questions import Filing
from preceptor.people.text_settings import need_readable


@dataclass(frozen=True)
class Study:
    """A study: its number, its name and its settings as they are now.

    The number is 0 while nobody was asked anything, of a study that an audit plans.
    """

    number: int
    name: str
    settings: Settings


def filings_of(study: Study, inputs: Inputs) -> list[Filing]:
    """Inputs as they are filed.

    Raises:
        InputError: inputs of another shape or kind than the study's, not finite, or too long to be read.
    """
    if study.settings.is_text != isinstance(inputs, Texts):
        kinds = ("arrays of numbers", "texts")
        raise InputError(
            f"the study {study.name!r} is about {kinds[study.settings.is_text]}; got "
            f"{kinds[not study.settings.is_text]}. Give other inputs another study: human:ANOTHER-NAME"
        )
    if isinstance(inputs, Texts):
        need_readable(inputs, tuple(study.settings.domain["fields"]), study.name)
        return _filed(inputs)
    shape = study.settings.shape
    if tuple(inputs.shape[1:]) != shape:
        raise InputError(
            f"the study {study.name!r} is about inputs of shape {shape}; got "
            f"{tuple(inputs.shape[1:])}. Give other inputs another study: human:ANOTHER-NAME"
        )
    plain = inputs.detach().to("cpu", torch.float32).contiguous()
    if not bool(torch.isfinite(plain).all()):
        raise InputError("inputs that are not finite cannot be shown to people")
    return _filed(plain)


def _filed(inputs: Inputs) -> list[Filing]:
    dtype, shape = form(inputs)
    rows = zip(input_keys(inputs), pack(inputs), strict=True)
    return [Filing(key, dtype, shape, bytes(data)) for key, data in rows]
