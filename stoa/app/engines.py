"""The engines that the settings choose; what is not chosen is not imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from stoa.app.conferences import conference_settings, open_conferences
from stoa.app.home import Home
from stoa.app.options import PlatformSettings
from stoa.kit.blobs import Blobs
from stoa.kit.bus import Bell
from stoa.kit.cache import Cache
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences
from stoa.kit.engines.postgres.database import LOGIN, Login, pool_of, role_of
from stoa.kit.engines.postgres.pool import Pool
from stoa.kit.errors import EnvironmentProblem
from stoa.kit.invalidation import Invalidations
from stoa.kit.limits import Limiter, ScaledLimiter
from stoa.kit.locks import Locks
from stoa.kit.mail import Mail
from stoa.kit.realtime.broker import Broker
from stoa.kit.settings import Settings

S = TypeVar("S", bound=Settings)
Loaded = Mapping[type[Settings], Settings]


@dataclass(frozen=True, kw_only=True)
class Engines:
    """Everything outside that the services of one process stand on."""

    login: Login
    pool: Pool
    blobs: Blobs
    mail: Mail
    cache: Cache
    limiter: Limiter
    locks: Locks
    rooms: Broker
    conferences: Mapping[str, Conferences] = field(default_factory=dict)

    async def close(self) -> None:
        """Let go of every connection."""
        for engine in (self.limiter, self.locks):
            await engine.aclose()
        await self.rooms.stop()
        for conferences in self.conferences.values():
            await conferences.aclose()
        await self.pool.close()


def login_from(url: str) -> Login:
    """Read a postgresql:// address; the folder of a socket stands in `?host=`, as libpq has it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host") or unquote(parts.hostname or "")
    if parts.scheme not in ("postgresql", "postgres") or not host:
        raise EnvironmentProblem(
            "STOA_DATABASE_URL is not an address of a PostgreSQL",
            hint="It looks like postgresql://user:password@host:5432/stoa",
        )
    return Login(
        host=host,
        port=parts.port or int(query.get("port", "5432")),
        database=parts.path.lstrip("/") or "stoa",
        user=unquote(parts.username or LOGIN),
        password=unquote(parts.password) if parts.password else None,
    )


def url_of(login: Login, *, user: str) -> str:
    """Return the address by which somebody reaches the same database."""
    return f"postgresql://{quote(user)}@/{quote(login.database)}?host={quote(login.host)}&port={login.port}"


async def open_engines(
    settings: PlatformSettings,
    loaded: Loaded,
    *,
    home: Home,
    login: Login,
    clock: Clock,
    signing_key: bytes,
    public_url: str,
    service: str | None = None,
) -> Engines:
    """Open the engines of one process; with `service` it logs in to PostgreSQL as that service alone."""
    own_role = role_of(service) if service else None
    pool = pool_of(login, size=settings.database_pool, login_role=own_role, pooled=settings.database_pooled)
    limiter, cache, locks = _shared(settings, clock)
    if settings.limit_factor != 1.0:
        limiter = ScaledLimiter(limiter, settings.limit_factor)
    return Engines(
        login=login,
        pool=pool,
        blobs=await open_blobs(settings, loaded, home, clock, signing_key, public_url),
        mail=open_mail(settings, loaded, home, clock),
        cache=cache,
        limiter=limiter,
        locks=locks,
        rooms=open_rooms(settings, clock),
        conferences=open_conferences(settings, loaded, clock, public_url=public_url),
    )


def bell_of(settings: PlatformSettings) -> Bell | None:
    """Return what tells readers of a broker that something has come, where there is a Valkey to carry it."""
    if not settings.valkey_url:
        return None
    from stoa.kit.engines.valkey.bell import ValkeyBell

    return ValkeyBell(settings.valkey_url)


def invalidations_of(settings: PlatformSettings) -> Invalidations | None:
    """Return what tells other processes that something has changed, where there is a Valkey to carry it."""
    if not settings.valkey_url:
        return None
    from stoa.kit.engines.valkey.invalidation import ValkeyInvalidations

    return ValkeyInvalidations(settings.valkey_url)


def _shared(settings: PlatformSettings, clock: Clock) -> tuple[Limiter, Cache, Locks]:
    if settings.valkey_url:
        from stoa.kit.engines.valkey.cache import ValkeyCache
        from stoa.kit.engines.valkey.limits import ValkeyLimiter
        from stoa.kit.engines.valkey.link import ValkeyLink
        from stoa.kit.engines.valkey.locks import ValkeyLocks

        link = ValkeyLink(settings.valkey_url, clock)
        return ValkeyLimiter(link, clock), ValkeyCache(link), ValkeyLocks(link)
    from stoa.kit.engines.memory.cache import MemoryCache
    from stoa.kit.engines.memory.limits import MemoryLimiter
    from stoa.kit.engines.memory.locks import MemoryLocks

    return MemoryLimiter(clock), MemoryCache(clock), MemoryLocks()


def open_rooms(settings: PlatformSettings, clock: Clock) -> Broker:
    """Open the engine that carries what is said in channels."""
    if settings.valkey_url:
        from stoa.kit.engines.valkey.realtime import ValkeyRooms

        return ValkeyRooms(settings.valkey_url)
    from stoa.kit.engines.memory.realtime import Hall, MemoryBroker

    return MemoryBroker(Hall(clock))


async def open_blobs(
    settings: PlatformSettings, loaded: Loaded, home: Home, clock: Clock, signing_key: bytes, public_url: str
) -> Blobs:
    """Open the engine that keeps files."""
    if settings.blobs == "s3":
        from stoa.kit.engines.s3.blobs import S3Blobs, S3Settings

        return S3Blobs(chosen(loaded, S3Settings), clock)
    from stoa.kit.engines.disk.blobs import DiskBlobs

    blobs = DiskBlobs(home.blobs, secret=signing_key, clock=clock, base_url=public_url)
    await blobs.prepare()
    return blobs


def open_mail(settings: PlatformSettings, loaded: Loaded, home: Home, clock: Clock) -> Mail:
    """Open the engine that sends letters."""
    if settings.mail == "smtp":
        from stoa.kit.engines.smtp.mail import SmtpMail, SmtpSettings

        return SmtpMail(chosen(loaded, SmtpSettings), clock)
    from stoa.kit.engines.disk.mail import OutboxMail

    return OutboxMail(home.mail, clock)


def engine_settings(settings: PlatformSettings) -> list[type[Settings]]:
    """Return the settings of the engines that are chosen."""
    found: list[type[Settings]] = []
    if settings.blobs == "s3":
        from stoa.kit.engines.s3.blobs import S3Settings

        found.append(S3Settings)
    if settings.mail == "smtp":
        from stoa.kit.engines.smtp.mail import SmtpSettings

        found.append(SmtpSettings)
    return [*found, *conference_settings(settings)]


def chosen(loaded: Loaded, wanted: type[S]) -> S:
    """Return the settings of a class, as read at start."""
    found = loaded[wanted]
    assert isinstance(found, wanted)
    return found
