"""Folders of pictures, arrays with their channels last, and the normalisation beside the student."""

import inspect
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import commands
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import preceptor as pr
from preceptor.api.channel_order import channels_first
from preceptor.api.data import as_data
from preceptor.api.picture_folders import read_folder
from preceptor.api.spill import empty, extent, joined
from preceptor.api.text_files import TextReading
from preceptor.core import InputError

RNG = np.random.default_rng(0)
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def picture(value: int, *shape: int) -> np.ndarray:
    return np.clip(RNG.normal(value, 20, shape or (32, 32, 3)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve dark cats and twelve light dogs of 32 x 32."""
    made = tmp_path_factory.mktemp("pictures") / "pictures"
    for name, value in (("dog", 190), ("cat", 60)):
        (made / name).mkdir(parents=True)
        for i in range(12):
            Image.fromarray(picture(value)).save(made / name / f"{i}.png")
    (made / "cat/notes.txt").write_text("no picture")
    return made


class Block(nn.Module):
    """A residual block with batch normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.norms[1](self.second(torch.relu(self.norms[0](self.first(x))))))


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.block, self.head = nn.Conv2d(3, 8, 3, 2), Block(8), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.block(self.stem(x)).mean((2, 3)))


def trained(pictures: Tensor, labels: Tensor) -> ResNet:
    """Trained behind the normalisation, as people do; left in training mode."""
    torch.manual_seed(0)
    net = ResNet()
    steps = torch.optim.Adam(net.parameters(), 0.03)
    mean, std = (torch.tensor(one).reshape(3, 1, 1) for one in (MEAN, STD))
    for _ in range(25):
        steps.zero_grad()
        nn.functional.cross_entropy(net((pictures - mean) / std), labels).backward()
        steps.step()
    return net


@pytest.fixture(scope="module")
def net(folder: Path) -> ResNet:
    found = as_data(str(folder))
    return trained(found.source.read(0, 24), torch.from_numpy(found.labels))


def law(pictures: Tensor) -> Tensor:
    return (pictures.mean((1, 2, 3)) > 0.5).long()


def test_a_folder_is_audited_in_three_lines(folder: Path, net: ResNet) -> None:
    record = pr.audit(net, str(folder), law, "pgd:eps=8/255,steps=3", normalise=(MEAN, STD))
    assert record.ids[0] == "cat/0.png"
    assert list(record.ids) == sorted(record.ids)
    assert record.facts["source"]["domain"]["high"] == 1
    assert record.facts["source"]["classes"] == ["cat", "dog"]
    assert "0.4,0.5,0.6" in record.facts["student"]["preprocessing"]
    assert record.to_dict()["known_labels"] == {
        "items": 24, "student_right": 24, "teacher_certain": 24, "teacher_agrees": 24,
    }  # fmt: skip
    codes = [one["code"] for one in record.facts["findings"]]
    assert {"labels-by-folder", "train-mode"} <= set(codes)
    assert net.training
    assert net.block.norms[0].training
    moved = record.inputs(1, list(range(24))) - record.inputs(0, list(range(24)))
    assert np.abs(moved).max() == pytest.approx(8 / 255, abs=1e-6), "eps is in the pictures' units"
    plain = pr.audit(net, str(folder), law, "none")
    assert plain.to_dict()["known_labels"]["student_right"] < 24, "unlike without normalisation"


