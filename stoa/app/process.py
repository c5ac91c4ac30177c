"""One process: the services that live in it, the ports between them, their consumers and their jobs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stoa.app.access import TOLD, Access, heard_by, told_to_sockets
from stoa.app.engines import Engines
from stoa.app.options import PlatformSettings
from stoa.kit.auth.permission import Permission
from stoa.kit.bus import Bus
from stoa.kit.clock import Clock
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.ports.client import PortClient
from stoa.kit.engines.ports.envelope import KeysOf
from stoa.kit.engines.ports.kept import KeptAnswers
from stoa.kit.engines.ports.local import local
from stoa.kit.engines.ports.server import PortServer
from stoa.kit.engines.postgres.database import RELAY_ROLE, Database
from stoa.kit.engines.postgres.jobs import JobsSettings, PostgresJobBoard
from stoa.kit.engines.watch import LocalWatch, watch_jobs, watch_ports
from stoa.kit.http.router import Router
from stoa.kit.inbox import Consumer, bound
from stoa.kit.invalidation import Invalidations
from stoa.kit.manifest import Context, Manifest, Urls, derive_secret
from stoa.kit.ports import CallSpec, Port, calls_of, implement
from stoa.kit.realtime.channels import TokenDesk, namespaces_of
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.realtime.speaker import Speaker, urls_at
from stoa.kit.realtime.tokens import PURPOSE, SocketTokens
from stoa.kit.relay import Relay
from stoa.kit.settings import Settings
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort

P = TypeVar("P", bound=Port)

MakeBus = Callable[[list[Consumer], Telemetry], Bus]

ROOT = "root"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one process is made of: its services, the addresses of the others, and what it runs besides them."""

    manifests: Mapping[str, Manifest]
    mine: Collection[str]
    targets: Mapping[str, str] = field(default_factory=dict)
    is_running: bool = True
    is_alone: bool = True


