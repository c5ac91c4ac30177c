"""Three socket servers over Valkey in trouble: one is killed, Valkey is restarted, one is drained."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from bench.live.classroom import Classroom, Guest, mark
from bench.live.notes import Notes
from bench.live.people import People, crowd
from bench.live.scale import Scale
from bench.live.servers import process
from bench.live.stoa import write_tokens
from bench.processes import ran_s
from bench.standing import Platform, free_port, running
from stoa.app.home import Home
from stoa.kit.manifest import derive_secret
from stoa.kit.realtime.tokens import PURPOSE

PUBLISHERS = 4
SPEAKERS = 24
_SPAN_S = 30.0


async def measure_trouble(notes: Notes, scale: Scale) -> None:
    """Let people follow a class's lossless lane while its servers come and go, and compare what each has heard."""
    with tempfile.TemporaryDirectory(prefix="stoa-bench-live-") as folder:
        home = Path(folder) / "home"
        async with running(home, "--split", STOA_LIMIT_FACTOR="1000", STOA_SOCKETS_PORT="0") as platform:
            room = Classroom(platform.url)
            await room.hold(**_teacher(platform))
            notes.tell(f"three socket servers over Valkey, {scale.chaos_people:,} people follow the lossless lane")
            async with _two_more(platform) as more:
                await _follow(notes, scale, platform, room, more)
            room.close()


async def _follow(notes: Notes, scale: Scale, platform: Platform, room: Classroom, more: list[tuple[int, int]]) -> None:
    ports = [urlsplit(str(platform.status()["sockets_url"])).port or 0, *(port for port, _ in more)]
    tokens = platform.home.parent / "tokens"
    channel = f"class:{room.id}"
    key = derive_secret(Home(platform.home).root_secret(""), PURPOSE)
    write_tokens(tokens, key, people=scale.chaos_people, channel=channel, speakers=0)
    speakers = list(await asyncio.gather(*(room.let_in(number) for number in range(SPEAKERS))))
    await asyncio.gather(*(room.promote(speaker) for speaker in speakers))
    async with crowd(ports, scale.chaos_people, channel=channel, tokens=tokens, returning=True) as people:
        found = await people.ask(f"connect {scale.chaos_people}")
        notes.note("Stoa, three servers", "let in", found["live"], "people")
        await people.ask("reset")
        idle = await _share(_pid(platform, "valkey"), seconds=_SPAN_S / 10)
        said = asyncio.create_task(_speak(room, speakers, scale.chaos_messages))
        busy = await _make_trouble(notes, platform, more, people)
        tries = await said
        # What it does besides (limits, the cache, its own housekeeping) it did before anybody spoke.
        valkey_us = max(0.0, busy - idle) / (scale.chaos_messages / _SPAN_S) * 1e6
        notes.note("Valkey", "CPU a message, three servers", valkey_us, "µs")
        await _compare(notes, scale, people)
    notes.note("Stoa, three servers", "messages that were sent more than once until acknowledged", tries, "messages")


