"""Error consistency and groups of records: against a naive reading of the same files."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.audit import Plan, Record, audit, consistency, groups, side_by_side
from preceptor.core import IdSource, InputError, Votes, id_inputs
from preceptor.students import Predictions, RecordedStudent
from preceptor.teachers import RecordedVotes, Truth, Vote

N, PEOPLE = 60, 5
IDS = tuple(f"i{k}" for k in range(N))
LEAST, SHARE = 3, 0.6
RNG = np.random.default_rng(3)
TRUTH = RNG.integers(0, 3, N)
SAID = {
    f"p{k}": {
        i: int(TRUTH[i] if RNG.random() < 0.75 else RNG.integers(-1, 3))
        for i in range(N)
        if RNG.random() < 0.8
    }
    for k in range(PEOPLE)
}
GUESSES = {
    name: np.where(RNG.random(N) < share, TRUTH, RNG.integers(0, 3, N))
    for name, share in (("one", 0.8), ("two", 0.6))
}
CONDITION = tuple("rare" if k < 4 else ("noise" if k % 2 else "colour") for k in range(N))
SOURCE = IdSource(IDS, "items", {"condition": CONDITION})


def people() -> RecordedVotes:
    votes = [Vote(IDS[i], who, label) for who, of in SAID.items() for i, label in of.items()]
    rule = Votes(least=LEAST, share=SHARE, abstentions=2.0)
    return RecordedVotes(votes, id_inputs(IDS), IDS, name="people", classes=3, rule=rule)


def record(folder: Path, name: str, *, truth: bool = False) -> Record:
    logits = torch.nn.functional.one_hot(torch.tensor(GUESSES[name]), 3).float() * 9
    student = RecordedStudent(Predictions(name, IDS, logits, {}), SOURCE)
    who = people()
    known = dict(zip(IDS, map(int, TRUTH), strict=True))
    teacher = Truth(known, id_inputs(IDS), IDS, name="truth", classes=3) if truth else who
    made = audit(student, teacher, SOURCE, Plan(), folder / name, people=who.ballots(SOURCE))
    again = Record.load(folder / name)
    assert again.digest == made.digest
    return again


def panel(item: int, without: tuple[str, ...] = ()) -> int | None:
    """What the people but some say of an item, by the words of the rule."""
    everybody = [who for who, of in SAID.items() if item in of]
    votes = [SAID[who][item] for who in everybody if who not in without]
    count = Counter(label for label in votes if label >= 0).most_common()
    if len(everybody) < LEAST or not count:
        return None
    top = [label for label, times in count if times == count[0][1]]
    return top[0] if len(top) == 1 and count[0][1] >= SHARE * len(votes) - 1e-9 else None


def kappa(pairs: list[tuple[bool, bool]]) -> float | None:
    n = len(pairs)
    p, q = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    observed, expected = sum(a == b for a, b in pairs) / n, p * q + (1 - p) * (1 - q)
    return None if expected == 1 else (observed - expected) / (1 - expected)


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    folder = tmp_path_factory.mktemp("voted")
    return [record(folder, name) for name in GUESSES]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    folder = tmp_path_factory.mktemp("known")
    return [record(folder, name, truth=True) for name in GUESSES]


def test_between_students_the_reference_is_the_teacher(voted: list[Record]) -> None:
    found = consistency(["one", "two"], voted)
    assert found is not None
    rows = [(i, panel(i)) for i in range(N) if panel(i) is not None]
    (pair,) = found.students
    said = [(bool(GUESSES["one"][i] == r), bool(GUESSES["two"][i] == r)) for i, r in rows]
    assert pair.kappa.items == found.certain == len(rows) < N
    assert pair.kappa.value == pytest.approx(kappa(said))


def test_beside_a_person_the_panel_is_the_others(voted: list[Record]) -> None:
    found = consistency(["one", "two"], voted)
    assert found is not None
    assert found.people is not None
    assert found.people.left_out
    assert "panel of the other people" in found.reference
    differs = 0
    for number, (who, of) in enumerate(SAID.items()):
        judged = {i: panel(i, (who,)) for i in of}
        right = {i: of[i] == r for i, r in judged.items() if r is not None}
        person = found.people.persons[number]
        assert person.name == who
        assert (person.right.hits, person.right.certain) == (sum(right.values()), len(right))
        assert person.right.void == len(of) - len(right)
        differs += sum(judged[i] != panel(i) for i in of)
        for student in found.people.students:
            one = student.each[number].kappa
            said = [(bool(GUESSES[student.student][i] == judged[i]), right[i]) for i in right]
            assert one.items == len(said)
            assert one.value == pytest.approx(kappa(said))
    assert differs, "a person's own vote decides somewhere, else this test shows nothing"


def test_as_many_votes_as_the_rule_asks_for_are_enough_without_one(tmp_path: Path) -> None:
    """Else nobody could be left out of the commonest data: as many people as the rule's least."""
    votes = [Vote(item, who, int(TRUTH[i])) for i, item in enumerate(IDS) for who in "abcde"]
    who = RecordedVotes(votes, id_inputs(IDS), IDS, name="five", classes=3)
    logits = torch.nn.functional.one_hot(torch.tensor(GUESSES["one"]), 3).float()
    student = RecordedStudent(Predictions("s", IDS, logits, {}), SOURCE)
    made = audit(student, who, SOURCE, Plan(), tmp_path / "five", people=who.ballots(SOURCE))
    found = consistency(["s"], [made])
    assert found is not None
    assert found.people is not None
    assert [one.right.certain for one in found.people.persons] == [N] * 5
    assert [one.kappa.items for one in found.people.pairs] == [N] * 10


