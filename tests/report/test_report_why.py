"""The section on why student and teacher part: there, well formed, and true to the explanation."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from report_html import Element, read
from report_records import Linear
from torch import Tensor

from preceptor.audit import Plan, Record, audit
from preceptor.core import Answers, ArraySource, Domain
from preceptor.core import generator as stream
from preceptor.explain import Explanation, explain, ranked, standing_out
from preceptor.report import render


@dataclass
class Pixel:
    """A teacher that looks at one coordinate."""

    at: int
    name: str = "pixel"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "Always."

    def __call__(self, inputs: Tensor) -> Answers:
        labels = (inputs.flatten(1)[:, self.at] > 0.5).long()
        return Answers(labels, torch.zeros(len(inputs)))


def looks_at(at: int, size: int, name: str) -> Linear:
    weights = torch.zeros(size, 2)
    weights[at] = torch.tensor([-9.0, 9.0])
    return Linear(weights, torch.tensor([4.5, -4.5]), name)


def explained(folder: Path, shape: tuple[int, ...]) -> tuple[Record, Explanation]:
    """The student looks at the first coordinate, which repeats the teacher's."""
    rows = torch.from_numpy(stream(0, "why").random((150, *shape))).float()
    flat = rows.flatten(1)
    at = flat.shape[1] // 2 + (4 if len(shape) == 3 else 0)
    flat[:, 0] = flat[:, at]
    student, teacher = looks_at(0, flat.shape[1], "<b>looker</b>"), Pixel(at)
    source = ArraySource(flat.reshape(rows.shape), Domain(shape), name="why")
    record = audit(student, teacher, source, Plan(), folder)
    sibling = looks_at(at, flat.shape[1], "sibling")
    return record, explain(student, teacher, record, siblings=(sibling,))


@pytest.fixture(scope="module", params=[(1, 8, 8), (3, 8, 8), (7,)], ids=str)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Record, Explanation]:
    return explained(tmp_path_factory.mktemp("why"), request.param)


@pytest.fixture(scope="module")
def root(made: tuple[Record, Explanation]) -> Element:
    return read(render(made[0]))


def section(root: Element) -> Element:
    return next(
        e for e in root.all("section") if e.attributes.get("aria-labelledby", "") == "h-why"
    )


def test_it_says_what_was_found(made: tuple[Record, Explanation], root: Element) -> None:
    found = made[1]
    text = section(root).text.replace("\u00a0", " ")
    for one in found.recommendations:
        assert one.advice in text
        assert one.evidence in text
        assert one.limits in text
    top = ranked(found.effects)[0]
    assert top in standing_out(found.effects, found.bar, "student")
    rows = [e for e in section(root).all("tr") if top.name in e.text]
    assert f"{top.flipped.same} of {top.flipped.answered}" in rows[0].text
    assert "stands out" in rows[0].text
    assert "1 sibling on the clean inputs" in text


def test_maps_have_words_and_frames(made: tuple[Record, Explanation], root: Element) -> None:
    figures = [f for f in root.all("figure") if f.attributes.get("class") == "map"]
    image = len(made[0].facts["source"]["domain"]["shape"]) == 3
    assert len(figures) == (3 if image else 0)
    for figure in figures:
        assert figure.all("title")[0].text
        assert figure.all("desc")[0].text
    framed = [p for f in figures for p in f.all("path") if p.attributes["class"] == "stands"]
    alone = standing_out(made[1].effects, made[1].bar, "student")
    assert len(framed) == len([e for e in alone if e.family == "region"])


def test_the_page_stays_well_formed(root: Element) -> None:
    ids = [e.attributes["id"] for e in root.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in root.walk():
        named = element.attributes.get("aria-labelledby", "").split()
        link = element.attributes.get("href", "")
        assert not link or link.startswith(("#", "data:"))
        assert set(named) | ({link[1:]} if link.startswith("#") else set()) <= set(ids)
    levels = [int(e.tag[1]) for e in section(root).walk() if e.tag in ("h2", "h3", "h4")]
    assert levels[0] == 2
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_without_an_explanation_there_is_no_section(tmp_path: Path) -> None:
    record, _ = explained(tmp_path, (7,))
    (tmp_path / "explanation.json").unlink()
    assert "Why they part" not in render(record)


def test_another_records_explanation_is_not_shown(tmp_path: Path) -> None:
    explained(tmp_path / "one", (7,))
    record, _ = explained(tmp_path / "two", (6,))
    for file in ("explanation.json", "explanation.npz"):
        (tmp_path / "one" / file).replace(tmp_path / "two" / file)
    assert "was made of another one" in section(read(render(record))).text
    (tmp_path / "two/explanation.json").write_text("{}")
    assert "has schema None" in section(read(render(record))).text
