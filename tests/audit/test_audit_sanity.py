"""The mistakes that make other tools report wrong numbers without a word."""

from pathlib import Path

import pytest
import torch
from audit_fakes import SQUARE, Jitter, Pupil, Push, Scripted, Seer, codes, honest, points, run
from torch import Tensor, nn

from preceptor.attacks import PGD, NoiseAttack
from preceptor.audit import Plan, Record, audit
from preceptor.core import UNCERTAIN, Answers, ArraySource, Domain, InputError
from preceptor.students import TorchStudent


def of(record: Record, code: str) -> dict:
    (found,) = [finding for finding in record.facts["findings"] if finding["code"] == code]
    assert found["fix"]
    return found


def data(rows: Tensor, domain: Domain = SQUARE) -> ArraySource:
    return ArraySource(rows, domain)


def net(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))


class Gate(nn.Module):
    """Coordinate 1 against a half, through any function of it."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function
        self.scale = nn.Parameter(torch.tensor(8.0))

    def forward(self, inputs: Tensor) -> Tensor:
        seen = self.function(inputs[:, 1])
        return self.scale * torch.stack([0.5 - seen, seen - 0.5], 1)


def gate(function=lambda seen: seen) -> TorchStudent:
    return TorchStudent(Gate(function).eval(), classes=2, name="gate")


def test_a_sound_set_up_has_no_findings(tmp_path: Path) -> None:
    plan = Plan((PGD(0.1, steps=3), NoiseAttack(0.1, tries=2)), repeats=5)
    assert run(tmp_path, student=gate(), plan=plan).facts["findings"] == []


@pytest.mark.parametrize(
    ("rows", "domain", "match"),
    [
        (points(40) * 255, SQUARE, "pixels from 0 to 255. Divide by 255"),
        ((points(40) - 0.5) / 0.25, SQUARE, "these look normalised"),
        (points(40) * 3, SQUARE, r"values run from 0 to 3. Give the domain the true bounds"),
        (points(40) * 300, Domain((2,), 0.0, 255.0), r"domain \[0, 255\]: values run from"),
        (torch.full((40, 2), float("nan")), SQUARE, "item '0' .* not finite. Drop or mend"),
        (torch.full((40, 2), float("inf")), SQUARE, "not finite"),
    ],
    ids=["pixels", "normalised", "too wide", "wrong bounds", "NaN", "infinite"],
)
def test_inputs_outside_the_domain_are_refused_with_the_likely_reason(
    rows: Tensor, domain: Domain, match: str, tmp_path: Path
) -> None:
    seer = Seer()
    with pytest.raises(InputError, match=match):
        run(tmp_path, teacher=seer, source=data(rows, domain))
    assert seer.calls == []


@pytest.mark.parametrize("batch", [7, 256])
def test_one_item_outside_is_named_wherever_it_stands(batch: int, tmp_path: Path) -> None:
    rows = points(100)
    rows[83] = 1.5
    with pytest.raises(InputError, match="item '83' lies outside"):
        run(tmp_path, source=data(rows), plan=Plan((Jitter(0.1),), batch=batch))


@pytest.mark.parametrize(
    ("eps", "width", "odd"),
    [
        (0.0001, 1.0, True),
        (0.1, 1.0, False),
        (0.9, 1.0, True),
        (0.1, 255.0, True),
        (25, 255, False),
    ],
)
def test_sizes_in_other_units_than_the_inputs_are_pointed_out(
    eps: float, width: float, odd: bool, tmp_path: Path
) -> None:
    source = data(points(20) * width, Domain((2,), 0.0, float(width)))
    scaled = gate(lambda seen: seen / width)
    attacks = (PGD(eps, steps=2), NoiseAttack(eps, tries=1))
    record = run(tmp_path, student=scaled, source=source, plan=Plan(attacks))
    told = [one["code"] for one in record.facts["findings"]]
    assert told.count("odd-size") == (2 if odd else 0)


def test_channels_of_unlike_ranges_are_pointed_out(tmp_path: Path) -> None:
    high = torch.tensor([1.0, 1.0, 1.0, 10000.0]).reshape(4, 1, 1)
    domain = Domain((4, 1, 1), 0.0, high)
    rows = torch.rand((20, 4, 1, 1), generator=torch.Generator().manual_seed(0)) * high
    source = ArraySource(rows, domain, tuple(map(str, range(20))), "depth")
    flat = Pupil(lambda seen: torch.cat([1 - seen[:, :, 0], seen[:, :, 0]], 1), differentiable=True)
    seer = Seer(lambda rows: Answers((rows[:, 0, 0, 0] > 0.5).long(), torch.zeros(len(rows))))
    record = audit(flat, seer, source, Plan((PGD(1000, steps=2),)), tmp_path)
    assert "odd-size" in codes(record)


def test_a_random_student_is_noticed(tmp_path: Path) -> None:
    torch.manual_seed(0)
    noisy = Pupil(lambda seen: torch.randn(len(seen), 2))
    record = run(tmp_path, student=noisy, plan=Plan())
    assert "other logits for the same inputs" in of(record, "random-student")["message"]


def test_a_module_in_training_mode_is_audited_in_evaluation_mode_with_a_note(
    tmp_path: Path,
) -> None:
    module = nn.Sequential(net(), nn.Dropout(0.5))
    student = TorchStudent(module.train(), classes=2)
    record = run(tmp_path, student=student, plan=Plan())
    assert of(record, "train-mode")["level"] == "note"
    assert "random-student" not in codes(record)
    calm = TorchStudent(net().eval(), classes=2)
    assert "train-mode" not in codes(run(tmp_path / "b", student=calm, plan=Plan()))


@pytest.mark.parametrize(
    "student",
    [
        Pupil(lambda seen: torch.stack([0.5 - seen, seen - 0.5], 1).detach(), differentiable=True),
        gate(lambda seen: seen.detach()),
        gate(lambda seen: torch.tensor(seen.tolist())),
    ],
    ids=["no graph", "inputs detached", "through numbers"],
)
def test_a_student_whose_gradients_do_not_reach_its_inputs_is_refused(
    student, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no gradient flows from its logits to its inputs"):
        run(tmp_path, student=student, plan=Plan())


@pytest.mark.parametrize("batch", [1, 256])
def test_dead_gradients_are_counted_the_same_whatever_the_batch(batch: int, tmp_path: Path) -> None:
    student = gate(lambda seen: torch.where(seen > 0.5, seen.round(), seen))
    record = run(tmp_path, student=student, plan=Plan((Jitter(0.1),), batch=batch))
    dead = int((points(40)[:, 1] > 0.5).sum())
    assert f"exactly zero at {dead} of 40 clean inputs" in of(record, "zero-gradients")["message"]


class Nothing:
    """A source without items."""

    name, domain, ids = "nothing", SQUARE, ()

    def __len__(self) -> int:
        return 0

    def read(self, start: int, stop: int) -> Tensor:
        return torch.empty(0, 2)


def test_a_source_without_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the source has no items: there is nothing to audit"):
        audit(Pupil(), Seer(), Nothing(), Plan(), tmp_path)


def test_different_numbers_of_classes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'pupil' has 3 classes, teacher 'seer' has 2"):
        run(tmp_path, student=Pupil(classes=3))
    assert [path.name for path in tmp_path.iterdir()] == [".preceptor.lock"]


def test_a_student_near_chance_is_pointed_out(tmp_path: Path) -> None:
    upside_down = Pupil(lambda seen: torch.stack([seen - 0.5, 0.5 - seen], 1))
    record = run(tmp_path, student=upside_down, plan=Plan())
    assert "agrees with the teacher on only 3%" in of(record, "student-near-chance")["message"]


def test_a_teacher_that_is_hardly_ever_certain_is_pointed_out(tmp_path: Path) -> None:
    def shy(inputs: Tensor) -> Answers:
        said = honest(inputs)
        return Answers(torch.where(inputs[:, 0] > 0.2, UNCERTAIN, said.labels), said.cost)

    record = run(tmp_path, teacher=Seer(shy), plan=Plan())
    asked = len(record.ids)
    sure = int((points(40)[:, 0] <= 0.2).sum())
    assert (
        f"uncertain of {asked - sure} of {asked} clean"
        in of(record, "uncertain-teacher")["message"]
    )
    assert "Certain where coordinate 0" in of(record, "uncertain-teacher")["fix"]


def test_an_attack_that_moved_nothing_is_pointed_out(tmp_path: Path) -> None:
    plan = Plan((Scripted(lambda inputs: inputs, "idle"), Push((0.5, 0.0))))
    record = run(tmp_path, plan=plan)
    assert of(record, "moved-nothing")["message"] == "idle moved none of the 40 inputs."


def test_every_finding_says_how_to_mend_it_and_has_its_level(tmp_path: Path) -> None:
    student = gate(lambda seen: seen.round())
    record = run(tmp_path, student=student, plan=Plan((Scripted(lambda inputs: inputs),)))
    for finding in record.facts["findings"]:
        assert finding.keys() == {"code", "level", "message", "fix"}
        assert finding["level"] in ("warning", "note")
        assert all(finding.values())


def test_a_student_of_another_shape_is_told_what_it_was_given(tmp_path: Path) -> None:
    picky = TorchStudent(nn.Linear(5, 2), classes=2, name="picky")
    with pytest.raises(InputError, match=r"'picky' failed on the first \d+ inputs") as caught:
        run(tmp_path, student=picky)
    assert ", 2], float32: RuntimeError: mat1 and mat2" in str(caught.value)
    assert "reshape inside it" in str(caught.value)
