"""Write the tables of benchmark results into the docs, or say which are out of date.

    python scripts/tables.py [--check]

A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``; its numbers come from
``benchmarks/results`` alone. Sentences around a table are written by hand.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import calibration_tables
import comparison_tables
import crowd_tables
import paper_tables
import readme_table
import stopping_tables
import teaching_tables
import whose_tables
from committed import ROOT, result, table

PAGES = (
    "docs/reference/benchmarks.md",
    "docs/how-to/few-answers.md",
    "docs/reference/problems.md",
    "docs/explanation/teaching.md",
    "docs/explanation/asking-and-telling.md",
    "docs/explanation/whose-robustness.md",
    "README.md",
)
_BLOCK = re.compile(r"<!-- table: ([a-z-]+) -->\n(.*?)<!-- end of table -->", re.DOTALL)


def share(value: float) -> str:
    """Three decimals, without the nought before them."""
    return f"{value:.3f}".removeprefix("0")


def interval(ends: Sequence[float]) -> str:
    """In whole percent."""
    return f"[{100 * ends[0]:.0f}-{100 * ends[1]:.0f} %]"


def pgd() -> str:
    """Robust accuracy and time beside foolbox and ten lines."""

    def ratio(found: dict[str, float]) -> str:
        return f"{found['median']:.2f} [{found['min']:.2f}, {found['max']:.2f}]"

    rows = []
    for case in result("pgd")["cases"]:
        robust = case["robust_accuracy"]
        three = (share(robust[who]["median"]) for who in ("ours", "foolbox", "ten_lines"))
        times = case["time_ratio"]
        rows.append(
            [
                f"{case['student']}, {case['eps']:g}",
                " / ".join(three),
                ratio(times["ours/foolbox"]),
                ratio(times["ours/ten_lines"]),
            ]
        )
    heads = [
        "student, eps",
        "robust accuracy: ours / foolbox / ten lines",
        "ours / foolbox",
        "ours / ten lines",
    ]
    return table(heads, rows)


def strength() -> str:
    """The suite beside AutoAttack, one line for each student and size."""
    found: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for case in result("strength")["suites"]["cases"]:
        found.setdefault((case["student"], case["eps"]), []).append(case)
    rows = []
    for (student, eps), cases in found.items():

        def each(key: str, form: str = "{}", cases: list[dict[str, Any]] = cases) -> str:
            return " / ".join(
                ", ".join(form.format(pair[key]) for pair in case["pairs"]) for case in cases
            )

        rows.append(
            [
                f"{student}, {eps:g}",
                each("robust_ours"),
                each("robust_autoattack"),
                each("only_ours_flips"),
                each("only_autoattack_flips"),
                each("time_ratio", "{:.2f}"),
            ]
        )
    heads = [
        "student, eps",
        "ours",
        "AutoAttack",
        "only ours flips",
        "only AutoAttack flips",
        "processor time, ours / AutoAttack",
    ]
    return table(heads, rows)


def strength_summary() -> str:
    """What the pairs say together."""
    suites = result("strength")["suites"]
    summary, times = suites["summary"], suites["summary"]["time_ratio"]
    of = summary["pairs"]
    return (
        f"Over all {of} pairs: at most as many left in {summary['ours_at_most_theirs']}, less time "
        f"in {summary['in_less_time']}, both in {summary['both']}; fewer left in "
        f"{summary['ours_below_theirs']}. Only ours flips {summary['only_ours_flips']} items, only "
        f"AutoAttack {summary['only_autoattack_flips']}. Time ratio {times['median']:.2f} in the "
        f"median, {times['min']:.2f} to {times['max']:.2f}.\n"
    )


def decisions() -> str:
    """Decision attacks, by median distance for each network."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in result("strength")["decisions"]["cases"]:
        found.setdefault(case["attack"], []).append(case)
    rows = [
        [
            name,
            " / ".join(f"{case['queries_per_item']:,.0f}" for case in cases),
            " / ".join(f"{case['median_l2']:.2f}" for case in cases),
            " / ".join(str(case["not_flipped"]) for case in cases),
        ]
        for name, cases in found.items()
    ]
    return table(["attack", "queries an item", "median l_2", "not flipped"], rows)


_PLANTED = {
    "decoy": ("decoy swatch in the frame of digits", "a region of the frame stands out and is top"),
    "backdoor": ("backdoor patch in the frame", "a region that holds some of it, likewise"),
    "brightness": ("class as brightness", "brightness or low frequencies, likewise"),
    "leak": ("label leaked into a feature of the tumours", "that feature, likewise"),
    "clean": ("nothing, random frames", "any region or feature stands out"),
    "clean-cropped": ("nothing, cropped", "the same"),
    "clean-black": ("nothing, black frames", "the same"),
    "clean-tumours": ("nothing, tumours", "the same"),
    "mnist-decoy": ("decoy swatch in MNIST's margin", "as for the decoy above"),
    "mnist-clean": ("nothing, MNIST", "any region stands out"),
}


def explain() -> str:
    """Planted and clean cases of the explanation."""
    rows = []
    for name, case in result("explain")["cases"].items():
        planted, counted = _PLANTED[name]
        hits = case["found"] if "found" in case else case["raised"]
        rows.append([planted, counted, f"{hits} of {case['of']}", interval(case["interval"])])
    return table(["planted", "what counts", "seeds", "interval"], rows)


