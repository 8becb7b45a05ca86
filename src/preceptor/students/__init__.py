"""Students: the classifiers under audit, whatever they were made with."""

from preceptor.students.abstaining import Abstaining
from preceptor.students.function_student import FunctionStudent
from preceptor.students.hashed_texts import HashedNet, HashedPieces, hashed_texts
from preceptor.students.loading import load_student
from preceptor.students.logits import Kind
from preceptor.students.onnx_student import OnnxStudent
from preceptor.students.prediction_files import Predictions, RecordedStudent, read_predictions
from preceptor.students.preprocessing import (
    Normalise,
    Preprocessing,
    read_preprocessing,
)
from preceptor.students.probe import guess_kind
from preceptor.students.saving import save_export, save_weights
from preceptor.students.sklearn_student import SklearnStudent
from preceptor.students.text_students import TokenizedStudent
from preceptor.students.torch_student import TorchStudent
from preceptor.students.wrap import as_student

__all__ = [
    "Abstaining",
    "FunctionStudent",
    "HashedNet",
    "HashedPieces",
    "Kind",
    "Normalise",
    "OnnxStudent",
    "Predictions",
    "Preprocessing",
    "RecordedStudent",
    "SklearnStudent",
    "TokenizedStudent",
    "TorchStudent",
    "as_student",
    "guess_kind",
    "hashed_texts",
    "load_student",
    "read_predictions",
    "read_preprocessing",
    "save_export",
    "save_weights",
]
