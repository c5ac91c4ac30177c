"""The PyPI SDK, unmodified, over WebSocket, whose library compresses where it may: ours answers in one shared form."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from centrifuge import (
    CentrifugeError,
    Client,
    ClientState,
    DeltaType,
    ReplyError,
    Subscription,
    SubscriptionState,
)

PATIENCE_S = 15.0
Opened = Callable[..., AbstractAsyncContextManager[Client]]


def signed(user: str = "42", *, channel: str = "", lasting_s: float | None = None, **claims: object) -> str:
    """Return a token as an application's own backend would make it."""
    said: dict[str, object] = {"sub": user, **claims}
    if channel:
        said["channel"] = channel
    if lasting_s is not None:
        said["exp"] = int(time.time() + lasting_s)
    return jwt.encode(said, "secret", algorithm="HS256")


pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")


async def own_token() -> str:
    return signed()


async def channel_token(channel: str) -> str:
    return signed(channel=channel)


def fresh(namespace: str = "") -> str:
    return f"{namespace}{':' if namespace else ''}{uuid4().hex}"


async def soon(waited: Awaitable[Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return await waited


class Heard:
    """Publications of a subscription in the order they came."""

    def __init__(self, sub: Subscription) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

        async def on_publication(ctx: Any) -> None:
            self._queue.put_nowait(ctx.pub)

        sub.events.on_publication = on_publication

    async def next(self) -> Any:
        return await soon(self._queue.get())


@pytest.fixture(autouse=True)
async def at_rest() -> AsyncIterator[None]:
    """Wait for what the SDK does in tasks that nobody awaits: it closes its sockets there, and the loop ends soon."""
    before = asyncio.all_tasks()
    yield
    others = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=PATIENCE_S)


@pytest.fixture
def opened(origin: str) -> Opened:
    @asynccontextmanager
    async def open_client(**options: Any):  # type: ignore[no-untyped-def]  # an async context manager of a client
        address = origin.replace("http", "ws") + "/connection/websocket"
        client = Client(address, **{"get_token": own_token, "min_reconnect_delay": 0.01, **options})
        await client.connect()
        try:
            yield client
        finally:
            await client.disconnect()

    return open_client


async def following(client: Client, channel: str, **options: Any) -> Subscription:
    sub = client.new_subscription(channel, **options)
    await sub.subscribe()
    await soon(sub.ready())
    return sub


async def publish(origin: str, channel: str, data: object) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{origin}/api/publish", json={"channel": channel, "data": data})
        found: dict[str, Any] = answer.json()["result"]
        return found


async def test_it_connects_follows_leaves_and_disconnects(opened: Opened) -> None:
    async with opened() as client:
        await soon(client.ready())
        sub = await following(client, fresh(), get_token=channel_token)
        followed = sub.state
        await sub.unsubscribe()

        assert (client.state, followed) == (ClientState.CONNECTED, SubscriptionState.SUBSCRIBED)
        assert sub.state == SubscriptionState.UNSUBSCRIBED
    assert client.state == ClientState.DISCONNECTED


async def test_it_publishes_and_asks_for_history_and_presence(opened: Opened) -> None:
    async with opened() as client:
        sub = await following(client, fresh(), get_token=channel_token)

        await sub.publish(data={"input": "test"})
        history, presence, stats = await sub.history(limit=-1), await sub.presence(), await sub.presence_stats()

        assert [one.data for one in history.publications] == [{"input": "test"}]
        assert history.offset == 1
        assert history.epoch
        assert len(presence.clients) == stats.num_clients == stats.num_users == 1


@pytest.mark.parametrize("delta", [None, DeltaType.FOSSIL])
async def test_it_hears_what_it_says(opened: Opened, delta: DeltaType | None) -> None:
    async with opened() as client:
        sub = client.new_subscription(fresh(), get_token=channel_token, delta=delta)
        heard = Heard(sub)
        await sub.subscribe()
        said = [{"input": "long enough for a difference to pay “ü” " * 5}] * 2 + [{"input": "hello"}]

        for one in said:
            await sub.publish(data=one)

        assert [(await heard.next()).data for _ in said] == said


async def test_a_large_message_comes_compressed_and_whole(opened: Opened, origin: str) -> None:
    async with opened() as client:
        sub = await following(client, fresh())
        heard = Heard(sub)
        data = {"words": ["seminar", "rehearsal", "attendance"] * 5_000}

        await publish(origin, sub.channel, data)

        assert (await heard.next()).data == data


@pytest.mark.parametrize("delta", [None, DeltaType.FOSSIL])
async def test_it_recovers_everything_in_order(opened: Opened, origin: str, delta: DeltaType | None) -> None:
    async with opened() as client:
        sub = client.new_subscription(fresh("recovery" if delta is None else "delta"), delta=delta)
        heard = Heard(sub)
        contexts: list[Any] = []

        async def on_subscribed(ctx: Any) -> None:
            contexts.append(ctx)

        sub.events.on_subscribed = on_subscribed
        await sub.subscribe()
        await soon(sub.ready())
        await client.disconnect()
        said = [{"input": f"I was here before {number}"} for number in range(10)]
        for one in said:
            await publish(origin, sub.channel, one)
        await client.connect()

        found = [await heard.next() for _ in said]
        assert [one.data for one in found] == said
        assert [one.offset for one in found] == list(range(1, 11))
        assert [(one.was_recovering, one.recovered) for one in contexts] == [(False, False), (True, True)]


async def test_it_learns_that_it_missed_too_much(opened: Opened, origin: str) -> None:
    async with opened() as client:
        sub = await following(client, fresh("smallhistory"))
        await client.disconnect()
        for number in range(5):
            await publish(origin, sub.channel, {"n": number})
        back: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def on_subscribed(ctx: Any) -> None:
            back.set_result(ctx)

        sub.events.on_subscribed = on_subscribed
        await client.connect()

        ctx = await soon(back)
        assert (ctx.was_recovering, ctx.recovered) == (True, False)


async def test_it_hears_who_comes_and_goes(opened: Opened) -> None:
    async with opened() as here, opened() as there:
        channel = fresh()
        sub = here.new_subscription(channel, get_token=channel_token)
        came: asyncio.Queue[str] = asyncio.Queue()
        went: asyncio.Queue[str] = asyncio.Queue()

        async def on_join(ctx: Any) -> None:
            came.put_nowait(ctx.info.client)

        async def on_leave(ctx: Any) -> None:
            went.put_nowait(ctx.info.client)

        sub.events.on_join, sub.events.on_leave = on_join, on_leave
        await sub.subscribe()
        own = await soon(came.get())
        other = await following(there, channel, get_token=channel_token)
        theirs = await soon(came.get())
        await other.unsubscribe()

        assert await soon(went.get()) == theirs != own


async def test_a_bad_token_of_the_connection_ends_it(origin: str) -> None:
    gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def bad() -> str:
        return "invalid"

    async def on_disconnected(ctx: Any) -> None:
        gone.set_result(ctx.code)

    client = Client(origin.replace("http", "ws") + "/connection/websocket", get_token=bad)
    client.events.on_disconnected = on_disconnected
    await client.connect()

    assert await soon(gone) == 3500
    assert client.state == ClientState.DISCONNECTED


async def test_a_bad_token_of_a_channel_ends_that_subscription_only(opened: Opened) -> None:
    async with opened() as client:

        async def bad(channel: str) -> str:
            return "invalid"

        sub = client.new_subscription(fresh(), get_token=bad)
        left: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def on_unsubscribed(ctx: Any) -> None:
            left.set_result(ctx.code)

        sub.events.on_unsubscribed = on_unsubscribed
        await sub.subscribe()

        assert await soon(left) == 103
        assert client.state == ClientState.CONNECTED


async def test_tokens_that_run_out_are_renewed(opened: Opened) -> None:
    asked: list[str] = []
    enough = asyncio.Event()

    def note(kind: str) -> None:
        asked.append(kind)
        if asked.count("connection") >= 2 and asked.count("channel") >= 3:
            enough.set()

    async def short_token() -> str:
        note("connection")
        return signed(lasting_s=2)

    async def short_channel_token(channel: str) -> str:
        note("channel")
        # The first is stale on arrival: the server says 109 and the SDK asks again.
        return signed(channel=channel, lasting_s=-5 if asked.count("channel") == 1 else 2)

    async with opened(get_token=short_token) as client:
        sub = await following(client, fresh(), get_token=short_channel_token, min_resubscribe_delay=0.01)
        await soon(enough.wait())
        await sub.publish(data={})

        assert sub.state == SubscriptionState.SUBSCRIBED


async def test_a_personal_channel_comes_with_the_connection(opened: Opened, origin: str) -> None:
    user = uuid4().hex
    subscribed: asyncio.Queue[Any] = asyncio.Queue()
    publications: asyncio.Queue[Any] = asyncio.Queue()
    joins: asyncio.Queue[Any] = asyncio.Queue()

    async def token() -> str:
        return signed(user)

    async def on_subscribed(ctx: Any) -> None:
        subscribed.put_nowait(ctx.channel)

    async def on_publication(ctx: Any) -> None:
        publications.put_nowait((ctx.channel, ctx.pub.data))

    async def on_join(ctx: Any) -> None:
        joins.put_nowait(ctx.info.user)

    client = Client(origin.replace("http", "ws") + "/connection/websocket", get_token=token)
    client.events.on_subscribed, client.events.on_publication = on_subscribed, on_publication
    client.events.on_join = on_join
    await client.connect()
    try:
        channel = await soon(subscribed.get())
        joined = await soon(joins.get())
        await client.publish(channel, {"input": "test"})

        assert (channel, joined) == (f"#{user}", user)
        assert await soon(publications.get()) == (channel, {"input": "test"})
    finally:
        await client.disconnect()


async def test_a_call_is_not_available(opened: Opened) -> None:
    async with opened() as client:
        await soon(client.ready())

        with pytest.raises((ReplyError, CentrifugeError)) as refused:
            await client.rpc("method", {})

        assert getattr(refused.value, "code", None) == 108