_FAULTS = {
    "backdoor": "a patch that changes the answer",
    "ignored region": "a region of one class that is never recognised",
    "shortcut": "a shortcut at the left edge",
}


def faults() -> str:
    """Planted faults and those raised for clean students."""

    def counted(rate: dict[str, Any]) -> str:
        return f"{rate['hits']} of {rate['certain']} {interval(rate['interval'])}"

    rows = [
        [_FAULTS[name], counted(kind["found"]), counted(kind["raised_by_clean"])]
        for name, kind in result("faults")["kinds"].items()
    ]
    return table(["planted", "found", "the same fault raised for a student without it"], rows)


def stopping() -> str:
    """Mean answers to certify 0.9."""
    answers = result("stopping")["answers"]

    def cell(rate: float, agrees: float | None) -> str:
        mix = 1.0 if agrees is None else 0.5
        of = "source" if agrees is None else "items"
        (one,) = (
            a
            for a in answers
            if (a["rate"], a["void"], a["population"], a["proxy_agrees"], a["mix"])
            == (rate, 0.0, of, agrees, mix)
        )
        left = f" ({one['undecided']:.0%} undecided)" if one["undecided"] else ""
        return f"{one['mean']:,.0f}{left}"

    fixed = {a["rate"]: a["fixed_sample"] for a in answers}
    rows = [
        [f"{rate:g}", f"{fixed[rate]:,}", cell(rate, None), cell(rate, 0.95), cell(rate, 0.99)]
        for rate in (0.97, 0.95, 0.92)
    ]
    heads = [
        "true rate",
        "fixed sample (rate guessed right, 90 % power)",
        "no proxy",
        "proxy right on 95 %",
        "on 99 %",
    ]
    return table(heads, rows)


def stopping_errors() -> str:
    """Whether the stopping rule errs as rarely as it says."""
    found = result("stopping")
    peek, real = found["peeking_at_a_fixed_sample_bound"], found["real"]
    return (
        f"False claims over {len(found['errors'])} settings of {found['errors'][0]['audits']:,} "
        f"simulated audits: at most {found['worst_error']:.2%}, of "
        f"{found['errors'][0]['nominal']:.0%} allowed. A fixed-sample bound peeked at: "
        f"{peek['false_claims'] / peek['audits']:.1%}. Of {real['of']} real audits "
        f"{real['claims_right']} claims and {real['intervals_right']} intervals were right.\n"
    )


def search() -> str:
    """Ten questions against a thousand."""
    found = result("search")
    few, reference = found["few_of_reference"], found["reference_found"]
    return (
        f"With at most 10 questions around one digit an invariance error was found on "
        f"{few['hits']} of the {reference['hits']} (of {found['images']}) on which a search of up "
        f"to 1,000 finds one ({few['value']:.0%} {interval(few['interval'])}); one student, one "
        "seed.\n"
    )


def gradients() -> str:
    """The search with and without the teacher's gradients."""
    found = result("gradients")
    words = {
        "distinct_anywhere": f"distinct witnesses, {found['questions']['anywhere']} questions",
        "images_found": (
            f"digits with a witness, of {found['images'] * len(found['rows'])}, "
            f"{found['questions']['around']} questions each"
        ),
    }
    rows = []
    for key, one in found["summary"].items():
        ends = one["interval"]
        spread = "" if ends is None else f" [{ends[0]:+.1f} to {ends[1]:+.1f}]"
        gap = f"{one['mean_difference']:+.1f}{spread}"
        rows.append([words[key], one["without"], one["with"], gap])
    heads = ["over all seeds", "answers alone", "with beliefs", "mean difference of a seed"]
    return table(heads, rows)


TABLES: dict[str, Callable[[], str]] = {
    "pgd": pgd,
    "strength": strength,
    "strength-summary": strength_summary,
    "decisions": decisions,
    "explain": explain,
    "faults": faults,
    "stopping": stopping,
    "stopping-errors": stopping_errors,
    "comebacks": stopping_tables.comebacks,
    "apart": stopping_tables.apart,
    "forecast": stopping_tables.forecast,
    "search": search,
    "gradients": gradients,
    **calibration_tables.TABLES,
    **crowd_tables.TABLES,
    **paper_tables.TABLES,
    **readme_table.TABLES,
    **teaching_tables.TABLES,
    **comparison_tables.TABLES,
    **whose_tables.TABLES,
}


def filled(text: str) -> str:
    """A page with its tables made anew.

    Raises:
        KeyError: a table of an unknown name.
    """

    def made(block: re.Match[str]) -> str:
        return f"<!-- table: {block[1]} -->\n{TABLES[block[1]]()}<!-- end of table -->"

    return _BLOCK.sub(made, text)


def named(text: str) -> list[str]:
    """The tables that a page has."""
    return [block[1] for block in _BLOCK.finditer(text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    check = parser.parse_args().check
    stale = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        made = filled(text)
        if made != text:
            stale.append(page)
            if not check:
                (ROOT / page).write_text(made)
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run python scripts/tables.py")


if __name__ == "__main__":
    main()
