"""Who may open a socket and follow a channel: access tokens, tokens of our own, and what was closed since."""

from collections.abc import Collection, Coroutine, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jwt

from stoa.app.access import Access
from stoa.kit.auth.permission import MEMBER
from stoa.kit.auth.tokens import ALGORITHM, TokenExpired
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import StoaError, Unauthenticated
from stoa.kit.http.address import is_loopback
from stoa.kit.manifest import Urls
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import REMEMBERED_S, ROLE, SESSIONS, ChannelOptions, Control
from stoa.kit.realtime.channels import OF_A_USER, OF_LOAD_TESTS, channel_of, namespace_of
from stoa.kit.realtime.codes import Ended, Refused
from stoa.kit.realtime.gate import Admission, Gate, Knock, Member, Seat
from stoa.kit.realtime.tokens import SocketTokenExpired, SocketTokenInvalid, SocketTokens

# A process that judges by remembered roles hears of a change within this.
HEARD_S = 1.0
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


class Closings:
    """From when on the tokens of whom, and for which channel, count again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[tuple[str, str], float] = {}

    def note(self, user: str, channel: str = "", *, at: float = 0.0) -> None:
        """Let no token count that was given to a user (for a channel) until then, or until now."""
        now = self._clock.now().timestamp()
        if len(self._since) % 1_000 == 999:
            self._since = {key: since for key, since in self._since.items() if now - since < REMEMBERED_S}
        self._since[user, channel] = max(at or now, self._since.get((user, channel), 0.0))

    def cover(self, user: str, issued_at: float, channel: str = "") -> bool:
        """Tell whether a token was given too early; tokens know the second of their making."""
        if not self._since:
            return False
        places = {(user, ""), (user, channel)}
        return any(place in self._since and issued_at <= int(self._since[place]) for place in places)


class Doorkeeper(Gate):
    """The gate of the platform's socket servers; without `access` it knows its own tokens only.

    `is_open` lets every client that is connected talk in the channels of load tests, as a socket server does that
    stands alone.
    """

    def __init__(
        self,
        *,
        tokens: SocketTokens,
        options: Mapping[str, ChannelOptions],
        clock: Clock,
        origins: Collection[str] = (),
        access: Access | None = None,
        is_open: bool = False,
    ) -> None:
        self._tokens = tokens
        self._options = options
        self._origins = frozenset(origins)
        self._access = access
        self._is_open = is_open
        self.closings = Closings(clock)

    def connect(self, knock: Knock) -> Admission | Coroutine[Any, Any, Admission]:  # any: a coroutine sends nothing
        """Let somebody in by an access token or a connection token, from a page of ours or no page at all."""
        origin = knock.headers.get("origin")
        if origin is not None and origin not in self._origins and not _is_same(origin, knock.headers.get("host", "")):
            raise Ended(codes.NO_PERMISSION)
        return self._admitted(knock.token)

    def refresh(self, member: Member, token: str) -> Admission | Coroutine[Any, Any, Admission]:  # any: as above
        """Extend a connection; the newer token is of the same person."""
        admission = self._admitted(token)
        if isinstance(admission, Admission):
            return _of_the_same(admission, member)

        async def extended() -> Admission:
            return _of_the_same(await admission, member)

        return extended()

    def subscribe(self, member: Member, channel: str, token: str, data: bytes | None) -> Seat:
        """Let a client follow a channel for which it has a token, or which is its own."""
        options = self.options_of(channel)
        if options is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        if token:
            return self._seat(member, channel, token, options)
        if self._is_open and namespace_of(channel) == OF_LOAD_TESTS:
            return Seat(options=options, publish=True)
        if member.session and channel == channel_of(member.user):
            return Seat(options=options)
        raise Refused(codes.PERMISSION_DENIED)

    def sub_refresh(self, member: Member, channel: str, token: str) -> Seat:
        """Extend a subscription."""
        return self.subscribe(member, channel, token, None)

    def options_of(self, channel: str) -> ChannelOptions | None:
        """Return the options of a channel's namespace."""
        return self._options.get(namespace_of(channel))

    def closed(self, control: Control) -> None:
        """Remember that tokens which the closed ones hold are no good any more."""
        if not control.session:
            self.closings.note(control.user, control.channel, at=control.at)

    def told(self, control: Control) -> None:
        """Act upon ended sessions and changed roles, whichever way they are heard of first."""
        if self._access is None:
            return
        user, at = UserId(UUID(control.user)), control.at
        if control.kind == SESSIONS:
            session = UUID(control.session) if control.session else None
            self._access.sessions_ended(user=user, session=session, version=control.version, at=at)
        elif control.kind == ROLE:
            organization = OrganizationId(UUID(control.organization))
            self._access.role_changed(organization=organization, user=user, version=control.version, at=at)

    def _admitted(self, token: str) -> Admission | Coroutine[Any, Any, Admission]:  # any: as above
        if not token:
            raise Ended(codes.INVALID_TOKEN)
        if _algorithm_of(token) == ALGORITHM:
            if self._access is None:
                raise Ended(codes.INVALID_TOKEN)
            return self._by_access_token(self._access, token)
        try:
            claims = self._tokens.read_connection(token)
        except SocketTokenExpired:
            raise Refused(codes.TOKEN_EXPIRED) from None
        except SocketTokenInvalid:
            raise Ended(codes.INVALID_TOKEN) from None
        if self.closings.cover(claims.sub, claims.iat):
            raise Ended(codes.NO_PERMISSION)
        seats = {channel: Seat(options=options) for channel, options in self._known(claims.channels)}
        info = bytes(claims.info) or None
        return Admission(user=claims.sub, expires_at=claims.ends_at, info=info, seats=seats)

    async def _by_access_token(self, access: Access, token: str) -> Admission:
        try:
            caller = await access.authenticator.caller_of(token)
            claims = await access.verifier.verify(token)
        except TokenExpired:
            raise Refused(codes.TOKEN_EXPIRED) from None
        except Unauthenticated:
            raise Ended(codes.INVALID_TOKEN) from None
        except (StoaError, OSError):
            # Whoever could tell is away for the moment: the client comes back by itself.
            raise Refused(codes.INTERNAL) from None
        if access.authorizer.decide(caller, MEMBER).rule == "prohibited":
            raise Ended(codes.NO_PERMISSION)
        user = str(claims.sub)
        own = channel_of(user)
        return Admission(
            user=user,
            expires_at=float(claims.exp),
            account=user,
            organization=str(claims.org or ""),
            session=str(claims.sid),
            seats={own: Seat(options=self._options[OF_A_USER])},
        )

    def _seat(self, member: Member, channel: str, token: str, options: ChannelOptions) -> Seat:
        try:
            claims = self._tokens.read_subscription(token, channel=channel, user=member.user)
        except SocketTokenExpired:
            raise Refused(codes.TOKEN_EXPIRED) from None
        except SocketTokenInvalid:
            raise Refused(codes.PERMISSION_DENIED) from None
        if self.closings.cover(member.user, claims.iat, channel):
            raise Refused(codes.TOKEN_EXPIRED)
        info = bytes(claims.info) or None
        return Seat(options=options, expires_at=claims.ends_at, info=info, publish=claims.may_publish)

    def _known(self, channels: Iterable[str]) -> Iterable[tuple[str, ChannelOptions]]:
        for channel in channels:
            if (options := self.options_of(channel)) is not None:
                yield channel, options


def origins_of(urls: Urls) -> frozenset[str]:
    """Return the origins whose pages may open sockets; a machine that is reached as itself has several names."""
    public = urlsplit(urls.public_url)
    names = {public.netloc}
    if is_loopback(public.hostname or ""):
        names |= {f"{name}:{public.port}" if public.port else name for name in _LOCAL}
    return frozenset(f"{public.scheme}://{name}" for name in names)


def _is_same(origin: str, host: str) -> bool:
    """Tell whether a page asks the very host that it came from."""
    return host != "" and urlsplit(origin).netloc == host


def _algorithm_of(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("alg"))
    except (jwt.PyJWTError, ValueError):
        return ""


def _of_the_same(admission: Admission, member: Member) -> Admission:
    if admission.user != member.user:
        raise Ended(codes.INVALID_TOKEN)
    return admission
