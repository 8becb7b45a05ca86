"""What people taught, as lessons: the right types, prices by their formulas, seconds as cost."""

import math
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import torch
from people_desk import enroll, inputs
from torch import nn

from preceptor.core import InputError, generator
from preceptor.ledger import input_keys
from preceptor.lessons import (
    Examples,
    FeatureSet,
    Invariances,
    Irrelevant,
    Lesson,
    Masks,
    Pairs,
    label_bits,
    subset_bits,
)
from preceptor.people import Settings, Studies, Study, persons, taught_items
from preceptor.people.changes import CHANGES, choices, domain_of, transform_of
from preceptor.people.lessons import TrainingData, lessons_of, price_of
from preceptor.people.taught_items import Draft
from preceptor.strategies import AdamFit
from preceptor.students import TorchStudent
from preceptor.transforms import code_length
from preceptor.transforms.hypotheses import outside_bits

MASK = np.array([[True, False], [False, False]])


def give(studies: Studies, study: Study, kind: str, body: dict[str, Any], **arrays: Any) -> int:
    (ann,) = enroll(studies, "ann")
    with studies.database.write() as db:
        return taught_items.give(db, study, ann, Draft(uuid4().hex, kind, body, 2.0, arrays))


def offered(studies: Studies, count: int = 4) -> list[str]:
    studies.offer("t", inputs(count))
    return input_keys(inputs(count))


def student() -> TorchStudent:
    torch.manual_seed(0)
    return TorchStudent(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), classes=3, name="s")


def only(lessons: list[Lesson]) -> Any:
    (one,) = lessons
    return one


def test_masks_of_single_inputs_become_one_lesson(studies: Studies, study: Study) -> None:
    found = offered(studies)
    give(studies, study, "mask", {"input": found[2]}, mask=MASK)
    number = give(studies, study, "mask", {"input": found[0]}, mask=~MASK)
    masks = only(lessons_of(studies, study))
    assert isinstance(masks, Masks)
    assert torch.equal(masks.inputs, inputs(4)[[2, 0]])
    assert masks.masks[:, 0].tolist() == [MASK.tolist(), (~MASK).tolist()]
    assert masks.price.questions == 2
    assert masks.price.bits == 8.0
    assert masks.price.cost == 4.0
    with studies.database.write() as db:
        taught_items.withdraw(db, study, persons.enroll(db, "ann"), number, uuid4().hex)
    assert only(lessons_of(studies, study)).price.questions == 1


def test_a_mask_for_every_input(studies: Studies, study: Study) -> None:
    offered(studies)
    give(studies, study, "mask", {"every": True}, mask=MASK)
    lesson = only(lessons_of(studies, study))
    assert isinstance(lesson, Irrelevant)
    assert lesson.price.bits == subset_bits(4, 1)
    assert lesson.price.cost == 2.0
    assert isinstance(only(lessons_of(studies, study, way="view")), FeatureSet)
    attacked = only(lessons_of(studies, study, way="attack"))
    assert (attacked.way, len(attacked.inputs)) == ("attack", 4)


def test_pairs_examples_and_changes(studies: Studies, study: Study) -> None:
    found = offered(studies)
    changed = inputs(1)[0].numpy().copy()
    changed[0, 1, 1] = 0.5
    tried = [{"input": key, "range": 20, "label": 0} for key in found[:3]]
    give(studies, study, "pair", {"input": found[0], "before": 0, "after": 1}, changed=changed)
    give(studies, study, "example", {"label": -1}, made=changed)
    give(studies, study, "invariance", {"change": "rotate", "range": 15, "confirmed": tried})
    body = {"change": "region", "range": 1, "confirmed": tried}
    give(studies, study, "invariance", body, region=~MASK)
    rotate, region, pairs, examples = lessons_of(studies, study)
    assert isinstance(rotate, Invariances)
    assert [one.name for one in rotate.transforms] == ["rotate degrees=15"]
    assert (rotate.hold, rotate.price.cost) == ("answer", 2.0)
    assert rotate.price.bits == code_length(rotate.transforms[0], rotate.domain)
    assert isinstance(region, Invariances)
    described = math.log2(5) + subset_bits(4, 3)  # how many of four pixels, and which
    assert region.price.bits == outside_bits(region.domain) + described
    assert isinstance(pairs, Pairs)
    assert torch.equal(pairs.second[0], torch.from_numpy(changed))
    base = 2 * label_bits(3) + math.log2(4)
    assert pairs.price.bits == pytest.approx(base + math.log2(5) + subset_bits(4, 1) + 8)
    assert isinstance(examples, Examples)
    assert (examples.labels.tolist(), examples.origin) == ([-1], "volunteered")
    assert examples.price.bits == pytest.approx(32 + label_bits(3))
    labels = torch.tensor([0, 1, 2, -1])
    held = lessons_of(studies, study, ground=TrainingData(inputs(4), labels), kind="invariance")
    assert all(isinstance(one, Invariances) and one.hold == "label" for one in held)


