"""Ask until decided, weigh votes, flag clickers: errors, answers saved and confidence, as measured.

    python benchmarks/crowd_rules.py --data FOLDER [--resamplings 400] [--seed 20260930]
        [--out benchmarks/results/crowd_rules.json]

``FOLDER`` holds ``films.csv`` and so on, as for calibrate.py (Hutto & Gilbert 2014): every rater's own answer,
read as *positive*, *negative* or *cannot tell*. Each resampling draws 500 texts of each set and the order in
which all (15 or 20) votes come. ``pictures`` are 51 votes drawn to the facts of CIFAR-10H, no people's.

``rules``: how often the answer by few votes is another than that of all votes by the default rule, how
often it was certain and the others' plurality is another label, and how many votes it took. *fixed n*
stops after n votes; *until e* (:class:`preceptor.core.UntilDecided`) when the votes decide, where no item's chance
of another answer may be above e. ``worst`` tests that on single texts: 2,000 orders of the votes of each of the
25 texts nearest the bar of two thirds; counted are those whose lower 99.9 % limit is above e.

``weights``: five votes a text by 20 seats, of whom none, or five, click anything. Posteriors of at least .95:
how often the label is another than the plurality of the votes that were not used, how often all votes leave
the text uncertain, against the stated 5 %. *counted* is the default rule on the same five votes. *helper* takes
a model in; *known* fixes a tenth of the texts. Beside crowd-kit, where it is installed, on the same votes.

``flags``: simulated people who look (they err on 5 or 15 % of the questions, and are as careful when asked
again; log-normal times, median 1.5 s) and who do not (any label; one label; half of the time any label), in
studies of 100 or 400 questions of three people, five or 50 % in the rarer of two classes, or ten classes.

Rules fixed beforehand: no text above its stated error; posteriors are overconfident where more than 5 % of
those called 95 % sure are wrong or uncertain to all. What was tuned (how early the error is spent) was tuned on
nothing but the bounds. About ten minutes of one core.
"""

import argparse
import json
import time
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from crowd_flags import flagged
from crowd_votes import SEATS, SETS, Codes, Deal, Dealt, pictures, seated, snippets, spoiled
from runs import ROOT, stamp
from scipy.stats import beta

from preceptor.core import UNCERTAIN, UntilDecided, Votes
from preceptor.teachers.crowd_model import CROWD_METHODS, CrowdVotes, fit_crowd

SEED, RULE, SURE, FEW = 20260930, Votes(), 0.95, 5
ERRORS = (0.0, 0.02, 0.05, 0.1)
NEAR, ORDERS, LEVEL = 25, 2000, 0.999


def labelled(votes: Codes) -> Codes:
    return np.asarray(RULE.decide(torch.from_numpy(votes)))


def answers(votes: Codes) -> dict[str, tuple[Codes, Codes]]:
    """Each rule's answers and how many votes they took."""
    n = votes.shape[1]
    found = {}
    for few in sorted({FEW, 10, n}):
        if few <= n:
            took = np.full(len(votes), few)
            found[f"fixed {few}" if few < n else "all"] = (labelled(votes[:, :few]), took)
    for error in ERRORS:
        rule = UntilDecided(RULE, n, error)
        settled = rule.settle(torch.from_numpy(votes))
        found[f"until {error:g}"] = (settled.labels.numpy(), settled.used.numpy())
    few_rule = UntilDecided(RULE, FEW, 0.0)
    settled = few_rule.settle(torch.from_numpy(votes[:, :FEW]))
    found[f"until 0, of {FEW}"] = (settled.labels.numpy(), settled.used.numpy())
    return found


