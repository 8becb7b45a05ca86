"""scikit-activeml's pool strategies: what they are given, what they choose, how they are refused."""

import inspect
import sys

import numpy as np
import pytest
import torch
from strategy_table import counting, given, learner, pool, small
from test_catalogue import setting

from preceptor.core import UNCERTAIN, InputError, generator
from preceptor.lessons import Examples, fingerprint
from preceptor.strategies import PoolUncertainty, SkActiveML, parse
from preceptor.strategies.embedding import embeddings


def rng(seed=0):
    return generator(seed, "activeml")


def unsure():
    """Of a hundred known examples ten are uncertain."""
    known = given()
    labels = known.labels.clone()
    labels[:10] = UNCERTAIN
    return Examples(known.inputs, labels, 2, "given")


def usable():
    library = pytest.importorskip("skactiveml.pool")
    with pytest.raises(InputError) as refused:
        SkActiveML("nonsense", pool(), counting())
    names = str(refused.value).partition("There are: ")[2].rstrip(".").split(", ")
    assert {"UncertaintySampling", "QueryByCommittee", "Badge", "CoreSet", "Quire"} <= set(names)
    assert len(names) > 20
    assert all(inspect.isclass(getattr(library, name)) for name in names)
    return names


def test_every_strategy_there_is_chooses_repeatably():
    for name in usable():
        lessons = []
        for _ in range(2):
            teacher = counting()
            made = SkActiveML(name, pool(), teacher, members=2, steps=10)
            lessons.append(made(learner(), [unsure()], 5, rng=rng()))
            assert teacher.count == 5, name
        assert fingerprint(lessons[0]) == fingerprint(lessons[1]), name
        chosen = lessons[0].inputs
        assert len(torch.unique(chosen, dim=0)) == 5, name
        assert all((pool() == one).all(1).any() for one in chosen), name


def test_uncertainty_is_the_students_own():
    """The library's margin sampling and ours choose the same inputs by the same beliefs."""
    pytest.importorskip("skactiveml")
    theirs = SkActiveML("UncertaintySampling", pool(), counting(), {"method": "margin_sampling"})
    ours = PoolUncertainty(pool(), counting(), "margin")
    chosen = [
        {row.numpy().tobytes() for row in one(learner(3), [given()], 9, rng=rng()).inputs}
        for one in (theirs, ours)
    ]
    assert chosen[0] == chosen[1]


def test_what_the_library_is_given(monkeypatch):
    """Uncertain answers are shown without a label, and are no candidates."""
    library = pytest.importorskip("skactiveml.pool")
    seen = {}
    real = library.TypiClust.query

    def spy(self, shown, said, candidates=None, **rest):
        seen.update(X=shown, y=said, candidates=candidates, missing=self.missing_label)
        return real(self, shown, said, candidates=candidates, **rest)

    monkeypatch.setattr(library.TypiClust, "query", spy)
    student, known = learner(), unsure()
    SkActiveML("TypiClust", pool(), counting())(student, [known], 4, rng=rng())
    assert seen["missing"] == UNCERTAIN
    assert (seen["y"][:100] == known.labels.numpy()).all()
    assert (seen["y"][100:] == UNCERTAIN).all()
    assert len(seen["X"]) == 100 + len(pool())
    assert seen["candidates"].tolist() == list(range(100, 100 + len(pool())))
    hidden, _ = embeddings(student, known.inputs)
    assert np.allclose(seen["X"][:100], hidden.numpy())


def test_by_name_with_its_own_options():
    pytest.importorskip("skactiveml")
    made = parse("skactiveml:QueryByCommittee,method=vote_entropy,members=2,most=30", setting())
    assert isinstance(made, SkActiveML)
    assert made.name == "skactiveml QueryByCommittee method=vote_entropy"
    assert (made.members, made.most, made.space) == (2, 30, "embedding")
    assert small().source.domain.shape == made.pool.shape[1:]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("skactiveml", "lacks a name; write for example skactiveml:Unc"),
        ("skactiveml:most=3", "lacks a name"),
        ("skactiveml:Nothing", "there is no such strategy. There are: Badge, "),
        ("skactiveml:GreedySamplingTarget", "chooses for a regression"),
        ("skactiveml:SubSamplingWrapper", "wraps another strategy"),
        ("skactiveml:Badge,colour=red", "has no option 'colour'. It has: clf_embedding_flag_name"),
        ("skactiveml:Badge,space=outer", "must be one of embedding, inputs"),
        ("skactiveml:Badge,members=1", "at least 2 members"),
    ],
)
def test_what_cannot_be_is_refused(spec, message):
    pytest.importorskip("skactiveml")
    with pytest.raises(InputError, match=message):
        parse(spec, setting())


def test_what_the_library_refuses_is_said():
    pytest.importorskip("skactiveml")
    made = parse("skactiveml:UncertaintySampling,method=guess", setting())
    with pytest.raises(InputError, match="UncertaintySampling method=guess cannot choose here"):
        made(learner(), [given()], 3, rng=rng())


def test_without_the_library_its_command_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "skactiveml.pool", None)
    monkeypatch.setitem(sys.modules, "skactiveml", None)
    with pytest.raises(InputError, match=r"pip install '.\[activeml\]'"):
        parse("skactiveml:UncertaintySampling", setting())