async def _speak(room: Classroom, speakers: list[Guest], messages: int) -> int:
    """Say messages from four sides, each in its order, evenly over the span; return how many needed a second try."""

    async def side(publisher: int) -> int:
        again = 0
        for number in range(1, messages // PUBLISHERS + 1):
            due = began + _SPAN_S * number / (messages // PUBLISHERS)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            speaker = speakers[(publisher + PUBLISHERS * number) % len(speakers)]
            again += await room.say(speaker, f"{mark(publisher, number)} and a few words for the room") > 1
        return again

    began = time.monotonic()
    return sum(await asyncio.gather(*(side(publisher) for publisher in range(PUBLISHERS))))


async def _make_trouble(notes: Notes, platform: Platform, more: list[tuple[int, int]], people: People) -> float:
    """Do the three things, some seconds apart, and note how long until all were back; return Valkey's share before."""
    valkey = _pid(platform, "valkey")
    busy = await _share(valkey, seconds=_SPAN_S / 6)
    os.kill(more[0][1], signal.SIGKILL)
    notes.tell("one socket server is killed")
    await _all_back(notes, people, "kill -9 of one")
    await asyncio.sleep(_SPAN_S / 6)
    os.kill(valkey, signal.SIGKILL)
    notes.tell("Valkey is restarted")
    await asyncio.sleep(_SPAN_S / 3)
    os.kill(more[1][1], signal.SIGTERM)
    notes.tell("one socket server is drained")
    await _all_back(notes, people, "draining one")
    return busy


async def _share(pid: int, *, seconds: float) -> float:
    """Return the share of a core that a process uses for a while."""
    before = ran_s(pid)
    await asyncio.sleep(seconds)
    return (ran_s(pid) - before) / seconds


async def _all_back(notes: Notes, people: People, what: str) -> None:
    many, began = len(people.whole), time.monotonic()
    while time.monotonic() - began < 20:
        await asyncio.sleep(0.05)
        if len(people.whole) > many:
            await asyncio.sleep(1.0)
            break
    # A drain is several waves, so the room may be whole more than once: from the first fall to the last return.
    back_s = sum(one["seconds"] for one in people.whole[many:]) if len(people.whole) > many else 20.0
    fewest = min((one["fewest"] for one in people.whole[many:]), default=0.0)
    notes.note("Stoa, three servers", f"{what}: all back after", back_s, "s")
    notes.note("Stoa, three servers", f"{what}: fewest in the room", fewest, "people")
    notes.promise(f"{what}: all back / 5 s", back_s / 5, at_most=1.0)


async def _compare(notes: Notes, scale: Scale, people: People) -> None:
    each = scale.chaos_messages // PUBLISHERS
    for publisher in range(PUBLISHERS):
        await people.ask(f"expect {publisher} {each}")
    deadline = time.monotonic() + 20
    while True:
        found = await people.ask("report")
        if (not found["missing"] and found["live"] == scale.chaos_people) or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.5)
    name = "Stoa, three servers"
    faults = found["lost"] + found["missing"] + found["duplicates"] + found["reorders"]
    notes.note(name, "deliveries in the lossless lane", found["deliveries"], "messages")
    notes.note(name, "lost", found["lost"] + found["missing"], "messages")
    notes.note(name, "delivered twice", found["duplicates"], "messages")
    notes.note(name, "out of order", found["reorders"], "messages")
    notes.note(name, "transcripts that are alike", found["alike"], "people")
    notes.note(name, "returns that were recovered", found["recovered"], "returns")
    notes.note(name, "p99 from writing to reading, the trouble included", found["p99_ms"], "ms")
    notes.promise("faults in the lossless lane", faults, at_most=0.0)
    notes.promise("transcripts alike / people", found["alike"] / scale.chaos_people, at_least=1.0)
    if not scale.is_rehearsal:
        notes.promise("deliveries in the lossless lane / 1 M", found["deliveries"] / 1e6, at_least=1.0)


@contextlib.asynccontextmanager
async def _two_more(platform: Platform) -> AsyncIterator[list[tuple[int, int]]]:
    """Run two socket servers more beside the platform's own, with its own environment; return (port, process)."""
    raw = Path(f"/proc/{_pid(platform, 'sockets')}/environ").read_bytes().decode().split("\0")
    environment = dict(one.split("=", 1) for one in raw if "=" in one)
    # They are this process's children, not the platform's, so they do not end with it.
    environment["STOA_OWNER"] = ""
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            port = free_port()
            command = [sys.executable, "-m", "stoa", "serve", "--role", "sockets", "--port", str(port)]
            pids = await stack.enter_async_context(process(command, port, environment=environment, core=None))
            found.append((port, pids[0]))
        yield found


def _pid(platform: Platform, name: str) -> int:
    services = platform.status()["services"]
    assert isinstance(services, list)
    return next(int(one["pid"]) for one in services if one["name"] == name)


def _teacher(platform: Platform) -> dict[str, str]:
    accounts = platform.status()["accounts"]
    assert isinstance(accounts, list)
    account = next(one for one in accounts if one["role"] == "instructor")
    return {"email": account["email"], "password": account["password"]}
