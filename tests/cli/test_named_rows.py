"""Names in the terminal's tables: never broken, however narrow it is."""

import pytest

from preceptor.audit.plain_attacks import PlainAttack
from preceptor.cli import named_rows
from preceptor.cli.named_rows import NamedRow, print_rows
from preceptor.core.plain_console import PlainConsole

LONG = PlainAttack("towards another class, student's answer kept", "", "keep freely")
SHORT = PlainAttack("no attack", "", "")


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_name_is_broken(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(named_rows, "out", PlainConsole(width=width))
    cells = ("100.0%", "36.7% [29-45]", "100: 0/95/0")
    rows = [NamedRow(SHORT, cells), NamedRow(LONG, cells, apart=True)]
    print_rows(("attack", "conven-\ntional", "teacher-relative", "errors"), rows)
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert any(LONG.label in line for line in lines)
    ends = [line.index("100: 0/95/0") for line in lines if "100: 0/95/0" in line]
    assert len(ends) == 2
    assert len(set(ends)) == 1  # the columns stand under each other
    assert any("keep freely" in line for line in lines)
    wide = any(LONG.label in line and "36.7%" in line for line in lines)
    assert wide == (width == 160)
