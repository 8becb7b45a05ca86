"""Export and import: the identity, nothing twice, nothing over what is there; on both databases."""

import csv
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from people_desk import enroll, inputs, say, take, work

from preceptor.core import UNCERTAIN, InputError, UnansweredError
from preceptor.people import Human, Settings, Studies, Study
from preceptor.people.exchange import Format, read, write
from preceptor.people.exchange.csv_exchange import neutral, read_csv, restored, write_csv
from preceptor.people.exchange.exchange_rows import (
    ExchangedAnswer,
    QuestionRow,
    answers_of,
    questions_of,
)

NASTY = [
    "=HYPERLINK(1)",
    "'quoted",
    "+1",
    'a,b\n"c"',
    " =x",
    "\uff1d1",
    "-",
    "@cmd",
    "|x",
    "<b>&amp;",
]
WORDS = ("=a", "b,'c", "can't")


def answered(studies: Studies) -> Study:
    """Three people, corrections, a withdrawal, notes, repetitions, checks, an open question."""
    settings = Settings(WORDS, (1, 2, 2), overlap=2, again=0.3, known=0.2)
    study = studies.make("t", settings)
    studies.file("t", inputs(40), "=audit")
    studies.know("t", inputs(43)[40:], [0, 1, UNCERTAIN])
    for person in enroll(studies, "=ann", "'ben"):
        asked = work(studies, study, person, lambda lease: lease.question % 4 - 1, most=45)
        say(studies, study, person, asked[0].ticket, 2, seconds=0.1 + 0.2, note=NASTY[0])
        say(studies, study, person, asked[1].ticket, None)
        for lease, note in zip(asked[2:], NASTY, strict=False):
            say(studies, study, person, lease.ticket, UNCERTAIN, note=note)
    return study


def rows(studies: Studies, name: str = "t") -> list[ExchangedAnswer]:
    with studies.database.read() as db:
        return answers_of(db, studies.get(name).number)


def questions(studies: Studies) -> list[tuple[object, ...]]:
    with studies.database.read() as db:
        found = questions_of(db, studies.get("t"))
    return [
        (one.input, one.inputs.numpy().tobytes(), one.filed_at, one.purposes, one.known)
        for one in found
    ]


def test_json_lines_make_the_same_study_elsewhere(studies: Studies, tmp_path: Path) -> None:
    answered(studies)
    file, again = tmp_path / "t.jsonl", tmp_path / "again.jsonl"
    write(studies, "t", file, "jsonl")
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
        assert not receipt.refused
        assert receipt.answers == len(rows(studies)) > 90
        assert rows(other) == rows(studies)
        assert questions(other) == questions(studies)
        assert other.get("t").settings == studies.get("t").settings
        write(other, "t", again, "jsonl")
        assert again.read_bytes() == file.read_bytes()
        first, second = (Human(one, one.get("t")) for one in (studies, other))
        assert said(first).equal(said(second))
        with studies.database.read() as db, other.database.read() as db2:
            tally = "SELECT votes, needed FROM desk_tally ORDER BY question"
            assert db.all(tally) == db2.all(tally)


def said(human: Human) -> torch.Tensor:
    try:
        return human(inputs(40)).labels
    except UnansweredError as error:
        return error.answers.labels.where(error.answered, torch.tensor(-9))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "label-studio"])
def test_the_same_file_again_changes_nothing(
    studies: Studies, tmp_path: Path, kind: Format
) -> None:
    answered(studies)
    before = rows(studies)
    file = tmp_path / "t.any"
    write(studies, "t", file, kind)
    for _ in range(2):
        receipt = read(studies, file, kind, name="t")
        assert (receipt.answers, receipt.questions, receipt.refused) == (0, 0, [])
        assert receipt.present > 50
    assert rows(studies) == before


