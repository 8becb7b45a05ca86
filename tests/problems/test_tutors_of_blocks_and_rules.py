"""What the teachers of blocks and two rules can tell is true, and the laws lead where data do not."""

import torch
from statics import overhang

from preceptor.core import generator
from preceptor.problems import blocks, two_rules
from preceptor.students import TorchStudent

NOBODY = TorchStudent(torch.nn.Linear(7, 2), classes=2)


def test_under_the_law_of_two_rules_the_rules_part():
    problem = two_rules()
    drawn = problem.probes["rules apart"](600, generator(0, "law"))
    tops = drawn[:, :, 0, 1:4]
    apart = torch.stack(
        [(tops[..., a] - tops[..., b]).abs().amax(1) > 0.3 for a, b in ((0, 1), (0, 2), (1, 2))]
    ).all(0)
    said = problem.teacher(drawn).labels
    assert 0.4 < float((said == 1).double().mean()) < 0.6
    assert 0.4 < float((apart == (said == 1)).double().mean()) < 0.6


def test_pairs_of_two_rules_differ_in_corners_and_label():
    problem = two_rules()
    lesson = problem.tutors["pairs"](NOBODY, 80, rng=generator(0, "pairs"))
    first, second = lesson.first, lesson.second
    assert bool((problem.teacher(first).labels != problem.teacher(second).labels).all())
    inside = torch.ones(5, 5, dtype=torch.bool)
    inside[0, 0] = inside[0, 4] = inside[4, 0] = inside[4, 4] = False
    assert torch.equal(first[..., inside], second[..., inside])


def test_the_concept_of_blocks_is_the_overhang_and_no_colour():
    problem = blocks()
    drawn = problem.probes["anywhere"](50, generator(0, "law"))
    seen = problem.tutors["concept"](NOBODY, 1, rng=generator(0, "t")).view(drawn)
    worst = torch.tensor([overhang(row[:3].double().numpy()) + 0.5 for row in drawn])
    assert torch.allclose(seen[:, :3].amax(1).double(), worst.double(), atol=1e-5)
    assert bool((seen[:, 3:] == 0).all())
    assert bool((drawn[:, :3] < 0).any())  # the data lean one way, the law does not
