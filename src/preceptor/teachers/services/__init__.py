"""Teachers that are services: language models, and whatever else answers over HTTP.

``endpoint`` puts one question over the wire and never shows the key; ``kept_replies`` has every reply
on disk before it is read; ``llm`` and ``http_teacher`` are the teachers; ``look_back`` says what came
of them all.
"""

from preceptor.teachers.services.answer_form import AnswerForm
from preceptor.teachers.services.completions import Decoding
from preceptor.teachers.services.endpoint import Endpoint
from preceptor.teachers.services.http_teacher import HTTPTeacher
from preceptor.teachers.services.kept_replies import KeptReplies
from preceptor.teachers.services.label_words import LabelWords
from preceptor.teachers.services.llm import LLM
from preceptor.teachers.services.look_back import LookBack, look_back
from preceptor.teachers.services.prompts import Prompt, PromptExample
from preceptor.teachers.services.service_role import (
    ExpectedPrice,
    SaidOfInput,
    ServiceTeacher,
    about_domain,
    keeping_replies,
    services_in,
)
from preceptor.teachers.services.shown_inputs import Show
from preceptor.teachers.services.token_prices import TokenPrices

__all__ = [
    "LLM",
    "AnswerForm",
    "Decoding",
    "Endpoint",
    "ExpectedPrice",
    "HTTPTeacher",
    "KeptReplies",
    "LabelWords",
    "LookBack",
    "Prompt",
    "PromptExample",
    "SaidOfInput",
    "ServiceTeacher",
    "Show",
    "TokenPrices",
    "about_domain",
    "keeping_replies",
    "look_back",
    "services_in",
]
