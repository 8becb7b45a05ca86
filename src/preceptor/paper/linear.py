"""Linear students through 0: logistic regression, ordinary and adversarial."""

from typing import Literal

import numpy as np
from scipy.optimize import minimize
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError


def fit_linear(
    inputs: Tensor,
    labels: Tensor,
    *,
    eps: float = 0.0,
    norm: Literal["inf", "2"] = "inf",
    ridge: float = 1.0,
) -> np.ndarray:
    """Weights ``Float64[features]`` of logistic regression without an intercept.

    Minimises ``ridge / 2 * |w|_2**2`` plus the logistic loss of the worst point of every example's
    ball, label assumed. For a linear student that point is known: the margin falls by
    ``eps * |w|_1`` in an l_inf ball and by ``eps * |w|_2`` in an l_2 ball (the dual norms; Goodfellow
    et al. 2015, section 5, for l_inf), so no attack is needed. Solved by L-BFGS-B, for l_inf with
    the weights as a difference of two parts that are not negative, which makes the loss smooth.

    Args:
        inputs: ``Float[examples, features]``.
        labels: ``Int64[examples]``, 0 or 1.
        eps: radius of the ball; 0 for ordinary regression.
        norm: of the ball.
        ridge: as ``1 / C`` in scikit-learn.

    Raises:
        InputError: labels other than 0 and 1, or a solver that does not end.
    """
    x = inputs.double().numpy()
    kinds = set(labels.tolist())
    if not kinds <= {0, 1}:
        raise InputError(f"expected labels 0 and 1; got {sorted(kinds)}")
    sign = 2.0 * labels.numpy() - 1.0
    features = x.shape[1]
    split = eps > 0 and norm == "inf"

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        w = z[:features] - z[features:] if split else z
        length = float(np.linalg.norm(w))
        lost = eps * (float(z.sum()) if split else length)
        margin = sign * (x @ w) - lost
        slope = -1.0 / (1.0 + np.exp(np.clip(margin, -500, 500)))  # of the loss by the margin
        value = float(np.logaddexp(0.0, -margin).sum()) + ridge / 2 * length**2
        gradient = x.T @ (slope * sign) + ridge * w
        if split:
            pull = eps * float(slope.sum())
            return value, np.concatenate([gradient - pull, -gradient - pull])
        if eps > 0 and length > 0:
            gradient = gradient - eps * float(slope.sum()) * w / length
        return value, gradient

    size = 2 * features if split else features
    bounds = [(0.0, None)] * size if split else None
    start = np.full(size, 1e-3)
    options = {"maxiter": 5000, "maxfun": 20_000, "ftol": 1e-12, "gtol": 1e-7}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if not np.isfinite(found.x).all():
        raise InputError(f"the regression did not end: {found.message}")
    solved: np.ndarray = found.x[:features] - found.x[features:] if split else found.x
    return solved


def wrong(weights: np.ndarray, inputs: Tensor, answers: Tensor) -> float | None:
    """The share of inputs at which the sign of the weighted sum is not the teacher's label, among
    those of which the teacher is certain; ``None`` where there are none.
    """
    certain = (answers != UNCERTAIN).numpy()
    if not certain.any():
        return None
    said = inputs.double().numpy()[certain] @ weights > 0
    return float((said != (answers.numpy()[certain] == 1)).mean())
