"""Tokens of sockets carry Centrifugo's claims, and nobody but their signer can make one."""

from collections.abc import Callable
from datetime import timedelta

import jwt
import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.realtime.tokens import SocketTokenExpired, SocketTokenInvalid, SocketTokens

KEY = b"k" * 32
MINUTE = timedelta(minutes=1)


def some_tokens(clock: ManualClock | None = None) -> SocketTokens:
    return SocketTokens(KEY, clock or ManualClock())


def test_a_connection_token_says_who_opens_the_socket() -> None:
    tokens = some_tokens()

    claims = tokens.read_connection(tokens.connection(user="u1", name="Ada", expires_in=MINUTE, channels=["load:a"]))

    assert (claims.sub, claims.channels) == ("u1", ["load:a"])
    assert msgspec.json.decode(claims.info) == {"name": "Ada"}


def test_another_library_reads_what_we_sign() -> None:
    clock = ManualClock()
    token = some_tokens(clock).subscription(user="u1", channel="class:1", expires_in=MINUTE, publish=True)

    said = jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})

    now = int(clock.now().timestamp())
    assert said == {"sub": "u1", "channel": "class:1", "allow": ["pub"], "iat": now, "exp": now + 60}


def test_we_read_what_another_library_signs() -> None:
    token = jwt.encode({"sub": "42", "exp": 33_000_000_000}, KEY, algorithm="HS256")

    assert some_tokens().read_connection(token).sub == "42"


def test_a_token_has_an_end() -> None:
    clock = ManualClock()
    tokens = some_tokens(clock)
    connection = tokens.connection(user="u1", expires_in=MINUTE)
    subscription = tokens.subscription(user="u1", channel="class:1", expires_in=MINUTE)
    clock.advance(MINUTE)

    with pytest.raises(SocketTokenExpired):
        tokens.read_connection(connection)
    with pytest.raises(SocketTokenExpired):
        tokens.read_subscription(subscription, channel="class:1", user="u1")


@pytest.mark.parametrize(("channel", "user"), [("class:2", "u1"), ("class:1", "u2")])
def test_a_subscription_token_is_for_one_user_and_one_channel(channel: str, user: str) -> None:
    tokens = some_tokens()
    token = tokens.subscription(user="u1", channel="class:1")

    with pytest.raises(SocketTokenInvalid):
        tokens.read_subscription(token, channel=channel, user=user)


def _of_nobody(token: str) -> str:
    return jwt.encode({"sub": "u1"}, b"x" * 32, algorithm="HS256")


def _unsigned(token: str) -> str:
    return jwt.encode({"sub": "u1"}, None, algorithm="none")


def _longer_hash(token: str) -> str:
    return jwt.encode({"sub": "u1"}, KEY * 2, algorithm="HS512")


def _turned(token: str) -> str:
    return token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB")


def _number_for_a_name(token: str) -> str:
    return jwt.encode({"sub": "u1", "channels": 3}, KEY, algorithm="HS256")


def _long(token: str) -> str:
    return jwt.encode({"sub": "u" * 5_000}, KEY, algorithm="HS256")


def _in_parts(*parts: str) -> Callable[[str], str]:
    return lambda token: ".".join(parts)


SPOILT = [_of_nobody, _unsigned, _longer_hash, _turned, _number_for_a_name, _long, str.swapcase]


@pytest.mark.parametrize("spoilt", [*SPOILT, _in_parts(""), _in_parts("a", "b", "c"), _in_parts("é", "é", "é")])
def test_whatever_else_comes_is_refused(spoilt: Callable[[str], str]) -> None:
    tokens = some_tokens()

    with pytest.raises(SocketTokenInvalid):
        tokens.read_connection(spoilt(tokens.connection(user="u1")))


def test_a_token_that_is_not_good_yet_is_answered_as_one_that_is_not_good_any_more() -> None:
    tokens = some_tokens()
    early, in_time = (
        jwt.encode({"sub": "u1", "channel": channel, "nbf": int(tokens.now()) + wait}, KEY, algorithm="HS256")
        for channel, wait in (("", 60), ("class:1", -60))
    )

    with pytest.raises(SocketTokenExpired):
        tokens.read_connection(early)
    assert tokens.read_subscription(in_time, channel="class:1", user="u1").channel == "class:1"


@pytest.mark.parametrize(("claims", "lasting"), [({}, 60), ({"expire_at": 900}, 900), ({"expire_at": 0}, None)])
def test_a_connection_ends_with_its_token_unless_that_says_otherwise(
    claims: dict[str, int], lasting: int | None
) -> None:
    tokens = some_tokens()
    now = int(tokens.now())
    said = {name: now + value if value else 0 for name, value in claims.items()}

    found = tokens.read_connection(jwt.encode({"sub": "u1", "exp": now + 60, **said}, KEY, algorithm="HS256"))

    assert found.ends_at == (now + lasting if lasting else 0)


def test_a_token_for_a_channel_opens_no_socket_and_the_other_way_round() -> None:
    tokens = some_tokens()

    with pytest.raises(SocketTokenInvalid):
        tokens.read_subscription(tokens.connection(user="u1"), channel="class:1", user="u1")
    with pytest.raises(SocketTokenInvalid):
        tokens.read_connection(tokens.subscription(user="u1", channel="class:1"))
