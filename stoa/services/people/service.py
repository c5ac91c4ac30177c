"""The use cases of people."""

from collections.abc import Mapping

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.events import Delivery
from stoa.kit.names import shown_name
from stoa.kit.store import Store
from stoa.services.people import domain
from stoa.services.people.contract import (
    PeoplePort,
    Profile,
    ProfileNotFound,
    ProfilePending,
    ProfileRenamed,
)
from stoa.services.people.store import OwnProfile, PeopleTx

_CLOSED_NAME = "Closed account"


class People(PeoplePort):
    """How people are called and how they like the platform to be."""

    def __init__(self, *, store: Store[PeopleTx], clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def profiles_of(self, *, organization: OrganizationId, users: list[UserId]) -> list[Profile]:
        """Return the profiles of these users in an organization, at most 500."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.profiles_of(users[:500])

    async def own(self, *, organization: OrganizationId, user: UserId) -> OwnProfile:
        """Return somebody's own profile."""
        async with self._store.reading(organization=organization) as tx:
            profile = await tx.own(user)
        if profile is None:
            raise ProfilePending(retry_after_s=1)
        return profile

    async def profile(self, *, organization: OrganizationId, user: UserId) -> Profile:
        """Return what others may know of somebody in the same organization."""
        found = await self.profiles_of(organization=organization, users=[user])
        if not found:
            raise ProfileNotFound
        return found[0]

    async def update(
        self, *, organization: OrganizationId, user: UserId, version: int, changes: Mapping[str, object]
    ) -> OwnProfile:
        """Change fields of somebody's own profile, if it was not changed elsewhere meanwhile."""
        checked = domain.checked_fields(changes)
        async with self._store.transaction(organization=organization) as tx:
            before = await tx.own_for_update(user)
            if before is None:
                raise ProfilePending(retry_after_s=1)
            if before.version != version:
                raise PreconditionFailed(fields={"current": msgspec.to_builtins(before)})
            saved = msgspec.structs.replace(before, **checked, version=version + 1)
            await tx.save(saved, at=self._clock.now())
            if saved.display_name != before.display_name:
                tx.publish(ProfileRenamed(organization_id=organization, user_id=user, display_name=saved.display_name))
        return saved

    async def open_profile(
        self,
        *,
        organization: OrganizationId,
        user: UserId,
        display_name: str,
        locale: str,
        delivery: Delivery,
        is_own_word: bool = False,
    ) -> None:
        """Make the profile of somebody who has come.

        What they said themselves at sign-up counts more than what whoever added them wrote, in either order.
        """
        name = shown_name(display_name)
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.add(user, display_name=name, locale=locale, at=self._clock.now(), is_own_word=is_own_word)

    async def forget(self, *, organization: OrganizationId, user: UserId, delivery: Delivery) -> None:
        """Forget who the owner of a closed account was."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.erase(user, name=_CLOSED_NAME, at=self._clock.now())
            tx.publish(ProfileRenamed(organization_id=organization, user_id=user, display_name=_CLOSED_NAME))
