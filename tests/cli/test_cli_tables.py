"""Audits of tables from the command line: sizes feature by feature, by default and as told."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor

MODELS = """
import numpy as np, torch
from preceptor.teachers import Rule

def risk(rows):
    return (rows[:, 0] / 90 + rows[:, 2] / 480 > 1).long()

teacher = Rule(risk, name="risk", classes=2)

def net():
    torch.manual_seed(0)
    rows = torch.from_numpy(np.load("people.npz")["inputs"]).float()
    scale = torch.tensor([90.0, 131440.0, 480.0, 3.0])
    module = torch.nn.Linear(4, 2)
    optimiser = torch.optim.Adam(module.parameters(), 0.1)
    for _ in range(200):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(module(rows / scale), risk(rows)).backward()
        optimiser.step()
    with torch.no_grad():
        module.weight /= scale
    return module.eval()
"""
HIGH = np.array([90.0, 131440.0, 480.0, 3.0])
LOW = np.array([18.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tables")
    (made / "models.py").write_text(MODELS)
    rng = np.random.default_rng(0)
    rows = rng.uniform(LOW, HIGH, (80, 4))
    rows[0], rows[1] = LOW, HIGH
    np.savez(made / "people.npz", inputs=rows.astype(np.float32))
    return made


def audit(folder: Path, out: str, *words: str) -> dict:
    done = preceptor(
        folder,
        *("audit", "--student", "models.py:net", "--teacher", "models.py:teacher"),
        *("--data", "people.npz", "--out", out, "--json", *words),
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / out / "record.json").read_text())


def test_by_default_each_column_moves_by_a_share_of_its_own_range(folder: Path) -> None:
    record = audit(folder, "default")
    names = [attack["name"] for attack in record["plan"]["attacks"]]
    assert names == ["standard linf eps=0.1", "noise size=0.1", "keep linf eps=0.3"]
    assert {a["sizes"] for a in record["plan"]["attacks"]} == {"shares of each feature's range"}
    assert not [f for f in record["findings"] if f["code"] in ("odd-size", "size-covers-feature")]
    clean = np.load(folder / "default/inputs/clean.npy")
    for place, share in ((0, 0.1), (2, 0.3)):
        moved = np.load(folder / f"default/inputs/moved-{place}.npy")
        assert (np.abs(moved - clean) / (HIGH - LOW)).max() <= share * (1 + 1e-5)
    page = (folder / "default/report.html").read_text()
    assert "shares of each feature&#39;s range" in page or "shares of each feature's range" in page


def test_a_size_in_the_units_of_the_inputs_is_still_to_be_had_and_warned_of(folder: Path) -> None:
    record = audit(folder, "units", "--scale", "inputs", "--attack", "noise:size=13144")
    assert record["plan"]["attacks"][0]["sizes"] == "in the units of the inputs"
    assert [f["code"] for f in record["findings"]] == ["size-covers-feature"]
    small = audit(folder, "units", "--scale", "inputs", "--attack", "noise:size=0.3")
    assert not small["findings"]


def test_a_scale_of_numbers_one_for_each_column(folder: Path) -> None:
    words = ("--scale", "10,5000,12,1", "--attack", "pgd:eps=0.5")
    record = audit(folder, "numbers", *words)
    assert record["source"]["domain"]["scale"] == [10, 5000, 12, 1]
    clean, moved = (np.load(folder / f"numbers/inputs/{one}.npy") for one in ("clean", "moved-0"))
    assert (np.abs(moved - clean) <= np.array([5, 2500, 6, 0.5]) * (1 + 1e-4)).all()


def test_one_pair_of_bounds_counts_by_the_data_if_told(folder: Path) -> None:
    wide = ("--bounds", "0,131440", "--attack", "noise:size=13144")
    assert audit(folder, "wide", *wide)["findings"][0]["code"] == "size-covers-feature"
    told = audit(
        folder, "told", "--bounds", "0,131440", "--scale", "data", "--attack", "noise:size=0.1"
    )
    assert not told["findings"]
    assert np.allclose(told["source"]["domain"]["scale"], HIGH - LOW)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "people.npz", "--scale", "columns"), "write data, inputs, or one number"),
        (("--data", "people.npz", "--scale", "1,2"), "names 2 numbers"),
        (("--data", "people.npz", "--scale", "1,0,1,1"), "must be finite and above 0"),
        (("--data", "digits", "--scale", "data"), "--scale is for data of your own"),
    ],
)
def test_a_scale_that_cannot_be_used(folder: Path, words: tuple[str, ...], said: str) -> None:
    roles = ("--student", "models.py:net", "--teacher", "models.py:teacher")
    done = preceptor(folder, "audit", *roles, *words)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
