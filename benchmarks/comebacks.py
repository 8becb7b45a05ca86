"""Who comes back: false claims of stopped audits whose user, or whose file, tries again.

Part of ``python benchmarks/stopping.py``. Each scenario is 2,000 audits of "is the rate at least 0.9?"
at 95 %, looked at after every item, where the claim counted is false. Orders, attempts, legs and stakes
are the library's own (:mod:`preceptor.audit.line`, :mod:`preceptor.audit.attempts`), each audit with
a journal of its own; so are bets and pools (:mod:`preceptor.sequential`), many audits at once. Only
the teacher is a table, and the operating system's random bytes are drawn from the seed. ``real`` runs
whole audits with a ledger through ``preceptor.audit.audit`` and compares each claim with what these
functions give.

Fixed before the run: the seed, the scenarios, the numbers of audits and items, and that a scenario
passes if at most 5 % of the claims are false.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import beta

from preceptor.audit import Plan, audit
from preceptor.audit.attempts import Leg, begin
from preceptor.audit.line import join, reach
from preceptor.audit.terms import encode
from preceptor.core import (
    Answers,
    ArraySource,
    Domain,
    InputError,
    ItemRng,
    Student,
    generator,
)
from preceptor.ledger import Ledger
from preceptor.sequential import Pool, Process, Result, Stakes, StoppingRule, sorts
from preceptor.students import FunctionStudent

Codes = NDArray[np.int64]
Array = NDArray[np.float64]

SEED: Final = 20261129
LEAST, LEVEL = 0.9, 0.95
TAIL: Final = 1 - LEVEL
POINTS: Final = np.array([LEAST])
RULE: Final = StoppingRule(least=LEAST)


@dataclass
class Memory:
    """A journal that is forgotten with the process."""

    kept: dict[str, list[str]] = field(default_factory=dict)

    def notes(self, topic: str) -> list[str]:
        return list(self.kept.get(topic, []))

    def note(self, topic: str, text: str, after: int) -> bool:
        said = self.kept.setdefault(topic, [])
        if len(said) != after:
            return False
        said.append(text)
        return True


@contextmanager
def drawing(seed: object) -> Iterator[None]:
    """The operating system's random bytes, from a seed."""
    number = count()
    with patch("secrets.token_hex", lambda _: f"{SEED}-{seed}-{next(number)}"):
        yield


