"""Students that test invariances: the rule, the halving, and that the planted one is found."""

import pytest
import torch
from torch import nn

from preceptor.core import UNCERTAIN, Answers, Domain, InputError, generator
from preceptor.lessons import (
    Examples,
    InvarianceFindings,
    Invariances,
    InvarianceTally,
    fingerprint,
    load,
    save,
    tallies_of,
    with_findings,
)
from preceptor.strategies import ExplainedInvariances, InvarianceTests, Setting, parse
from preceptor.strategies.invariance_chains import Bases, Chain, TestRule, chains_of
from preceptor.students import TorchStudent
from preceptor.teachers import Rule
from preceptor.transforms import Border, code_length

DOMAIN = Domain((1, 12, 12))
RULE = TestRule()


def pictures(n: int = 80) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean of the 6x6 centre is the class; the border of two pixels says the same."""
    rng = torch.Generator().manual_seed(3)
    labels = torch.arange(n) % 2
    inputs = 0.3 * torch.rand(n, 1, 12, 12, generator=rng)
    inputs[:, :, 3:9, 3:9] += 0.5 * labels[:, None, None, None]
    inputs[:, :, :2] = labels[:, None, None, None].float()
    inputs[:, :, -2:] = labels[:, None, None, None].float()
    return inputs, labels


def centre_rule(inputs: torch.Tensor) -> list[int]:
    """By the centre alone; uncertain in the middle."""
    means = inputs[:, 0, 3:9, 3:9].mean((1, 2)).tolist()
    return [0 if one < 0.3 else 1 if one > 0.5 else UNCERTAIN for one in means]


def teacher() -> Rule:
    return Rule(centre_rule, name="centre", classes=2, version="1")


class EdgeReader(nn.Module):
    """Says what the outermost rows say."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(20.0))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        score = self.scale * (inputs[:, 0, [0, -1]].mean((1, 2)) - 0.5)
        return torch.stack([-score, score], 1)


def student() -> TorchStudent:
    return TorchStudent(EdgeReader(), classes=2)


def hypotheses(**options: float) -> InvarianceTests:
    inputs, labels = pictures()
    return InvarianceTests(inputs, labels, inputs, DOMAIN, teacher(), **options)


def asked(lesson: InvarianceFindings) -> int:
    return len(lesson.labels)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((10, 0, 0), "holds"),
        ((8, 0, 2), "holds"),
        ((7, 0, 3), "fails"),
        ((9, 1, 0), "fails"),
        ((0, 1, 0), "fails"),
        ((0, 0, 3), "fails"),
        ((9, 0, 0), "open"),
        ((0, 0, 0), "open"),
    ],
)
def test_the_rule(counts, verdict):
    assert RULE.verdict(InvarianceTally(*counts)) == verdict


def test_a_chain_is_halved():
    chain = Chain(tuple(Border(width) for width in range(1, 14)))
    holds, fails = InvarianceTally(10), InvarianceTally(0, 1)
    tested, tallies = [], {}
    while (one := chain.next(tallies, RULE)) is not None:
        tested.append(one.width)
        tallies[one.name] = holds if one.width <= 5 else fails
    assert tested == [7, 3, 5, 6]
    assert chain.kept(tallies, RULE) == Border(5)
    assert chain.kept({}, RULE) is None


@pytest.mark.parametrize("domain", [DOMAIN, Domain((8,)), Domain((3, 32, 32))], ids=str)
def test_hypotheses_are_members_of_the_library(domain):
    chains = chains_of(domain)
    assert all(code_length(one, domain) is not None for c in chains for one in c.transforms)
    assert max(len(chain.transforms) for chain in chains) <= 15


def test_regions_come_from_another_class():
    inputs, labels = pictures()
    bases = Bases(inputs, labels, DOMAIN)
    rows = torch.arange(40)
    moved = bases.changed(Border(2), rows, generator(0, "t"))
    assert torch.equal(moved[:, 0, 0, 0].round().long(), 1 - labels[rows])
    assert torch.equal(moved[:, :, 2:-2, 2:-2], inputs[rows][:, :, 2:-2, 2:-2])
    assert set(bases.rows(200, generator(0, "r")).tolist()) == set(range(80))


