"""What a stopped audit found out, recomputed from what was said: nothing stored is trusted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from preceptor.audit.attempts import Attempt, Leg
from preceptor.audit.line import OrderDraw, drawn
from preceptor.audit.record import Record
from preceptor.audit.terms import (
    Codes,
    Terms,
    component_codes,
    component_names,
    decode,
    encode,
    sheet_codes,
)
from preceptor.core import InputError
from preceptor.core.saved import Facts
from preceptor.sequential import Claim, Process, Result, Stakes, StoppingRule

_CLOSE: Final = 1e-6


def stopping_of(record: Record) -> Facts:
    """What a record says of its stopping rule.

    An older preceptor decided by another measure (an item was right where the student was right at
    the clean input alone). Of its record, what its answers say of the least of the rates.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    said: Facts | None = record.facts.get("stopping")
    if said is None:
        raise InputError(
            f"{record.folder} holds a record without a stopping rule, so nothing was decided; "
            "give --until to the audit"
        )
    if "components" in said:
        return said
    plan, items = record.facts["plan"], record.facts["source"]["items"]
    names = component_names([attack["name"] for attack in record.attacks])
    old = said["guesses"]
    told = {
        **said,
        "guesses": None if old is None else dict.fromkeys(names, old),
        "start": 0,
        "stakes": None,
        "disputed": [],
        "leg": None,
        "line": {"name": f"seed {plan['seed']}, {items} items", "older": True},
        "attempt": {"number": 1, "rule": str(StoppingRule(**plan["until"])), "legs": 0},
    }
    return {**told, **decide(_terms(record, told), _found(record, told)).describe()}


