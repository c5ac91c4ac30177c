"""Running the embedded platform: from bound ports to the last request answered."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from stoa.app.conferences import sources_of
from stoa.app.content import ContentOrigin
from stoa.app.demo import plant_demo
from stoa.app.embedded import Ground, Tell, content_port_of, database, engines_of, process_of, urls_of
from stoa.app.front import Front, mounts
from stoa.app.home import Running, ServiceState
from stoa.app.loadtest import load_passes_of
from stoa.app.process import Plan, Process
from stoa.app.serving import Listener, bind
from stoa.app.sockets import node_in, sent_elsewhere, streams_of
from stoa.kit.engines.postgres.idempotency import PostgresIdempotencyStore
from stoa.kit.engines.sockets.door import Reception
from stoa.kit.http.address import Proxies
from stoa.kit.http.app import App, AsgiApp, HttpOptions, Wiring, build_app
from stoa.kit.http.lifecycle import Lifecycle
from stoa.kit.http.passes import LoadPasses

Announce = Callable[[Running], None]
Draining = Callable[[], Awaitable[None]]
_ONE_WISH_S = 1.0


async def run_embedded(ground: Ground, *, tell: Tell, announce: Announce) -> None:
    """Run everything in this process until a signal comes; a home or port in use is found before anything starts."""
    settings, home = ground.settings, ground.home
    stopping = listen_to_signals(tell)
    async with contextlib.AsyncExitStack() as stack:
        # The home first: who starts it twice is told so, not that a port of the same platform is in use.
        stack.enter_context(home.held())
        pages = bind(settings.host, settings.port, setting="STOA_PORT")
        stack.callback(pages.close)
        port = pages.getsockname()[1]
        content = bind(settings.host, content_port_of(settings, port), setting="STOA_CONTENT_PORT")
        stack.callback(content.close)
        ground = replace(ground, urls=urls_of(settings, port, content.getsockname()[1]))
        login = await stack.enter_async_context(database(ground, tell))
        tell(f"Starting {len(ground.manifests)} services")
        engines = await engines_of(ground, login)
        stack.push_async_callback(engines.close)
        process = process_of(ground, engines, Plan(manifests=ground.manifests, mine=set(ground.manifests)))
        await stack.enter_async_context(process.running())
        await stack.enter_async_context(process.working())
        proxies = Proxies(settings.trusted_proxies, load_passes_of(ground))
        node = await stack.enter_async_context(node_in(ground, process))
        app = application(process, passes=load_passes_of(ground), streams=streams_of(node, proxies))
        drain_s = settings.drain.total_seconds()
        listeners = (
            Listener(app, pages, drain_s=drain_s, has_lifespan=True, reception=Reception(node, proxies=proxies)),
            Listener(ContentOrigin(app, ground.urls), content, drain_s=drain_s),
        )
        draining = partial(sent_elsewhere, node, at_most=settings.drain)
        await stack.enter_async_context(serving(listeners, app.lifecycle, draining=draining))
        if settings.demo:
            await plant_demo(process, home, tell)
        running = _running(ground)
        home.announce(running)
        announce(running)
        await stopping.wait()


def application(
    process: Process, *, passes: LoadPasses | None = None, streams: Mapping[str, AsgiApp] | None = None
) -> App:
    """Return the application that serves the routes of a process, and the pages for everything else."""
    sources = sources_of(process.engines.conferences.values())
    beside = mounts(process)
    front = Front(process.urls, api=lambda: app, sources=sources, beside=beside)
    app: App = build_app(
        process.routers(),
        Wiring(
            authorizer=process.access.authorizer,
            authenticator=process.access.authenticator,
            limiter=process.engines.limiter,
            answers=PostgresIdempotencyStore(process.databases(), process.clock),
            clock=process.clock,
            telemetry=process.telemetry,
            options=HttpOptions(
                title="Stoa",
                trusted_proxies=tuple(process.settings.trusted_proxies),
                passes=passes,
                metrics_token=process.settings.metrics_token,
            ),
            readiness={"database": process.check_database},
            mounts={**beside, **front.mounts},
            streams=streams or {},
            fallback=front.pages,
            tenant_of=process.access.tenant_of,
        ),
    )
    return app


@contextlib.asynccontextmanager
async def serving(
    listeners: Sequence[Listener], lifecycle: Lifecycle, *, draining: Draining | None = None
) -> AsyncIterator[None]:
    """Serve on all listeners for the length of a block; at its end what runs may finish.

    `draining` is awaited once readiness says no and before the doors close.
    """
    tasks = [asyncio.create_task(listener.run_until_told()) for listener in listeners]
    try:
        while not all(listener.started for listener in listeners):
            if any(task.done() for task in tasks):
                await asyncio.gather(*tasks)
            await asyncio.sleep(0.005)
        yield
    finally:
        lifecycle.begin_drain()
        if draining is not None:
            await draining()
        for listener in listeners:
            listener.end()
        await asyncio.gather(*tasks, return_exceptions=True)


def listen_to_signals(tell: Tell = lambda _: None) -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set; a second signal, a second later or more, ends the process at once.

    `timeout` and some that look after services tell the process and its group: that is one wish, told twice.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    told_at = 0.0

    def stop() -> None:
        nonlocal told_at
        if not stopping.is_set():
            told_at = loop.time()
            stopping.set()
            tell("Finishing what is under way; Ctrl-C again ends it at once")
        elif loop.time() - told_at >= _ONE_WISH_S:
            os._exit(130)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopping


def _running(ground: Ground) -> Running:
    pid = os.getpid()
    return Running(
        url=ground.urls.public_url,
        content_url=ground.urls.content_url,
        sockets_url=ground.urls.sockets,
        home=str(ground.home.root),
        mode="embedded",
        services=[ServiceState(name=name, pid=pid, state="running") for name in ground.manifests],
        accounts=ground.home.demo_accounts(),
    )
