"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from preceptor.core.atomic_write import atomic_write


def test_nobody_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("before")
    with atomic_write(path) as fresh:
        fresh.write_text("half")
        assert fresh.suffix == path.suffix
        assert path.read_text() == "before"
        fresh.write_text("after")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError), atomic_write(path) as fresh:
        fresh.write_text("half, and then \ud800")
    assert path.read_text() == "before"


def test_two_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cell.json"
    with atomic_write(path, at_once=True) as mine:
        mine.write_text("mine")
        monkeypatch.setattr("os.getpid", lambda: -1)
        with atomic_write(path, at_once=True) as other:
            other.write_text("other")
        assert path.read_text() == "other"
    assert path.read_text() == "mine"