def test_between_two_people_both_are_left_out(voted: list[Record]) -> None:
    found = consistency(["one"], voted[:1])
    assert found is not None
    assert found.people is not None
    assert found.students == ()
    values = []
    for one, (a, b) in zip(found.people.pairs, combinations(SAID, 2), strict=True):
        both = [i for i in SAID[a] if i in SAID[b] and panel(i, (a, b)) is not None]
        said = [(SAID[a][i] == panel(i, (a, b)), SAID[b][i] == panel(i, (a, b))) for i in both]
        assert (one.first, one.second, one.kappa.items) == (a, b, len(both))
        assert one.kappa.value == pytest.approx(kappa(said))
        values.append(one.kappa.value)
    assert found.people.kappa.value == pytest.approx(np.mean([v for v in values if v is not None]))


def test_beside_people_the_truth_judges_where_it_is_the_teacher(known: list[Record]) -> None:
    found = consistency(["one", "two"], known)
    assert found is not None
    assert found.people is not None
    assert not found.people.left_out
    for number, (who, of) in enumerate(SAID.items()):
        person = found.people.persons[number]
        assert (person.right.hits, person.right.certain) == (
            sum(of[i] == TRUTH[i] for i in of),
            len(of),
        )
        others = {i: panel(i, (who,)) for i in of}
        assert person.others.certain == sum(one is not None for one in others.values())
        said = [(bool(GUESSES["one"][i] == TRUTH[i]), bool(of[i] == TRUTH[i])) for i in of]
        assert found.people.students[0].each[number].kappa.value == pytest.approx(kappa(said))


def test_the_students_own_order_of_items_does_not_matter(
    voted: list[Record], tmp_path: Path
) -> None:
    ids = tuple(reversed(IDS))
    logits = torch.nn.functional.one_hot(torch.tensor(GUESSES["two"]), 3).float().flip(0) * 9
    source = IdSource(ids, "items", {"condition": tuple(reversed(CONDITION))})
    student = RecordedStudent(Predictions("two", ids, logits, {}), source)
    who = people()
    turned = audit(student, who, source, Plan(), tmp_path / "t", people=who.ballots(source))
    one, two = (
        consistency(["one", "two"], [side.record for side in side_by_side(records).sides])
        for records in (voted, [voted[0], turned])
    )
    assert one is not None
    assert two is not None
    assert one.describe() == two.describe()


def test_nothing_to_compare(tmp_path: Path) -> None:
    logits = torch.eye(3)[torch.zeros(N).long()]
    student = RecordedStudent(Predictions("s", IDS, logits, {}), SOURCE)
    alone = audit(student, people(), SOURCE, Plan(), tmp_path / "alone")
    assert consistency(["s"], [alone]) is None


def test_groups_are_audits_of_their_items(voted: list[Record]) -> None:
    found = groups(voted[0], "condition")
    assert [one.value for one in found] == ["rare", "colour", "noise"]
    assert [one.small for one in found] == [True, False, False]
    for one in found:
        rows = [i for i in range(N) if CONDITION[i] == one.value]
        certain = [i for i in rows if panel(i) is not None]
        rate = one.summary.clean.relative
        assert len(one.record.ids) == len(rows)
        assert rate.certain == len(certain)
        assert rate.hits == sum(int(GUESSES["one"][i]) == panel(i) for i in certain)
    assert sum(len(one.record.ids) for one in found) == N
    assert voted[0].columns == {"condition": CONDITION}, "through the file and back"


def test_columns_that_split_nothing(voted: list[Record]) -> None:
    with pytest.raises(InputError, match=r"no column 'conditions' \(did you mean 'condition'\?\)"):
        groups(voted[0], "conditions")
    many = IdSource(IDS, "items", {"number": IDS})
    logits = torch.eye(3)[torch.zeros(N).long()]
    student = RecordedStudent(Predictions("s", IDS, logits, {}), many)
    made = audit(student, people(), many, Plan(), voted[0].folder / "many")
    with pytest.raises(InputError, match="60 different values"):
        groups(made, "number")