def test_the_planted_invariance_is_found():
    """The decisive region is not among what is assumed, the misleading one is."""
    lesson = hypotheses()(student(), [], 60, rng=generator(0, "s"))
    assert isinstance(lesson, InvarianceFindings)
    regions = [one for one in lesson.concluded if one.name.startswith(("border", "top", "bottom"))]
    assert regions
    assert all(max(getattr(one, "width", 0), getattr(one, "rows", 0)) <= 4 for one in regions)
    assert asked(lesson) == lesson.price.questions <= 60
    assert lesson.price.bits == pytest.approx(asked(lesson) * 1.584962500721156)


def test_a_round_goes_on_where_the_last_one_ended():
    whole = hypotheses()(student(), [], 26, rng=generator(0, "s"))
    first = hypotheses()(student(), [], 13, rng=generator(0, "s"))
    then = hypotheses()(student(), [first], 13, rng=generator(1, "s"))
    both = tallies_of([first, then])
    assert sum(one.asked for one in both.values()) == 26 == asked(whole)
    assert all(one.asked <= 10 for one in both.values())
    assert {one.name for one in first.concluded} <= {one.name for one in then.transforms}


def test_a_student_that_moves_nowhere_asks_nothing():
    still = TorchStudent(nn.Sequential(nn.Flatten(), nn.Linear(144, 2)), classes=2)
    with torch.no_grad():
        still.module[1].weight.zero_()
    assert hypotheses()(still, [], 20, rng=generator(0, "s")) is None


def test_without_labels_it_asks_for_some_first():
    inputs, _ = pictures()
    unknown = torch.full((80,), UNCERTAIN)
    strategy = InvarianceTests(inputs, unknown, inputs, DOMAIN, teacher())
    first = strategy(student(), [], 12, rng=generator(0, "s"))
    assert isinstance(first, Examples)
    assert asked(first) == 12
    then = strategy(student(), [first], 12, rng=generator(1, "s"))
    assert isinstance(then, InvarianceFindings)


def test_of_several_findings_the_last_conclusion_counts_once():
    first = hypotheses()(student(), [], 30, rng=generator(0, "s"))
    then = hypotheses()(student(), [first], 30, rng=generator(1, "s"))
    parts = with_findings([first, then])
    assert [one.kind for one in parts] == ["examples", "examples", "invariances"]
    assert isinstance(parts[-1], Invariances)
    assert parts[-1].price.bits == 0
    assert with_findings([parts[0]]) == [parts[0]]


def test_an_answer_that_excludes_the_label_of_before_is_another():
    answers = Answers.of_sets(
        torch.tensor([[True, True, False], [False, True, True]]), torch.zeros(2)
    )
    inputs = torch.zeros(2, 1, 12, 12)
    lesson = InvarianceFindings(
        inputs,
        answers.labels,
        3,
        torch.zeros(2, dtype=torch.int64),
        torch.zeros(2, dtype=torch.int64),
        (Border(2),),
        torch.tensor([False]),
        inputs,
        answers.labels,
        DOMAIN,
        sets=answers.sets,
    )
    assert lesson.tallies() == {"border width=2": InvarianceTally(0, 1, 1)}


def test_findings_are_kept_in_files(tmp_path):
    lesson = hypotheses()(student(), [], 30, rng=generator(0, "s"))
    save(lesson, tmp_path / "one.safetensors")
    assert fingerprint(load(tmp_path / "one.safetensors")) == fingerprint(lesson)


def test_what_an_explanation_finds_is_tested():
    inputs, labels = pictures()
    strategy = ExplainedInvariances(inputs, labels, inputs, DOMAIN, teacher())
    lesson = strategy(student(), [], 60, rng=generator(0, "s"))
    assert isinstance(lesson, InvarianceFindings)
    names = {one.name for one in lesson.concluded}
    assert "resample border" in names
    assert not any("centre" in name for name in names)


def test_by_name():
    inputs, labels = pictures()
    at = Setting(inputs, labels, inputs, DOMAIN, teacher())
    assert isinstance(parse("test-invariances:each=6,same=5", at), InvarianceTests)
    assert isinstance(parse("test-explained", at), ExplainedInvariances)
    lesson = parse("best-asker", at)(student(), [], 20, rng=generator(0, "s"))
    assert lesson is not None
    assert lesson.price.questions == 20
    with pytest.raises(InputError, match="same <= each"):
        parse("test-invariances:each=6,same=8", at)
