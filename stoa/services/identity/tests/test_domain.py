"""The rules of identity without a database: addresses, passwords, tokens, links and delays."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.kit.contract import new_id
from stoa.services.identity import domain
from stoa.services.identity.contract import BadEmail, WeakPassword
from stoa.services.identity.domain import LinkKey, Purpose, Rotation, SessionKey

KEY = os.urandom(32)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
GRACE = timedelta(seconds=20)
ids = st.uuids(allow_nil=True)


@given(ids, ids, ids, st.integers(0, 2**32 - 1))
def test_a_refresh_token_says_what_was_signed(organization: UUID, user: UUID, session: UUID, counter: int) -> None:
    key = SessionKey(organization=organization, user=user, session=session)

    assert domain.read_refresh(domain.sign_refresh(key, counter, key=KEY), key=KEY) == (key, counter)


@given(st.text(max_size=300))
def test_no_text_of_somebody_else_is_a_token_or_a_link(text: str) -> None:
    assert domain.read_refresh(text, key=KEY) is None
    assert all(domain.read_link(text, purpose, key=KEY) is None for purpose in Purpose)


@given(st.integers(0, 83), st.integers(1, 255))
def test_a_refresh_token_with_one_changed_byte_is_refused(at: int, flip: int) -> None:
    token = domain.sign_refresh(SessionKey(organization=new_id(), user=new_id(), session=new_id()), 3, key=KEY)
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[at] ^= flip

    assert domain.read_refresh(urlsafe_b64encode(bytes(raw)).decode(), key=KEY) is None


@pytest.mark.parametrize("made_for", list(Purpose))
@pytest.mark.parametrize("shown_for", list(Purpose))
def test_a_link_opens_only_what_it_was_made_for(made_for: Purpose, shown_for: Purpose) -> None:
    link = LinkKey(organization=new_id(), user=new_id(), link=new_id())

    read = domain.read_link(domain.sign_link(link, made_for, key=KEY), shown_for, key=KEY)

    assert read == (link if made_for is shown_for else None)


@pytest.mark.parametrize(
    ("shown", "seconds_since", "expected"),
    [
        (5, 0, Rotation.ROTATE),
        (4, 0, Rotation.REPEAT),
        (4, 20, Rotation.REPEAT),
        (4, 21, Rotation.REUSED),
        (3, 0, Rotation.REUSED),
        (6, 0, Rotation.REUSED),
    ],
)
def test_only_the_token_before_the_last_repeats_and_only_for_a_moment(
    shown: int, seconds_since: int, expected: Rotation
) -> None:
    rotated_at = NOW - timedelta(seconds=seconds_since)

    assert domain.rotation_of(shown, current=5, rotated_at=rotated_at, now=NOW, grace=GRACE) is expected


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (3, 0), (4, 1), (5, 2), (6, 4), (13, 512), (14, 900), (10**9, 900)]
)
def test_the_delay_doubles_and_has_a_ceiling(failures: int, seconds: int) -> None:
    assert domain.delay_after(failures, free=4, ceiling=timedelta(minutes=15)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        ("192.0.2.7", "192.0.2.250", True),
        ("192.0.2.7", "192.0.3.7", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("not an address", "", True),
    ],
)
def test_neighbours_share_a_subnet(one: str, other: str, is_shared: bool) -> None:
    assert (domain.subnet_of(one) == domain.subnet_of(other)) is is_shared


@pytest.mark.parametrize(
    "address", ["ada", "@b.example", "a@", "a b@c.example", "a@b..example", "a\0@b.example", "a,b@c.example", "a@@b.c"]
)
def test_what_cannot_be_an_address_is_refused(address: str) -> None:
    with pytest.raises(BadEmail):
        domain.checked_email(address)


@pytest.mark.parametrize("address", ["ada@example.org", "ada+stoa@sub.example.org", "آدا@مثال.إختبار", "o'neil.a@x.ie"])
def test_addresses_of_real_people_are_taken(address: str) -> None:
    assert domain.checked_email(f" {address} ") == address


@given(st.emails())
def test_an_address_has_one_key_whatever_its_case(address: str) -> None:
    assert domain.email_key(address.upper()) == domain.email_key(address.lower())


@pytest.mark.parametrize(
    "password", ["short", "password1234", "PASSWORD123", "aaaaaaaaaaaa", "abababababab", "lovelace-1815", "ada" * 400]
)
def test_what_anybody_would_try_is_no_password(password: str) -> None:
    with pytest.raises(WeakPassword):
        domain.check_password(password, email="lovelace@example.org", minimum=10)


def test_a_few_words_make_a_password() -> None:
    domain.check_password("the engine weaves", email="lovelace@example.org", minimum=10)
