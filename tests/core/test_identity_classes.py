"""Classes of the user's whose values no text says, and those that only look as if they read."""

from pathlib import Path

import pytest
from test_identity import who

READ = "float(Path(__file__).with_name('l.txt').read_text())"
HEAD = "import enum, torch\nfrom dataclasses import dataclass\nfrom typing import NamedTuple\nfrom pathlib import Path\n"
COUNTS = {
    "an enumeration's member": f"class L(enum.Enum):\n    A = {READ}\ndef f(x): return x > L.A.value\n",
    "a member that is a number": f"class L(float, enum.Enum):\n    A = {READ}\ndef f(x): return x > L.A\n",
    "a dataclass's default": f"@dataclass\nclass L:\n    a: float = {READ}\ndef f(x): return x > L().a\n",
    "a named tuple's default": f"class L(NamedTuple):\n    a: float = {READ}\nC = L()\ndef f(x): return x > C.a\n",
    "what an instance read when it was made": (
        "class L:\n    def __init__(self):\n"
        f"        self.a = {READ}\n    def over(self, x): return x > self.a\n"
        "C = L()\ndef f(x): return C.over(x)\n"
    ),
    "a forward of its own": (
        f"torch.manual_seed(0)\nf = torch.nn.Linear(1, 1)\nK = {READ}\nf.forward = lambda x: x > K\n"
    ),
}
ADDS_NOTHING = {
    "members that count": "class L(enum.Enum):\n    A = enum.auto()\n    B = enum.auto()\ndef f(x): return L.B\n",
    "members as written": "class L(enum.IntEnum):\n    A = 3\n    B = 4\ndef f(x): return x > L.A\n",
    "a member's property": (
        "class L(enum.StrEnum):\n    A = 'a'\n    @property\n    def low(self): return self.value\n"
        "def f(x): return L.A.low\n"
    ),
    "a dataclass as written": "@dataclass(frozen=True)\nclass L:\n    a: float = 0.5\ndef f(x): return L().a\n",
}


@pytest.mark.parametrize("case", COUNTS)
def test_a_value_that_was_read_counts(case: str, tmp_path: Path) -> None:
    one = who(tmp_path, {"m.py": HEAD + COUNTS[case], "l.txt": "0.5"})
    assert one.unknown == ()
    assert who(tmp_path, {"l.txt": "0.5"}) == one
    assert who(tmp_path, {"l.txt": "0.8"}).digest != one.digest


@pytest.mark.parametrize("case", ADDS_NOTHING)
def test_what_the_class_says_keeps_the_version(case: str, tmp_path: Path) -> None:
    from preceptor.core.identity import _IdentityWalk
    from preceptor.core.running import taken

    (tmp_path / "m.py").write_text(HEAD + ADDS_NOTHING[case])
    with taken(tmp_path / "m.py", "f") as found:
        walk = _IdentityWalk()
        list(walk.tokens_of((found,)))
        assert walk.beyond() == []
    assert not walk.unknown


def test_one_that_is_made_while_answering_reads_then(tmp_path: Path) -> None:
    source = f"class L:\n    def __init__(self): self.a = {READ}\ndef f(x): return x > L().a\n"
    (unknown,) = who(tmp_path, {"m.py": HEAD + source, "l.txt": "0.5"}).unknown
    assert "L.__init__ reads a file while it answers" in unknown
