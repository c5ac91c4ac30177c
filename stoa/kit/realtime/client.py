"""One connected client: its commands in their order, its replies in one write, and its end."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import msgspec

from stoa.kit.errors import StoaError, Unavailable
from stoa.kit.realtime import codes, wire
from stoa.kit.realtime.codes import Code, Ended, Refused
from stoa.kit.realtime.gate import Member
from stoa.kit.realtime.pipe import Pipe
from stoa.kit.realtime.room import Subscription

if TYPE_CHECKING:
    from stoa.kit.realtime.node import Node

Work = Coroutine[Any, Any, None]  # any: what a coroutine yields and is sent is the loop's affair

PATIENCE_S = 10.0
# Frames and bytes are metered over this window, so that a burst after a connect is no offence.
WINDOW_S = 5.0


class Client:
    """What a node holds of a connection; no task, timer or queue of its own while it is idle."""

    __slots__ = (
        "_backlog",
        "_bytes",
        "_commands",
        "_is_busy",
        "_out",
        "_window_until",
        "address",
        "expires_at",
        "headers",
        "is_ended",
        "member",
        "node",
        "pinged",
        "pipe",
        "ponged",
        "session",
        "subscriptions",
        "tickets",
        "uid",
    )

    def __init__(self, node: "Node", pipe: Pipe, *, uid: str, address: str, headers: dict[str, str]) -> None:
        self.node = node
        self.pipe = pipe
        self.uid = uid
        self.session = ""
        self.address = address
        self.headers = headers
        self.member: Member | None = None
        self.tickets: tuple[str, ...] = ()
        self.expires_at = 0.0
        self.subscriptions: dict[str, Subscription] = {}
        self.is_ended = False
        self.pinged = self.ponged = False
        self._is_busy = False
        self._backlog: deque[bytes] | None = None
        self._out: list[bytes] = []
        self._window_until = 0.0
        self._commands = 0
        self._bytes = 0

    def receive(self, message: bytes) -> None:
        """Take one message of lines and answer what can be answered at once, in one write."""
        if self.is_ended or not self._meter(len(message)):
            return
        for line in message.split(b"\n"):
            if line and not self.is_ended:
                self._take(line)
        self.flush()

    def say(self, line: bytes) -> None:
        """Add a line to what is written next; `flush` follows within the same turn of the loop."""
        self._out.append(line)

    def push(self, line: bytes) -> None:
        """Write a line of our own accord."""
        self._out.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what was said."""
        if self._out:
            lines, self._out = self._out, []
            if not self.is_ended:
                self.pipe.write(lines[0] if len(lines) == 1 else b"\n".join(lines))

    def end(self, why: Code) -> None:
        """Close the connection and tell why."""
        if not self.is_ended:
            self.node.tally.end(why.code)
            self.flush()
            self.lost()
            self.pipe.close(why)

    def lost(self) -> None:
        """Forget the connection, which is closed or about to be."""
        if self.is_ended:
            return
        self.is_ended = True
        self._backlog = None
        self._out = []
        self.node.forget(self)

    def run(self, work: Work, number: int) -> None:
        """Do what takes time; later commands wait, so that they have their effect in their order."""
        self._is_busy = True
        task = self.node.tasks.start(self._finish(work, number), on_failure=self._fail)
        # A task that is cancelled before its first step never comes to the work, which would then complain.
        task.add_done_callback(lambda _: work.close())

    def _fail(self) -> None:
        self.end(codes.SERVER_ERROR)

    def _meter(self, size: int) -> bool:
        now = self.node.now
        if now >= self._window_until:
            self._window_until = now + WINDOW_S
            self._commands = self._bytes = 0
        self._commands += 1
        self._bytes += size
        limits = self.node.settings
        talks = 0 < limits.messages_per_s * WINDOW_S < self._commands
        if talks or 0 < limits.bytes_per_s * WINDOW_S < self._bytes:
            self.node.tally.refused += 1
            self.end(codes.TOO_MANY_COMMANDS)
            return False
        return True

    def _take(self, line: bytes) -> None:
        if not self._is_busy:
            self._perform(line)
            return
        if self._backlog is None:
            self._backlog = deque()
        if len(self._backlog) >= self.node.settings.commands_waiting:
            self.end(codes.TOO_MANY_COMMANDS)
            return
        self._backlog.append(line)

    def _perform(self, line: bytes) -> None:
        try:
            command = wire.decode_command(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.end(codes.BAD_COMMAND)
            return
        try:
            work = self.node.commands.perform(self, command)
        except Refused as refused:
            self.say(wire.refusal(command.id, refused.why))
        except Ended as ended:
            self.end(ended.why)
        except StoaError as error:
            self.say(wire.refusal(command.id, _as_code(error)))
        except (msgspec.DecodeError, RecursionError):
            self.say(wire.refusal(command.id, codes.BAD_REQUEST))
        else:
            if work is not None:
                self.run(work, command.id)

    async def _finish(self, work: Work, number: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await work
        except Refused as refused:
            self.say(wire.refusal(number, refused.why))
        except Ended as ended:
            self.end(ended.why)
        except TimeoutError:
            self.say(wire.refusal(number, codes.INTERNAL))
        except StoaError as error:
            self.say(wire.refusal(number, _as_code(error)))
        self._is_busy = False
        while self._backlog and not self._is_busy:
            self._perform(self._backlog.popleft())
        self.flush()


def _as_code(error: StoaError) -> Code:
    """Return what an outcome of the error tree is in the protocol."""
    if isinstance(error, Unavailable):
        return codes.INTERNAL
    return {401: codes.UNAUTHORIZED, 404: codes.UNKNOWN_CHANNEL, 429: codes.TOO_MANY_REQUESTS}.get(
        error.status, codes.PERMISSION_DENIED
    )
