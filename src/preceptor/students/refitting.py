"""Estimators of scikit-learn fitted anew to weighted examples."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy import sparse
from torch import Tensor

from preceptor.core import InputError, Texts
from preceptor.core.extras import install
from preceptor.core.inputs import in_words

REPEATS: int = 20
"""How often an example is given at most to an estimator that takes no weights."""


def refitted(
    estimator: Any,
    inputs: Texts,
    labels: Int64[Tensor, " examples"],
    weights: Float[Tensor, " examples"],
    *,
    own: Mapping[int, Any],
    who: str,
    seed: int,
) -> Any:
    """A clone of an estimator, fitted to texts.

    Where its last step takes weights it gets them; else examples are repeated in proportion, the
    lightest once, at most ``REPEATS`` times.

    Args:
        estimator: whose settings are kept.
        inputs: the texts.
        labels: of them.
        weights: of them, above 0.
        own: the estimator's own class of each label.
        who: its name, for messages.
        seed: of whatever it draws.

    Raises:
        InputError: scikit-learn is not installed, a label is none of its classes, or it refuses.
    """
    try:
        from sklearn.base import clone
        from sklearn.utils.validation import has_fit_parameter
    except ImportError as error:
        raise InputError(f"teaching {who!r} needs scikit-learn: {install('sklearn')}") from error
    unknown = sorted(set(labels.tolist()) - set(own))
    if unknown:
        raise InputError(f"student {who!r} has no class for the labels {unknown}")
    try:
        fresh = clone(estimator)
    except (TypeError, RuntimeError) as error:
        raise InputError(
            f"student {who!r} cannot be copied unfitted, as scikit-learn's estimators can: {error}"
        ) from error
    random = {name: seed for name in fresh.get_params() if name.split("__")[-1] == "random_state"}
    fresh.set_params(**random)
    rows: Any = list(inputs)
    targets = np.array([own[label] for label in labels.tolist()])
    given = weights.double().numpy()
    options: dict[str, Any] = {}
    steps = getattr(fresh, "steps", None)
    last = steps[-1][1] if steps else fresh
    if has_fit_parameter(last, "sample_weight"):
        options[f"{steps[-1][0]}__sample_weight" if steps else "sample_weight"] = given
    else:
        times = np.clip(np.round(given / given.min()), 1, REPEATS).astype(int)
        rows = [row for row, many in zip(rows, times.tolist(), strict=True) for _ in range(many)]
        targets = np.repeat(targets, times)
    try:
        fresh.fit(rows, targets, **options)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"student {who!r} cannot be fitted to {len(rows)} texts with {len(set(targets.tolist()))} "
            f"different labels: {error}"
        ) from error
    return fresh


WIDTH: int = 64
"""Numbers of an embedding."""


def embedded(estimator: Any, inputs: Texts, who: str) -> Float[Tensor, "batch hidden"]:
    """What a pipeline makes of texts before its last step, brought to 64 numbers.

    By a random projection that hangs on the number of features alone (Johnson & Lindenstrauss 1984;
    the sparse signs of Achlioptas 2003), so that a text has the same vector in every batch.

    Raises:
        InputError: no pipeline, or one that refuses the texts.
    """
    steps = getattr(estimator, "steps", None)
    if not steps or len(steps) < 2:
        raise InputError(
            f"student {who!r} is no pipeline whose first steps say what they make of texts; use a "
            "strategy that needs probabilities alone, such as pool-uncertainty"
        )
    try:
        features = sparse.csr_matrix(estimator[:-1].transform(list(inputs)))
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"student {who!r} refuses {in_words(inputs)}: {error}") from error
    rng = np.random.default_rng(features.shape[1])
    signs = rng.integers(-1, 2, size=(features.shape[1], WIDTH), dtype=np.int8)
    found = np.asarray(features @ signs.astype(np.float32)) * np.sqrt(1.5 / WIDTH)
    return torch.from_numpy(found.astype(np.float32))
