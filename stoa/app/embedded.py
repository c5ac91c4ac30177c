"""The embedded platform: everything in one process on one home."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from stoa.app.engines import Engines, bell_of, engine_settings, invalidations_of, login_from, open_blobs, open_engines
from stoa.app.home import Home
from stoa.app.options import PlatformSettings, SocketSettings
from stoa.app.process import MakeBus, Plan, Process
from stoa.kit.blobs import Blobs
from stoa.kit.bus import Bus
from stoa.kit.clock import Clock, SystemClock
from stoa.kit.engines.memory.bus import MemoryBus
from stoa.kit.engines.ports.envelope import pair_keys
from stoa.kit.engines.postgres.database import Login, connect_first
from stoa.kit.engines.postgres.jobs import JobsSettings, jobs_migrations
from stoa.kit.engines.postgres.migrate import MigrationSet, migrate, read_migrations
from stoa.kit.engines.postgres.server import EmbeddedPostgres
from stoa.kit.inbox import Consumer
from stoa.kit.manifest import Manifest, Urls, derive_secret
from stoa.kit.settings import Settings, SettingsInvalid, load_all, misspelt
from stoa.kit.telemetry.telemetry import Telemetry
from stoa.kit.telemetry.tracing import Tracing
from stoa.topology import discover

Tell = Callable[[str], None]
SUPERUSER = "stoa"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every process of a platform knows before it opens anything."""

    settings: PlatformSettings
    loaded: Mapping[type[Settings], Settings]
    manifests: Mapping[str, Manifest]
    home: Home
    root_secret: bytes
    clock: Clock
    urls: Urls


def survey(environment: Mapping[str, str]) -> Ground:
    """Read the settings and the manifests and prepare the home; every problem is a clear sentence."""
    manifests = discover()
    settings, loaded = read_settings(environment, manifests)
    home = Home(settings.home)
    home.prepare()
    return Ground(
        settings=settings,
        loaded=loaded,
        manifests=manifests,
        home=home,
        root_secret=home.root_secret(settings.secret),
        clock=SystemClock(),
        urls=urls_of(settings, settings.port, content_port_of(settings, settings.port)),
    )


def refuse_no_home() -> PlatformSettings:
    """Return the settings of a home that was made before; raise NoHome where a slip would make a new, empty one."""
    settings, _ = read_settings(os.environ, discover())
    if not settings.database_url:
        Home(settings.home).check_made()
    return settings


def read_settings(
    environment: Mapping[str, str], manifests: Mapping[str, Manifest]
) -> tuple[PlatformSettings, Mapping[type[Settings], Settings]]:
    """Read the settings of the platform, its services and its engines; refuse what is wrong or sets nothing."""
    settings = PlatformSettings.load(environment)
    own = [one.settings for one in manifests.values() if one.settings is not None]
    classes: list[type[Settings]] = [PlatformSettings, JobsSettings, SocketSettings, *own, *engine_settings(settings)]
    loaded = load_all(classes, environment)
    if slips := misspelt(classes, environment):
        raise SettingsInvalid(slips)
    if settings.content_port == settings.port != 0:
        raise SettingsInvalid(["STOA_CONTENT_PORT must not be STOA_PORT: what users made has an origin of its own."])
    return settings, loaded


def urls_of(settings: PlatformSettings, port: int, content_port: int, sockets_port: int | None = None) -> Urls:
    """Return where people reach the platform when it listens on these ports; sockets may have none of their own."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (compared, not bound)
    shown = f"[{host}]" if ":" in host else host
    return Urls(
        public_url=settings.public_url.rstrip("/") or f"http://{shown}:{port}",
        content_url=settings.content_url.rstrip("/") or f"http://{shown}:{content_port}",
        sockets_url=settings.sockets_url.rstrip("/") or (f"http://{shown}:{sockets_port}" if sockets_port else ""),
    )


def content_port_of(settings: PlatformSettings, port: int) -> int:
    """Return the port of the second origin: the one that is set, else the next after the first."""
    if settings.content_port >= 0:
        return settings.content_port
    return port + 1 if 0 < port < 65_535 else 0


def sockets_port_of(settings: PlatformSettings, content_port: int) -> int:
    """Return the port of sockets that have their own: the one that is set, else the next after the second origin."""
    if settings.sockets_port >= 0:
        return settings.sockets_port
    if settings.content_port == 0:
        return 0
    return content_port + 1 if 0 < content_port < 65_535 else 0


def migrations_of(manifests: Mapping[str, Manifest]) -> list[MigrationSet]:
    """Return the migrations of the kit's jobs and of every service."""
    own = [read_migrations(name, files(f"stoa.services.{name}") / "migrations") for name in manifests]
    return [jobs_migrations(), *own]


