"""Identity: what decides an answer changes it, wherever that lies; nothing else does."""

import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from torch import Tensor, nn

from preceptor.core.hashing import feed
from preceptor.core.identity import Identity, _IdentityWalk, identify
from preceptor.core.running import taken

LOADED = "import json\nfrom pathlib import Path\nLIMIT = json.loads(Path(__file__).with_name('l.json').read_text())\n"
BESIDE = """import json, os, re, torch
from pathlib import Path
HERE = Path(__file__).parent
class Table(dict): pass
class Words:
    def __init__(self, text): self.time = text
"""


def test_preceptor_is_a_module_as_ever() -> None:
    # a notebook's teacher that names it keeps the version under which its answers are kept
    assert identify(sys.modules["preceptor"]) == identify(ModuleType("preceptor"))


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(textwrap.dedent(content))


def who(folder: Path, files: dict[str, str | bytes], name: str = "f") -> Identity:
    write(folder, files)
    with taken(folder / "m.py", name) as found:
        return identify(found)


NET = """
import torch
from acts import act
class Base(torch.nn.Module):
    def forward(self, x): return act(self.layer(x))
class Net(Base):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
"""
MADE = "import torch\nfrom nets import Net\ntorch.manual_seed(0)\nf = Net()\n"
SCALED = """
import torch
class Net(torch.nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale
    def forward(self, x): return x * self.scale
"""
MADE_SCALED = "from nets import Net\nimport values\nf = Net(values.SCALE)\n"

