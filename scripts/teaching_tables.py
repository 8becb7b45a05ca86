"""The tables of what was taught, for ``scripts/tables.py``."""

from collections.abc import Callable
from typing import Any

from committed import ROOT, result, table
from scipy.stats import binomtest

from preceptor.outcome import Spread

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


def arms(name: str) -> dict[str, Any]:
    found: dict[str, Any] = result(name)["arms"]
    return found


def bare(value: float) -> str:
    """A share without the nought before the point, and without a sign if it is nought."""
    text = f"{value:.3f}"
    return (
        text.lstrip("-")[1:]
        if float(text) == 0
        else text.replace("0.", ".", 1)
        if abs(value) < 1
        else text
    )


def spread(one: dict[str, Any]) -> str:
    """The mean, and its interval where there are three seeds or more."""
    if one["interval"] is None or len(one["values"]) < 3:
        return bare(one["mean"])
    low, high = one["interval"]
    return f"{bare(one['mean'])} [{bare(low)} to {bare(high)}]"


def rate(one: dict[str, Any]) -> str:
    """The same of a share: an end beyond 0 or 1 is cut off there."""
    low, high = one["interval"]
    return spread({**one, "interval": [max(0.0, low), min(1.0, high)]})


def whole(one: dict[str, Any]) -> str:
    return f"{one['mean']:,.0f}" if one["mean"] >= 100 else f"{one['mean']:.3g}"


def decoy() -> str:
    """Decoy-place MNIST by way of learning."""
    targets = result("decoy")["targets"]
    rows = [
        [
            name,
            rate(arm["held out"]),
            bare(targets[name]) if name in targets else "",
            str(len(arm["seeds"])),
            whole(arm["items"]),
            whole(arm["bits"]),
        ]
        for name, arm in arms("decoy").items()
    ]
    heads = ["arm", "held out", "target", "seeds", "items", "bits beyond the labels"]
    return table(heads, rows)


def blocks() -> str:
    """Blocks by way of learning."""
    targets = result("blocks")["targets"]
    rows = [
        [
            name,
            rate(arm["strong"]),
            targets.get(name, ""),
            str(len(arm["seeds"])),
            whole(arm["items"]),
            whole(arm["bits"]),
        ]
        for name, arm in arms("blocks").items()
    ]
    return table(["arm", "strong", "target", "seeds", "items", "bits beyond the labels"], rows)


XOR = {
    "passive 300": "passive, 300 labels",
    "passive 3000": "passive, 3,000 labels",
    "passive 10000": "passive, 10,000 labels",
    "pool of data 1000": "uncertain inputs of the data's pool",
    "random questions 1000": "random questions",
    "random questions 4000": "random questions",
    "unsure questions 1000": "questions where the student is unsure",
    "boundary questions 1000": "questions at the student's boundary",
    "feature set": "feature set",
    "superset of 4": "superset of 4 features",
    "superset of 10": "superset of 10 features",
    "masks 30": "masks, region attacked",
    "masks resampled 30": "masks, region resampled",
    "gradients 30": "input gradients",
    "pairs 300": "counterfactual pairs",
    "curated 1000": "curated examples, sent raw",
    "wrong: another copy": "a wrong copy named",
    "wrong: one missing": "one of the two features missing",
}


def xor() -> str:
    """Redundant exclusive or at d = 40, by way of learning."""
    cases = {one["arm"]: one for one in result("xor")["cases"] if one["features"] == 40}
    rows = []
    for name, says in XOR.items():
        price = cases[name]["price"]
        raw = f" (raw {price['mask_bits_raw']:,.0f})" if "mask_bits_raw" in price else ""
        bits = whole({"mean": price["bits"]}) + raw
        rows.append([says, rate(cases[name]["strong"]), f"{price['questions']:,.0f}", bits])
    return table(["d = 40", "strong accuracy", "items", "bits"], rows)


RULED = {
    "clean": "clean",
    "held out": "held out",
    "weak": "weak",
    "weak, worst": "worst of four",
    "never wrong": "never wrong",
}
"""Readings, and what they are called in the tables."""


def mnist_rule() -> str:
    """MNIST with a rule as the teacher."""
    rows = [
        ["*target, all at once*", "*.97*", "*.96*", "*.60*", "", "", "", ""],
        ["*to beat (prototype, perceptron)*", "*.985*", "*.971*", "", "", "*.525*", "*78*", ""],
    ]
    for name, arm in arms("mnist_rule").items():
        numbers = [rate(arm[key]) for key in RULED]
        rows.append([name, *numbers, whole(arm["bits"]), str(len(arm["seeds"]))])
    told, guessed = (
        arms("mnist_rule")[f"{name}, radius by item"]
        for name in ("five and tolerance .2", "linf training .2")
    )
    gaps = [
        Spread.of(told[key]["values"]).minus(Spread.of(guessed[key]["values"])).describe()
        for key in RULED
    ]
    rows.append(
        [
            "*five and tolerance less l_inf, seed by seed*",
            *map(spread, gaps),
            "",
            str(len(told["seeds"])),
        ]
    )
    return table(["arm", *RULED.values(), "bits", "seeds"], rows)


