"""Students of texts: a module with its tokenizer, and models of transformers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from preceptor.core import InputError, Texts
from preceptor.core.extras import install
from preceptor.core.inputs import in_words
from preceptor.students.logits import Kind, check_classes, plain_decisions, read_outputs
from preceptor.students.vocabulary import Vocabulary

BATCH: Final = 32
"""Texts that a module gets at once: their tokens, padded to the longest, take memory."""

_UNNAMED: Final = "LABEL_"
"""How transformers calls classes that nobody named."""


class TokenizedStudent:
    """A torch module behind a tokenizer. Not differentiable: a text has no gradient.

    It can be taught all the same: gradients reach the module's weights while it is in training mode
    (``learns``). The module is used as it is and put into evaluation mode. Texts go to it in the order of their
    length, so that little is padded.

    Args:
        module: takes what the tokenizer gives and returns ``[batch, classes]`` logits (or
            probabilities), or something that holds them as ``logits``.
        tokenizer: from a list of texts to a tensor, or to a mapping of tensors that the module takes
            by name. Texts with fields come as a list of tuples.
        classes: the number of classes.
        kind: what the module gives.
        name: as it stands in the record; the module's class unless given.
        device: where the module computes; it is moved there.
        batch: how many texts it is given at a time.
        order: which output is label 0, label 1, ...; as they come unless given.

    Raises:
        InputError: fewer than two classes, or outputs of another form.
    """

    def __init__(
        self,
        module: nn.Module,
        tokenizer: Callable[[list[Any]], Any],
        *,
        classes: int,
        kind: Kind = "logits",
        name: str | None = None,
        device: str | torch.device = "cpu",
        batch: int = BATCH,
        order: Sequence[int] | None = None,
    ) -> None:
        self.name = name if name is not None else type(module).__name__
        self.classes = check_classes(classes, self.name)
        self.device = torch.device(device)
        self.was_training = any(part.training for part in module.modules())
        self.module = module.to(self.device).eval()
        self.tokenizer, self.kind, self.batch = tokenizer, kind, batch
        self.order = None if order is None else list(order)
        self.differentiable = False
        self.learns = True

    def __call__(self, inputs: Texts) -> Float[Tensor, "batch classes"]:
        """Logits, on the student's device.

        Raises:
            InputError: what came is no batch of texts, or outputs of another form.
        """
        if not isinstance(inputs, Texts):
            raise InputError(f"student {self.name!r} takes texts; got a {type(inputs).__name__}")
        if len(inputs) == 0:
            return torch.zeros(0, self.classes, device=self.device)
        length = torch.tensor([sum(map(len, parts)) for parts in inputs.parts])
        order = length.argsort(stable=True)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.module.training):
            read = [
                read_outputs(
                    self._run(list(inputs[rows])), len(rows), self.classes, self.kind, self.name
                )
                for rows in torch.split(order, self.batch)
            ]
            logits = torch.cat(read)[order.argsort().to(self.device)]
        return logits if self.order is None else logits[:, self.order]

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def _run(self, texts: list[Any]) -> object:
        tokens = self.tokenizer(texts)
        if isinstance(tokens, Mapping):
            named = {str(key): _there(value, self.device) for key, value in tokens.items()}
            said = self.module(**named)
        else:
            said = self.module(_there(tokens, self.device))
        return getattr(said, "logits", said)

    def __repr__(self) -> str:
        return f"TokenizedStudent({self.name!r}, classes={self.classes})"


def _there(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, Tensor) else value


class TransformersTokens:
    """A tokenizer of transformers as a function of a list of texts.

    Args:
        tokenizer: of transformers.
        longest: tokens at which texts are cut, as the model was made for; ``None`` for its own.
    """

    def __init__(self, tokenizer: Any, longest: int | None = None) -> None:
        self.tokenizer, self.longest = tokenizer, longest

    def __call__(self, texts: list[Any]) -> Any:
        options = {"padding": True, "truncation": True, "return_tensors": "pt"}
        if self.longest is not None:
            options["max_length"] = self.longest
        if texts and isinstance(texts[0], tuple):
            first, second = ([row[i] for row in texts] for i in (0, 1))
            return self.tokenizer(first, second, **options)
        return self.tokenizer(texts, **options)


def is_pipeline(thing: object) -> bool:
    """Whether something is a pipeline of transformers, with a model and a tokenizer."""
    return (
        type(thing).__module__.startswith("transformers")
        and isinstance(getattr(thing, "model", None), nn.Module)
        and getattr(thing, "tokenizer", None) is not None
    )


def of_transformers(
    model: Any,
    tokenizer: Any,
    *,
    name: str,
    said: Vocabulary,
    classes: int | None,
    device: str | torch.device,
    batch: int | None,
) -> TokenizedStudent:
    """A sequence classifier of transformers with its tokenizer.

    Its own names of the classes, if it has any, are looked up among the labels'.

    Raises:
        InputError: it is no classifier, or has other classes.
    """
    config = getattr(model, "config", None)
    many = int(getattr(config, "num_labels", 0) or 0)
    if many < 2:
        raise InputError(
            f"student {name!r} has {many} labels: expected a model for sequence classification"
        )
    names = getattr(config, "id2label", None) or {}
    own = [str(names.get(i, f"{_UNNAMED}{i}")) for i in range(many)]
    order = None
    if not all(one == f"{_UNNAMED}{i}" for i, one in enumerate(own)) and (
        said.labels or said.names
    ):
        labels = said.read(own, name, classes)
        order = [labels.index(i) for i in range(many)] if sorted(labels) == [*range(many)] else None
    longest = getattr(config, "max_position_embeddings", None)
    own_longest = getattr(tokenizer, "model_max_length", None)
    limits = [one for one in (longest, own_longest) if isinstance(one, int) and 0 < one < 10**6]
    return TokenizedStudent(
        model,
        TransformersTokens(tokenizer, min(limits) if limits else None),
        classes=many,
        name=name,
        device=device,
        batch=batch or BATCH,
        order=order,
    )


def load_transformers(
    folder: Path,
    *,
    said: Vocabulary,
    classes: int | None,
    device: str | torch.device,
    batch: int | None,
    trust_pickle: bool,
) -> TokenizedStudent:
    """A model folder of transformers on disk: ``config.json``, weights and a tokenizer.

    Nothing is downloaded and no code of the folder runs; weights are read from ``.safetensors``.

    Raises:
        InputError: transformers is not installed, or the folder cannot be read.
    """
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as error:
        raise InputError(
            f"{folder} looks like a model of transformers, which is not installed: "
            + install("transformers")
        ) from error
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **options)
        model = AutoModelForSequenceClassification.from_pretrained(
            str(folder), **options, **({} if trust_pickle else {"use_safetensors": True})
        )
    except Exception as error:  # foreign code and files
        raise InputError(
            f"{folder} cannot be loaded as a classifier of transformers: {type(error).__name__}: "
            f"{error}. It needs config.json, model.safetensors (other weights can run code when "
            "loaded: --trust-pickle) and the tokenizer's files"
        ) from error
    return of_transformers(
        model,
        tokenizer,
        name=folder.name,
        said=said,
        classes=classes,
        device=device,
        batch=batch,
    )


def takes_numbers(inputs: Texts, who: str) -> InputError:
    """What to raise where a student of numbers is given texts."""
    return InputError(
        f"student {who!r} takes tensors; got {in_words(inputs)}. Give the module with its "
        "tokenizer: preceptor.students.TokenizedStudent(module, tokenizer, classes=...)"
    )
