"""Which of an ONNX file's outputs are scores and which are labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preceptor.core import Finding, InputError
from preceptor.students.logits import Kind
from preceptor.students.onnx_reading import (
    AGREED,
    FLOATS,
    Form,
    Output,
    Reading,
    agreement,
    labels_of,
    order_of,
    readings,
)
from preceptor.students.vocabulary import Vocabulary


def outputs_of(session: Any, wanted: str | None, who: str) -> tuple[Output, ...]:
    """The outputs that a file states, in its order.

    Raises:
        InputError: the wanted one is not among them.
    """
    found = tuple(
        Output(one.name, one.type, tuple(one.shape or ()), _form(one.type))
        for one in session.get_outputs()
    )
    if wanted is not None and all(one.name != wanted for one in found):
        raise InputError(
            f"{who} has no output {wanted!r}; it has "
            f"{', '.join(f'{one.name}: {one.type}' for one in found)}"
        )
    return found


def _form(kind: str) -> Form:
    if kind in FLOATS:
        return "floats"
    if kind.startswith("seq(map(") and "float" in kind:
        return "maps"
    if kind == "tensor(string)" or kind.startswith(("tensor(int", "tensor(uint", "tensor(bool")):
        return "labels"
    return "other"


def stated_classes(
    outputs: Sequence[Output], wanted: str | None, tried: Mapping[str, np.ndarray] | None
) -> int | None:
    """How many classes the scores have, if there is one output of scores."""
    scores = [o for o in outputs if o.form in ("floats", "maps") and wanted in (None, o.name)]
    if len(scores) != 1:
        return None
    shape = scores[0].shape
    if len(shape) == 2 and isinstance(shape[1], int) and shape[1] > 1:
        return int(shape[1])
    if tried is None:
        return None
    values = tried[scores[0].name]
    return 2 if values.ndim == 1 or values.shape[1:] == (1,) else int(values.shape[1])


def choose(
    outputs: Sequence[Output],
    tried: Mapping[str, np.ndarray] | None,
    classes: int,
    wanted: str | None,
    kind: Kind | None,
    vocabulary: Vocabulary,
    who: str,
) -> tuple[Reading, tuple[Finding, ...]]:
    """How to read a file, and what its user should know of that.

    Args:
        outputs: what the file states.
        tried: what it gave for some inputs, by the outputs' names, if it could be tried.
        classes: how many there are.
        wanted: the name of the output that the user means.
        kind: what the user says that it gives.
        vocabulary: what its labels stand for.
        who: the student's name, for messages.

    Raises:
        InputError: it cannot be told; says what there is and how to choose.
    """
    scores = [o for o in outputs if o.form in ("floats", "maps")]
    labels = [o for o in outputs if o.form == "labels" and _one_each(o, tried)]
    if wanted is not None:
        scores = [o for o in scores if o.name == wanted]
        labels = [o for o in labels if o.name == wanted]
    elif kind == "labels":
        scores = []
    if not scores and not labels:
        raise InputError(
            f"{who} gives {_listed(outputs)}; expected {wanted or 'an output'} of floating numbers, "
            "or of one label for each input"
        )
    if len(labels) > 1:
        raise InputError(_which(who, labels, "several outputs that may be its labels"))
    fitting = [o for o in scores if _fits(o, tried, classes)]
    if not labels:
        return _of_scores(fitting or scores, scores, tried, who)
    return _with_labels(labels[0], scores, tried, classes, vocabulary, who)


def _of_scores(
    fitting: Sequence[Output],
    scores: Sequence[Output],
    tried: Mapping[str, np.ndarray] | None,
    who: str,
) -> tuple[Reading, tuple[Finding, ...]]:
    """Scores alone: the one output that fits, or the first of several that always agree."""
    if len(fitting) > 1:
        tops = [] if tried is None else [_top(tried[o.name]) for o in fitting]
        if not tops or any(not np.array_equal(top, tops[0]) for top in tops[1:]):
            raise InputError(_which(who, fitting, "several outputs that may be its scores"))
    if len(scores) == 1:
        return Reading(fitting[0], None), ()
    rest = ", ".join(o.name for o in scores if o is not fitting[0])
    note = Finding(
        "one-of-several-outputs",
        "note",
        f"student {who!r} has several outputs: {fitting[0].name!r} is read ({rest} not).",
        f"Name another one behind the file: {who}:output=NAME (in Python, output='NAME').",
    )
    return Reading(fitting[0], None), (note,)


def _with_labels(
    label: Output,
    scores: Sequence[Output],
    tried: Mapping[str, np.ndarray] | None,
    classes: int,
    vocabulary: Vocabulary,
    who: str,
) -> tuple[Reading, tuple[Finding, ...]]:
    """Labels decide; scores are read in the way in which they agree best with them, if any do."""
    if tried is None or not scores:
        return Reading(None, label), ()
    many = len(tried[label.name])
    said = labels_of(tried[label.name], many, classes, vocabulary, who).numpy()
    order = order_of(vocabulary, tried[label.name], classes)
    ways = [way for one in scores for way in readings(one, label, tried[one.name], classes, order)]
    shares = [agreement(way, tried, said, classes) for way in ways]
    best = max(range(len(ways)), key=shares.__getitem__, default=None)
    if best is not None and shares[best] >= AGREED:
        return ways[best], _remarks(ways[best], shares[best], many, who)
    told = f"{who}:output={label.name}"
    if "label" not in label.name.lower():
        raise InputError(
            f"{who} gives {_listed([label, *scores])}, and the class of {label.name!r} is not the "
            f"one with the highest score ({max(shares, default=0):.0%} of {many} inputs agree). "
            f"Say which one is the answer: on the command line behind the file, {told} or "
            f"{who}:output={scores[0].name}; in Python, output="
        )
    note = Finding(
        "scores-not-read",
        "warning",
        f"student {who!r} gives {_listed([label, *scores])}, and the scores name the same class as "
        f"the labels for only {max(shares, default=0):.0%} of {many} inputs. The labels are taken, "
        "and the scores left alone, so that attacks see no more than labels.",
        f"If the scores are the answer, write {who}:output={scores[0].name} (in Python, output=).",
    )
    return Reading(None, label), (note,)


def _remarks(way: Reading, share: float, many: int, who: str) -> tuple[Finding, ...]:
    if share == 1 and way.plain:
        return ()
    assert way.scores is not None and way.labels is not None  # noqa: S101, PT018 - both were read
    how = "" if way.plain else f" Its scores are read as {way.says}, which fits the labels."
    return (
        Finding(
            "labels-decide",
            "note",
            f"student {who!r} gives labels ({way.labels.name}) and scores ({way.scores.name}); "
            f"the labels decide.{how} They agree on {share:.0%} of {many} inputs.",
            "Where they differ, a threshold or a tie decides inside the file. To audit the scores "
            f"alone, write {who}:output={way.scores.name} (in Python, output=).",
        ),
    )


def _one_each(output: Output, tried: Mapping[str, np.ndarray] | None) -> bool:
    shape = tuple(output.shape) if tried is None else tried[output.name].shape
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _fits(output: Output, tried: Mapping[str, np.ndarray] | None, classes: int) -> bool:
    shape = tuple(output.shape) if tried is None else tried[output.name].shape
    one = len(shape) == 1 or shape[1:] == (1,)
    if not shape or shape == (0,) or len(shape) > 2:
        return False
    return (one and classes == 2) or (len(shape) == 2 and shape[1] in (classes, *_free(shape[1])))


def _free(size: object) -> tuple[object, ...]:
    """A size that the file leaves open: it fits whatever there are."""
    return () if isinstance(size, int) else (size,)


def _top(values: np.ndarray) -> np.ndarray:
    """The class that scores name; of one number for each input only its own order is known."""
    found: np.ndarray = values.argmax(1) if values.ndim == 2 and values.shape[1] > 1 else values
    return found


def _listed(outputs: Sequence[Output]) -> str:
    return "(" + ", ".join(f"{one.name}: {one.type}" for one in outputs) + ")"


def _which(who: str, outputs: Sequence[Output], what: str) -> str:
    options = " or ".join(f"{who}:output={one.name}" for one in outputs)
    return (
        f"{who} has {what}: {_listed(outputs)}. Say which one, on the command line behind the "
        f"file: {options}; in Python, output='{outputs[0].name}'"
    )
