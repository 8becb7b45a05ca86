"""Nobody sees two versions of one item in a row, as long as anything else waits."""

import pytest
import torch
from people_desk import enroll, inputs, say, take

from preceptor.ledger import input_keys
from preceptor.people import Human, Settings, Studies, Study
from preceptor.people.assign import GAP

ITEMS = 2 * GAP


def audited(studies: Studies, *, told: bool = True) -> tuple[Study, dict[int, int]]:
    """A study with a clean and a moved version of each item; question -> item."""
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.0, known=0.0, block=6))
    clean = inputs(ITEMS)
    both = torch.cat([clean, clean + 0.5])
    human = Human(studies, study, purpose="audit")
    names = input_keys(clean)
    if told:
        human.relate(input_keys(both), [*names, *names])
    with pytest.raises(Exception, match="wait for people"):
        human(both)
    with studies.database.read() as db:
        rows = db.all("SELECT id, input FROM desk_questions")
    place = {key: i % ITEMS for i, key in enumerate(input_keys(both))}
    return study, {number: place[key] for number, key in rows}


def order_of(studies: Studies, study: Study, item: dict[int, int], page: int = 1) -> list[int]:
    """The items in the order in which one person, who answers everything, sees them."""
    (ann,) = enroll(studies, "ann")
    seen: list[int] = []
    while leases := take(studies, study, ann, page):
        for lease in leases:
            seen.append(item[lease.question])
            say(studies, study, ann, lease.ticket, 0)
    return seen


def nearest(seen: list[int]) -> list[int]:
    """How far apart the two versions of each item came, in the order in which the second did."""
    first: dict[int, int] = {}
    found = []
    for place, one in enumerate(seen):
        if one in first:
            found.append(place - first[one])
        first[one] = place
    return found


@pytest.mark.parametrize("page", [1, 4])
def test_versions_come_far_apart(studies: Studies, page: int) -> None:
    study, item = audited(studies)
    seen = order_of(studies, study, item, page)
    assert len(seen) == 2 * ITEMS
    gaps = nearest(seen)
    assert len(gaps) == ITEMS
    # nothing but versions seen lately can be left at the very end alone
    assert min(gaps[: ITEMS - GAP]) > GAP - page
    assert sum(gap <= GAP - page for gap in gaps) <= GAP // 2


def test_what_nobody_told_is_in_any_order(studies: Studies) -> None:
    """So the relation is what keeps them apart."""
    study, item = audited(studies, told=False)
    assert min(nearest(order_of(studies, study, item))) <= GAP // 2


def test_a_sibling_comes_where_nothing_else_waits(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), again=0.0, known=0.0))
    human = Human(studies, study)
    pair = inputs(2)
    human.relate(input_keys(pair), ["x", "x"])
    with pytest.raises(Exception, match="wait for people"):
        human(pair)
    (ann,) = enroll(studies, "ann")
    for _ in range(2):
        (lease,) = take(studies, study, ann)
        say(studies, study, ann, lease.ticket, 1)
    assert human(pair).labels.tolist() == [1, 1]
