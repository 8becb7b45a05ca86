"""The page of a search: what was found, by whom, how fast, and what finding nothing would mean."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import InputError, Texts
from preceptor.core.inputs import same_rows
from preceptor.core.show_hook import ShowHook, ShownInput, show_first
from preceptor.core.shown_rows import shown_row
from preceptor.outcome import Rate, wording
from preceptor.report.charts import Dot, dot
from preceptor.report.gallery import FEATURES
from preceptor.report.input_pictures import Triple, triples
from preceptor.report.plotting import Frame, path
from preceptor.report.templating import fill, save
from preceptor.report.text_changes import TextChange, text_changes
from preceptor.search import SCHEMA, SearchResult, Yield, answer

SHOWN: Final = 24
"""Witnesses in the gallery at most."""

PLAIN: Final = 6
"""Of these, so many errors on the data as they are have a place, if there are any."""

FEW: Final = 5
"""A generator with so many questions or fewer has no line of its own."""

FRAME: Final = Frame(400.0, 216.0, 46.0, 14.0, 12.0, 36.0)


@dataclass(frozen=True)
class WitnessCard:
    """One distinct witness, ready to be shown; ``unmoved`` if it is an item of the data itself."""

    number: int
    question: int
    generator: str
    student: str
    sure: str
    teacher: str
    votes: str
    copies: int
    nearest: str
    pictures: Triple | None
    features: tuple[tuple[str, str, str], ...]
    unmoved: bool
    texts: tuple[TextChange, ...] = ()
    own: tuple[ShownInput, ...] = ()


def render_search(result: SearchResult, show: ShowHook | None = None) -> str:
    """The page of a search: one HTML file that loads nothing from anywhere.

    Args:
        result: of the search.
        show: your own function that shows an input (:func:`preceptor.core.show_hook.show_input`).
    """
    classes = [str(name) for name in result.facts["source"]["classes"]]
    gallery = _gallery(result, classes)
    if show is not None:
        gallery = [_shown_by(show, result, card) for card in gallery]
    return fill(
        "search.html.j2",
        answer=answer(result),
        result=result,
        facts=result.facts,
        run=result.run,
        yields=[one for one in result.yields if one.asked],
        dots=generator_dots([one for one in result.yields if one.asked]),
        few=FEW,
        faults=[_fault(fault, classes) for fault in result.facts["faults"]],
        strong=_strong(result),
        gallery=gallery,
        groups=[
            (words, [card for card in gallery if card.unmoved == unmoved])
            for words, unmoved in (("", False), ("Errors on the data as they are", True))
        ],
        curve=_curve(result),
        box=FRAME.box,
        level=f"{100 * result.level:.4g}\u00a0%",
        digest=result.digest,
        schema=SCHEMA,
    )


def write_search(
    result: SearchResult, path: str | Path | None = None, show: ShowHook | None = None
) -> Path:
    """Write the page, whole or not at all; beside the result as ``search.html`` unless told.

    Raises:
        InputError: the result was not saved and no path is given.
        OSError: the file cannot be written.
    """
    if path is None and result.folder is None:
        raise InputError("this search was not saved: give a path for the page, or search(out=...)")
    where = Path(path) if path is not None else Path(str(result.folder)) / "search.html"
    return save(render_search(result, show), where)


def _shown_by(show: ShowHook, result: SearchResult, card: WitnessCard) -> WitnessCard:
    """With what the user's function shows; beside our own way where the function failed."""
    domain, row = result.facts["source"]["domain"], card.question - 1
    near = result.nearest[torch.tensor([int(result.asked.found[row])])]
    inputs = [near, result.asked.inputs[torch.tensor([row])]]
    own = tuple(show_first(show, domain, one) for one in inputs[card.unmoved :])
    if any(view.fault for view in own):
        return replace(card, own=own)
    return replace(card, own=own, pictures=None, features=(), texts=())


def _rate(described: dict[str, Any]) -> Rate:
    return Rate.read(described)


