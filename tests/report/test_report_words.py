"""Names that may break, and commands that are set to be copied."""

import shlex

import pytest

from preceptor.outcome.wording import COLUMNS, breakable, command


@pytest.mark.parametrize(
    ("name", "set_"),
    [
        ("ordinary", "ordinary"),
        ("model.py:ordinary", "model.py:<wbr>ordinary"),
        ("<b>:x", "&lt;b&gt;:<wbr>x"),
        ("runs/l_inf", "runs/<wbr>l_inf"),
    ],
)
def test_a_name_breaks_behind_punctuation_and_is_escaped(name: str, set_: str) -> None:
    assert str(breakable(name)) == set_


def test_a_long_command_has_a_line_for_each_option_and_stays_the_same_command() -> None:
    words = ["preceptor", "audit", "--student", "my model.py:net", "--until", ">=0.9", "--json"]
    words += ["--attack", "pgd:eps=0.1", "--out", "somewhere/else"]
    found = command(shlex.join(words))
    lines = found.split("\n")
    assert lines[0] == "preceptor audit \\"
    assert "    --until '>=0.9' \\" in lines
    assert all(line.endswith("\\") for line in lines[:-1])
    assert shlex.split(found.replace("\\\n", "")) == words


@pytest.mark.parametrize("text", ["preceptor audit --seed 3", "'" + "x" * COLUMNS])
def test_what_is_short_or_no_command_is_left_alone(text: str) -> None:
    assert command(text) == text