def terms_of(record: Record) -> Terms:
    """What was fixed before the first question, as a record states it.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    return _terms(record, stopping_of(record))


def found_in(record: Record) -> Codes:
    """``Int64[components, items]``: what each item used is, judged from what was said."""
    return _found(record, stopping_of(record))


def _terms(record: Record, said: Facts) -> Terms:
    guesses, stakes = said["guesses"], said["stakes"]
    return Terms(
        StoppingRule(**record.facts["plan"]["until"]),
        record.level,
        component_names([attack["name"] for attack in record.attacks]),
        np.array(said["order"].split(), np.int64),
        None if guesses is None else np.stack([decode(one) for one in guesses.values()]),
        float(said["mix"]),
        int(said["start"]),
        None if stakes is None else Stakes(np.array(stakes["up"]), np.array(stakes["down"])),
        int(record.facts["source"]["items"]),
    )


def _found(record: Record, said: Facts) -> Codes:
    sheets = [record.clean.sheet, *(moved.sheet for moved in record.moved)]
    codes = sheet_codes(sheets)[:, : said["used"]]
    codes[:, said["disputed"]] = Result.UNKNOWN
    return component_codes(codes)


@dataclass(frozen=True)
class Part:
    """One of the rates of which the least is decided about.

    Attributes:
        name: of the attack, or of the worst case.
        right: items that count as right.
        wrong: as wrong.
        void: of which the teacher is nowhere certain.
        unknown: of which something stays open.
        ends: between which rates the true one lies: the ends on which the decision rests.
    """

    name: str
    right: int
    wrong: int
    void: int
    unknown: int
    ends: tuple[float, float]

    @property
    def void_share(self) -> float | None:
        """Among the items that are known; ``None`` if none is."""
        known = self.right + self.wrong + self.void
        return self.void / known if known else None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "right": self.right,
            "certain": self.right + self.wrong,
            "void": self.void,
            "unknown": self.unknown,
            "void_share": self.void_share,
            "ends": list(self.ends),
        }


@dataclass(frozen=True)
class Decision:
    """What a stopped audit found out.

    Attributes:
        claim: what is decided.
        after: how many items that took; ``None`` while it is undecided.
        used: how many items went into it: those before the first that waits for an answer.
        interval: between which rates the least one lies, two-sided, at the plan's level, at any
            stopping time.
        component: whose rate decides: the one with the least lower end; of a claim that the least
            rate is less, the one with the least upper end.
        parts: what is known of each component's rate.
        process: after each item: ``low`` and ``high``, the ends on which the claim rests, and for
            a ``least`` rule ``for`` and ``against``, the logarithms of the wealth of the bets that
            it holds and that it does not.
    """

    claim: Claim
    after: int | None
    used: int
    interval: tuple[float, float]
    component: str
    parts: tuple[Part, ...]
    process: dict[str, list[float]]

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "claim": self.claim,
            "after": self.after,
            "used": self.used,
            "interval": list(self.interval),
            "component": self.component,
            "components": [part.describe() for part in self.parts],
            "process": self.process,
        }


def decide(terms: Terms, found: Codes) -> Decision:
    """Replay results, ``Int64[components, items]``, in the order in which they were asked."""
    process = terms.first()
    after: int | None = None
    names = ("low", "high") if terms.rule.least is None else ("low", "high", "for", "against")
    told: dict[str, list[float]] = {name: [] for name in names}
    for results in found.T:
        process = terms.step(process, results)
        for name, value in _stands(terms, process).items():
            told[name].append(round(value, 9))
        if after is None:
            claim = terms.claim(process)
            after = None if claim == "undecided" else process.items
    claim = terms.claim(process)
    tail = (1 - terms.level) / 2
    low, high = process.ends(tail, tail / len(terms.names))
    parts = _parts(terms, process, found)
    return Decision(
        claim,
        after,
        found.shape[1],
        (float(low.min()), float(high.min())),
        _deciding(parts, claim).name,
        parts,
        told,
    )


def _stands(terms: Terms, process: Process) -> dict[str, float]:
    """How it stands after an item: the ends, and the wealth of the bets at the rate wanted."""
    low, high = terms.ends(process)
    values = {"low": float(low.min()), "high": float(high.min())}
    if terms.rule.least is not None:
        place = int(np.searchsorted(process.evidence.points, terms.rule.least - 1e-12))
        up, down = (one[:, place] for one in process.evidence.wealth)
        values["for"] = _finite(float(up.min()))
        values["against"] = _finite(float(down.max()) - float(np.log(len(down))))
    return values


def _parts(terms: Terms, process: Process, found: Codes) -> tuple[Part, ...]:
    low, high = terms.ends(process)
    counts = (found[..., None] == np.arange(4)).sum(1)
    return tuple(
        Part(name, right, wrong, void, unknown, (float(low[i]), float(high[i])))
        for i, (name, (right, wrong, void, unknown)) in enumerate(
            zip(terms.names, counts.tolist(), strict=True)
        )
    )


def _deciding(parts: Sequence[Part], claim: Claim) -> Part:
    def height(part: Part) -> tuple[float, float]:
        certain = part.right + part.wrong
        rate = part.right / certain if certain else 2.0
        return part.ends[1 if claim == "refuted" else 0], rate

    return min(parts, key=height)


def check_decision(record: Record) -> list[str]:
    """What is wrong with the decision of a stopped audit, in words; empty if it is sound.

    The order is drawn again from what the record says of the draws, each item's result is judged
    again from what student and teacher said, every bet is made again. What the record says of
    wealth, interval and decision is only compared. What earlier attempts left of the stakes stands
    in the ledger alone.

    Raises:
        InputError: the record is not of an audit with a stopping rule.
    """
    said = stopping_of(record)
    terms = _terms(record, said)
    if len(terms.order) != len(record.ids):
        return [f"it speaks of {len(terms.order)} items, and the record holds {len(record.ids)}"]
    if not 0 <= said["used"] <= len(record.ids):
        return [f"it used {said['used']} items, and the record holds {len(record.ids)}"]
    if terms.guesses is not None and terms.guesses.shape != (len(terms.names), terms.items):
        return [f"there are {terms.guesses.shape} guesses for {terms.items} items"]
    problems = list(_drawing_faults(said))
    if said["population"] != terms.population:
        problems.append(f"it claims the rate of the {said['population']}; it is another")
    true = decide(terms, found_in(record)).describe()
    for name in ("claim", "after", "interval", "component", "components"):
        if said[name] != true[name]:
            problems.append(f"{name} is said to be {said[name]}; the answers give {true[name]}")
    for name, values in true["process"].items():
        stated = said["process"].get(name, [])
        if len(stated) != len(values) or not np.allclose(stated, values, atol=_CLOSE):
            problems.append(f"the process {name!r} is not what the answers give")
    return problems


def _drawing_faults(said: Facts) -> Iterator[str]:
    """Why the items were not asked in the order that was drawn."""
    if "older" in said["line"]:
        yield (
            "an older preceptor made it: it decided by another measure, counting an item as right "
            "where the student was right at its clean input alone, and drew its order from the "
            "seed; what stands here is what its answers say of the least rate. Audit again: no "
            "question is asked twice"
        )
        return
    draws = [OrderDraw(*one) for one in said["line"]["drawings"]]
    numbers = np.array(said["line"]["numbers"].split(), np.int64)
    asked = numbers[np.array(said["order"].split(), np.int64)]
    if said["leg"] is None:
        if not said["line"]["gaps"] and not np.array_equal(asked, drawn(draws)[: len(asked)]):
            yield "the items were not asked in the order that the line's draws give"
        return
    letters: tuple[str, ...] = ()
    if said["guesses"] is not None:
        by_number = np.argsort(numbers)
        letters = tuple(encode(decode(one)[by_number]) for one in said["guesses"].values())
    leg = Leg(**said["leg"], mix=said["mix"], guesses=letters)
    order, start = leg.order(draws, asked.tolist())
    if not np.array_equal(asked, order[: len(asked)]) or start != said["start"]:
        yield "the items were not asked in the order that draws and guesses give"


def facts(
    terms: Terms, found: Codes, attempt: Attempt, numbers: Codes, disputed: Sequence[int]
) -> Facts:
    """What the record says of the stopping: the terms, the order, the process, the decision.

    Args:
        terms: by the source's rows; the order as far as items were asked about.
        found: ``Int64[components, items]``, the results used.
        attempt: what it belongs to.
        numbers: ``Int64[rows]``, of the source's rows in the line.
        disputed: places of items that came out otherwise before.
    """
    leg = attempt.legs[-1] if attempt.legs else None
    stakes, line = terms.stakes, attempt.line
    asked = numbers[terms.order]
    return {
        "population": terms.population,
        "mix": terms.mix,
        "guesses": dict(zip(terms.names, map(encode, terms.guesses), strict=True))
        if terms.guesses is not None
        else None,
        "order": " ".join(map(str, terms.order.tolist())),
        "start": terms.start,
        "stakes": None
        if stakes is None
        else {"up": stakes.up.tolist(), "down": stakes.down.tolist()},
        "disputed": list(disputed),
        "line": {
            "name": line.name,
            "drawings": [drawing.describe() for drawing in line.drawings],
            "numbers": " ".join(map(str, numbers.tolist())),
            "gaps": leg is None and not np.array_equal(asked, line.order[: len(asked)]),
        },
        "leg": None
        if leg is None
        else {
            "items": leg.items,
            "drawings": leg.drawings,
            "past": leg.past,
            "proxy": leg.proxy,
            "nonce": leg.nonce,
        },
        "attempt": {
            "number": attempt.number,
            "rule": attempt.facts["rule"],
            "legs": len(attempt.legs),
        },
        **decide(terms, found).describe(),
    }


def compared(terms: Terms, found: Codes, proxy: Facts) -> Facts:
    """How often the proxy had guessed as the teacher judged, in the worst case."""
    if terms.guesses is None:
        return proxy
    results, guesses = found[-1], terms.guesses[-1][terms.order[: found.shape[1]]]
    known = results != Result.UNKNOWN
    same = known & (results == guesses)
    return {**proxy, "agreed": int(same.sum()), "compared": int(known.sum())}


def _finite(log: float) -> float:
    """A number that JSON can hold; a wealth beyond all bounds is one of 1e300."""
    return min(max(log, -690.0), 690.0)
