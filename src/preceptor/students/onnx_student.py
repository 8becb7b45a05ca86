"""An ONNX file as a student."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Finding, InputError
from preceptor.core.extras import install
from preceptor.students.function_student import write_labels
from preceptor.students.logits import (
    Kind,
    check_classes,
    plain_decisions,
    put_on_top,
    read_outputs,
)
from preceptor.students.onnx_outputs import choose, outputs_of, stated_classes
from preceptor.students.onnx_reading import FLOATS, Output, labels_of
from preceptor.students.preprocessing import Preprocessing
from preceptor.students.probe import guess_model_kind, probe_inputs
from preceptor.students.vocabulary import vocabulary

_WHOLES: Final[Mapping[str, np.dtype[Any]]] = {
    f"tensor({name})": np.dtype(name)
    for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
}


NEARLY: Final = 1e-3
"""So far off, a value that a normalisation made still counts as the whole number beside it."""


class OnnxStudent:
    """A model in an ONNX file, run by onnxruntime on the CPU. Not differentiable.

    Loading an ONNX file runs no code from it. A model with a fixed batch size, such as 1, is fed
    batches of that size. A model of whole numbers, such as pixels of ``uint8``, gets every input
    rounded to the nearest.

    A file may have several outputs. One of labels, as scikit-learn's exporters write beside the
    scores, always decides; the scores are read in the way in which they agree with it (as they
    are, negated, or as votes of pairs of classes), and not at all if there is none. Of several
    outputs of scores the first is read if all name the same class for every probe. Otherwise the
    file is refused until ``output`` says which one is meant.

    Args:
        path: the file.
        classes: the number of classes; read from the file, or found with ``items`` or ``shape``,
            if not given.
        shape: of one input; not needed with ``items``.
        name: as it stands in the record; the file's name unless given.
        kind: what the output gives; found out with ``items`` or ``shape``, else ``logits``.
        output: which output, where the file has several.
        items: ``Float[n, *shape]``, inputs like those that it will meet: some of the data.
        labels: the file's own classes in the order of the labels, or a mapping, if they are other
            than whole numbers from 0.
        names: of the labels, in their order, for a file that says words.
        batch: how many inputs it is given at a time.
        preprocessing: what the model meets inputs behind.

    Raises:
        InputError: onnxruntime is not installed, the file cannot be read, it does not have one
            input, or it cannot be told what its outputs are.
    """

    steps: Preprocessing | None = None

    def __init__(
        self,
        path: str | Path,
        *,
        classes: int | None = None,
        shape: Sequence[int] | None = None,
        name: str | None = None,
        kind: Kind | None = None,
        output: str | None = None,
        items: Tensor | None = None,
        labels: Sequence[Any] | Mapping[Any, int] | None = None,
        names: Sequence[str] = (),
        batch: int | None = None,
        preprocessing: Preprocessing | None = None,
    ) -> None:
        path = Path(path)
        self.name = name if name is not None else path.name
        self.differentiable = False
        self.device = torch.device("cpu")
        self.session = _session(path)
        self.entry, self.dtype, self.batch, stated = _entry(self.session, path)
        self.batch = self.batch or batch
        if preprocessing is not None:  # else the student is what it was without this option
            self.steps = preprocessing
        self.vocabulary = vocabulary(labels, names)
        outputs = outputs_of(self.session, output, self.name)
        probes = _probes(items, shape or stated, self.dtype, self.name, preprocessing)
        tried = None if probes is None else self._run(probes, outputs)
        classes = classes or (len(self.vocabulary.labels) or None)
        classes = classes or stated_classes(outputs, output, tried)
        if classes is None:
            raise InputError(
                f"{self.name} does not state how many classes it has: say it (--classes; in "
                "Python, classes=, or items=, some of the data)"
            )
        self.classes = check_classes(classes, self.name)
        self.reading, self.remarks = choose(
            outputs, tried, self.classes, output, kind, self.vocabulary, self.name
        )
        if self.dtype.kind in "iu":
            self.remarks = (*self.remarks, _rounding(self.name, self.dtype))
        self.kind = self._kind(kind, tried)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """Logits.

        Raises:
            InputError: the model refuses the inputs, or gives outputs of another form.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes)
        reading, many = self.reading, len(inputs)
        given = self._run(inputs, reading.outputs)
        labels = None
        if reading.labels is not None:
            found = given[reading.labels.name]
            labels = labels_of(found, many, self.classes, self.vocabulary, self.name)
        if reading.scores is None:
            assert labels is not None  # noqa: S101 - a reading has one of the two
            return write_labels(labels, self.classes)
        scores = reading.read(given[reading.scores.name], self.classes)
        logits = read_outputs(torch.from_numpy(scores), many, self.classes, self.kind, self.name)
        return logits if labels is None else put_on_top(logits, labels)

    @property
    def preprocessing(self) -> str:
        """What the model meets inputs behind; empty for nothing."""
        return "" if self.steps is None else self.steps.words

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def _kind(self, kind: Kind | None, tried: Mapping[str, np.ndarray] | None) -> Kind:
        """What the scores are; ``labels`` where there are none."""
        if self.reading.scores is None:
            return "labels"
        if kind is not None or tried is None:
            return kind or "logits"
        if not self.reading.plain:
            return "logits"
        values = torch.from_numpy(tried[self.reading.scores.name])
        return guess_model_kind(values, len(values), self.name)

    def _run(self, inputs: Tensor, outputs: Sequence[Output]) -> dict[str, np.ndarray]:
        """What the model itself gives for ``Float[batch, *shape]``, by the outputs' names.

        Raises:
            InputError: the model refuses the inputs.
        """
        rows = self._rows(inputs)
        size = self.batch or len(rows)
        padded = np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % size, axis=0)])
        wanted = [output.name for output in outputs]
        try:
            parts = [
                self.session.run(wanted, {self.entry: padded[start : start + size]})
                for start in range(0, len(padded), size)
            ]
        except Exception as error:  # onnxruntime's errors share no class but this
            raise InputError(
                f"student {self.name!r} refuses inputs of shape {tuple(inputs.shape)}: {error}"
            ) from error
        return {
            output.name: _joined([part[i] for part in parts], output, size, len(rows))
            for i, output in enumerate(outputs)
        }

    def _rows(self, inputs: Tensor) -> np.ndarray:
        plain = inputs.detach().cpu()
        rows = (plain if self.steps is None else self.steps(plain)).detach().numpy()
        if self.dtype.kind not in "iu":
            return rows.astype(self.dtype)
        whole, ends = np.rint(rows.astype(np.float64)), np.iinfo(self.dtype)
        if not (whole >= ends.min).all() or not (whole <= ends.max).all():
            raise InputError(
                f"student {self.name!r} takes {self.dtype}, {ends.min} to {ends.max}; it was given "
                f"values from {whole.min():g} to {whole.max():g}"
            )
        return whole.astype(self.dtype)

    def __repr__(self) -> str:
        return f"OnnxStudent({self.name!r}, classes={self.classes})"


