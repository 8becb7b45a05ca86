"""Users' files that are run: each gets the modules beside it, and nobody else does."""

import os
import pickle
import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from preceptor.core import InputError
from preceptor.core.running import beside, taken

SAY = "from helper import WHO\ndef say(): return WHO\n"


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)
    return folder / "model.py"


def take(file: Path, name: str = "say") -> Callable[[], Any]:
    with taken(file, name) as found:
        assert callable(found)
        return found


FORMS = {
    "from": SAY,
    "import": "import helper\ndef say(): return helper.WHO\n",
    "when called": "def say():\n    from helper import WHO\n    return WHO\n",
    "importlib": "import importlib\nH = importlib.import_module('helper')\ndef say(): return H.WHO\n",
    "package": "import pack.inner.deep\ndef say(): return pack.inner.deep.WHO\n",
    "from package": "from pack.inner import deep\ndef say(): return deep.WHO\n",
    "relative": "from . import helper\nfrom .helper import WHO\ndef say(): return WHO\n",
    "star": "from helper import *\ndef say(): return WHO\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_two_files_of_one_name_with_helpers_of_one_name(form: str, tmp_path: Path) -> None:
    said = []
    for who in ("teacher", "student"):
        files = {
            "model": FORMS[form],
            "helper": f"WHO = {who!r}\n",
            "pack__inner__deep": "from ...helper import WHO\n"
            if form == "relative"
            else f"from ..top import WHO\nassert WHO == {who!r}\n",
            "pack__top": f"WHO = {who!r}\n",
            "pack____init__": "",
            "pack__inner____init__": "from . import deep\n",
        }
        if form == "relative":
            files = {key: text for key, text in files.items() if not key.startswith("pack")}
            files["__init__"] = ""
        folder = tmp_path / who
        file = put(folder, **{k: v for k, v in files.items() if k != "__init__"})
        if form == "relative":
            (folder / "__init__.py").write_text("")
        if form.endswith("package") or form == "package":
            (folder / "pack" / "__init__.py").write_text("")
            (folder / "pack" / "inner" / "__init__.py").write_text("from . import deep\n")
        said.append(take(file))
    assert [say() for say in said] == ["teacher", "student"]
    assert [say() for say in reversed(said)] == ["student", "teacher"]


@pytest.mark.parametrize("name", ["random", "statistics", "typing", "torch", "utils", "logging"])
def test_a_helper_called_as_a_library_is_the_file_s_alone(name: str, tmp_path: Path) -> None:
    sys.modules.pop("utils", None)  # another test's helper
    before = sys.modules.get(name)
    source = f"import {name}\nimport numpy, sklearn.metrics\ndef say(): return {name}.WHO\n"
    assert take(put(tmp_path, model=source, **{name: "WHO = 'mine'\n"}))() == "mine"
    if before is not None:
        assert sys.modules[name] is before
    assert statistics.mean([1, 3]) == 2


@pytest.mark.parametrize("name", ["random", "statistics", "torch", "typing", "numpy"])
def test_a_file_called_as_a_library_may_use_it(name: str, tmp_path: Path) -> None:
    before = sys.modules.get(name)
    file = tmp_path / f"{name}.py"
    file.write_text(f"import {name}\nimport helper\ndef say(): return {name}.__file__\n")
    (tmp_path / "helper.py").write_text(f"import {name}\n{name}.__spec__\n")
    assert take(file)() != str(file)
    assert sys.modules.get(name) is before


def test_a_text_changed_within_a_second_and_of_the_same_length(tmp_path: Path) -> None:
    file = put(tmp_path, model=SAY, helper="WHO = 32\n")
    time = (tmp_path / "helper.py").stat().st_mtime
    assert take(file)() == 32
    put(tmp_path, helper="WHO = 16\n")
    os.utime(tmp_path / "helper.py", (time, time))
    assert take(file)() == 16


def test_pickles_find_the_classes_beside_them(tmp_path: Path) -> None:
    for who in ("a", "b"):
        source = (
            f"class K:\n    def __init__(self): self.n = 1\n    def say(self): return {who!r}\n"
        )
        put(tmp_path / who, shapes=source)
        with beside(tmp_path / who / "k.pkl"):
            from shapes import K  # type: ignore[import-not-found]

            (tmp_path / who / "k.pkl").write_bytes(pickle.dumps(K()))
    said = []
    for who in ("a", "b"):
        with beside(tmp_path / who / "k.pkl"):
            said.append(pickle.loads((tmp_path / who / "k.pkl").read_bytes()))
    assert [one.say() for one in said] == ["a", "b"]


def test_threads_that_import_when_called(tmp_path: Path) -> None:
    source = FORMS["when called"]
    said = [
        take(
            put(
                tmp_path / str(i),
                model=source,
                helper=f"import time\ntime.sleep(0.01)\nWHO = {i}\n",
            )
        )
        for i in range(6)
    ]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda say: say(), said)) == list(range(6))


def test_paths_and_finders_stay(tmp_path: Path) -> None:
    before = list(sys.path), list(sys.meta_path)
    take(put(tmp_path, model=SAY, helper="WHO = 1\n"))
    assert (list(sys.path), list(sys.meta_path)) == before


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError.*nothing_of_that_name"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("def other(): pass\n", "has no 'say'; it has other"),
        ("from . import x\n", "ImportError|ModuleNotFoundError"),
        ("def say(:\n", "SyntaxError"),
    ],
)
def test_files_that_cannot_be_run(source: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        take(put(tmp_path, model=source))
    with pytest.raises(InputError, match="there is no file"):
        take(tmp_path / "absent.py")
