"""The answering side of a port: an ASGI application for the internal listener."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from stoa.kit.auth.context import surrounded
from stoa.kit.clock import Clock
from stoa.kit.engines.ports.client import PortFailed
from stoa.kit.engines.ports.envelope import CONTENT_TYPE, SIGNATURE, Envelope, KeysOf, open_sealed
from stoa.kit.errors import DeadlineExceeded, Malformed, NotFound, StoaError, TooLarge
from stoa.kit.ports import Around, CallSpec, Port, calls_of, encode, port_of, unobserved
from stoa.kit.portwords import encode_error

Scope = MutableMapping[str, Any]  # any: ASGI leaves the values open
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]  # any: as above
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]  # any: as above

LARGEST_QUESTION_BYTES = 64 * 1024 * 1024

log = logging.getLogger("stoa.ports")


class PortServer:
    """Answers `POST /_ports/<service>/<call>` for the services of this process."""

    def __init__(self, services: Iterable[Port], *, keys_of: KeysOf, clock: Clock, around: Around = unobserved) -> None:
        self._calls: dict[str, tuple[CallSpec, Port]] = {}
        for service in services:
            for spec in calls_of(port_of(type(service))).values():
                self._calls[spec.path] = (spec, service)
        self._keys_of = keys_of
        self._clock = clock
        self._around = around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question; every failure is an answer too."""
        if scope["type"] != "http":
            return
        try:
            status, answer = 200, await self._answer(scope, receive)
        except StoaError as error:
            status, answer = error.status, encode_error(error)
        # This is the HTTP edge of the internal listener: a bug becomes an answer, and a line in the log.
        except Exception:
            log.exception("kit.port_failed", extra={"path": scope["path"]})
            status, answer = 500, encode_error(PortFailed())
        headers = [(b"content-type", CONTENT_TYPE), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        found = self._calls.get(scope["path"])
        if found is None or scope["method"] != "POST":
            raise NotFound("No such call is answered here")
        spec, service = found
        body = await _body(receive)
        envelope = open_sealed(
            body,
            _signature(scope),
            service=spec.service,
            call=spec.name,
            now=self._clock.now().timestamp(),
            keys_of=self._keys_of,
        )
        return await self._call(spec, service, envelope)

    async def _call(self, spec: CallSpec, service: Port, envelope: Envelope) -> bytes:
        try:
            arguments = spec.decode_arguments(envelope.arguments)
        except msgspec.MsgspecError as problem:
            raise Malformed(f"The arguments of {spec.name} do not fit: {problem}") from None
        caller = msgspec.structs.replace(envelope.caller, service=envelope.asker)
        limit_s = min(spec.deadline_s, envelope.deadline_ms / 1000)
        with surrounded(
            caller=caller, request_id=envelope.request_id, deadline_s=limit_s, traceparent=envelope.traceparent
        ):
            try:
                async with asyncio.timeout(limit_s):
                    with self._around(spec):
                        return encode(await getattr(service, spec.name)(**arguments))
            except TimeoutError:
                raise DeadlineExceeded(f"{spec.service}.{spec.name} was given up at its deadline") from None


def _signature(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == SIGNATURE:
            return bytes(value)
    return b""


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The asker went away")
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_QUESTION_BYTES:
            raise TooLarge("The question is too large for a port; hand over a blob key instead")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