async def bring_up_to_date(admin: Login, manifests: Mapping[str, Manifest]) -> list[str]:
    """Apply the migrations that the database lacks and return their names."""
    connection = await connect_first(admin)
    try:
        return await migrate(connection, migrations_of(manifests))
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def database(ground: Ground, tell: Tell) -> AsyncIterator[Login]:
    """Lend the database of the platform, up to date: the one that is given, else the home's own."""
    if ground.settings.database_url:
        login = login_from(ground.settings.database_url)
        tell("Bringing the database up to date")
        await bring_up_to_date(login, ground.manifests)
        yield login
        return
    postgres = EmbeddedPostgres(ground.home.root, tell=tell)
    async with postgres.reached() as endpoint:
        tell("Bringing the database up to date")
        admin = Login(host=endpoint.socket_dir, port=endpoint.port, database=SUPERUSER, user=SUPERUSER)
        changed = await bring_up_to_date(admin, ground.manifests)
        if changed:
            tell(f"Applied {len(changed)} migrations")
        yield Login(host=endpoint.socket_dir, port=endpoint.port, database=SUPERUSER, user="stoa_app")


async def engines_of(ground: Ground, login: Login, *, service: str | None = None) -> Engines:
    """Open the engines that the settings choose."""
    return await open_engines(
        ground.settings,
        ground.loaded,
        home=ground.home,
        login=login,
        clock=ground.clock,
        signing_key=derive_secret(ground.root_secret, "kit.blobs"),
        public_url=ground.urls.public_url,
        service=service,
    )


async def blobs_of(ground: Ground) -> Blobs:
    """Open the engine that keeps files, for a process that holds no service."""
    key = derive_secret(ground.root_secret, "kit.blobs")
    return await open_blobs(ground.settings, ground.loaded, ground.home, ground.clock, key, ground.urls.public_url)


def bus_of(ground: Ground, plan: Plan) -> MakeBus:
    """Return what makes the bus of a process: over Kafka where brokers are named, else inside the process."""
    brokers = ground.settings.kafka
    if not brokers or not plan.is_running:
        return MemoryBus.over

    def over_kafka(consumers: list[Consumer], telemetry: Telemetry) -> Bus:
        from stoa.kit.engines.kafka.bus import KafkaBus

        bell = bell_of(ground.settings)
        return KafkaBus(brokers, consumers, publishes=sorted(plan.mine), telemetry=telemetry, bell=bell)

    return over_kafka


def process_of(ground: Ground, engines: Engines, plan: Plan, *, called: str = "") -> Process:
    """Build the services of one process; traces show it under its name, else under that of its only service."""
    name = called or (next(iter(plan.mine)) if len(plan.mine) == 1 else "stoa")
    return Process(
        plan,
        settings=ground.settings,
        loaded=ground.loaded,
        engines=engines,
        clock=ground.clock,
        urls=ground.urls,
        root_secret=ground.root_secret,
        keys_of=pair_keys(lambda purpose: derive_secret(ground.root_secret, purpose)),
        make_bus=bus_of(ground, plan),
        invalidations=invalidations_of(ground.settings),
        telemetry=Telemetry(Tracing.from_endpoint(ground.settings.otlp_endpoint or None, service=name)),
    )


@contextlib.asynccontextmanager
async def open_platform(
    environment: Mapping[str, str] | None = None, *, tell: Tell = lambda _: None
) -> AsyncIterator[Process]:
    """Lend all services of a home, whether a platform runs on it or not, without serving anybody.

    What happens here is told, and jobs are done, by the platform that runs on the home, or by the next one that does.
    """
    ground = survey(os.environ if environment is None else environment)
    running = ground.home.running()
    if running is not None:
        urls = Urls(public_url=running.url, content_url=running.content_url, sockets_url=running.sockets_url)
        ground = replace(ground, urls=urls)
    async with contextlib.AsyncExitStack() as stack:
        if not ground.home.is_held():
            stack.enter_context(ground.home.held())
        login = await stack.enter_async_context(database(ground, tell))
        engines = await engines_of(ground, login)
        stack.push_async_callback(engines.close)
        plan = Plan(manifests=ground.manifests, mine=set(ground.manifests), is_running=False)
        process = process_of(ground, engines, plan)
        await stack.enter_async_context(process.running())
        yield process
