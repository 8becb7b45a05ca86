"""Taught students under another name, and on disk."""

import copy
from dataclasses import dataclass
from pathlib import Path

from preceptor.core import AnyStudent, AnyTrainable, InputError, Trainable
from preceptor.core.atomic_write import atomic_write
from preceptor.core.extras import install
from preceptor.students.saving import save_export, save_weights
from preceptor.students.sklearn_student import SklearnStudent
from preceptor.students.text_students import TokenizedStudent
from preceptor.students.torch_student import TorchStudent

NO_PROGRAM = "a tokenizer stands before the module, and a program takes numbers."


@dataclass(frozen=True)
class KeptStudent:
    """What was written of a student.

    Attributes:
        files: by what they are.
        why_no_program: in a line, why there is no exported program; ``None`` if there is one.
    """

    files: dict[str, Path]
    why_no_program: str | None


def called(student: AnyStudent, name: str, like: AnyStudent) -> AnyStudent:
    """A taught student under a name, of the kind of the one that was given."""
    if isinstance(student, TokenizedStudent | SklearnStudent):
        fresh = copy.copy(student)
        fresh.name = name
        return fresh
    assert isinstance(student, Trainable) and isinstance(like, TorchStudent)  # noqa: S101, PT018
    return TorchStudent(
        student.module,
        classes=like.classes,
        name=name,
        device=like.device,
        kind=like.kind,
        batch=like.batch,
    )


def keep_student(student: AnyStudent, folder: Path, shape: tuple[int, ...] | None) -> KeptStudent:
    """Write a student: weights, and a program where the inputs are numbers; or an estimator's pickle.

    Args:
        student: taught.
        folder: where to.
        shape: of one input; ``None`` for texts.

    Raises:
        InputError: joblib is not installed, for an estimator.
    """
    if isinstance(student, SklearnStudent):
        return KeptStudent({"estimator": _pickled(student, folder / "student.joblib")}, "")
    weights: AnyTrainable
    assert isinstance(student, Trainable)  # noqa: S101 - all others
    weights = student
    files = {"weights": save_weights(weights, folder / "student.safetensors")}
    if shape is None:
        return KeptStudent(files, NO_PROGRAM)
    why = save_export(weights, folder / "student.pt2", shape)
    if why is None:
        files["program"] = folder / "student.pt2"
    return KeptStudent(
        files, None if why is None else f"torch.export cannot export this module. {why}"
    )


def _pickled(student: SklearnStudent, path: Path) -> Path:
    try:
        import joblib
    except ImportError as error:
        raise InputError(f"writing an estimator needs joblib: {install('sklearn')}") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as fresh:
        joblib.dump(student.estimator, fresh)
    return path
