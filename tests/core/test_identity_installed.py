"""What an editable install's own finder leads to is the user's code, like any other file."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from preceptor.core.identity import identify
from preceptor.core.running import taken

PACKAGE = {
    "__init__.py": "from pathlib import Path\nLIMIT = float(Path(__file__).with_name('l.txt').read_text())\n",
    "deep.py": "from mypkg import LIMIT\nTWICE = 2 * LIMIT\ndef over(x): return x > LIMIT\n",
}
USES = {
    "a global": "from mypkg import LIMIT\ndef f(x): return x > LIMIT\n",
    "a module": "import mypkg\ndef f(x): return x > mypkg.LIMIT\n",
    "a module of it": "from mypkg.deep import TWICE\ndef f(x): return x > TWICE\n",
    "a function of it": "from mypkg import deep\ndef f(x): return deep.over(x)\n",
}


class Finder(importlib.abc.MetaPathFinder):
    """Finds one package in a folder that no path shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != "mypkg":
            return None
        return importlib.machinery.PathFinder.find_spec(name, [str(self.folder)])


def forget() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "mypkg"]:
        del sys.modules[name]


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "checkout/src"
    (folder / "mypkg").mkdir(parents=True)
    for name, text in PACKAGE.items():
        (folder / "mypkg" / name).write_text(text)
    finder = Finder(folder)
    sys.meta_path.append(finder)
    yield folder / "mypkg"
    sys.meta_path.remove(finder)
    forget()


@pytest.mark.parametrize("use", USES)
def test_a_value_that_an_editable_package_read_counts(
    use: str, package: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.py").write_text(USES[use])

    def digest(limit: str) -> str:
        forget()
        (package / "l.txt").write_text(limit)
        with taken(tmp_path / "m.py", "f") as found:
            one = identify(found)
        assert one.unknown == ()
        return one.digest

    first = digest("0.5")
    assert digest("0.5") == first
    assert digest("0.8") != first


def test_the_text_of_an_editable_package_counts(package: Path, tmp_path: Path) -> None:
    (package / "l.txt").write_text("0.5")
    (tmp_path / "m.py").write_text(USES["a function of it"])

    def digest() -> str:
        forget()
        with taken(tmp_path / "m.py", "f") as found:
            return identify(found).digest

    first = digest()
    (package / "deep.py").write_text(PACKAGE["deep.py"].replace("x >", "x <"))
    assert digest() != first
