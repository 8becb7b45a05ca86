"""One audit of each sort, made once and read by many tests."""

from pathlib import Path

import pytest
from report_records import colour_record, digits_record, vector_record

from preceptor.audit import Record, StudentComparison, side_by_side


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


@pytest.fixture(scope="session")
def students(digits: Record, tmp_path_factory: pytest.TempPathFactory) -> StudentComparison:
    """Three students of the small digits: the second is more robust, the third hardly differs."""
    folder = tmp_path_factory.mktemp("students")
    robust = digits_record(folder / "robust", name="robust student", blur=1.0)
    third = digits_record(folder / "third", name="third student", blur=0.05)
    return side_by_side([digits, robust, third])


@pytest.fixture(scope="session")
def vector_students(vectors: Record, tmp_path_factory: pytest.TempPathFactory) -> StudentComparison:
    """Two students of twelve features."""
    other = vector_record(tmp_path_factory.mktemp("other"), features=12, name="other", tilt=0.1)
    return side_by_side([vectors, other])
