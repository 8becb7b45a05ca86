"""The stopping rule, over simulated audits and a few real ones.

    python benchmarks/stopping.py [--audits 2000] [--out benchmarks/results/stopping.json]

Parts that are done are kept in ``--work``: a run that was interrupted goes on where it was. Whoever
comes back with more data, another seed, order, proxy or file: see ``benchmarks/comebacks.py``.

Simulated: at each point so many audits at once, through the library's own ``Process`` (the bets,
the pool, the draws' chances); only the teacher is replaced by a table. Counted: how many audits
claim what is false, with a Clopper-Pearson interval (95 %), and how many items have been asked when
it is decided. "Is the rate at least 0.9?" at 95 %, looked at after *every* item. Points:

- errors: the rate exactly at 0.9 (then only "less" is false) and just below it (0.899; then only "at
  least" is false), with 0 and 30 % void items; about the source, and about a pool with no proxy, with
  proxies that agree at 99 %, 95 %, 70 % and 5 % (worse than useless), drawn evenly and with half
  of the draws where the proxy doubts. Audits that never decide end at a fixed length: a false claim
  after that is not seen.
- answers: rates 0.92, 0.95, 0.97, 0.99; and of an audit with two attacks whose errors have nothing
  to do with each other, by the least of the rates.
- coverage of the interval of +-0.05 at its own stopping time.

Real: a network on the 8x8 digits under noise, audited end to end with a ledger, over seeds; what
every item truly is, is known from an audit that asks everything. About four minutes of one core.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import comebacks
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import beta, binom

from preceptor.attacks import NoiseAttack
from preceptor.audit import Plan, audit, check_decision, environment
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, components
from preceptor.problems import digits, train
from preceptor.sequential import Pool, Process, Result, StoppingRule, grid
from preceptor.students import TorchStudent
from preceptor.teachers import Fallible

ROOT = Path(__file__).parents[1]
SEED = 20210211
LEAST, LEVEL = 0.9, 0.95
POOL = 20_000
RULE = StoppingRule(least=LEAST)


@dataclass(frozen=True)
class World:
    """What the items are, and what the proxy makes of them.

    Attributes:
        rate: right among certain.
        void: share of void items.
        agree: how often the proxy is right; ``None`` without one.
        mix: the share of draws that is uniform.
        pool: whether the claim is about a pool of ``POOL`` items, else about the source.
    """

    rate: float
    void: float = 0.0
    agree: float | None = None
    mix: float = 1.0
    pool: bool = False

    def cells(self) -> NDArray[np.float64]:
        """``[guess, result]``, how many items of the pool are of each sort."""
        certain = round(POOL * (1 - self.void))
        right = round(certain * self.rate)
        found = np.zeros((3, 3))
        for result, items in enumerate((right, certain - right, POOL - certain)):
            good = items if self.agree is None else round(items * self.agree)
            guess = Result.RIGHT if self.agree is None else result
            found[guess, result] += good
            others = [k for k in range(3 if self.void else 2) if k != result] or [0]
            for k, share in enumerate(others):
                left = items - good
                found[share, result] += left // len(others) + (k < left % len(others))
        return found


@dataclass(frozen=True)
class Seen:
    """What came of many audits: ``[audits]`` each; ``stop`` is 0 where nothing was decided."""

    stop: NDArray[np.int64]
    holds: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def simulate(
    world: World, rule: StoppingRule, points: NDArray[np.float64], audits: int, most: int, seed: int
) -> Seen:
    """So many audits side by side, until each is decided or ``most`` items are asked."""
    rng = np.random.default_rng([SEED, seed])
    cells = np.broadcast_to(world.cells(), (audits, 3, 3)).copy()
    shape = (audits,)
    process = Process.start(points, None, shape)
    if world.pool:
        pool = Pool.of(cells.sum(-1), mix=world.mix, proxied=world.agree is not None)
        process = Process.start(points, pool, shape)
    stop, holds = np.zeros(audits, np.int64), np.zeros(audits, np.bool_)
    low, high = np.zeros(audits), np.ones(audits)
    alive = np.arange(audits)
    for item in range(1, most + 1):
        mass = cells[alive] * (process.pool.chances[..., None] if process.pool else 1.0)
        climb = mass.reshape(len(alive), 9).cumsum(1)
        pick = (rng.random((len(alive), 1)) * climb[:, -1:] >= climb).sum(1).clip(0, 8)
        guesses, results = pick // 3, pick % 3
        if world.pool:
            cells[alive, guesses, results] -= 1
        process = process.after(results, guesses)
        ends = process.ends(rule.tail(LEVEL))
        yes, no = rule.claims(*ends)
        done = yes | no
        now = alive[done]
        stop[now], holds[now] = item, yes[done]
        low[now], high[now] = ends[0][done], ends[1][done]
        if done.any():
            alive, process = alive[~done], process.rows(~done)
        if not len(alive):
            break
    return Seen(stop, holds, low, high)


def exact(hits: int, of: int) -> list[float]:
    """Clopper & Pearson, 95 %."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return [round(low, 4), round(high, 4)]


