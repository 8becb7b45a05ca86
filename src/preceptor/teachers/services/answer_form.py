"""What is sent to a service of any kind, and where in what it sends back the answer stands."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from preceptor.core import UNCERTAIN, InputError
from preceptor.teachers.services.endpoint import NoAnswerError
from preceptor.teachers.services.shown_inputs import SentInput

_PLACE: Final = re.compile(r"\{(?:input|text|image)\}")


@dataclass(frozen=True)
class AnswerForm:
    """Where in what a service sends the answer stands.

    Attributes:
        label: path to the label, names joined by dots, numbers for places in lists: ``result.0.label``.
        scores: path to beliefs, by label or in the order of the labels; empty for none.
        score: path to the belief in the label; empty for none.
        threshold: from which belief on it is certain.
        uncertain: labels that mean *cannot tell*; ``null`` always does.
        cost: path to what the answer cost; empty for none.
        model: path to the version that answered, as the service says; empty for none.
        price: what each answer costs, where ``cost`` is not said.
        unit: of cost.

    Raises:
        InputError: neither label nor scores, or a number out of range.
    """

    label: str = ""
    scores: str = ""
    score: str = ""
    threshold: float = 0.8
    uncertain: tuple[str, ...] = ("uncertain", "cannot tell", "unknown")
    cost: str = ""
    model: str = ""
    price: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.label and not self.scores:
            raise InputError(
                '[answer] needs label = "PATH" or scores = "PATH": where in the answer these stand, such '
                'as "result.0.label"'
            )
        if not 0 < self.threshold <= 1 or not 0 <= self.price < math.inf:
            raise InputError(
                f"[answer] threshold = {self.threshold}, price = {self.price}: expected a share above 0, "
                "and a number of at least 0"
            )

    def shares(self, answer: Any, labels: Sequence[Sequence[str]]) -> np.ndarray:
        """``Float[labels + 1]``, the belief in each label and last in *cannot tell*.

        Args:
            answer: what a service sent.
            labels: what it calls each.

        Raises:
            NoAnswerError: it has not the form that was stated.
        """
        found = np.zeros(len(labels) + 1)
        if self.scores:
            told = self._beliefs(found_at(answer, self.scores), labels)
            found[:-1], found[-1] = told, max(0.0, 1.0 - told.sum())
            return found
        label = self._label(found_at(answer, self.label), labels)
        belief = number_at(answer, self.score) if self.score else 1.0
        if belief > 1:
            raise NoAnswerError(f"{self.score} is {belief:g}; expected a share, 0 to 1")
        found[label] = belief
        found[-1] += 1 - belief
        return found

    def _label(self, said: object, labels: Sequence[Sequence[str]]) -> int:
        text = str(said).strip()
        for label, words in enumerate(labels):
            if text in words:
                return label
        if said is None or text.casefold() in {one.casefold() for one in self.uncertain}:
            return UNCERTAIN
        known = ", ".join(word for words in labels for word in words)
        raise NoAnswerError(f"{self.label} is {text[:60]!r}, which is no label; known: {known}")

    def _beliefs(self, given: object, labels: Sequence[Sequence[str]]) -> np.ndarray:
        path = self.scores
        if isinstance(given, dict):
            named = [[word for word in words if word in given] for words in labels]
            if not any(named):
                raise NoAnswerError(
                    f"{path} names none of the labels: {', '.join(map(str, given))}"
                )
            found = [sum(_number(given[word], path) for word in words) for words in named]
        elif isinstance(given, list) and len(given) == len(labels):
            found = [_number(one, path) for one in given]
        else:
            raise NoAnswerError(f"{path} holds no belief in each of {len(labels)} labels")
        if sum(found) > 1.001:
            raise NoAnswerError(
                f"the beliefs at {path} add up to {sum(found):g}; expected at most 1"
            )
        return np.array(found, dtype=np.float64)


def filled(body: Any, shown: SentInput) -> Any:
    """A body with the input in its places, in one pass: what an input holds is no place."""
    if isinstance(body, dict):
        return {name: filled(value, shown) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, shown) for value in body]
    if body == "{row}":
        return dict(shown.row)
    if isinstance(body, str):
        held = {"{input}": shown.text or shown.image, "{text}": shown.text, "{image}": shown.image}
        return _PLACE.sub(lambda found: held[found[0]], body)
    return body


def places_in(body: Any) -> set[str]:
    """The places for the input that a body holds, and ``{row}`` in the midst of a text as it stands."""
    if isinstance(body, dict | list):
        parts = body.values() if isinstance(body, dict) else body
        return {place for part in parts for place in places_in(part)}
    if not isinstance(body, str):
        return set()
    if "{row}" in body:
        return {"{row}" if body == "{row}" else body}
    return set(_PLACE.findall(body))


def shows(places: set[str], shown: SentInput) -> bool:
    """Whether anything of an input of this kind stands in one of the places."""
    kinds = {"{input}": True, "{text}": not shown.image, "{image}": bool(shown.image)}
    return any(kinds.get(place, bool(shown.row)) for place in places)


def found_at(answer: Any, path: str) -> Any:
    """What stands at a path.

    Raises:
        NoAnswerError: nothing.
    """
    here = answer
    for name in path.split("."):
        try:
            here = here[int(name)] if isinstance(here, list) else here[name]
        except (KeyError, IndexError, TypeError, ValueError):
            raise NoAnswerError(f"the answer holds nothing at {path!r}") from None
    return here


def number_at(answer: Any, path: str) -> float:
    """The number that stands at a path.

    Raises:
        NoAnswerError: there is none, or it is below 0.
    """
    return _number(found_at(answer, path), path)


def _number(said: object, path: str) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < math.inf:
        raise NoAnswerError(f"{path} is {str(said)[:60]!r}; expected a number of at least 0")
    return float(said)
