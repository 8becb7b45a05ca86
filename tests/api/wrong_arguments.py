"""Wrong arguments at the front door, and what has to stand in the answer; run as a program of its own,
since the tests' check of types would answer first.
"""

import json
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
)

import preceptor as pr
from preceptor.attacks import PGD
from preceptor.teachers import Rule

X = np.random.default_rng(0).uniform(size=(8, 2)).astype("float32")
NET = torch.nn.Sequential(torch.nn.Linear(2, 2))
FRAME = pd.DataFrame(X, columns=["age", "income"])
EMPTY = Path(tempfile.mkdtemp())


def law(points: torch.Tensor) -> torch.Tensor:
    return (points[:, 0] > 0.5).long()


def audit(*given: Any, **options: Any) -> Callable[[], Any]:
    full = [*given, *(NET, X, law)[len(given) :]]
    return lambda: pr.audit(*full, **{"attacks": "none", "progress": False, **options})


RECORD = audit()()


class NoLength(torch.utils.data.Dataset):  # type: ignore[type-arg]
    def __getitem__(self, row: int) -> torch.Tensor:
        return torch.zeros(2)


class Drawn(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """With a transformation at random, as training sets have it."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, row: int) -> torch.Tensor:
        return torch.rand(2)


PLAIN = TensorDataset(torch.tensor(X))


CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "no student": (audit(None), "expected a torch module"),
    "several students": (audit([NET, NET]), "side_by_side"),
    "a class as student": (audit(torch.nn.Linear), "is a class; expected an instance"),
    "a number as student": (audit(3), "int is no student; expected a torch module"),
    "a file that is not there": (audit("gone.onnx"), "there is no file at gone.onnx"),
    "a student of another width": (
        audit(torch.nn.Linear(3, 2)),
        "fails on one input of shape (2,)",
    ),
    "no data": (audit(NET, None), "no data given"),
    "a tuple as data": (audit(NET, (X, X)), "Give the inputs alone"),
    "a number as data": (audit(NET, 5), "the data are a int; expected a tensor"),
    "data of words": (audit(NET, np.array([["a", "b"]])), "expected real numbers"),
    "data of one axis": (audit(NET, X[0]), "shape [items, *shape]"),
    "no item": (audit(NET, X[:0]), "at least one item"),
    "data that are not finite": (
        audit(NET, np.concatenate([X, X[:1] * np.nan])),
        f"in 1 of {len(X) + 1} items, first in number {len(X)}, counted from 0",
    ),
    "data without bounds": (audit(NET, np.stack([X * 9 - 4])[..., None]), "bounds="),
    "a ragged list": (audit(NET, [[1.0, 2.0], [3.0]]), "inputs of one shape"),
    "a folder": (audit(NET, EMPTY), "holds no pictures (it holds nothing)"),
    "no such file": (audit(NET, "gone.npz"), "for data= also one of: mnist"),
    "a mapping without inputs": (audit(NET, {"x": X}), "expected 'inputs'"),
    "a column of words": (
        audit(NET, FRAME.assign(town=["a"] * 8)),
        "columns town of the data hold words",
    ),
    "ids that repeat": (audit(NET, FRAME.set_index([["a"] * 8])), "ids must be unique"),
    "a shuffling loader": (
        audit(NET, DataLoader(TensorDataset(torch.tensor(X)), shuffle=True)),
        "shuffle=False",
    ),
    "a loader that draws": (
        audit(NET, DataLoader(PLAIN, sampler=SubsetRandomSampler(range(8)))),
        "the DataLoader shuffles",
    ),
    "a loader of drawn batches": (
        audit(NET, DataLoader(PLAIN, batch_sampler=BatchSampler(RandomSampler(X), 2, False))),
        "the DataLoader shuffles",
    ),
    "a dataset that draws": (audit(NET, Drawn()), "the Dataset gives another input each time"),
    "a loader of a dataset that draws": (
        audit(NET, DataLoader(Drawn(), batch_size=3)),
        "the DataLoader gives another input each time",
    ),
    "a dataset without length": (audit(NET, NoLength()), "give a DataLoader of it"),
    "a dataset of dicts": (audit(NET, [{"x": 1}]), "expected real numbers"),
    "no teacher": (audit(NET, X, None), "no teacher given"),
    "labels as teacher": (audit(NET, X, np.zeros(8, int)), "truth:FILE.csv"),
    "a list of teachers": (audit(NET, X, [law, law]), "Panel(["),
    "a class as teacher": (audit(NET, X, Rule), "is a class; write Rule(...)"),
    "a number as teacher": (audit(NET, X, 3), "expected a function from a batch"),
    "a teacher's word": (audit(NET, X, "oracle"), "names no teacher: write file.py:name"),
    "people without a file": (
        audit(NET, X, "human:ann", classes=["a", "b"]),
        "name one with ledger=, such as",
    ),
    "a function of unknown classes": (
        lambda: pr.audit(lambda x: (x[:, 0] > 0.5).long(), X, law),
        "with classes=, such as 2",
    ),
    "an unknown attack": (audit(attacks="pdg:eps=0.1"), "there is no attack 'pdg'"),
    "an attack's class": (audit(attacks=PGD), "PGD is a class; write PGD(...)"),
    "attacks that are none": (audit(attacks=[3]), "expected attacks such as PGD(eps=0.1)"),
    "none beside another": (
        audit(attacks=["none", "noise:size=0.1"]),
        "attacks='none' stands alone",
    ),
    "nested attacks": (audit(attacks=[["noise:size=0.1"]]), "in one plain list"),
    "ask": (audit(ask="some"), "ask='some': expected all or flips"),
    "a stopping rule": (audit(until="soon"), "soon"),
    "a stopping rule of another type": (audit(until=0.9), "expected a rule such as '>=0.9'"),
    "a half item": (audit(items=0.5), "items=0.5: expected a whole number"),
    "too many items": (audit(items=99), "items=99, but the data set holds 8 items"),
    "a budget in words": (audit(budget="many"), "budget='many': expected a whole number"),
    "a level in percent": (audit(level=95), "expected a share between 0 and 1"),
    "a seed that is none": (audit(seed="a"), "seed='a': expected a whole number"),
    "bounds": (audit(bounds=3), "write LOW,HIGH"),
    "bounds of three": (audit(bounds=(0, 1, 2)), "write LOW,HIGH"),
    "a scale": (audit(scale="wide"), "scale='wide': write data, inputs"),
    "a scale of three": (audit(scale=[1, 2, 3]), "so give 2, or one for all"),
    "classes": (audit(classes=["a", "a"]), "each label's name once"),
    "one class": (audit(classes=1), "expected at least 2 labels"),
    "three classes for two": (
        audit(NET, X, Rule(law, name="law", classes=2), classes=3),
        "3 labels, but the teacher",
    ),
    "classes of numbers": (audit(classes=[0, 1]), "or their names"),
    "a ledger": (audit(ledger=3), "expected a file such as 'preceptor.db'"),
    "a folder that is none": (audit(out=3), "expected a folder's path"),
    "a column to split by": (audit(by="town"), "town"),
    "a proxy without a rule": (audit(proxy=law), "a proxy helps to stop early"),
    "moved inputs": (audit(moved=X), "expected moved inputs by name"),
    "moved inputs of other items": (audit(moved={"rain": X[:3]}), "3 moved inputs without ids"),
    "an argument's name": (audit(attack="noise:size=0.1"), "(did you mean 'attacks'?)"),
    "a device": (audit(device="gpu9"), "gpu9"),
    "a table to make": (lambda: RECORD.to_pandas("rows"), "expected 'rates' or 'items'"),
    "axes to draw on": (lambda: RECORD.plot(3), "expected matplotlib Axes"),
    "a threshold": (lambda: RECORD.to_dict(fail_under=90), "share between 0 and 1"),
    "search without data": (lambda: pr.search(NET), "no data given"),
    "search with no budget": (lambda: pr.search(NET, X, law, budget=0), "budget=0: expected"),
    "search around nobody": (lambda: pr.search(NET, X, law, around="zz", budget=5), "zz"),
    "gradients of a rule": (
        lambda: pr.search(NET, X, law, teacher_gradients=True),
        "teacher_gradients=True: teacher",
    ),
    "calibrate nothing": (lambda: pr.calibrate(NET, law), "the record is a Sequential"),
    "calibrate by nobody": (lambda: pr.calibrate(RECORD, None), "no people given"),
    "calibrate by its teacher": (lambda: pr.calibrate(RECORD, law), "is the teacher of this audit"),
    "calibrate one attack": (
        lambda: pr.calibrate(RECORD, "human:ann", attacks="noise"),
        "expected names of the audit's attacks",
    ),
    "calibrate for nothing": (lambda: pr.calibrate(RECORD, law, budget=0), "budget=0"),
    "explain nothing": (lambda: pr.explain(NET, RECORD), "the record is a Sequential"),
    "explain without a teacher": (lambda: pr.explain(RECORD, NET), "no teacher given"),
    "explain with one sibling": (
        lambda: pr.explain(RECORD, NET, law, siblings=NET),
        "siblings is a list",
    ),
    "teach no strategy": (lambda: pr.teach(NET, X, law, strategy=None), "expected words such as"),
    "teach an unknown strategy": (
        lambda: pr.teach(NET, X, law, strategy="osmosis"),
        "there is no strategy 'osmosis'",
    ),
    "teach a function": (
        lambda: pr.teach(law, X, law, classes=2, strategy="random"),
        "torch module",
    ),
    "teach a budget": (
        lambda: pr.teach(NET, X, law, strategy="random", budget="much"),
        "write the unit too",
    ),
    "compare records": (lambda: pr.compare(RECORD, RECORD), "side_by_side(first, second)"),
    "compare a model": (lambda: pr.compare("xor", student=NET), "class or function without"),
    "compare on nothing": (lambda: pr.compare("chess"), "there is no problem 'chess'"),
    "one side": (lambda: pr.side_by_side(RECORD), "two records or more; got 1"),
    "sides that are none": (lambda: pr.side_by_side(NET, NET), "is no record"),
}


def main() -> None:
    """Print what came of each case, as JSON."""
    warnings.simplefilter("ignore")
    told = {}
    for name, (call, wanted) in CASES.items():
        try:
            call()
            told[name] = [wanted, "", "nothing was raised"]
        except pr.PreceptorError as error:
            told[name] = [wanted, type(error).__name__, str(error)]
        except BaseException as error:
            ours = "has no argument" in str(error)
            told[name] = [wanted, "TypeError" if ours else "", str(error) or traceback.format_exc()]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
