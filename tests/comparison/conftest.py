"""One thread, and one small comparison that several tests look at."""

from pathlib import Path

import pytest
import torch
from comparison_cells import SMALL

from preceptor.comparison import Comparison, compare

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    folder = tmp_path_factory.mktemp("comparison")
    return compare(SMALL, folder), folder
