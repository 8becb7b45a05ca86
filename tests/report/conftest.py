"""One audit of each sort, made once and read by many tests."""

from pathlib import Path

import pytest
from report_records import colour_record, digits_record, vector_record

from preceptor.audit import Record


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Small grey images, a panel with votes, six attacks."""
    return digits_record(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Twelve named features, no votes."""
    return vector_record(tmp_path_factory.mktemp("vectors"), features=12)


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Colour images from 0 to 255, named classes."""
    return colour_record(tmp_path_factory.mktemp("colours"))


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for records that are made by hand."""
    return tmp_path_factory.mktemp("empty")
