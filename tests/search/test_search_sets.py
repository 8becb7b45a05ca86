"""A search whose teacher says sets: what lies outside one is a witness, what lies inside is not."""

from pathlib import Path

import torch
from search_worlds import PLAN, Pupil, vectors
from torch import Tensor

from preceptor.probes import families
from preceptor.search import SearchResult, estimate, search
from preceptor.teachers import Rule

THIRDS = 3


def says(inputs: Tensor) -> list[object]:
    """Which third the last feature lies in; near a border either of the two."""
    found: list[object] = []
    for value in (inputs[:, -1] * THIRDS).tolist():
        third, near = min(int(value), THIRDS - 1), round(value)
        border = abs(value - near) < 0.2 and 0 < near < THIRDS
        found.append({near - 1, near} if border else third)
    return found


def thinks(inputs: Tensor) -> Tensor:
    """The student sees the first feature."""
    here = (inputs[:, 0] * THIRDS).floor().clamp(0, THIRDS - 1)
    return -10 * (torch.arange(float(THIRDS)) - here[:, None]) ** 2


def test_witnesses_lie_outside_the_sets_and_results_are_kept(tmp_path: Path) -> None:
    teacher = Rule(says, name="thirds", classes=THIRDS, version="1")
    student = Pupil(lambda x: thinks(x).detach(), classes=THIRDS, differentiable=False)
    result = search(student, teacher, vectors(), PLAN)
    asked = result.asked
    assert asked.sets is not None
    answers = teacher(asked.inputs)
    inside = answers.acceptable(THIRDS).gather(1, asked.student[:, None])[:, 0]
    assert torch.equal(asked.found >= 0, ~inside)
    outside = answers.partial & ~inside
    assert int(outside.sum()) > 0
    assert torch.equal(asked.certain, answers.certain | outside)
    result.save(tmp_path)
    again = SearchResult.load(tmp_path)
    assert again.asked.sets is not None
    assert torch.equal(again.asked.sets, asked.sets)
    told = result.to_pandas("questions")
    assert {"0 or 1", "1 or 2"} <= set(told["teacher"])


def test_an_estimate_counts_what_is_not_contradicted_apart() -> None:
    teacher = Rule(says, name="thirds", classes=THIRDS, version="1")
    source = vectors()
    student = Pupil(lambda x: thinks(x.flip(-1)).detach(), classes=THIRDS, differentiable=False)
    found = estimate(student, teacher, source, families(source.domain)[:3], 20)
    assert found.whole.uncontradicted > 0
    assert found.whole.misses == 0
    assert found.whole.accepting == 1.0
    assert found.whole.bounds[0] < 1.0
