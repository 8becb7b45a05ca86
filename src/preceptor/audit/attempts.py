"""Attempts: what was tried on the items of a line, kept so that coming back continues it.

An attempt is one student under given attacks before one teacher, about the source or about these
items. Its seed, the order of its items and what each turned out to be are facts that a journal
keeps. Another seed, file, order of rows, threshold or folder changes none of them, so all that is
ever decided about a source rests on one sequence of bets.

About *these items* the statement changes with the items, and the order with a proxy's guesses. Each
such change begins a new *leg*: what was asked before is known, and the bets begin with what is left
of the stake (:class:`preceptor.sequential.Stakes`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any

import numpy as np

from preceptor.audit.line import Codes, Line, OrderDraw, drawn, fresh_nonce, reach
from preceptor.audit.terms import Terms, component_codes, decode, encode
from preceptor.core import InputError, Journal, generator
from preceptor.sequential import Stakes, StoppingRule, draw_order

Facts = dict[str, Any]


@dataclass(frozen=True)
class Leg:
    """A part of an attempt in which the items and the proxy's guesses were the same.

    Attributes:
        items: of the line, all of which the rate is of.
        drawings: how many draws had made the line.
        past: how many items had been asked about before.
        proxy: name and version; empty without.
        mix: the share of items drawn uniformly.
        guesses: for each component, a letter for each item by number; none without a proxy.
        nonce: what the order was drawn from; empty without a proxy, where it is the line's.
    """

    items: int
    drawings: int
    past: int
    proxy: str = ""
    mix: float = 1.0
    guesses: tuple[str, ...] = ()
    nonce: str = ""

    def fits(self, other: "Leg") -> bool:
        """Whether another says the same of items and guesses."""
        ours = (self.items, self.proxy, self.mix, self.guesses)
        return ours == (other.items, other.proxy, other.mix, other.guesses)

    def order(self, draws: Sequence[OrderDraw], asked: Sequence[int]) -> tuple[Codes, int]:
        """Which item, by number, comes first, second, ...; and how many before the first bet.

        Args:
            draws: that made the line.
            asked: the items asked about, in that order.
        """
        before = np.array(asked[: self.past], np.int64)
        known = np.zeros(self.items, np.bool_)
        known[before] = True
        if self.guesses:
            rest = np.flatnonzero(~known)
            guesses = decode(self.guesses[-1])[rest]
            order = draw_order(guesses, self.mix, generator(0, "leg", self.nonce))
            return np.concatenate([before, rest[order]]), self.past
        before_this = draws[: self.drawings]
        order = drawn(before_this)
        rest = order[~known[order]]
        first = int((~known[order[: before_this[-1].kept]]).sum())
        return np.concatenate([before, rest]), self.past + first


@dataclass(frozen=True, eq=False)
class Attempt:
    """What was tried, and what came of it so far. A value; what is new is noted and read again.

    Attributes:
        journal: keeps it.
        line: its items.
        digest: what makes it the attempt that it is.
        facts: its student, rule, seed and attacks, as it was begun.
        number: this is the so manyth attempt before this teacher under these attacks on this line.
        results: by item number, in the order asked, a letter for each of its inputs, clean first.
        legs: of an attempt about these items.
    """

    journal: Journal
    line: Line
    digest: str
    facts: Facts
    number: int
    results: dict[int, str]
    legs: tuple[Leg, ...]

    @property
    def seed(self) -> int:
        """Of the attacks."""
        return int(self.facts["seed"])

    @property
    def topic(self) -> str:
        """Of its notes."""
        return f"attempt {self.line.name} {self.digest}"

    @property
    def asked(self) -> list[int]:
        """The items asked about, by number, in that order."""
        return list(self.results)

    def read(self) -> "Attempt":
        """With all that was noted since."""
        return self._with(self.journal.notes(self.topic))

    def _with(self, notes: Sequence[str]) -> "Attempt":
        results, legs = dict[int, str](), list[Leg]()
        for note in map(json.loads, notes):
            if "leg" in note:
                leg = note["leg"]
                legs.append(Leg(**{**leg, "guesses": tuple(leg["guesses"])}))
            for number, letters in note.get("found", ()):
                before = results.get(number, "?" * len(letters))
                pairs = zip(before, letters, strict=True)
                results[number] = "".join(new if old == "?" else old for old, new in pairs)
        return replace(self, results=results, legs=tuple(legs))

    def keep(self, numbers: Sequence[int], codes: Codes) -> "Attempt":
        """Note what some items turned out to be, ``Int64[sheets, items]``; what is known stays."""
        found = [
            [number, letters]
            for number, letters in zip(numbers, map(encode, codes.T), strict=True)
            if self.results.get(number) != letters
        ]
        if not found:
            return self
        self._note({"found": found})
        return self.read()

    def reach(self, numbers: Codes) -> None:
        """Note, before they are asked about, that these items are; and keep their places in the line."""
        elsewhere = bool(self.legs and self.legs[-1].guesses)
        reach(self.journal, self.line.name, numbers, elsewhere=elsewhere)

    def on(self, leg: Leg) -> "Attempt":
        """In this leg: the last one, if that fits, else a new one.

        A new one begins with what the last has left when it is noted, so nothing may come between.
        """
        while True:
            notes = self.journal.notes(self.topic)
            now = self._with(notes)
            if now.legs and now.legs[-1].fits(leg):
                return now
            nonce = fresh_nonce() if leg.guesses else ""
            told = {**vars(replace(leg, past=len(now.results), nonce=nonce))}
            if self.journal.note(self.topic, json.dumps({"leg": told}), len(notes)):
                return now.read()

    def check_alone(self, sequence: Sequence[int]) -> None:
        """Refuse to go on where another audit of this attempt has changed what is bet on.

        Two at once that ask in the same order do not.

        Args:
            sequence: the numbers of the items used so far, in order.

        Raises:
            InputError: another leg has begun, or items were asked about in another order.
        """
        now = self.read()
        if now.legs == self.legs and (self.legs or now.asked[: len(sequence)] == list(sequence)):
            return
        raise InputError(
            "another audit of the same student on these items ran at the same time, with other data "
            "or another proxy, so both would bet the same stake. The answers are kept: wait until it "
            "has ended and run this one again, and run one at a time."
        )

    def terms(
        self, rule: StoppingRule, level: float, names: tuple[str, ...], present: Codes
    ) -> Terms:
        """Of the last leg, by item number; of an attempt about the source, of all of it.

        Args:
            rule: when to stop.
            level: of the decision.
            names: of the components.
            present: the numbers of the items that there are; all, if the rule is about these items.
        """
        if not self.legs:
            asked = np.array(self.asked, np.int64)
            order = self.line.order
            rest = order[np.isin(order, present) & ~np.isin(order, asked)]
            return Terms(rule, level, names, np.concatenate([asked, rest]))
        stakes: Stakes | None = None
        for leg, after in zip(self.legs, self.legs[1:], strict=False):
            terms = self._leg(leg, rule, level, names, stakes)
            stakes = self._left(terms, after.past)
        return self._leg(self.legs[-1], rule, level, names, stakes)

    def _leg(
        self,
        leg: Leg,
        rule: StoppingRule,
        level: float,
        names: tuple[str, ...],
        stakes: Stakes | None,
    ) -> Terms:
        order, start = leg.order(self.line.drawings, self.asked)
        guesses = np.stack([decode(one) for one in leg.guesses]) if leg.guesses else None
        rule = replace(rule, of="items")
        return Terms(rule, level, names, order, guesses, leg.mix, start, stakes)

    def _left(self, terms: Terms, places: int) -> Stakes:
        """What is left of the stake after so many places of a leg."""
        process = terms.first()
        # an audit that the next leg overtook may have noted items that are not next in this order
        asked = list(takewhile(self.results.__contains__, terms.order[:places].tolist()))
        if asked:
            codes = np.stack([decode(self.results[item]) for item in asked], 1)
            for results in component_codes(codes).T:
                process = terms.step(process, results)
        return terms.left(process)

    def _note(self, told: Facts) -> None:
        text = json.dumps(told)
        while not self.journal.note(self.topic, text, len(self.journal.notes(self.topic))):
            pass


def begin(journal: Journal, line: Line, who: Facts, first: Facts) -> Attempt:
    """The attempt that this is, as it was begun; begun now if there was none.

    Args:
        journal: keeps it.
        line: of its items.
        who: what makes it the attempt that it is: ``student`` and what it is an attempt at.
        first: what is fixed with its beginning: ``seed``, ``rule``, ``names`` of the inputs.
    """
    digest = _hash(who)
    aim = _hash({key: value for key, value in who.items() if key != "student"})
    while True:
        notes = journal.notes(f"attempts {line.name}")
        told = list(map(json.loads, notes))
        same = [one for one in told if one["aim"] == aim]
        for number, one in enumerate(same, 1):
            if one["digest"] == digest:
                return Attempt(journal, line, digest, one, number, {}, ()).read()
        at = datetime.now(UTC).isoformat(timespec="seconds")
        note = json.dumps({"digest": digest, "aim": aim, **first, "begun": at})
        journal.note(f"attempts {line.name}", note, len(notes))


def check_whole(line: Line, present: Codes, attempt: Attempt, population: str) -> None:
    """Refuse a file that lacks what anybody was asked about, or, for a rule of items, anything.

    Anybody: the answer is the same for the same student under another attack, or of items instead of
    their source; and who was asked and does not answer may know why.

    Args:
        line: the items.
        present: ``Int64[rows]``, the numbers of the file's.
        attempt: what was asked.
        population: of the rule.

    Raises:
        InputError: says how many are missing, and what can be done.
    """
    missing = sorted(set(range(len(line.keys))) - set(present.tolist()))
    own = [number for number in missing if number in attempt.results]
    asked = [number for number in missing if number in line.asked]
    if not missing or (population == "source" and not own and not asked):
        return
    gone = own or asked or missing
    if own:
        words = f"{len(own)} of the {len(attempt.results)} items that this attempt was asked about"
    elif asked:
        words = (
            f"{len(asked)} of the {len(line.asked)} items that somebody was asked about in stopped "
            "audits of these data (under any attack, of any student, answered or not)"
        )
    else:
        words = f"{len(missing)} of the {len(line.keys)} items on which this attempt rests"
    raise InputError(
        f"the data lack {words} (such as {line.ids[gone[0]]!r}). Leaving items out after some have "
        "answers would choose among the answers, and no level would hold. Give data that hold them "
        "too, in any order and with any others beside them (one file, whole: a stopped audit asks "
        "no more of it than it needs); or audit without a stopping rule; or keep another ledger, "
        "where the attempt begins anew and the level is of that attempt alone."
    )


def _hash(facts: Facts) -> str:
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]
