"""Studies on both databases: every test that takes ``studies`` runs on each."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import people_postgres
import psycopg
import pytest

from preceptor.people import Settings, Studies, Study


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if people_postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed; run: apt-get install -y postgresql")
    with people_postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for studies that nobody has used."""
    if request.param == "sqlite":
        return str(tmp_path / "study.db")
    url: str = request.getfixturevalue("postgres")
    name = f"d{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def studies(where: str) -> Iterator[Studies]:
    with Studies(where) as opened:
        yield opened


@pytest.fixture
def study(studies: Studies) -> Study:
    """One about 2x2 images of three classes, without repetitions and attention checks."""
    return studies.make("t", Settings(("a", "b", "c"), (1, 2, 2), again=0.0, known=0.0))
