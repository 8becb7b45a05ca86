"""What people teach: kept as it was said, refused where it is none, withdrawn and never changed;
on both databases."""

from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import torch
from people_desk import enroll, inputs, work

from preceptor.core import InputError, LedgerError
from preceptor.ledger import input_keys
from preceptor.people import Settings, Studies, Study, offering, persons, taught_items
from preceptor.people.arrays import MOST_BYTES, pack, unpack
from preceptor.people.taught_items import Draft

MASK = np.array([[True, False], [False, False]])


@pytest.fixture
def rows(studies: Studies) -> Study:
    found = studies.make("rows", Settings(("yes", "no"), (3,), names=("a", "b", "c")))
    studies.offer("rows", torch.rand(4, 3))
    return found


def keys(studies: Studies, count: int = 3) -> list[str]:
    studies.offer("t", inputs(count))
    return input_keys(inputs(count))


def give(
    studies: Studies,
    study: Study,
    person: int,
    kind: str,
    body: dict[str, Any],
    *,
    token: str | None = None,
    seconds: float = 2.5,
    **arrays: np.ndarray,
) -> int:
    draft = Draft(token or uuid4().hex, kind, body, seconds, arrays)
    with studies.database.write() as db:
        return taught_items.give(db, study, person, draft)


def kept(studies: Studies, study: Study, **only: Any) -> list[taught_items.TaughtItem]:
    with studies.database.read() as db:
        return taught_items.taught(db, study.number, **only)


def tried(found: list[str], reach: float) -> list[dict[str, Any]]:
    return [{"input": key, "range": reach, "label": None} for key in found]


def test_every_kind_is_kept_as_it_was_said(studies: Studies, study: Study) -> None:
    first, second, third = keys(studies)
    (ann,) = enroll(studies, "ann")
    changed = inputs(3)[0].numpy() + np.float32(0.25)
    give(studies, study, ann, "mask", {"input": first, "painted": "ignored"}, mask=MASK)
    confirmed = tried([first, second, third], 20)
    body = {"change": "rotate", "range": 15, "confirmed": confirmed, "refused": tried([first], 40)}
    give(studies, study, ann, "invariance", body)
    give(studies, study, ann, "pair", {"input": first, "before": 0, "after": -1}, changed=changed)
    give(studies, study, ann, "example", {"label": 2, "note": "mine"}, made=changed)
    mask, change, pair, example = kept(studies, study)
    assert (mask.by, mask.person, mask.seconds, mask.withdrawn) == ("ann", ann, 2.5, False)
    assert mask.body == {"every": False, "input": first, "painted": "ignored"}
    assert mask.arrays["mask"].dtype == bool
    assert np.array_equal(mask.arrays["mask"], MASK)
    assert change.body["confirmed"] == confirmed
    assert change.body["range"] == 15.0
    assert pair.body == {"input": first, "before": 0, "after": -1}
    assert np.array_equal(pair.arrays["changed"], changed)
    assert example.body == {"label": 2, "made": "drawn", "note": "mine"}
    assert [one.kind for one in kept(studies, study, kind="pair")] == ["pair"]
    assert kept(studies, study, person=ann + 1) == []


def test_features_of_rows(studies: Studies, rows: Study) -> None:
    (ann,) = enroll(studies, "ann")
    give(studies, rows, ann, "features", {"features": [2, 0, 2], "every": True})
    (one,) = kept(studies, rows)
    assert one.body == {"every": True, "features": [0, 2]}
    for wrong in ([3], [-1], [0, 1, 2], [], [True], "0", [0.0]):
        with pytest.raises(InputError):
            give(studies, rows, ann, "features", {"features": wrong, "every": True})
    with pytest.raises(InputError, match="say features"):
        give(studies, rows, ann, "mask", {"every": True}, mask=np.ones(3, bool))


def test_sent_twice_it_is_kept_once(studies: Studies, study: Study) -> None:
    ann, ben = enroll(studies, "ann", "ben")
    once = give(studies, study, ann, "mask", {"every": True}, token="t" * 32, mask=MASK)
    again = give(studies, study, ann, "mask", {"every": True}, token="t" * 32, mask=~MASK)
    assert once == again
    (one,) = kept(studies, study)
    assert np.array_equal(one.arrays["mask"], MASK)
    with pytest.raises(InputError, match="somebody else"):
        give(studies, study, ben, "mask", {"every": True}, token="t" * 32, mask=MASK)