def told(world: World) -> dict[str, Any]:
    return {
        "rate": world.rate,
        "void": world.void,
        "population": "items" if world.pool else "source",
        "proxy_agrees": world.agree,
        "mix": world.mix,
    }


def error(world: World, audits: int, most: int, seed: int) -> dict[str, Any]:
    """How often a false claim is made."""
    seen = simulate(world, RULE, np.array([LEAST]), audits, most, seed)
    false = (seen.stop > 0) & (seen.holds != (world.rate >= LEAST))
    return {
        **told(world),
        "audits": audits,
        "most_items": most,
        "false_claims": int(false.sum()),
        "share": float(false.mean()),
        "interval": exact(int(false.sum()), audits),
        "nominal": round(1 - LEVEL, 6),
    }


def answers(world: World, audits: int, most: int, seed: int) -> dict[str, Any]:
    """How many items it takes."""
    seen = simulate(world, RULE, np.array([LEAST]), audits, most, seed)
    asked = np.where(seen.stop > 0, seen.stop, most)
    return {
        **told(world),
        "audits": audits,
        "most_items": most,
        "mean": round(float(asked.mean()), 1),
        "standard_error": round(float(asked.std(ddof=1) / np.sqrt(audits)), 2),
        "quantiles_10_50_90": np.quantile(asked, [0.1, 0.5, 0.9]).tolist(),
        "certified": float(((seen.stop > 0) & seen.holds).mean()),
        "refuted": float(((seen.stop > 0) & ~seen.holds).mean()),
        "undecided": float((seen.stop == 0).mean()),
        "fixed_sample": fixed(world.rate),
    }


def fixed(rate: float, power: float = 0.9) -> int | None:
    """Items that an exact binomial test needs, were its size fixed and the rate guessed right."""
    for n in range(10, 4000):
        needed = int(binom.ppf(LEVEL, n, LEAST)) + 1
        if binom.sf(needed - 1, n, rate) >= power:
            return n
    return None


def coverage(world: World, within: float, audits: int, seed: int) -> dict[str, Any]:
    """Whether the interval holds the truth when it has just become narrow enough."""
    rule = StoppingRule(within=within)
    seen = simulate(world, rule, grid(step=0.01), audits, 2000, seed)
    out = (seen.stop > 0) & ((world.rate < seen.low) | (world.rate > seen.high))
    return {
        **told(world),
        "within": within,
        "audits": audits,
        "missed": int(out.sum()),
        "share": float(out.mean()),
        "interval": exact(int(out.sum()), audits),
        "nominal": round(1 - LEVEL, 6),
        "mean": round(float(seen.stop.mean()), 1),
    }


def peeking(audits: int, seed: int) -> dict[str, Any]:
    """The defect: a fixed-sample bound looked at after every tenth answer, 30 to 1,000."""
    rng = np.random.default_rng([SEED, seed])
    hits = (rng.random((audits, 1000)) < LEAST).cumsum(1)[:, 29::10]
    n = np.arange(30, 1001, 10)
    low = beta.ppf(1 - LEVEL, hits, n - hits + 1)
    false = int((low > LEAST).any(1).sum())
    return {"audits": audits, "false_claims": false, "interval": exact(false, audits)}


def several(rates: tuple[float, float], audits: int, most: int, seed: int) -> dict[str, Any]:
    """How many items it takes where the least of two attacks' rates and of their worst case counts.

    All items are certain, and what goes wrong under one attack has nothing to do with the other: so
    the worst case is the least, and the price over one attack of that rate is that of correcting
    "less" for three rates.
    """
    rng = np.random.default_rng([SEED, seed])
    each = np.where(rng.random((audits, 2, most)) < np.array(rates)[:, None], 0, 1)
    results = np.concatenate([each, each.max(1, keepdims=True)], 1).astype(np.int64)
    start = Process.start(np.array([LEAST]), None, (audits, 3))
    ended = comebacks.follow(start, results, None, np.full(audits, most))
    asked = np.where(ended.stop > 0, ended.stop, most)
    return {
        "rates": [*rates, round(rates[0] * rates[1], 6)],
        "audits": audits,
        "most_items": most,
        "mean": round(float(asked.mean()), 1),
        "standard_error": round(float(asked.std(ddof=1) / np.sqrt(audits)), 2),
        "certified": float(((ended.stop > 0) & ended.holds).mean()),
        "refuted": float(((ended.stop > 0) & ~ended.holds).mean()),
        "undecided": float((ended.stop == 0).mean()),
    }


