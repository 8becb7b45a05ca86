"""The one list of transformations, and those who take theirs from it."""

from dataclasses import fields
from itertools import chain

import pytest

from preceptor import transforms
from preceptor.attacks import Corrupt
from preceptor.core import InputError
from preceptor.lessons.lesson_files import TRANSFORMS as SAVED
from preceptor.people.changes import CHANGES
from preceptor.problems.families import FIVE, HELD_OUT, SEEN
from preceptor.search.random_transforms import TRANSFORMS as SEARCHED
from preceptor.strategies.transform_options import DECLARABLE
from preceptor.transforms import USES, Use
from preceptor.transforms import __all__ as public

each = pytest.mark.parametrize("use", USES, ids=lambda use: use.kind)


def test_every_transformation_that_needs_no_mask_is_in_the_list() -> None:
    made = {name for name in public if isinstance(getattr(transforms, name), type)}
    others = {"Patch", "Resample", "Transform", "RangedTransform", "Swap", "FixedSwap"}
    assert {type(use.usual).__name__ for use in USES} == made - others - {"Use", "Steps", "Slider"}
    assert len({use.kind for use in USES}) == len(USES)
    assert {use.kind for use in USES if not use.alone} == {
        *("border", "centre", "top", "bottom", "left", "right", "cell", "window", "cutmix")
    }


@each
def test_uses_are_of_the_transformation_itself(use: Use) -> None:
    ranges = [use.searched, use.seen, use.held_out]
    assert {type(one) for one in ranges if one is not None} <= {type(use.usual)}
    assert use.seen is None or use.held_out is None
    if use.desk is not None:
        assert use.declarable
        assert use.desk.least <= use.desk.usual <= use.desk.most


@each
def test_whoever_uses_some_uses_those(use: Use) -> None:
    assert (use.kind in DECLARABLE) == use.declarable
    assert (use.kind in CHANGES) == (use.desk is not None)
    assert SEARCHED.count(use.searched) == (use.searched is not None)
    assert (use.seen in SEEN, use.held_out in HELD_OUT) == (
        use.seen is not None,
        use.held_out is not None,
    )
    assert type(use.usual) in SAVED.values()
    if use.corrupts:
        Corrupt(use.kind)
    else:
        with pytest.raises(InputError, match="one of any, blur"):
            Corrupt(use.kind)


@each
def test_a_range_is_the_first_field(use: Use) -> None:
    if use.declarable:
        option = fields(type(use.usual))[0].name  # type: ignore[arg-type]
        assert getattr(DECLARABLE[use.kind](use.steps.values[2]), option) == use.steps.values[2]
        if use.whole:
            with pytest.raises(InputError, match="whole number"):
                DECLARABLE[use.kind](1.5)


def test_nobody_has_more_than_the_list() -> None:
    kinds = {use.kind for use in USES}
    assert set(DECLARABLE) <= kinds
    assert set(CHANGES) - kinds == {"region"}
    assert {one.kind for one in chain(SEARCHED, SEEN, HELD_OUT)} <= kinds
    assert set(FIVE) < set(SEEN)
