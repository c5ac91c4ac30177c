"""A class on a running platform, held over its HTTP API: the teacher, guests, messages and polls."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from stoa.app.crowd.http import Answer, Asking
from stoa.kit.contract import Struct
from stoa.kit.http.passes import HEADER


class Guest(Struct, frozen=True, kw_only=True):
    """Somebody in the room with the token that says so."""

    id: str
    join_token: str

    @property
    def headers(self) -> dict[str, str]:
        """Return what a request of theirs carries."""
        return {"stoa-join": self.join_token}


class Classroom:
    """One live class; what is not answered with success is an error, except where the caller looks itself."""

    def __init__(self, url: str, *, connections: int = 32) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        self.http = Asking(address.hostname, address.port, connections=connections)
        self.id = ""
        self.code = ""
        self._bearer: dict[str, str] = {}
        self._teacher: Guest | None = None

    async def hold(self, *, email: str, password: str) -> None:
        """Sign in as the teacher, make a class that takes guests, start it and come in."""
        body = {"email": email, "password": password}
        login = good(await self.http.ask("POST", "/api/v1/identity/login", body=body))
        self._bearer = {"authorization": f"Bearer {login['access_token']}"}
        now = datetime.now(UTC)
        new = {
            "title": "A class under load",
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(hours=2)).isoformat(),
            "settings": {"takes_guests": True, "auto_slow": False},
        }
        made = good(await self.http.ask("POST", "/api/v1/live/classes", body=new, headers=self._bearer))
        one = made["first"]
        self.id = str(one["id"])
        for step in ("open", "start"):
            one = good(await self.http.ask("POST", self.path(step), body={}, headers=self._bearer))
        self.code = str(one["code"])
        joined = good(await self.http.ask("POST", self.path("join"), body={}, headers=self._bearer))
        self._teacher = Guest(id=str(joined["participant"]["id"]), join_token=str(joined["join_token"]))

    @property
    def teacher(self) -> Guest:
        """Return the teacher in the room."""
        assert self._teacher is not None
        return self._teacher

    def path(self, what: str) -> str:
        """Return the path of something of this class."""
        return f"/api/v1/live/classes/{self.id}/{what}"

    async def let_in(self, number: int, *, pass_: str = "") -> Guest:
        """Let a guest in by the code, with the pass of a load test where the limits are on."""
        body = {"code": self.code, "name": f"Guest {number}"}
        headers = {HEADER: pass_} if pass_ else {}
        joined = good(await self.http.ask("POST", "/api/v1/live/guests", body=body, headers=headers))
        return Guest(id=str(joined["participant"]["id"]), join_token=str(joined["join_token"]))

    async def promote(self, guest: Guest) -> None:
        """Make a guest a speaker, whose messages go to everybody and are never sampled away."""
        path = self.path(f"people/{guest.id}/role")
        good(await self.http.ask("POST", path, body={"role": "speaker"}, headers=self.teacher.headers))

    async def say(self, guest: Guest, text: str) -> int:
        """Say something until it is acknowledged, under one and the same number; return the tries."""
        body = {"client_msg_id": str(uuid4()), "body": text}
        for tries in range(1, 200):
            answer = await self.http.ask("POST", self.path("messages"), body=body, headers=guest.headers)
            if answer.is_good:
                return tries
            if answer.status and answer.status < 500 and answer.status != 429:
                raise RuntimeError(f"a message was refused: {answer.status} {answer.body[:300]!r}")
            await pause(0.25)
        raise RuntimeError("a message was not acknowledged in 200 tries")

    async def ask_poll(self, options: int) -> str:
        """Open a poll and return its id."""
        body = {"question": "Which?", "options": [{"text": str(n)} for n in range(options)], "open": True}
        return str(good(await self.http.ask("POST", self.path("polls"), body=body, headers=self.teacher.headers))["id"])

    async def vote(self, guest: Guest, poll: str, choice: int) -> Answer:
        """Cast a ballot, once."""
        path = self.path(f"polls/{poll}/ballot")
        return await self.http.ask("PUT", path, body={"choices": [choice]}, headers=guest.headers)

    async def count(self, poll: str) -> list[int]:
        """Close the poll and return how often each option was chosen."""
        closed = good(await self.http.ask("POST", self.path(f"polls/{poll}/close"), headers=self.teacher.headers))
        if not closed.get("results"):
            path = self.path(f"polls/{poll}/reveal")
            closed = good(await self.http.ask("POST", path, headers=self.teacher.headers))
        return [int(one) for one in closed["results"]["counts"]]

    def close(self) -> None:
        """Hang up."""
        self.http.close()


def good(answer: Answer) -> dict:  # type: ignore[type-arg]  # JSON, read as it comes
    """Return what a good answer says."""
    if not answer.is_good:
        raise RuntimeError(f"answered {answer.status}: {answer.body[:300]!r}")
    return answer.read() if answer.body else {}


async def pause(seconds: float) -> None:
    """Wait between two tries."""
    await asyncio.sleep(seconds)


def mark(publisher: int, number: int) -> str:
    """Return the mark by which the load client knows a message, with the moment it is said."""
    return f"@@{publisher}.{number}.{time.monotonic_ns() // 1000};"