def real(seeds: int) -> dict[str, Any]:
    """Whole audits on the digits; the truth from one that asks everything.

    Each seed has a ledger, and so an attempt, of its own: within one, another seed changes nothing.
    """
    data = digits()
    torch.manual_seed(0)
    layers = torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    train(network, data.train_inputs, data.train_labels, epochs=6)
    student = TorchStudent(network.eval(), name="digits student", classes=10)
    attacks = (NoiseAttack(0.1), NoiseAttack(0.25))
    guess = Fallible(data.teacher, error_rate=0.05, seed=1)
    found: dict[str, Any] = {"items": len(data.source), "audits": []}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as book:
            out = Path(folder) / "full"
            full = audit(
                student, book.keep(data.teacher), data.source, Plan(attacks, seed=seed), out
            )
            truth = 1.0
            for one in components(full.outcomes):
                certain = int((one.verdicts <= Verdict.ABSTAIN).sum())
                truth = min(truth, int((one.verdicts == Verdict.AGREE).sum()) / certain)
            for least in (0.8, 0.85, 0.9):
                for proxy in (None, guess):
                    rule = StoppingRule(least=least, of="items")
                    plan = Plan(attacks, seed=seed, until=rule)
                    record = audit(
                        student,
                        book.keep(data.teacher),
                        data.source,
                        plan,
                        Path(folder) / "one",
                        proxy=None if proxy is None else book.keep(proxy),
                    )
                    said = record.facts["stopping"]
                    found["audits"].append(
                        {
                            "seed": seed,
                            "truth": round(truth, 4),
                            "least": least,
                            "proxy": proxy is not None,
                            "claim": said["claim"],
                            "right": (said["claim"] == "certified") == (truth >= least),
                            "decided_by": said["component"],
                            "items": said["after"],
                            "interval": said["interval"],
                            "covers": said["interval"][0] <= truth <= said["interval"][1],
                            "questions": record.facts["questions"]["asked"],
                            "questions_of_a_full_audit": full.facts["questions"]["asked"],
                            "problems": check_decision(record),
                        }
                    )
    each = found["audits"]
    found["claims_right"] = sum(one["right"] for one in each)
    found["intervals_right"] = sum(one["covers"] for one in each)
    found["checked"] = sum(not one["problems"] for one in each)
    found["of"] = len(each)
    return found


def worlds(rate: float) -> list[World]:
    """Every sort of audit at one rate."""
    found = []
    for void in (0.0, 0.3):
        found += [World(rate, void), World(rate, void, pool=True)]
        for agree in (0.99, 0.95, 0.7, 0.05):
            found += [World(rate, void, agree, mix, pool=True) for mix in (1.0, 0.5)]
    return found


def parts(audits: int) -> dict[str, Callable[[], Any]]:
    """What is measured, by name."""
    found: dict[str, Callable[[], Any]] = {}
    for k, (rate, most) in enumerate(((0.92, 4000), (0.95, 1500), (0.97, 800), (0.99, 400))):
        sorts = [World(rate), World(rate, 0.3), World(rate, pool=True)]
        sorts += [World(rate, 0.0, a, m, True) for a in (0.99, 0.95, 0.05) for m in (1.0, 0.5)]
        for j, world in enumerate(sorts):
            number = 1000 + 20 * k + j
            found[f"answers {k} {j}"] = lambda w=world, m=most, n=number: answers(w, audits, m, n)
    for k, (rates, most) in enumerate(
        (((0.97, 0.999), 800), ((0.985, 0.985), 800), ((0.85, 0.99), 800))
    ):
        found[f"several {k}"] = lambda r=rates, m=most, n=1500 + k: several(r, audits, m, n)
    narrow = (World(0.95), World(0.9, 0.3), World(0.9, 0.0, 0.95, 0.5, pool=True))
    for j, world in enumerate(narrow):
        found[f"widths {j}"] = lambda w=world, n=2000 + j: coverage(w, 0.05, 1000, n)
    found["peeking"] = lambda: peeking(2000, 3000)
    found["real"] = lambda: real(4)
    for k, rate in enumerate((0.9, 0.899)):
        for j, world in enumerate(worlds(rate)):
            found[f"errors {k} {j}"] = lambda w=world, n=100 * k + j: error(w, audits, 2000, n)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=2000)
    parser.add_argument("--reals", type=int, default=12, help="whole audits that come back")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/stopping.json")
    parser.add_argument("--work", type=Path, default=ROOT / "runs/stopping")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clock = time.process_time()
    returned = comebacks.run(options.audits, options.reals, options.work / "comebacks")
    done: dict[str, Any] = {}
    for name, act in parts(options.audits).items():
        file = options.work / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(act()))
        done[name] = json.loads(file.read_text())
        print(f"{name}: {time.process_time() - clock:.0f} s", flush=True)

    def of(start: str) -> list[Any]:
        return [one for name, one in done.items() if name.startswith(start + " ")]

    errors = of("errors")
    result = {
        "what": f"'is the rate at least {LEAST}?' at {LEVEL:.0%}, looked at after every item",
        "environment": environment(),
        "seed": SEED,
        "pool": POOL,
        "peeking_at_a_fixed_sample_bound": done["peeking"],
        "errors": errors,
        "worst_error": max(one["share"] for one in errors),
        "answers": of("answers"),
        "several": of("several"),
        "widths": of("widths"),
        "comebacks": returned,
        "real": done["real"],
        "processor_seconds": round(time.process_time() - clock),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"worst error {result['worst_error']}; {result['processor_seconds']} s")


if __name__ == "__main__":
    main()