def _entry(session: Any, path: Path) -> tuple[str, np.dtype[Any], int | None, list[int] | None]:
    """The input's name, dtype, fixed batch size and the shape of one input, if they are stated."""
    entries = session.get_inputs()
    known: dict[str, np.dtype[Any]] = {**FLOATS, **_WHOLES}
    if len(entries) != 1 or entries[0].type not in known:
        said = ", ".join(f"{entry.name}: {entry.type}" for entry in entries)
        raise InputError(f"{path} takes ({said}); expected one input of numbers")
    entry = entries[0]
    if 0 in entry.shape:
        raise InputError(
            f"{path} states an input of shape {entry.shape}, which holds nothing: a mistake of its "
            "exporter. Export it again with a batch size that is free (dynamic), or 1"
        )
    batch, *rest = entry.shape or [None]
    stated = [int(size) for size in rest if isinstance(size, int) and size > 0]
    fixed = batch if isinstance(batch, int) and batch > 0 else None
    return entry.name, known[entry.type], fixed, stated if len(stated) == len(rest) else None


def _probes(
    items: Tensor | None,
    shape: Sequence[int] | None,
    dtype: np.dtype[Any],
    who: str,
    steps: Preprocessing | None,
) -> Tensor | None:
    """What the model is tried on; ``None`` if the shape of an input is not known."""
    if items is None and shape is None:
        return None
    probes = probe_inputs(shape or (), items)
    if dtype.kind not in "iu":
        return probes
    if items is None:
        return probes.round()
    met = probes if steps is None else steps(probes).detach()
    slack = 0.0 if steps is None else NEARLY  # of a division that should give a whole number
    broken = ((met - met.round()).abs() > slack).flatten()
    if bool(broken.any()):
        example = float(met.flatten()[broken][0])
        raise InputError(
            f"student {who!r} takes whole numbers ({dtype}); the data hold others, such as "
            f"{example:g}. Where the data are values from 0 to 1 and the student takes pixels, write "
            "--normalise 255. Else give data of whole numbers (pixels from 0 to 255), or export the "
            "model with an input of floating numbers"
        )
    return probes


def _rounding(who: str, dtype: np.dtype[Any]) -> Finding:
    return Finding(
        "rounded-inputs",
        "note",
        f"student {who!r} takes whole numbers ({dtype}): every input reaches it rounded.",
        "Moves that are smaller than half a unit do not reach it; give sizes such as eps in whole "
        "units.",
    )


def _joined(parts: list[Any], output: Output, size: int, rows: int) -> np.ndarray:
    """One output of all batches, without what was only there to fill the last one."""
    if output.form == "maps":  # scikit-learn's zipmap: a dictionary for each input
        joined = np.array([list(one.values()) for part in parts for one in part])
    else:
        whole = [np.asarray(part) for part in parts]
        if any(part.ndim == 0 or len(part) != size for part in whole):
            return np.empty(0, np.float32)  # no row for each input: no answer
        joined = np.concatenate(whole)
    return joined.astype(np.float32)[:rows] if output.form in ("floats", "maps") else joined[:rows]


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(f"reading {path} needs onnxruntime: {install('onnx')}") from error
    if not path.is_file():
        raise InputError(f"there is no file at {path}")
    try:
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class but this
        raise InputError(f"{path} cannot be read as ONNX: {error}") from error
