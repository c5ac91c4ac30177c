"""What a service tells the composition root about itself, and what it is given to build itself with."""

import hmac
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.permission import Permission
from stoa.kit.blobs import Blobs
from stoa.kit.cache import Cache
from stoa.kit.clock import Clock
from stoa.kit.conferences import Conferences
from stoa.kit.contract import Event
from stoa.kit.engines.postgres.database import Database
from stoa.kit.events import Consumers
from stoa.kit.http.router import Router
from stoa.kit.jobs import JobBoard, Jobs
from stoa.kit.limits import Limit, Limiter
from stoa.kit.locks import Locks
from stoa.kit.mail import Mail
from stoa.kit.ports import Port
from stoa.kit.realtime.channels import Channels
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.settings import Settings
from stoa.kit.telemetry.telemetry import Telemetry

S = TypeVar("S", bound=Settings)
P = TypeVar("P", bound=Port)

_NAME = re.compile(r"[a-z]{3,20}")
_EVENT = re.compile(r"stoa\.([a-z]+)\.[a-z][a-z0-9-]*\.v[1-9][0-9]*")
_METRIC = re.compile(r"stoa_([a-z]+)_[a-z][a-z0-9_]*")


class ManifestInvalid(TypeError):
    """A service describes itself wrongly: a bug, found when its manifest is imported."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure the business asks for; rate, errors and duration of routes, ports, consumers and jobs come unasked."""

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram"] = "counter"
    labels: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Urls:
    """Where people reach the platform, the second origin that serves what its users made, and the sockets."""

    public_url: str
    content_url: str
    sockets_url: str = ""

    @property
    def sockets(self) -> str:
        """Return where sockets are opened: on the page's own origin unless they live elsewhere."""
        return self.sockets_url or self.public_url


