"""What a stopped audit found out, recomputed from what was said: nothing stored is trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

from preceptor.audit.record import Facts, Record
from preceptor.core import InputError, generator
from preceptor.outcome import Sheet, Verdict, judge
from preceptor.sequential import (
    Claim,
    Pool,
    Population,
    Process,
    Result,
    StoppingRule,
    draw_order,
    grid,
    replay,
)

Codes = NDArray[np.int64]

_LETTERS: Final = "RWV?"
_CLOSE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Terms:
    """What was fixed before the first question.

    Attributes:
        rule: when to stop.
        level: of the decision and of the intervals.
        items: how many there are.
        seed: of the order.
        guesses: ``Int64[items]`` in the source's order, what the proxy makes of each item; ``None``
            without a proxy.
        mix: the share of items drawn uniformly; 1 without a proxy.
    """

    rule: StoppingRule
    level: float
    items: int
    seed: int
    guesses: Codes | None = None
    mix: float = 1.0

    @property
    def population(self) -> Population:
        """Whose rate is decided: with a proxy it is that of these items."""
        return self.rule.of if self.guesses is None else "items"

    def order(self) -> Codes:
        """``Int64[items]``, the source's row of the first item asked, of the second, ..."""
        guesses = np.zeros(self.items, np.int64) if self.guesses is None else self.guesses
        return draw_order(guesses, self.mix, generator(self.seed, "until"))

    def start(self, audits: Sequence[int] = ()) -> Process:
        """Nothing known yet; of several rates at once, if told so."""
        points = grid() if self.rule.least is None else grid(self.rule.least)
        if self.population == "source":
            return Process.start(points, audits=audits)
        if self.guesses is None:
            counts = np.array([self.items, 0, 0])
        else:
            counts = np.bincount(self.guesses, minlength=3)
        whole = np.broadcast_to(counts, (*audits, 3))
        pool = Pool.of(whole, mix=self.mix, proxied=self.guesses is not None)
        return Process.start(points, pool, audits)

    def claim(self, process: Process) -> Claim:
        """What is decided at this point."""
        low, high = process.ends(self.rule.tail(self.level))
        return self.rule.claim(float(low), float(high))

    @classmethod
    def of(cls, record: Record) -> "Terms":
        """As a record states them.

        Raises:
            InputError: the record is not of an audit with a stopping rule.
        """
        stopping = record.facts.get("stopping")
        if stopping is None:
            raise InputError(
                f"{record.folder} holds a record without a stopping rule, so nothing was decided; "
                "give --until to the audit"
            )
        guesses = stopping["guesses"]
        return cls(
            StoppingRule(**record.facts["plan"]["until"]),
            record.level,
            int(record.facts["source"]["items"]),
            int(record.facts["plan"]["seed"]),
            None if guesses is None else decode(guesses),
            float(stopping["mix"]),
        )


def encode(codes: Codes) -> str:
    """A letter for each item: right, wrong, void, or unknown."""
    return "".join(_LETTERS[code] for code in codes.tolist())


def decode(letters: str) -> Codes:
    """The inverse of :func:`encode`."""
    return np.array([_LETTERS.index(letter) for letter in letters], np.int64)


def results(sheets: Sequence[Sheet]) -> Codes:
    """``Int64[items]``, what each item is over all its inputs, as values of ``Result``.

    Wrong if the student errs or abstains at any of them where the teacher is certain, whatever
    is not asked; failing that unknown if anything is not asked; right if the student agrees
    anywhere; void if the teacher is uncertain everywhere.
    """
    verdicts = torch.stack([judge(sheet) for sheet in sheets])
    return combined(verdicts).numpy()


def combined(verdicts: Int64[Tensor, "sheets items"]) -> Int64[Tensor, " items"]:
    """The same from verdicts."""
    found = torch.full_like(verdicts[0], Result.VOID)
    found[(verdicts == Verdict.AGREE).any(0)] = Result.RIGHT
    found[(verdicts == Verdict.UNASKED).any(0)] = Result.UNKNOWN
    found[((verdicts == Verdict.ERROR) | (verdicts == Verdict.ABSTAIN)).any(0)] = Result.WRONG
    return found


@dataclass(frozen=True)
class Decision:
    """What a stopped audit found out.

    Attributes:
        claim: what is decided.
        after: how many items that took; ``None`` while it is undecided.
        used: how many items went into it: those before the first that waits for an answer.
        interval: between which rates the true one lies, two-sided, at the plan's level, at any
            stopping time.
        process: after each item: ``low`` and ``high``, the ends on which the claim rests, and for
            a ``least`` rule ``for`` and ``against``, the logarithms of the wealth of the bets that
            it holds and that it does not.
    """

    claim: Claim
    after: int | None
    used: int
    interval: tuple[float, float]
    process: dict[str, list[float]]

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "claim": self.claim,
            "after": self.after,
            "used": self.used,
            "interval": list(self.interval),
            "process": self.process,
        }


