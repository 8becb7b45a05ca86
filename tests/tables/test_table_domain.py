"""A table's domain: what is a row, the nearest row, and how far two rows lie apart."""

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from table_worlds import COLUMNS, RELATIONS, TABLE, faults, rows

from preceptor.asking import input_keys
from preceptor.attacks.units import Units
from preceptor.core import Domain, InputError, Relation, TableColumn, TableDomain
from preceptor.core.columns import GAP, code_of
from preceptor.teachers import Rule, about_rows


def test_its_own_rows_are_rows() -> None:
    assert faults(rows(200)) == []
    assert not bool(TABLE.outside(rows(200)).any())


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.3, 3.0, 1e6]), st.booleans())
def test_whatever_was_moved_becomes_a_row_by_allowed_changes(
    seed: int, size: float, odd: bool
) -> None:
    clean = rows(12, seed)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    moved = clean + size * TABLE.unit * noise
    if odd:
        moved[0], moved[1, ::2], moved[2] = math.nan, math.inf, 0.0
    once = TABLE.project(moved, clean)
    assert faults(once, clean) == []
    assert torch.equal(TABLE.project(once, clean), once)
    assert torch.equal(TABLE.project(clean, clean), clean)


@given(st.integers(0, 2**32 - 1))
def test_what_is_mended_within_a_ball_stays_in_it(seed: int) -> None:
    clean = rows(12, seed)
    noise = torch.rand(clean.shape, generator=torch.Generator().manual_seed(seed)) - 0.5
    moved = torch.where(TABLE.still, clean, clean + 0.4 * TABLE.unit * noise)
    moved = torch.where(
        TABLE.whole, (moved / TABLE.steps.clamp_min(0.25)).round() * TABLE.steps, moved
    )
    moved[:, 0] = torch.maximum(moved[:, 0].clamp(18, 90), clean[:, 0])
    low, high = TABLE.bounds()
    moved = torch.where(TABLE.still, moved, moved.clamp(low, high))
    mended = TABLE.mend(moved, clean)
    assert faults(mended, clean) == []
    assert bool(((mended - clean).abs() <= (moved - clean).abs() * (1 + 1e-5) + 1e-6).all())


def test_totals_follow_their_parts_and_a_group_its_greatest() -> None:
    clean = rows(1)
    moved, place = clean.clone(), TABLE.place
    moved[0, place["wages"]] = 50
    risen = next(name for name in ("red", "green", "blue") if clean[0, place[name]] == 0)
    moved[0, place[risen]] = 1
    seen = TABLE.project(moved, clean)[0]
    assert float(seen[place["total"]]) == 50 + float(clean[0, place["rents"]])
    assert float(seen[place[risen]]) == 1
    assert float(sum(seen[place[name]] for name in ("red", "green", "blue"))) == 1


def test_another_word_is_one_away_whatever_its_code() -> None:
    clean = rows(3, 5)
    place = TABLE.place
    clean[:, place["home"]] = code_of("rent")
    other = clean.clone()
    other[0, place["home"]] = code_of("own")
    other[1, place["member"] : place["member"] + 2] = 1 - clean[1, place["member"] + 1]
    apart = TABLE.differences(other, clean).abs()
    assert apart.sum(1).tolist() == pytest.approx([1, float(apart[1].sum()), 0])
    lengths = (TABLE.measured(other) - TABLE.measured(clean)).norm(dim=1)
    assert float(lengths[0]) == pytest.approx(1)


def test_a_way_between_rows_switches_words_and_slides_numbers() -> None:
    start, end = rows(6, 1), rows(6, 2)
    halfway = TABLE.between(start, end, torch.full((6,), 0.5))
    home = halfway[:, TABLE.place["home"]]
    assert bool(
        ((home == start[:, TABLE.place["home"]]) | (home == end[:, TABLE.place["home"]])).all()
    )
    assert torch.equal(TABLE.between(start, end, torch.zeros(6)), start)
    there = TABLE.between(start, end, torch.ones(6))
    torch.testing.assert_close(there, end)


def test_counted_rows_come_back_to_the_bit() -> None:
    clean = rows(50)
    units = Units(TABLE, clean.dtype)
    assert torch.equal(units.back(units.count(clean)), clean)
    counted = TABLE.counted()
    assert torch.equal(counted.project(units.count(clean), units.count(clean)), units.count(clean))
    assert counted.plain


def test_a_word_has_the_same_code_in_every_table_and_a_number_is_its_own() -> None:
    assert code_of("rent") == code_of("rent")
    assert code_of("rent") != code_of("Rent")
    assert (code_of(3), code_of(0), code_of(-7)) == (3, 0, -7)
    assert float(torch.tensor(float(code_of("rent")))) == code_of("rent")
    assert GAP not in {code_of(str(i)) for i in range(5000)}


