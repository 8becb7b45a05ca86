"""The tables of ``benchmarks/compare.py`` and ``benchmarks/cores.py``, for ``scripts/tables.py``."""

from collections.abc import Callable
from typing import Any

from committed import ROOT, result, table
from teaching_tables import bare, rate, whole

COMPARED = {
    "xor:features=10": "`xor`, d = 10",
    "xor:features=20": "`xor`, d = 20",
    "blocks": "`blocks`",
    "two-rules": "`two-rules`",
}


def compare() -> str:
    """Strong accuracy of every way of learning, on the problems of the comparison."""
    rows = []
    for name, case in result("compare")["cases"].items():
        for place, one in enumerate(case["summary"]):
            points = one["points"]
            bits = [whole(point["price"]["bits"]) for point in points]
            rows.append(
                [
                    "" if place else COMPARED[name],
                    one["strategy"],
                    " / ".join(str(point["budget"]) for point in points) if place else "",
                    " / ".join(rate(point["measures"]["strong"]) for point in points),
                    " / ".join(bits if len(set(bits)) > 1 else bits[:1]),
                ]
            )
    return table(["problem", "way of learning", "budget", "strong accuracy", "bits"], rows)


SHORT = {
    "xor:features=10": (["random"], ["told:feature set", "told:masks", "told:pairs"]),
    "xor:features=20": (["random"], ["told:feature set", "told:masks", "told:pairs"]),
    "blocks": (["random"], ["told:feature set", "told:concept", "told:feature set + random"]),
    "two-rules": (["random", "pool-uncertainty"], ["told:feature set", "told:masks"]),
}
"""Of each problem some ways of asking and of telling."""


def compare_short() -> str:
    """The same in one line a problem, with the means of some ways alone."""

    def means(one: dict[str, Any]) -> str:
        points = one["points"]
        said = " / ".join(bare(point["measures"]["strong"]["mean"]) for point in points)
        bits = [whole(point["price"]["bits"]) for point in points]
        price = " / ".join(bits if len(set(bits)) > 1 else bits[:1])
        return f"{one['strategy'].removeprefix('told:')} {said} ({price} bits)"

    rows = []
    for name, (asking, telling) in SHORT.items():
        ways = {one["strategy"]: one for one in result("compare")["cases"][name]["summary"]}
        row = [COMPARED[name], rate(ways["labels alone"]["points"][0]["measures"]["strong"])]
        rows.append(
            [*row, *("; ".join(means(ways[one]) for one in some) for some in (asking, telling))]
        )
    return table(["problem", "labels alone", "asking", "telling"], rows)


def compare_answers() -> str:
    """What the comparison answers, unit by unit."""
    lines = []
    for name, case in result("compare")["cases"].items():
        lines += [f"- {COMPARED[name]}. {one['sentence']}\n" for one in case["answers"]]
    return "".join(lines)


def cores() -> str:
    """One process against two."""
    if not (ROOT / "benchmarks/results/cores.json").is_file():
        return "Not measured in rounds yet: `python benchmarks/cores.py` on a quiet machine.\n"
    found = result("cores")
    rows = [
        [
            str(number),
            *(f"{one[jobs]['wall']:.1f} s" for jobs in ("jobs 1", "jobs 2")),
            f"{one['ratio']:.2f}",
            f"{max(one[jobs]['others'] for jobs in ('jobs 1', 'jobs 2')):.0%}",
        ]
        for number, one in enumerate(found["rounds"], 1)
    ]
    ratio, doubt = found["ratio"], found["unreliable"]
    met = "met" if ratio["median"] >= found["target"] else "missed"
    return table(
        ["round", "`--jobs 1`", "`--jobs 2`", "ratio", "other work, of all cores"], rows
    ) + (
        f"\n{ratio['median']:.2f} times as fast in the median, {ratio['min']:.2f} to "
        f"{ratio['max']:.2f}; target {found['target']:g}, {met}. All {found['cells']} cells the same "
        f"in every run.{f' Not to be relied on: {doubt}.' if doubt else ''}\n"
    )


TABLES: dict[str, Callable[[], str]] = {
    "compare": compare,
    "compare-answers": compare_answers,
    "compare-short": compare_short,
    "cores": cores,
}