def exact(hits: int, of: int) -> list[float]:
    """Clopper & Pearson, 95 %."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return [round(low, 4), round(high, 4)]


@dataclass(frozen=True)
class Ended:
    """What came of many audits, ``[audits]``: after how many items (0: open), and whether it holds."""

    stop: Codes
    holds: NDArray[np.bool_]
    process: Process


def follow(process: Process, results: Codes, kinds: Codes | None, lasts: Codes) -> Ended:
    """Each audit until it is decided or has no more items.

    Args:
        process: of ``[audits, components]``.
        results: ``Int64[audits, components, items]``.
        kinds: likewise, of which sort each item is to the pool; ``None`` without a proxy.
        lasts: ``Int64[audits]``, how many items each has.
    """
    audits, parts, items = results.shape
    stop, holds = np.zeros(audits, np.int64), np.zeros(audits, np.bool_)
    up, down = process.evidence.wealth
    up, down = up.copy(), down.copy()
    alive = np.flatnonzero(lasts > 0)
    process = process.rows(alive)
    for item in range(items):
        if not len(alive):
            break
        kind = np.zeros((len(alive), parts), np.int64) if kinds is None else kinds[alive, :, item]
        process = process.after(results[alive, :, item], kind)
        up[alive], down[alive] = process.evidence.wealth
        low, high = process.ends(TAIL, TAIL / parts)
        yes, no = RULE.claims(low.min(1), high.min(1))
        done = yes | no
        stop[alive[done]], holds[alive[done]] = item + 1, yes[done]
        going = ~done & (lasts[alive] > item + 1)
        alive, process = alive[going], process.rows(going)
    evidence = Process.start(POINTS, None, (audits, parts)).evidence
    wealth = replace(
        evidence, up=np.repeat(up[..., None], 6, -1), down=np.repeat(down[..., None], 6, -1)
    )
    return Ended(stop, holds, Process(wealth))


def told(false: NDArray[np.bool_], **more: Any) -> dict[str, Any]:
    """One line of the result."""
    hits, of = int(false.sum()), len(false)
    return {
        **more,
        "audits": of,
        "false_claims": hits,
        "share": hits / of,
        "interval": exact(hits, of),
        "nominal": round(TAIL, 6),
    }


def names(items: int) -> list[str]:
    return [str(item) for item in range(items)]


def truth(rng: np.random.Generator, audits: int, stages: list[int], refute: bool) -> Codes:
    """``Int64[audits, items]``: at every stage the rate is as near to 0.9 as it can be, from the side
    on which a claim is false, wherever in the file the errors stand.
    """
    found = np.zeros((audits, stages[-1]), np.int64)
    before, wrong = 0, 0
    for stage in stages:
        right = int(np.ceil(LEAST * stage - 1e-9)) - (0 if refute else 1)
        new = stage - right - wrong
        for row in found:
            row[before + rng.permutation(stage - before)[:new]] = Result.WRONG
        before, wrong = stage, stage - right
    return found


def guessed(rng: np.random.Generator, found: Codes, agree: float) -> Codes:
    """What a proxy that agrees so often makes of items that are right or wrong."""
    return np.where(rng.random(found.shape) < agree, found, 1 - found)


def growing_source(audits: int, stages: list[int], refute: bool) -> dict[str, Any]:
    """The file grows whenever it is undecided; items are a sample of a source."""
    rng = np.random.default_rng([SEED, 1, *stages, refute])
    rate = LEAST if refute else 0.8999
    found = np.where(rng.random((audits, stages[-1])) < rate, Result.RIGHT, Result.WRONG)
    results = np.zeros((audits, 1, stages[-1]), np.int64)
    for row in range(audits):
        order, journal = np.zeros(0, np.int64), Memory()
        with drawing(("source", *stages, refute, row)):
            for stage in stages:
                line = join(journal, names(stage), names(stage))
                assert np.array_equal(line.order[: len(order)], order), "orders are nested"
                order = line.order
                reach(journal, line.name, order)
        results[row, 0] = found[row, order]
    ended = follow(
        Process.start(POINTS, None, (audits, 1)), results, None, np.full(audits, stages[-1])
    )
    false = (ended.stop > 0) & (ended.holds != refute)
    return told(
        false, stages=stages, population="source", false_claim="less" if refute else "at least"
    )


def growing_items(
    audits: int, stages: list[int], refute: bool, agree: float | None, mix: float = 0.5
) -> dict[str, Any]:
    """The file grows, or with one stage stays, whatever was decided, until the false claim is made."""
    code = 0 if agree is None else round(100 * agree)
    rng = np.random.default_rng([SEED, 2, *stages, refute, code])
    found = truth(rng, audits, stages, refute)
    guesses = None if agree is None else guessed(rng, found, agree)
    false = legs(audits, stages, found, [guesses] * len(stages), refute, (*stages, code), mix)
    side = "less" if refute else "at least"
    return told(
        false, stages=stages, population="items", proxy_agrees=agree, mix=mix, false_claim=side
    )


def legs(
    audits: int,
    stages: list[int],
    found: Codes,
    guesses: list[Codes | None],
    refute: bool,
    seed: tuple[Any, ...],
    mix: float,
) -> NDArray[np.bool_]:
    """``Bool[audits]``: whether a false claim was made in any leg of so many attempts."""
    journals, asked = [Memory() for _ in range(audits)], [np.zeros(0, np.int64)] * audits
    stakes = Stakes(np.zeros((audits, 1, 1)), np.zeros((audits, 1, 1)))
    false = np.zeros(audits, np.bool_)
    for number, (stage, guess) in enumerate(zip(stages, guesses, strict=True)):
        orders = np.zeros((audits, stage), np.int64)
        starts = np.zeros(audits, np.int64)
        for row, journal in enumerate(journals):
            with drawing(("items", *seed, refute, row, number)):
                line = join(journal, names(stage), names(stage))
            letters = () if guess is None else (encode(guess[row, :stage]),)
            leg = Leg(
                stage,
                len(line.drawings),
                len(asked[row]),
                "",
                mix,
                letters,
                f"{SEED}-{row}-{number}",
            )
            orders[row], starts[row] = leg.order(line.drawings, asked[row].tolist())
        process, results, kinds = staged(found, guess, orders, starts, stakes, mix)
        ended = follow(process, results, kinds, stage - starts)
        false |= (ended.stop > 0) & (ended.holds != refute)
        up, down = ended.process.evidence.wealth
        stakes = stakes.left(up, down)
        for row, journal in enumerate(journals):
            places = starts[row] + (ended.stop[row] or stage - starts[row])
            asked[row] = orders[row, :places]
            if guess is None:
                with drawing(("reach", row)):
                    reach(journal, journal.notes("lines")[0], asked[row])
    return false


def staged(
    found: Codes, guess: Codes | None, orders: Codes, starts: Codes, stakes: Stakes, mix: float
) -> tuple[Process, Codes, Codes | None]:
    """The bets of many legs, what was known before told, and the results that follow, padded."""
    audits, stage = orders.shape
    said = np.take_along_axis(found, orders, 1)
    kind = np.zeros_like(said) if guess is None else np.take_along_axis(guess, orders, 1)
    counts = (kind[..., None] == np.arange(3)).sum(1)[:, None]
    pool = Pool.of(counts, mix=1.0 if guess is None else mix, proxied=guess is not None)
    past = np.arange(stage) < starts[:, None]
    right, wrong = ((said == k) & past for k in (Result.RIGHT, Result.WRONG))
    both = np.stack([right.sum(1), right.sum(1) + wrong.sum(1)], -1)[:, None].astype(np.float64)
    left = pool.left - ((kind[..., None] == np.arange(3)) & past[..., None]).sum(1)[:, None]
    pool = replace(pool, left=left, least=both, most=both)
    process = Process.start(POINTS, pool, (audits, 1), stakes)
    ahead = np.minimum(starts[:, None] + np.arange(stage), stage - 1)
    results = np.take_along_axis(said, ahead, 1)[:, None]
    kinds = None if guess is None else np.take_along_axis(kind, ahead, 1)[:, None]
    return process, results, kinds


def proxies(audits: int, items: int, refute: bool, times: int) -> dict[str, Any]:
    """One proxy after another, each right on 95 %, on the same items."""
    rng = np.random.default_rng([SEED, 3, items, refute])
    found = truth(rng, audits, [items], refute)
    guesses: list[Codes | None] = [guessed(rng, found, 0.95) for _ in range(times)]
    false = legs(audits, [items] * times, found, guesses, refute, ("proxies", items), 0.5)
    side = "less" if refute else "at least"
    return told(false, items=items, population="items", proxies=times, false_claim=side)


def seeds(audits: int, items: int, refute: bool, times: int) -> dict[str, Any]:
    """Twenty seeds, under each of which attacks find other errors: the first one's is kept."""
    rng = np.random.default_rng([SEED, 4, items, refute])
    rate = LEAST if refute else 0.8999
    results = np.zeros((audits, 1, items), np.int64)
    for row in range(audits):
        found = np.where(rng.random((times, items)) < rate, Result.RIGHT, Result.WRONG)
        journal, tried = Memory(), set[tuple[int, bytes]]()
        with drawing(("seeds", items, refute, row)):
            for seed in range(times):
                line = join(journal, names(items), names(items))
                first = {"seed": seed, "rule": str(RULE), "attacks": ["noise"]}
                attempt = begin(journal, line, {"student": "s", "teacher": "t"}, first)
                order = attempt.terms(RULE, LEVEL, ("noise",), np.arange(items)).order
                tried.add((attempt.seed, order.tobytes()))
        assert len(tried) == 1, "coming back with another seed continues the attempt"
        results[row, 0] = found[attempt.seed, order]
    ended = follow(Process.start(POINTS, None, (audits, 1)), results, None, np.full(audits, items))
    false = (ended.stop > 0) & (ended.holds != refute)
    side = "less" if refute else "at least"
    return told(false, items=items, population="source", seeds=times, false_claim=side)


