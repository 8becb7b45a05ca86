"""The tables of what was taught, for ``scripts/tables.py``."""

import json
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

ROOT = Path(__file__).parents[1]

HURTS = {
    "xor, a hint, wrong": "`xor`, d = 10: a wrong copy named",
    "xor, a hint, right": "`xor`, d = 10: the right features named",
    "two-rules, a mask, wrong": "`two-rules`: a mask over the other rule",
    "two-rules, a mask, right": "`two-rules`: a mask over the right one",
    "mnist-rule, an invariance, wrong": "`mnist-rule`: any turn declared harmless",
    "mnist-rule, an invariance, right": "`mnist-rule`: five invariances, nearly true",
    "digits-rule, an invariance, wrong": "`digits-rule`: any turn declared harmless",
    "digits-rule, an invariance, right": "`digits-rule`: five invariances, nearly true",
}


def _arms(name: str) -> dict[str, Any]:
    found = json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
    arms: dict[str, Any] = found["arms"]
    return arms


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _bare(value: float) -> str:
    """A share without the nought before the point."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def _spread(one: dict[str, Any]) -> str:
    """The mean, and its interval where there are three seeds or more."""
    if one["interval"] is None or len(one["values"]) < 3:
        return _bare(one["mean"])
    low, high = one["interval"]
    return f"{_bare(one['mean'])} [{_bare(low)} to {_bare(high)}]"


def _whole(one: dict[str, Any]) -> str:
    return f"{one['mean']:,.0f}" if one["mean"] >= 100 else f"{one['mean']:.3g}"


def decoy() -> str:
    """Decoy-place MNIST by way of learning."""
    targets = json.loads((ROOT / "benchmarks/results/decoy.json").read_text())["targets"]
    rows = [
        [
            name,
            _spread(arm["held out"]),
            _bare(targets[name]) if name in targets else "",
            str(len(arm["seeds"])),
            _whole(arm["items"]),
            _whole(arm["bits"]),
        ]
        for name, arm in _arms("decoy").items()
    ]
    heads = ["arm", "held out", "target", "seeds", "items", "bits beyond the labels"]
    return _table(heads, rows)


def mnist_rule() -> str:
    """MNIST with a rule as the teacher."""
    keys = ["clean", "held out", "weak", "weak, worst", "never wrong"]
    rows = [
        ["*target, all at once*", "*.97*", "*.96*", "*.60*", "", "", "", ""],
        ["*to beat (prototype, perceptron)*", "*.985*", "*.971*", "", "", "*.525*", "*78*", ""],
    ]
    for name, arm in _arms("mnist_rule").items():
        numbers = [_spread(arm[key]) for key in keys]
        rows.append([name, *numbers, _whole(arm["bits"]), str(len(arm["seeds"]))])
    heads = ["arm", "clean", "held out", "weak", "worst of four", "never wrong", "bits", "seeds"]
    return _table(heads, rows)


def mnist_panel() -> str:
    """MNIST with the panel as the teacher, arm by arm."""
    keys = ["clean", "seen", "held out", "weak", "label assumed"]
    rows = []
    for name, arm in _arms("mnist_panel").items():
        if "held out" not in arm:
            continue
        numbers = [_spread(arm[key]) for key in keys]
        numbers[3] += f"; {arm['weak, void']['mean']:.0%} void"
        rows.append([name, *numbers, *(_whole(arm[key]) for key in ("items", "bits"))])
        rows[-1].append(str(len(arm["seeds"])))
    heads = ["arm", "clean", "seen", "held out", "weak, l_inf .2", "label assumed, l_inf .2"]
    return _table([*heads, "items", "bits", "seeds"], rows)


def mnist_panel_pairs() -> str:
    """The differences between its arms, seed by seed, and what twice the steps did to two of them."""
    found = json.loads((ROOT / "benchmarks/results/mnist_panel.json").read_text())
    rows = [
        [*name.split(" less "), *(_signed(pair[key]) for key in ("held out", "seen", "clean"))]
        for name, pair in found["paired"].items()
    ]
    steps, moved = found["convergence"]["steps"], found["convergence"]["moved"]
    rows += [
        [f"{name}, {2 * steps:,} steps", f"the same, {steps:,}", _signed(one), "", ""]
        for name, one in moved.items()
    ]
    return _table(["arm", "less", "held out", "seen", "clean"], rows)


def _signed(one: dict[str, Any]) -> str:
    """A difference, its interval and its number of seeds."""
    low, high = (f"{end:+.4f}".replace("0.", ".", 1) for end in one["interval"])
    mean = f"{one['mean']:+.4f}".replace("0.", ".", 1)
    return f"{mean} [{low} to {high}], {len(one['values'])} seeds"


def hurts() -> str:
    """Wrong and right lessons, audited before and after."""
    arms = _arms("hurts")

    def caught(arm: dict[str, Any], key: str) -> str:
        values = arm[key]["values"]
        ends = binomtest(int(sum(values)), len(values)).proportion_ci()
        return f"{sum(values):.0f} of {len(values)} [{100 * ends.low:.0f}-{100 * ends.high:.0f} %]"

    rows = [
        [
            says,
            caught(arms[name], "worst case settled worse"),
            caught(arms[name], "some row settled worse"),
            _spread(arms[name]["worst case"]),
        ]
        for name, says in HURTS.items()
    ]
    return _table(
        ["lesson", "caught", "some row settled worse", "worst case, after less before"], rows
    )
