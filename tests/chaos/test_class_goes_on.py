"""A live class goes on while its socket server and its Valkey die: nobody misses a word of the lossless lane."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.client import Api, wait_for
from tests.harness.platform import Platform
from tests.harness.processes import eventually
from tests.harness.sockets import Listener

GUESTS = 5
WITHIN_S = 5.0


class Class:
    """A class that its host talks in, and guests with a page each."""

    def __init__(self, platform: Platform, *, title: str, guests: int = GUESTS, at: str = "") -> None:
        self._platform = platform
        self.host = platform.api().log_in(*platform.account("instructor"))
        now = datetime.now(UTC)
        times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
        plan = {"title": title, **times, "settings": {"takes_guests": True}}
        made = self.host.post("/live/classes", plan, expect=201)
        self.id = made["first"]["id"]
        for move in ("open", "start"):
            self.host.post(f"/live/classes/{self.id}/{move}")
        self.join = self.host.post(f"/live/classes/{self.id}/join")["join_token"]
        code = self.host.get(f"/live/classes/{self.id}")["code"]
        self.guests = [Guest(platform, code, number, at=at) for number in range(guests)]
        self.said: list[str] = []
        # What is said again under its own id is said once.
        self.host.is_patient = True

    def say(self, count: int) -> None:
        """Let the host say so much more."""
        for _ in range(count):
            self.said.append(f"word {len(self.said)}")
            body = {"client_msg_id": str(uuid.uuid4()), "body": self.said[-1]}
            self.host.ask("POST", f"/live/classes/{self.id}/messages", body=body, expect=201, headers=self.as_host())

    def as_host(self) -> dict[str, str]:
        """Return the header by which the host acts in the room."""
        return {"stoa-join": self.join}

    def all_heard_all(self) -> None:
        """Wait until every guest has heard every word, and look that it was once and in order."""
        for guest in self.guests:
            wait_for(lambda guest=guest: len(guest.words()) >= len(self.said), why="everybody hears all of it")
            assert guest.words() == self.said

    def close(self) -> None:
        """Send everybody home."""
        for guest in self.guests:
            guest.page.close()


class Guest:
    """Somebody who came by the code, and their page."""

    def __init__(self, platform: Platform, code: str, number: int, *, at: str = "") -> None:
        self.api: Api = platform.api(is_patient=True)
        coming = {"code": code, "name": f"Guest {number}", "agrees": True, "is_of_age": True, "consent": True}
        self.joined: dict[str, Any] = self.api.post("/live/guests", coming)
        self.class_id = self.joined["class"]["id"]
        self.id = self.joined["participant"]["id"]
        self.page = Listener(platform, lambda: str(self.renewed()["connection_token"]), at=at)
        self.page.listen(self.lane, lambda: self.token_of(self.lane))

    @property
    def lane(self) -> str:
        """Return the channel of what must not be lost."""
        return f"class:{self.class_id}"

    def renewed(self) -> dict[str, Any]:
        """Ask for fresh tokens; whoever was sent out gets none."""
        answer = self.api.send(
            "POST", f"/live/classes/{self.class_id}/join/renew", headers={"stoa-join": self.joined["join_token"]}
        )
        found: dict[str, Any] = answer.json() if answer.status_code == 200 else {"connection_token": "", "channels": []}
        return found

    def token_of(self, channel: str) -> str:
        """Return a token of a channel, an empty one for whom none is given."""
        return next((one["token"] for one in self.renewed()["channels"] if one["channel"] == channel), "")

    def words(self) -> list[str]:
        """Return what the host was heard to say, in the order of hearing."""
        return [one["message"]["body"] for one in self.page.data_in(self.lane) if one["t"] == "message"]


@pytest.fixture
def class_(split: Platform) -> Iterator[Class]:
    """Lend a class that runs."""
    found = Class(split, title="While the machine burns")
    yield found
    found.close()


def standing_by(platform: Platform) -> bool:
    return any(
        (one["name"], one["state"]) == ("sockets-standby", "standing by") for one in platform.status()["services"]
    )


def test_whatever_dies_everybody_hears_every_word_once_and_in_order(split: Platform, class_: Class):
    blows: list[Callable[[], object]] = [
        lambda: split.kill("sockets"),
        lambda: split.kill("valkey"),
        lambda: os.kill(split.pid_of("sockets"), signal.SIGTERM),
        lambda: split.kill("live"),
    ]
    class_.say(3)
    class_.all_heard_all()

    for blow in blows:
        eventually(lambda: standing_by(split), why="another socket server stands by")
        class_.say(2)
        blow()
        class_.say(4)
        class_.all_heard_all()

    assert all(False not in guest.page.recoveries for guest in class_.guests), "the epoch of the lane stays"


def test_whoever_is_sent_out_hears_no_more_within_five_seconds_and_stays_outside(split: Platform, class_: Class):
    gone, stays = class_.guests[:2]

    class_.host.post(
        f"/live/classes/{class_.id}/people/{gone.id}/remove", {"reason": "enough"}, headers=class_.as_host(), expect=204
    )

    gone.page.is_told("disconnected", within_s=WITHIN_S)
    class_.say(1)
    wait_for(lambda: stays.words() == class_.said, why="the others hear it")
    assert gone.words() == []
    assert gone.renewed()["connection_token"] == ""
