"""Jitsi's tokens, against the counterpart of its doors that we wrote from the public documentation."""

from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import ConferenceMisconfigured, GrantKind, Person, Right, Room
from stoa.kit.engines.jitsi.conferences import JitsiConferences, JitsiSettings
from stoa.kit.testing.conferences.jitsi import Jitsi
from stoa.kit.testing.conferences.serving import TurnedAway

SECRET = "a-secret-of-at-least-thirty-two-bytes-long"
APP = "vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe"
KEY_ID = f"{APP}/4f4910"
ROOM = Room(name="stoa-room-0001", title="Algebra", is_recordable=True)
ADA = Person(identity="user-ada", name="Ada")
LASTS = timedelta(minutes=10)


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    )


async def test_an_own_server_is_framed_with_a_token_of_the_shared_secret(clock: ManualClock) -> None:
    settings = JitsiSettings(url="https://Meet.Example:8443", app="stoa", secret=SECRET)
    conferences = JitsiConferences(settings, clock)

    grant = await conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    entered = Jitsi(app="stoa", secret=SECRET, clock=clock).enter(grant)
    assert entered.is_moderator and entered.features["recording"] == "true"
    assert grant.kind is GrantKind.FRAME and grant.url.startswith("https://Meet.Example:8443/stoa-room-0001?jwt=")
    assert conferences.sources.frame == ("https://Meet.Example:8443",)


async def test_a_rented_one_gets_a_token_of_its_private_key(
    clock: ManualClock, keys: tuple[str, str], tmp_path: Path
) -> None:
    private, public = keys
    file = tmp_path / "jaas.pem"
    file.write_text(private)
    conferences = JitsiConferences(JitsiSettings(url="https://8x8.vc", app=APP, key_file=file, key_id=KEY_ID), clock)
    jaas = Jitsi(app=APP, secret="", clock=clock, public_key=public, key_id=KEY_ID)

    moderator = jaas.enter(await conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS))
    listener = await conferences.grant(ROOM, ADA, right=Right.AUDIENCE, lasts=LASTS)

    assert moderator.is_moderator and not jaas.enter(listener).is_moderator
    assert f"/{APP}/stoa-room-0001?jwt=" in listener.url
    assert jwt.get_unverified_header(listener.token)["kid"] == KEY_ID
    with pytest.raises(TurnedAway):
        Jitsi(app=APP, secret=SECRET, clock=clock, public_key=public, key_id="another").enter(listener)


async def test_only_moderators_of_rooms_that_may_be_recorded_may_record(clock: ManualClock) -> None:
    conferences = JitsiConferences(JitsiSettings(url="https://meet.example", app="stoa", secret=SECRET), clock)
    door = Jitsi(app="stoa", secret=SECRET, clock=clock)
    private = Room(name="stoa-room-0002", title="Office hours")

    speaker = door.enter(await conferences.grant(ROOM, ADA, right=Right.SPEAKER, lasts=LASTS))
    moderator = door.enter(await conferences.grant(private, ADA, right=Right.MODERATOR, lasts=LASTS))

    assert speaker.features["recording"] == moderator.features["recording"] == "false"


async def test_who_listens_begins_muted(clock: ManualClock) -> None:
    conferences = JitsiConferences(JitsiSettings(url="https://meet.example", app="stoa", secret=SECRET), clock)

    listener = await conferences.grant(ROOM, ADA, right=Right.AUDIENCE, lasts=LASTS)
    speaker = await conferences.grant(ROOM, ADA, right=Right.SPEAKER, lasts=LASTS)

    assert listener.url.endswith("#config.startWithAudioMuted=true")
    assert speaker.url.endswith("#config.startWithAudioMuted=false")


def test_settings_that_cannot_work_are_said_at_the_start(clock: ManualClock, tmp_path: Path) -> None:
    no_key = tmp_path / "no.pem"
    no_key.write_text("nothing")
    wrong = [
        JitsiSettings(url="meet.example", app="stoa", secret=SECRET),
        JitsiSettings(url="https://meet.example/room", app="stoa", secret=SECRET),
        JitsiSettings(url="https://meet.example", app="stoa"),
        JitsiSettings(url="https://meet.example", app="a/b?c", secret=SECRET),
        JitsiSettings(url="https://8x8.vc", app=APP, key_file=no_key, key_id=KEY_ID),
        JitsiSettings(url="https://8x8.vc", app=APP, key_file=tmp_path / "missing.pem", key_id=KEY_ID),
        JitsiSettings(url="https://8x8.vc", app=APP, key_file=no_key),
    ]
    for settings in wrong:
        with pytest.raises(ConferenceMisconfigured):
            JitsiConferences(settings, clock)
