"""A model of the people who vote: how probable each label of each item is, given who said what.

Dawid & Skene (1979, *Applied Statistics* 28): each person has a matrix of the chances to say ``l`` where
``t`` is right, each right answer a frequency, and both are fitted by expectation-maximisation. The
differences: a person's matrix is drawn towards that of all people by ``PULL`` made-up votes for each
right answer, so that somebody with few votes counts like the others; the right answer of *known
items* stays fixed; and a model of the items may take part as one more voter whose vote is its
probabilities, with a matrix of its own, so that it counts as far as it agrees with the people
(model-assisted; Goh et al. 2022 do so too, by another weighting). *One-coin* gives each person a
single accuracy, with all wrong labels alike.

Posteriors of such models are overconfident on people's votes: people err on the same items, and
the model takes every vote as a fresh look. ``docs/reference/benchmarks.md`` says how much, as measured.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError

CrowdMethod = Literal["dawid-skene", "one-coin"]
CROWD_METHODS: Final[tuple[CrowdMethod, ...]] = get_args(CrowdMethod)

PULL: Final = 2.0
"""So many votes for each right answer, shared out as all people's are, stand beside a person's own."""

ROUNDS: Final = 100
CLOSE: Final = 1e-5
"""It ends after so many rounds, or where the mean log-likelihood of an item gains less."""

_TINY: Final = 1e-12

Counts = NDArray[np.int64]
Chances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CrowdVotes:
    """Who said what of which item, all as numbers from 0.

    Attributes:
        item: ``Int64[votes]``.
        person: ``Int64[votes]``.
        label: ``Int64[votes]``. *Can't tell*, where it is an answer, is a label of its own.
        items: how many.
        people: how many.
        labels: how many.
    """

    item: Counts
    person: Counts
    label: Counts
    items: int
    people: int
    labels: int


@dataclass(frozen=True, eq=False)
class CrowdFit:
    """What the model makes of the votes.

    Attributes:
        posteriors: ``Float64[items, labels]``. Of an item without votes, the labels' frequencies.
        matrices: ``Float64[people, right answer, said]``.
        accuracy: ``Float64[people]``: how often each says the right answer, by the labels' frequencies.
        helper: the same of the model that took part; ``None`` without one.
        rounds: how many it took.
    """

    posteriors: Chances
    matrices: Chances
    accuracy: Chances
    helper: float | None
    rounds: int


def fit_crowd(
    votes: CrowdVotes,
    *,
    method: CrowdMethod = "dawid-skene",
    known: Counts | None = None,
    helper: Chances | None = None,
    pull: float = PULL,
) -> CrowdFit:
    """Fit the model; deterministic, from the shares of votes.

    Args:
        votes: who said what.
        method: a matrix for each person, or one accuracy.
        known: ``Int64[items]``, the right label where it is known, -1 elsewhere.
        helper: ``Float64[items, labels]``, the probabilities of a model that takes part; a row of
            zeros where it says nothing.
        pull: made-up votes for each right answer.

    Raises:
        InputError: no votes, numbers out of range or arrays of another length.
    """
    _check(votes, known, helper)
    said = np.zeros((votes.items, votes.labels))
    np.add.at(said, (votes.item, votes.label), 1.0)
    prior_votes = said.sum(1, keepdims=True) == 0
    belief = np.where(
        prior_votes, 1 / votes.labels, said / np.maximum(said.sum(1, keepdims=True), 1)
    )
    if helper is not None:
        belief = _normal(belief + helper)
    belief, before, rounds = _fixed(belief, known), -np.inf, 0
    for rounds in range(1, ROUNDS + 1):  # noqa: B007
        often = _normal(belief.sum(0) + _TINY)
        matrices = _matrices(votes, belief, method, pull)
        scores = np.tile(np.log(often), (votes.items, 1))
        np.add.at(scores, votes.item, np.log(matrices)[votes.person, :, votes.label])
        model = None
        if helper is not None:
            model = _stochastic(belief.T @ helper, method, pull, None)
            scores += helper @ np.log(model).T
        most = scores.max(1, keepdims=True)
        likely = float((most[:, 0] + np.log(np.exp(scores - most).sum(1))).mean())
        belief = _fixed(_normal(np.exp(scores - most)), known)
        if likely - before < CLOSE:
            break
        before = likely
    accuracy = np.einsum("t,ptt->p", often, matrices)
    own = None if model is None else float(often @ np.diag(model))
    return CrowdFit(belief, matrices, accuracy, own, rounds)


def _matrices(votes: CrowdVotes, belief: Chances, method: CrowdMethod, pull: float) -> Chances:
    """Each person's matrix, ``Float64[people, right answer, said]``."""
    counts = np.zeros((votes.people, votes.labels, votes.labels))
    np.add.at(counts.transpose(0, 2, 1), (votes.person, votes.label), belief[votes.item])
    together = _stochastic(counts.sum(0), method, 1.0, None)
    return _stochastic(counts, method, pull, together)


def _stochastic(
    counts: Chances, method: CrowdMethod, pull: float, towards: Chances | None
) -> Chances:
    """Counts as chances, with made-up votes shared out as ``towards`` says, or evenly."""
    labels = counts.shape[-1]
    share = np.full((labels, labels), 1 / labels) if towards is None else towards
    if method == "one-coin":
        eye = np.eye(labels)
        right = (counts * eye).sum((-2, -1)) + pull * (share * eye).sum() / labels
        wrong = (counts * (1 - eye)).sum((-2, -1)) + pull * (share * (1 - eye)).sum() / labels
        sure = np.clip(right / np.maximum(right + wrong, _TINY), 1e-6, 1 - 1e-6)[..., None, None]
        return np.asarray(eye * sure + (1 - eye) * (1 - sure) / max(1, labels - 1))
    return _normal(counts + pull * share + _TINY)


def _normal(rows: Chances) -> Chances:
    return np.asarray(rows / np.maximum(rows.sum(-1, keepdims=True), _TINY))


def _fixed(belief: Chances, known: Counts | None) -> Chances:
    if known is None:
        return belief
    there = known >= 0
    belief = belief.copy()
    belief[there] = np.eye(belief.shape[1])[known[there]]
    return belief


def _check(votes: CrowdVotes, known: Counts | None, helper: Chances | None) -> None:
    if not len(votes.item):
        raise InputError("there are no votes to weigh")
    for name, most in (("item", votes.items), ("person", votes.people), ("label", votes.labels)):
        found = getattr(votes, name)
        if len(found) != len(votes.item) or found.min() < 0 or found.max() >= most:
            raise InputError(f"votes to weigh: a number of {name} outside 0 .. {most - 1}")
    if known is not None and (known.shape != (votes.items,) or known.max() >= votes.labels):
        raise InputError(f"known labels: expected one for each of {votes.items} items, or -1")
    if helper is not None and helper.shape != (votes.items, votes.labels):
        raise InputError(
            f"the model's probabilities have shape {helper.shape}; expected "
            f"{(votes.items, votes.labels)}"
        )
