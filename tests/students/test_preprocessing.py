"""A normalisation beside the student: every form that it may have, and every student that takes it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from preceptor.core import InputError
from preceptor.students import (
    Abstaining,
    FunctionStudent,
    TorchStudent,
    as_student,
    load_student,
    read_preprocessing,
    save_weights,
)

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.5)
PICTURES = torch.rand(5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
WANTED = (PICTURES - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(STD).reshape(3, 1, 1)


class Normalize(nn.Module):
    """As torchvision's, by its name and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.std = list(MEAN), list(STD)

    def forward(self, pictures: Tensor) -> Tensor:
        raise AssertionError("mean and deviation are read, so that they can be counted in 255 too")


class ToTensor:
    def __call__(self, picture: Any) -> Tensor:
        raise AssertionError("inputs are tensors already")


class RandomCrop(ToTensor):
    pass


def doubled(pictures: Tensor) -> Tensor:
    return (pictures - torch.tensor(MEAN).reshape(3, 1, 1)) / torch.tensor(STD).reshape(3, 1, 1)


FORMS: dict[str, object] = {
    "words": "0.4,0.5,0.6:0.2,1/4,0.5",
    "pair": (MEAN, STD),
    "arrays": (np.array(MEAN), torch.tensor(STD)),
    "Normalize": Normalize(),
    "Compose": SimpleNamespace(transforms=[ToTensor(), Normalize()]),
    "function": doubled,
}


@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_step(form: str, white: float) -> None:
    step = read_preprocessing(FORMS[form], white=white, shape=(3, 4, 4))
    assert torch.allclose(step(PICTURES * white), WANTED, atol=1e-5)
    half = step(PICTURES.half() * white)
    assert half.dtype == torch.float16


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("0.5", "expected MEAN:STD"),
        ("0.5:0", "above 0"),
        ("a:b", "are no numbers"),
        ("0.1,0.2:0.3", "2 means and 1 deviations for inputs of shape"),
        (SimpleNamespace(transforms=[RandomCrop()]), "draws at random"),
        (SimpleNamespace(transforms=[ToTensor()]), "holds no Normalize"),
        (3, "expected MEAN:STD"),
    ],
)
def test_what_is_none_is_refused(given: object, wanted: str) -> None:
    with pytest.raises(InputError, match=wanted):
        read_preprocessing(given, shape=(3, 4, 4))


def net() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 3))


def of_arrays(pictures: np.ndarray) -> np.ndarray:
    return np.stack([pictures.mean((1, 2, 3)), pictures[:, 0].mean((1, 2))], 1)


@pytest.mark.parametrize("white", [1, 255])
def test_modules_and_functions_meet_it(white: float) -> None:
    step = read_preprocessing((MEAN, STD), white=white)
    inputs = PICTURES * white
    student = as_student(net(), items=inputs, preprocessing=step)
    assert isinstance(student, TorchStudent)
    assert student.name == "Sequential"
    assert student.differentiable
    assert torch.allclose(student(inputs), net()(WANTED), atol=1e-4)
    plain = as_student(of_arrays, items=inputs, preprocessing=step)
    assert isinstance(plain, FunctionStudent)
    assert plain.arrays
    assert plain.name == "of_arrays"
    assert np.allclose(plain(inputs), of_arrays(WANTED.numpy()), atol=1e-4)
    finished = Abstaining(TorchStudent(net(), classes=3), 0.2)
    assert torch.allclose(
        as_student(finished, preprocessing=step)(inputs), net()(WANTED), atol=1e-4
    )


def test_an_onnx_file_meets_it(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, kinds = onnx.helper, onnx.TensorProto
    take, give = (
        helper.make_tensor_value_info("x", kinds.UINT8, ["n", 3, 4, 4]),
        helper.make_tensor_value_info("y", kinds.FLOAT, ["n", 48]),
    )
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=kinds.FLOAT),
        helper.make_node("Flatten", ["f"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "bytes", [take], [give])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "bytes.onnx")
    pixels = (PICTURES * 255).round()
    shares = pixels / 255
    with pytest.raises(InputError, match="--normalise 255"):
        load_student(tmp_path / "bytes.onnx", items=shares)
    student = load_student(tmp_path / "bytes.onnx", items=shares, normalise="255")
    assert torch.equal(student(shares), pixels.flatten(1))


def test_the_weights_that_are_saved_are_the_users_own(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    student = as_student(net(), items=PICTURES, preprocessing=read_preprocessing("0.5:0.5"))
    file = save_weights(student, tmp_path / "w.safetensors")  # type: ignore[arg-type]
    assert load_file(file).keys() == net().state_dict().keys()


def test_identity_hangs_on_it() -> None:
    from preceptor.core.identity import identify_student

    made = [
        as_student(net(), items=PICTURES, preprocessing=read_preprocessing(words)).module  # type: ignore[attr-defined]
        for words in ("0.5:0.5", "0.5:0.5", "0.5:0.25")
    ]
    first, same, other = (identify_student(TorchStudent(one, classes=3)).digest for one in made)
    assert first == same
    assert first != other
