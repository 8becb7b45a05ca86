"""Votes gathered elsewhere: files, look-up by content, repeats, and bad rows."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.core import MISSING, UNCERTAIN, InputError, UnansweredError
from preceptor.teachers import RecordedVotes, Unanimous, Vote, Votes, read_inputs, read_votes

INPUTS = np.random.default_rng(0).random((4, 1, 2, 2))
IDS = ["a", "b", "c", "d"]
NAMES = ["cat", "dog", "owl"]
TWO = Votes(least=2, share=0.6)


def asked(*rows: int) -> torch.Tensor:
    return torch.tensor(INPUTS[list(rows)], dtype=torch.float32)


def table(votes: list[Vote], rule: Votes = TWO) -> RecordedVotes:
    return RecordedVotes(votes, INPUTS, IDS, name="people", classes=3, rule=rule)


def votes_of(item: str, *labels: int) -> list[Vote]:
    return [Vote(item, f"p{who}", label) for who, label in enumerate(labels)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    np.savez(tmp_path / "inputs.npz", ids=np.array(IDS), inputs=INPUTS)
    (tmp_path / "votes.csv").write_text(
        "item,annotator,label,seconds,note\n"
        "a,ann,cat,1.5,x\n"
        "a,bob,cat,2,\n"
        'b,ann,-1,3,"two\nlines"\n'
        "b,bob,dog,1,\n"
        "c,ann,owl,1,\n"
        "c,bob,owl,,\n"
    )
    return tmp_path / "votes.csv", tmp_path / "inputs.npz"


def test_reads_csv(files: tuple[Path, Path]) -> None:
    teacher = RecordedVotes.read(*files, name="people", classes=NAMES, rule=TWO)
    answers = teacher(asked(2, 0, 1))
    assert answers.labels.tolist() == [2, 0, UNCERTAIN]
    assert answers.cost.tolist() == [1.0, 3.5, 4.0]
    assert answers.votes is not None
    assert answers.votes.tolist() == [[2, 2], [0, 0], [-1, 1]]
    assert teacher.class_names == tuple(NAMES)


def test_npz_says_the_same_as_csv(files: tuple[Path, Path], tmp_path: Path) -> None:
    read = read_votes(files[0], NAMES)
    np.savez(
        tmp_path / "votes.npz",
        item=np.array([vote.item for vote in read]),
        annotator=np.array([vote.annotator for vote in read]),
        label=np.array([vote.label for vote in read]),
        seconds=np.array([vote.seconds or 0.0 for vote in read]),
    )
    one = RecordedVotes.read(*files, name="people", classes=NAMES, rule=TWO)
    two = RecordedVotes.read(tmp_path / "votes.npz", files[1], name="people", classes=3, rule=TWO)
    assert torch.equal(one(asked(0, 1, 2)).labels, two(asked(0, 1, 2)).labels)
    assert one.version == two.version


def test_npz_without_ids_counts_rows(tmp_path: Path) -> None:
    np.savez(tmp_path / "inputs.npz", inputs=INPUTS)
    np.savez(tmp_path / "v.npz", item=[3, 3], annotator=[0, 1], label=["1", "1"])
    teacher = RecordedVotes.read(
        tmp_path / "v.npz", tmp_path / "inputs.npz", name="p", classes=3, rule=TWO
    )
    assert teacher(asked(3)).labels.tolist() == [1]


def test_an_input_it_never_saw() -> None:
    teacher = table(votes_of("a", 1, 1) + votes_of("b", 1))
    unseen = torch.zeros(1, 1, 2, 2)
    with pytest.raises(UnansweredError, match="1 inputs are not in the table, 1 have") as caught:
        teacher(torch.cat([unseen, asked(0), asked(1)]))
    error = caught.value
    assert error.answered.tolist() == [False, True, False]
    assert error.answers.labels.tolist() == [UNCERTAIN, 1, UNCERTAIN]
    assert error.reasons == {
        0: "not in the table of votes",
        2: "1 votes of at least 2, the rule's least",
    }


def test_too_few_votes_are_unanswered_but_disagreement_is_an_answer() -> None:
    teacher = table(votes_of("a", 0, 1) + votes_of("b", 0))
    assert teacher(asked(0)).labels.tolist() == [UNCERTAIN]
    with pytest.raises(UnansweredError):
        teacher(asked(1))


def test_items_differ_in_voters() -> None:
    teacher = table(votes_of("a", 1, 1, 1, 0) + votes_of("b", 2, 2))
    answers = teacher(asked(1, 0))
    assert answers.labels.tolist() == [2, 1]
    assert answers.votes is not None
    assert answers.votes.tolist() == [[2, 2, MISSING, MISSING], [1, 1, 1, 0]]


def test_who_contradicts_himself_could_not_tell() -> None:
    again = [Vote("a", "p0", 1), Vote("b", "p0", 2), Vote("b", "p0", 1)]
    teacher = table(votes_of("a", 1, 1) + votes_of("b", 1, 1) + again)
    answers = teacher(asked(0, 1))
    assert answers.votes is not None
    assert answers.votes.tolist() == [[1, 1], [UNCERTAIN, 1]], "the same again is one vote"
    assert answers.labels.tolist() == [1, UNCERTAIN]


def test_equal_content_is_one_question() -> None:
    inputs = np.stack([INPUTS[0], INPUTS[0]])
    votes = [Vote("x", "ann", 1), Vote("y", "bob", 1)]
    teacher = RecordedVotes(votes, inputs, ["x", "y"], name="p", classes=2, rule=Unanimous())
    assert teacher(asked(0)).labels.tolist() == [1]


def test_minus_zero_is_zero() -> None:
    inputs = np.zeros((1, 2))
    teacher = RecordedVotes(
        votes_of("a", 1, 1), inputs, ["a"], name="p", classes=2, rule=Unanimous()
    )
    assert teacher(-torch.zeros(1, 2)).labels.tolist() == [1]


def test_stated_costs_come_before_seconds() -> None:
    votes = [Vote("a", "ann", 1, seconds=60.0, cost=0.5), Vote("a", "bob", 1, seconds=60.0)]
    assert table(votes)(asked(0)).cost.tolist() == [0.5]


def test_version_follows_votes_and_rule_but_not_their_order() -> None:
    votes = votes_of("a", 1, 1) + votes_of("b", 0, 1)
    same = table(votes).version
    assert table(votes[::-1]).version == same
    assert table(votes, Votes(least=1, share=0.6)).version != same
    assert table([*votes, Vote("a", "p9", 2)]).version != same


def test_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"inputs of shape \(1, 2, 2\)"):
        table(votes_of("a", 1, 1))(torch.zeros(1, 4))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,label\na,1\n", "line 1: the header lacks annotator"),
        ("", "line 1: the header lacks item"),
        ("item,annotator,label\na,ann,1\na,bob\n", "line 3: expected 3 fields"),
        ("item,annotator,label\na,ann,1,2\n", "line 2: expected 3 fields"),
        ("item,annotator,label\n,ann,1\n", "line 2: the item is empty"),
        ("item,annotator,label\na, ,1\n", "line 2: the annotator is empty"),
        ("item,annotator,label\na,ann,3\n", r"line 2: label '3'; expected 0 .. 2"),
        ("item,annotator,label\na,ann,cat\n", "line 2: label 'cat'"),
        ("item,annotator,label\na,ann,-2\n", "line 2: label '-2'"),
        ("item,annotator,label\na,ann,1.5\n", r"line 2: label '1\.5'"),
        ("item,annotator,label,label\na,ann,1,0\n", "'label'; it"),
        ("item;annotator;label\na;ann;1\n", "separated by ';'"),
        ("item,label,count\na,1,2\na,1,3\n", "line 3: label '1' of item 'a' stands twice"),
        ("item,label,count\na,1,0.7\n", "line 2: count '0.7'; expected how many"),
        ("item,0,1,2\na,1,1,0\na,1,1,0\n", "line 3: item 'a' stands twice"),
        ("item,0,1\na,1,1\n", "none of counts for '2'"),
        ("item,annotator,label,seconds\na,ann,1,soon\n", "line 2: seconds 'soon'"),
        ("item,annotator,label,cost\na,ann,1,-1\n", "line 2: cost '-1'"),
        ('item,annotator,label\na,ann,"1\n', "line 2|line 3"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_votes(path, 3)
    assert str(path) in str(caught.value)


def test_class_names_are_not_numbers(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("item,annotator,label\na,ann,0\n")
    with pytest.raises(InputError, match="label '0'; expected one of cat, dog, owl"):
        read_votes(path, NAMES)
    path.write_text("\ufeffitem,annotator,label\na,ann,-1\na,bob,7\n", encoding="utf-8")
    assert [vote.label for vote in read_votes(path, ["7", "8"])] == [UNCERTAIN, 0]


def test_latin_1_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_bytes("item,annotator,label\na,Jürgen,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"votes\.csv, line"):
        read_votes(path, 3)


def test_bad_npz(tmp_path: Path) -> None:
    path = tmp_path / "votes.npz"
    np.savez(path, item=["a"], annotator=["p"], label=[5])
    with pytest.raises(InputError, match="row 0: label '5'"):
        read_votes(path, 3)
    np.savez(path, item=["a", "b"], annotator=["p"], label=[1])
    with pytest.raises(InputError, match="expected vectors of one length"):
        read_votes(path, 3)
    np.savez(path, item=["a"], label=[1])
    with pytest.raises(InputError, match=r"lacks the array\(s\) annotator"):
        read_votes(path, 3)
    np.savez(path, item=np.array(["a", None], dtype=object), annotator=["p", "q"], label=[1, 1])
    with pytest.raises(InputError, match="without running code"):
        read_votes(path, 3)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="cannot be read as NPZ"):
        read_votes(path, 3)
    with pytest.raises(InputError, match="there is no file"):
        read_votes(tmp_path / "absent.csv", 3)
    with pytest.raises(InputError, match=r"\.csv or \.npz"):
        read_votes(Path(__file__), 3)


@pytest.mark.parametrize(
    ("votes", "ids", "words"),
    [
        ([], IDS, "there are no votes"),
        ([Vote("z", "ann", 1)], IDS, "item 'z', which is not among the 4 items"),
        ([Vote("a", "ann", 3)], IDS, "said 3 of item 'a'"),
        ([Vote("a", "ann", 1)], IDS[:3], "3 different ids among 3 for the 4"),
        ([Vote("a", "ann", 1)], ["a", "a", "b", "c"], "3 different ids among 4"),
    ],
)
def test_tables_that_do_not_fit(votes: list[Vote], ids: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        RecordedVotes(votes, INPUTS, ids, name="people", classes=3, rule=TWO)


def test_inputs_that_float32_would_change_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", ids=np.arange(2), inputs=np.array([[1.7e9], [1.7e9 + 1]]))
    with pytest.raises(InputError, match=r"a.npz: column 0 holds whole numbers .* kept as float32"):
        read_inputs(tmp_path / "a.npz")
