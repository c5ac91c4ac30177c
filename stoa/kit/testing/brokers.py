"""What every broker of sockets must do: the contract that the memory and the Valkey engine both run."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from stoa.kit.realtime.broker import Broker, ChannelOptions, Control, Occupant, Publication

KEPT = ChannelOptions(history_size=5, history_ttl_s=300, recovery=True, positioned=True)
FLEETING = ChannelOptions()
PATIENCE_S = 20.0


@dataclass
class Ear:
    """A sink that writes down what it hears."""

    publications: list[tuple[str, int, bytes, str]] = field(default_factory=list)
    comings: list[tuple[str, str]] = field(default_factory=list)
    goings: list[tuple[str, str]] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    passed: list[bytes] = field(default_factory=list)
    interruptions: int = 0

    def heard(self, channel: str, publication: Publication, epoch: str) -> None:
        """Write a publication down."""
        self.publications.append((channel, publication.offset, publication.data, epoch))

    def joined(self, channel: str, occupant: Occupant) -> None:
        """Write a coming down."""
        self.comings.append((channel, occupant.client))

    def left(self, channel: str, occupant: Occupant) -> None:
        """Write a going down."""
        self.goings.append((channel, occupant.client))

    def controlled(self, control: Control) -> None:
        """Write a control message down."""
        self.controls.append(control)

    def passed_on(self, data: bytes) -> None:
        """Write down what another node passed on."""
        self.passed.append(data)

    def interrupted(self) -> None:
        """Count an interruption."""
        self.interruptions += 1


async def soon(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, which it does at once in memory."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to pass"
        await asyncio.sleep(0.005)


def say(number: int) -> Publication:
    """Return a publication that says its number."""
    return Publication(data=b'{"n":%d}' % number)


class BrokerContract(ABC):
    """Subclass it in a test file as `class TestMemory(BrokerContract)` and make two brokers of one platform."""

    @abstractmethod
    def two_brokers(self) -> AbstractAsyncContextManager[tuple[Broker, Broker]]:
        """Return two brokers that are not started, over one store that nothing else uses."""

    async def test_a_publication_reaches_every_node_that_subscribes_in_order(self) -> None:
        """A publication reaches every node that subscribes in order."""
        async with self.two_brokers() as (here, there):
            near, far = Ear(), Ear()
            await here.start(near)
            await there.start(far)
            await here.subscribe("a:1")
            await there.subscribe("a:1")

            for number in range(1, 6):
                await here.publish("a:1", say(number), options=KEPT)

            await soon(lambda: len(near.publications) == 5 and len(far.publications) == 5)
            assert [one[1] for one in near.publications] == [1, 2, 3, 4, 5]
            assert near.publications == far.publications

    async def test_a_node_hears_only_what_it_subscribes_to(self) -> None:
        """A node hears only what it subscribes to."""
        async with self.two_brokers() as (here, there):
            near, far = Ear(), Ear()
            await here.start(near)
            await there.start(far)
            await there.subscribe("a:1")
            await there.subscribe("a:2")
            await there.unsubscribe("a:1")

            await here.publish("a:1", say(1), options=FLEETING)
            await here.publish("a:2", say(2), options=FLEETING)

            await soon(lambda: len(far.publications) == 1)
            assert far.publications[0][:3] == ("a:2", 0, b'{"n":2}')
            assert near.publications == []

    async def test_publishing_answers_the_place_and_many_go_in_one_trip(self) -> None:
        """Publishing answers the place and many go in one trip."""
        async with self.two_brokers() as (here, _):
            await here.start(Ear())

            first = await here.publish("a:1", say(1), options=KEPT)
            last = await here.publish_many("a:1", [say(2), say(3)], options=KEPT)

            assert (first.offset, last.offset) == (1, 3)
            assert first.epoch and first.epoch == last.epoch

    async def test_what_is_not_kept_has_no_place(self) -> None:
        """What is not kept has no place."""
        async with self.two_brokers() as (here, _):
            ear = Ear()
            await here.start(ear)
            await here.subscribe("a:1")

            position = await here.publish("a:1", say(1), options=FLEETING)

            await soon(lambda: len(ear.publications) == 1)
            assert position.offset == 0
            assert ear.publications[0][1] == 0

    async def test_history_is_limited_turned_and_begun_where_asked(self) -> None:
        """History is limited turned and begun where asked."""
        async with self.two_brokers() as (here, there):
            await here.start(Ear())
            await there.start(Ear())
            await here.publish_many("a:1", [say(number) for number in range(1, 5)], options=KEPT)

            async def offsets(**wish: int | bool) -> list[int]:
                found = await there.history("a:1", options=KEPT, **wish)  # type: ignore[arg-type]  # ints or bools
                assert found.position.offset == 4
                return [one.offset for one in found.publications]

            assert await offsets() == [1, 2, 3, 4]
            assert await offsets(limit=0) == []
            assert await offsets(limit=2) == [1, 2]
            assert await offsets(since=2) == [3, 4]
            assert await offsets(since=1, limit=2) == [2, 3]
            assert await offsets(limit=2, reverse=True) == [4, 3]
            assert await offsets(since=3, reverse=True) == [2, 1]

    async def test_history_forgets_the_oldest_beyond_its_size(self) -> None:
        """History forgets the oldest beyond its size."""
        async with self.two_brokers() as (here, _):
            await here.start(Ear())

            await here.publish_many("a:1", [say(number) for number in range(1, 9)], options=KEPT)

            found = await here.history("a:1", options=KEPT)
            assert [one.offset for one in found.publications] == [4, 5, 6, 7, 8]
            assert found.publications[-1].data == b'{"n":8}'

    async def test_a_stream_that_nobody_used_has_an_epoch_that_stays(self) -> None:
        """A stream that nobody used has an epoch that stays."""
        async with self.two_brokers() as (here, there):
            await here.start(Ear())
            await there.start(Ear())

            empty = await here.history("a:1", options=KEPT, limit=0)
            placed = await there.publish("a:1", say(1), options=KEPT)

            assert empty.position.offset == 0
            assert empty.position.epoch == placed.epoch

    async def test_removing_history_keeps_the_place(self) -> None:
        """Removing history keeps the place."""
        async with self.two_brokers() as (here, _):
            await here.start(Ear())
            before = await here.publish("a:1", say(1), options=KEPT)

            await here.remove_history("a:1")

            found = await here.history("a:1", options=KEPT)
            after = await here.publish("a:1", say(2), options=KEPT)
            assert found.publications == []
            assert (after.epoch, after.offset) == (before.epoch, 2)

    async def test_info_and_tags_travel_with_a_publication(self) -> None:
        """Info and tags travel with a publication."""
        async with self.two_brokers() as (here, there):
            await here.start(Ear())
            await there.start(Ear())
            signed = Publication(data=b"1", info=b'{"user":"u"}', tags={"kind": "x"})

            await here.publish("a:1", signed, options=KEPT)

            found = await there.history("a:1", options=KEPT)
            assert (found.publications[0].info, found.publications[0].tags) == (b'{"user":"u"}', {"kind": "x"})

    async def test_what_is_fanned_out_keeps_its_own_place_and_is_not_remembered(self) -> None:
        """What is fanned out keeps its own place and is not remembered."""
        async with self.two_brokers() as (here, there):
            ear = Ear()
            await here.start(Ear())
            await there.start(ear)
            await there.subscribe("class:1")
            owned = [Publication(data=b"7", offset=7), Publication(data=b"8", offset=8)]

            await here.fan_out("class:1", owned, epoch="row")

            await soon(lambda: len(ear.publications) == 2)
            assert ear.publications == [("class:1", 7, b"7", "row"), ("class:1", 8, b"8", "row")]
            assert (await here.history("class:1", options=KEPT)).publications == []

    async def test_presence_is_told_counted_and_ended_on_every_node(self) -> None:
        """Presence is told counted and ended on every node."""
        async with self.two_brokers() as (here, there):
            ear = Ear()
            await here.start(Ear())
            await there.start(ear)
            await there.subscribe("a:1")
            first = Occupant(client="c1", user="ada", conn_info=b'{"name":"Ada"}', chan_info=b"1")
            second = Occupant(client="c2", user="ada")

            await here.enter("a:1", first, ttl_s=60, announce=True)
            await here.enter("a:1", second, ttl_s=60)
            crowd = await there.crowd("a:1")
            who = await there.presence("a:1")
            await here.leave("a:1", first, announce=True)
            rest = await there.presence("a:1")

            await soon(lambda: bool(ear.goings))
            assert (crowd.clients, crowd.users) == (2, 1)
            assert dict(who) == {"c1": first, "c2": second}
            assert set(rest) == {"c2"}
            assert ear.comings == ear.goings == [("a:1", "c1")]

    async def test_a_control_message_reaches_every_node_and_the_sender(self) -> None:
        """A control message reaches every node and the sender."""
        async with self.two_brokers() as (here, there):
            near, far = Ear(), Ear()
            await here.start(near)
            await there.start(far)
            control = Control(user="ada", channel="a:1", code=2000, reason="removed", session="s")

            await here.control(control)

            await soon(lambda: bool(near.controls) and bool(far.controls))
            assert near.controls == far.controls == [control]

    async def test_a_node_that_starts_later_is_told_what_was_closed_and_is_to_be_remembered(self) -> None:
        """A node that starts later is told what was closed and is to be remembered."""
        async with self.two_brokers() as (here, there):
            late = Ear()
            kept = Control(user="ada", channel="a:1", at=1_795_000_000.25)
            news = Control(user="ada", kind="role", organization="o", version=3, at=1_795_000_001.0)

            for control in (kept, Control(user="bob"), news, kept):
                await here.control(control)
            await there.start(late)

            await soon(lambda: len(late.controls) >= 2)
            assert {one.at: one for one in late.controls} == {kept.at: kept, news.at: news}

    async def test_what_was_closed_more_than_an_hour_before_the_last_is_forgotten(self) -> None:
        """What was closed more than an hour before the last is forgotten."""
        async with self.two_brokers() as (here, there):
            late = Ear()
            old, new = Control(user="ada", at=1_795_000_000.0), Control(user="bob", at=1_795_003_601.0)

            await here.control(old)
            await here.control(new)
            await there.start(late)

            await soon(lambda: bool(late.controls))
            assert late.controls == [new]

    async def test_what_a_node_gets_for_another_reaches_that_one_alone(self) -> None:
        """What a node gets for another reaches that one alone."""
        async with self.two_brokers() as (here, there):
            near, far = Ear(), Ear()
            await here.start(near)
            await there.start(far)
            await here.reach("n1")
            await there.reach("n2")
            await there.reach("n2")

            assert await here.pass_on("n2", b"first")
            assert await here.pass_on("n2", b"second")
            assert not await here.pass_on("n3", b"to nobody")

            await soon(lambda: len(far.passed) == 2)
            assert (near.passed, far.passed) == ([], [b"first", b"second"])