def decide(terms: Terms, found: Codes, order: Codes) -> Decision:
    """Replay the results of items in the order in which they were asked."""
    process = terms.start()
    guesses = np.zeros(len(found), np.int64)
    if terms.guesses is not None:
        guesses = terms.guesses[order[: len(found)]]
    after: int | None = None
    claim: Claim = terms.claim(process)
    names = ("low", "high") if terms.rule.least is None else ("low", "high", "for", "against")
    told: dict[str, list[float]] = {name: [] for name in names}
    tail = terms.rule.tail(terms.level)
    for state in replay(process, found.tolist(), guesses.tolist()):
        process = state
        low, high = (float(end) for end in process.ends(tail))
        values = {"low": low, "high": high}
        if terms.rule.least is not None:
            place = int(np.searchsorted(process.evidence.points, terms.rule.least - 1e-12))
            for name, wealth in zip(("for", "against"), process.evidence.wealth, strict=True):
                values[name] = _finite(float(wealth[place]))
        for name in names:
            told[name].append(round(values[name], 9))
        if after is None:
            claim = terms.claim(process)
            after = None if claim == "undecided" else process.items
    low, high = (float(end) for end in process.ends((1 - terms.level) / 2))
    return Decision(claim, after, len(found), (low, high), told)


def check_decision(record: Record) -> list[str]:
    """What is wrong with the decision of a stopped audit, in words; empty if it is sound.

    The order is drawn again from the seed and the proxy's guesses, each item's result is judged
    again from what student and teacher said, every bet is made again. What the record says of
    wealth, interval and decision is only compared.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    terms, said = Terms.of(record), record.facts["stopping"]
    order = np.array(said["order"].split(), np.int64)
    problems = []
    if len(order) != len(record.ids) or not 0 <= said["used"] <= len(record.ids):
        return [f"it speaks of {len(order)} items, and the record holds {len(record.ids)}"]
    if terms.guesses is not None and len(terms.guesses) != terms.items:
        return [f"there are {len(terms.guesses)} guesses for {terms.items} items"]
    if not np.array_equal(order, terms.order()[: len(order)]):
        problems.append("the items were not asked in the order that seed and guesses draw")
    if said["population"] != terms.population:
        problems.append(f"it claims the rate of the {said['population']}; it is another")
    found = results([record.clean.sheet, *(moved.sheet for moved in record.moved)])[: said["used"]]
    true = decide(terms, found, order).describe()
    for name in ("claim", "after", "interval"):
        if said[name] != true[name]:
            problems.append(f"{name} is said to be {said[name]}; the answers give {true[name]}")
    for name, values in true["process"].items():
        stated = said["process"].get(name, [])
        if len(stated) != len(values) or not np.allclose(stated, values, atol=_CLOSE):
            problems.append(f"the process {name!r} is not what the answers give")
    return problems


def facts(terms: Terms, found: Codes, order: Codes, used: int, proxy: Facts | None) -> Facts:
    """What the record says of the stopping: the terms, the order, the process, the decision."""
    guesses = terms.guesses
    told = None
    if proxy is not None and guesses is not None:
        known = found[:used] != Result.UNKNOWN
        same = known & (found[:used] == guesses[order[:used]])
        told = {**proxy, "agreed": int(same.sum()), "compared": int(known.sum())}
    return {
        "population": terms.population,
        "mix": terms.mix,
        "proxy": told,
        "guesses": None if guesses is None else encode(guesses),
        "order": " ".join(map(str, order[: len(found)].tolist())),
        **decide(terms, found[:used], order).describe(),
    }


def sentence(record: Record) -> str:
    """The decision of a stopped audit in words.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    terms, said = Terms.of(record), record.facts["stopping"]
    rule, level = terms.rule, f"{100 * terms.level:.4g} %"
    of = "on their source" if terms.population == "source" else "on these very items"
    of = f"the worst-case accuracy {of}"
    items = f"{said['after'] or said['used']:,} of {terms.items:,} items"
    low, high = (f"{100 * end:.4g}" for end in said["interval"])
    if said["claim"] == "reached":
        return f"Known after {items}: {of} lies between {low} and {high} % ({level} confidence)."
    if rule.least is not None and said["claim"] != "undecided":
        side = "at least" if said["claim"] == "certified" else "less than"
        return (
            f"Decided after {items}: {of} is {side} {100 * rule.least:.4g} % ({level} confidence)."
        )
    if said["used"] == terms.items:
        why = "all items were asked"
        if rule.of == "source":
            why += "; more items from the same source could decide it"
    else:
        why = "answers are missing; run the same command again when there are more"
    return (
        f"Undecided after {items}: {of} lies between {low} and {high} % ({level} confidence), and "
        f"the rule was {rule}. No more was asked, since {why}."
    )


def _finite(log: float) -> float:
    """A number that JSON can hold; a wealth beyond all bounds is one of 1e300."""
    return min(max(log, -690.0), 690.0)