CHANGES: dict[str, tuple[dict[str, str | bytes], dict[str, str | bytes]]] = {
    "a number read from a file": (
        {"m.py": LOADED + "def f(x): return x > LIMIT\n", "l.json": "1"},
        {"l.json": "2"},
    ),
    "data read from a file": (
        {"m.py": LOADED + "def f(x): return x > LIMIT['a'][0]\n", "l.json": '{"a": [1]}'},
        {"l.json": '{"a": [2]}'},
    ),
    "a literal that is filled later": (
        {
            "m.py": LOADED + "T = {}\nT.update(LIMIT)\ndef f(x): return x > T['a']\n",
            "l.json": '{"a": 1}',
        },
        {"l.json": '{"a": 2}'},
    ),
    "used by a function that is called": (
        {"m.py": LOADED + "def g(x): return x > LIMIT\ndef f(x): return g(x)\n", "l.json": "1"},
        {"l.json": "2"},
    ),
    "an array used by a function that is called": (
        {
            "m.py": "import numpy as np\nfrom pathlib import Path\n"
            "A = np.fromstring(Path(__file__).with_name('l.json').read_text(), sep=',')\n"
            "def g(x): return x > A\ndef f(x): return g(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a default": (
        {
            "m.py": LOADED + "def g(x, l=LIMIT): return x > l\ndef f(x): return g(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a closure": (
        {
            "m.py": LOADED
            + "def at(k):\n    def g(x): return x > k\n    return g\n"
            + "g = at(LIMIT)\ndef f(x): return g(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a decorator's argument": (
        {
            "m.py": LOADED + "import functools\n"
            "def times(k):\n    def wrap(g):\n        @functools.wraps(g)\n"
            "        def inner(x): return g(x) * k\n        return inner\n    return wrap\n"
            "@times(LIMIT)\ndef g(x): return x\ndef f(x): return g(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a partial": (
        {
            "m.py": LOADED + "import functools\ndef g(x, k): return x > k\n"
            "h = functools.partial(g, k=LIMIT)\ndef f(x): return h(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a bound method": (
        {
            "m.py": LOADED + "class K:\n    def __init__(self, l): self.l = l\n"
            "    def say(self, x): return x > self.l\nsay = K(LIMIT).say\ndef f(x): return say(x)\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a class attribute": (
        {
            "m.py": LOADED
            + "class K:\n    l = LIMIT\n    def __call__(self, x): return x > self.l\n"
            "f = K()\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a lambda's file": ({"m.py": "f = lambda x: x > 1\n"}, {"m.py": "f = lambda x: x > 2\n"}),
    "a helper's text": (
        {"m.py": "from h import g\ndef f(x): return g(x)\n", "h.py": "def g(x): return x * 32\n"},
        {"h.py": "def g(x): return x * 16\n"},
    ),
    "a helper of a helper": (
        {
            "m.py": "import h\ndef f(x): return h.g(x)\n",
            "h.py": "from k import W\ndef g(x): return x * W\n",
            "k.py": "W = 32\n",
        },
        {"k.py": "W = 16\n"},
    ),
    "what a helper read": (
        {
            "m.py": "import h\ndef f(x): return h.g(x)\n",
            "h.py": LOADED + "def g(x): return x * LIMIT\n",
            "l.json": "1",
        },
        {"l.json": "2"},
    ),
    "a helper imported at call time": (
        {
            "m.py": "def f(x):\n    from h import g\n    return g(x)\n",
            "h.py": "def g(x): return x\n",
        },
        {"h.py": "def g(x): return -x\n"},
    ),
    "deep in a package": (
        {
            "m.py": "import p.s.deep as d\ndef f(x): return d.g(x)\n",
            "p/__init__.py": "",
            "p/s/__init__.py": "from . import deep\n",
            "p/s/deep.py": "from ..top import T\ndef g(x): return x * T\n",
            "p/top.py": "T = 3\n",
        },
        {"p/top.py": "T = 4\n"},
    ),
    "a function that a network calls": (
        {"m.py": MADE, "nets.py": NET, "acts.py": "def act(x): return x.relu()\n"},
        {"acts.py": "def act(x): return x.tanh()\n"},
    ),
    "a network's base class": (
        {"m.py": MADE, "nets.py": NET, "acts.py": "def act(x): return x\n"},
        {"nets.py": NET.replace("act(self.layer(x))", "-act(self.layer(x))")},
    ),
    "a network's attribute": (
        {"m.py": MADE_SCALED, "nets.py": SCALED, "values.py": "SCALE = 1.0\n"},
        {"values.py": "SCALE = 2.0\n"},
    ),
    "a session of onnxruntime": (
        {
            "m.py": "from pathlib import Path\nimport onnxruntime\n"
            "S = onnxruntime.InferenceSession(str(Path(__file__).with_name('a.onnx')))\n"
            "def f(x): return S.run(None, {'x': x})\n",
            "a.onnx": b"",
        },
        {"a.onnx": b""},
    ),
    **{
        f"a line beside: {line}": (
            {"m.py": f"{BESIDE}{line}\n{use}\n", "l.txt": "1"},
            {"l.txt": "22"},
        )
        for line, use in (
            ("P = (Path(__file__).parent / 'l.txt').read_text()", "def f(x): return P"),
            (
                "P = Path(os.path.join(os.path.dirname(__file__), 'l.txt')).read_text()",
                "def f(x): return P",
            ),
            ("P = re.compile(HERE.joinpath('l.txt').read_text())", "def f(x): return P.match(x)"),
            (
                "P = re.compile('1', 8 * len(HERE.joinpath('l.txt').read_text()))",
                "def f(x): return P",
            ),
            ("P = re.compile(HERE.joinpath('l.txt').read_text()).match", "def f(x): return P(x)"),
            (
                "P = json.loads('{\"a\":' + HERE.joinpath('l.txt').read_text() + '}').get",
                "def f(x): return P(x)",
            ),
            (
                "P = Words(HERE.joinpath('l.txt').read_text())\ntime = P.time",
                "def f(x): return x > time",
            ),
            (
                "P = Table()\nP.limit = HERE.joinpath('l.txt').read_text()",
                "def f(x): return P.limit",
            ),
            (
                "P = torch.ones(1)\nP.limit = HERE.joinpath('l.txt').read_text()",
                "def f(x): return P.limit",
            ),
        )
    },
}


def onnx_file(weight: float) -> bytes:
    from onnx import TensorProto, helper

    node = helper.make_node("Mul", ["x", "w"], ["y"])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])
    w = helper.make_tensor("w", TensorProto.FLOAT, [1], [weight])
    model = helper.make_model(
        helper.make_graph([node], "g", [x], [y], [w]),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    return bytes(model.SerializeToString())


@pytest.mark.filterwarnings("ignore:.*fromstring.*:DeprecationWarning")
@pytest.mark.parametrize("case", CHANGES)
def test_what_decides_changes_the_identity(case: str, tmp_path: Path) -> None:
    before, after = CHANGES[case]
    if "a.onnx" in before:
        before, after = {**before, "a.onnx": onnx_file(1)}, {"a.onnx": onnx_file(2)}
    one = who(tmp_path, before)
    assert one.unknown == ()
    assert who(tmp_path, before) == one
    assert who(tmp_path, after).digest != one.digest
    moved = tmp_path / "moved"
    moved.mkdir()
    if "onnx" not in case:
        assert who(moved, before) == one, "a moved folder is the same"


MODELS: dict[str, Any] = {
    "tree": DecisionTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(5, random_state=0),
    "boosting": HistGradientBoostingClassifier(max_iter=3, random_state=0),
    "neighbours": KNeighborsClassifier(),
    "svc": SVC(),
    "logistic": LogisticRegression(),
    "pipeline": make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=20, random_state=0)),
}
PICKLED = """
import pickle
from pathlib import Path
MODEL = pickle.loads(Path(__file__).with_name("m.pkl").read_bytes())
def f(x): return MODEL.predict(x)
"""


def fitted(model: Any, limit: float) -> bytes:
    rows = np.random.default_rng(0).random((60, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pickle.dumps(model.fit(rows, (rows[:, 0] > limit).astype(int)))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_scikit_learn_counts_by_what_it_learned(name: str, tmp_path: Path) -> None:
    one = who(tmp_path, {"m.py": PICKLED, "m.pkl": fitted(MODELS[name], 0.5)})
    assert one.unknown == ()
    assert who(tmp_path, {"m.pkl": fitted(MODELS[name], 0.5)}) == one
    assert who(tmp_path, {"m.pkl": fitted(MODELS[name], 0.8)}).digest != one.digest


def test_the_same_in_every_process(tmp_path: Path) -> None:
    source = PICKLED.replace("def f", "T = {'b', 'a', 'c'}\nT.add(str(MODEL))\ndef f")
    source = source.replace("MODEL.predict(x)", "MODEL.predict(x), T")
    one = who(tmp_path, {"m.py": source, "m.pkl": fitted(MODELS["forest"], 0.5)})
    code = (
        "from pathlib import Path\nfrom preceptor.core.running import taken\n"
        "from preceptor.core.identity import identify\n"
        f"with taken(Path({str(tmp_path / 'm.py')!r}), 'f') as f: print(identify(f).digest)"
    )
    for seed in "12":
        said = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        assert said.strip() == one.digest


@pytest.mark.parametrize(
    "source",
    [
        "import threading\nLOCK = threading.Lock()\ndef f(x):\n    with LOCK: return x\n",
        "import logging\nLOG = logging.getLogger('a')\ndef f(x): return LOG.info('x')\n",
        "import re\nWORD = re.compile('a+')\ndef f(x): return WORD.match('a')\n",
        "import numpy as np\nRNG = np.random.default_rng()\ndef f(x): return RNG.random()\n",
        "import re\nWORD = re.compile(r'a+', re.I | re.M).match\ndef f(x): return WORD('a')\n",
        "import random\nRNG = random.Random()\nDRAW = RNG.random\ndef f(x): return DRAW(), RNG\n",
        "import uuid\nRUN = uuid.uuid4().hex\ndef f(x): return RUN\n",
        "from datetime import datetime\nRUN = datetime.now().isoformat()\ndef f(x): return RUN\n",
        "import time\nSTART = time.time()\ndef f(x): return START\n",
        "from pathlib import Path\nHERE = Path(__file__).parent\ndef f(x): return HERE / 'a'\n",
        "import os\nHERE = os.path.dirname(__file__)\ndef f(x): return HERE\n",
        "import torch\nD = torch.device('cpu')\nE = 'cpu' if 1 else 'cuda'\ndef f(x): return x.to(D), E\n",
        "import queue\nQ = queue.Queue()\ndef f(x): return Q\n",
        "def f(x):\n    with open('log', 'a') as log: log.write('x')\n    return x\n",
    ],
    ids=lambda source: source.split("\n")[-2][:30],
)
def test_what_decides_nothing_is_no_trouble(source: str, tmp_path: Path) -> None:
    one = who(tmp_path, {"m.py": source})
    assert one.unknown == ()
    assert who(tmp_path, {"m.py": source}) == one
    moved = tmp_path / "moved"
    moved.mkdir()
    assert who(moved, {"m.py": source}) == one


def test_what_the_text_decides_adds_nothing(tmp_path: Path) -> None:
    """So that versions stay: the text of the file is a part of the identity already."""
    source = "import re\nWORD = re.compile('a+', re.I).match\nSAID = {'a': 1}.get\n"
    one = who(tmp_path, {"m.py": source + "def f(x): return WORD(x), SAID(x)\n"})
    with taken(tmp_path / "m.py", "f") as found:
        assert one.digest == feed(_IdentityWalk().tokens_of((found,)))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import sqlite3\nDB = sqlite3.connect(':memory:')\ndef f(x): return DB\n", "'DB' of m.py"),
        ("import json\ndef f(x): return json.load(open('a'))\n", "reads a file while it answers"),
        ("import numpy as np\ndef f(x): return np.load('a.npy')\n", r"\(load, line 2\)"),
        (
            "import torch\nM = None\ndef model():\n    global M\n    if M is None: M = torch.load('a')\n"
            "    return M\ndef f(x): return model()(x)\n",
            "model reads a file",
        ),
        ("from pathlib import Path\ndef f(x): return Path('a').read_text()\n", "read_text"),
        ("L = iter([1, 2])\ndef f(x): return next(L)\n", "'L' of m.py.*only once"),
    ],
)
def test_what_cannot_be_known_is_named(source: str, words: str, tmp_path: Path) -> None:
    import re

    (unknown,) = who(tmp_path, {"m.py": source}).unknown
    assert re.search(words, unknown)


class Waves(nn.Module):
    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_what_a_state_dict_leaves_out() -> None:
    def hooked(by: float) -> nn.Module:
        net = nn.Sequential(nn.Flatten())
        net.register_forward_hook(lambda _, __, out: out * by)
        return net

    torch.manual_seed(0)
    weights = nn.MultiheadAttention(4, 1).state_dict()

    def heads(n: int) -> nn.Module:
        net = nn.MultiheadAttention(4, n)
        net.load_state_dict(weights)
        return net

    pairs = [
        (Waves(torch.zeros(2)), Waves(torch.ones(2))),
        (hooked(1), hooked(2)),
        (heads(1), heads(2)),
        (torch.jit.script(nn.ReLU()), torch.jit.script(nn.Sigmoid())),
    ]
    for one, other in pairs:
        assert identify(one) == identify(one)
        assert identify(one).digest != identify(other).digest