def _fault(fault: dict[str, Any], classes: list[str]) -> dict[str, Any]:
    label = fault["label"]
    said = sorted(fault["student_answers"].items(), key=lambda item: -item[1])
    return {
        **fault,
        "on": "any item" if label is None else f"items answered {wording.name_of(label, classes)}",
        "rate": _rate(fault["error_rate"]),
        "bar": wording.percent(fault["limit"], 100),
        "says": ", ".join(f"{wording.name_of(int(k), classes)} ({n})" for k, n in said[:3]),
    }


def _strong(result: SearchResult) -> dict[str, Any] | None:
    strong = result.facts["estimate"]
    if strong is None:
        return None
    rows = [
        {"name": name, "says": row["says"], "rate": _rate(row)}
        for name, row in strong["families"].items()
    ]
    return {**strong, "rows": rows, "all": _rate(strong["whole"])}


def _gallery(result: SearchResult, classes: list[str]) -> list[WitnessCard]:
    """The first witness of each cluster: what was found before errors on the data as they are, and
    those of different answers first, in turn.
    """
    firsts, asked = result.firsts, result.asked
    turn: dict[tuple[bool, int, int], int] = {}
    ranked = []
    same = same_rows(result.nearest, asked.inputs[firsts]).tolist()
    for cluster, row in enumerate(firsts.tolist()):
        unmoved = same[cluster]
        pair = (unmoved, int(asked.teacher[row]), int(asked.student[row]))
        turn[pair] = turn.get(pair, 0) + 1
        ranked.append((unmoved, turn[pair], -float(asked.sure[row]), cluster))
    ranked.sort()
    kept = min(PLAIN, sum(unmoved for unmoved, *_ in ranked))
    found = [cluster for unmoved, *_, cluster in ranked if not unmoved][: SHOWN - kept]
    plain = [cluster for unmoved, *_, cluster in ranked if unmoved]
    chosen = found + plain[: SHOWN - len(found)]
    domain = result.facts["source"]["domain"]
    generators = [one["name"] for one in result.facts["generators"]]
    if isinstance(asked.inputs, Texts):
        return [
            _shown_text(result, cluster, i + 1, classes, generators)
            for i, cluster in enumerate(chosen)
        ]
    shape = tuple(domain["shape"])
    near, here = result.nearest, asked.inputs[firsts]
    assert isinstance(near, Tensor) and isinstance(here, Tensor)  # noqa: S101, PT018 - no texts
    pairs: list[tuple[np.ndarray, np.ndarray | None]] = [
        (near[k].double().numpy(), here[k].double().numpy()) for k in chosen
    ]
    pictures: list[Triple | None] = [None] * len(chosen)
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        low, high = (_bound(domain[end], shape) for end in ("low", "high"))
        pictures = list(triples(pairs, low, high))
    return [
        _shown(result, cluster, i + 1, pair, picture, classes, generators)
        for i, (cluster, pair, picture) in enumerate(zip(chosen, pairs, pictures, strict=True))
    ]


def _bound(end: Any, shape: tuple[int, ...]) -> np.ndarray:
    value = np.asarray(end, np.float64)
    return np.full(shape, float(value)) if value.ndim == 0 else value.reshape(shape)


def _shown_text(
    result: SearchResult, cluster: int, number: int, classes: list[str], generators: list[str]
) -> WitnessCard:
    """A witness that is a text, with what changed from the nearest item of the data."""
    here = result.asked.inputs[result.firsts[cluster : cluster + 1]]
    near = result.nearest[cluster : cluster + 1]
    assert isinstance(here, Texts) and isinstance(near, Texts)  # noqa: S101, PT018 - as was asked
    card = _said_card(result, cluster, number, classes, generators)
    return replace(card, texts=text_changes(near, here), unmoved=here.rows == near.rows)


