"""A desk without a network: the app itself, asked through httpx, as a browser would ask."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from starlette.types import ASGIApp

from preceptor.people import Studies, access, persons

HOST = "127.0.0.1:8420"
ORIGIN = {"origin": f"http://{HOST}"}


class Client:
    """One browser: keeps its cookies, and the key that its pages send along."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.cookies = httpx.Cookies()
        self.key = ""
        self.said: dict[str, str] = {}

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        given["headers"] = {"x-preceptor-key": self.key, **given.get("headers", {})}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{HOST}", cookies=self.cookies
            ) as client:
                reply = await client.request(method, path, **given)
                self.cookies = client.cookies
                return reply

        return asyncio.run(asked())

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.ask("GET", path, **given)

    def post(self, path: str, body: object, **given: Any) -> httpx.Response:
        headers = {**ORIGIN, "content-type": "application/json", **given.pop("headers", {})}
        return self.ask("POST", path, content=json.dumps(body), headers=headers, **given)

    def enter(self, token: str) -> "Client":
        reply = self.post("/in", {"token": token})
        assert reply.status_code == 200
        self.key = reply.json()["key"]
        return self

    def next(self, study: int, wanted: int = 1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/study/{study}/next?wanted={wanted}").json()[
            "items"
        ]
        return found

    def answer(self, study: int, ticket: str, label: object, **more: object) -> httpx.Response:
        """Answer, or correct what this browser said before."""
        body = {"ticket": ticket, "token": uuid4().hex, "label": label, "seconds": 1.5, **more}
        reply = self.post(f"/study/{study}/answer", {"instead": self.said.get(ticket), **body})
        if reply.status_code == 200:
            self.said[ticket] = str(body["token"])
        return reply


@dataclass(frozen=True)
class Opened:
    """A desk, and how to come in."""

    studies: Studies
    app: ASGIApp

    def invite(self, name: str, role: persons.Role = "member") -> str:
        """A link for a person, who belongs to every study from now on."""
        with self.studies.database.write() as db:
            person = persons.enroll(db, name, role)
            for study in self.studies.all():
                access.join(db, study.number, person)
            return persons.invite(db, person)

    def client(self, name: str, role: persons.Role = "member") -> Client:
        return Client(self.app).enter(self.invite(name, role))
