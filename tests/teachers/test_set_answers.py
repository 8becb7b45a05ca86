"""Rules, panels and recorded votes whose answers are sets of labels."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.api.recorded_tables import parse
from preceptor.asking import call_teacher
from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    InputError,
    SharedVotes,
    Unanimous,
    Votes,
    decide_answers,
    describe_rule,
    read_rule,
)
from preceptor.core.csv_tables import read_labels
from preceptor.core.rule_words import with_least
from preceptor.core.said_words import labels_of
from preceptor.ledger import Ledger
from preceptor.teachers import (
    Fallible,
    Panel,
    RecordedVotes,
    Rule,
    Truth,
    Vote,
    read_truth,
    read_votes,
)

FOUR = torch.arange(4.0)[:, None]
EXPECTED = torch.tensor(
    [[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]], dtype=torch.bool
)


def said(inputs: Tensor) -> list[object]:
    kinds: list[object] = [{0, 4}, 1, None, {0, 1, 2, 3, 4}]
    return [kinds[int(one)] for one in inputs[:, 0]]


@pytest.mark.parametrize(
    "function",
    [
        said,
        lambda x: tuple(said(x)),
        lambda x: pd.Series(said(x)),
        lambda x: np.array(said(x), dtype=object),
        lambda x: [frozenset(one) if isinstance(one, set) else one for one in said(x)],
        lambda x: EXPECTED[x[:, 0].long()],
        lambda x: EXPECTED[x[:, 0].long()].numpy(),
    ],
)
def test_a_rule_may_say_sets(function: object) -> None:
    answers = Rule(function, name="sets", classes=5, version="1", cost=2.0)(FOUR)  # type: ignore[arg-type]
    assert answers.labels.tolist() == [UNCERTAIN, 1, UNCERTAIN, UNCERTAIN]
    assert answers.sets is not None
    assert torch.equal(answers.sets, EXPECTED)
    assert answers.partial.tolist() == [True, False, False, False]
    assert answers.certain.tolist() == [False, True, False, False]
    assert answers.cost.tolist() == [2.0] * 4


@pytest.mark.parametrize("alone", [lambda x: said(x[None])[0], lambda x: EXPECTED[int(x[0])]])
def test_a_rule_of_one_input_may_say_a_set(alone: object) -> None:
    rule = Rule(alone, name="alone", classes=5, version="1", batched=False)  # type: ignore[arg-type]
    assert torch.equal(rule(FOUR).acceptable(5), EXPECTED)


def test_sets_of_one_and_of_all_alone_are_labels_and_uncertain() -> None:
    rule = Rule(lambda x: [{int(one)} for one in x[:, 0]], name="one", classes=5, version="1")
    answers = rule(FOUR)
    assert answers.sets is None
    assert answers.labels.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: [set()] * len(x), "a set without a label"),
        (lambda x: [{7}] * len(x), "7 among sets of labels"),
        (lambda x: [{0, 1}, 9, 9, 9], "9 among sets of labels"),
        (lambda x: [{"cat"}] * len(x), "'cat' among sets"),
        (lambda x: [{0, 1}], "returned 1 answers"),
        (lambda x: torch.ones(len(x), 3, dtype=torch.bool), "bools of shape"),
    ],
)
def test_what_is_no_set_is_refused_with_what_to_say(wrong: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Rule(wrong, name="wrong", classes=5, version="1")(FOUR)  # type: ignore[arg-type]


def test_names_may_stand_in_sets() -> None:
    assert labels_of([{"cat", "owl"}, "dog", None], ("cat", "dog", "owl")) == [
        frozenset({0, 2}),
        1,
        UNCERTAIN,
    ]


def one_row(sets: list[list[bool]], labels: list[int]) -> Answers:
    return Answers(
        torch.tensor(labels), torch.zeros(len(labels)), None, torch.tensor(sets, dtype=torch.bool)
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (one_row([[False] * 3], [UNCERTAIN]), "a set without a label"),
        (one_row([[True, True, False]], [0]), "answered 0 and the set 0 or 1"),
        (one_row([[True, False, False]], [UNCERTAIN]), "answered -1 and the set 0"),
        (one_row([[True, True]], [UNCERTAIN]), "gave sets of 2 labels; it has 3"),
    ],
)
def test_a_set_that_is_no_answer_is_a_gap(answers: Answers, words: str) -> None:
    class Odd:
        name, version, classes, deterministic, certainty = "odd", "1", 3, True, "Never."

        def __call__(self, inputs: Tensor) -> Answers:
            return answers

    replies = call_teacher(Odd(), torch.zeros(1, 1))
    assert words in replies.gaps[0].why
    assert replies.answers.sets is None


def votes(*rows: list[int]) -> Tensor:
    return torch.tensor(rows, dtype=torch.int64)


RULE = SharedVotes(Votes(least=4, share=2 / 3, abstentions=1 / 3), 1 / 4)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([4, 4, 9, 9], {4, 9}),
        ([4, 4, 4, 9], {4}),  # certain stays certain, whatever else has a quarter
        ([4, 4, 9, 7], {4, 7, 9}),
        ([4, 4, 9, MISSING], None),  # too few have voted
        ([4, 9, UNCERTAIN, UNCERTAIN], None),  # too many could not tell
        ([4, 4, 4, 1, 2, 3, 5, 6], None),  # one label has a quarter, and not two thirds
        ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], None),
    ],
)
def test_labels_with_enough_votes_are_acceptable(row: list[int], expected: set[int] | None) -> None:
    found = decide_answers(RULE, votes(row), 10)
    sets = Answers(found.labels, torch.zeros(1), None, found.sets).acceptable(10)
    assert set(sets[0].nonzero()[:, 0].tolist()) == (expected or set(range(10)))


ballots = st.lists(
    st.lists(st.sampled_from((0, 1, 2, UNCERTAIN, MISSING)), min_size=5, max_size=5),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, derandomize=True)
@given(ballots, st.sampled_from((Votes(), Votes(least=2, share=0.5), Unanimous(2))))
def test_votes_for_labels_under_a_rule_without_sets_are_decided_as_ever(
    rows: list[list[int]], rule: Votes | Unanimous
) -> None:
    table = votes(*rows)
    found = decide_answers(rule, table, 3)
    assert found.sets is None
    assert torch.equal(found.labels, rule.decide(table))
    # and so they are where somebody else's vote on another input is a set
    wide = torch.zeros(len(rows), 5, 3, dtype=torch.bool)
    again = decide_answers(rule, table, 3, wide)
    assert torch.equal(again.labels, found.labels)
    assert again.sets is None


@settings(deadline=None, derandomize=True)
@given(ballots, st.sampled_from((0.1, 0.25, 0.5)))
def test_what_is_certain_stays_certain_and_every_set_has_the_votes(
    rows: list[list[int]], share: float
) -> None:
    table, rule = votes(*rows), Votes(least=2, share=0.6)
    found = decide_answers(SharedVotes(rule, share), table, 3)
    plain = rule.decide(table)
    assert torch.equal(found.labels, plain)
    sets = Answers(found.labels, torch.zeros(len(rows)), None, found.sets)
    for row in sets.partial.nonzero()[:, 0].tolist():
        total = sum(vote != MISSING for vote in rows[row])
        for label, good in enumerate(sets.acceptable(3)[row].tolist()):
            assert good == (rows[row].count(label) >= share * total - 1e-9)


def member(name: str, *answers: set[int] | int | None) -> Rule:
    return Rule(lambda x: [answers[int(i)] for i in x[:, 0]], name=name, classes=5, version=name)


def test_a_panel_hears_members_that_say_sets() -> None:
    panel = Panel(
        [
            member("a", {0, 1}, {0, 1}, 3),
            member("b", {0, 1}, 0, 3),
            member("c", {0, 1, 2}, {0, 2}, None),
        ],
        "three",
        Votes(least=3, share=2 / 3, abstentions=1 / 2),
    )
    answers = panel(FOUR[:3])
    assert answers.labels.tolist() == [UNCERTAIN, 0, 3]
    assert [row.nonzero()[:, 0].tolist() for row in answers.acceptable(5)] == [[0, 1], [0], [3]]
    assert answers.votes is not None
    assert answers.votes[0].tolist() == [UNCERTAIN] * 3
    strict = Panel(panel.members, "three", Unanimous(3))
    assert [row.nonzero()[:, 0].tolist() for row in strict(FOUR[:3]).acceptable(5)] == [
        [0, 1],
        [0],
        [0, 1, 2, 3, 4],
    ]


def test_a_panel_is_kept_with_its_sets(tmp_path: Path) -> None:
    panel = Panel(
        [member(str(i), 0, i % 2, 3) for i in range(5)], "five", SharedVotes(Votes(), 0.3)
    )
    for _ in range(2):
        with Ledger(tmp_path / "panel.db") as ledger:
            answers = ledger.keep(panel)(FOUR[:3])
            assert ledger.check() == []
        assert [row.nonzero()[:, 0].tolist() for row in answers.acceptable(5)] == [[0], [0, 1], [3]]


def test_the_version_of_a_plain_panel_is_that_of_before_there_were_sets() -> None:
    panel = Panel([member(str(i), 0) for i in range(5)], "five")
    assert panel.version == VERSION_BEFORE
    assert Panel(panel.members, "five", SharedVotes()).version != panel.version


VERSION_BEFORE = "dae6b02e173abebe"


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_recorded_votes_may_be_sets(tmp_path: Path) -> None:
    file = table(
        tmp_path / "v.csv",
        "item,annotator,label\na,ann,4|9\na,ben,4|9\nb,ann,9|4\nb,ben,4\nc,ann,4|9\nc,ben,7\n"
        "d,ann,4|9\nd,ann,4\nd,ben,4\n",
    )
    inputs = torch.arange(4.0)[:, None]
    rule = Votes(least=2, share=2 / 3, abstentions=1)
    teacher = RecordedVotes(
        read_votes(file, 10), inputs.numpy(), list("abcd"), name="v", classes=10, rule=rule
    )
    answers = teacher(inputs)
    found = [row.nonzero()[:, 0].tolist() for row in answers.acceptable(10)]
    # ann said one thing and then another of d: she could not tell
    assert found == [[4, 9], [4], list(range(10)), list(range(10))]
    assert answers.labels.tolist() == [UNCERTAIN, 4, UNCERTAIN, UNCERTAIN]


def test_one_persons_set_is_the_answer_where_one_is_enough(tmp_path: Path) -> None:
    file = table(tmp_path / "v.csv", "item,annotator,label\na,ann,cat|owl\n")
    names = ["cat", "dog", "owl"]
    teacher = RecordedVotes(
        read_votes(file, names), np.zeros((1, 1)), ["a"], name="v", classes=names, rule=Votes(1)
    )
    assert teacher(torch.zeros(1, 1)).acceptable(3).tolist() == [[True, False, True]]


def test_counts_may_be_of_sets(tmp_path: Path) -> None:
    file = table(tmp_path / "v.csv", "item,label,count\na,4|9,3\na,4,2\n")
    found = read_votes(file, 10)
    assert [(vote.label, vote.acceptable) for vote in found] == [
        *[(4, ())] * 2,
        *[(UNCERTAIN, (4, 9))] * 3,
    ]


def test_the_version_of_recorded_votes_is_that_of_before_and_knows_sets() -> None:
    def made(*given: Vote) -> str:
        return RecordedVotes(
            given, np.zeros((1, 1)), ["a"], name="v", classes=3, rule=Votes(1)
        ).version

    assert made(Vote("a", "ann", 1)) == VOTES_BEFORE
    unsure = made(Vote("a", "ann", UNCERTAIN))
    assert unsure != made(Vote("a", "ann", UNCERTAIN, acceptable=(0, 1)))


VOTES_BEFORE = "d38deb88b4de4c91"


@pytest.mark.parametrize(
    ("cell", "classes", "expected"),
    [
        ("4|9", 10, (4, 9)),
        ("9 | 4", 10, (4, 9)),
        ("4|4", 10, 4),
        ("0|1|2", 3, UNCERTAIN),
        ("a|b", ["a|b", "a", "b"], 0),
        ("b|a", ["a|b", "a", "b"], (1, 2)),
        ("can't tell", 3, UNCERTAIN),
        ("", 3, None),
    ],
)
def test_a_cell_of_several_labels(cell: str, classes: int | list[str], expected: object) -> None:
    assert read_labels(cell, classes, "line 2") == expected


@pytest.mark.parametrize("cell", ["4|", "4|-1", "4|x", "|"])
def test_a_cell_with_something_else_between_is_refused(cell: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        read_labels(cell, 10, "line 2")


def test_the_rule_is_written_in_words_and_as_data() -> None:
    named = parse("votes:v.csv,least=3,sets=1/4")
    assert named is not None
    assert named.rule == SharedVotes(Votes(least=3), 0.25)
    assert read_rule(describe_rule(named.rule)) == named.rule
    assert with_least(named.rule, 7) == SharedVotes(Votes(least=7), 0.25)
    with pytest.raises(InputError, match="at most"):
        SharedVotes(Votes(share=0.5), 0.6)


def test_every_way_of_three_to_vote_has_one_answer() -> None:
    table_ = votes(*map(list, product((0, 1, 2, UNCERTAIN), repeat=3)))
    found = decide_answers(SharedVotes(Votes(3, 2 / 3, 1), 1 / 3), table_, 3)
    sets = Answers(found.labels, torch.zeros(len(table_)), None, found.sets).acceptable(3)
    assert bool(sets.any(1).all())


def test_a_teacher_that_errs_on_purpose_keeps_the_sets_where_it_does_not() -> None:
    inputs = torch.arange(200.0)[:, None]
    sets = Rule(lambda x: [{0, 1}] * len(x), name="sets", classes=3, version="1")
    assert Fallible(sets, error_rate=0.0, seed=1)(inputs).partial.all()
    answers = Fallible(sets, error_rate=0.3, uncertain_rate=0.2, seed=1)(inputs)
    shares = [answers.partial, answers.certain, ~answers.partial & ~answers.certain]
    assert [round(float(one.float().mean()), 1) for one in shares] == [0.5, 0.3, 0.2]


def test_known_labels_may_be_several(tmp_path: Path) -> None:
    file = table(tmp_path / "t.csv", "item,label\na,4|9\nb,7\n")
    labels, _ = read_truth(file, 10)
    assert labels == {"a": (4, 9), "b": 7}
    truth = Truth(labels, np.array([[0.0], [1.0]]), ["a", "b"], name="t", classes=10)
    answers = truth(torch.tensor([[1.0], [0.0]]))
    assert answers.labels.tolist() == [7, UNCERTAIN]
    assert answers.acceptable(10)[1].nonzero()[:, 0].tolist() == [4, 9]
    with pytest.raises(InputError, match="expected 0"):
        Truth({"a": (4, 12)}, np.array([[0.0]]), ["a"], name="t", classes=10)
