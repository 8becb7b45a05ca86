"""Teaching until proved: the proof is about the student that comes out, and every question is paid."""

import json

import pytest
import torch
from strategy_table import Counting, constant, counting, small
from torch import nn

import preceptor as pr
from preceptor.certificates import Certificate, CertificateQuestion, check
from preceptor.comparison.cell import Cell
from preceptor.core import Domain, InputError, generator
from preceptor.ledger import Ledger
from preceptor.lessons import Budget
from preceptor.strategies import (
    RandomSynthesis,
    Schedule,
    Setting,
    StrategySequence,
    UntilProved,
    learn,
    parse,
)
from preceptor.strategies.until_proved import spread
from preceptor.students import TorchStudent
from preceptor.teachers import NearestPrototypes, Rule

SQUARE = Domain((2,), 0.0, 1.0)
PLAN = Schedule(1, 200, 150)


def corners() -> Rule:
    """Three prototypes in the square, uncertain between."""
    points = torch.tensor([[0.2, 0.2], [0.8, 0.3], [0.5, 0.9]])
    return Rule(NearestPrototypes(points, torch.arange(3), 0.1), name="corners", classes=3)


def pupil(seed: int = 0, last: nn.Module | None = None) -> TorchStudent:
    torch.manual_seed(seed)
    body = [nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3)]
    return TorchStudent(nn.Sequential(*body, *([last] if last else [])), classes=3, name="pupil")


def test_the_whole_domain_is_closed_and_the_certificate_is_of_the_student_that_comes_out(tmp_path):
    teacher = Counting(corners())
    found = learn(
        pupil(), UntilProved(SQUARE, teacher), schedule=PLAN, budget=Budget(200), out=tmp_path
    )
    assert found.ending == "proved"
    assert found.certificate.status == "proved"
    assert 0 < found.price.questions == teacher.count < 200
    assert found.price.cost == pytest.approx(0.5 * teacher.count)
    again = CertificateQuestion(found.student, corners(), SQUARE)
    assert check(Certificate.load(tmp_path / "certificate"), again).agrees
    grid = torch.cartesian_prod(*[torch.linspace(0, 1, 200)] * 2)
    wanted = corners()(grid).labels
    said = found.student(grid).argmax(1)
    assert bool((said == wanted)[wanted >= 0].all())


