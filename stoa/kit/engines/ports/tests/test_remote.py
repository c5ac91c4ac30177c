"""The remote way: signed, with caller, deadline and trace, retried only where that is allowed."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
import uvloop
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import current_caller, current_request_id, current_traceparent, remaining_s, surrounded
from stoa.kit.clock import ManualClock, SystemClock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.engines.ports.client import PortClient, PortFailed, PortUnavailable
from stoa.kit.engines.ports.envelope import Envelope, KeysOf, SignatureRefused, open_sealed, pair_keys, seal
from stoa.kit.engines.ports.resilience import Breaker, RetryBudget
from stoa.kit.engines.ports.server import PortServer
from stoa.kit.engines.watch import watch_ports
from stoa.kit.errors import Conflict, DeadlineExceeded, Malformed, NotFound, Unavailable
from stoa.kit.manifest import derive_secret
from stoa.kit.ports import Port, call
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Tracing

KEYS = pair_keys(lambda purpose: derive_secret(b"k" * 32, purpose))
USER = Caller(user=UserId(UUID(int=1)), organization=OrganizationId(UUID(int=2)))


class Shut(Conflict):
    code, title = "doors.shut", "The door is shut"


class DoorsPort(Port):
    service_ = "doors"

    @call(idempotent=True, deadline_s=2)
    async def look(self, *, door: int) -> str:
        """Say how a door is."""
        raise NotImplementedError

    @call(deadline_s=2)
    async def push(self, *, door: int) -> None:
        """Push a door."""
        raise NotImplementedError

    @call(idempotent=True, deadline_s=0.2)
    async def wait(self) -> None:
        """Wait for ever."""
        raise NotImplementedError

    @call(idempotent=True)
    async def surroundings(self) -> list[str]:
        """Tell what surrounds the call."""
        raise NotImplementedError


class Doors(DoorsPort):
    def __init__(self) -> None:
        self.failures_left = 0
        self.asked = 0

    async def look(self, *, door: int) -> str:
        self.asked += 1
        if self.failures_left:
            self.failures_left -= 1
            raise Unavailable("busy")
        if door == 0:
            raise Shut("It is locked", fields={"door": 0})
        if door == 666:
            raise RuntimeError("a bug with hunter2 in it")
        return "open" * door

    async def push(self, *, door: int) -> None:
        await self.look(door=door)

    async def wait(self) -> None:
        await asyncio.Event().wait()

    async def surroundings(self) -> list[str]:
        caller = current_caller()
        left = remaining_s()
        told = [caller.user, caller.organization, caller.service, current_request_id(), current_traceparent()]
        return [*(str(one) for one in told), "soon" if left is not None and left <= 1 else "later"]


@asynccontextmanager
async def serving(app: Callable[..., Any], *, unix: bool = True) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "ports.sock")
        where: dict[str, Any] = {"uds": path} if unix else {"host": "127.0.0.1", "port": 0}
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", **where))
        task = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.wait([task], timeout=0.005)
        try:
            port = 0 if unix else server.servers[0].sockets[0].getsockname()[1]
            yield f"unix:{path}" if unix else f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await task


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def a_client(service: Port, *, unix: bool = True, keys_of: KeysOf = KEYS) -> AsyncIterator[DoorsPort]:
    clock = SystemClock()
    async with serving(PortServer([service], keys_of=KEYS, clock=clock), unix=unix) as address:
        client = PortClient(address, asker="courses", keys_of=keys_of, clock=clock, sleep=no_sleep)
        try:
            yield client.port(DoorsPort)
        finally:
            await client.close()


@pytest.mark.parametrize("unix", [True, False])
async def test_a_remote_call_answers_like_a_local_one(unix: bool) -> None:
    async with a_client(Doors(), unix=unix) as doors:
        answers = await asyncio.gather(*(doors.look(door=n) for n in range(1, 60)))

    assert answers == ["open" * n for n in range(1, 60)]


def test_a_remote_call_works_on_uvloop_too() -> None:
    async def ask() -> str:
        async with a_client(Doors()) as doors:
            return await doors.look(door=1)

    assert uvloop.run(ask()) == "open"


async def test_a_large_answer_arrives_whole() -> None:
    async with a_client(Doors()) as doors:
        assert len(await doors.look(door=1_000_000)) == 4_000_000


async def test_an_expected_outcome_crosses_as_its_class_and_is_not_retried() -> None:
    service = Doors()
    async with a_client(service) as doors:
        with pytest.raises(Shut, match="It is locked") as caught:
            await doors.look(door=0)

    assert caught.value.fields == {"door": 0}
    assert service.asked == 1


async def test_a_bug_on_the_other_side_tells_nothing_of_itself() -> None:
    async with a_client(Doors()) as doors:
        with pytest.raises(PortFailed) as caught:
            await doors.look(door=666)

    assert "hunter2" not in str(caught.value)


async def test_caller_trace_request_and_deadline_travel_along() -> None:
    async with a_client(Doors()) as doors:
        with surrounded(
            caller=USER, request_id="r-1", deadline_s=1, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01"
        ):
            told = await doors.surroundings()

    assert told == [
        str(USER.user),
        str(USER.organization),
        "courses",
        "r-1",
        "00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        "soon",
    ]


async def test_only_an_idempotent_call_is_tried_again() -> None:
    service = Doors()
    async with a_client(service) as doors:
        service.failures_left = 2
        assert await doors.look(door=1) == "open"
        assert service.asked == 3

        service.failures_left = 1
        with pytest.raises(Unavailable):
            await doors.push(door=1)
        assert service.asked == 4


async def test_a_call_is_given_up_at_its_deadline() -> None:
    async with a_client(Doors()) as doors:
        with pytest.raises(DeadlineExceeded):
            await doors.wait()


async def test_the_askers_own_deadline_is_the_shorter_one() -> None:
    async with a_client(Doors()) as doors:
        with surrounded(deadline_s=0.0), pytest.raises(DeadlineExceeded):
            await doors.look(door=1)


async def test_a_wrong_key_is_refused_before_anything_is_called() -> None:
    service = Doors()
    stranger = pair_keys(lambda purpose: derive_secret(b"x" * 32, purpose))
    async with a_client(service, keys_of=stranger) as doors:
        with pytest.raises(SignatureRefused):
            await doors.look(door=1)

    assert service.asked == 0


async def test_a_process_that_is_not_there_is_unavailable_and_opens_the_circuit() -> None:
    clock = ManualClock()
    client = PortClient("unix:/nowhere/ports.sock", asker="courses", keys_of=KEYS, clock=clock, sleep=no_sleep)
    doors = client.port(DoorsPort)

    for _ in range(5):
        with pytest.raises(PortUnavailable, match="does not answer"):
            await doors.push(door=1)
    with pytest.raises(PortUnavailable, match="has not been answering") as caught:
        await doors.push(door=1)

    assert caught.value.retry_after_s == 1.0


async def test_a_server_that_comes_back_is_found_again() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ports.sock"
        clock = SystemClock()
        client = PortClient(f"unix:{path}", asker="courses", keys_of=KEYS, clock=clock, sleep=no_sleep)
        doors = client.port(DoorsPort)
        async with serving(PortServer([Doors()], keys_of=KEYS, clock=clock)) as address:
            path.symlink_to(address.removeprefix("unix:"))
            await doors.look(door=1)
        with pytest.raises(PortUnavailable):
            await doors.push(door=1)
        path.unlink()
        async with serving(PortServer([Doors()], keys_of=KEYS, clock=clock)) as address:
            path.symlink_to(address.removeprefix("unix:"))

            assert await doors.look(door=1) == "open"
        await client.close()


async def test_an_unknown_call_and_foreign_arguments_are_clear_refusals() -> None:
    class WiderPort(Port):
        service_ = "doors"

        @call()
        async def paint(self, *, door: int) -> None: ...

        @call()
        async def look(self, *, door: str) -> str: ...  # type: ignore[empty-body] # declared only

    clock = SystemClock()
    async with serving(PortServer([Doors()], keys_of=KEYS, clock=clock)) as address:
        client = PortClient(address, asker="courses", keys_of=KEYS, clock=clock)
        with pytest.raises(NotFound, match="No such call"):
            await client.port(WiderPort).paint(door=1)
        with pytest.raises(Malformed, match="arguments of look do not fit"):
            await client.port(WiderPort).look(door="x")
        await client.close()


def an_envelope(**changes: Any) -> Envelope:
    given: dict[str, Any] = {
        "asker": "courses",
        "service": "doors",
        "call": "look",
        "sent_at": 1000.0,
        "deadline_ms": 100,
        "caller": USER,
        "request_id": "",
        "traceparent": None,
        "arguments": b"\x80",
    }
    return Envelope(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "now"),
    [({"call": "push"}, 1000.0), ({"service": "windows"}, 1000.0), ({}, 1031.0), ({}, 969.0)],
)
def test_a_question_is_good_for_one_call_and_half_a_minute(changes: dict[str, Any], now: float) -> None:
    body, signature = seal(an_envelope(**changes), KEYS)

    with pytest.raises(SignatureRefused):
        open_sealed(body, signature, service="doors", call="look", now=now, keys_of=KEYS)


def test_a_replaced_secret_is_good_until_it_is_taken_away() -> None:
    def new(purpose: str) -> bytes:
        return derive_secret(b"n" * 32, purpose)

    def old(purpose: str) -> bytes:
        return derive_secret(b"k" * 32, purpose)

    body, signature = seal(an_envelope(), KEYS)

    open_sealed(body, signature, service="doors", call="look", now=1000.0, keys_of=pair_keys(new, old))
    with pytest.raises(SignatureRefused):
        open_sealed(body, signature, service="doors", call="look", now=1000.0, keys_of=pair_keys(new))


def test_a_service_cannot_speak_for_another() -> None:
    body, _ = seal(an_envelope(), KEYS)
    _, own = seal(an_envelope(asker="catalog"), KEYS)

    with pytest.raises(SignatureRefused):
        open_sealed(body, own, service="doors", call="look", now=1000.0, keys_of=KEYS)
    with pytest.raises(Malformed):
        open_sealed(b"\xff", own, service="doors", call="look", now=1000.0, keys_of=KEYS)


def test_a_half_open_circuit_lets_one_question_through() -> None:
    clock = ManualClock()
    breaker = Breaker(clock.monotonic, failures=2, open_s=1.0)
    breaker.failed()
    breaker.failed()

    assert breaker.wait_s() == 1.0
    clock.advance(timedelta(seconds=1))
    assert breaker.wait_s() == 0.0
    assert breaker.wait_s() > 0
    breaker.failed()
    assert breaker.wait_s() == 2.0
    clock.advance(timedelta(seconds=2))
    assert breaker.wait_s() == 0.0
    breaker.succeeded()
    assert (breaker.wait_s(), breaker.wait_s()) == (0.0, 0.0)


def test_retries_may_add_only_a_share_to_the_load() -> None:
    budget = RetryBudget(share=0.25, most=2)

    assert [budget.take() for _ in range(3)] == [True, True, False]
    for _ in range(4):
        budget.asked()
    assert [budget.take() for _ in range(2)] == [True, False]


async def test_a_half_answer_is_a_lost_connection_not_an_answer() -> None:
    async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")  # noqa: PTH118
        server = await asyncio.start_unix_server(cut_off, path)
        client = PortClient(f"unix:{path}", asker="courses", keys_of=KEYS, clock=SystemClock(), sleep=no_sleep)
        async with server:
            with pytest.raises(PortUnavailable, match="connection was lost"):
                await client.port(DoorsPort).push(door=1)


async def test_messages_of_other_kinds_are_not_answered() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {}

    server = PortServer([Doors()], keys_of=KEYS, clock=SystemClock())
    await server({"type": "websocket", "path": "/_ports/doors/look"}, receive, send)

    assert sent == []


async def test_calls_are_counted_and_traced_on_both_sides() -> None:
    exporter = InMemorySpanExporter()
    telemetry = Telemetry(Tracing.over(exporter, service="doors"))
    clock = SystemClock()
    server = PortServer([Doors()], keys_of=KEYS, clock=clock, around=watch_ports(telemetry, kind="server"))
    async with serving(server) as address:
        around = watch_ports(telemetry, kind="client")
        client = PortClient(address, asker="courses", keys_of=KEYS, clock=clock, around=around)
        with surrounded(request_id="r"):
            await client.port(DoorsPort).look(door=1)
            with pytest.raises(Shut):
                await client.port(DoorsPort).look(door=0)
        await client.close()

    answering, asking = exporter.get_finished_spans()[:2]
    assert answering.context is not None
    assert asking.context is not None
    assert answering.parent is not None
    assert answering.context.trace_id == asking.context.trace_id
    assert answering.parent.span_id == asking.context.span_id
    assert telemetry.ports.series("doors", "look").outcomes == {"ok": 2, "4xx": 2}
