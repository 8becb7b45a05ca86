"""The words for attacks in records and attempts outlive the names of classes."""

from pathlib import Path

import numpy as np
import pytest
from audit_fakes import Pupil, points, run, world

from preceptor.attacks import parse
from preceptor.audit import MovedInputs, Plan, side_by_side
from preceptor.audit.audit_plan import describe

PGD = {"restarts": 1, "random_start": True}


@pytest.mark.parametrize(
    ("spec", "kind", "settings"),
    [
        ("noise:size=0.1", "Noise", {"size": 0.1, "kind": "gaussian", "tries": 10}),
        ("pgd:eps=0.1", "LinfPGD", {"eps": 0.1, "steps": 40, "step": 1 / 30, **PGD}),
        ("pgd:eps=0.1,steps=7", "LinfPGD", {"eps": 0.1, "steps": 7, "step": 1 / 30, **PGD}),
        ("pgd:eps=1,norm=l2", "L2PGD", {"eps": 1.0, "steps": 50, "step": 0.025, **PGD}),
        ("sparse:pixels=2", "Sparse", {"pixels": 2, "queries": 500}),
    ],
)
def test_an_attack_is_recorded_as_ever(spec: str, kind: str, settings: dict[str, object]) -> None:
    # written down by versions of before: attempts of stopped audits are known by these words
    said = describe(parse(spec, pool=points(2, 0)))
    assert (said["kind"], said["settings"]) == (kind, settings)


def test_moved_inputs_made_for_each_student_anew_stand_side_by_side(tmp_path: Path) -> None:
    source = world(40)
    records = []
    for number, name in enumerate(("one", "other")):
        given = MovedInputs("theirs", points(40, 5 + number), ids=source.ids)
        plan = Plan((), (given,))
        records.append(
            run(tmp_path / name, source=source, student=Pupil(name=name), plan=plan),
        )
    assert records[0].attacks[0]["kind"] == "Given"
    assert not np.array_equal(records[0].inputs(1, [0, 1]), records[1].inputs(1, [0, 1]))
    found = side_by_side(records)
    assert [one.name for one in found.pair(1, 0).contrasts][1] == "theirs"