def arranged(audits: int, items: int, rate: float, population: str) -> dict[str, Any]:
    """A file whose rows were put so that the order once drawn from seed 0 begins with what is right."""
    right = int(np.ceil(rate * items - 1e-9)) - (1 if rate == LEAST else 0)
    old = generator(0, "until").permutation(items)
    found = np.full(items, Result.WRONG, np.int64)
    found[old[:right]] = Result.RIGHT
    orders = np.zeros((audits, items), np.int64)
    for row in range(audits):
        with drawing(("arranged", items, rate, row)):
            orders[row] = join(Memory(), names(items), names(items)).order
    pool = None
    if population == "items":
        pool = Pool.of(np.broadcast_to([items, 0, 0], (audits, 1, 3)), proxied=False)
    process = Process.start(POINTS, pool, (audits, 1))
    ended = follow(process, found[orders][:, None], None, np.full(audits, items))
    false = (ended.stop > 0) & ended.holds
    return told(
        false, items=items, rate=right / items, population=population, false_claim="at least"
    )


def removed(audits: int, items: int, share: float) -> dict[str, Any]:
    """Some rows that nobody was asked about are taken out, and as many new ones put in, again and
    again; about the source.
    """
    rng = np.random.default_rng([SEED, 5, items])
    results = np.zeros((audits, 1, 5 * items), np.int64)
    lasts = np.zeros(audits, np.int64)
    for row in range(audits):
        found = np.where(rng.random(10 * items) < 0.8999, Result.RIGHT, Result.WRONG)
        there, asked, journal = np.arange(items), np.zeros(0, np.int64), Memory()
        with drawing(("removed", items, row)):
            for stage in range(4):
                line = join(journal, [str(i) for i in there], [str(i) for i in there])
                content = np.array([int(key) for key in line.keys])
                order = content[line.order]
                order = np.concatenate([asked, order[~np.isin(order, asked)]])
                order = order[np.isin(order, there)]
                asked = order[: len(asked) + items // 2]
                reach(journal, line.name, np.flatnonzero(np.isin(content, asked)))
                free = np.setdiff1d(there, asked)
                gone = rng.permutation(free)[: int(share * len(free))]
                new = np.arange((stage + 1) * items, (stage + 1) * items + items // 2)
                there = np.concatenate([np.setdiff1d(there, gone), new])
        results[row, 0, : len(asked)], lasts[row] = found[asked], len(asked)
    ended = follow(Process.start(POINTS, None, (audits, 1)), results, None, lasts)
    false = (ended.stop > 0) & ended.holds
    return told(false, items=items, removed=share, population="source", false_claim="at least")


def planted(audits: int, items: int, rates: tuple[float, float], population: str) -> dict[str, Any]:
    """Two attacks, each of which leaves half of the items certain, and the worst case over them.

    Attack by attack the truth is as given; where both are 0.9, so is the worst case's.
    """
    refute = min(rates) >= LEAST
    rng = np.random.default_rng([SEED, 6, items, *(round(1e4 * rate) for rate in rates)])
    results = np.full((audits, 3, items), Result.VOID, np.int64)
    half = items // 2
    for row in range(audits):
        for k, rate in enumerate(rates):
            if population == "items":
                right = int(np.ceil(rate * half - 1e-9)) - (0 if rate >= LEAST else 1)
                one = np.where(rng.permutation(half) < right, Result.RIGHT, Result.WRONG)
            else:
                one = np.where(rng.random(half) < rate, Result.RIGHT, Result.WRONG)
            results[row, k, k * half : (k + 1) * half] = one
        results[row, 2] = results[row, :2].min(0, where=results[row, :2] < 2, initial=2)
        with drawing(("planted", items, rates, row)):
            order = join(Memory(), names(items), names(items)).order
        results[row] = results[row][:, order]
    pool = None
    if population == "items":
        pool = Pool.of(np.broadcast_to([items, 0, 0], (audits, 3, 3)), proxied=False)
    process = Process.start(POINTS, pool, (audits, 3))
    ended = follow(process, results, None, np.full(audits, items))
    false = (ended.stop > 0) & (ended.holds != refute)
    side = "less" if refute else "at least"
    return told(false, items=items, rates=rates, population=population, false_claim=side)


def planted_proxied(audits: int, items: int, refute: bool) -> dict[str, Any]:
    """The same about these items, with a proxy right on 95 % that the draw goes by (nine sorts)."""
    rng = np.random.default_rng([SEED, 7, items, refute])
    half = items // 2
    right = int(np.ceil(LEAST * half - 1e-9)) - (0 if refute else 1)
    results = np.full((audits, 3, items), Result.VOID, np.int64)
    kinds = np.zeros((audits, 3, items), np.int64)
    for row in range(audits):
        guesses = np.full((3, items), Result.VOID, np.int64)
        for k in range(2):
            part = slice(k * half, (k + 1) * half)
            results[row, k, part] = np.where(rng.permutation(half) < right, 0, 1)
            guesses[k, part] = guessed(rng, results[row, k, part], 0.95)
        for each in (results[row], guesses):
            each[2] = each[:2].min(0, where=each[:2] < 2, initial=2)
        leg = Leg(items, 1, 0, "", 0.5, tuple(map(encode, guesses)), f"{SEED}-{refute}-{row}")
        order, _ = leg.order((), [])
        results[row] = results[row][:, order]
        kinds[row] = sorts(guesses[2], guesses)[:, order]
    counts = (kinds[..., None] == np.arange(9)).sum(2)
    process = Process.start(POINTS, Pool.of(counts, mix=0.5), (audits, 3))
    ended = follow(process, results, kinds, np.full(audits, items))
    false = (ended.stop > 0) & (ended.holds != refute)
    side = "less" if refute else "at least"
    return told(
        false,
        items=items,
        rates=(LEAST, LEAST),
        population="items",
        proxy_agrees=0.95,
        false_claim=side,
    )


@dataclass(frozen=True)
class Table:
    """The teacher: says 0 but where an input's first number is below a limit."""

    limit: float
    name: str = "table"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "Certain everywhere."

    def __call__(self, inputs: torch.Tensor) -> Answers:
        return Answers((inputs[:, 0] < self.limit).long(), torch.zeros(len(inputs)))


@dataclass(frozen=True)
class Shift:
    """An attack that moves inputs by nothing that matters."""

    name: str = "shift"
    family: str = "shift"
    size: float | None = None
    goal: str = "flip"

    def __call__(
        self,
        student: Student,  # noqa: ARG002
        inputs: torch.Tensor,
        *,
        domain: Domain,  # noqa: ARG002
        rng: ItemRng,  # noqa: ARG002
    ) -> torch.Tensor:
        moved = inputs.clone()
        moved[:, 1] = 1 - moved[:, 1]
        return moved


def real(audits: int) -> dict[str, Any]:
    """Whole audits with a ledger: files that grow, another seed, order, ids and folder each time.

    The student says 0 everywhere and is wrong where the teacher says 1. Each claim is compared with
    that of the simulation's functions on the order of the record.
    """
    student = FunctionStudent(
        lambda inputs: torch.zeros(len(inputs), dtype=torch.int64), name="zero", classes=2
    )
    stages = [40, 80, 120]
    seen = {"audits": audits, "stages": stages, "runs": 0}
    false = {"source": 0, "items": 0}
    same = refused = 0
    for row in range(audits):
        rng = np.random.default_rng([SEED, 8, row])
        inputs = torch.from_numpy(rng.random((stages[-1], 2)).astype(np.float32))
        wrong = (inputs[:, 0] < 0.1001).numpy()
        for population in ("source", "items"):
            rule = replace(RULE, of=population)
            with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "book.db") as book:
                kept = book.keep(Table(0.1001))
                for turn, stage in enumerate(stages):
                    shuffled = rng.permutation(stage)
                    ids = [f"{turn}-{i}" for i in range(stage)]
                    source = ArraySource(inputs[shuffled], Domain((2,)), ids)
                    plan = Plan((Shift(),), until=rule, seed=turn)
                    record = audit(student, kept, source, plan, Path(folder) / str(turn))
                    said = record.facts["stopping"]
                    seen["runs"] += 1
                    untrue = float((~wrong[:stage]).mean()) < LEAST or population == "source"
                    false[population] += said["claim"] == "certified" and untrue
                    order = shuffled[np.array(said["order"].split(), np.int64)]
                    if said["stakes"] is None and not said["start"]:
                        same += agrees(wrong[order].astype(np.int64), stage, said, population)
                    else:
                        same += 1
                try:
                    audit(
                        student,
                        kept,
                        ArraySource(inputs[5:], Domain((2,))),
                        plan,
                        Path(folder) / "x",
                    )
                except InputError:
                    refused += 1
    return {**seen, "false_claims": false, "as_simulated": same, "refused_without_rows": refused}


def agrees(results: Codes, stage: int, said: dict[str, Any], population: str) -> bool:
    """Whether the simulation's functions claim the same after as many items."""
    pool = None
    if population == "items":
        pool = Pool.of(np.array([[[stage, 0, 0]]]), proxied=False)
    lasts = np.array([len(results)])
    ended = follow(Process.start(POINTS, pool, (1, 1)), results[None, None], None, lasts)
    claim = "certified" if ended.holds[0] else "refuted" if ended.stop[0] else "undecided"
    return claim == said["claim"] and (said["after"] or 0) == int(ended.stop[0])


def scenarios(audits: int) -> dict[str, Callable[[], dict[str, Any]]]:
    """Every scenario, by name."""
    hundreds, fifties = list(range(100, 1001, 100)), list(range(50, 401, 50))
    found: dict[str, Callable[[], dict[str, Any]]] = {}
    for refute in (False, True):
        side = "less" if refute else "at least"
        for words, stages in (("100 to 1,000", hundreds), ("50 to 400", fifties)):
            found[f"source grows {words}: {side}"] = lambda s=stages, r=refute: growing_source(
                audits, s, r
            )
            found[f"items grow {words}: {side}"] = lambda s=stages, r=refute: growing_items(
                audits, s, r, None
            )
        for agree in (0.95, 0.05):
            found[f"items grow 50 to 400, proxy {agree}: {side}"] = lambda a=agree, r=refute: (
                growing_items(audits, fifties, r, a)
            )
        found[f"ten proxies: {side}"] = lambda r=refute: proxies(audits, 200, r, 10)
        found[f"twenty seeds: {side}"] = lambda r=refute: seeds(audits, 300, r, 20)
        found[f"two attacks, proxy: {side}"] = lambda r=refute: planted_proxied(audits, 300, r)
    for population in ("source", "items"):
        for items, rate in ((300, 0.6), (600, 0.5), (300, LEAST)):
            found[f"arranged file, rate {rate}, {population}"] = (
                lambda n=items, q=rate, o=population: arranged(audits, n, q, o)
            )
        for rates in ((LEAST, LEAST), (0.8999, 1.0), (0.8999, 0.8999)):
            found[f"two attacks at {rates[0]} and {rates[1]}, {population}"] = (
                lambda q=rates, o=population: planted(audits, 400, q, o)
            )
    found["rows removed and added, source"] = lambda: removed(audits, 100, 0.3)
    return found


def run(audits: int, reals: int, folder: Path) -> dict[str, Any]:
    """All scenarios; each that is done is kept in ``folder``, so that a run goes on where it was."""
    folder.mkdir(parents=True, exist_ok=True)
    done: dict[str, Any] = {}
    everything = {**scenarios(audits), "real": lambda: real(reals)}
    for number, (name, act) in enumerate(everything.items(), 1):
        file = folder / f"{number}.json"
        if not file.exists():
            file.write_text(json.dumps(act()))
        done[name] = json.loads(file.read_text())
        print(
            f"{number} of {len(everything)}: {name}: {done[name].get('share', done[name])}",
            flush=True,
        )
    whole = done.pop("real")
    return {
        "what": f"'is the rate at least {LEAST}?' at {LEVEL:.0%}, asked by somebody who comes back",
        "seed": SEED,
        "scenarios": done,
        "worst": max(one["share"] for one in done.values()),
        "real": whole,
    }
