"""The committed library: its members, its code, and the places of images that are among them."""

import math

import numpy as np
import pytest
import torch

from preceptor.core import Domain, InputError, ItemRng
from preceptor.lessons import Invariances, Permute, declaration_bits
from preceptor.lessons.invariances import changed
from preceptor.people.changes import CHANGES
from preceptor.problems import PROBLEMS
from preceptor.problems.tutoring import TellsInvariances
from preceptor.strategies.transform_options import DECLARABLE
from preceptor.transforms import (
    USES,
    Border,
    Bottom,
    Centre,
    CutMix,
    Erase,
    GridCell,
    Left,
    Noise,
    Patch,
    Resample,
    Right,
    Shift,
    Top,
    Window,
    code_length,
    kinds,
    members,
)
from preceptor.transforms.hypotheses import outside_bits

IMAGES = Domain((1, 10, 12))
DOMAINS = [IMAGES, Domain((3, 28, 28)), Domain((6,)), Domain((4, 5, 6, 7))]


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_the_code_can_be_read_back(domain):
    """Kraft: the members and *none of them* together take no more than there is, and all of it."""
    every = [one for use in kinds(domain) for one in members(use, domain)]
    assert len({one.name for one in every}) == len(every)
    share = sum(2 ** -code_length(one, domain) for one in every) + 2 ** -outside_bits(domain)
    assert share == pytest.approx(1)


def test_members_work_on_inputs_of_their_domain():
    inputs = torch.rand(3, *IMAGES.shape, generator=torch.Generator().manual_seed(0))
    for use in kinds(IMAGES):
        for one in (members(use, IMAGES)[0], members(use, IMAGES)[-1]):
            rng = ItemRng.named(0, "t", list("abc"))
            moved = one(inputs, torch.ones(3, one.dims), domain=IMAGES, rng=rng)
            assert moved.shape == inputs.shape, one.name


def test_what_is_no_member_pays_in_full():
    none = outside_bits(IMAGES)
    mask = torch.zeros(IMAGES.shape, dtype=torch.bool)
    mask[:, :2] = True
    region = math.log2(121) + math.log2(math.comb(120, 24))
    assert declaration_bits(Resample(mask, torch.zeros(1, 1, 10, 12)), IMAGES) == none + region
    assert declaration_bits(Patch(mask), IMAGES) == none + region + 32
    assert declaration_bits(Top(2), IMAGES) == none + math.log2(9)  # the same region, as a member
    assert declaration_bits(Shift(0.1), IMAGES) == none + math.log2(50)
    assert declaration_bits(Shift(0.1234), IMAGES) == none + math.log2(len(USES)) + 32
    assert code_length(Border(5), IMAGES) is None  # nothing would be left of the image
    assert code_length(Noise(0.1), Domain((6,))) == 2 + math.log2(100)
    vectors = Domain((4,))
    groups = Permute(torch.tensor([-1, 0, 0, 1]))
    assert declaration_bits(groups, vectors) == 2 + math.log2(5) + 4 * math.log2(3)


def priced():
    """Every change that somebody can declare at a price, with a domain: tutors, desk, catalogue."""
    for name, make in PROBLEMS.items():
        if not name.startswith(("decoy", "mnist", "digits", "two-rules", "blocks", "xor")):
            continue
        problem = make()
        for word, tutor in problem.tutors.items():
            if isinstance(tutor, TellsInvariances):
                for one in tutor.transforms:
                    yield f"{name}: {word}", one, tutor.domain, tutor
    images = Domain((1, 28, 28))
    for kind, change in CHANGES.items():
        if change.make is not None:
            yield f"desk: {kind}", change.make(change.usual), images, None
    for use in USES:
        if use.declarable:
            yield f"catalogue: {use.kind}", DECLARABLE[use.kind](use.steps.values[1]), images, None


