"""How a service declares its channels: their options, and who may follow or publish.

channels = Channels("live")

@channels.channel("class", options=ChannelOptions(lossless=True, recovery=True))
async def may_follow_class(live: Live, caller: Caller, name: str) -> Right:
    return await live.right_in(class_id=name, user=caller.require_user())
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.permission import AUTHENTICATED
from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.errors import Forbidden, NotFound, TooMany
from stoa.kit.http.router import Router
from stoa.kit.limits import Limit
from stoa.kit.realtime.broker import ChannelOptions
from stoa.kit.realtime.tokens import SocketTokens

Judge = Callable[..., Awaitable["Right"]]
J = TypeVar("J", bound=Judge)

_NAMESPACE = re.compile(r"[a-z][a-z_]{1,30}")
BORDER = ":"
# The platform's own: what each person is told wherever they are, and what load tests talk in.
OF_A_USER, OF_LOAD_TESTS = "user", "load"
OWN: Mapping[str, ChannelOptions] = {
    OF_A_USER: ChannelOptions(history_size=50, history_ttl_s=300, recovery=True, positioned=True),
    OF_LOAD_TESTS: ChannelOptions(history_size=1_000, history_ttl_s=300, recovery=True, allow_history=True),
}
TOKENS = Limit("channels.tokens", per_caller=240, per_s=60)


class ChannelToken(Struct, frozen=True, kw_only=True):
    """A right to follow a channel until a moment, as the SDK's `getToken` wants it."""

    channel: str
    token: str
    expires_at: datetime
    may_publish: bool


class ChannelInvalid(TypeError):
    """A service declares a channel wrongly: a bug, found when its sockets.py is imported."""


class Right(Struct, frozen=True, kw_only=True):
    """What somebody may do in a channel and for how long; `info` is JSON that presence shows of them there."""

    expires_in: timedelta = timedelta(minutes=15)
    publish: bool = False
    info: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelSpec:
    """One namespace: `judge(service, caller, name)` answers a Right or raises Forbidden or NotFound."""

    service: str
    namespace: str
    options: ChannelOptions
    judge: Callable[..., Awaitable[Right]]
    service_type: Any  # any: the class that the service's manifest builds, or nothing where it is not said


class Channels:
    """The channels of one service; `name` in a judge is what follows the namespace and its colon."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.specs: dict[str, ChannelSpec] = {}
        self.router = _router(service)

    def channel(self, namespace: str, *, options: ChannelOptions) -> Callable[[J], J]:
        """Declare the channels `<namespace>:<name>`, judged by the function this decorates."""
        if not _NAMESPACE.fullmatch(namespace) or namespace in self.specs or namespace in OWN:
            raise ChannelInvalid(f"{self.service}: {namespace!r} is no namespace, or is declared twice")

        def declare(judge: J) -> J:
            parameters = list(inspect.signature(judge).parameters.values())
            is_async = inspect.iscoroutinefunction(judge)
            if not is_async or len(parameters) != 3:
                raise ChannelInvalid(f"{judge.__qualname__} must be `async def judge(service, caller, name) -> Right`")
            self.specs[namespace] = ChannelSpec(
                service=self.service,
                namespace=namespace,
                options=options,
                judge=judge,
                service_type=typing.get_type_hints(judge).get(parameters[0].name),
            )
            return judge

        return declare


class TokenDesk:
    """Hands the tokens of one service's channels to people who are logged in, as its judges decide."""

    def __init__(self, specs: Mapping[str, ChannelSpec], service: object, tokens: SocketTokens, clock: Clock) -> None:
        self._specs = specs
        self._service = service
        self._tokens = tokens
        self._clock = clock

    async def token(self, *, channel: str, caller: Caller) -> ChannelToken:
        """Return a token for a channel, or raise NotFound or what its judge raises."""
        namespace, _, name = channel.partition(BORDER)
        spec = self._specs.get(namespace)
        if spec is None or not name:
            raise NotFound("There is no such channel.")
        right = await spec.judge(self._service, caller, name)
        token = self._tokens.subscription(
            user=str(caller.require_user()),
            channel=channel,
            expires_in=right.expires_in,
            publish=right.publish,
            info=right.info,
        )
        expires_at = self._clock.now() + right.expires_in
        return ChannelToken(channel=channel, token=token, expires_at=expires_at, may_publish=right.publish)


def namespaces_of(declared: Iterable[Channels]) -> dict[str, ChannelOptions]:
    """Return the options of every namespace, the platform's own included; two services for one is a bug."""
    found = dict(OWN)
    for channels in declared:
        for namespace, spec in channels.specs.items():
            if namespace in found:
                raise ChannelInvalid(f"{channels.service}: the namespace {namespace!r} is somebody else's")
            found[namespace] = spec.options
    return found


def namespace_of(channel: str) -> str:
    """Return the part of a channel before the first colon, empty where there is none."""
    namespace, border, _ = channel.partition(BORDER)
    return namespace if border else ""


def channel_of(user: object) -> str:
    """Return the channel on which a person is told what concerns them alone."""
    return f"{OF_A_USER}{BORDER}{user}"


def _router(service: str) -> Router:
    """Declare the one route by which the channels of a service are entered; the function's name is the operation's."""
    router = Router(service)

    async def channel_token(channel: str, desk: TokenDesk, caller: Caller) -> ChannelToken:
        """Ask for the right to follow a channel; ask again before it ends."""
        return await desk.token(channel=channel, caller=caller)

    channel_token.__name__ = f"{service}_channel_token"
    declare = router.post(
        f"/{service}/channels/{{channel}}/token",
        permission=AUTHENTICATED,
        limit=TOKENS,
        errors=(NotFound, Forbidden, TooMany),
        urgency="live",
        replay=False,
    )
    declare(channel_token)
    return router