def rules(deal: Deal, resamplings: int, seed: int) -> dict[str, Any]:
    """Errors and votes of each rule, over all resamplings."""
    sums: dict[str, dict[str, float]] = {}
    shares: list[float] = []
    for turn in range(resamplings):
        votes = deal(np.random.default_rng([seed, turn])).votes
        whole = labelled(votes)
        shares.append(float((whole == UNCERTAIN).mean()))
        for name, (said, used) in answers(votes).items():
            one = sums.setdefault(name, {"another answer": 0.0, "another label": 0.0, "votes": 0.0})
            both = (said != UNCERTAIN) & (whole != UNCERTAIN)
            one["another answer"] += float((said != whole).mean()) / resamplings
            one["another label"] += float((both & (said != whole)).mean()) / resamplings
            one["votes"] += float(used.mean()) / resamplings
    return {
        "votes of all": votes.shape[1],
        "uncertain to all": float(np.mean(shares)),
        "rules": sums,
    }


def worst(deal: Deal, seed: int) -> dict[str, Any]:
    """Single items near the bar, many orders each: does any err more often than stated?"""
    rng = np.random.default_rng([seed, 1, 0])
    votes = deal(rng).votes
    n = votes.shape[1]
    top = np.stack([(votes == label).sum(1) for label in range(votes.max() + 1)]).max(0)
    near = np.argsort(np.abs(top - 2 / 3 * n + 0.5), kind="stable")[:NEAR]
    found = {}
    for error in ERRORS[1:]:
        rule = UntilDecided(RULE, n, error)
        wrong = []
        for row in near:
            orders = np.stack([rng.permutation(votes[row]) for _ in range(ORDERS)])
            said = rule.settle(torch.from_numpy(orders)).labels.numpy()
            wrong.append(int((said != labelled(votes[row : row + 1])[0]).sum()))
        low = beta.ppf(1 - LEVEL, np.array(wrong), ORDERS - np.array(wrong) + 1)
        found[f"until {error:g}"] = {
            "largest": max(wrong) / ORDERS,
            "above": int((np.nan_to_num(low) > error).sum()),
            "of": NEAR,
        }
    return found


def weights(deal: Deal, resamplings: int, seed: int, clickers: int) -> dict[str, Any]:
    """How confident posteriors are on five votes an item, and how right."""
    sums: dict[str, dict[str, float]] = {}
    for turn in range(resamplings):
        rng = np.random.default_rng([seed, turn, clickers])
        dealt = deal(rng)
        classes = int(dealt.votes.max()) + 1
        seats, votes = seated(dealt, FEW, rng)
        votes = spoiled(seats, votes, clickers, classes, rng)
        rest = labelled_plurality(dealt.votes[:, FEW:], classes)
        whole = labelled(dealt.votes)
        for name, said in weighed(dealt, seats, votes, whole, classes, rng).items():
            one = sums.setdefault(name, dict.fromkeys(("sure", "wrong", "uncertain to all"), 0.0))
            sure = said != UNCERTAIN
            one["sure"] += float(sure.mean()) / resamplings
            one["wrong"] += float((sure & (said != rest)).sum())
            one["uncertain to all"] += float((sure & (whole == UNCERTAIN)).sum())
    items = resamplings * len(votes)
    for one in sums.values():
        many = max(1.0, one["sure"] * items)
        one["wrong"], one["uncertain to all"] = one["wrong"] / many, one["uncertain to all"] / many
    return sums


def weighed(
    dealt: Dealt, seats: Codes, votes: Codes, whole: Codes, classes: int, rng: np.random.Generator
) -> dict[str, Codes]:
    """The labels that each way calls sure, else ``UNCERTAIN``."""
    table = as_table(seats, votes, classes)
    fit = partial(fit_crowd, table)
    known = np.where((rng.random(len(votes)) < 0.1) & (whole >= 0), whole, -1)
    fits = {name: fit(method=name).posteriors for name in CROWD_METHODS}
    fits["dawid-skene, known"] = fit(known=known).posteriors
    if dealt.helper is not None:
        wide = np.pad(dealt.helper, ((0, 0), (0, table.labels - classes)))
        fits["dawid-skene, helper"] = fit(helper=wide).posteriors
    found = {"counted": labelled(votes)}
    for name, chance in fits.items():
        best = chance.argmax(1)
        sure = (chance.max(1) >= SURE) & (best < classes)
        if "known" in name:
            sure &= known < 0
        found[name] = np.where(sure, best, UNCERTAIN)
    return found


