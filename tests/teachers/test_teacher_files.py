"""Teachers in files: whatever decides their answers is in their version, or they are refused."""

from pathlib import Path

import numpy as np
import pytest

from preceptor.api.data import as_data
from preceptor.api.given_teacher import read_teacher
from preceptor.core import InputError, Teacher

CREDIT = """import re

from preceptor.teachers import Rule

LIMIT = 0.5
TABLE = {"low": [1, 2.5], "high": None}
WORD = re.compile("x+")


def scaled(rows, factor=2):
    return rows * factor


def label(rows):
    return (scaled(rows)[:, 0] > LIMIT + len(TABLE)).long()


teacher = Rule(label, name="credit", classes=2)
"""

RULE = "from preceptor.teachers import Rule\n"
MAKE = "teacher = Rule(label, name='law', classes=2)\n"
READ = (
    "import json\nfrom pathlib import Path\n"
    "LIMIT = json.loads(Path(__file__).with_name('l.json').read_text())\n"
)


def load(folder: Path, source: str, **files: str) -> Teacher:
    np.save(folder / "x.npy", np.zeros((3, 2)))
    (folder / "who.py").write_text(source)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    data = as_data(str(folder / "x.npy"))
    return read_teacher(f"{folder / 'who.py'}:teacher", data, [], folder / "l.db")


def test_the_version_of_a_rule_that_its_text_decides_is_that_of_before(tmp_path: Path) -> None:
    """Computed with commit e4e5f62: kept answers are found again."""
    assert load(tmp_path, CREDIT).version == "9ed11d887b463b4a"


def test_a_teacher_that_read_something_else_is_another(tmp_path: Path) -> None:
    source = RULE + READ + "def label(x): return (x[:, 0] > LIMIT).long()\n" + MAKE
    one = load(tmp_path, source, l_json="0.5")
    assert load(tmp_path, source, l_json="0.5").version == one.version
    assert load(tmp_path, source, l_json="0.8").version != one.version


def test_a_teacher_whose_helper_changed_is_another(tmp_path: Path) -> None:
    source = RULE + "import utils\ndef label(x): return utils.above(x)\n" + MAKE
    text = "def above(x): return (x[:, 0] > {}).long()\n"
    one = load(tmp_path, source, utils_py=text.format(0.5))
    assert load(tmp_path, source, utils_py=text.format(0.8)).version != one.version


def test_a_teacher_that_reads_while_it_answers_is_told_what_to_do(tmp_path: Path) -> None:
    label = "def label(x): return (x[:, 0] > float(open('l.json').read())).long()\n"
    with pytest.raises(InputError, match=r"who\.py: no version .*label reads a file.*version='1'"):
        load(tmp_path, RULE + label + MAKE)
    given = MAKE.replace("classes=2", "classes=2, version='mine'")
    assert load(tmp_path, RULE + label + given).version == "mine"
    made = f"def teacher():\n    return {MAKE.removeprefix('teacher = ')}"
    with pytest.raises(InputError, match="label reads a file"):
        load(tmp_path, RULE + label + made)


def test_a_global_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    source = "import sqlite3\nDB = sqlite3.connect(':memory:')\ndef label(x): return DB\n"
    with pytest.raises(InputError, match=r"the global 'DB' of who\.py, a Connection"):
        load(tmp_path, RULE + source + MAKE)


@pytest.mark.parametrize(
    "later", ["LIMIT = json.loads('0.5')", "TABLE['a'] = json.loads('2')", "TABLE.update(a=3)"]
)
def test_what_is_set_after_the_teacher_was_made(later: str, tmp_path: Path) -> None:
    source = "import json\nTABLE = {'a': 1}\ndef label(x): return (x[:, 0] > LIMIT + TABLE['a'])\n"
    with pytest.raises(InputError, match=r"changed after it was made.*end of its file"):
        load(tmp_path, RULE + source + MAKE + later + "\n")
    made = MAKE.replace("classes=2", "classes=2, version='1'")
    assert load(tmp_path, RULE + source + made + later + "\n").version == "1"


def test_a_panel_of_rules_is_looked_at_too(tmp_path: Path) -> None:
    source = (
        "from preceptor.teachers import Panel, Rule, Unanimous\nimport json\n"
        "def label(x): return (x[:, 0] > LIMIT).long()\n"
        "teacher = Panel([Rule(label, name=n, classes=2) for n in 'ab'], name='p', rule=Unanimous())\n"
        "LIMIT = json.loads('0.5')\n"
    )
    with pytest.raises(InputError, match="teacher 'a' uses changed"):
        load(tmp_path, source)


@pytest.mark.parametrize("name", ["random", "torch", "typing", "statistics"])
def test_a_teacher_called_as_a_library_leaves_it_alone(name: str, tmp_path: Path) -> None:
    import sys

    before = sys.modules.get(name)
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    (tmp_path / f"{name}.py").write_text(CREDIT)
    data = as_data(str(tmp_path / "x.npy"))
    made = read_teacher(f"{tmp_path / name}.py:teacher", data, [], tmp_path / "l.db")
    assert made.version == "9ed11d887b463b4a"
    assert sys.modules.get(name) is before
