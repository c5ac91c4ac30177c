"""The numbers of the client protocol: errors of a command, and why a connection or a subscription ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A number that SDKs act upon, with the words that go with it."""

    code: int
    reason: str


class Refused(Exception):
    """A command is answered with an error; the connection goes on."""

    def __init__(self, why: Code) -> None:
        super().__init__(why.code, why.reason)
        self.why = why


class Ended(Exception):
    """The connection ends: below 3500 the client comes back by itself."""

    def __init__(self, why: Code) -> None:
        super().__init__(why.code, why.reason)
        self.why = why


INTERNAL = Code(100, "internal server error")
UNAUTHORIZED = Code(101, "unauthorized")
UNKNOWN_CHANNEL = Code(102, "unknown channel")
PERMISSION_DENIED = Code(103, "permission denied")
METHOD_NOT_FOUND = Code(104, "method not found")
ALREADY_SUBSCRIBED = Code(105, "already subscribed")
LIMIT_EXCEEDED = Code(106, "limit exceeded")
BAD_REQUEST = Code(107, "bad request")
NOT_AVAILABLE = Code(108, "not available")
TOKEN_EXPIRED = Code(109, "token expired")
EXPIRED = Code(110, "expired")
TOO_MANY_REQUESTS = Code(111, "too many requests")
UNRECOVERABLE_POSITION = Code(112, "unrecoverable position")
TOKEN_REVOKED = Code(113, "token revoked")

# Temporary errors, which an SDK tries again by itself.
TEMPORARY = frozenset({INTERNAL.code, TOO_MANY_REQUESTS.code})

CONNECTION_CLOSED = Code(3000, "connection closed")
SHUTDOWN = Code(3001, "shutdown")
SERVER_ERROR = Code(3004, "internal server error")
CONNECTION_EXPIRED = Code(3005, "connection expired")
SUBSCRIPTION_EXPIRED = Code(3006, "subscription expired")
SLOW = Code(3008, "slow")
WRITE_ERROR = Code(3009, "write error")
INSUFFICIENT_STATE = Code(3010, "insufficient state")
FORCE_RECONNECT = Code(3011, "force reconnect")
NO_PONG = Code(3012, "no pong")
TOO_MANY_COMMANDS = Code(3013, "too many requests")
STATE_INVALIDATED = Code(3014, "state invalidated")

# The number of WebSockets themselves, which SDKs tell their application as "message size limit exceeded".
TOO_LARGE = Code(1009, "message too large")

INVALID_TOKEN = Code(3500, "invalid token")
BAD_COMMAND = Code(3501, "bad request")
STALE = Code(3502, "stale")
FORCE_NO_RECONNECT = Code(3503, "force disconnect")
CONNECTION_LIMIT = Code(3504, "connection limit")
CHANNEL_LIMIT = Code(3505, "channel limit")
INAPPROPRIATE_PROTOCOL = Code(3506, "inappropriate protocol")
NO_PERMISSION = Code(3507, "permission denied")
NOT_HERE = Code(3508, "not available")
TOO_MANY_ERRORS = Code(3509, "too many errors")

# Why a subscription ends by the server's doing: from 2500 on the SDK subscribes again by itself.
UNSUBSCRIBED = Code(2000, "unsubscribed")
UNSUBSCRIBED_INSUFFICIENT = Code(2500, "insufficient state")
UNSUBSCRIBED_EXPIRED = Code(2501, "expired")
UNSUBSCRIBED_INVALIDATED = Code(2502, "state invalidated")
