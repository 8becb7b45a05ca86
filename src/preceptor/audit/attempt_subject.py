"""A source's items, in the line and the attempt to which they belong."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from preceptor.audit.attempts import Attempt, Leg, begin, check_whole
from preceptor.audit.audit_plan import MovedInputs, Plan, describe
from preceptor.audit.line import Codes, item_keys, join
from preceptor.audit.returning import check_renamed, check_seed
from preceptor.audit.sanity import Finding
from preceptor.audit.terms import Terms, component_names, decode, encode
from preceptor.core import (
    AnyAttack,
    AnySource,
    AnyStudent,
    AnyTeacher,
    InputError,
    Inputs,
    Journal,
)
from preceptor.core.domains import AnyDomain
from preceptor.core.identity import identify_student
from preceptor.sequential import Result, StoppingRule


@dataclass(frozen=True, eq=False)
class RenamedSource:
    """A source whose items go by the names that they had when they came into the line. A source.

    The random streams of attacks hang on these names.
    """

    source: AnySource
    ids: tuple[str, ...]

    @property
    def name(self) -> str:
        """The source's own."""
        return self.source.name

    @property
    def domain(self) -> AnyDomain:
        """The source's own."""
        domain: AnyDomain = self.source.domain
        return domain

    def __len__(self) -> int:
        return len(self.source)

    def read(self, start: int, stop: int) -> Inputs:
        """The source's own."""
        inputs: Inputs = self.source.read(start, stop)
        return inputs


@dataclass(frozen=True, eq=False)
class AttemptSubject:
    """What is audited, as the attempt has it.

    Attributes:
        attempt: to which this belongs.
        rule: when to stop.
        plan: with the seed with which the attempt was begun.
        source: the items, by the names under which they came into the line.
        numbers: ``Int64[rows]``, the items' numbers in the line.
        findings: where these differ from what was asked for.
        sheets: where each input of an item stands among the letters that the attempt keeps.
        terms: by the source's rows, once the order is known.
    """

    attempt: Attempt
    rule: StoppingRule
    plan: Plan
    source: AnySource
    numbers: Codes
    findings: tuple[Finding, ...]
    sheets: tuple[int, ...]
    terms: Terms = field(default=None)  # type: ignore[assignment]

    @classmethod
    def of(
        cls,
        journal: Journal,
        student: AnyStudent,
        teacher: AnyTeacher,
        source: AnySource,
        plan: Plan,
        *,
        proxied: bool,
    ) -> "AttemptSubject":
        """Put the items into their line, and find or begin the attempt.

        Raises:
            InputError: the data lack items that were asked about.
        """
        until = plan.until
        if until is None:
            raise InputError("the plan has no stopping rule")
        keys = item_keys(source)
        line = join(journal, keys, list(source.ids))
        numbers = line.numbers(keys)
        population = "items" if proxied else until.of
        names = [move.name for move in plan.moves]
        who = {
            "student": student_key(student),
            "teacher": [teacher.name, teacher.version],
            "population": population,
            "attacks": sorted(map(_attack_key, plan.moves)),
        }
        first = {
            "seed": plan.seed,
            "rule": str(until),
            "attacks": names,
            "student_name": student.name,
        }
        attempt = begin(journal, line, who, first)
        check_whole(line, numbers, attempt, population)
        ids = tuple(line.ids[number] for number in numbers.tolist())
        findings = [
            *check_seed(plan.seed, attempt.seed, attempt.facts["begun"]),
            *check_renamed(list(source.ids), list(ids)),
        ]
        kept = attempt.facts["attacks"]
        sheets = (0, *(1 + kept.index(name) for name in names))
        return cls(
            attempt,
            until,
            replace(plan, seed=attempt.seed),
            RenamedSource(source, ids),
            numbers,
            tuple(findings),
            sheets,
        )

    def alone(self) -> "AttemptSubject":
        """Without a proxy: with the order of the line."""
        if self.rule.of == "source":
            return self._with(self.attempt)
        leg = Leg(len(self.attempt.line.keys), len(self.attempt.line.drawings), 0)
        return self._with(self.attempt.on(leg))

    def guessed(self, proxy: AnyTeacher, guesses: Codes) -> "AttemptSubject":
        """With a proxy's guesses, ``Int64[components, rows]``."""
        line = self.attempt.line
        by_number = np.argsort(self.numbers)
        leg = Leg(
            len(line.keys),
            len(line.drawings),
            0,
            f"{proxy.name} {proxy.version}",
            self.plan.mix,
            tuple(encode(row[by_number]) for row in guesses),
        )
        return self._with(self.attempt.on(leg))

    def _with(self, attempt: Attempt) -> "AttemptSubject":
        names = component_names([move.name for move in self.plan.moves])
        terms = attempt.terms(self.rule, self.plan.level, names, self.numbers)
        row = np.full(len(attempt.line.keys), -1)
        row[self.numbers] = np.arange(len(self.numbers))
        guesses = None if terms.guesses is None else terms.guesses[:, self.numbers]
        terms = replace(terms, order=row[terms.order], guesses=guesses, pool=len(self.numbers))
        return replace(self, attempt=attempt, terms=terms)

    def reach(self, places: Codes) -> None:
        """Note, before anybody is asked about them, that the items in these places are."""
        self.attempt.reach(self._at(places))

    def check_alone(self, used: int) -> None:
        """Refuse to bet on so many items where another audit of this attempt goes another way.

        Raises:
            InputError: see :meth:`Attempt.check_alone`.
        """
        self.attempt.check_alone(self._at(np.arange(used)).tolist())

    def differ(self, places: Codes, codes: Codes) -> NDArray[np.bool_]:
        """``Bool[items]``: where an input turned out to be something else before.

        Args:
            places: ``Int64[items]``, of items in the order.
            codes: ``Int64[sheets, items]``, what they turn out to be now.
        """
        found = np.zeros(len(places), np.bool_)
        for i, number in enumerate(self._at(places).tolist()):
            letters = self.attempt.results.get(number)
            if letters is not None:
                before = decode(letters)[list(self.sheets)]
                known = (before != Result.UNKNOWN) & (codes[:, i] != Result.UNKNOWN)
                found[i] = bool((known & (before != codes[:, i])).any())
        return found

    def keep(self, places: Codes, codes: Codes) -> None:
        """Note what the items in these places turned out to be; what is known stays."""
        kept = np.zeros_like(codes)
        kept[list(self.sheets)] = codes
        self.attempt.keep(self._at(places).tolist(), kept)

    def _at(self, places: Codes) -> Codes:
        return self.numbers[self.terms.order[places]]


def student_key(student: AnyStudent) -> str:
    """What a student is: a hash of what it is made of; with its name, where some of it has none."""
    who = identify_student(student)
    return f"{student.name} {who.digest}" if who.unknown else who.digest


def _attack_key(move: AnyAttack | MovedInputs) -> str:
    """What an attack is, but for arrays: these may be the data's own, and grow with them."""
    told = describe(move)
    settings = told["settings"].items()
    told["settings"] = {k: v for k, v in settings if not (isinstance(v, dict) and "sha256" in v)}
    return json.dumps(told, sort_keys=True)
