"""The roles of a platform of many processes: a service, the jobs, the gateway."""

import contextlib
import socket

from stoa.app.conferences import open_conferences, sources_of
from stoa.app.content import ContentOrigin
from stoa.app.embedded import Ground, blobs_of, engines_of, process_of
from stoa.app.engines import login_from, open_mail
from stoa.app.front import files_of
from stoa.app.gateway import Gateway
from stoa.app.process import Plan
from stoa.app.running import application, listen_to_signals, serving
from stoa.app.serving import Listener
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.telemetry.tracing import Tracing


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
