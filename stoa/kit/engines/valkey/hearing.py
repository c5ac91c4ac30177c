"""The connection on which a node hears rooms: watched, opened again, and honest about what it may have missed."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable

from stoa.kit.engines.valkey.wire import Address, RoomsUnavailable, Wire
from stoa.kit.telemetry.logs import logger

_PING_S = 2.0
_SUBSCRIBED_S = 3.0
_PAUSE_S = (0.05, 1.0)
_TOGETHER = 1_000
_ECHO = b"echo"
log = logger("kit")


class Hearing:
    """Knows what is to be heard; after a gap everything is heard again before `interrupted` is called."""

    def __init__(
        self, address: Address, *, heard: Callable[[bytes, bytes], None], interrupted: Callable[[], None]
    ) -> None:
        self._address = address
        self._heard = heard
        self._interrupted = interrupted
        self._wanted: set[str] = set()
        self._awaited: dict[str, asyncio.Future[None]] = {}
        # The last name of those that are heard anew, and what is done once that one is heard.
        self._restoring: tuple[str, asyncio.Future[None]] | None = None
        self._unsaid: list[tuple[str, str]] = []
        self._is_whole = False
        self._wire: Wire | None = None
        self._answered_at = 0.0
        # Who asks in one turn of the loop shares an echo; those that are sent come back in their order.
        self._next_echo: asyncio.Future[bool] | None = None
        self._echoes: deque[asyncio.Future[bool]] = deque()
        # Kept: a task that nobody holds may be collected while it waits, and hearing would end in silence.
        self._task: asyncio.Task[None] | None = None
        self._first_try = asyncio.Event()

    async def start(self, *names: str) -> None:
        """Begin to hear; a Valkey that is down is waited for in the background."""
        self._wanted.update(names)
        self._task = asyncio.create_task(self._run(), name="rooms-hearing")
        await self._first_try.wait()

    async def stop(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    @property
    def is_on(self) -> bool:
        """Tell whether what is said now is heard."""
        return self._wire is not None and self._wire.is_open

    @property
    def is_whole(self) -> bool:
        """Tell whether all that is wanted is heard and the last gap was told: later than `is_on` after a gap."""
        return self._is_whole and self.is_on

    async def add(self, name: str) -> None:
        """Hear one thing more; raise RoomsUnavailable when that cannot be begun now."""
        if not self.is_on:
            raise RoomsUnavailable("Rooms are not heard now", retry_after_s=1)
        awaited = self._awaited.get(name)
        if awaited is None:
            if name in self._wanted:
                return
            self._wanted.add(name)
            awaited = self._awaited[name] = asyncio.get_running_loop().create_future()
            self._say("SUBSCRIBE", name)
        try:
            async with asyncio.timeout(_SUBSCRIBED_S):
                await asyncio.shield(awaited)
        except TimeoutError:
            self.remove(name)
            raise RoomsUnavailable("Valkey did not answer in time", retry_after_s=1) from None

    def remove(self, name: str) -> None:
        """Hear one thing less."""
        if name in self._wanted:
            self._wanted.discard(name)
            self._settle(name, RoomsUnavailable("it was let go"))
            self._say("UNSUBSCRIBE", name)

    async def catch_up(self, *, within_s: float) -> bool:
        """Tell whether all that Valkey had taken before this call has been heard now; False: that is not known in time.

        Valkey answers on the same connection, so behind whatever it had to say before.
        """
        if not self.is_whole:
            return False
        if self._next_echo is None:
            loop = asyncio.get_running_loop()
            self._next_echo = loop.create_future()
            loop.call_soon(self._send_echo, within_s)
        return await asyncio.shield(self._next_echo)

    def _send_echo(self, within_s: float) -> None:
        echo, self._next_echo = self._next_echo, None
        assert echo is not None
        if self._wire is None or not self.is_whole:
            echo.set_result(False)
            return
        self._wire.send("PING", _ECHO)
        self._echoes.append(echo)
        late = asyncio.get_running_loop().call_later(within_s, _give, echo, False)
        echo.add_done_callback(lambda _: late.cancel())

    def _say(self, verb: str, name: str) -> None:
        if not self._unsaid:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsaid.append((verb, name))

    def _flush(self) -> None:
        unsaid, self._unsaid = self._unsaid, []
        if self._wire is None:
            return
        begin = 0
        for index in range(1, len(unsaid) + 1):
            verb = unsaid[begin][0]
            if index == len(unsaid) or unsaid[index][0] != verb or index - begin == _TOGETHER:
                self._wire.send(verb, *(name for _, name in unsaid[begin:index]))
                begin = index

    async def _run(self) -> None:
        pause = _PAUSE_S[0]
        is_first = True
        while True:
            ended = asyncio.Event()
            wire = Wire(pushed=self._take, lost=ended.set)
            try:
                await self._address.open(wire)
                await self._restore(wire)
                pause = _PAUSE_S[0]
                if not is_first:
                    log.info("kit.rooms_heard_again", rooms=len(self._wanted))
                    self._interrupted()
                is_first, self._is_whole = False, True
                self._first_try.set()
                await self._watch(wire, ended)
            except RoomsUnavailable as error:
                log.warning("kit.rooms_not_heard", error=error.detail)
                is_first = False
            finally:
                self._wire, self._is_whole = None, False
                wire.close()
                while self._echoes:
                    _give(self._echoes.popleft(), False)
                self._first_try.set()
            for name in list(self._awaited):
                self._wanted.discard(name)
                self._settle(name, RoomsUnavailable("Valkey went away", retry_after_s=1))
            await asyncio.sleep(pause * random.uniform(0.7, 1.0))
            pause = min(pause * 2, _PAUSE_S[1])

    async def _restore(self, wire: Wire) -> None:
        self._wire = wire
        names = list(self._wanted)
        for begin in range(0, len(names), _TOGETHER):
            wire.send("SUBSCRIBE", *names[begin : begin + _TOGETHER])
        if names:
            # Not among those awaited by `add`: what was heard before stays wanted though this attempt fails.
            self._restoring = names[-1], asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(_SUBSCRIBED_S):
                    await self._restoring[1]
            except TimeoutError:
                raise RoomsUnavailable("Valkey did not answer in time") from None
            finally:
                self._restoring = None

    async def _watch(self, wire: Wire, ended: asyncio.Event) -> None:
        """Ask for a sign of life now and then: a connection can die without a word."""
        loop = asyncio.get_running_loop()
        self._answered_at = loop.time()
        while not ended.is_set():
            wire.send("PING")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PING_S):
                    await ended.wait()
            if loop.time() - self._answered_at > 2 * _PING_S:
                raise RoomsUnavailable("Valkey fell silent")
        raise RoomsUnavailable("Valkey hung up")

    def _take(self, pushed: list[object]) -> None:
        kind = pushed[0]
        if kind == b"message":
            room, said = pushed[1], pushed[2]
            assert isinstance(room, bytes) and isinstance(said, bytes)
            self._heard(room, said)
        elif kind == b"subscribe":
            assert isinstance(pushed[1], bytes)
            name = pushed[1].decode()
            if self._restoring is not None and self._restoring[0] == name and not self._restoring[1].done():
                self._restoring[1].set_result(None)
            self._settle(name, None)
        elif kind == b"pong":
            if pushed[1] == _ECHO and self._echoes:
                _give(self._echoes.popleft(), True)
            self._answered_at = asyncio.get_running_loop().time()

    def _settle(self, name: str, failure: RoomsUnavailable | None) -> None:
        awaited = self._awaited.pop(name, None)
        if awaited is None or awaited.done():
            return
        if failure is None:
            awaited.set_result(None)
            return
        awaited.set_exception(failure)
        # Nobody may be waiting any more, and that is no error.
        awaited.exception()


def _give(echo: "asyncio.Future[bool]", is_heard: bool) -> None:
    if not echo.done():
        echo.set_result(is_heard)
