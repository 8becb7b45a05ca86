"""The model of people who vote: finds who is right, agrees with a computation by hand, takes help."""

import numpy as np
import pytest

from preceptor.core import InputError
from preceptor.teachers.crowd_model import CROWD_METHODS, CrowdMethod, CrowdVotes, fit_crowd


def crowd(
    seed: int = 0, *, items: int = 400, guess: int = 3, good: int = 4
) -> tuple[CrowdVotes, np.ndarray]:
    """Everybody votes on everything; the first ones guess, the others are right nine times of ten."""
    rng = np.random.default_rng(seed)
    right = rng.integers(0, 3, items)
    people = guess + good
    sure = np.where(np.arange(people) < guess, 1 / 3, 0.9)
    hit = rng.random((items, people)) < sure
    said = np.where(hit, right[:, None], (right[:, None] + rng.integers(1, 3, (items, people))) % 3)
    item = np.repeat(np.arange(items), people)
    person = np.tile(np.arange(people), items)
    return CrowdVotes(item, person, said.ravel(), items, people, 3), right


def majority(votes: CrowdVotes) -> np.ndarray:
    counts = np.zeros((votes.items, votes.labels))
    np.add.at(counts, (votes.item, votes.label), 1)
    return counts.argmax(1)


@pytest.mark.parametrize("method", CROWD_METHODS)
def test_who_guesses_counts_less(method: CrowdMethod) -> None:
    votes, right = crowd()
    fit = fit_crowd(votes, method=method)
    assert np.allclose(fit.posteriors.sum(1), 1)
    assert np.allclose(fit.matrices.sum(2), 1)
    assert fit.accuracy[:3].max() < 0.5 < 0.8 < fit.accuracy[3:].min()
    assert (fit.posteriors.argmax(1) == right).mean() > (majority(votes) == right).mean() + 0.01


def test_one_round_by_hand() -> None:
    """Two labels, three people without made-up votes: expectation after one maximisation."""
    item, person = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
    label = np.array([0, 0, 1, 0, 0, 0, 1, 1, 1])
    votes = CrowdVotes(item, person, label, 3, 3, 2)
    fit = fit_crowd(votes, pull=0.0)
    # the third item's votes agree for 1, the second's for 0; the first's two of three say 0
    assert fit.posteriors.argmax(1).tolist() == [0, 0, 1]
    assert fit.accuracy[0] == pytest.approx(1.0)
    assert fit.accuracy[2] < 1.0


def test_known_items_tell_who_is_right_where_most_are_wrong() -> None:
    votes, right = crowd(items=200, guess=0, good=2)
    # three more who always say the next label: most votes are wrong
    more = [(i, 2 + p, (right[i] + 1) % 3) for i in range(200) for p in range(3)]
    item, person, label = np.array(more).T
    bad = CrowdVotes(
        np.concatenate([votes.item, item]),
        np.concatenate([votes.person, person]),
        np.concatenate([votes.label, label]),
        200,
        5,
        3,
    )
    known = np.where(np.arange(200) < 40, right, -1)
    free = slice(40, None)
    alone = fit_crowd(bad).posteriors.argmax(1)
    told = fit_crowd(bad, known=known).posteriors
    assert (alone == right)[free].mean() < 0.2
    assert (told.argmax(1) == right)[free].mean() > 0.9
    assert (told[:40] == np.eye(3)[right[:40]]).all()


def test_a_model_helps_as_far_as_it_agrees() -> None:
    votes, right = crowd(seed=3, guess=2, good=1)
    rng = np.random.default_rng(5)
    good = np.full((votes.items, 3), 0.05)
    good[
        np.arange(votes.items), np.where(rng.random(votes.items) < 0.85, right, (right + 1) % 3)
    ] = 0.9
    noise = rng.dirichlet(np.ones(3), votes.items)
    alone, helped, fooled = (
        (fit_crowd(votes, helper=one).posteriors.argmax(1) == right).mean()
        for one in (None, good, noise)
    )
    assert helped > alone + 0.02
    assert fooled > alone - 0.05


def test_an_item_without_votes_has_the_labels_frequencies() -> None:
    votes, _ = crowd(items=50)
    more = CrowdVotes(votes.item, votes.person, votes.label, 51, votes.people, 3)
    assert fit_crowd(more).posteriors[50].max() < 0.6


def test_what_cannot_be_weighed() -> None:
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(InputError, match="no votes"):
        fit_crowd(CrowdVotes(none, none, none, 1, 1, 2))
    votes, _ = crowd(items=5)
    with pytest.raises(InputError, match="label outside"):
        fit_crowd(CrowdVotes(votes.item, votes.person, votes.label + 1, 5, votes.people, 3))
    with pytest.raises(InputError, match="known labels"):
        fit_crowd(votes, known=np.zeros(4, dtype=np.int64))
    with pytest.raises(InputError, match="shape"):
        fit_crowd(votes, helper=np.ones((5, 2)))


@pytest.mark.parametrize("method", CROWD_METHODS)
def test_beside_crowd_kit(method: CrowdMethod) -> None:
    """The same votes through crowd-kit; without made-up votes the labels are the same."""
    reason = "crowd-kit takes hundreds of MB, which the tests do not install"
    kit = pytest.importorskip("crowdkit.aggregation.classification", reason=reason)
    pandas = pytest.importorskip("pandas", reason=reason)
    votes, _ = crowd()
    frame = pandas.DataFrame({"task": votes.item, "worker": votes.person, "label": votes.label})
    model = kit.DawidSkene if method == "dawid-skene" else kit.OneCoinDawidSkene
    theirs = model(n_iter=100).fit_predict_proba(frame).sort_index().to_numpy()
    ours = fit_crowd(votes, method=method, pull=0.0).posteriors
    assert (theirs.argmax(1) == ours.argmax(1)).mean() > 0.99