def derive_secret(root_secret: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key that reveals neither the root secret nor the key of any other purpose."""
    if len(root_secret) < 32:
        raise ManifestInvalid("the root secret must have at least 32 bytes")
    return hmac.digest(root_secret, b"stoa-secret-v1:" + purpose.encode(), "sha256")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What `build(context)` is given: everything from outside that a service may hold."""

    service: str
    clock: Clock
    urls: Urls
    home: Path | None
    database: Database
    blobs: Blobs
    jobs: JobBoard
    mail: Mail
    limiter: Limiter
    authorizer: Authorizer
    telemetry: Telemetry
    cache: Cache
    locks: Locks
    realtime: Realtime
    conferences: Mapping[str, Conferences] = field(default_factory=dict)
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    requires: tuple[type[Port], ...] = ()
    root_secret: bytes = field(repr=False)
    ports: Callable[[type[Port]], Port] = field(repr=False)
    loaded_settings: Mapping[type[Settings], Settings] = field(repr=False)

    def port(self, wanted: type[P]) -> P:
        """Return the local object, the remote client or the checked wrapper of a port this service requires."""
        if wanted not in self.requires:
            raise ManifestInvalid(f"{self.service} asks for {wanted.__name__}, which its manifest does not require")
        return cast(P, self.ports(wanted))  # cast: the root registers each object under its own port type

    def secret(self, purpose: str) -> bytes:
        """Derive this service's 32-byte key for a purpose ("identity.links") from the platform's root secret."""
        if not purpose.startswith(f"{self.service}."):
            raise ManifestInvalid(f"{self.service} asks for the secret {purpose!r}, which is not its own")
        return derive_secret(self.root_secret, purpose)

    def settings(self, wanted: type[S]) -> S:
        """Return the settings of a class, as read and validated at start."""
        try:
            return cast(S, self.loaded_settings[wanted])  # cast: each instance is registered under its own class
        except KeyError:
            raise ManifestInvalid(f"{self.service} asks for {wanted.__name__}, which no manifest declares") from None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One service: its name, its wiring and the declarations that documents and deployments are generated from."""

    name: str
    summary: str
    build: Callable[[Context], Any]  # any: each service builds its own class
    port: type[Port] | None = None
    requires: tuple[type[Port], ...] = ()
    routers: tuple[Router, ...] = ()
    channels: tuple[Channels, ...] = ()
    consumers: tuple[Consumers, ...] = ()
    jobs: tuple[Jobs, ...] = ()
    events: tuple[type[Event], ...] = ()
    permissions: tuple[Permission, ...] = ()
    limits: tuple[Limit, ...] = ()
    settings: type[Settings] | None = None
    metrics: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        # A channel is entered by a route of its own kind, known wherever routes are.
        entrances = tuple(one.router for one in self.channels if one.router not in self.routers)
        object.__setattr__(self, "routers", (*self.routers, *entrances))
        problems = [*_names(self), *_ports(self), *_parts(self), *_events(self), *_build(self)]
        if problems:
            raise ManifestInvalid(f"manifest of {self.name}: " + "; ".join(problems))

    @property
    def service_type(self) -> type:
        """Return the class that `build` makes: what routes, consumers and jobs ask for by annotation."""
        made: type = typing.get_type_hints(self.build)["return"]
        return made


def _names(manifest: Manifest) -> list[str]:
    problems = []
    if not _NAME.fullmatch(manifest.name):
        problems.append("its name must be one lower-case word")
    if not manifest.summary.strip():
        problems.append("it needs a summary")
    if manifest.settings is not None and manifest.settings.prefix_ != manifest.name:
        problems.append(f"{manifest.settings.__name__} must have the prefix {manifest.name!r}")
    for metric in manifest.metrics:
        match = _METRIC.fullmatch(metric.name)
        if not match or not metric.name.startswith(f"stoa_{manifest.name}_"):
            problems.append(f"the metric {metric.name} must begin with stoa_{manifest.name}_")
        if metric.kind == "counter" and not metric.name.endswith("_total"):
            problems.append(f"the counter {metric.name} must end with _total")
    return problems


def _ports(manifest: Manifest) -> list[str]:
    problems = []
    if manifest.port is not None and manifest.port.service_ != manifest.name:
        problems.append(f"{manifest.port.__name__}.service_ is {manifest.port.service_!r}")
    for required in manifest.requires:
        if not (isinstance(required, type) and issubclass(required, Port) and hasattr(required, "service_")):
            problems.append(f"requires {required!r}, which is not a Port")
        elif required.service_ == manifest.name:
            problems.append("requires its own port")
    if len(set(manifest.requires)) != len(manifest.requires):
        problems.append("requires a port twice")
    return problems


def _parts(manifest: Manifest) -> list[str]:
    parts: tuple[Router | Channels | Consumers | Jobs, ...] = (
        *manifest.routers, *manifest.channels, *manifest.consumers, *manifest.jobs
    )  # fmt: skip
    return [
        f"{type(part).__name__} of {part.service!r} is not its own" for part in parts if part.service != manifest.name
    ]


def _events(manifest: Manifest) -> list[str]:
    problems = []
    types = [getattr(event, "type_", "") for event in manifest.events]
    for event, type_ in zip(manifest.events, types, strict=True):
        match = _EVENT.fullmatch(type_)
        if not match or match[1] != manifest.name:
            problems.append(f"{event.__name__}.type_ must be 'stoa.{manifest.name}.<event>.v<number>', not {type_!r}")
        if getattr(event, "key_", "") not in event.__struct_fields__:
            problems.append(f"{event.__name__}.key_ must name one of its fields")
    if len(set(types)) != len(types):
        problems.append("two of its events have one type")
    return problems


def _build(manifest: Manifest) -> list[str]:
    made = typing.get_type_hints(manifest.build).get("return")
    if len(inspect.signature(manifest.build).parameters) != 1 or not isinstance(made, type):
        return ["build must be annotated `def build(context: Context) -> <its service>`"]
    if manifest.port is not None and not issubclass(made, manifest.port):
        return [f"build makes {made.__name__}, which does not implement {manifest.port.__name__}"]
    return [
        f"the channel {spec.namespace} asks for {spec.service_type!r}, and build makes {made.__name__}"
        for channels in manifest.channels
        for spec in channels.specs.values()
        if not (isinstance(spec.service_type, type) and issubclass(made, spec.service_type))
    ] + _keepers(manifest)


def _keepers(manifest: Manifest) -> list[str]:
    lossless = [
        name for channels in manifest.channels for name, spec in channels.specs.items() if spec.options.lossless
    ]
    if lossless and (manifest.port is None or not issubclass(manifest.port, Keeper)):
        return [f"its port must be a Keeper, for the history of {', '.join(lossless)} is its own"]
    return []
