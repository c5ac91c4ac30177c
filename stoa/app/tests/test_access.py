"""What a process knows of ended sessions when it starts after the others."""

import pytest

from stoa.app import access
from stoa.app.access import Access
from stoa.kit.auth.revocations import Revocation
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Struct, UserId, new_id
from stoa.kit.errors import Unavailable
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort


class Bearer(Struct, frozen=True, kw_only=True):
    """The part of a token that a revocation looks at."""

    sub: UserId
    sid: object
    sv: int


class LateIdentity(IdentityPort):
    """Answers when it is asked for the third time."""

    def __init__(self, ended: list[Revocation]) -> None:
        self.ended = ended
        self.asked = 0

    async def recent_revocations(self) -> list[Revocation]:
        self.asked += 1
        if self.asked < 3:
            raise Unavailable
        return self.ended


async def test_a_process_asks_until_identity_says_which_sessions_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_CATCH_UP_AGAIN_S", 0)
    user, session = UserId(new_id()), new_id()
    identity = LateIdentity([Revocation(user=user, session=None, version=4)])
    known = Access(
        clock=ManualClock(),
        issuer="http://stoa.test",
        identity=identity,
        organizations=OrganizationsPort(),
        default_slug="demo",
    )

    await known.catch_up()

    assert identity.asked == 3
    assert known.revocations.covers(Bearer(sub=user, sid=session, sv=3))  # type: ignore[arg-type]  # a token's claims
    assert not known.revocations.covers(Bearer(sub=user, sid=session, sv=4))  # type: ignore[arg-type]  # as above