def test_it_is_withdrawn_by_who_taught_it_or_an_owner(studies: Studies, study: Study) -> None:
    with studies.database.write() as db:
        ann, ben = persons.enroll(db, "ann"), persons.enroll(db, "ben")
        olga = persons.enroll(db, "olga", "owner")
    numbers = [
        give(studies, study, ann.number, "mask", {"every": True}, mask=mask)
        for mask in (MASK, ~MASK)
    ]

    def withdraw(person: persons.Person, number: int, within: Study = study) -> None:
        with studies.database.write() as db:
            taught_items.withdraw(db, within, person, number, uuid4().hex)

    other = studies.make("other", study.settings)
    for person, number, within in (
        (ben, numbers[0], study),
        (ann, 99, study),
        (ann, numbers[0], other),
    ):
        with pytest.raises(InputError, match="only who taught"):
            withdraw(person, number, within)
    assert not any(one.withdrawn for one in kept(studies, study))
    withdraw(ann, numbers[0])
    withdraw(ann, numbers[0])
    withdraw(olga, numbers[1])
    assert [one.withdrawn for one in kept(studies, study)] == [True, True]
    with studies.database.read() as db:
        assert taught_items.standing(db, study.number) == []
        who = db.all("SELECT person, withdraws FROM desk_lessons WHERE withdraws IS NOT NULL")
    assert sorted(who) == sorted([(ann.number, numbers[0]), (olga.number, numbers[1])])
    with pytest.raises(InputError, match="only who taught"):
        withdraw(ann, numbers[1] + 1)  # a withdrawal is nothing taught


@pytest.mark.parametrize(
    "verb", ["UPDATE desk_lessons SET body = '{}'", "DELETE FROM desk_lessons"]
)
def test_it_cannot_be_overwritten(studies: Studies, study: Study, verb: str) -> None:
    (ann,) = enroll(studies, "ann")
    give(studies, study, ann, "mask", {"every": True}, mask=MASK)
    with pytest.raises(LedgerError, match="append-only"), studies.database.write() as db:
        db.run(verb)


WRONG: list[tuple[str, dict[str, Any], dict[str, np.ndarray], str]] = [
    ("poem", {}, {}, "no kind"),
    ("mask", {"every": True}, {}, "missing"),
    ("mask", {"every": True}, {"mask": np.ones((2, 2), bool)}, "leave something out"),
    ("mask", {"every": True}, {"mask": np.zeros((2, 2), bool)}, "mark something"),
    ("mask", {"every": True}, {"mask": np.ones((2, 3), bool)}, "shape"),
    ("mask", {"every": True}, {"mask": np.ones((2, 2))}, "booleans"),
    ("mask", {}, {"mask": MASK}, "key"),
    ("mask", {"input": "made up"}, {"mask": MASK}, "none with the key"),
    ("mask", {"every": 1}, {"mask": MASK}, "true or false"),
    ("mask", {"every": True, "painted": "x"}, {"mask": MASK}, "painted"),
    ("mask", {"every": True, "more": 1}, {"mask": MASK}, "unknown"),
    ("mask", {"every": True}, {"mask": MASK, "more": MASK}, "unknown"),
    ("mask", {"every": True, "note": "x" * 2001}, {"mask": MASK}, "note"),
    ("mask", {"every": True, "note": 3}, {"mask": MASK}, "note"),
    ("features", {"every": True, "features": [0]}, {}, "study of rows"),
    ("example", {"label": 3}, {"made": np.zeros((1, 2, 2), "f4")}, "label"),
    ("example", {"label": True}, {"made": np.zeros((1, 2, 2), "f4")}, "label"),
    ("example", {"label": 0}, {"made": np.full((1, 2, 2), np.nan, "f4")}, "finite"),
    ("example", {"label": 0}, {"made": np.full((1, 2, 2), np.inf, "f4")}, "finite"),
    ("example", {"label": 0}, {"made": np.full((1, 2, 2), 1e300)}, "finite"),
    ("example", {"label": 0}, {"made": np.full((1, 2, 2), 1.5, "f4")}, "bounds"),
    ("example", {"label": 0}, {"made": np.zeros((1, 2, 2), int)}, "real numbers"),
    ("example", {"label": 0}, {"made": np.zeros((2, 2), "f4")}, "shape"),
    ("example", {"label": 0, "made": "stolen"}, {"made": np.zeros((1, 2, 2), "f4")}, "made"),
    ("example", {"label": 0}, {"made": np.zeros((1, 1024, 1025))}, "bytes"),
    ("pair", {"before": 0, "after": 1}, {"changed": np.zeros((1, 2, 2), "f4")}, "key"),
    ("invariance", {"change": "rotate", "range": 15}, {}, "3 different"),
    ("invariance", {"change": "rotate", "range": 1e9}, {}, "range"),
    ("invariance", {"change": "rotate", "range": float("nan")}, {}, "number"),
    ("invariance", {"change": "dance", "range": 1}, {}, "no change"),
    ("invariance", {"change": "rotate", "range": 15, "confirmed": [3]}, {}, "examples"),
    ("invariance", {"change": "rotate", "range": 15, "confirmed": "abc"}, {}, "list"),
]


@pytest.mark.parametrize(("kind", "body", "arrays", "said"), WRONG)
def test_what_fits_no_form_is_refused(
    studies: Studies,
    study: Study,
    kind: str,
    body: dict[str, Any],
    arrays: dict[str, np.ndarray],
    said: str,
) -> None:
    keys(studies)
    (ann,) = enroll(studies, "ann")
    with pytest.raises(InputError, match=said):
        give(studies, study, ann, kind, body, **arrays)
    assert kept(studies, study) == []