def _shown(
    result: SearchResult,
    cluster: int,
    number: int,
    pair: tuple[np.ndarray, np.ndarray | None],
    picture: Triple | None,
    classes: list[str],
    generators: list[str],
) -> WitnessCard:
    here = pair[0] if pair[1] is None else pair[1]
    cells = shown_row(result.facts["source"]["domain"], here, pair[0])
    cells = sorted(cells, key=lambda cell: -cell.size)[:FEATURES]
    features = tuple(
        (cell.name, cell.text if cell.before is None else cell.before, cell.text) for cell in cells
    )
    return replace(
        _said_card(result, cluster, number, classes, generators),
        pictures=picture,
        features=() if picture else features,
        unmoved=bool((here == pair[0]).all()),
    )


def _said_card(
    result: SearchResult, cluster: int, number: int, classes: list[str], generators: list[str]
) -> WitnessCard:
    """What was said of the first witness of a cluster; nothing yet of what it looks like."""
    asked, row = result.asked, int(result.firsts[cluster])
    by = int(asked.generator[row])
    votes = ""
    if asked.votes is not None:
        same = int((asked.votes[row] == asked.teacher[row]).sum())
        votes = f"{same} of {asked.votes.shape[1]}"
    return WitnessCard(
        number=number,
        question=row + 1,
        generator=generators[by] if by >= 0 else "test of a fault",
        student=wording.name_of(int(asked.student[row]), classes),
        sure=_sure(float(asked.sure[row])),
        teacher=wording.said_by(asked.sheet, row, classes),
        votes=votes,
        copies=int((asked.found == cluster).sum()),
        nearest=result.nearest_ids[cluster],
        pictures=None,
        features=(),
        unmoved=False,
    )


def _sure(share: float) -> str:
    """How sure the student was, in words; nothing where it did not say."""
    if not math.isfinite(share):
        return ""
    words = "over 99\u00a0%" if share > 0.99 else wording.percent(share, 100)
    return f"{words} sure"


def generator_dots(yields: Sequence[Yield]) -> list[Dot]:
    """The witness rate of each generator, those with 5 questions or fewer summed in a last line."""
    many = sorted((one for one in yields if one.asked > FEW), key=lambda one: -one.asked)
    few = [one for one in yields if one.asked <= FEW]
    dots = [_generator_dot(one.name, one.asked, one.rate) for one in many]
    if few:
        rates = [one.rate for one in few]
        whole = Rate(
            sum(one.hits for one in rates),
            sum(one.misses for one in rates),
            sum(one.void for one in rates),
            sum(one.unasked for one in rates),
            rates[0].level,
        )
        name = wording.counted(len(few), "generator")
        label = few[0].name if len(few) == 1 else f"{name} with {FEW} questions or fewer each"
        dots.append(_generator_dot(label, sum(one.asked for one in few), whole))
    return dots


def _generator_dot(name: str, asked: int, given: Rate) -> Dot:
    return dot(f"{name}, {wording.counted(asked, 'question')}", "relative", given)


def _ticks(most: int) -> list[int]:
    """Round numbers from 0 on, five at most, the last not above the greatest."""
    step = next(m * 10**k for k in range(12) for m in (1, 2, 5) if most <= 4 * m * 10**k)
    return list(range(0, most + 1, step))


def _curve(result: SearchResult) -> dict[str, Any]:
    """Cumulative witnesses, all and distinct, placed in a box."""
    witnesses, distinct = result.curve
    questions, most = max(1, len(result.asked)), max(1, result.witnesses)

    def line(values: Any) -> str:
        points = [(0, 0), *((i + 1, int(v)) for i, v in enumerate(values.tolist()))]
        keep = [p for i, p in enumerate(points) if i % max(1, len(points) // 300) == 0]
        keep = [*keep, points[-1]]
        return path((FRAME.across(x / questions), FRAME.up(y / most)) for x, y in keep)

    return {
        "all": line(witnesses),
        "distinct": line(distinct),
        "questions": len(result.asked),
        "most": result.witnesses,
        "left": FRAME.left,
        "base": FRAME.up(0.0),
        "top": FRAME.top,
        "right": FRAME.across(1.0),
        "across": [(FRAME.across(n / questions), f"{n:,}") for n in _ticks(questions)],
        "up": [(FRAME.up(n / most), f"{n:,}") for n in _ticks(most)],
    }
