"""What does not change the answer: a change, tried on examples up to the range that is declared."""

import base64
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from starlette.responses import JSONResponse, Response
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng
from preceptor.desk.question_pictures import features, png
from preceptor.desk.requests import Call
from preceptor.desk.tools.tool import Tool
from preceptor.desk.tools.wire import arrays_of
from preceptor.people import Settings, Study, offering
from preceptor.people.changes import (
    DeclaredChange,
    choices,
    domain_of,
    need_range,
    spread,
    transform_of,
)
from preceptor.people.form_checks import LEAST_EXAMPLES
from preceptor.transforms import Resample, code_length, full_length
from preceptor.transforms.hypotheses import outside_bits

POOL: Final = 50
"""The most other inputs that a region is filled from."""

BOTH_WAYS: Final = ((-1.0,), (-0.5,), (0.0,), (0.5,), (1.0,))
CORNERS: Final = ((-1.0, -1.0), (1.0, -1.0), (0.0, 0.0), (-1.0, 1.0), (1.0, 1.0))
DRAWS: Final = ((0.0,), (1.0,), (1.0,), (1.0,), (1.0,))
"""Amounts at which a change is shown: both ends and half way, all corners, or some draws."""


def _facts(study: Study) -> Mapping[str, Any]:
    domain = domain_of(study.settings)
    return {
        "numbers": math.prod(study.settings.shape),
        "least": LEAST_EXAMPLES,
        "changes": [
            {
                "kind": kind,
                "word": change.word,
                "unit": change.unit,
                "least": change.least,
                "most": change.most,
                "usual": change.usual,
                "step": change.step,
                "ranged": change.make is not None,
                "bits": _bits(change, domain),
            }
            for kind, change in choices(study.settings).items()
        ],
    }


def _bits(change: DeclaredChange, domain: Domain) -> float:
    """Of a declaration: whatever the range, a code length in the library; of a region, all but which.

    A region is none of the library's kinds, and so many of all numbers.
    """
    if change.make is None:
        return outside_bits(domain) + math.log2(math.prod(domain.shape) + 1)
    transform = change.make(change.usual)
    known = code_length(transform, domain)
    return full_length(transform, domain) if known is None else known


def attempt(call: Call) -> Response:
    """An input under a change, at both ends of its range and between; nothing is kept.

    Raises:
        InputError: no such change, range or region.
        NotFoundError: this person may not teach on it.
    """
    study = call.study
    settings = study.settings
    kind, amount = call.text("change", 40), call.number("range")
    need_range(settings, kind, amount)
    question = call.whole("question")
    region = arrays_of(call.body.get("arrays", {})).get("region")
    values, pool = _inputs(call, question)
    tried = _tried(settings, kind, amount, region, values, pool, question)
    titles = _numbered([_title(kind, amount, one) for one in _amounts(kind)])
    if not settings.is_image:
        rows = [features(one, settings) for one in tried.numpy()]
        return JSONResponse({"titles": titles, "rows": rows})
    strip = base64.b64encode(_strip(tried, settings)).decode()
    return JSONResponse({"titles": titles, "strip": strip})


def _inputs(call: Call, question: int) -> tuple[np.ndarray, Tensor]:
    """The input, and others of those on which this person may teach."""
    values, study = call.teachable(question), call.study
    with call.desk.studies.database.read() as db:
        offers = offering.offers(db, study.number, call.person.number, POOL + 1)
    others = [one.question for one in offers if one.question != question]
    pool = [call.desk.studies.input(study, one) for one in others]
    return values, torch.from_numpy(np.stack(pool or [values]))


def _tried(
    settings: Settings,
    kind: str,
    amount: float,
    region: np.ndarray | None,
    values: np.ndarray,
    pool: Tensor,
    seed: int,
) -> Tensor:
    """``Float[tries, *shape]``: the input by each of the amounts."""
    domain = domain_of(settings)
    if kind == "border":
        width = round(amount)
        mask = np.ones(settings.shape[1:], bool)
        mask[width:-width, width:-width] = False
        change: Any = Resample(spread(mask, settings), pool)
    else:
        if region is not None:
            shape = settings.shape[1:] if settings.is_image else settings.shape
            if region.shape != shape:
                raise InputError(f"region: expected an array of shape {list(shape)}")
        change = transform_of(settings, kind, amount, region, pool)
    amounts = torch.tensor(_amounts(kind))
    inputs = torch.from_numpy(values.copy()).expand(len(amounts), *settings.shape).clone()
    rng = ItemRng.named(seed, f"same {kind}", [str(i) for i in range(len(amounts))])
    made: Tensor = change(inputs, amounts, domain=domain, rng=rng)
    return made


def _amounts(kind: str) -> Sequence[tuple[float, ...]]:
    if kind == "shift":
        return CORNERS
    return DRAWS if kind in ("noise", "border", "region") else BOTH_WAYS


def _title(kind: str, amount: float, at: tuple[float, ...]) -> str:
    """What was done, in a few words."""
    if not any(at):
        return "as it is"
    if kind == "shift":
        ways = ("left" if at[0] < 0 else "right", "up" if at[1] < 0 else "down")
        return f"{100 * amount:.0f} % {', '.join(ways)}"
    if kind in ("scale", "contrast"):
        return f"{amount ** at[0]:.2f} times"
    if kind in ("border", "region"):
        return "another's"
    if kind == "brightness":
        return f"{100 * amount * at[0]:+.0f} %"
    if kind == "noise":
        return f"{100 * amount:.0f} %"
    unit = "°" if kind == "rotate" else " px"
    return f"{amount * at[0]:+g}{unit}"


def _numbered(titles: list[str]) -> list[str]:
    """Several draws of one amount are told apart by a number."""
    seen: Counter[str] = Counter()
    told = []
    for title in titles:
        seen[title] += 1
        told.append(f"{title} ({seen[title]})" if titles.count(title) > 1 else title)
    return told


def _strip(tried: Tensor, settings: Settings) -> bytes:
    """Pictures side by side, as PNG."""
    tiles = [np.asarray(Image.open(io.BytesIO(png(one, settings, 0)))) for one in tried.numpy()]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(tiles, axis=1)).save(file, "PNG")
    return file.getvalue()


SAME = Tool(
    name="same",
    title="What does not change the answer",
    line="Try a change on a few inputs, and say how far your answer stays the same.",
    kinds=("invariance",),
    fits=lambda settings: bool(choices(settings)),
    facts=_facts,
    asks={"try": attempt},
)
