"""How a service declares its channels: their options, and who may follow or publish.

channels = Channels("live")

@channels.channel("class", options=ChannelOptions(lossless=True, recovery=True))
async def may_follow_class(live: Live, caller: Caller, name: str) -> Right:
    return await live.right_in(class_id=name, user=caller.require_user())
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from stoa.kit.contract import Struct
from stoa.kit.realtime.broker import ChannelOptions

Judge = Callable[..., Awaitable["Right"]]
J = TypeVar("J", bound=Judge)

_NAMESPACE = re.compile(r"[a-z][a-z_]{1,30}")
BORDER = ":"


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
    service_type: Any  # any: the class that the service's manifest builds, for which there is no base


class Channels:
    """The channels of one service; `name` in a judge is what follows the namespace and its colon."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.specs: dict[str, ChannelSpec] = {}

    def channel(self, namespace: str, *, options: ChannelOptions) -> Callable[[J], J]:
        """Declare the channels `<namespace>:<name>`, judged by the function this decorates."""
        if not _NAMESPACE.fullmatch(namespace) or namespace in self.specs:
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
                service_type=parameters[0].annotation,
            )
            return judge

        return declare


def namespace_of(channel: str) -> str:
    """Return the part of a channel before the first colon, empty where there is none."""
    namespace, border, _ = channel.partition(BORDER)
    return namespace if border else ""
