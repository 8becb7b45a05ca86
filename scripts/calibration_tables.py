"""Tables of people's own number, and of what the MNIST teachers say of pictures that people changed."""

from typing import Any

from committed import result, table

LAST = "100"


def calibrate() -> str:
    """Coverage and widths beside people's answers alone, by stand-in."""
    found = result("calibrate")
    rates = found["rates"]["accuracy"]
    rows = []
    for name, one in rates.items():
        agrees = found["agreement"].get(name)
        ppi = one["ppi"]
        low, high = one["covered_interval"]
        rows.append(
            [
                name,
                "" if agrees is None else _decimals(agrees, 2),
                f"{100 * one['covered']:.1f} [{100 * low:.1f} to {100 * high:.1f}]",
                _decimals(one["width"][LAST], 3),
                " / ".join(_decimals(one["to_alone"][look], 2) for look in one["to_alone"]),
                "" if ppi is None else _ppi(ppi),
            ]
        )
    looks = " / ".join(map(str, found["looks"]))
    heads = [
        "stand-in",
        "agrees with people",
        "holds the truth at any time, %",
        f"mean width at {LAST}",
        f"to people alone, at {looks}",
        f"prediction-powered inference: width at {LAST}; misses there, and in nine looks, %",
    ]
    return table(heads, rows)


def _ppi(one: dict[str, Any]) -> str:
    missed, ever = (100 * n / one["of"] for n in (one["missed"][LAST], one["missed_ever"]))
    return f"{_decimals(one['width'][LAST], 3)}; {missed:.1f}, {ever:.1f}"


def _decimals(value: float, many: int) -> str:
    """Without the nought before them."""
    said = f"{value:.{many}f}"
    return said.removeprefix("0") if said.startswith("0.") else said


_PARTS = (("changed", "another digit to people"), ("kept", "the old digit to people"))
_COUNTED = ("of", "says what people say", "certain, and contrary to people", "void")


def invariance() -> str:
    """The MNIST teachers against people, on all pictures."""
    rows = []
    for name, found in result("moved_digits")["teachers"].items():
        rows.append([f"`{name}`", "as they were", "all", *_counts(found["all"]["clean"])])
        rows += [
            [f"`{name}`", f"moved {words}", who, *_counts(found["all"]["moved"][key][part])]
            for key, words in (("linf03", "within l_inf 0.3"), ("l0", "in a few pixels"))
            for part, who in _PARTS
        ]
    return table(["teacher", "pictures", "which of them", *_COUNTED], rows)


def moved_digits() -> str:
    """The two panels on the half for choosing and the half for measuring, and on held-out digits."""
    rows = []
    for name in ("mnist", "mnist-contrast"):
        found = result("moved_digits")["teachers"][name]
        rows.append([f"`{name}`", "held-out digits as they were", "", *_counts(found["held out"])])
        rows += [
            [
                f"`{name}`",
                f"half for {half}, within l_inf 0.3",
                who,
                *_counts(found[half]["moved"]["linf03"][part]),
            ]
            for half in ("choosing", "measuring")
            for part, who in _PARTS
        ]
    return table(["teacher", "pictures", "which of them", *_COUNTED], rows)


def _counts(one: dict[str, int]) -> list[int]:
    return [one["of"], one["agrees"], one["contrary"], one["void"]]


TABLES = {"calibrate": calibrate, "invariance": invariance, "moved-digits": moved_digits}
