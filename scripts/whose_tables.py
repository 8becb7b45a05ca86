"""The tables of ``benchmarks/whose_robustness.py``, for ``scripts/tables.py``."""

from collections.abc import Callable
from typing import Any

from committed import result, table

SHOWN = {
    "clean": "clean",
    "attacked 0.2, label assumed": "attacked, label assumed",
    "attacked 0.2, panel": "attacked, panel",
    "attacked 0.2, rule": "attacked, rule",
    "people's pictures, label assumed": "people's pictures, label assumed",
    "people's pictures, panel": "people's pictures, panel",
    "people's pictures, rule": "people's pictures, rule",
    "people's pictures, people": "people's pictures, people",
}
"""Rankings of the table of students, with their heads."""

MOVED = {"linf03": "within l_inf 0.3", "l0": "in few pixels"}


def _bare(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1)


def shares() -> str:
    """Every student by every judge, means over seeds; the best of each column in bold."""
    told = result("whose_robustness")["shares"]
    best = {name: max(one["mean"] for one in told[name].values()) for name in SHOWN}
    rows = []
    for student in told["clean"]:
        cells = []
        for name in SHOWN:
            mean = told[name][student]["mean"]
            cells.append(f"**{_bare(mean)}**" if mean == best[name] else _bare(mean))
        rows.append([student, *cells])
    return table(["student", *SHOWN.values()], rows)


def agreement() -> str:
    """How far the rankings agree."""
    rows = []
    for one in result("whose_robustness")["agreement"]:
        low, high = one["interval"]
        rows.append(
            [
                one["first"],
                one["second"],
                f"{one['tau']:.2f} [{low:.2f} to {high:.2f}]",
                len(one["reversals"]),
                one["rank"],
            ]
        )
    heads = ["one ranking", "the other", "Kendall's tau", "reversals of 66", "they rank"]
    return table(heads, rows)


def turned() -> str:
    """The reversals between what the old label says and what people say, at the main pairs."""
    rows = []
    for one in result("whose_robustness")["agreement"]:
        if not _main(one):
            continue
        for pair in one["reversals"]:
            rows.append(
                [
                    one["first"],
                    f"{pair['better by the first']} (by {_bare(pair['lead by the first'])})",
                    f"{pair['better by the second']} (by {_bare(pair['lead by the second'])})",
                    f"{pair['p']:.4f}",
                ]
            )
    if not rows:
        return "No pair of students is settled in opposite orders.\n"
    return table(["by", "is better", "by people is better", "p after Holm"], rows)


def _main(one: dict[str, Any]) -> bool:
    firsts = ("attacked 0.2, label assumed", "people's pictures, label assumed")
    return one["second"] == "people's pictures, people" and one["first"] in firsts


def hurts() -> str:
    """Each step to a larger ball, by the old label and by people."""
    told = result("whose_robustness")["hurts"]
    rows = []
    for part, judges in told.items():
        for judge, found in judges.items():
            steps = [
                f"{one['change']:+.2f}" + (f" (p {one['p']:.3f})" if one["p"] <= 0.05 else "")
                for one in found["steps"]
            ]
            begins = found["begins at"] or "at none of them"
            rows.append([MOVED[part], judge, *steps, begins.removeprefix("linf ")])
    heads = ["pictures moved", "judge", "0 to .1", ".1 to .2", ".2 to .3", ".3 to .4", "hurts from"]
    return table(heads, rows)


def seeds() -> str:
    """Which seeds it is."""
    found = result("whose_robustness")
    seen = sorted({seed for runs in found["runs"].values() for seed in runs}, key=int)
    commit = found["commits"][0][:10]
    return f"Seeds {', '.join(seen)}; code of {commit}; torch {found['torch']}.\n"


TABLES: dict[str, Callable[[], str]] = {
    "whose-seeds": seeds,
    "whose-shares": shares,
    "whose-agreement": agreement,
    "whose-turned": turned,
    "whose-hurts": hurts,
}
