"""Texts as people have them: lists, tables and files; and where they are refused."""

import json
from pathlib import Path

import pytest
from commands import preceptor

import preceptor as pr
from preceptor.api.data import as_data
from preceptor.api.moved_inputs import read_moved
from preceptor.api.text_files import TextReading
from preceptor.core import InputError, TextDomain, Texts

ROWS = [f"A review, number {i}, of some length: {'good' if i % 2 else 'bad'}." for i in range(24)]
ANY = TextReading()


def write(path: Path) -> Path:
    table = [{"id": f"r{i}", "place": "ab"[i % 2], "review": row} for i, row in enumerate(ROWS)]
    if path.suffix == ".csv":
        lines = ["id,place,review", *(f'{r["id"]},{r["place"]},"{r["review"]}"' for r in table)]
        path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    elif path.suffix == ".tsv":
        path.write_text("\n".join("\t".join(r) for r in [table[0], *map(dict.values, table)]))
    elif path.suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(table), path)
    else:
        path.write_text("\n".join(map(json.dumps, table)))
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_tables_with_a_column_of_texts(tmp_path: Path, suffix: str) -> None:
    data = as_data(write(tmp_path / f"reviews.{suffix}"), texts=ANY)
    assert data.source.texts.rows == tuple(ROWS)
    assert data.source.ids[1] == "r1"
    assert data.source.columns == {"place": ("a", "b") * 12}
    assert data.source.name == "reviews"
    assert [one.code for one in data.remarks] == ["text-column"]


def test_what_is_in_memory() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"review": ROWS, "stars": range(24)}, index=[f"i{i}" for i in range(24)]
    )
    for thing, text in (
        (ROWS, ()),
        (tuple(ROWS), ()),
        (Texts(tuple(ROWS)), ()),
        (pandas.Series(ROWS), ()),
        (frame, ("review",)),
        (frame[["review"]], ()),
    ):
        data = as_data(thing, texts=TextReading(text))
        assert data.source.texts.rows == tuple(ROWS)
    assert as_data(frame, texts=TextReading(("review",))).source.columns["stars"][3] == "3"
    assert as_data(frame, texts=TextReading(("review",))).source.ids[3] == "i3"
    pairs = as_data([("a", "b"), ("c", "d")], texts=ANY)
    assert pairs.source.texts.fields == ("first", "second")
    some = as_data(ROWS, texts=ANY, items=5, seed=3)
    assert [ROWS[int(one)] for one in some.source.ids] == [*some.source.texts]
    limited = as_data(ROWS, texts=ANY, bounds=TextDomain(longest=500))
    assert limited.source.domain.longest == 500


def test_odd_texts_are_told_and_no_reason_to_stop(tmp_path: Path) -> None:
    odd = [*ROWS, "", "bell \x07", "caf\u00c3\u00a9", "x" * 150_000]
    data = as_data(odd, texts=ANY)
    codes = {one.code for one in data.remarks}
    assert codes == {"empty-texts", "control-characters", "misread-texts", "long-texts"}
    path = tmp_path / "latin.csv"
    path.write_bytes(
        b"text\n"
        + "\n".join(f"caf\u00e9 number {i} is very good" for i in range(5)).encode("latin-1")
    )
    assert [one.code for one in as_data(path, texts=ANY).remarks] == [
        "text-column",
        "misread-texts",
    ]
    record = pr.audit(lambda t: [0] * len(t), odd, lambda t: [0] * len(t), "typos", classes=2)
    assert len(record.ids) == 28


@pytest.mark.parametrize(
    ("lines", "text", "words"),
    [
        ("text\nshort\n", ("txt",), "did you mean"),
        ("text\n", ("text",), "holds no row"),
        ("a,b\nx,y,z\n", ("a",), "expected 2 fields"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, lines: str, text: tuple, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(lines)
    with pytest.raises(InputError, match=words):
        as_data(path, texts=TextReading(text))


def test_where_texts_are_not_understood_that_is_said_at_once() -> None:
    with pytest.raises(InputError, match="these inputs are texts"):
        as_data(Texts(tuple(ROWS)))


def test_whoever_has_no_weights_is_not_taught() -> None:
    with pytest.raises(InputError, match="no weights that learn here; give hashed-texts"):
        pr.teach(
            lambda t: [0] * len(t), ROWS, lambda t: [0] * len(t), strategy="passive", classes=2
        )


MODEL = """
from preceptor.teachers import Rule

def student(texts):
    return [int("good" in text) for text in texts]

def law(texts):
    return [int("go" in text or "odd" in text) for text in texts]

def teacher():
    return Rule(law, name="law", classes=2)
"""


def test_the_command_line(tmp_path: Path) -> None:
    write(tmp_path / "reviews.csv")
    (tmp_path / "m.py").write_text(MODEL)
    start = ("audit", "--student", "m.py:student", "--data", "reviews.csv")
    who = ("--teacher", "m.py:teacher", "--classes", "bad,good")
    done = preceptor(
        tmp_path, *start, *who, "--attack", "typos:edits=1", "--by", "place", columns=200
    )
    assert done.returncode == 0, done.stderr
    assert "[-good-]{+" in done.stdout
    assert "the texts are the column 'review'" in done.stderr
    page = (tmp_path / "audit/report.html").read_text()
    assert "<del>good</del>" in page
    again = preceptor(tmp_path, *start, *who, "--attack", "typos:edits=1", "--text", "review")
    assert "of them answered already" in again.stderr
    wrong = preceptor(tmp_path, *start, *who, "--attack", "pgd:eps=1")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    search = preceptor(tmp_path, "search", *start[1:], *who, "--budget", "20", "--out", "found")
    assert search.returncode == 0, search.stderr


def test_moved_texts_are_paired_by_their_ids(tmp_path: Path) -> None:
    """In whatever order they stand, also for a sample; and never by their order against the ids."""
    told: list[str] = []
    mixed = tmp_path / "moved.jsonl"
    lines = [json.dumps({"id": f"r{i}", "text": f"{row} Moved."}) for i, row in enumerate(ROWS)]
    mixed.write_text("\n".join(reversed(lines)))
    data = as_data(write(tmp_path / "reviews.csv"), texts=ANY, items=5)
    found = read_moved([f"m={mixed}"], data, told.append)[0]
    assert list(found.inputs) == [f"{row} Moved." for row in data.source.texts]
    plain = as_data(ROWS, texts=ANY)  # numbered here, while the file counts r0, r1, ...
    with pytest.raises(InputError, match="have none"):
        read_moved([f"m={mixed}"], plain, told.append)
    mixed.write_text("\n".join([*lines[:-1], lines[0]]))
    with pytest.raises(InputError, match="ids that repeat"):
        read_moved([f"m={mixed}"], as_data(write(tmp_path / "reviews.csv"), texts=ANY), told.append)
