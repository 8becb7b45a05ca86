"""An opponent that a user enters meets the same problem, data and seeds, is metered, and counts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from paper_planted import runs

from preceptor.core import UNCERTAIN, InputError
from preceptor.outcome import Spread
from preceptor.paper import (
    CLAIMS,
    Arena,
    Check,
    Claim,
    ClaimPlan,
    ClaimResult,
    Contest,
    Duel,
    Entry,
    Facts,
    Opponent,
    Suite,
    arena,
    chosen,
    contested,
    run_suite,
)
from preceptor.problems import copies

DUEL = Duel("told less {who}", 0.1, (-0.05, 0.05))
RIVALS = (
    Opponent("random", "asks", "Nothing."),
    Opponent("clever", "asks", "What the teller knows.", "strongest"),
    Opponent("wrong lesson", "control", "Nothing."),
)
RULE = contested(DUEL, RIVALS, shown=(Check("told", 0.8),), tie=(Check("told", 0.8),))


def spreads(told: float, random: float, clever: float) -> dict[str, Spread | None]:
    numbers = {"told": told, "told less random": told - random, "told less clever": told - clever}
    return {name: Spread.of([value, value + 1e-4, value - 1e-4]) for name, value in numbers.items()}


@pytest.mark.parametrize(
    ("told", "random", "clever", "verdict"),
    [
        (0.9, 0.3, 0.5, "shown against the strongest asker"),
        (0.9, 0.3, 0.88, "shown against usual askers only"),
        (0.9, 0.3, 0.99, "shown against usual askers only"),
        (0.9, 0.9, 0.88, "tie"),
        (0.9, 0.9, 0.99, "not shown"),
        (0.5, 0.1, 0.1, "not shown"),
    ],
)
def test_the_words_say_against_whom(
    told: float, random: float, clever: float, verdict: str
) -> None:
    assert RULE.verdict(spreads(told, random, clever)) == verdict


def test_without_a_strongest_asker_a_claim_is_shown_against_usual_ones_at_most() -> None:
    rule = contested(DUEL, RIVALS[:1])
    assert rule.verdict(spreads(0.9, 0.1, 0.1)) == "shown against usual askers only"
    only = contested(DUEL, RIVALS[1:])
    assert only.verdict(spreads(0.9, 0.1, 0.88)) == "tie"
    assert only.verdict(spreads(0.9, 0.1, 0.1)) == "shown against the strongest asker"


def test_slips_in_a_contest_are_answered() -> None:
    with pytest.raises(InputError, match="asks or is passive"):
        contested(DUEL, RIVALS[2:])
    with pytest.raises(InputError, match="one name"):
        contested(DUEL, RIVALS[:1] * 2)
    with pytest.raises(InputError, match="plain name"):
        Opponent("a*", "asks", "Nothing.")
    with pytest.raises(InputError, match="knows beforehand"):
        Opponent("a", "asks", " ")
    with pytest.raises(InputError, match="beyond a tie"):
        Duel("x {who}", 0.1, (-0.2, 0.2))
    with pytest.raises(InputError, match="where the opponent"):
        Duel("x", 0.1, (0.0, 0.0))


def judge(student: object) -> dict[str, float]:
    inputs = torch.eye(4) * 2 - 1
    right = copies(4, 0).teacher(inputs).labels
    return {"right": float((student(inputs).argmax(1) == right).float().mean())}  # type: ignore[operator]


def arenas(settings: object, seed: int) -> Iterator[Arena]:
    problem = copies(4, 0)
    inputs, labels = problem.train_inputs[:5], problem.train_labels[:5]
    yield arena(problem, judge, seed=seed, most=4, inputs=inputs, labels=labels)


def measured(settings: object, seed: int) -> dict[str, float | None]:
    return {"told": 1.0 + 0.001 * seed, "told less random": 0.5 + 0.001 * seed,
            "told less clever": 0.4 + 0.001 * seed}  # fmt: skip


def compared(settings: object, numbers, who: str) -> dict[str, float | None]:
    return {f"told less {who}": 1.0 - (numbers[f"right, {who}"] or 0.0) + 1e-6 * numbers["told"]}


PLAN = ClaimPlan({}, (0, 1, 2))
PLANTED = Claim(
    Facts("planted", "t", "s", "", "l", "tie", RULE, RIVALS, "Which copy it is.", DUEL),
    measured,
    PLAN,
    PLAN,
    contest=Contest(arenas, compared),
)

FILE = '''
import torch

def asker(arena):
    """Knows that the teacher takes the sign of one feature."""
    said = arena.teacher(torch.eye(4) * 2 - 1).labels
    which = int(said.argmax())
    return lambda x: (x[:, which] > 0).long()

def lazy(arena):
    """Knows nothing, and asks nothing."""
    return lambda x: torch.ones(len(x), dtype=torch.long)

def greedy(arena):
    """Knows nothing, and asks twice what is allowed."""
    arena.teacher(torch.zeros(4, 4))
    arena.teacher(torch.zeros(1, 4))

def modest(arena):
    """Charges itself nothing."""
    from preceptor.lessons import Price
    from preceptor.paper import Played
    arena.teacher(torch.ones(2, 4))
    return Played(lambda x: x[:, 0].long(), Price())

def nobody(arena):
    """Returns no student."""

def silent(arena):
    return None

clever = asker
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def test_an_entered_opponent_that_ties_turns_the_strongest_verdict_off(
    file: Path, tmp_path: Path
) -> None:
    plain = run_suite([PLANTED], "quick", tmp_path).findings[0]
    assert plain.verdict == "shown against the strongest asker"
    beaten = run_suite([PLANTED], "quick", tmp_path, entry=Entry.of(f"{file}:lazy")).findings[0]
    assert beaten.verdict == "shown against the strongest asker"
    found = run_suite([PLANTED], "quick", tmp_path, entry=Entry.of(f"{file}:asker"))
    one = found.findings[0]
    assert one.verdict == "shown against usual askers only"
    assert [run.numbers["right, asker"] for run in one.runs] == [1.0] * 3
    assert one.runs[0].numbers["questions, asker"] == 4
    assert one.opponents[-1].knows == "Knows that the teacher takes the sign of one feature."
    assert one.opponents[-1].source
    back = Suite.load(found.save(tmp_path / "paper.json"))
    assert back.describe() == found.describe()
    assert back.findings[0].verdict == one.verdict


def test_only_what_changed_is_run_again(file: Path, tmp_path: Path) -> None:
    run_suite([PLANTED], "quick", tmp_path)
    told = []
    run_suite([PLANTED], "quick", tmp_path, entry=Entry.of(f"{file}:lazy"), watch=told.append)
    assert [(one.who, one.resumed) for one in told] == [("", True)] * 3 + [("lazy", False)] * 3
    file.write_text(FILE + "\n# changed\n")
    told.clear()
    run_suite([PLANTED], "quick", tmp_path, entry=Entry.of(f"{file}:lazy"), watch=told.append)
    assert [one.resumed for one in told] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("greedy", "allows 4 in all"),
        ("modest", "charges itself 0 questions"),
        ("nobody", "returned a NoneType; expected a student"),
        ("clever", "has an opponent 'clever' already"),
    ],
)
def test_who_does_not_keep_to_the_contest_is_refused(file: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run_suite([PLANTED], "quick", entry=Entry.of(f"{file}:{name}"))


@pytest.mark.parametrize(
    ("spec", "words"),
    [("{}:silent", "first line of its docstring"), ("{}:absent", "has no 'absent'"),
     ("{}", "expected FILE.py:NAME"), ("{}:torch", "a function of one arena")],
)  # fmt: skip
def test_what_is_no_opponent_is_refused(file: Path, spec: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Entry.of(spec.format(file))


def test_claims_without_two_sides_take_no_opponent(file: Path) -> None:
    with pytest.raises(InputError, match="takes no opponents"):
        run_suite(chosen(["plane"]), "quick", entry=Entry.of(f"{file}:asker"))


def test_an_arena_hands_out_neither_tutors_nor_other_labels() -> None:
    at = next(arenas({}, 0))
    assert not at.problem.tutors
    assert not at.problem.probes
    assert len(at.problem.source) == len(at.problem.train_labels) == len(at.problem.labels) == 5
    asked = at.problem.teacher(torch.ones(2, 4))
    assert at.teacher.questions == 2
    assert int((asked.labels == UNCERTAIN).sum()) == 0


def test_an_entered_opponent_that_is_ahead_turns_a_tie_off() -> None:
    level = replace(PLANTED.facts, name="level")
    numbers: dict[str, list[float | None]] = {
        "told": [0.9] * 3, "told less random": [0.01] * 3, "told less clever": [0.0] * 3}  # fmt: skip
    one = ClaimResult(level, {}, runs(numbers), (), ())
    assert one.verdict == "tie"
    mine = Opponent("mine", "asks", "All.", "strongest", source="x")
    ahead = replace(one, runs=runs(numbers | {"told less mine": [-0.3] * 3}), entered=(mine,))
    assert ahead.verdict == "not shown"
    behind = replace(one, runs=runs(numbers | {"told less mine": [0.3] * 3}), entered=(mine,))
    assert behind.verdict == "tie"


@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS if c.facts.opponents], ids=lambda c: c.facts.name
)
def test_every_claim_with_opponents_says_who_knows_what(claim: Claim) -> None:
    facts = claim.facts
    assert facts.teller
    assert facts.duel is not None
    for one in facts.opponents:
        if one.opposes:
            part = facts.rule.strongest if one.strength == "strongest" else facts.rule.usual
            assert facts.duel.ahead(one.name) in part
