"""Ending sessions so that everybody hears of it: by event, and by a row for the processes that start later."""

from datetime import datetime
from uuid import UUID

from stoa.kit.contract import OrganizationId, UserId
from stoa.services.identity.contract import SessionId, SessionsRevoked
from stoa.services.identity.store.identity import IdentityTx


async def tell_revoked(
    tx: IdentityTx,
    *,
    organization: OrganizationId,
    user: UUID,
    version: int,
    at: datetime,
    session: UUID | None = None,
) -> None:
    """Tell that one session, or all below a version, are over."""
    await tx.note_revocation(user, session=session, version=version, at=at)
    tx.publish(
        SessionsRevoked(
            organization_id=organization,
            user_id=UserId(user),
            session_version=version,
            session_id=None if session is None else SessionId(session),
        )
    )
