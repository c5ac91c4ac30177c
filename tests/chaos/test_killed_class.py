"""kill -9 in the middle of a class: every ballot and message that was acknowledged is there once, and no other."""

import csv
import io
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.client import Api
from tests.harness.platform import Platform
from tests.harness.processes import eventually

VICTIMS = ("live", "postgres")
PEOPLE = 8
ROUNDS = 12
VOTERS, SIDES = 300, 12


@dataclass
class Guest:
    """Somebody on a phone, who votes, changes their mind and writes."""

    api: Api
    headers: dict[str, str]
    room: str
    choice: int = -1
    said: list[str] = field(default_factory=list)

    @classmethod
    def joined(cls, platform: Platform, code: str, number: int) -> "Guest":
        """Come in by the code."""
        api = platform.api(is_patient=True)
        answer = api.post("/live/guests", {"code": code, "name": f"Guest {number}"})
        room = f"/live/classes/{answer['class']['id']}"
        return cls(api, {"stoa-join": answer["join_token"]}, room)

    def take_part(self, poll: str, number: int, struck: threading.Event, begun: threading.Event) -> "Guest":
        """Vote and write a number of times; what was acknowledged is remembered."""
        for turn in range(ROUNDS):
            choice = (number + turn) % 3
            path = f"{self.room}/polls/{poll}/ballot"
            self.api.ask("PUT", path, body={"choices": [choice]}, headers=self.headers, expect=204)
            self.choice = choice
            body = f"guest {number}, turn {turn}"
            message = {"client_msg_id": str(uuid.uuid4()), "body": body}
            self.api.post(f"{self.room}/messages", message, headers=self.headers, expect=201)
            self.said.append(body)
            if turn == ROUNDS // 4:
                begun.set()
                struck.wait(60)
        return self


def held_class(teacher: Api) -> dict[str, Any]:
    """Plan a class that takes guests, and start it."""
    now = datetime.now(UTC)
    hour = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
    settings = {"takes_guests": True, "auto_slow": False}
    made = teacher.post("/live/classes", {"title": "Under fire", "settings": settings, **hour}, expect=201)
    started: dict[str, Any] = teacher.post(f"/live/classes/{made['first']['id']}/start")
    return started


def asked(teacher: Api, room: str, host: dict[str, str]) -> str:
    """Ask the class something, and return the poll."""
    options = [{"text": "Bowline"}, {"text": "Hitch"}, {"text": "Reef"}]
    poll = {"question": "Which?", "options": options, "open": True}
    return str(teacher.post(f"{room}/polls", poll, headers=host, expect=201)["id"])


@pytest.mark.parametrize("victim", VICTIMS)
def test_what_a_class_acknowledged_survives_and_is_counted_once(split: Platform, victim: str):
    teacher = split.api(is_patient=True).log_in(*split.account("instructor"))
    held = held_class(teacher)
    room = f"/live/classes/{held['id']}"
    host = {"stoa-join": teacher.post(f"{room}/join")["join_token"]}
    poll = asked(teacher, room, host)
    guests = [Guest.joined(split, held["code"], number) for number in range(PEOPLE)]
    struck, begun = threading.Event(), threading.Event()

    with ThreadPoolExecutor(PEOPLE) as pool:
        parts = [pool.submit(guest.take_part, poll, number, struck, begun) for number, guest in enumerate(guests)]
        assert begun.wait(60)
        killed = split.kill(victim)
        struck.set()
        guests = [part.result() for part in parts]
    closed = teacher.post(f"{room}/polls/{poll}/close", headers=host)
    chat = teacher.send("GET", f"{room}/chat.csv")
    teacher.post(f"{room}/end")

    counted = [sum(1 for guest in guests if guest.choice == place) for place in range(3)]
    assert closed["results"] == {"ballots": PEOPLE, "counts": counted}
    kept = [row["message"] for row in csv.DictReader(io.StringIO(chat.text))]
    assert sorted(kept) == sorted(body for guest in guests for body in guest.said)
    numbers = [int(row["number"]) for row in csv.DictReader(io.StringIO(chat.text))]
    assert sorted(numbers) == list(range(1, PEOPLE * ROUNDS + 1))
    eventually(lambda: split.pid_of(victim) != killed, why=f"{victim} runs again")


def test_of_300_ballots_across_a_kill_each_that_was_acknowledged_is_counted_once(split: Platform):
    teacher = split.api(is_patient=True).log_in(*split.account("instructor"))
    held = held_class(teacher)
    room = f"/live/classes/{held['id']}"
    host = {"stoa-join": teacher.post(f"{room}/join")["join_token"]}
    poll = asked(teacher, room, host)
    sides = [split.api(is_patient=True) for _ in range(SIDES)]
    acknowledged, in_the_middle = [0, 0, 0], threading.Event()
    counting = threading.Lock()

    def come_and_vote(side: int) -> None:
        api = sides[side]
        passes = [
            api.post("/live/guests", {"code": held["code"], "name": f"Voter {side}-{number}"})["join_token"]
            for number in range(VOTERS // SIDES)
        ]
        for number, join in enumerate(passes):
            choice = (side * 7 + number) % 3
            path = f"{room}/polls/{poll}/ballot"
            api.ask("PUT", path, body={"choices": [choice]}, headers={"stoa-join": join}, expect=204)
            with counting:
                acknowledged[choice] += 1
                if sum(acknowledged) == VOTERS // 3:
                    in_the_middle.set()

    with ThreadPoolExecutor(SIDES) as pool:
        voting = [pool.submit(come_and_vote, side) for side in range(SIDES)]
        assert in_the_middle.wait(120)
        killed = split.kill("live")
        for one in voting:
            one.result()
    closed = teacher.post(f"{room}/polls/{poll}/close", headers=host)
    teacher.post(f"{room}/end")

    assert closed["results"] == {"ballots": VOTERS, "counts": acknowledged}
    eventually(lambda: split.pid_of("live") != killed, why="live runs again")
