"""Plans, and moved inputs made elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import (
    Jitter,
    Push,
    Scripted,
    Seer,
    honest,
    points,
    run,
    sees,
    thinks,
    world,
)

from preceptor.audit import MovedInputs, Plan, summarise
from preceptor.core import InputError

GIVEN = (points(40, 5) + torch.tensor([0.1, 0.0])).clamp(0, 1)


def mapped(folder: Path) -> np.ndarray:
    np.save(folder / "given.npy", GIVEN.numpy().astype(np.float64))
    found: np.ndarray = np.load(folder / "given.npy", mmap_mode="r")
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda _: GIVEN,
        lambda _: GIVEN.clone().requires_grad_(True),
        lambda _: GIVEN.numpy(),
        mapped,
    ],
    ids=["torch", "with gradient", "numpy", "mapped"],
)
def test_moved_inputs_made_elsewhere_are_judged_like_an_attacks(make, tmp_path: Path) -> None:
    source = world(40)
    given = MovedInputs("theirs", make(tmp_path), ids=source.ids, size=0.1)
    plan = Plan((Push((0.5, 0.0)),), (given,), batch=16)
    record = run(tmp_path / "out", source=source, plan=plan)
    rows = list(range(40))
    assert np.array_equal(record.inputs(2, rows), GIVEN.numpy())
    assert record.moved[1].sheet.teacher.tolist() == [sees(a) for a, _ in GIVEN.tolist()]
    assert record.moved[1].sheet.student.tolist() == [thinks(b) for _, b in GIVEN.tolist()]
    assert [row.name for row in summarise(record).attacks] == ["push", "theirs"]
    small = run(tmp_path / "small", source=source, plan=Plan(plan.attacks, plan.given, batch=3))
    assert small.digest == record.digest


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (
            MovedInputs("g", GIVEN[:39]),
            r"shape \(39, 2\); expected one for each clean item: \(40, 2\)",
        ),
        (MovedInputs("g", torch.zeros(40, 3)), r"shape \(40, 3\)"),
        (
            MovedInputs("g", GIVEN, ids=[str(39 - i) for i in range(40)]),
            "'39' stands where '0' should",
        ),
        (MovedInputs("g", GIVEN, ids=["0", "1"]), "'g' have 2 ids"),
        (MovedInputs("g", GIVEN * 2), "item '.*' of g|item '[0-9]+ of g' lies outside"),
        (MovedInputs("g", GIVEN / 0), "not finite"),
    ],
)
def test_given_inputs_that_do_not_match_the_data_are_refused(
    given: MovedInputs, match: str, tmp_path: Path
) -> None:
    seer = Seer()
    with pytest.raises(InputError, match=match):
        run(tmp_path, teacher=seer, plan=Plan((), (given,)))
    assert seer.calls == []


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"attacks": (Jitter(0.1), Jitter(0.1))}, r"unique within a plan; \['jitter 0.1'\]"),
        ({"attacks": (Push((0.0,), "g"),), "given": (MovedInputs("g", GIVEN),)}, "unique"),
        ({"batch": 0}, "at least 1"),
        ({"repeats": -1}, "at least 0"),
        ({"level": 1.0}, "between 0 and 1"),
    ],
)
def test_plans_that_make_no_sense_are_refused(options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        Plan(**options)


def test_an_unknown_way_of_asking_is_refused() -> None:
    plan = Plan()
    object.__setattr__(plan, "ask", "some")  # past the type check of the tests
    with pytest.raises(InputError, match="'all' or 'flips'; got 'some'"):
        plan.__post_init__()


def test_an_attacks_settings_are_plain_data_and_the_same_in_every_process(tmp_path: Path) -> None:
    def settings_of(limit: float) -> dict:
        plan = Plan((Scripted(honest, size=limit), Push((0.1, float("inf")))))
        return plan.describe()

    told = settings_of(float("inf"))
    json.dumps(told, allow_nan=False)
    assert told["attacks"][0]["settings"]["act"] == "audit_fakes.honest"
    assert told["attacks"][0]["size"] == "inf"
    assert "0x" not in json.dumps(settings_of(1.0))
    assert Plan((Scripted(honest, size=np.float32(0.5)),)).describe()["attacks"][0]["size"] == 0.5
