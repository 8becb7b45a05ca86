"""The one list of transformations, and those who take theirs from it."""

from dataclasses import fields
from itertools import chain

import pytest

from preceptor.attacks import Corrupt
from preceptor.core import InputError
from preceptor.lessons.declared import declaration_bits
from preceptor.lessons.lesson_files import TRANSFORMS as SAVED
from preceptor.people.changes import CHANGES
from preceptor.problems.families import FIVE, HELD_OUT, SEEN
from preceptor.search.random_transforms import TRANSFORMS as SEARCHED
from preceptor.strategies.transform_options import DECLARABLE
from preceptor.transforms import LIBRARY, USES, Use
from preceptor.transforms import __all__ as public

each = pytest.mark.parametrize("use", USES, ids=lambda use: use.kind)


def test_every_transformation_that_needs_no_region_is_in_the_list() -> None:
    regions = {"Patch", "Resample"}
    types = {"Transform", "RangedTransform", "Use", "Slider", "LIBRARY", "USES"}
    assert {type(one).__name__ for one in LIBRARY} == set(public) - regions - types
    assert len({use.kind for use in USES}) == len(USES)


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
        assert getattr(DECLARABLE[use.kind](1.5), option) == 1.5


def test_nobody_has_more_than_the_list() -> None:
    kinds = {use.kind for use in USES}
    assert set(DECLARABLE) <= kinds
    assert set(CHANGES) - kinds == {"border", "region"}
    assert {one.kind for one in chain(SEARCHED, SEEN, HELD_OUT)} <= kinds
    assert set(FIVE) < set(SEEN)


def test_the_price_of_naming_one_covers_the_list() -> None:
    """Five bits name one of 32."""
    assert len(USES) <= 32
    assert {declaration_bits(one) for one in LIBRARY} == {13.0}
