"""The record on disk, and the rows it is made from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import ATTACKS, Pupil, Push, Seer, run, world
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.audit import SCHEMA, Plan, Record, summarise
from preceptor.audit.npy_file import NpyFile
from preceptor.core import InputError
from preceptor.core.environment import commit
from preceptor.ledger import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run(tmp_path, teacher=Seer(), classes=("low", "high"), command="preceptor audit ...")
    return tmp_path


def test_a_saved_record_is_read_back_whole(folder: Path) -> None:
    record = run(folder, classes=("low", "high"))
    for found in (Record.load(folder), Record.load(folder / "record.json")):
        assert found.digest == record.digest
        assert found.facts == record.facts
        assert found.run == record.run
        assert found.ids == record.ids
        assert summarise(found) == summarise(record)
        for a, b in zip((record.clean, *record.moved), (found.clean, *found.moved), strict=True):
            assert a.arrays().keys() == b.arrays().keys()
            for name, array in a.arrays().items():
                assert np.array_equal(array, b.arrays()[name])
        assert np.array_equal(found.inputs(2, [3, 1]), record.inputs(2, [3, 1]))
        assert found.level == 0.95


def test_the_json_holds_the_summary_and_no_word_that_json_lacks(folder: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    whole = json.loads((folder / "record.json").read_text(), parse_constant=refuse)
    assert whole["schema"] == SCHEMA
    assert whole["summary"] == summarise(Record.load(folder)).describe()
    assert whole["source"]["classes"] == ["low", "high"]
    assert whole["run"]["command"] == "preceptor audit ..."
    assert whole["teacher"] == {
        "name": "seer",
        "version": "1",
        "classes": 2,
        "certainty": Seer.certainty,
    }
    assert whole["run"]["environment"]["torch"] == torch.__version__
    assert whole["run"]["environment"]["commit"] == commit()
    assert {"seconds", "seconds_attacking", "started", "known_before"} <= whole["run"].keys()


def test_a_finished_audit_leaves_only_the_record(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    moved = {f"inputs/moved-{i}.npy" for i in range(len(ATTACKS))}
    own = {"record.json", "arrays.npz", "inputs/clean.npy", ".preceptor.lock"}
    assert files == own | moved


def changed(folder: Path, name: str) -> None:
    """One element of one array other than it was."""
    with np.load(folder / "arrays.npz") as found:
        arrays = dict(found)
    flat = arrays[name].reshape(-1)
    flat[5] = "other" if name == "ids" else not flat[5] if flat.dtype == bool else flat[5] + 1
    np.savez_compressed(folder / "arrays.npz", **arrays)


@pytest.mark.parametrize(
    "name",
    ["ids", "clean/teacher", "moved-1/student", "moved-0/asked", "clean/sure", "moved-2/distances"],
)
def test_a_changed_array_is_noticed(folder: Path, name: str) -> None:
    changed(folder, name)
    with pytest.raises(InputError, match="do not belong together, or were changed"):
        Record.load(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"seed": 0', '"seed": 1'),
        ('"name": "pupil"', '"name": "better"'),
        ('"asked": ', '"asked": 1'),
    ],
)
def test_changed_facts_are_noticed(folder: Path, old: str, new: str) -> None:
    path = folder / "record.json"
    head, facts = path.read_text().split('"student": {', 1)
    assert old in '"student": {' + facts
    path.write_text(head + ('"student": {' + facts).replace(old, new, 1))
    with pytest.raises(InputError, match="were changed"):
        Record.load(folder)


def test_how_long_it_took_is_no_part_of_the_digest(folder: Path) -> None:
    path = folder / "record.json"
    whole = json.loads(path.read_text())
    whole["run"]["seconds"] = 1e6
    path.write_text(json.dumps(whole))
    assert Record.load(folder).digest == whole["digest"]


def test_what_is_no_record_is_refused_in_words(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no record \(record.json is missing\)"):
        Record.load(
            tmp_path / "nowhere" if (tmp_path / "nowhere").exists() else tmp_path / "inputs"
        )
    path = folder / "record.json"
    text = path.read_text()
    path.write_text(text.replace(SCHEMA, "preceptor/record/99"))
    with pytest.raises(
        InputError, match=r"has schema 'preceptor/record/99'; this version .* reads"
    ):
        Record.load(folder)
    path.write_text("[1, 2]")
    with pytest.raises(InputError, match="has schema 'list'"):
        Record.load(folder)
    path.write_text(text[:100])
    with pytest.raises(InputError, match="cannot be read as a record"):
        Record.load(folder)
    path.write_text(text)
    (folder / "arrays.npz").write_bytes(b"PK no")
    with pytest.raises(InputError, match="cannot be read as a record"):
        Record.load(folder)
    (folder / "arrays.npz").unlink()
    with pytest.raises(InputError, match=r"arrays\.npz is missing"):
        Record.load(folder)


def test_an_incomplete_record_says_so_in_its_json(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        run(tmp_path / "a", teacher=ledger.keep(Seer(), budget=0, purpose="a"))
    whole = json.loads((tmp_path / "a" / "record.json").read_text())
    assert whole["questions"]["answered"] == 0
    clean = whole["summary"]["clean"]["teacher_relative_accuracy"]
    assert clean["value"] is None
    assert clean["bounds"] == [0.0, 1.0]
    assert clean["unasked"] == 40
    assert whole["summary"]["clean"]["void_share"] is None
    assert whole["summary"]["attacks"][0]["false_alarm_share"] is None


def test_another_student_teacher_or_plan_is_another_digest(tmp_path: Path) -> None:
    digests = [
        run(tmp_path / "0").digest,
        run(tmp_path / "1", student=Pupil(name="other")).digest,
        run(tmp_path / "2", teacher=Seer(version="2")).digest,
        run(tmp_path / "3", plan=Plan(ATTACKS, level=0.9)).digest,
        run(tmp_path / "4", plan=Plan((*ATTACKS[:-1], Push((0.1, 0.1), "p")))).digest,
        run(tmp_path / "5", source=world(39)).digest,
        run(tmp_path / "6", classes=("a", "b")).digest,
    ]
    assert len(set(digests)) == len(digests)
    assert run(tmp_path / "0").digest == digests[0]


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 3))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    SHAPES,
    st.sampled_from([np.float32, np.int64, np.bool_]),
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.integers(0, 99)), max_size=8),
    st.lists(st.integers(0, 8), max_size=6),
)
def test_rows_behave_as_an_array(
    tmp_path_factory: pytest.TempPathFactory, shape, dtype, writes, picks
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.npy"
    rows, model = NpyFile(path, shape, dtype), np.zeros(shape, dtype)
    for start, count, value in writes:
        part = np.full((count, shape[1]), value).astype(dtype)[: max(0, shape[0] - start)]
        rows.write(start, part)
        model[start : start + count] = part
        if value % 3 == 0:
            rows.close()
            rows = NpyFile(path, shape, dtype)
    assert np.array_equal(rows.all(), model)
    some = [pick for pick in picks if pick < shape[0]]
    assert np.array_equal(rows.take(np.array(some, dtype=np.int64)), model[some])
    assert np.array_equal(rows.read(0, 1), model[:1])
    rows.close()
    assert np.array_equal(np.load(path), model)


def test_rows_of_another_form_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    NpyFile(path, (3, 2), np.float32).close()
    for shape, dtype in (((4, 2), np.float32), ((3, 2), np.int64), ((3,), np.float32)):
        with pytest.raises(InputError, match=r"holds float32 of shape \(3, 2\); expected"):
            NpyFile(path, shape, dtype)
    path.write_bytes(b"something else")
    with pytest.raises(InputError, match=r"rows\.npy is no array file"):
        NpyFile(path, (3, 2), np.float32)


def test_what_is_written_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    rows = NpyFile(path, (3,), np.int64)
    size = path.stat().st_size
    rows.write(1, np.array([7]))
    assert np.load(path).tolist() == [0, 7, 0]
    assert path.stat().st_size == size
    rows.close()
    assert not list(tmp_path.glob("new.*"))
