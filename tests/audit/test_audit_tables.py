"""Audits of tables: what a size means is said, and a size that is most of a column is pointed out."""

from pathlib import Path

import pytest
import torch
from audit_fakes import Pupil, Seer
from torch import Tensor

from preceptor.attacks import APGD, PGD, Keep, NoiseAttack, RotateTranslate
from preceptor.audit import Plan, Record, audit, side_by_side
from preceptor.core import Answers, ArraySource, Attack, Domain, InputError

LOW = torch.tensor([18.0, 0.0, 0.0, 0.0])
HIGH = torch.tensor([90.0, 131440.0, 480.0, 3.0])
NAMES = ("age", "income", "months", "category")
TABLE = Domain((4,), LOW, HIGH, names=NAMES)


def people(items: int = 60) -> Tensor:
    drawn = torch.rand((items, 4), generator=torch.Generator().manual_seed(0))
    drawn[0], drawn[1] = 0.0, 1.0  # the data span the bounds
    return LOW + (HIGH - LOW) * drawn


def old(inputs: Tensor) -> Answers:
    labels = (inputs[:, 0] > 54).long()
    return Answers(labels, torch.zeros(len(inputs)))


def run(out: Path, domain: Domain, *attacks: Attack) -> Record:
    slope = Pupil(lambda seen: torch.stack([seen, 65000 - seen], 1) / 1e4, differentiable=True)
    rows = people()
    source = ArraySource(rows, domain, tuple(map(str, range(len(rows)))), "people")
    return audit(slope, Seer(old), source, Plan(attacks), out)


def found(record: Record, code: str) -> list[dict[str, str]]:
    return [one for one in record.facts["findings"] if one["code"] == code]


WIDEST = 0.1 * 131440.0


def test_the_default_of_old_is_a_finding(tmp_path: Path) -> None:
    """A tenth of the widest column, on every column: sizes in the units of the inputs."""
    units = Domain((4,), LOW, HIGH, names=NAMES, scale=1.0)
    attacks = (
        PGD(WIDEST, steps=2),
        PGD(WIDEST, "l2", steps=2),
        APGD(WIDEST, "l1", steps=25),
        NoiseAttack(WIDEST, tries=2),
        Keep(people(20), WIDEST),
    )
    record = run(tmp_path, units, *attacks)
    told = found(record, "size-covers-feature")
    assert len(told) == len(attacks)
    assert "3 of 4 features" in told[0]["message"]
    assert "category, which spans 3, 4.38e+03 times over" in told[0]["message"]
    assert "--scale data" in told[0]["fix"]
    assert {one["level"] for one in told} == {"warning"}


def test_one_pair_of_bounds_for_a_table_is_a_finding_too(tmp_path: Path) -> None:
    wide = Domain((4,), 0.0, 131440.0, names=NAMES)
    assert wide.plain
    record = run(tmp_path, wide, PGD(WIDEST, steps=2))
    assert found(record, "size-covers-feature")


def test_shares_are_none(tmp_path: Path) -> None:
    attacks = (PGD(0.1, steps=2), PGD(0.2, "l2", steps=2), NoiseAttack(0.1), Keep(people(20), 0.3))
    record = run(tmp_path, TABLE, *attacks)
    assert not found(record, "size-covers-feature")
    assert not found(record, "odd-size")


def test_more_than_half_of_every_range_is_a_finding(tmp_path: Path) -> None:
    record = run(tmp_path, TABLE, PGD(0.6, steps=2))
    assert "4 of 4 features" in found(record, "size-covers-feature")[0]["message"]


def test_a_turn_of_columns_without_a_common_unit_is_a_finding(tmp_path: Path) -> None:
    record = run(tmp_path, TABLE, RotateTranslate(tries=2))
    assert found(record, "turned-table")


def test_record_and_distances_say_what_sizes_are(tmp_path: Path) -> None:
    record = run(tmp_path, TABLE, PGD(0.1, steps=3))
    assert record.attacks[0]["sizes"] == "shares of each feature's range"
    assert record.facts["source"]["domain"]["sizes"] == "shares of each feature's range"
    moved, clean = (torch.from_numpy(record.inputs(sheet, list(range(60)))) for sheet in (1, 0))
    shares = (moved - clean).abs() / (HIGH - LOW)
    torch.testing.assert_close(record.moved[0].distances[:, 3], shares.amax(1))
    assert float(shares.max()) == pytest.approx(0.1, rel=1e-5)


def test_records_of_other_sizes_do_not_stand_side_by_side(tmp_path: Path) -> None:
    ours = run(tmp_path / "ours", TABLE, PGD(0.1, steps=2))
    units = Domain((4,), LOW, HIGH, names=NAMES, scale=1.0)
    theirs = run(tmp_path / "theirs", units, PGD(0.1, steps=2))
    with pytest.raises(InputError, match="domain"):
        side_by_side([ours, theirs])
