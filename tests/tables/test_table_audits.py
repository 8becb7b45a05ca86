"""Tables as people have them, audited: from CSV on the command line, from a DataFrame in a notebook."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from commands import preceptor
from customers import FEATURES, customers, law, pipeline
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import preceptor as pr
from preceptor.api.data import as_data
from preceptor.api.given_tables import TableWords
from preceptor.core import InputError, TableDomain
from preceptor.core.table_frames import frame_of

ATTACKS = ["noise:size=0.1,tries=2", "cells:count=1,size=0.1,queries=20"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("customers")
    customers(40, 1).to_csv(made / "data.csv", index=False)
    here = Path(__file__).with_name("customers.py").read_text()
    (made / "model.py").write_text(here + "\n\nmodel = pipeline()\n")
    (made / "rule.py").write_text(here)
    return made


def audit(data: object, student: object = None, teacher: object = law, **more):
    given = {"attacks": ATTACKS, "classes": ["refuse", "grant"], "ledger": ":memory:", **more}
    return pr.audit(student or pipeline(), data, teacher, **given)


def test_a_csv_with_words_and_gaps_is_audited_without_glue(folder: Path) -> None:
    words = ("--student", "model.py:model", "--data", "data.csv", "--teacher", "rule.py:law")
    more = ("--classes", "refuse,grant", "--relation", "loan <= income")
    attacks = [word for attack in ATTACKS for word in ("--attack", attack)]
    done = preceptor(folder, "audit", *words, *more, *attacks, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads((folder / "audit/record.json").read_text())
    notes = {one["code"]: one["message"] for one in record["findings"]}
    assert "home (category of 3: mortgage, own, rent)" in notes["columns-taken"]
    ages = customers(40, 1)["age"]
    assert f"age (whole {ages.min()} to {ages.max()})" in notes["columns-taken"]
    domain = TableDomain.read(record["source"]["domain"])
    moved = np.load(folder / "audit/inputs/moved-1.npy")
    assert not bool(domain.outside(torch.from_numpy(moved)).any())
    rows = frame_of(domain, torch.from_numpy(moved))
    assert set(rows["home"]) <= {"rent", "own", "mortgage"}
    assert rows["age"].dtype.kind == "i"
    gone = int(customers(40, 1)["income"].isna().sum())
    assert gone
    assert int(rows["income"].isna().sum()) == gone
    said = pr.Record.load(folder / "audit").clean.sheet.teacher
    assert int((said == -1).sum()) == gone
    page = (folder / "audit/report.html").read_text()
    assert ">home<" in page
    assert "e+0" not in page
    again = preceptor(folder, "audit", *words, *more, *attacks, "--dry-run")
    asked = again.stderr.split()
    assert (
        asked[0] == asked[4]
    )  # every question is answered already: N questions for law, N of them


def test_a_frame_in_a_notebook_is_the_csv_on_the_command_line() -> None:
    frame = customers(30, 1)
    first = audit(frame, attacks="none")
    indexed = audit(frame.set_index("id"), attacks="none")
    assert first.ids == indexed.ids == tuple(frame["id"])
    assert first.digest == indexed.digest


@pytest.mark.parametrize("trees", [False, True], ids=["one-hot", "trees"])
def test_a_pipeline_gets_the_rows_as_it_was_trained_on_them(trees: bool) -> None:
    frame, model = customers(30, 1), pipeline(trees)
    record = audit(frame, model, attacks="none")
    expected = [["refuse", "grant"].index(one) for one in model.predict(frame[FEATURES])]
    assert record.clean.sheet.student.tolist() == expected


def test_columns_that_a_pipeline_drops_need_not_be_in_the_data() -> None:
    past = customers(200, 0).assign(decided=lambda rows: law(rows))
    past = past[past["decided"] != "cannot tell"]
    for chosen in (["loan"], [2], slice("loan", "loan"), np.arange(7) == 2):
        first = ColumnTransformer([("n", StandardScaler(), chosen), ("d", "drop", ["id"])])
        model = make_pipeline(first, LogisticRegression()).fit(past, past["decided"])
        rows = customers(20, 1)
        record = audit(rows, model, attacks="none")
        said = (model.predict(rows.assign(decided="")) == "grant").astype(int)
        assert record.clean.sheet.student.tolist() == said.tolist()
        with pytest.raises(InputError, match=r"lack loan: .* Fit it without"):
            audit(rows.drop(columns="loan"), model, teacher=lambda r: [0] * len(r), attacks="none")


def test_a_function_of_rows_is_a_student() -> None:
    def guess(rows: pd.DataFrame) -> pd.Series:
        return (rows["home"] == "own").map({True: "grant", False: "refuse"})

    record = audit(customers(30, 1), guess, attacks="none")
    own = customers(30, 1)["home"] == "own"
    assert record.clean.sheet.student.tolist() == own.astype(int).tolist()


@pytest.mark.parametrize(
    "nothing", [None, np.nan, pd.NA, -1, "cannot tell"], ids=["None", "nan", "NA", "-1", "words"]
)
def test_there_are_many_ways_to_say_that_one_cannot_tell(nothing: object) -> None:
    def rule(rows: pd.DataFrame) -> list[object]:
        return [nothing if gone else 1 for gone in rows["income"].isna()]

    record = audit(customers(30, 1), teacher=rule, attacks="none")
    gone = customers(30, 1)["income"].isna()
    assert record.clean.sheet.teacher.tolist() == np.where(gone, -1, 1).tolist()


def test_one_row_at_a_time_is_a_series() -> None:
    rule = pr.Rule(
        lambda row: int(row["home"] == "own"), name="one", classes=2, version="1", batched=False
    )
    record = audit(customers(20, 1), teacher=rule, attacks="none")
    assert record.clean.sheet.teacher.tolist() == (customers(20, 1)["home"] == "own").tolist()


def test_a_word_that_is_no_class_is_refused() -> None:
    with pytest.raises(
        InputError, match="says 'perhaps'; the names of the classes are refuse, grant"
    ):
        audit(customers(20, 1), teacher=lambda rows: ["perhaps"] * len(rows), attacks="none")


def test_more_rows_and_another_word_ask_only_what_is_new(tmp_path: Path) -> None:
    """Codes hang on words alone, so a row keeps its key when the table grows."""
    asked: list[int] = []

    def rule(rows: pd.DataFrame) -> list[int]:
        asked.append(len(rows))
        return [1] * len(rows)

    rule_ = pr.Rule(rule, name="counting", classes=2, version="1")
    ledger = tmp_path / "answers.db"
    frame = customers(40, 1)
    audit(frame.iloc[:20], lambda rows: [1] * len(rows), rule_, attacks="none", ledger=ledger)
    more = frame.copy()
    more.loc[39, "home"] = "boat"
    asked.clear()
    audit(
        more.sample(frac=1, random_state=3),
        lambda rows: [1] * len(rows),
        rule_,
        attacks="none",
        ledger=ledger,
    )
    assert sum(asked) == 20


def test_other_columns_are_another_question(tmp_path: Path) -> None:
    asked: list[int] = []

    def rule(rows: pd.DataFrame) -> list[int]:
        asked.append(len(rows))
        return (rows["a"] > rows["b"]).astype(int).tolist()

    rule_ = pr.Rule(rule, name="counting", classes=2, version="1")
    frame = pd.DataFrame({"a": np.arange(20) + 0.5, "b": np.arange(20)[::-1] + 0.25})
    turned = pd.DataFrame({"b": frame["a"], "a": frame["b"]})
    for one in (frame, turned):
        record = audit(
            one, lambda rows: [0] * len(rows), rule_, attacks="none", ledger=tmp_path / "a.db"
        )
        assert record.clean.sheet.teacher.tolist() == (one["a"] > one["b"]).astype(int).tolist()
    assert sum(asked) == 40


def test_numbers_alone_still_reach_functions_of_tensors() -> None:
    frame = pd.DataFrame({"a": np.linspace(0, 1, 30), "b": np.linspace(1, 0, 30)})
    record = pr.audit(
        lambda x: (x[:, 0] > 0.5).long(),
        frame,
        lambda x: (x[:, 0] > x[:, 1]).long(),
        "none",
        classes=2,
        ledger=":memory:",
    )
    assert record.clean.sheet.teacher.tolist() == [0] * 15 + [1] * 15


def domain(frame: pd.DataFrame, **words) -> TableDomain:
    found = as_data(frame, words=TableWords(**words)).source.domain
    assert isinstance(found, TableDomain)
    return found


def test_kinds_are_found_out() -> None:
    frame = pd.DataFrame(
        {
            "years": [1.0, 2.0, 7.0],
            "share": [0.5, 2.0, 1.0],
            "flag": [0, 1, 1],
            "truth": [True, False, True],
            "size": pd.Categorical(["S", "L", "S"], categories=["S", "M", "L"], ordered=True),
            "gap": [1.5, None, 2.5],
            "said": [True, None, False],
            "red": [1, 0, 0],
            "green": [0, 1, 0],
            "blue": [0, 0, 1],
        }
    )
    found = domain(frame)
    kinds = {column.name: column.kind for column in found.columns}
    assert kinds == {
        "years": "whole", "share": "number", "flag": "boolean", "truth": "boolean",
        "size": "category", "gap": "number", "said": "boolean",
        "red": "boolean", "green": "boolean", "blue": "boolean",
    }  # fmt: skip
    assert found.column["size"].words == ("S", "M", "L")
    assert [one.text for one in found.relations] == ["one of red, green, blue"]
    again = frame_of(found, torch.from_numpy(as_data(frame).source.inputs).float())
    pd.testing.assert_frame_equal(again, frame)


def test_columns_can_be_declared_in_words_options_and_a_file(tmp_path: Path) -> None:
    frame = customers(30, 1)
    file = tmp_path / "columns.toml"
    file.write_text(
        'relations = ["loan <= income"]\n[age]\nkind = "whole"\nlow = 18\nhigh = 99\nchange = "fixed"\n'
        "[home]\nexchanges = [['rent', 'own']]\n"
    )
    ways = (
        {"columns": {"age": "whole,low=18,high=99,fixed", "home": "exchanges=rent>own"}},
        {"columns": ["age:whole,low=18,high=99,fixed", "home:exchanges=rent>own"]},
        {
            "columns": {
                "age": {"low": 18, "high": 99, "change": "fixed"},
                "home": "exchanges=rent>own",
            }
        },
    )
    told = [domain(frame, relations="loan <= income", **one) for one in ways]
    told.append(domain(frame, columns=file))
    assert all(one.describe() == told[0].describe() for one in told)
    assert told[0].column["age"].change == "fixed"


def test_labels_and_what_is_ignored_travel_along() -> None:
    frame = customers(30, 1).assign(decided=lambda one: law(one), note="x")
    found = as_data(frame, words=TableWords(columns=["note:ignore"], label="decided"))
    assert isinstance(found.source.domain, TableDomain)
    assert [one.name for one in found.source.domain.columns] == FEATURES
    assert found.source.columns["decided"] == tuple(law(frame))  # type: ignore[attr-defined]
    assert set(found.source.columns["note"]) == {"x"}  # type: ignore[attr-defined]


def test_an_array_becomes_a_table_only_if_that_is_said(tmp_path: Path) -> None:
    rows = np.array([[20, 1, 3], [30, 0, 5], [40, 1, 3]], dtype=np.float32)
    np.savez(tmp_path / "a.npz", inputs=rows, names=np.array(["age", "own", "area"]))
    plain = as_data(tmp_path / "a.npz").source.domain
    assert type(plain).__name__ == "Domain"
    told = as_data(tmp_path / "a.npz", words=TableWords(columns=["area:category"])).source
    assert told.domain.column["area"].words == (3.0, 5.0)  # type: ignore[attr-defined]
    assert torch.equal(told.read(0, 3), torch.from_numpy(rows))  # the keys of answers stay


@pytest.mark.parametrize(
    ("frame", "words", "said"),
    [
        ({"a": [1.0, np.inf]}, {}, "not finite"),
        ({"a": [None, None]}, {}, "no value at all"),
        ({"a": pd.to_datetime(["2020-01-01", "2021-01-01"])}, {}, "days since a date"),
        ({"a": [f"text {i}" for i in range(90)]}, {}, "look like"),
        ({"a": [1, 2], "b": [2, 1]}, {"relations": "a <= b"}, "breaks the relation a <= b"),
        ({"a": [1, 2]}, {"columns": {"b": "whole"}}, "names 'b'"),
        ({"a": [1, 2]}, {"columns": "a:hole"}, "is none of number"),
        ({"a": [1, 2]}, {"columns": "a:low=x"}, "must be a number"),
        ({"a": [1.5, 2]}, {"columns": "a:whole"}, "the column is whole"),
        ({"a": [1, 2, 3]}, {"columns": "a:high=2"}, "the column is"),
        ({"a": ["x", "y"]}, {"columns": "a:words=x/z"}, "holds 'y'"),
        ({"a": [1, 2]}, {"label": "b"}, "has the columns a"),
        ({"a": [2**24 + 1, 1]}, {}, "float32"),
        ({"a": []}, {}, "nothing"),
        ({"a": [1, 2]}, {"relations": "a <= c"}, "no column 'c'"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_used_is_refused_in_words(frame: dict, words: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        domain(pd.DataFrame(frame), **words)


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.xlsx").write_bytes(b"PK")
    for name, said in (
        ("a.csv", "separated by ';'"),
        ("b.csv", "cannot be read"),
        ("c.xlsx", "no form"),
    ):
        with pytest.raises(InputError, match=said):
            as_data(tmp_path / name)
    (tmp_path / "m.py").write_text("m = None\n")
    done = preceptor(tmp_path, "audit", "--student", "m.py:m", "--data", "c.xlsx")
    assert done.returncode == 2
    assert "Save the sheet as CSV" in done.stderr


def test_parquet_is_read_as_the_frame_that_was_written(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = customers(20, 1)
    frame.to_parquet(tmp_path / "a.parquet")
    found, same = as_data(tmp_path / "a.parquet").source, as_data(frame).source
    assert found.domain.describe() == same.domain.describe()
    assert torch.equal(found.read(0, 20), same.read(0, 20))


def test_a_network_is_not_handed_the_codes_of_words() -> None:
    with pytest.raises(InputError, match="columns home of the data hold words"):
        audit(customers(20, 1), torch.nn.Linear(6, 2), attacks="none")


def test_moved_rows_of_a_frame_belong_to_the_table() -> None:
    frame = customers(20, 1)
    moved = frame.assign(home="own")[[*FEATURES[::-1], "id"]]
    record = audit(frame, attacks=[], moved={"all own": moved})
    assert record.attacks[0]["name"] == "all own"
    with pytest.raises(InputError, match="holds 'boat'"):
        audit(frame, attacks=[], moved={"boats": frame.assign(home="boat")})


def test_a_size_that_makes_other_cases_of_most_rows_is_a_finding() -> None:
    def rule(rows: pd.DataFrame) -> pd.Series:
        return (rows["loan"] > 12_000).astype(int)

    record = audit(customers(40, 1), rule, rule, attacks=["noise:size=2"])
    found = [one for one in record.facts["findings"] if one["code"] == "mostly-relabelled"]
    calm = audit(customers(40, 1), rule, rule, attacks=["noise:size=0.001"])
    assert "another label" in found[0]["message"]
    assert not [one for one in calm.facts["findings"] if one["code"] == "mostly-relabelled"]


def test_search_and_explanation_speak_of_columns() -> None:
    model, frame = pipeline(), customers(30, 1)
    record = audit(frame, model, attacks="none")
    why = pr.explain(record, model, law, budget=20, ledger=":memory:")
    assert {"home", "income", "member"} <= {one.name for one in why.effects}
    found = pr.search(
        model, frame, law, budget=30, classes=["refuse", "grant"], ledger=":memory:",
        relations=["loan <= income"],
    )  # fmt: skip
    table = TableDomain.read(found.facts["source"]["domain"])
    assert not bool(table.outside(found.asked.inputs).any())


def test_the_page_shows_what_runs() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/tables.md").read_text()
    space = {"pipeline": pipeline(), "frame": customers(12, 1)}
    (rule,) = (block for block in page.split("```") if "def law(rows)" in block)
    exec(compile(rule, "rule.py", "exec"), space)
    assert np.array_equal(space["law"](customers(50, 2)), law(customers(50, 2)))  # type: ignore[operator]
    space["frame"] = customers(12, 1)
    shown = [
        block.removeprefix("python\n") for block in page.split("```") if block[:7] == "python\n"
    ]
    assert len(shown) == 2
    for block in shown:
        quick = block.replace("law, ", "law, attacks='none', ledger=':memory:', ")
        exec(compile(quick, "tables.md", "exec"), space)
    assert space["record"].facts["questions"]["answered"] == 12  # type: ignore[attr-defined]