@pytest.mark.parametrize("kind", ["csv", "label-studio"])
def test_answers_come_to_a_study_with_the_same_questions(
    studies: Studies, tmp_path: Path, kind: Format
) -> None:
    study = answered(studies)
    file = tmp_path / "t.any"
    write(studies, "t", file, kind)
    with Studies(tmp_path / "other.db") as other:
        other.make("t", study.settings)
        other.file("t", inputs(40), "an audit")
        other.know("t", inputs(43)[40:], [0, 1, UNCERTAIN])
        assert read(other, file, kind, name="t").refused == []
        if kind == "csv":
            assert sorted(rows(other), key=lambda r: r.token) == sorted(
                rows(studies), key=lambda r: r.token
            )
        else:
            stand = {r.token: replace(r, supersedes=None) for r in rows(studies) if r.stands}
            assert {r.token: r for r in rows(other)} == stand
        assert read(other, file, kind, name="t").answers == 0
        # whoever has answered elsewhere is not asked again, and may correct
        (ann,) = enroll(other, "=ann")
        mine = {
            r.input for r in rows(other) if (r.person, r.kind, r.stands) == ("=ann", "ask", True)
        }
        leases = take(other, study, ann, 10)
        with other.database.read() as db:
            open_ = {
                db.all("SELECT input FROM desk_questions WHERE id = :id", id=one.question)[0][0]
                for one in leases
                if one.kind == "ask"
            }
        assert not open_ & mine


def test_what_is_there_is_never_written_over(studies: Studies, tmp_path: Path) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.0, known=0.0))
    studies.file("t", inputs(2), "x")
    (ann,) = enroll(studies, "ann")
    (lease, _) = work(studies, study, ann, lambda _: 0)
    file = tmp_path / "t.csv"
    write(studies, "t", file, "csv")
    say(studies, study, ann, lease.ticket, 1)
    before = rows(studies)
    table = list(csv.DictReader(io.StringIO(file.read_text())))
    forged = {**table[0], "label": "b", "label_number": "1"}
    stale = {**table[0], "answer": "x" * 20, "supersedes": before[0].token}
    blind = {**table[0], "answer": "", "label": "b", "label_number": "1"}
    elsewhere = {**table[0], "answer": "", "input": "0" * 64}
    _put(file, [forged, stale, blind, elsewhere])
    receipt = read(studies, file, "csv", name="t")
    assert [where for where, _ in receipt.refused] == [f"line {n}" for n in (2, 3, 4, 5)]
    for word, (_, why) in zip(
        ("another content", "has been superseded", "has answered this", "no question"),
        receipt.refused,
        strict=True,
    ):
        assert word in why
    assert rows(studies) == before


def _put(file: Path, table: list[dict[str, str]]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def test_a_plain_table_by_hand(studies: Studies, tmp_path: Path) -> None:
    studies.make("t", Settings(("a", "b"), (1, 2, 2)))
    studies.file("t", inputs(3), "x")
    with studies.database.read() as db:
        keys = [one.input for one in questions_of(db, studies.get("t"))]
    file = tmp_path / "t.csv"
    labels = ("a", "can't tell", "c")
    _put(
        file,
        [
            {"input": key, "person": "ann", "label": label}
            for key, label in zip(keys, labels, strict=True)
        ],
    )
    receipt = read(studies, file, "csv", name="t")
    assert (receipt.answers, len(receipt.refused)) == (2, 1)
    assert "line 4" in receipt.refused[0][0]
    assert "no label 'c'" in receipt.refused[0][1]
    assert read(studies, file, "csv", name="t").present == 2
    assert [row.label for row in rows(studies)] == [0, UNCERTAIN]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("csv", "", "line 1"),
        ("csv", "input,person\n", "missing: label"),
        ("csv", "input,person,label\na,b\n", "line 2: 2 cells"),
        ("csv", 'input,person,label\n"a,b,c\n', "no CSV"),
        ("csv", b"input,person,label\n\xff,b,c\n", "UTF-8"),
        ("jsonl", "", "line 1"),
        ("jsonl", '{"record": "study"}\n', "format None"),
        ("jsonl", "[]", "line 1"),
        ("jsonl", '{"record": "study", "format": "preceptor study 1"}', "no settings"),
        ("jsonl", "[" * 100_000, "no JSON"),
        ("jsonl", '{"record": "study", "x": NaN}', "NaN is no number"),
        ("label-studio", "[\n{\n", "line"),
        ("label-studio", "{}", "list of tasks"),
        ("label-studio", "[" * 100_000, "no JSON"),
    ],
)
def test_bad_files_say_where(tmp_path: Path, kind: Format, text: str | bytes, said: str) -> None:
    file = tmp_path / "bad"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with Studies(tmp_path / "s.db") as studies:
        studies.make("t", Settings(("a", "b"), (1, 2, 2)))
        with pytest.raises(InputError, match=said):
            read(studies, file, kind, name="t")


