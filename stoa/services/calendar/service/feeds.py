"""Personal feeds: a secret address that a calendar program asks, given out once and taken back at will."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.kit.store import Store
from stoa.services.calendar.contract import FeedNotFound
from stoa.services.calendar.domain.feed import lines_of, render, tag_of
from stoa.services.calendar.policy import CalendarSettings
from stoa.services.calendar.service.views import Views
from stoa.services.calendar.store import CalendarTx, FeedState

_TOKEN_BYTES = 32


class FeedFile(Struct, frozen=True, kw_only=True):
    """A feed with its tag; `text` is None where the caller knows it."""

    tag: str
    text: bytes | None


class Feeds:
    """Gives out the addresses of feeds, keeps only the hashes of them, and says what a feed shows."""

    def __init__(
        self, *, store: Store[CalendarTx], clock: Clock, views: Views, settings: CalendarSettings, public_url: str
    ) -> None:
        self._store, self._clock, self._views, self._settings = store, clock, views, settings
        self._public_url = public_url.rstrip("/")

    async def state(self, *, organization: OrganizationId, user: UserId) -> FeedState | None:
        """Say whether somebody has a feed; its address cannot be said again."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.feed_of(user)

    async def renew(self, *, organization: OrganizationId, user: UserId) -> str:
        """Give somebody's feed a new address and return it, this once; the one before ends here."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        async with self._store.transaction(organization=organization) as tx:
            await tx.set_feed(user, _hash(token), at=self._clock.now())
        return f"{self._public_url}/api/v1/calendar/feeds/{token}.ics"

    async def revoke(self, *, organization: OrganizationId, user: UserId) -> None:
        """Take the address of somebody's feed back."""
        async with self._store.transaction(organization=organization) as tx:
            await tx.drop_feed(user)

    async def file(self, *, token: str, is_known: Callable[[str], bool]) -> FeedFile:
        """Return the feed at an address as it is now, without its text where the caller has it; raise FeedNotFound."""
        now = self._clock.now()
        async with self._store.reading(organization=None) as tx:
            holder = await tx.holder_of(_hash(token), on=now.date())
        if holder is None:
            raise FeedNotFound
        view = await self._views.view_of_member(organization=holder.organization, user=holder.user)
        since = now - self._settings.past
        async with self._store.reading(organization=holder.organization) as tx:
            entries = await tx.seen_by(view, since=since, until=None, limit=self._settings.most_entries)
        lines = lines_of(
            entries,
            view,
            public_url=self._public_url,
            since=since,
            cancelled_since=now - self._settings.cancelled_kept,
        )
        tag = tag_of(lines, now=now)
        if is_known(tag):
            return FeedFile(tag=tag, text=None)
        # About 0.3 ms an entry: a full feed would hold up everybody else of this process.
        return FeedFile(tag=tag, text=await asyncio.to_thread(render, lines, now=now))


def _hash(token: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).digest()
