"""Votes as counts, known labels, who voted, and items with unequal numbers of voters."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    ArraySource,
    Domain,
    IdSource,
    InputError,
    UnansweredError,
    id_inputs,
)
from preceptor.ledger import Ledger
from preceptor.teachers import (
    RecordedVotes,
    Truth,
    Vote,
    Votes,
    read_truth,
    read_vote_table,
    read_votes,
)

IDS = ["a", "b", "c", "d"]
RULE = Votes(least=1, share=0.6)


def written(folder: Path, text: str, name: str = "votes.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def teacher(votes: list[Vote], rule: Votes = RULE, *, persons: bool = True) -> RecordedVotes:
    return RecordedVotes(
        votes, id_inputs(IDS), IDS, name="v", classes=2, rule=rule, persons=persons
    )


def test_unequal_numbers_of_voters_through_the_ledger(tmp_path: Path) -> None:
    votes = [Vote("a", f"p{i}", 1) for i in range(5)] + [Vote("b", "p0", 0), Vote("c", "p1", -1)]
    who = teacher([*votes, Vote("c", "p2", 0)])
    asked = id_inputs(["a", "b", "c"])
    plain = who(asked)
    with Ledger(tmp_path / "l.db") as book:
        for _ in range(2):
            kept = book.keep(who)(asked)
            assert torch.equal(kept.labels, plain.labels)
            assert kept.votes is not None
            assert plain.votes is not None
            assert torch.equal(kept.votes, plain.votes)
        few = book.keep(who)(id_inputs(["b"]))
        assert few.votes is not None
        assert few.votes.tolist() == [[0]], "as wide as its own voters"
        assert [row.votes for row in book.answers()] == [(1,) * 5, (0,), (-1, 0)]
        assert book.check() == []


def test_a_voter_who_is_missing_in_the_middle_stays_in_place(tmp_path: Path) -> None:
    class Middle:
        name, version, classes, deterministic, certainty = "m", "1", 2, True, "always"

        def __call__(self, inputs: torch.Tensor) -> object:
            from preceptor.core import Answers

            votes = torch.tensor([[1, MISSING, 1], [0, 0, MISSING]])[: len(inputs)]
            return Answers(torch.tensor([1, 0])[: len(inputs)], torch.zeros(len(inputs)), votes)

    with Ledger(tmp_path / "l.db") as book:
        found = book.keep(Middle())(torch.tensor([[0.0], [1.0]]))
        assert found.votes is not None
        assert found.votes.tolist() == [[1, MISSING, 1], [0, 0, MISSING]]


FORMS = {
    "single": "item,annotator,label\na,x,1\na,y,1\na,z,0\nb,x,0\nb,y,-1\n",
    "long": "item,label,count\na,1,2\na,0,1\nb,0,1\nb,can't tell,1\n",
    "wide": "item,0,1,-1,note\na,1,2,0,hello\nb,1,0,1,\n",
    "floats": "item,0,1,-1\na,1.0,2.0,0\nb,1,,1\n",
}


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_is_the_same_teacher(tmp_path: Path, form: str) -> None:
    table = read_vote_table(written(tmp_path, FORMS[form]), 2)
    assert table.persons == (form == "single")
    who = teacher(list(table.votes), Votes(least=2, share=0.6, abstentions=0.9))
    answers = who(id_inputs(["a", "b"]))
    assert answers.labels.tolist() == [1, UNCERTAIN]
    assert answers.votes is not None
    assert sorted(answers.votes[0].tolist()) == [0, 1, 1]


def test_counts_by_class_name(tmp_path: Path) -> None:
    path = written(tmp_path, "item,dog,cat,source\na,3,1,web\n")
    table = read_vote_table(path, ["cat", "dog"])
    assert sorted(vote.label for vote in table.votes) == [0, 1, 1, 1]
    assert table.columns == {"source": {"a": "web"}}
    with pytest.raises(InputError, match="none of counts for 'owl'"):
        read_votes(path, ["cat", "dog", "owl"])


def test_no_vote_is_no_vote_and_is_counted(tmp_path: Path) -> None:
    text = "item,annotator,label,seconds\na,x,1,nan\na,y,na,\na,z,,2\nb,x,NaN,\n"
    table = read_vote_table(written(tmp_path, text), 2)
    assert [(vote.item, vote.annotator, vote.label) for vote in table.votes] == [("a", "x", 1)]
    assert table.without_label == 3
    with pytest.raises(UnansweredError, match="have fewer than 1"):
        teacher(list(table.votes))(id_inputs(["b"]))


def test_npz_with_missing_labels(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "v.npz", item=["a", "a"], annotator=["x", "y"], label=np.array([1.0, np.nan])
    )
    table = read_vote_table(tmp_path / "v.npz", 2)
    assert [vote.label for vote in table.votes] == [1]
    assert table.without_label == 1


def test_columns_that_differ_within_an_item_are_not_about_items(tmp_path: Path) -> None:
    text = "item,annotator,label,condition,rt\na,x,1,noise,1\na,y,1,noise,2\nb,x,1,colour,3\n"
    table = read_vote_table(written(tmp_path, text), 2)
    assert table.columns == {"condition": {"a": "noise", "b": "colour"}}
    assert table.uneven == {"rt": "a"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,label\na,1\n", r"truth:FILE\.csv"),
        ("item,0,1\na,0.5,0.5\n", "shares of votes are no counts"),
        ("item,0,1\na,-1,2\n", "count '-1'"),
        ("item,0,1\na,100000,2\n", "count '100000'"),
        ("item,0,1,-1,uncertain\na,1,1,1,1\n", "keep one"),
        ("annotator,label\nx,1\n", "lacks item"),
    ],
)
def test_tables_that_mean_nothing(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_votes(written(tmp_path, text), 2)


def test_the_rule_is_named_where_it_leaves_an_item_unanswered() -> None:
    who = teacher([Vote("a", "x", 1)], Votes(least=3))
    with pytest.raises(UnansweredError, match=r"votes:FILE,least=N on the command line"):
        who(id_inputs(["a"]))


def test_ballots_say_who_said_what() -> None:
    votes = [Vote("a", "x", 1), Vote("a", "y", 0), Vote("c", "y", 1), Vote("c", "y", 0)]
    found = teacher(votes).ballots(IdSource(["c", "z", "a"]))
    assert found is not None
    assert found.names == ("x", "y")
    said = {
        (found.names[p], i): label
        for p, i, label in zip(
            found.person.tolist(), found.item.tolist(), found.label.tolist(), strict=True
        )
    }
    assert said == {("x", 2): 1, ("y", 2): 0, ("y", 0): UNCERTAIN}
    assert found.of(1, 3).tolist() == [UNCERTAIN, MISSING, 0]
    assert teacher(votes, persons=False).ballots(IdSource(["a"])) is None


def test_the_panel_without_one() -> None:
    votes = [Vote("a", who, label) for who, label in zip("xyz", (1, 1, 0), strict=True)]
    found = teacher([*votes, Vote("b", "x", 1)], Votes(least=2)).ballots(IdSource(["a", "b"]))
    assert found is not None
    labels, enough = found.decided(2)
    assert (labels.tolist(), enough.tolist()) == ([1, UNCERTAIN], [True, False])
    assert found.decided(2, (2,))[0].tolist() == [1, UNCERTAIN]
    assert found.decided(2, (0,))[0].tolist() == [UNCERTAIN, UNCERTAIN], "one each is a tie"
    assert found.decided(2, (1, 2))[0].tolist() == [1, UNCERTAIN], "enough had voted"
    assert found.decided(2, (0, 1, 2))[1].tolist() == [False, False]


def test_known_labels(tmp_path: Path) -> None:
    text = "item,label,condition\na,1,x\nb,0,y\nc,na,y\nd,-1,y\n"
    labels, columns = read_truth(written(tmp_path, text), 2)
    assert labels == {"a": 1, "b": 0, "d": UNCERTAIN}
    assert columns == {"condition": {"a": "x", "b": "y", "c": "y", "d": "y"}}
    who = Truth(labels, id_inputs(IDS), IDS, name="t", classes=2)
    assert who(id_inputs(["b", "a"])).labels.tolist() == [0, 1]
    with pytest.raises(UnansweredError, match="no label for 1 of 2"):
        who(id_inputs(["a", "c"]))
    assert who.version != Truth({"a": 0}, id_inputs(IDS), IDS, name="t", classes=2).version
    with pytest.raises(InputError, match=r"inputs of shape \(16,\)"):
        who(torch.zeros(1, 3))


def test_known_labels_that_contradict_each_other(tmp_path: Path) -> None:
    same = np.zeros((2, 3), np.float32)
    with pytest.raises(InputError, match="'a' and 'b' are the same input"):
        Truth({"a": 0, "b": 1}, same, ["a", "b"], name="t", classes=2)
    with pytest.raises(InputError, match="stands twice"):
        read_truth(written(tmp_path, "item,label\na,1\na,1\n"), 2)
    with pytest.raises(InputError, match="table of votes"):
        read_truth(written(tmp_path, "item,annotator,label\na,x,1\n"), 2)
    with pytest.raises(InputError, match="no label in it"):
        read_truth(written(tmp_path, "item,label\na,na\n"), 2)


def test_a_source_carries_columns_of_its_length() -> None:
    inputs = np.zeros((2, 3), np.float32)
    made = ArraySource(inputs, Domain((3,)), ("a", "b"), columns={"k": ("x", "y")})
    assert made.columns["k"] == ("x", "y")
    with pytest.raises(InputError, match="column 'k' has 1 cells for 2 items"):
        ArraySource(inputs, Domain((3,)), ("a", "b"), columns={"k": ("x",)})
    with pytest.raises(InputError, match="unique"):
        IdSource(("a", "a"))
    with pytest.raises(InputError, match="no items"):
        IdSource(())
