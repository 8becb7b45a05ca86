"""Tables of the claims: verdicts, the map of asking and telling, and the opponents, for ``scripts/tables.py``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from committed import ROOT, table

from preceptor.lessons import label_bits
from preceptor.outcome import Spread
from preceptor.paper import ClaimResult, Suite
from preceptor.report import standing

FILE = ROOT / "benchmarks/results/paper.json"

Value = Callable[[dict[str, float]], float]
"""From the numbers of a seed; a ``KeyError`` where they do not hold it."""


@dataclass(frozen=True)
class Row:
    """A problem on the map.

    Attributes:
        claim: whose numbers.
        problem: in words.
        asker: who asks, and what it knows.
        teller: what is told.
        questions: asked for each item told.
        bits: asked for each bit told.
    """

    claim: str
    problem: str
    asker: str
    teller: str
    questions: Value
    bits: Value


def answers(name: str, classes: int = 2) -> Value:
    """Bits of so many answers."""
    return lambda n: n[name] * label_bits(classes)


def over(one: str, other: str) -> Value:
    return lambda n: n[one] / n[other]


def just(name: str) -> Value:
    return lambda n: n[name]


MAP = (
    Row("copies-active", "one of 200 copies", "halves; knows that it is one", "its index",
        just("questions, d=200"), just("bits asked / told, d=200")),
    Row("halfspace", "a half-space, d = 200", "asks in the margin; knows that it is one", "the plane",
        just("questions in the margin, d=200"), just("bits asked in the margin / told, d=200")),
    Row("xor-prior", "`xor`, d = 160", "halves; knows a product, one of each half", "two features",
        just("questions, d=160"), just("bits asked / told, d=160")),
    Row("xor-telling", "`xor`, d = 80", "random questions; knows nothing", "two features",
        just("questions for 0.99, d=80"), just("bits asked / told, d=80")),
    Row("needle", "a needle, 12 bits", "tries patterns; knows that it is one", "its pattern",
        just("questions, d=12"), lambda n: answers("questions, d=12")(n) / n["bits told, d=12"]),
    Row("ball", "a thin ball, d = 8", "random questions", "its place",
        just("questions, d=8"), lambda n: answers("questions, d=8")(n) / n["bits told, d=8"]),
    Row("local-questions", "a conjunction, d = 80", "near the data, half of the adversary's radius",
        "corrections", just("questions half the radius / corrected, d=80"),
        lambda n: answers("questions, half the radius, d=80")(n) / n["bits, corrected, d=80"]),
    Row("local-questions", "a conjunction, d = 80", "anywhere in the cube", "corrections",
        just("questions anywhere / corrected, d=80"),
        over("bits, anywhere, d=80", "bits, corrected, d=80")),
    Row("blocks", "stacks of blocks, .94 right", "400 random questions",
        "features, and 100 random questions",
        lambda n: 400 / 101 + 0 * n["bits, 400 questions"],
        over("bits, 400 questions", "bits, features + 100 questions")),
    Row("decoy", "a swatch that gives the class away", "4,000 pasted questions, which reach less",
        "one invariance", over("items, questions", "items, one invariance"),
        over("bits, questions", "bits, one invariance")),
    Row("two-rules", "two rules", "nobody: training in an l_inf ball, for nothing, reaches .95", "features",
        lambda n: 0 * n["strong accuracy, features"], lambda n: 0 * n["bits, features"]),
)  # fmt: skip


BY_HAND: Final = {"local-questions"}
"""Claims whose opponents have rows above."""


@lru_cache(maxsize=1)
def suite() -> Suite:
    """As it was committed."""
    return Suite.load(FILE)


def figure(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def factor(one: ClaimResult, value: Value) -> str:
    """The mean over the seeds, with its interval."""
    try:
        each = [value({k: v for k, v in run.numbers.items() if v is not None}) for run in one.runs]
    except KeyError:
        return "not in these numbers"
    except ZeroDivisionError:
        return "told for nothing"
    spread = Spread.of(each)
    low, high = spread.interval
    if high - low < 1e-9:
        return figure(spread.mean)
    return f"{figure(spread.mean)} [{figure(low)} to {figure(high)}]"


def seconds(one: ClaimResult) -> str:
    """The teacher's time, where a claim measures it."""
    found = [name for name in one.spreads if name.startswith("seconds asked / told")]
    return factor(one, just(found[-1])) if found else "not measured"


