import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import uvicorn

from stoa.app.crowd.hearing import Ear
from stoa.app.crowd.person import Channel, Heard, Person, Seat, arrive
from stoa.app.crowd.tally import Tally
from stoa.kit.clock import SystemClock
from stoa.kit.engines.sockets.conformance import NAMESPACES, ConformanceApp
from stoa.kit.engines.sockets.server import socket_config
from stoa.kit.realtime.broker import Control, Publication
from stoa.kit.realtime.codes import FORCE_NO_RECONNECT, FORCE_RECONNECT

ROOM, OTHER = "recovery:class", "recovery:chat"


@dataclass
class Diary:
    """What the people told their room."""

    tally: Tally = field(default_factory=Tally)
    offsets: list[int] = field(default_factory=list)
    cuts: list[tuple[bool, bool]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    here: int = 0
    unrecovered: int = 0

    def __post_init__(self) -> None:
        self.ear = Ear(self.tally, on_poll=lambda poll, options: None)

    def heard(self, payload: bytes) -> Heard | None:
        heard = self.ear.heard(payload)
        if heard is not None:
            self.offsets.append(heard.offset)
        return heard

    def arrived(self, person: Person) -> None:
        self.here += 1

    def cut_off(self, person: Person, *, was_here: bool, ends: bool) -> None:
        self.cuts.append((was_here, ends))

    def not_recovered(self, person: Person) -> None:
        self.unrecovered += 1

    def refused(self, person: Person, words: str) -> None:
        self.words.append(words)


@pytest.fixture
async def server() -> AsyncIterator[tuple[ConformanceApp, str]]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    app = ConformanceApp(SystemClock())
    running = uvicorn.Server(socket_config(app, app.node))
    await app.node.start()
    running.lifespan = None  # type: ignore[assignment]  # set by serve
    task = asyncio.create_task(running.serve(sockets=[listening]))
    yield app, f"ws://127.0.0.1:{listening.getsockname()[1]}/connection/websocket"
    await app.node.stop()
    running.should_exit = True
    await task


@pytest.fixture
def diary() -> Diary:
    return Diary()


def a_person(diary: Diary, url: str, *, channels: tuple[str, ...] = (ROOM, OTHER)) -> Person:
    person = Person(1, "", diary)
    person.seat = Seat(
        class_id="",
        join_token="",
        connection_token="",
        channels=[Channel(channel=one) for one in channels],
        websocket=url,
    )
    return person


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


async def say(app: ConformanceApp, words: str, *, channel: str = ROOM) -> None:
    publication = Publication(data=f'{{"text":"{words}"}}'.encode())
    await app.node.broker.publish(channel, publication, options=NAMESPACES["recovery"])


async def test_a_person_is_here_once_all_channels_are_followed_and_hears_them(
    server: tuple[ConformanceApp, str], diary: Diary
) -> None:
    app, url = server
    person = a_person(diary, url)

    problem = await arrive(person)
    await until(lambda: person.is_here)
    await say(app, "one")
    await say(app, "two", channel=OTHER)
    await until(lambda: diary.tally.deliveries == 2)
    person.leave()
    await until(lambda: bool(diary.cuts))

    assert (problem, diary.here, diary.cuts) == ("", 1, [(True, True)])


async def test_who_was_cut_off_hears_what_was_missed_exactly_once(
    server: tuple[ConformanceApp, str], diary: Diary
) -> None:
    app, url = server
    person = a_person(diary, url, channels=(ROOM,))
    await arrive(person)
    await until(lambda: person.is_here)
    await say(app, "before")
    await until(lambda: diary.offsets == [1])

    await app.node.broker.control(Control(user="", code=FORCE_RECONNECT.code, reason="again"))
    await until(lambda: bool(diary.cuts))
    await say(app, "missed")
    await arrive(person)
    await until(lambda: person.is_here)
    await say(app, "after")
    await until(lambda: diary.offsets == [1, 3])
    person.leave()

    assert diary.cuts[0] == (True, False)
    assert (diary.unrecovered, diary.here) == (0, 2)


async def test_a_terminal_end_is_known_as_one(server: tuple[ConformanceApp, str], diary: Diary) -> None:
    app, url = server
    person = a_person(diary, url, channels=(ROOM,))
    await arrive(person)
    await until(lambda: person.is_here)

    await app.node.broker.control(Control(user="", code=FORCE_NO_RECONNECT.code, reason="banned"))
    await until(lambda: bool(diary.cuts))

    assert diary.cuts == [(True, True)]


async def test_a_refused_channel_is_told_with_the_servers_words(
    server: tuple[ConformanceApp, str], diary: Diary
) -> None:
    _, url = server
    person = a_person(diary, url, channels=("nowhere:x",))

    await arrive(person)
    await until(lambda: bool(diary.cuts))

    assert diary.words == ["unknown channel"]


async def test_nobody_there_is_said_in_words(diary: Diary) -> None:
    problem = await arrive(a_person(diary, "ws://127.0.0.1:1/connection/websocket"))

    assert "ConnectionRefusedError" in problem
