"""The tables of forecasts and of differences where asking stopped, for ``scripts/tables.py``."""

from typing import Any

from committed import result, table


def _rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result(name)["rows"]
    return found


def _percent(one: dict[str, Any]) -> str:
    """A share with its interval, in percent."""
    low, high = (100 * end for end in one["interval"])
    return f"{100 * one['share']:.1f} [{low:.1f} to {high:.1f}]"


def forecast() -> str:
    """How good the forecast of further items is."""
    rows = []
    for one in _rows("forecast"):
        rate = "drawn from .85 to 1" if one["rate"] is None else f"{one['rate']:g}".lstrip("0")
        proxy = "" if one["proxy"] is None else f", proxy right on {one['proxy']:.0%}"
        told = [f"{rate}{proxy}", f"{one['after']}", f"{one['undecided']}"]
        if one["undecided"] < 20:
            rows.append([*told, "too few", "", "", "", ""])
            continue
        low, middle, high = one["truth_by_median_10_50_90"]
        rows.append(
            [
                *told,
                _percent(one["in_range"]),
                _percent(one["longer"]),
                _percent(one["shorter"]),
                f"{middle:.2f} ({low:.2f} to {high:.2f})",
                f"{one['ran_out']}",
            ]
        )
    heads = [
        "true rate",
        "after",
        "undecided then",
        "truth in the range, %",
        "longer than the median, %",
        "shorter, %",
        "truth / median: median (10 to 90 %)",
        "ran out of items",
    ]
    return table(heads, rows)


def apart() -> str:
    """Whether intervals of a difference hold where a rule stopped, and how wide they are."""

    def two(values: list[float]) -> str:
        return " / ".join(f"{value:g}".lstrip("0") or "0" for value in values)

    rows = []
    for one in _rows("apart"):
        whose = "source" if one["items"] is None else f"{one['items']} items"
        widths = one["median_width_at_the_stop"]
        rows.append(
            [
                f"{two(one['right'])}, {one['alike']:g}, {two(one['void'])}",
                f"{whose}, {one['most']}",
                _percent(one["missed_ever"]),
                _percent(one["newcombe_ever"]),
                f"{one['items_at_the_stop'][1]:.0f}",
                f"{widths['bets_on_pairs']:.3f} / {widths['two_sequences']:.3f}",
                f"{one['median_width_at_the_end']:.3f}",
            ]
        )
    heads = [
        "right by student, correlation, void by student",
        "whose difference, items at most",
        "missed ever, %",
        "missed ever by Newcombe's, %",
        "median items at the stop",
        "median width there: ours / two sequences subtracted",
        "ours at the end",
    ]
    return table(heads, rows)


def comebacks() -> str:
    """Whether somebody who comes back makes more false claims than the level says."""
    whole = result("stopping")["comebacks"]
    rows = [[name, f"{one['audits']:,}", _percent(one)] for name, one in whole["scenarios"].items()]
    return table(["who comes back, and the false claim", "audits", "false claims, %"], rows)
