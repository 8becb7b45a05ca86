"""The tables of rules for several people, for ``scripts/tables.py``."""

from committed import result, table

SETS = ("films", "products", "editorials", "tweets", "pictures")
RULES = ("fixed 5", "fixed 10", "until 0", "until 0.02", "until 0.05", "until 0.1", "all")


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}"


def rules() -> str:
    """Votes that each rule took, and how often its answer was another than that of all votes."""
    found = result("crowd_rules")["rules"]
    rows = []
    for name in SETS:
        one = found[name]
        cells = [
            f"{one['rules'][rule]['votes']:.1f}; {_percent(one['rules'][rule]['another answer'], 2)}"
            for rule in RULES[:-1]
        ]
        told = [name, f"{one['votes of all']}", _percent(one["uncertain to all"], 0)]
        rows.append([*told, *cells])
    return table(["votes on", "all", "uncertain to all, %", *RULES[:-1]], rows)


def worst() -> str:
    """The largest share of wrong orders of any single item, by stated error."""
    found = result("crowd_rules")["worst"]
    names = list(next(iter(found.values())))
    rows = [
        [
            name,
            *(
                f"{_percent(found[name][rule]['largest'])}; {found[name][rule]['above']}"
                for rule in names
            ),
        ]
        for name in SETS
    ]
    return table(["votes on", *names], rows)


def weights() -> str:
    """How confident posteriors are, and how right."""
    found = result("crowd_rules")
    names = ("counted", "dawid-skene", "one-coin", "dawid-skene, known", "dawid-skene, helper")
    rows = []
    for part, words in (("weights", ""), ("weights, five click", ", 5 of 20 click")):
        for name in SETS[:-1]:
            cells = [
                " / ".join(
                    _percent(found[part][name][way][key], digits)
                    for key, digits in (("sure", 0), ("wrong", 1), ("uncertain to all", 0))
                )
                for way in names
            ]
            rows.append([f"{name}{words}", *cells])
    return table(["certain / of these wrong / of these uncertain to all, %", *names], rows)


def flags() -> str:
    """How many simulated people are flagged."""
    found = result("crowd_rules")["flags"]
    kinds = list(next(iter(found.values())))
    rows = [[study, *(_percent(one[kind]) for kind in kinds)] for study, one in found.items()]
    return table(["flagged, %", *kinds], rows)


TABLES = {
    "crowd-rules": rules,
    "crowd-worst": worst,
    "crowd-weights": weights,
    "crowd-flags": flags,
}