def test_a_normalisation_is_written_beside_the_student_or_behind_it(
    folder: Path, net: ResNet
) -> None:
    work = folder.parent
    torch.save(net.state_dict(), work / "net.pt")
    (work / "model.py").write_text(
        "import torch\nfrom torch import Tensor, nn\n" + _text(Block) + _text(ResNet) +
        "def net():\n    made = ResNet()\n"
        "    made.load_state_dict(torch.load('net.pt', weights_only=True))\n    return made.eval()\n"
    )  # fmt: skip
    (work / "teacher.py").write_text(
        "from preceptor.teachers import Rule\n\ndef law(x):\n"
        "    return (x.mean((1, 2, 3)) > 0.5).long()\n\n"
        "teacher = Rule(law, name='law', classes=2)\n"
    )
    words = f"{','.join(map(str, MEAN))}:{','.join(map(str, STD))}"
    done = commands.preceptor(
        work, "audit", "--student", "model.py:net", "--normalise", words, "--data", "pictures",
        "--teacher", "teacher.py:teacher", "--attack", "noise:size=8/255,tries=1", "--json",
        "--fail-under", "0.7", "--junit", "audit.xml", columns=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Surely at least 70 %" in done.stderr
    said = json.loads(done.stdout)
    assert said["known_labels"]["student_right"] == 24
    suite = ElementTree.parse(work / "audit.xml").getroot()[0]
    assert next(case.get("name") for case in suite.findall("testcase")) == "at least 70 %"
    behind = commands.preceptor(
        work, "audit", "--student", f"model.py:net:normalise={words}", "--data", "pictures",
        "--teacher", "teacher.py:teacher", "--attack", "noise:size=8/255,tries=1", "--json",
    )  # fmt: skip
    assert json.loads(behind.stdout)["digest"] == said["digest"]


def _text(kind: type) -> str:
    return inspect.getsource(kind) + "\n\n"


def test_a_loader_gives_the_same_as_its_folder(folder: Path, net: ResNet) -> None:
    class Pictures(Dataset[Any]):
        def __init__(self) -> None:
            self.files = sorted(folder.glob("*/*.png"), key=lambda file: file.as_posix())

        def __len__(self) -> int:
            return len(self.files)

        def __getitem__(self, row: int) -> dict[str, Any]:
            array = np.asarray(Image.open(self.files[row]), np.float32) / 255
            name = self.files[row].relative_to(folder).as_posix()
            label = int(name.startswith("dog"))
            return {"image": torch.from_numpy(array).permute(2, 0, 1), "label": label, "id": name}

    loader = DataLoader(Pictures(), batch_size=5)
    record = pr.audit(net, loader, law, "none", normalise=(MEAN, STD))
    other = pr.audit(net, str(folder), law, "none", normalise=(MEAN, STD))
    assert record.ids == other.ids
    rows = list(range(24))
    assert np.array_equal(record.inputs(0, rows), other.inputs(0, rows))
    assert record.to_dict()["known_labels"] == other.to_dict()["known_labels"]


def test_what_is_in_a_folder_is_read_as_people_mean_it(tmp_path: Path) -> None:
    turned = Image.fromarray(picture(100, 20, 30, 3))
    exif = Image.Exif()
    exif[274] = 6
    turned.save(tmp_path / "a-turned.jpg", exif=exif)
    Image.fromarray(picture(100, 30, 20)).save(tmp_path / "b-grey.png")
    Image.fromarray(picture(9, 30, 20, 3)).quantize(8).save(tmp_path / "c-palette.png")
    clear = np.zeros((30, 20, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "d-clear.png")
    deep = np.full((30, 20), 65535 // 2, np.uint16)
    Image.fromarray(deep).save(tmp_path / "e-deep.png")
    (tmp_path / ".hidden.png").write_text("nothing")
    found = as_data(tmp_path)
    assert found.source.domain.shape == (3, 30, 20)
    assert [name[0] for name in found.source.ids] == list("abcde")
    assert found.labels is None
    assert "grey-and-colour" in [one.code for one in found.remarks]
    pictures = found.source.read(0, 5)
    assert torch.equal(pictures[1, 0], pictures[1, 2])
    assert bool((pictures[3] == 1).all()), "transparent pixels lie over white"
    assert pictures[4].unique().tolist() == [pytest.approx(32767 / 65535)]
    eight = torch.from_numpy(np.asarray(Image.open(tmp_path / "b-grey.png"), np.float32) / 255)
    assert torch.equal(pictures[1, 0], eight), "among deep ones too"


def test_a_size_is_stated_where_there_are_several(tmp_path: Path) -> None:
    Image.fromarray(picture(100, 32, 32, 3)).save(tmp_path / "a.png")
    Image.fromarray(picture(100, 40, 64, 3)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"2 sizes: .*64 x 40 \(1, such as b.png\).*--resize 32"):
        as_data(tmp_path)
    assert as_data(tmp_path, resize="16").source.read(0, 2).shape == (2, 3, 16, 16)
    assert as_data(tmp_path, resize=(24, 8)).source.read(0, 2).shape == (2, 3, 8, 24)
    with pytest.raises(InputError, match="--resize 'big': write 32"):
        as_data(tmp_path, resize="big")


def test_broken_pictures_are_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.jpg"):
        Image.fromarray(picture(100)).save(tmp_path / name)
    whole = (tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(whole[:-900])
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    with pytest.raises(
        InputError, match=r"1 of 3 pictures in .* cannot be used.*c\.jpg is no image"
    ):
        as_data(tmp_path)
    (tmp_path / "c.jpg").unlink()
    with pytest.raises(pr.InputError, match=r"b\.png cannot be read as an image"):
        pr.audit(lambda x: law(x), str(tmp_path), law, "none", classes=2)


def test_of_a_sample_only_its_own_pictures_are_decoded(folder: Path) -> None:
    found = as_data(str(folder), items=3, seed=1)
    assert found.whole == 24
    pixels = found.source.pixels  # type: ignore[attr-defined]
    assert pixels.shape == (3, 3, 32, 32)
    whole = as_data(str(folder)).source
    rows = [list(whole.ids).index(one) for one in found.source.ids]
    assert torch.equal(found.source.read(0, 3), whole.read(0, 24)[rows])
    assert read_folder(folder, None).pixels._there.sum() == 0


def test_moved_pictures_lie_in_a_folder_too(folder: Path, tmp_path: Path) -> None:
    for file in folder.glob("*/*.png"):
        there = tmp_path / "rain" / file.relative_to(folder)
        there.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - np.asarray(Image.open(file))).save(there)
    record = pr.audit(law, str(folder), law, moved=[f"rain={tmp_path / 'rain'}"], classes=2)
    rows = list(range(24))
    clean, moved = record.inputs(0, rows), record.inputs(1, rows)
    assert np.allclose(moved, 1 - clean, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "said", "turned"),
    [
        ((5, 32, 32, 3), None, True),
        ((5, 3, 32, 32), None, False),
        ((5, 3, 32, 3), None, None),
        ((5, 3, 32, 3), "last", True),
        ((5, 3, 32, 3), "first", False),
        ((5, 1, 4, 4), None, False),
        ((5, 4, 4, 1), None, True),
        ((5, 10, 20, 30), None, False),
    ],
)
def test_channels_last_are_turned_and_said(
    shape: tuple[int, ...], said: str | None, turned: bool | None
) -> None:
    inputs = RNG.random(shape)
    if turned is None:
        with pytest.raises(InputError, match=r"--channels first, or --channels last"):
            channels_first(inputs, said, "data")
        return
    found, remarks = channels_first(inputs, said, "data")
    assert bool(remarks) == turned
    assert np.array_equal(found, np.moveaxis(inputs, -1, 1) if turned else inputs)


def test_pixels_keep_their_units_and_a_normalisation_is_of_shares(
    net: ResNet, folder: Path
) -> None:
    shares = as_data(str(folder)).source.read(0, 24)
    pixels = (shares * 255).round().byte().permute(0, 2, 3, 1).numpy()
    bright = lambda x: (x.mean((1, 2, 3)) > 127.5).long()  # noqa: E731
    record = pr.audit(net, pixels, bright, "noise:size=8,tries=1", normalise=(MEAN, STD))
    assert record.facts["source"]["domain"]["high"] == 255
    assert "divided by 255" in record.facts["student"]["preprocessing"]
    assert record.to_pandas("rates")["accuracy"].iloc[0] == 1
    assert "channels-last" in [one["code"] for one in record.facts["findings"]]


def test_arrays_larger_than_the_limit_lie_in_a_file(tmp_path: Path) -> None:
    parts = [RNG.random((7, 3)).astype(np.float32) for _ in range(5)]
    small, large = joined(iter(parts), "it"), joined(iter(parts), "it", limit=100)
    assert isinstance(large, np.memmap)
    assert np.array_equal(small, large)
    least, most, finite = extent(large)
    assert np.array_equal(least, small.min(0))
    assert np.array_equal(most, small.max(0))
    assert finite
    assert not extent(np.array([[1.0], [np.nan]]))[2]
    kept = empty((4, 2), np.uint8, limit=1)
    kept[2] = 7
    assert kept.sum() == 14
    with pytest.raises(InputError, match="different shapes"):
        joined(iter([parts[0], np.zeros((2, 4))]), "it")
    with pytest.raises(InputError, match="is empty"):
        joined(iter([]), "it")


def test_items_of_many_forms() -> None:
    array = RNG.random((6, 3, 4, 4)).astype(np.float32)
    labels = [0, 1, 0, 1, 1, 0]
    triples = [(one, y, f"id{i}") for i, (one, y) in enumerate(zip(array, labels, strict=True))]
    found = as_data(iter(triples))
    assert torch.equal(found.source.read(0, 6), torch.from_numpy(array))
    assert found.labels is not None
    assert found.labels.tolist() == labels
    mappings = [{"x": one, "y": y, "site": "a"} for one, y in zip(array, labels, strict=True)]
    source = as_data(mappings).source
    assert source.columns == {"labels": tuple("010110"), "site": ("a",) * 6}  # type: ignore[attr-defined]
    pictures = [Image.fromarray(picture(90, 8, 8, 3)) for _ in range(3)]
    assert float(as_data(pictures).source.domain.high) == 1
    with pytest.raises(InputError, match="exactly one of 'inputs'"):
        as_data(iter([{"photo": array[0]}]))


def test_the_page_runs(
    folder: Path, net: ResNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs/how-to/pictures.md").read_text()
    found = re.findall(r"```python\n(.*?)```", text, re.S)
    monkeypatch.chdir(folder.parent)
    loader = DataLoader(as_data(str(folder)).source.read(0, 24), batch_size=8)  # type: ignore[arg-type]
    space = {"net": net, "law": law, "MEAN": MEAN, "STD": STD, "loader": loader, "pr": pr}
    heads = []
    for block in found:
        exec(compile(block, "pictures.md", "exec"), space)
        heads.append(space["record"].facts["source"]["items"])  # type: ignore[attr-defined]
    assert heads == [24, 24]


@pytest.mark.filterwarnings("ignore")  # of dill, which datasets uses
def test_a_dataset_of_hugging_face() -> None:
    datasets = pytest.importorskip("datasets")
    rows = {
        "image": [Image.fromarray(picture(90, 8, 8, 3)) for _ in range(4)],
        "label": [0, 1, 1, 0],
    }
    names = datasets.ClassLabel(names=["cat", "dog"])
    features = datasets.Features({"image": datasets.Image(), "label": names})
    made = datasets.Dataset.from_dict(rows, features=features)
    for form in (made, made.to_iterable_dataset()):
        found = as_data(form)
        assert found.source.domain.shape == (3, 8, 8)
        assert found.classes == ("cat", "dog")
        assert found.labels is not None
        assert found.labels.tolist() == [0, 1, 1, 0]


def test_folders_called_by_numbers_are_classes_where_classes_say_so(tmp_path: Path) -> None:
    for name in ("1", "2", "10"):
        (tmp_path / name).mkdir()
        Image.fromarray(picture(90, 8, 8)).save(tmp_path / name / "a.png")
    plain = read_folder(tmp_path, None)
    assert (plain.labels.tolist(), plain.classes) == ([1, 10, 2], ())
    named = read_folder(tmp_path, None, ("1", "2", "10"))
    assert (named.labels.tolist(), named.classes) == ([0, 2, 1], ("1", "2", "10"))


def test_labels_counted_otherwise_than_the_students_are_set_beside_nothing(tmp_path: Path) -> None:
    """Of labels 1 and 2 with a student of 0 and 1 only the 1 could be compared, and wrongly."""

    def half(inputs: Tensor) -> Tensor:
        return (inputs.flatten(1).mean(1) > 0.5).long()

    inputs = torch.linspace(0.1, 0.9, 12)[:, None].expand(-1, 3).clone()
    said = [
        pr.audit(
            half,
            {"inputs": inputs, "labels": half(inputs) + first},
            half,
            attacks=[],
            classes=2,
            out=tmp_path / str(first),
        )
        .to_dict()
        .get("known_labels")
        for first in (0, 1)
    ]
    assert said[0]["student_right"] == 12
    assert said[1] is None


@pytest.mark.filterwarnings("ignore")  # of dill, which datasets uses
def test_a_dataset_of_hugging_face_with_texts() -> None:
    datasets = pytest.importorskip("datasets")
    rows = {"text": ["good", "bad", "fine", "dull"], "label": [1, 0, 1, 0]}
    made = datasets.Dataset.from_dict(rows)
    for form in (made, made.to_iterable_dataset()):
        found = as_data(form, texts=TextReading())
        assert list(found.source.read(0, 4)) == rows["text"]
