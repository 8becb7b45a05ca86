"""A desk with a study of pictures, one of rows and one of pairs; an owner and a member."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from desk_client import HOST, Client
from starlette.types import ASGIApp

from preceptor.desk import make_app
from preceptor.people import Settings, Studies, persons


@dataclass(frozen=True)
class Opened:
    """A desk, and how to come in."""

    studies: Studies
    app: ASGIApp

    def invite(self, name: str, role: persons.Role = "member") -> str:
        with self.studies.database.write() as db:
            return persons.invite(db, persons.enroll(db, name, role))

    def client(self, name: str, role: persons.Role = "member") -> Client:
        return Client(self.app).enter(self.invite(name, role))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Opened]:
    with Studies(tmp_path / "study.db") as studies:
        plain = {"again": 0.0, "known": 0.0}
        studies.make("pictures", Settings(("0", "1", "2"), (1, 8, 8), **plain))
        studies.file("pictures", torch.rand(12, 1, 8, 8), "x")
        studies.make("rows", Settings(("yes", "no"), (3,), names=("a", "<b>", "c"), **plain))
        studies.file("rows", torch.rand(4, 3), "x")
        studies.make("pairs", Settings(("same", "different"), (2, 3, 8, 8), **plain))
        studies.file("pairs", torch.rand(4, 2, 3, 8, 8), "x")
        yield Opened(studies, make_app(studies, frozenset({HOST})))