def as_table(seats: Codes, votes: Codes, classes: int) -> CrowdVotes:
    """The votes for the model; could not tell is one more label, where anybody could not."""
    items = np.repeat(np.arange(len(votes)), votes.shape[1])
    labels = np.where(votes == UNCERTAIN, classes, votes).ravel()
    return CrowdVotes(
        items, seats.ravel(), labels, len(votes), SEATS, classes + int((votes == UNCERTAIN).any())
    )


def labelled_plurality(votes: Codes, classes: int) -> Codes:
    """The label with the most votes, could not tell being none."""
    return np.asarray(np.stack([(votes == label).sum(1) for label in range(classes)]).argmax(0))


def beside_crowd_kit(deal: Deal, seed: int) -> dict[str, Any] | None:
    """Our model and crowd-kit's on the same votes; ``None`` where it is not installed."""
    try:
        pandas, kit = import_module("pandas"), import_module("crowdkit.aggregation.classification")
    except ImportError as error:
        print(f"without crowd-kit: {error}")
        return None
    rng = np.random.default_rng([seed, 2])
    dealt = deal(rng)
    classes = int(dealt.votes.max()) + 1
    seats, votes = seated(dealt, FEW, rng)
    table = as_table(seats, spoiled(seats, votes, FEW, classes, rng), classes)
    frame = pandas.DataFrame({"task": table.item, "worker": table.person, "label": table.label})
    found: dict[str, Any] = {}
    for name, model in (("dawid-skene", kit.DawidSkene), ("one-coin", kit.OneCoinDawidSkene)):
        clock = time.perf_counter()
        theirs = model(n_iter=100).fit_predict_proba(frame).reindex(columns=range(table.labels))
        middle = time.perf_counter()
        chance = theirs.sort_index().fillna(0.0).to_numpy()
        for pull in (0.0, 2.0):
            start = time.perf_counter()
            ours = fit_crowd(table, method=name, pull=pull).posteriors
            found[f"{name}, pull {pull:g}"] = {
                "same label": float((ours.argmax(1) == chance.argmax(1)).mean()),
                "mean difference of posteriors": float(np.abs(ours - chance).max(1).mean()),
                "seconds": round(time.perf_counter() - start, 3),
                "crowd-kit's seconds": round(middle - clock, 3),
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--resamplings", type=int, default=400)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/crowd_rules.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    code, clock = stamp(), time.process_time()
    deals: Mapping[str, Deal] = {
        **{name: snippets(given.data, name) for name in SETS},
        "pictures": pictures,
    }
    found: dict[str, Any] = {
        "what": "rules for several people: until decided, weighed, and who clicks without looking",
        "command": f"python benchmarks/crowd_rules.py --data FOLDER --resamplings {given.resamplings}",
        **code,
        "seed": given.seed,
        "resamplings": given.resamplings,
    }
    few = max(1, given.resamplings // 4)
    for part, make in {
        "rules": lambda deal: rules(deal, given.resamplings, given.seed),
        "worst": lambda deal: worst(deal, given.seed),
        "weights": lambda deal: weights(deal, few, given.seed, 0),
        "weights, five click": lambda deal: weights(deal, few, given.seed, 5),
        "crowd-kit": lambda deal: beside_crowd_kit(deal, given.seed),
    }.items():
        found[part] = {name: make(deal) for name, deal in deals.items()}
        print(part, json.dumps(found[part])[:1500], flush=True)
    found["flags"] = flagged(given.seed, given.resamplings)
    print(json.dumps(found["flags"], indent=1))
    found["seconds"] = round(time.process_time() - clock)
    given.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