def test_what_is_audited_on_is_not_learned_on(studies: Studies, study: Study) -> None:
    found = offered(studies)
    give(studies, study, "mask", {"input": found[0]}, mask=MASK)
    give(studies, study, "mask", {"input": found[1]}, mask=MASK)
    give(studies, study, "mask", {"every": True, "input": found[0]}, mask=MASK)
    ground = TrainingData(inputs(4)[1:], None, frozenset(found[1:]))
    every, masks = lessons_of(studies, study, ground=ground)
    assert isinstance(every, Irrelevant)
    assert torch.equal(masks.inputs, inputs(4)[1:2])
    assert masks.price.cost == 2.0


def test_each_has_a_price_of_its_own(studies: Studies, study: Study) -> None:
    found = offered(studies)
    for key in found[:2]:
        give(studies, study, "mask", {"input": key}, mask=MASK)
    with studies.database.read() as db:
        prices = [price_of(studies, study, one) for one in taught_items.standing(db, study.number)]
    assert [one.bits for one in prices] == [4.0, 4.0]
    assert [one.cost for one in prices] == [2.0, 2.0]


def test_features_of_rows(studies: Studies) -> None:
    rows = studies.make("rows", Settings(("a", "b"), (5,), names=tuple("vwxyz")))
    data = torch.rand(6, 5)
    studies.offer("rows", data)
    give(studies, rows, "features", {"features": [1, 3], "every": True})
    give(studies, rows, "features", {"features": [1], "input": input_keys(data)[0]})
    every, single = lessons_of(studies, rows)
    assert isinstance(every, Irrelevant)
    assert every.features.tolist() == [False, True, False, True, False]
    assert every.price.bits == subset_bits(5, 2)
    assert isinstance(single, Masks)
    assert single.masks.tolist() == [[False, True, False, False, False]]


def test_a_student_learns_from_what_was_drawn(tmp_path: Path) -> None:
    """One pixel codes the class in the data, another is what the person says matters."""
    generate = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    data = torch.rand(200, 1, 2, 2, generator=generate)
    data[:, 0, 0, 0] = 0.35 + 0.3 * labels + 0.1 * (torch.rand(200, generator=generate) - 0.5)
    data[:, 0, 1, 1] = labels.float()  # the decoy
    with Studies(tmp_path / "s.db") as studies:
        study = studies.make("t", Settings(("a", "b"), (1, 2, 2)))
        studies.offer("t", data[:20])
        give(studies, study, "mask", {"every": True, "painted": "matters"}, mask=MASK)
        taught = lessons_of(studies, study, ground=TrainingData(data))
    fresh = data.clone()
    fresh[:, 0, 1, 1] = 1 - labels.float()
    scores = []
    for lessons in ([], taught):
        torch.manual_seed(0)
        pupil = TorchStudent(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), classes=2, name="s")
        given = Examples(data, labels, 2, "given")
        fitted = AdamFit(rate=0.05)(pupil, [given, *lessons], steps=200, rng=generator(0, "x"))
        with torch.no_grad():
            scores.append(float((fitted(fresh).argmax(1) == labels).float().mean()))
    assert scores[0] < 0.3
    assert scores[1] > 0.9


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_keeps_inputs_valid_and_moves_them(kind: str) -> None:
    from preceptor.lessons.invariances import changed

    settings = Settings(("a", "b"), (1, 8, 8), -1.0, 2.0)
    change = choices(settings)[kind]
    data = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 3 - 1
    region = np.zeros((8, 8), bool)
    region[2:4, 3:6] = True
    for amount in (change.least, change.usual, min(change.most, 4.0)):
        made = transform_of(settings, kind, amount, region, data)
        moved = changed(data, (made,), domain_of(settings), np.random.default_rng(0))
        assert not bool(domain_of(settings).outside(moved).any())
        assert not torch.equal(moved, data)
        assert moved.shape == data.shape


def test_changes_that_fit(studies: Studies) -> None:
    assert set(choices(Settings(("a", "b"), (3,)))) == {"noise", "region"}
    assert choices(Settings(("a", "b"), (2, 1, 8, 8))) == {}
    assert choices(Settings(("a", "b"), (1, 8, 8)))["border"].most == 3
    assert "border" not in choices(Settings(("a", "b"), (1, 2, 2)))


def test_ways_of_texts_are_refused_for_pictures(studies: Studies) -> None:
    study = studies.make("p", Settings(("a", "b"), (1, 2, 2), again=0.0, known=0.0))
    studies.offer("p", torch.rand(2, 1, 2, 2))
    give(studies, study, "example", {"label": 1}, made=np.zeros((1, 2, 2), np.float32))
    for way in ("exchange", "drop"):
        with pytest.raises(InputError, match=f"way={way} is for words"):
            lessons_of(studies, study, way=way)
    assert len(lessons_of(studies, study)) == 1
