"""The remote way to a port: a client whose methods are reflected from the port's declaration."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec

from stoa.kit.auth.context import (
    current_caller,
    current_request_id,
    current_traceparent,
    note_caught_up,
    remaining_s,
)
from stoa.kit.clock import Clock
from stoa.kit.engines.ports.envelope import CONTENT_TYPE, SIGNATURE, Envelope, KeysOf, seal
from stoa.kit.engines.ports.kept import KeptAnswers
from stoa.kit.engines.ports.resilience import Breaker, RetryBudget, backoff_s
from stoa.kit.engines.ports.transport import ConnectionLost, ConnectionRefused, Target, Transport
from stoa.kit.errors import DeadlineExceeded, StoaError, Unavailable
from stoa.kit.ports import Around, CallSpec, Port, implement, unobserved
from stoa.kit.portwords import decode_error
from stoa.kit.store import refuse_in_transaction

P = TypeVar("P", bound=Port)
Sleep = Callable[[float], Awaitable[None]]

ATTEMPTS = 3


class PortUnavailable(Unavailable):
    """The process of another service does not answer for the moment."""

    code, title = "stoa.port_unavailable", "A part of the platform does not answer; try again in a moment"


class PortFailed(StoaError):
    """The other service failed on a bug of its own, or speaks another version of the port."""

    code, status, title = "stoa.port_failed", 500, "A part of the platform failed"


class PortClient:
    """Asks the services of one target (one process) on behalf of one service."""

    def __init__(
        self,
        target: str,
        *,
        asker: str,
        keys_of: KeysOf,
        clock: Clock,
        around: Around = unobserved,
        sleep: Sleep = asyncio.sleep,
        connections: int = 32,
        kept: KeptAnswers | None = None,
    ) -> None:
        self._transport = Transport(Target(target), connections=connections)
        self._kept = kept
        self._asker = asker
        self._keys_of = keys_of
        self._clock = clock
        self._around = around
        self._sleep = sleep
        self._breaker = Breaker(clock.monotonic)
        self._budget = RetryBudget()

    def port(self, port: type[P]) -> P:
        """Return an object of a port that asks over the border."""

        def make(spec: CallSpec) -> Callable[..., Awaitable[Any]]:  # any: whatever the call answers
            kept = self._kept if spec.keeping is not None else None
            if kept is not None and spec.keeping is not None:
                kept.watch(spec, spec.keeping)

            async def ask(self_: Port, **arguments: Any) -> Any:  # any: arguments and answers of every type
                refuse_in_transaction(f"asking {spec.service}.{spec.name}")
                wire = spec.encode_arguments(arguments)
                if kept is None:
                    return await self._observed(spec, wire)
                return await kept.answer(spec, arguments, wire, partial(self._observed, spec, wire))

            return ask

        return implement(port, "Remote", make)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _observed(self, spec: CallSpec, arguments: bytes) -> Any:  # any: whatever the call answers
        try:
            with self._around(spec):
                return await self._ask(spec, arguments)
        finally:
            # It may have changed something, and whoever asked goes by what is so now.
            note_caught_up(is_so=False)

    async def _ask(self, spec: CallSpec, arguments: bytes) -> Any:  # any: whatever the call answers
        left = remaining_s()
        limit_s = spec.deadline_s if left is None else min(left, spec.deadline_s)
        until = self._clock.monotonic() + limit_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._try(spec, arguments, until)
        except TimeoutError:
            raise DeadlineExceeded(f"{spec.service} did not answer in time") from None

    async def _try(self, spec: CallSpec, arguments: bytes, until: float) -> Any:  # any: whatever the call answers
        self._budget.asked()
        attempt = 1
        while True:
            try:
                return await self._once(spec, arguments, until)
            except Unavailable as problem:
                wait = max(backoff_s(attempt + 1), problem.retry_after_s or 0.0)
                is_worthwhile = (
                    spec.idempotent
                    and attempt < ATTEMPTS
                    and not isinstance(problem, DeadlineExceeded)
                    and self._clock.monotonic() + wait < until
                )
                if not is_worthwhile or not self._budget.take():
                    raise
            await self._sleep(wait)
            attempt += 1

    async def _once(self, spec: CallSpec, arguments: bytes, until: float) -> Any:  # any: whatever the call answers
        if wait := self._breaker.wait_s():
            raise PortUnavailable(f"{spec.service} has not been answering", retry_after_s=round(wait, 3))
        body, signature = seal(self._envelope(spec, arguments, until), self._keys_of)
        headers = [(b"content-type", CONTENT_TYPE), (SIGNATURE, signature)]
        try:
            status, answer = await self._transport.post(spec.path, headers, body)
        except (ConnectionRefused, ConnectionLost) as problem:
            self._breaker.failed()
            raise PortUnavailable(f"{spec.service} does not answer: {problem}") from None
        except asyncio.CancelledError:
            # The deadline (or the asker's end) came first; a silence counts like a refusal.
            self._note_silence(until)
            raise
        if status == 200:
            self._breaker.succeeded()
            return _decoded(spec, answer)
        error = decode_error(answer)
        self._note_refusal(status)
        raise error

    def _note_silence(self, until: float) -> None:
        if self._clock.monotonic() >= until - 0.01:
            self._breaker.failed()
        else:
            self._breaker.given_up()

    def _note_refusal(self, status: int) -> None:
        if status == 503:
            self._breaker.failed()
        else:
            self._breaker.succeeded()

    def _envelope(self, spec: CallSpec, arguments: bytes, until: float) -> Envelope:
        return Envelope(
            asker=self._asker,
            service=spec.service,
            call=spec.name,
            sent_at=self._clock.now().timestamp(),
            deadline_ms=max(1, int((until - self._clock.monotonic()) * 1000)),
            caller=current_caller(),
            request_id=current_request_id(),
            traceparent=current_traceparent(),
            arguments=arguments,
        )


def _decoded(spec: CallSpec, answer: bytes) -> Any:  # any: whatever the call answers
    try:
        return spec.decode_answer(answer)
    except msgspec.ValidationError as problem:
        raise PortFailed(f"{spec.service}.{spec.name} answered in another version's words: {problem}") from None
