"""Rows of a table before people: as text, with words that a later file brings; a panel's account."""

import json
from pathlib import Path

import numpy as np
import torch
from table_worlds import TABLE, rows

from preceptor.api.data import as_data
from preceptor.api.given_teacher import read_human
from preceptor.cli.ledger_command import _numbers
from preceptor.core.shown_rows import as_text, shown_row, written
from preceptor.desk.question_pictures import cells, features
from preceptor.ledger import Total
from preceptor.people import Settings

DOMAIN = TABLE.describe()


def test_numbers_are_written_as_people_write_them() -> None:
    said = [
        written(one) for one in (21080.0, 0.375, 26508.372, 1e-9, -3.0, 0.1 + 0.2, float("nan"))
    ]
    assert said == ["21,080", "0.375", "26,508.4", "1e-09", "-3", "0.3", "nan"]


def test_a_row_reads_as_words_and_marks_what_changed() -> None:
    clean = rows(1, 7)
    moved = clean.clone()
    moved[0, TABLE.place["home"]] = TABLE.column["home"].codes[1]
    moved[0, TABLE.place["age"]] += 1
    shown = {one.name: one for one in shown_row(DOMAIN, moved.numpy(), clean.numpy())}
    assert list(shown) == [column.name for column in TABLE.columns]
    assert shown["home"].text == "own"
    assert shown["age"].change == "+1"
    assert shown["loan"].before is None
    assert "age" in as_text(list(shown.values()))
    gone = clean.clone()
    gone[0, TABLE.place["member"] : TABLE.place["member"] + 2] = torch.tensor([0.0, 1.0])
    assert {one.name: one.text for one in shown_row(DOMAIN, gone.numpy())}["member"] == "missing"


def test_the_desk_shows_columns_and_teaches_coordinates() -> None:
    settings = Settings.read(json.dumps(Settings.of(TABLE, ("no", "yes")).describe()))
    row = rows(1, 7)[0].numpy()
    shown = cells(row, settings)
    assert [one["name"] for one in shown] == [column.name for column in TABLE.columns]
    words = {one["name"]: one for one in shown}
    assert words["home"]["value"] in ("rent", "own", "mortgage", "missing")
    assert words["home"]["place"] is None
    assert 0 <= words["age"]["place"] <= 1
    assert len(features(row, settings)) == len(TABLE.names)
    plain = Settings(("no", "yes"), (2,), names=("a", "b"))
    assert cells(np.array([0.5, 1.0]), plain) == features(np.array([0.5, 1.0]), plain)
    assert "table" not in plain.describe()


def test_a_study_learns_the_words_of_a_later_file(tmp_path: Path) -> None:
    ledger, file = tmp_path / "a.db", tmp_path / "data.csv"
    for words in ("rent,own,own", "rent,own,boat"):
        lines = [f"{i},{word}" for i, word in enumerate(words.split(","))]
        file.write_text("\n".join(["age,home", *lines]) + "\n")
        human = read_human("ann", as_data(file), ["no", "yes"], ledger)
        human.studies.make("ann", human.study.settings)
        said = {one["name"]: one for one in human.study.settings.domain["columns"]}
        human.studies.close()
    assert sorted(said["home"]["words"]) == ["boat", "own", "rent"]


def test_a_panels_answers_are_its_members() -> None:
    panel = Total("panel", "1", "audit", 400, 0, 0.0, 0.0, "")
    member = Total("one", "1", "audit", 400, 400, 0.0, 0.0, "")
    silent = Total("mute", "1", "other", 3, 0, 0.0, 0.0, "")
    everyone = [panel, member, silent]
    assert [_numbers(one, everyone)[1] for one in everyone] == ["members'", "400", "0"]
