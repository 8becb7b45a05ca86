"""The strategies that test or assume what matters, as the command line reads them."""

from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor

from preceptor.core import Domain, InputError
from preceptor.lessons.environments import EnvironmentWay
from preceptor.strategies.catalogue_types import Setting, StrategyEntry
from preceptor.strategies.environment_training import EnvironmentTraining
from preceptor.strategies.group_lasso import GroupLasso
from preceptor.strategies.junta import Draws, Junta
from preceptor.strategies.strategy import Strategy


def _junta(
    at: Setting,
    checks: int = 12,
    most: int = 10,
    draws: Draws = "both",
    side: int = 1,
    rest: Literal["random", "nothing"] = "random",
    doubt: float = 0.0,
) -> Strategy:
    assert isinstance(at.pool, Tensor)  # noqa: S101 - it is none for texts
    assert isinstance(at.domain, Domain)  # noqa: S101 - see above
    data = torch.cat([at.numbers, at.pool])
    return Junta(at.domain, at.teacher, data, checks, most, draws, side, rest, doubt)


def _group_lasso(strength: float = 0.0, steps: int = 300) -> Strategy:
    return GroupLasso(strength, steps)


def _environments(
    at: Setting, file: str, way: EnvironmentWay = "irm", weight: float = 1.0
) -> Strategy:
    found = _numbers(Path(file))
    if found.ndim != 1 or not 0 < len(found) <= len(at.labels):
        raise InputError(
            f"{file} has shape {tuple(found.shape)}; expected one whole number for each of the first "
            f"of {len(at.labels)} examples with labels"
        )
    n = len(found)
    return EnvironmentTraining(at.numbers[:n], at.labels[:n], found, way, weight)


def _numbers(path: Path) -> Tensor:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read; environments are a .npy file of whole numbers, one for each "
            f"example with a label: {error}"
        ) from error
    if not np.issubdtype(np.asarray(found).dtype, np.integer):
        raise InputError(f"{path} holds {found.dtype}; environments are whole numbers")
    return torch.from_numpy(np.asarray(found).astype(np.int64))


HYPOTHESES: Final[dict[str, StrategyEntry]] = {
    "junta": StrategyEntry(
        _junta,
        "test in pairs which few features matter, assume no others do, then ask at random",
        "junta:checks=12",
    ),
    "group-lasso": StrategyEntry(
        _group_lasso,
        "few features matter, as a penalty on a linear first layer; asks nobody",
        "group-lasso",
        once=True,
    ),
    "environments": StrategyEntry(
        _environments,
        "IRM or group DRO on labels whose environments you give; asks nobody",
        "environments:file=environments.npy,way=irm",
        once=True,
    ),
}
"""By name."""