class Process:
    """The services of one process, built and wired."""

    def __init__(
        self,
        plan: Plan,
        *,
        settings: PlatformSettings,
        loaded: Mapping[type[Settings], Settings],
        engines: Engines,
        clock: Clock,
        urls: Urls,
        root_secret: bytes,
        keys_of: KeysOf,
        make_bus: MakeBus = MemoryBus.over,
        invalidations: Invalidations | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.plan = plan
        self.settings = settings
        self.engines = engines
        self.clock = clock
        self.urls = urls
        self.telemetry = telemetry or Telemetry()
        self.tokens = tokens_of(settings, root_secret, clock)
        self._loaded = loaded
        self._root_secret = root_secret
        self._keys_of = keys_of
        self._clients: dict[tuple[str, str], PortClient] = {}
        self._kept = KeptAnswers(clock, invalidations)
        self._invalidations = invalidations
        if invalidations is not None:
            # Where all services run in one process nobody keeps anything of another.
            is_alone = plan.is_running and not plan.targets
            kept = frozenset() if is_alone else changes_in(plan.manifests.values())
            engines.pool.told.announced = kept | {one.type_ for one in TOLD}
            engines.pool.told.announce = invalidations.tell
        self._databases: dict[str, Database] = {}
        self.services: dict[str, object] = {}
        self.access = Access(
            clock=clock,
            issuer=urls.public_url,
            identity=self._late_port(IdentityPort),
            organizations=self._late_port(OrganizationsPort),
            default_slug=settings.organization,
        )
        permissions = {one.name: one for manifest in plan.manifests.values() for one in manifest.permissions}
        for name, manifest in plan.manifests.items():
            if name in plan.mine:
                self.services[name] = manifest.build(self._context(manifest, permissions))
        self.bus = make_bus(self._consumers(), self.telemetry)
        self.relay = self._relay()

    def routers(self) -> list[tuple[Router, object]]:
        """Return the routers of this process with the objects that answer them."""
        found: list[tuple[Router, object]] = []
        for name, manifest in self.plan.manifests.items():
            if name in self.services:
                service = self.services[name]
                desks = {
                    id(one.router): TokenDesk(one.specs, service, self.tokens, self.clock) for one in manifest.channels
                }
                found += [(router, desks.get(id(router), service)) for router in manifest.routers]
        return found

    def port_server(self) -> PortServer:
        """Return the application that answers other processes."""
        offered = [service for service in self.services.values() if isinstance(service, Port)]
        around = watch_ports(self.telemetry, kind="server")
        return PortServer(offered, keys_of=self._keys_of, clock=self.clock, around=around)

    def port(self, wanted: type[P], *, asker: str = ROOT) -> P:
        """Return a port's local object, or a client of the process where its service lives."""
        if wanted.service_ in self.services:
            target = self.services[wanted.service_]
            assert isinstance(target, wanted)
            return local(wanted, target, watch=LocalWatch(self.telemetry))
        address = self.plan.targets[wanted.service_]
        client = self._clients.get((asker, address))
        if client is None:
            around = watch_ports(self.telemetry, kind="client")
            client = PortClient(
                address, asker=asker, keys_of=self._keys_of, clock=self.clock, around=around, kept=self._kept
            )
            self._clients[asker, address] = client
        return client.port(wanted)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the consumers and the relay for the length of a block; the relay stops first, then the consumers."""
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self.telemetry.tracing.close)
            stack.push_async_callback(self._close_clients)
            await self._begin_to_hear(stack)
            if self.plan.is_running:
                await self.bus.start()
                stack.push_async_callback(self.bus.stop)
                await self.relay.start()
                stack.push_async_callback(self.relay.stop)
            # Not awaited: the process that holds identity may start after this one.
            catching_up = asyncio.create_task(self.access.catch_up(), name="access.catch-up")
            stack.callback(catching_up.cancel)
            yield

    async def _begin_to_hear(self, stack: contextlib.AsyncExitStack) -> None:
        if self._invalidations is not None:
            self._kept.listen()
            self.access.listen(self._invalidations)
            await self._invalidations.start()
            stack.push_async_callback(self._invalidations.stop)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do the jobs of this process's services for the length of a block."""
        from stoa.kit.engines.postgres.worker import JobWorker

        settings = self._loaded[JobsSettings]
        assert isinstance(settings, JobsSettings)
        worker = JobWorker(
            login=self.engines.login,
            database=Database(self.engines.pool, "jobs", clock=self.clock),
            services=self.services,
            declared=[one for name in self.services for one in self.plan.manifests[name].jobs],
            clock=self.clock,
            settings=settings,
            around=watch_jobs(self.telemetry),
        )
        task = asyncio.create_task(worker.run(), name="jobs")
        try:
            yield
        finally:
            worker.stop()
            await task

    def databases(self) -> Mapping[str, Database]:
        """Return the database of every service of this process."""
        return {name: self.database(name) for name in self.services}

    async def check_database(self) -> None:
        """Ask PostgreSQL for a sign of life."""
        async with self.database(next(iter(self.services))).session(None) as connection:
            await connection.fetchval("select 1")

    def database(self, service: str) -> Database:
        """Return the database as one service of this process sees it."""
        found = self._databases.get(service)
        if found is None:
            found = self._databases[service] = Database(self.engines.pool, service, clock=self.clock)
        return found

    def _context(self, manifest: Manifest, permissions: Mapping[str, Permission]) -> Context:
        database = self.database(manifest.name)
        return Context(
            service=manifest.name,
            clock=self.clock,
            urls=self.urls,
            home=self.settings.home,
            database=database,
            blobs=self.engines.blobs,
            jobs=PostgresJobBoard(database),
            mail=self.engines.mail,
            cache=self.engines.cache,
            limiter=self.engines.limiter,
            locks=self.engines.locks,
            realtime=self._speaker(manifest),
            conferences=self.engines.conferences,
            authorizer=self.access.authorizer,
            telemetry=self.telemetry,
            permissions=permissions,
            requires=manifest.requires,
            root_secret=self._root_secret,
            ports=lambda wanted: self.port(wanted, asker=manifest.name),
            loaded_settings=self._loaded,
        )

    def _speaker(self, manifest: Manifest) -> Realtime:
        options = namespaces_of(manifest.channels)
        return Speaker(self.engines.rooms, self.tokens, options=options, urls=urls_at(self.urls.sockets))

    def _consumers(self) -> list[Consumer]:
        found = [*heard_by(self.access), *self._kept.consumers()]
        if IdentityPort.service_ in self.services and self.settings.valkey_url:
            found += told_to_sockets(self.engines.rooms, self.database(IdentityPort.service_))
        for name, service in self.services.items():
            for declared in self.plan.manifests[name].consumers:
                found += bound(declared.subscriptions, service, self.database(name))
        return found

    def _relay(self) -> Relay:
        names = list(self.services)
        if self.plan.is_alone:
            database = Database(self.engines.pool, "kit", role=RELAY_ROLE, clock=self.clock)
        else:
            database = self.database(names[0])
        return Relay(database, names, self.bus, alone=self.plan.is_alone)

    def _late_port(self, wanted: type[P]) -> P:
        """Return a port that is looked up at the first call: access is wired before the services are built."""

        def make(spec: CallSpec) -> Callable[..., Awaitable[Any]]:  # any: whatever the call answers
            async def ask(self_: Port, **arguments: Any) -> Any:  # any: as above
                return await getattr(self.port(wanted), spec.name)(**arguments)

            return ask

        return implement(wanted, "Late", make)

    async def _close_clients(self) -> None:
        for client in self._clients.values():
            await client.close()


def changes_in(manifests: Iterable[Manifest]) -> frozenset[str]:
    """Return the types of the events by which answers of ports that somebody requires are forgotten."""
    calls = (spec for one in manifests for port in one.requires for spec in calls_of(port).values())
    return frozenset(event.type_ for spec in calls if spec.keeping is not None for event in spec.keeping.until)


def tokens_of(settings: PlatformSettings, root_secret: bytes, clock: Clock) -> SocketTokens:
    """Return what signs the tokens of sockets: under the secret that is set, else under one of the root's."""
    given = settings.sockets_secret.encode()
    return SocketTokens(given or derive_secret(root_secret, PURPOSE), clock)