def test_plain_data_make_the_same_domain_again() -> None:
    again = TableDomain.read(json.loads(json.dumps(TABLE.describe())))
    assert again.columns == COLUMNS
    assert [one.text for one in again.relations] == list(RELATIONS)
    assert again.describe() == TABLE.describe()
    clean = rows(20)
    assert torch.equal(again.project(clean + 3, clean), TABLE.project(clean + 3, clean))


def test_other_columns_are_another_layout_but_another_word_is_not() -> None:
    more = TableColumn("home", "category", words=("rent", "own"), missing="kept")
    fewer = TableDomain.of([more if c.name == "home" else c for c in COLUMNS], RELATIONS)
    assert fewer.layout == TABLE.layout
    assert TableDomain.of(COLUMNS[::-1]).layout != TABLE.layout


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TableColumn("a", "category"), "has words"),
        (lambda: TableColumn("a", "number", 3, 3), "must be below"),
        (lambda: TableColumn("a", "category", words=("x",), change="up"), "no up or down"),
        (lambda: TableColumn("a", "whole", 0, 3, step=2), "step is for numbers"),
        (lambda: TableColumn("a", "category", words=("x",), exchanges=(("x", "y"),)), "none of x"),
        (lambda: Relation.parse("a"), "write 'a <= b'"),
        (lambda: Relation.parse("a <= a"), "none of them twice"),
        (lambda: TableDomain.of([TableColumn("a")], ["a <= b"]), "no column 'b'"),
        (
            lambda: TableDomain.of([TableColumn("a"), TableColumn("b")], ["one of a, b"]),
            "expected boolean",
        ),
        (lambda: TableDomain.of([TableColumn("a"), TableColumn("a")]), "different names"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


TENTHS = [
    TableColumn("age", low=10, high=90, step=0.1, missing="free", change="down"),
    TableColumn("years", low=0, high=9000, step=0.1, missing="free"),
    TableColumn("least", low=-5, high=90),
]


@given(st.integers(0, 2**32 - 1))
def test_steps_that_float32_lacks_and_gaps_that_are_filled(seed: int) -> None:
    """A filled gap lies within its bounds, also where only down is allowed or a relation is broken; and
    every row has one form, so that no row is asked about twice."""
    table = TableDomain.of(TENTHS, ["age < years", "least <= years"])
    rng = torch.Generator().manual_seed(seed)
    age = torch.randint(100, 900, (16,), generator=rng).double() / 10
    years = age + torch.randint(1, 80000, (16,), generator=rng).double() / 10
    gone = (torch.rand(16, 2, generator=rng) < 0.4).float()
    clean = torch.stack(
        [age.float(), gone[:, 0], years.float(), gone[:, 1], years.float() / 9e9], 1
    )
    clean[:, :4:2] *= 1 - clean[:, 1:4:2]
    assert not bool(table.outside(clean).any())
    moved = clean + 0.7 * table.unit * torch.randn(clean.shape, generator=rng)
    once = table.project(moved, clean)
    assert [table.fault(row) for row in once] == [""] * 16
    assert torch.equal(table.project(once, clean), once)
    assert torch.equal(table.project(clean, clean), clean)
    for place in (0, 2):
        tenths = (once[:, place].double() * 10).round() / 10
        still = once[:, place] == clean[:, place]
        assert torch.equal(once[~still, place], tenths[~still].float())


def test_no_row_has_a_negative_zero() -> None:
    """It is the same number with other bytes: a question of its own."""
    whole = TableDomain.of([TableColumn("a", "whole", low=-9, high=9)])
    for domain in (whole, Domain((1,), -9.0, 9.0, whole=torch.tensor([True]))):
        clean = torch.tensor([[0.0], [2.0], [-0.0]])
        seen = domain.project(torch.tensor([[-0.3], [-0.2], [0.0]]), clean)
        assert input_keys(seen) == input_keys(torch.tensor([[0.0], [0.0], [-0.0]]))


def test_names_in_another_order_are_another_version() -> None:
    """A rule that says names says other labels then, and a ledger must not give the old ones."""

    def law(rows: object) -> list[str]:
        return ["yes"] * len(rows)

    said = {}
    for names in (("no", "yes"), ("yes", "no")):
        teacher = about_rows(Rule(law, name="law", classes=2), TABLE, names)
        said[names] = (teacher.version, teacher(rows(1)).labels.tolist())
    assert [labels for _, labels in said.values()] == [[1], [0]]
    assert len({version for version, _ in said.values()}) == 2