def paper_map() -> str:
    """Problem by problem, how much more asking takes than telling.

    Claims that name opponents have a row for each of them; others, and those whose numbers are called in
    a way of their own, have the rows of ``MAP``.
    """
    rows: list[tuple[str, ...]] = []
    for one in suite().findings:
        by_hand = [row for row in MAP if row.claim == one.facts.name]
        if one.opponents and one.facts.name not in BY_HAND:
            rows += _against_each(one)
        else:
            rows += [_by_hand(one, row) for row in by_hand]
    head = ("claim: verdict", "problem", "who asks", "what is told", "questions", "bits", "seconds")
    return table((*head, "the teller is"), rows)


def _by_hand(one: ClaimResult, row: Row) -> tuple[str, ...]:
    factors = factor(one, row.questions), factor(one, row.bits), seconds(one)
    return _verdict(one), row.problem, row.asker, row.teller, *factors, ""


def _verdict(one: ClaimResult) -> str:
    return f"`{one.facts.name}`: {one.verdict}"


def _against_each(one: ClaimResult) -> Iterator[tuple[str, ...]]:
    """A row for each opponent that has to be led. What the opponent reaches is in the last column alone."""
    duel = one.facts.duel
    for each in one.opponents if duel is not None else ():
        if not each.opposes or duel is None:
            continue
        names = duel.ahead(each.name).names(one.spreads)
        last = names[-1] if names else duel.of(each.name)
        tag = f", {last.rpartition(', ')[2]}" if "/ told" in last else ""
        if tag:
            bits, asked = just(last), f"questions {each.name}{tag}"
            count = just(asked if asked in one.spreads else f"questions, {each.name}{tag}")
        else:
            way = duel.measure.partition(", less ")[0].rpartition(", ")[2]
            bits = over(f"bits, {each.name}", f"bits, {way}")
            count = over(f"items, {each.name}", f"items, {way}")
        who = f"{each.name} ({each.role}, {each.strength}). {each.knows}"
        factors = factor(one, count), factor(one, bits), seconds(one)
        yield (
            _verdict(one),
            one.facts.title + tag,
            who,
            one.facts.teller,
            *factors,
            standing(one, each),
        )


def paper_opponents() -> str:
    """Who stood against every teller, with what knowledge, and how it ended."""
    rows = list(_opponents())
    if not rows:
        return "The committed numbers were made before claims named their opponents.\n"
    return table(("claim", "opponent", "role", "knows beforehand", "the teller is"), rows)


def _opponents() -> Iterator[tuple[str, ...]]:
    for one in suite().findings:
        for each in one.opponents:
            role = f"{each.role}, {each.strength}" if each.opposes else each.role
            yield f"`{one.facts.name}`", each.name, role, each.knows, standing(one, each)


def paper_verdicts() -> str:
    """Every claim with its verdict, and whether its rule stood written before the runs."""
    rows = [
        (
            f"`{one.facts.name}`" + (" *c*" if one.facts.constructed else ""),
            one.verdict,
            str(len(one.runs)),
            _declared(one),
        )
        for one in suite().findings
    ]
    return table(("claim", "verdict", "seeds", "declared before the runs"), rows)


def _declared(one: ClaimResult) -> str:
    there = one.declared
    if there is None or there.commit is None:
        return "not recorded, or changed since"
    return f"commit {there.commit[:12]}" if there.before else "changed since"


TABLES: dict[str, Callable[[], str]] = {
    "paper-map": paper_map,
    "paper-opponents": paper_opponents,
    "paper-verdicts": paper_verdicts,
}