def test_run_again_it_asks_nothing_and_ends_in_the_same_weights(tmp_path):
    with Ledger(tmp_path / "kept.db") as book:
        results, spent = [], []
        for _ in range(2):
            counted = Counting(corners())
            way = UntilProved(SQUARE, book.keep(counted))
            results.append(learn(pupil(), way, schedule=PLAN, out=tmp_path / "rounds"))
            spent.append(counted.count)
    first, then = results
    assert spent == [first.price.questions, 0]
    assert first.price == then.price
    assert all(one.resumed for one in then.rounds[1:])
    for one, other in zip(
        first.student.module.parameters(), then.student.module.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_every_question_is_one_that_the_student_gets_wrong_and_none_is_asked_twice():
    student, teacher = pupil(3), Counting(corners())
    way = UntilProved(SQUARE, teacher, each=6)
    lesson = way(student, (), 6, rng=generator(0, "s"))
    assert len(lesson.inputs) == 6
    assert bool((lesson.labels >= 0).all())
    assert bool((student(lesson.inputs).argmax(1) != lesson.labels).all())
    more = way(student, (lesson,), 6, rng=generator(0, "s"))
    both = torch.cat([lesson.inputs, more.inputs])
    assert len(torch.unique(both, dim=0)) == len(both)


def test_a_budget_that_is_spent_leaves_a_refutation_that_stands(tmp_path):
    found = learn(pupil(), UntilProved(SQUARE, corners(), each=2), schedule=PLAN, budget=Budget(2))
    assert found.price.questions == 2
    made = found.certificate
    assert (found.ending, made.status) == ("budget", "refuted")
    assert int(found.student(made.witness.inputs).argmax()) == made.witness.student
    assert int(corners()(made.witness.inputs).labels) == made.witness.teacher


def test_a_schedule_without_a_budget_asks_no_more_than_it_says():
    teacher = Counting(corners())
    found = learn(pupil(), UntilProved(SQUARE, teacher), schedule=Schedule(2, 3, 20))
    assert teacher.count == found.price.questions == 6


def test_in_a_mixture_the_certificate_is_made_too():
    first = RandomSynthesis(SQUARE, corners())
    mixed = StrategySequence((UntilProved(SQUARE, corners()), first))
    found = learn(pupil(), mixed, schedule=Schedule(1, 5, 20))
    assert found.certificate.status in ("proved", "refuted")
    assert learn(pupil(), first, schedule=Schedule(1, 5, 20)).certificate is None


@pytest.mark.parametrize(
    ("spec", "says"),
    [("until-proved:each=0", "at least 1"), ("until-proved:seconds=-1", "above 0")],
)
def test_options_out_of_range(spec, says):
    at = Setting(
        torch.zeros(1, 2), torch.zeros(1).long(), torch.zeros(1, 2), SQUARE, Counting(corners())
    )
    assert isinstance(parse("until-proved:each=4,seconds=3", at), UntilProved)
    with pytest.raises(InputError, match=says):
        parse(spec, at)


def test_a_teacher_whose_conditions_nobody_knows_is_refused_before_anything_is_asked():
    teacher = counting()
    with pytest.raises(InputError, match="not known where it is certain"):
        UntilProved(small().source.domain, teacher)
    with pytest.raises(InputError, match="not known where it is certain"):
        UntilProved(small().source.domain, constant(1))
    assert teacher.count == 0


def test_a_student_of_another_form_is_refused_with_its_layer():
    with pytest.raises(InputError, match="Tanh"):
        learn(pupil(last=nn.Tanh()), UntilProved(SQUARE, corners()), schedule=PLAN)


def test_points_are_chosen_far_from_one_another_and_the_first_stays():
    points = torch.tensor([[0.5, 0.5], [0.5, 0.51], [0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    assert spread(points, 3, SQUARE).tolist() == [[0.5, 0.5], [0.0, 0.0], [1.0, 1.0]]
    assert len(spread(points, 9, SQUARE)) == 4  # the fifth is the first again
    assert len(spread(points[:0], 3, SQUARE)) == 0


def test_teach_and_compare_take_it_and_say_what_is_proved(tmp_path):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    taught = pr.teach(
        net, "plane", strategy="until-proved", budget=60, steps=150, given=20, audit=False,
        ledger=tmp_path / "kept.db", out=tmp_path / "taught",
    )  # fmt: skip
    assert taught.answer.ending == "proved"
    assert taught.certificate.status == "proved"
    assert taught.answer.lines[0].startswith("Proved")
    said = json.loads((tmp_path / "taught/teach.json").read_text())
    assert said["certificate"]["status"] == "proved"
    made = Certificate.load(said["files"]["certificate"])
    assert pr.check_certificate(made, taught.student, "plane").agrees
    program = str(tmp_path / "taught/student.pt2")
    assert pr.prove(program, "plane", trust_pickle=True).status == "proved"
    found = pr.compare(
        "plane", strategies=["until-proved"], budgets=[10], seeds=1, given=20, steps=40, probes=200,
        items=20, attack="noise:size=0.1", search=0, jobs=1, out=tmp_path / "compared",
    )  # fmt: skip
    cell = next(one for one in found.cells if one.strategy == "until-proved")
    assert cell.certified in ("proved", "refuted")
    assert cell.price.questions <= 10
    assert (
        f"is proved right wherever the teacher is certain in {int(cell.certified == 'proved')} of 1"
        in (found.to_dict()["certified"][0])
    )
    assert Cell.read(cell.describe()).certified == cell.certified