def test_every_priced_lesson_is_a_member_or_pays_in_full():
    seen = 0
    for where, one, domain, tutor in priced():
        seen += 1
        bits = declaration_bits(one, domain)
        mine = [use for use in kinds(domain) if one.name in {m.name for m in members(use, domain)}]
        if mine:
            count = len(members(mine[0], domain))
            assert bits == pytest.approx(math.log2(len(kinds(domain)) + 1) + math.log2(count)), (
                where
            )
        else:
            assert bits >= outside_bits(domain) + 32, where
        if tutor is not None:
            told = Invariances(tutor.inputs, domain, (one,), None, "answer")
            assert told.price.bits == bits
    assert seen > 40


def test_every_range_of_the_desk_is_a_member():
    images = Domain((1, 130, 130))
    for use in USES:
        if use.desk is None:
            continue
        slider = use.desk
        count = round((slider.most - slider.least) / slider.step) + 1
        for place in range(count):
            made = use.of(round(slider.least + place * slider.step, 6))
            assert code_length(made, images) is not None, made.name


@pytest.mark.parametrize(
    ("swap", "rows", "columns"),
    [
        (Top(3), range(3), range(12)),
        (Bottom(2), range(8, 10), range(12)),
        (Left(6), range(10), range(6)),
        (Right(1), range(10), range(11, 12)),
        (Centre(4), range(3, 7), range(4, 8)),
        (GridCell(1), range(2), range(2)),
        (GridCell(25), range(8, 10), range(10, 12)),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_region_is_where_its_name_says(swap, rows, columns):
    mask = torch.zeros(10, 12, dtype=torch.bool)
    for row in rows:
        mask[row, list(columns)] = True
    assert torch.equal(swap.region(IMAGES)[0], mask)


def test_the_cells_tile_an_image():
    for domain in (IMAGES, Domain((1, 28, 28)), Domain((1, 5, 7))):
        use = next(one for one in USES if one.kind == "cell")
        total = sum(one.region(domain).long() for one in members(use, domain))
        assert torch.equal(total, torch.ones(domain.shape, dtype=torch.int64))


def test_a_border_is_what_a_centre_leaves():
    square = Domain((1, 10, 10))
    assert torch.equal(Border(3).region(square), ~Centre(4).region(square))


def test_nothing_is_left_is_an_error():
    for swap in (Border(5), Centre(10), Top(10), Left(12), GridCell(26)):
        with pytest.raises(InputError, match="leaves something"):
            swap.region(IMAGES)
    for bad in (lambda: Window(0.0), lambda: CutMix(1.1), lambda: Border(0), lambda: Erase(2.0)):
        with pytest.raises(InputError):
            bad()


def test_windows_keep_what_they_say():
    dark, light = torch.zeros(200, 1, 20, 20), torch.ones(200, 1, 20, 20)
    domain = Domain((1, 20, 20))
    rng = ItemRng.named(0, "t", [str(i) for i in range(200)])
    moved = Window(0.5, 0.8).between(dark, light, torch.ones(200, 1), domain=domain, rng=rng)
    kept = (moved == 0).flatten(1).sum(1).sqrt()
    assert set(kept.tolist()) == set(range(10, 17))
    rng = ItemRng.named(0, "t", [str(i) for i in range(200)])
    moved = CutMix(0.5).between(dark, light, torch.ones(200, 1), domain=domain, rng=rng)
    pasted = moved.flatten(1).mean(1)
    assert 0.2 < float(pasted.mean()) < 0.3
    assert float(pasted.max()) <= 0.55


def test_regions_are_changed_last_and_whole():
    inputs = torch.rand(50, *IMAGES.shape, generator=torch.Generator().manual_seed(1))
    moved = changed(inputs, (Top(3), Shift(0.3)), IMAGES, np.random.default_rng(0))
    others = {row.numpy().tobytes() for row in inputs[:, :, :3].contiguous()}
    assert all(row.numpy().tobytes() in others for row in moved[:, :, :3].contiguous())