def mnist_rule_twice() -> str:
    """The same after twice the steps, and what became of the order."""
    if not (ROOT / "benchmarks/results/mnist_rule_convergence.json").is_file():
        return "Not run yet: `python benchmarks/mnist_rule.py --convergence`.\n"
    found = result("mnist_rule_convergence")
    said = found["ranking"]
    keys = [key for key in RULED if key in said]
    rows = []
    for name, arm in found["arms"].items():
        changes = [said[key]["change"][name] for key in keys]
        rows.append([name, *(rate(arm[key]) for key in keys), str(len(arm["seeds"]))])
        rows.append(["*change*", *map(spread, changes), str(len(changes[0]["values"]))])
    heads = [f"after {found['settings']['steps']:,} steps", *(RULED[key] for key in keys), "seeds"]
    words = {"reversed": "REVERSED", "faded": "no longer clear", "emerged": "clear only now"}
    lines = []
    for key in keys:
        news = [
            f"{words[word]}: {ahead} *ahead of* {behind}"
            for word in words
            for ahead, behind in said[key][word]
        ]
        lines.append(f"- By *{RULED[key]}* {'; '.join(news) or 'every clear order stays clear'}.\n")
    return table(heads, rows) + "\n" + "".join(lines)


def front_end() -> str:
    """Labels, l_inf training and a perceptual front end on mnist-rule."""
    found = result("front_end")
    keys = {
        "clean": "clean",
        "held out, mean": "held out",
        "no error by any candidate": "no error found",
        "one question": "one question",
        "void, one question": "void of these",
    }
    rows = [
        [name, *(rate(arm[key]) for key in keys), f"{arm['only blind']}", str(len(arm["seeds"]))]
        for name, arm in found["arms"].items()
    ]
    gap = found["front end less linf training"]
    rows.append(["*front end less l_inf training*", *(spread(gap[key]) for key in keys), "", ""])
    return table(["student", *keys.values(), "found only blindly", "seeds"], rows)


def mnist_panel(of: str = "mnist_panel") -> str:
    """MNIST with the panel as the teacher, arm by arm."""
    keys = ["clean", "seen", "held out", "weak", "label assumed"]
    rows = []
    for name, arm in arms(of).items():
        if "held out" not in arm:
            continue
        numbers = [rate(arm[key]) for key in keys]
        numbers[3] += f"; {arm['weak, void']['mean']:.0%} void"
        rows.append([name, *numbers, *(whole(arm[key]) for key in ("items", "bits"))])
        rows[-1].append(str(len(arm["seeds"])))
    heads = ["arm", "clean", "seen", "held out", "weak, l_inf .2", "label assumed, l_inf .2"]
    return table([*heads, "items", "bits", "seeds"], rows)


def mnist_panel_pairs(of: str = "mnist_panel") -> str:
    """The differences between its arms, seed by seed, and what twice the steps did to two of them."""
    found = result(of)
    rows = [
        [*name.split(" less "), *(_signed(pair[key]) for key in ("held out", "seen", "clean"))]
        for name, pair in found["paired"].items()
    ]
    steps, moved = found["convergence"]["steps"], found["convergence"]["moved"]
    rows += [
        [f"{name}, {2 * steps:,} steps", f"the same, {steps:,}", _signed(one), "", ""]
        for name, one in moved.items()
    ]
    return table(["arm", "less", "held out", "seen", "clean"], rows)


def mnist_panel_convolutions() -> str:
    """Both, for the network with convolutions."""
    of = "mnist_panel_convolutions"
    return f"{mnist_panel(of)}\n{mnist_panel_pairs(of)}"


def _signed(one: dict[str, Any]) -> str:
    """A difference, its interval and its number of seeds."""
    low, high = (f"{end:+.4f}".replace("0.", ".", 1) for end in one["interval"])
    mean = f"{one['mean']:+.4f}".replace("0.", ".", 1)
    return f"{mean} [{low} to {high}], {len(one['values'])} seeds"


def hurts() -> str:
    """Wrong and right lessons, audited before and after."""
    found = arms("hurts")

    def caught(arm: dict[str, Any], key: str) -> str:
        values = arm[key]["values"]
        ends = binomtest(int(sum(values)), len(values)).proportion_ci()
        return f"{sum(values):.0f} of {len(values)} [{100 * ends.low:.0f}-{100 * ends.high:.0f} %]"

    rows = [
        [
            says,
            caught(found[name], "least rate settled worse"),
            caught(found[name], "some row settled worse"),
            spread(found[name]["least rate"]),
        ]
        for name, says in HURTS.items()
    ]
    return table(
        ["lesson", "caught", "some row settled worse", "least rate, after less before"], rows
    )


TABLES: dict[str, Callable[[], str]] = {
    "decoy": decoy,
    "blocks": blocks,
    "xor": xor,
    "mnist-rule": mnist_rule,
    "mnist-panel": mnist_panel,
    "mnist-panel-pairs": mnist_panel_pairs,
    "mnist-panel-convolutions": mnist_panel_convolutions,
    "mnist-rule-twice": mnist_rule_twice,
    "front-end": front_end,
    "hurts": hurts,
}
