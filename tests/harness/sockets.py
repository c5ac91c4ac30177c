"""A page as far as sockets go: the official Python SDK on a loop of its own, and what it hears and is told."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from centrifuge import (
    Client,
    ClientEventHandler,
    ConnectedContext,
    ConnectingContext,
    DisconnectedContext,
    PublicationContext,
    ServerPublicationContext,
    ServerSubscribedContext,
    SubscribedContext,
    SubscribingContext,
    Subscription,
    SubscriptionEventHandler,
    UnauthorizedError,
    UnsubscribedContext,
)

from stoa.kit.clock import SystemClock
from stoa.kit.manifest import derive_secret
from stoa.kit.realtime.speaker import urls_at
from stoa.kit.realtime.tokens import PURPOSE, SocketTokens
from tests.harness.client import wait_for
from tests.harness.platform import Platform

# Every platform of the tests has this root secret (tests/harness/platform.py).
TOKENS = SocketTokens(derive_secret(bytes.fromhex("5a" * 32), PURPOSE), SystemClock())
GetToken = Callable[[], str]


class Listener:
    """One client; `told` are the states it went through with their codes, `heard` what was published."""

    def __init__(
        self, platform: Platform, get_token: GetToken, *, headers: dict[str, str] | None = None, at: str = ""
    ) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.told: list[tuple[str, int]] = []
        self.recoveries: list[bool] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        url = urls_at(at or str(platform.status()["sockets_url"])).websocket
        self._client: Client = self._run(self._opened(url, get_token, headers or {}))

    def listen(self, channel: str, get_token: GetToken) -> "Listener":
        """Follow a channel and wait until it is followed."""
        self.ask_for(channel, get_token)
        wait_for(lambda: ("subscribed", 0) in self.told, why=f"{channel} is followed")
        return self

    def ask_for(self, channel: str, get_token: GetToken) -> None:
        """Try to follow a channel; `told` says what came of it."""
        self._run(self._subscribed(channel, get_token))

    def publish(self, channel: str, data: object) -> None:
        """Publish as a client does."""
        found: Subscription | None = self._client.get_subscription(channel)
        assert found is not None
        self._run(found.publish(data))

    def is_told(self, state: str, code: int | None = None, *, since: int = 0, within_s: float = 5.0) -> float:
        """Wait until a state was reached after so many, and return how long that took."""
        began = time.monotonic()
        wait_for(
            lambda: any(one == state and code in (None, number) for one, number in self.told[since:]),
            why=f"{state} {code or ''} after {self.told}",
            deadline_s=within_s,
        )
        return time.monotonic() - began

    def data_in(self, channel: str) -> list[Any]:
        """Return what was heard in a channel."""
        return [data for place, data in self.heard if place == channel]

    def close(self) -> None:
        """Hang up."""
        self._run(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _run(self, work: Any) -> Any:  # any: whatever a coroutine returns
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _closed(self) -> None:
        await self._client.disconnect()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=5)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _opened(self, url: str, get_token: GetToken, headers: dict[str, str]) -> Client:
        async def token() -> str:
            return await asyncio.to_thread(get_token)

        # A proxy's word would say who asks; the clients of a test are nobody's proxy.
        client = Client(
            url, events=_Client(self), get_token=token, headers=headers, max_reconnect_delay=1.0, proxy=None
        )
        await client.connect()
        return client

    async def _subscribed(self, channel: str, get_token: GetToken) -> None:
        async def token(_: str) -> str:
            found = await asyncio.to_thread(get_token)
            if not found:
                raise UnauthorizedError
            return found

        one = self._client.new_subscription(
            channel, _Subscription(self, channel), get_token=token, max_resubscribe_delay=1.0
        )
        await one.subscribe()


class _Client(ClientEventHandler):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def on_connecting(self, ctx: ConnectingContext) -> None:
        self._listener.told.append(("connecting", ctx.code))

    async def on_connected(self, ctx: ConnectedContext) -> None:
        self._listener.told.append(("connected", 0))

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        self._listener.told.append(("disconnected", ctx.code))

    async def on_subscribed(self, ctx: ServerSubscribedContext) -> None:
        if ctx.was_recovering:
            self._listener.recoveries.append(ctx.recovered)

    async def on_publication(self, ctx: ServerPublicationContext) -> None:
        self._listener.heard.append((ctx.channel, ctx.pub.data))


class _Subscription(SubscriptionEventHandler):
    def __init__(self, listener: Listener, channel: str) -> None:
        self._listener = listener
        self._channel = channel

    async def on_subscribing(self, ctx: SubscribingContext) -> None:
        self._listener.told.append(("subscribing", ctx.code))

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        self._listener.told.append(("subscribed", 0))
        if ctx.was_recovering:
            self._listener.recoveries.append(ctx.recovered)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        self._listener.told.append(("unsubscribed", ctx.code))

    async def on_publication(self, ctx: PublicationContext) -> None:
        self._listener.heard.append((self._channel, ctx.pub.data))


def guest_token(user: str) -> GetToken:
    """Return what gives a guest a connection token."""
    return lambda: TOKENS.connection(user=user, expires_in=timedelta(minutes=5))


def channel_token(user: str, channel: str) -> GetToken:
    """Return what gives somebody a token of a channel in which they may speak."""
    return lambda: TOKENS.subscription(user=user, channel=channel, expires_in=timedelta(minutes=5), publish=True)
