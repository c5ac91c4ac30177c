"""The socket server of a process: its gate, its knobs, and what ends sockets when somebody may no longer listen."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from stoa.app.access import Access
from stoa.app.doorkeeper import HEARD_S, Doorkeeper, origins_of
from stoa.app.embedded import Ground
from stoa.app.options import SocketSettings
from stoa.app.process import Process, tokens_of
from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.contract import UserId
from stoa.kit.engines.memory.idempotency import MemoryIdempotencyStore
from stoa.kit.engines.memory.limits import MemoryLimiter
from stoa.kit.http.address import Proxies
from stoa.kit.http.app import App, AsgiApp, HttpOptions, Wiring, build_app
from stoa.kit.http.lifecycle import Check
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import Broker, Control
from stoa.kit.realtime.channels import namespaces_of
from stoa.kit.realtime.fallbacks import fallback_app
from stoa.kit.realtime.figures import SocketFigures
from stoa.kit.realtime.keeper import Keeper
from stoa.kit.realtime.node import Node, NodeSettings
from stoa.kit.telemetry.telemetry import Telemetry

# Alone it serves load tests: one client speaks for thousands.
_ALONE_TIMES = 100
_CLIENTS_A_SECOND = 1_000


def _node_settings(chosen: SocketSettings, *, is_alone: bool) -> NodeSettings:
    times = _ALONE_TIMES if is_alone else 1
    return NodeSettings(
        ping_s=max(1, int(chosen.ping.total_seconds())),
        message_bytes=chosen.message,
        messages_per_s=chosen.messages_per_s * times,
        bytes_per_s=chosen.bytes_per_s * times,
        behind_bytes=chosen.behind,
        behind_s=chosen.behind_for.total_seconds(),
        connections=chosen.connections,
        per_address=chosen.per_address,
        per_account=chosen.per_account,
        per_organization=chosen.per_organization,
    )


class Bouncer:
    """Closes what somebody may no longer hear, on this node; every node learns of it by itself."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def session_ended(self, *, user: UserId, session: UUID | None, at: float) -> None:
        """Close the sockets of a session; where all older ones ended, all come back and are looked at again."""
        if session is not None:
            ended = codes.INVALID_TOKEN
            self._node.controlled(Control(user=str(user), session=str(session), code=ended.code, reason=ended.reason))
        else:
            self._look_again(user, at)

    def role_changed(self, *, user: UserId, at: float) -> None:
        """Let a user come back with tokens that were given for what they may do now."""
        self._look_again(user, at + HEARD_S)

    def _look_again(self, user: UserId, at: float) -> None:
        again = codes.FORCE_RECONNECT
        self._node.controlled(Control(user=str(user), code=again.code, reason=again.reason, at=at))


def node_of(
    ground: Ground,
    *,
    broker: Broker,
    access: Access | None,
    keepers: Mapping[str, Keeper],
    telemetry: Telemetry,
) -> Node:
    """Build the socket server of a process; without `access` it stands alone."""
    is_alone = access is None
    door = Doorkeeper(
        tokens=tokens_of(ground.settings, ground.root_secret, ground.clock),
        options=namespaces_of(channels for one in ground.manifests.values() for channels in one.channels),
        clock=ground.clock,
        origins=origins_of(ground.urls),
        access=access,
        is_open=is_alone,
    )
    chosen = ground.loaded[SocketSettings]
    assert isinstance(chosen, SocketSettings)
    knobs = _node_settings(chosen, is_alone=is_alone)
    node = Node(gate=door, broker=broker, clock=ground.clock, keepers=keepers, settings=knobs)
    if access is not None:
        access.concerned.append(Bouncer(node))
    telemetry.registry.register(SocketFigures(node))
    return node


@contextlib.asynccontextmanager
async def node_in(ground: Ground, process: Process) -> AsyncIterator[Node]:
    """Lend the socket server of a process that holds all services."""
    keepers = {namespace: process.port(port) for namespace, port in lossless_of(ground).items()}
    node = node_of(
        ground, broker=process.engines.rooms, access=process.access, keepers=keepers, telemetry=process.telemetry
    )
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


def lossless_of(ground: Ground) -> Mapping[str, type[Keeper]]:
    """Return the ports that keep the history of lossless namespaces."""
    found: dict[str, type[Keeper]] = {}
    for manifest in ground.manifests.values():
        for spec in (spec for channels in manifest.channels for spec in channels.specs.values()):
            if spec.options.lossless and manifest.port is not None and issubclass(manifest.port, Keeper):
                found[spec.namespace] = manifest.port
    return found


def streams_of(node: Node, proxies: Proxies, *, allow_origins: bool = False) -> Mapping[str, AsgiApp]:
    """Return what speaks the protocol over plain HTTP, by the first part of its paths."""
    app = fallback_app(node, proxies=proxies, allow_origins=allow_origins)
    return {"/connection": app, "/emulation": app}


async def sent_elsewhere(node: Node, *, at_most: timedelta) -> None:
    """Send all sockets elsewhere, a thousand a second, so that nobody is run over."""
    over_s = min(at_most.total_seconds(), node.connections / _CLIENTS_A_SECOND)
    await node.drain(over_s=over_s)


def sockets_app(ground: Ground, node: Node, proxies: Proxies, telemetry: Telemetry) -> App:
    """Return what a socket server of its own answers over HTTP: the protocol's fallbacks, its health, its figures."""
    checks: dict[str, Check] = {} if not isinstance(node.broker, Checked) else {"rooms": node.broker.check}
    return build_app(
        [],
        Wiring(
            authorizer=Authorizer(ground.clock),
            authenticator=None,
            limiter=MemoryLimiter(ground.clock),
            answers=MemoryIdempotencyStore(ground.clock),
            clock=ground.clock,
            telemetry=telemetry,
            options=HttpOptions(
                title="Stoa",
                trusted_proxies=tuple(ground.settings.trusted_proxies),
                metrics_token=ground.settings.metrics_token,
            ),
            readiness=checks,
            # Whose page it is, the gate asks; a stranger's page may read that it is refused.
            streams=streams_of(node, proxies, allow_origins=True),
        ),
    )


@runtime_checkable
class Checked(Protocol):
    """A broker that can be asked whether it is there."""

    async def check(self) -> None:
        """Raise unless it is."""
        ...