def test_a_range_needs_its_examples(studies: Studies, study: Study) -> None:
    found = keys(studies)
    (ann,) = enroll(studies, "ann")

    def declare(**given: Any) -> None:
        give(studies, study, ann, "invariance", {"change": "rotate", "range": 15.0, **given})

    with pytest.raises(InputError, match="says nothing of more"):
        declare(confirmed=tried(found, 10.0))
    with pytest.raises(InputError, match="make the range smaller"):
        declare(confirmed=tried(found, 15.0), refused=tried(found[:1], 12.0))
    with pytest.raises(InputError, match="different examples"):
        declare(confirmed=tried(found[:1] * 3, 15.0))
    with pytest.raises(InputError, match="missing"):
        declare(change="region", range=1, confirmed=tried(found, 15.0))
    with pytest.raises(InputError, match="none with the key"):
        declare(confirmed=tried([*found[:2], "made up"], 15.0))
    assert kept(studies, study) == []
    declare(confirmed=tried(found, 15.0), refused=tried(found[:1], 16.0))


@pytest.mark.parametrize("token", ["", "short", "x" * 65])
def test_tokens(studies: Studies, study: Study, token: str) -> None:
    with pytest.raises(InputError, match="token"), studies.database.write() as db:
        taught_items.give(db, study, 1, Draft(token, "mask", {"every": True}, 1, {"mask": MASK}))


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_time_that_is_none(studies: Studies, study: Study, seconds: float) -> None:
    (ann,) = enroll(studies, "ann")
    with pytest.raises(InputError, match="seconds"):
        give(studies, study, ann, "mask", {"every": True}, seconds=seconds, mask=MASK)


def test_what_a_pair_leaves_alone_keeps_its_bits(studies: Studies, study: Study) -> None:
    """Inputs may be filed that lie out of the bounds of what people may draw."""
    ann = enroll(studies, "ann")[0]
    odd = torch.tensor([1.0 + 2**-20, -0.0, 5.0, 0.5]).reshape(1, 1, 2, 2)
    studies.offer(study.name, odd)
    (key,) = input_keys(odd)
    changed = odd[0].numpy().copy()
    changed[0, 1, 1] = 0.75
    changed[0, 0, 1] = 0.0  # equal to what was there, in other bits
    give(studies, study, ann, "pair", {"input": key, "before": 0, "after": 1}, changed=changed)
    (pair,) = kept(studies, study)
    changed[0, 0, 1] = -0.0
    assert pair.arrays["changed"].tobytes() == changed.tobytes()


def test_a_pair_must_differ(studies: Studies, study: Study) -> None:
    first, *_ = keys(studies)
    (ann,) = enroll(studies, "ann")
    with pytest.raises(InputError, match="as it was"):
        give(
            studies,
            study,
            ann,
            "pair",
            {"input": first, "before": 0, "after": 1},
            changed=inputs(1)[0].numpy(),
        )


def test_people_teach_on_what_was_offered_or_they_answered(studies: Studies, study: Study) -> None:
    ann, ben = enroll(studies, "ann", "ben")
    studies.file("t", inputs(6), "x")
    asked = [lease.question for lease in work(studies, study, ann, lambda _: 1, most=2)]
    fresh = inputs(8)[6:]
    assert studies.offer("t", fresh) == 2
    assert studies.offer("t", fresh) == 0
    with studies.database.read() as db:
        mine = offering.offers(db, study.number, ann)
        others = offering.offers(db, study.number, ben)
        assert [one.key for one in mine[:2]] == input_keys(fresh)
        assert [one.label for one in mine] == [None, None, 1, 1]
        assert [one.offered for one in mine] == [True, True, False, False]
        assert {one.question for one in mine[2:]} == set(asked)
        assert [one.key for one in others] == input_keys(fresh)
        assert offering.may_see(db, study.number, ann, asked[0])
        assert not offering.may_see(db, study.number, ben, asked[0])
        assert offering.may_see(db, study.number, ben, others[0].question)
        assert not offering.may_see(db, study.number + 1, ben, others[0].question)
    left = work(studies, study, ben, lambda _: 0)
    assert len(left) == 4  # nobody is asked what was only offered


def test_arrays_are_plain_bytes() -> None:
    found = unpack(pack({"a": np.arange(6).reshape(2, 3)[:, ::2], "b": MASK}))
    assert np.array_equal(found["a"], [[0, 2], [3, 5]])
    with pytest.raises(InputError, match="booleans or numbers"):
        pack({"a": np.array([object()])})
    with pytest.raises(InputError, match="bytes"):
        pack({"a": np.zeros(MOST_BYTES + 1, np.uint8)})
    with pytest.raises(LedgerError, match="damaged"):
        unpack(b"\x80\x04.")
