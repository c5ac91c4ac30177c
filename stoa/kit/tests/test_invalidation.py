"""What one process commits every other has heard of before the commit is answered, or hears by its event."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar
from uuid import uuid4

import pytest

from stoa.kit.contract import Event, EventId, OrganizationId, new_id
from stoa.kit.engines.valkey import hearing, invalidation
from stoa.kit.engines.valkey.invalidation import ValkeyInvalidations
from stoa.kit.engines.valkey.server import LocalValkey
from stoa.kit.engines.valkey.wire import Address, Wire
from stoa.kit.events import Envelope, seal
from stoa.kit.store import Store
from stoa.kit.testing.lemmas import LEMMAS, LemmaProved, LemmasTx
from stoa.kit.testing.valkey import ThrowawayValkey
from stoa.kit.testing.waiting import until


class One(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.lemmas.one.v1"
    key_: ClassVar[str] = "what"
    what: str


class Two(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.lemmas.two.v1"
    key_: ClassVar[str] = "what"
    what: str


class Other(Event, frozen=True, kw_only=True):
    type_: ClassVar[str] = "stoa.lemmas.other.v1"
    key_: ClassVar[str] = "what"
    what: str


TYPES = [One.type_, Two.type_]
NAMES = [f"stoa:changed:{type_}" for type_ in TYPES]
ORGANIZATION = OrganizationId(new_id())


def change(what: str, event: type[One | Two | Other] = One) -> Envelope:
    told = event(organization_id=ORGANIZATION, what=what)
    return seal(told, id_=EventId(uuid4()), service="lemmas", at=datetime.now(UTC))


class Listener:
    """A process that hears of changes."""

    def __init__(self, url: str) -> None:
        self.line = ValkeyInvalidations(url)
        self.heard: list[tuple[str, str]] = []
        self.gaps = 0

    async def start(self) -> "Listener":
        self.line.listen(TYPES, heard=self._heard, missed=self._missed)
        await self.line.start()
        return self

    def _heard(self, envelope: Envelope) -> None:
        self.heard.append((envelope.type, envelope.partitionkey))

    def _missed(self) -> None:
        self.gaps += 1


@pytest.fixture
async def two(own_valkey: ThrowawayValkey) -> AsyncIterator[list[Listener]]:
    """Two processes that hear."""
    listeners = [await Listener(own_valkey.url).start() for _ in range(2)]
    await until(lambda: all(one.line.is_on for one in listeners))
    yield listeners
    for one in listeners:
        await one.line.stop()


@pytest.fixture
async def valkey() -> AsyncIterator[LocalValkey]:
    """A Valkey that can stand still."""
    server = LocalValkey()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def hearing_it(valkey: LocalValkey) -> AsyncIterator[tuple[Listener, Listener]]:
    """Two processes that hear that one."""
    one, two = [await Listener(valkey.url).start() for _ in range(2)]
    yield one, two
    for listener in (one, two):
        await listener.line.stop()


def hold_up(valkey: LocalValkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)


def let_go_on(valkey: LocalValkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGCONT)


async def test_every_listener_hears_of_the_types_that_it_wants(two: list[Listener]) -> None:
    teller = two[0].line

    await teller.tell([change("a"), change("b", Two), change("c", Other)])

    await until(lambda: all(set(one.heard) == {(TYPES[0], "a"), (TYPES[1], "b")} for one in two))


async def test_who_only_tells_hears_nothing_and_needs_no_ears(own_valkey: ThrowawayValkey, two: list[Listener]) -> None:
    teller = ValkeyInvalidations(own_valkey.url)
    await teller.start()

    await asyncio.gather(*(teller.tell([change(str(number))]) for number in range(20)))

    assert not teller.is_on
    await until(lambda: {key for _, key in two[1].heard} == {str(number) for number in range(20)})
    await teller.stop()


async def test_what_another_release_says_in_other_words_counts_as_a_gap(
    own_valkey: ThrowawayValkey, two: list[Listener]
) -> None:
    wire = Wire()
    await Address(own_valkey.url).open(wire)
    await wire.ask("PUBLISH", NAMES[0], "a")
    wire.close()

    assert await two[0].line.caught_up()
    assert two[0].gaps == 1
    assert two[0].heard == []


async def test_who_catches_up_has_heard_whatever_was_told_before(two: list[Listener]) -> None:
    teller, listener = two[0].line, two[1]

    for number in range(200):
        await teller.tell([change(str(number))])
        assert await listener.line.caught_up()
        assert listener.heard[-1] == (TYPES[0], str(number))
        assert await asyncio.gather(*(listener.line.caught_up() for _ in range(3))) == [True] * 3


async def test_who_cannot_ask_valkey_in_time_does_not_say_that_it_has_caught_up(
    valkey: LocalValkey, hearing_it: tuple[Listener, Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = hearing_it
    hold_up(valkey)
    monkeypatch.setattr(invalidation, "_CATCH_UP_S", 0.05)
    telling = asyncio.create_task(one.line.tell([change("a")]))
    assert not await two.line.caught_up()
    assert not telling.done()

    let_go_on(valkey)
    monkeypatch.setattr(invalidation, "_CATCH_UP_S", 5.0)
    await telling
    assert await two.line.caught_up()
    assert two.heard == [(TYPES[0], "a")]

    hold_up(valkey)
    waiting = asyncio.create_task(two.line.caught_up())
    await asyncio.sleep(0)
    await valkey.stop()
    assert not await waiting
    assert not await two.line.caught_up()


async def test_a_teller_whose_connection_broke_tells_by_a_new_one(two: list[Listener]) -> None:
    teller = two[0].line
    await teller.tell([change("a")])
    assert teller._wire is not None
    teller._wire.close()

    await teller.tell([change("b")])

    assert await two[1].line.caught_up()
    assert [what for _, what in two[1].heard] == ["a", "b"]


async def test_whoever_could_not_tell_says_that_something_has_changed_as_soon_as_they_can(
    valkey: LocalValkey, hearing_it: tuple[Listener, Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = hearing_it
    hold_up(valkey)
    monkeypatch.setattr(invalidation, "_TELL_S", 0.05)
    await one.line.tell([change("a")])
    await one.line.tell([change("b", Two)])
    telling = asyncio.create_task(two.line.tell([change("c", Two)]))
    await asyncio.sleep(0)
    telling.cancel()
    await asyncio.wait([telling])
    assert two.line._making_good is not None

    monkeypatch.setattr(invalidation, "_TELL_S", 5.0)
    let_go_on(valkey)
    await until(lambda: two.gaps > 0 and one.gaps > 0)
    assert two.line.is_on
    await until(lambda: not one.line._owed)
    await one.line.tell([change("c")])

    assert await two.line.caught_up()
    assert two.heard[-1] == (TYPES[0], "c")


async def test_a_valkey_that_is_away_holds_nobody_up_and_who_comes_back_knows_of_the_gap(
    own_valkey: ThrowawayValkey, two: list[Listener]
) -> None:
    await own_valkey.stop()
    await until(lambda: not any(one.line.is_on for one in two))

    async with asyncio.timeout(5):
        for _ in range(50):
            await two[0].line.tell([change("lost")])
    await own_valkey.start()
    await until(lambda: all(one.line.is_on and one.gaps for one in two))

    async def told() -> bool:
        await two[0].line.tell([change("again")])
        return all((TYPES[0], "again") in one.heard for one in two)

    await until(told)
    assert all((TYPES[0], "lost") not in one.heard for one in two)


async def test_a_loop_that_was_held_up_does_not_take_valkey_for_lost(
    two: list[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    teller = two[0].line
    await teller.tell([change("a")])

    monkeypatch.setattr(invalidation, "_TELL_S", 0.2)
    asyncio.get_running_loop().call_soon(time.sleep, 0.4)
    await teller.tell([change("b")])
    await teller.tell([change("c")])

    await until(lambda: {key for _, key in two[1].heard} == {"a", "b", "c"})


async def test_a_commit_tells_of_the_changes_that_somebody_keeps_answers_by(
    store_for, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store[LemmasTx] = await store_for("lemmas", LemmasTx, migrations=LEMMAS)
    told, lemma = store.database.pool.told, uuid4()
    heard: list[list[tuple[str, str]]] = []

    async def announce(changes: list[Envelope]) -> None:
        heard.append([(one.type, one.partitionkey) for one in changes])

    async def prove(title: str) -> None:
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=lemma, title=title))
            if title == "wrong":
                raise ValueError(title)

    monkeypatch.setattr(told, "announce", announce)
    await prove("nobody keeps anything by it")
    monkeypatch.setattr(told, "announced", frozenset({LemmaProved.type_}))
    await prove("told")
    with pytest.raises(ValueError, match="wrong"):
        await prove("wrong")

    assert heard == [[(LemmaProved.type_, str(lemma))]]


async def test_what_is_done_after_a_commit_is_done_though_telling_the_others_takes_too_long(
    store_for, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store[LemmasTx] = await store_for("lemmas", LemmasTx, migrations=LEMMAS)
    told, done, telling = store.database.pool.told, list[str](), asyncio.Event()

    async def announce(changes: list[Envelope]) -> None:
        telling.set()
        await asyncio.Event().wait()

    async def prove() -> None:
        async with store.transaction(organization=ORGANIZATION) as tx:
            tx.publish(LemmaProved(organization_id=ORGANIZATION, lemma_id=uuid4(), title="told too late"))
            tx.afterwards(lambda: done.append("afterwards"))

    monkeypatch.setattr(told, "announce", announce)
    monkeypatch.setattr(told, "announced", frozenset({LemmaProved.type_}))
    proving = asyncio.create_task(prove())
    await telling.wait()
    proving.cancel()
    await asyncio.wait([proving])

    assert done == ["afterwards"]


class Silence:
    """A Valkey that hears whoever connects, and answers only when it is not silent."""

    def __init__(self) -> None:
        self.is_silent = False
        self.asked: list[bytes] = []
        self.open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with contextlib.suppress(ConnectionError):
            while words := await reader.read(65536):
                self.asked.append(words)
                if not self.is_silent:
                    names = [name.encode() for name in NAMES if name.encode() in words]
                    writer.writelines(b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:1\r\n" % (len(n), n) for n in names)
        self.open.discard(writer)
        writer.close()

    def hang_up(self) -> None:
        for writer in self.open:
            writer.transport.abort()


@pytest.fixture
async def silence(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Silence, int]]:
    """A Valkey that may fall silent, and its port; nobody waits long for it."""
    monkeypatch.setattr(hearing, "_SUBSCRIBED_S", 0.05)
    one = Silence()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    yield one, server.sockets[0].getsockname()[1]
    server.close()
    one.hang_up()
    await until(lambda: not one.open)


async def test_after_a_valkey_that_took_a_connection_and_said_nothing_everything_is_heard_again(
    silence: tuple[Silence, int],
) -> None:
    valkey, port = silence
    listener = await Listener(f"redis://127.0.0.1:{port}").start()
    await until(lambda: listener.line.is_on)
    listener.gaps = 0
    valkey.is_silent, valkey.asked = True, []

    valkey.hang_up()
    await until(lambda: not listener.line.is_on)
    for times in (1, 2):
        while sum(b"SUBSCRIBE" in words for words in valkey.asked) < times:
            assert not listener.line.is_on, "what is not yet heard again cannot make anybody forget"
            await asyncio.sleep(0.001)
    assert not listener.gaps
    valkey.is_silent, valkey.asked = False, []
    await until(lambda: listener.line.is_on)

    assert listener.gaps
    assert all(any(name.encode() in words for words in valkey.asked) for name in NAMES)
    await listener.line.stop()


async def test_a_teller_that_gives_a_silent_valkey_up_hangs_up(
    silence: tuple[Silence, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey, port = silence
    valkey.is_silent = True
    monkeypatch.setattr(invalidation, "_TELL_S", 0.05)
    teller = ValkeyInvalidations(f"redis://:secret@127.0.0.1:{port}")

    await teller.tell([change("a")])

    assert any(b"AUTH" in words for words in valkey.asked)
    await until(lambda: not valkey.open)
    await teller.stop()
