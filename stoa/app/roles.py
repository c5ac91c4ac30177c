"""The roles of a platform of many processes: a service, the jobs, the gateway."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from stoa.app.access import Access, heard_by
from stoa.app.conferences import open_conferences, sources_of
from stoa.app.content import ContentOrigin
from stoa.app.embedded import Ground, blobs_of, engines_of, process_of
from stoa.app.engines import bell_of, login_from, open_mail, open_rooms
from stoa.app.front import files_of
from stoa.app.gateway import Gateway
from stoa.app.neighbours import Neighbours
from stoa.app.process import Plan
from stoa.app.running import application, listen_to_signals, serving
from stoa.app.serving import Listener
from stoa.app.sockets import lossless_of, node_of, sent_elsewhere, sockets_app
from stoa.app.turns import Turn
from stoa.kit.bus import Bus
from stoa.kit.engines.sockets.door import Reception
from stoa.kit.engines.sockets.server import freeze
from stoa.kit.errors import EnvironmentProblem, Unavailable
from stoa.kit.http.address import Proxies
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.telemetry.logs import logger
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Tracing

# Sockets were sent elsewhere before: what is left are answers to questions about health and figures.
_LAST_ANSWERS_S = 2.0
_HEAR_AGAIN_S = 1.0
log = logger("app")


def addresses_of(ground: Ground, template: str) -> dict[str, str]:
    """Return the address of every service from a template such as unix:/run/stoa/{service}.ports."""
    if "{service}" not in template:
        raise EnvironmentProblem(
            "STOA_PORTS_AT and STOA_HTTP_AT say where the services answer and contain {service}",
            hint="For example unix:/run/stoa/{service}.ports or http://{service}:8101",
        )
    return {name: template.replace("{service}", name) for name in ground.manifests}


async def run_service(ground: Ground, service: str, *, http: socket.socket, ports: socket.socket) -> None:
    """Run one service: its routes, its port, its consumers and the relay of its outbox."""
    stopping = listen_to_signals()
    async with contextlib.AsyncExitStack() as stack:
        login = login_from(ground.settings.database_url)
        engines = await engines_of(ground, login, service=service)
        stack.push_async_callback(engines.close)
        plan = Plan(
            manifests=ground.manifests,
            mine={service},
            targets=addresses_of(ground, ground.settings.ports_at),
            is_alone=False,
        )
        process = process_of(ground, engines, plan)
        await stack.enter_async_context(process.running())
        app = application(process)
        drain_s = ground.settings.drain.total_seconds()
        listeners = (
            Listener(app, http, drain_s=drain_s, has_lifespan=True),
            Listener(process.port_server(), ports, drain_s=drain_s),
        )
        await stack.enter_async_context(serving(listeners, app.lifecycle))
        await stopping.wait()


async def run_jobs(ground: Ground) -> None:
    """Run the jobs of all services, which are built in this process for that alone."""
    stopping = listen_to_signals()
    async with contextlib.AsyncExitStack() as stack:
        engines = await engines_of(ground, login_from(ground.settings.database_url))
        stack.push_async_callback(engines.close)
        plan = Plan(manifests=ground.manifests, mine=set(ground.manifests), is_running=False)
        process = process_of(ground, engines, plan, called="jobs")
        await stack.enter_async_context(process.running())
        await stack.enter_async_context(process.working())
        await stopping.wait()


async def run_gateway(ground: Ground, *, pages: socket.socket, content: socket.socket) -> None:
    """Run the front that browsers reach."""
    stopping = listen_to_signals()
    conferences = open_conferences(ground.settings, ground.loaded, ground.clock, public_url=ground.urls.public_url)
    tracing = Tracing.from_endpoint(ground.settings.otlp_endpoint or None, service="gateway")
    gateway = Gateway(
        ground.manifests,
        addresses_of(ground, ground.settings.http_at),
        urls=ground.urls,
        clock=ground.clock,
        files=files_of(
            await blobs_of(ground),
            open_mail(ground.settings, ground.loaded, ground.home, ground.clock),
            ground.urls,
        ),
        tracing=tracing,
        sources=sources_of(conferences.values()),
    )
    drain_s = ground.settings.drain.total_seconds()
    listeners = (
        Listener(gateway, pages, drain_s=drain_s),
        Listener(ContentOrigin(gateway, ground.urls), content, drain_s=drain_s),
    )
    async with serving(listeners, gateway.lifecycle):
        await stopping.wait()
    await gateway.close()
    tracing.close()


async def run_sockets(ground: Ground, bound: socket.socket, *, turn: Turn | None = None) -> None:
    """Run a socket server; with a `turn` it stands by, hearing all, until the one before it is gone."""
    stopping = listen_to_signals()
    telemetry = Telemetry(Tracing.from_endpoint(ground.settings.otlp_endpoint or None, service="sockets"))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(telemetry.tracing.close)
        access, keepers = None, dict[str, Keeper]()
        if template := ground.settings.ports_at:
            neighbours = Neighbours(ground, addresses_of(ground, template), telemetry, asker="sockets")
            stack.push_async_callback(neighbours.close)
            access = neighbours.access()
            keepers = {namespace: neighbours.port(port) for namespace, port in lossless_of(ground).items()}
        rooms = open_rooms(ground.settings, ground.clock)
        node = node_of(ground, broker=rooms, access=access, keepers=keepers, telemetry=telemetry)
        await node.start()
        stack.push_async_callback(node.stop)
        if access is not None:
            await stack.enter_async_context(_hearing(ground, access, telemetry))
        freeze()
        if turn is not None and not await turn.take(stopping):
            return
        proxies = Proxies(ground.settings.trusted_proxies)
        app = sockets_app(ground, node, proxies, telemetry)
        listener = Listener(app, bound, drain_s=_LAST_ANSWERS_S, reception=Reception(node, proxies=proxies))

        async def draining() -> None:
            if turn is not None:
                listener.take_nobody_new()
                turn.give()
            await sent_elsewhere(node, at_most=ground.settings.drain)

        await stack.enter_async_context(serving([listener], app.lifecycle, draining=draining))
        await stopping.wait()


@contextlib.asynccontextmanager
async def _hearing(ground: Ground, access: Access, telemetry: Telemetry) -> AsyncIterator[None]:
    """Hear of ended sessions and changed roles for the length of a block; nobody who comes back waits for that."""
    begun = asyncio.create_task(_hear(ground, access, telemetry), name="access.hearing")
    try:
        yield
    finally:
        begun.cancel()
        await asyncio.gather(begun, return_exceptions=True)


async def _hear(ground: Ground, access: Access, telemetry: Telemetry) -> None:
    bus: Bus | None = None
    if ground.settings.kafka:
        from stoa.kit.engines.kafka.bus import KafkaBus

        bell = bell_of(ground.settings)
        bus = KafkaBus(ground.settings.kafka, heard_by(access), telemetry=telemetry, bell=bell)
    elif not ground.settings.valkey_url:
        log.warning("app.sockets_hear_no_events", hint="Without STOA_KAFKA or STOA_VALKEY_URL ended sessions stay")
    try:
        while bus is not None:
            try:
                await bus.start()
                break
            except Unavailable as error:
                log.warning("app.sockets_hear_no_events", error=error.code)
                await asyncio.sleep(_HEAR_AGAIN_S)
        # After that, so that nothing falls between what is read here and what is heard from now on.
        await access.catch_up()
        await asyncio.Event().wait()
    finally:
        if bus is not None:
            await bus.stop()