@pytest.mark.parametrize(
    "change",
    [
        {"label_number": 7},
        {"label_number": True},
        {"label": "b"},
        {"seconds": "x"},
        {"seconds": -1},
        {"kind": "guess"},
        {"person": "\n"},
        {"person": "\ud800"},
        {"note": "\x00"},
        {"note": "x" * 2001},
        {"note": 5},
        {"answered_at": "yesterday"},
        {"answered_at": "0001-01-01T00:00:00+23:00"},
        {"answer": "x" * 81},
        {"input": None},
    ],
)
def test_bad_answers_are_refused_one_by_one(
    studies: Studies, tmp_path: Path, change: dict[str, object]
) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.0, known=0.0))
    studies.file("t", inputs(2), "x")
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda _: 0)
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    records = [json.loads(line) for line in file.read_text().splitlines()]
    records[-1] |= {"answer": "", **change}
    file.write_text("\n".join(map(json.dumps, records)))
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
        assert (receipt.answers, receipt.questions) == (1, 2)
        assert [where for where, _ in receipt.refused] == [f"line {len(records)}"]


def test_a_damaged_input_is_refused(studies: Studies, tmp_path: Path) -> None:
    studies.make("t", Settings(("a", "b"), (1, 2, 2)))
    studies.file("t", inputs(2), "x")
    file = tmp_path / "t.jsonl"
    write(studies, "t", file, "jsonl")
    first, second = (json.loads(line)["values"] for line in file.read_text().splitlines()[1:])
    file.write_text(file.read_text().replace(second, first))
    with Studies(tmp_path / "other.db") as other:
        receipt = read(other, file, "jsonl")
    assert receipt.questions == 1
    assert "digest" in receipt.refused[0][1]


def test_no_cell_is_a_formula(studies: Studies, tmp_path: Path) -> None:
    answered(studies)
    file = tmp_path / "t.csv"
    write(studies, "t", file, "csv")
    cells = [cell for row in csv.reader(io.StringIO(file.read_text())) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+@\uff1d|") and cell != ""]


@given(st.text())
def test_neutral_cells_come_back(text: str) -> None:
    assert restored(neutral(text)) == text
    assert neutral(text).lstrip()[:1] not in tuple("=+-@")


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30
) | st.sampled_from(NASTY)


@given(
    st.lists(
        st.tuples(texts, texts, st.sampled_from([UNCERTAIN, 0, 1, 2, None]), st.floats(0, 3600)),
        max_size=8,
    )
)
def test_tables_round_trip(said: list[tuple[str, str, int | None, float]]) -> None:
    settings = Settings(WORDS, (1, 2, 2))
    given_ = [
        ExchangedAnswer(f"t{i}", "k", person or "x", "ask", label, seconds, note, "2026")
        for i, (person, note, label, seconds) in enumerate(said)
    ]
    question = QuestionRow(1, "k", inputs(1), "2026")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv(file, settings, [question], given_)
        assert [row for _, row in read_csv(path, settings)] == (given_ or [None])


@pytest.mark.parametrize("cell", ["", "na", "NaN", "None"])
def test_a_label_that_says_nothing_is_no_answer(
    studies: Studies, tmp_path: Path, cell: str
) -> None:
    studies.make("t", Settings(WORDS, (1, 2, 2)))
    studies.file("t", inputs(2), "audit")
    keys = [str(one[0]) for one in questions(studies)]
    file = tmp_path / "t.csv"
    file.write_text(
        f"input,person,label,label_number,seconds\n{keys[0]},None,{cell},na,nan\n"
        f'{keys[1]},None,"b,\'c",,nan\n'
    )
    receipt = read(studies, file, "csv", name="t")
    assert (receipt.answers, receipt.passed, receipt.refused) == (1, 1, [])
    (row,) = rows(studies)
    assert (row.person, row.label, row.seconds) == ("None", 1, 0.0)


def test_a_plain_minus_one_and_the_ids_of_items(studies: Studies, tmp_path: Path) -> None:
    answered(studies)
    file = tmp_path / "t.csv"
    first = str(questions(studies)[0][0])
    write(studies, "t", file, "csv", items={first: "=item 7"})
    with file.open(newline="", encoding="utf-8") as opened:
        table = list(csv.DictReader(opened))
    assert {row["label_number"] for row in table if row["label"] == "can't tell"} == {"-1"}
    assert {row["item"] for row in table if row["input"] == first} == {"'=item 7"}
    assert {row["item"] for row in table if row["input"] != first} == {""}
    receipt = read(studies, file, "csv", name="t")
    assert receipt.refused == []
    assert receipt.answers == 0
